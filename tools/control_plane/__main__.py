"""Build the servers, or run a command with a cluster.

python -m tools.control_plane build            # every version, into the cache; does nothing where they are there
python -m tools.control_plane run 1.37         # starts one and says how to reach it, until Ctrl-C
python -m tools.control_plane run 1.27 -- kubectl get nodes
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from types import FrameType

from tools.control_plane.binaries import HOW, MINORS, available, build, built
from tools.control_plane.servers import ControlPlane, environment


def main() -> int:
    signal.signal(signal.SIGTERM, _end)
    parser = argparse.ArgumentParser(prog="python -m tools.control_plane")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build")
    run = commands.add_parser("run")
    run.add_argument("minor", help=f"one of {', '.join(MINORS)}, or that of KUBEBUILDER_ASSETS")
    run.add_argument("arguments", nargs="*", help="after --, the command")
    options = parser.parse_args()
    return _build() if options.command == "build" else _run(options.minor, options.arguments)


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler gets
    """A signal has to stop the servers as well."""
    sys.exit(128 + number)


def _build() -> int:
    if os.environ.get("KUBEBUILDER_ASSETS"):
        print("control plane: KUBEBUILDER_ASSETS is set, nothing is built")
        return 0
    for minor in reversed(MINORS):
        begin, there = time.monotonic(), built(minor) is not None
        folder = build(minor)
        took = "was there" if there else f"built in {time.monotonic() - begin:.0f} s"
        print(f"control plane {minor}: {folder} ({took})")
    return 0


def _run(minor: str, command: list[str]) -> int:
    binaries = available().get(minor)
    if binaries is None:
        message = f"control plane {minor}: not built; {HOW}"
        raise SystemExit(message)
    with ControlPlane(binaries) as plane:
        if not command:
            print(f"export KUBECONFIG={plane.kubeconfig}   # kubectl: {binaries.path('kubectl')}; Ctrl-C stops it all")
            sys.stdout.flush()
            command = ["sleep", "infinity"]
        try:
            return subprocess.run(command, env=environment(plane), check=False).returncode
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
