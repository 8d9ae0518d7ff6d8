"""Build what real nodes need, or run a command with them.

python -m tools.real_nodes build                       # into the cache; does nothing where it is there
python -m tools.real_nodes run 1.37 -- kubectl get pods -A
python -m tools.real_nodes run --folder dist 1.37     # also runs what is rendered in a folder, until Ctrl-C
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from tools.real_nodes import added, messages
from tools.real_nodes.binaries import HOW, available, build
from tools.real_nodes.cluster import RealNodes
from tools.real_nodes.world import why_not

import yaml


def main() -> int:
    signal.signal(signal.SIGTERM, _end)
    parser = argparse.ArgumentParser(prog="python -m tools.real_nodes")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build")
    run = commands.add_parser("run")
    run.add_argument("minor")
    run.add_argument("--folder", type=Path, help="manifests to run")
    run.add_argument("arguments", nargs="*", help="after --, the command")
    options = parser.parse_args()
    if options.command == "build":
        build()
        print(f"real nodes, layers for operators: {added.build()}")
        print(f"real nodes, layers with Kafka and Debezium: {messages.why_not() or messages.build()}")
        return 0
    return _run(options.minor, options.folder, options.arguments)


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler gets
    """A signal has to stop the nodes as well."""
    sys.exit(128 + number)


def _run(minor: str, folder: Path | None, command: list[str]) -> int:
    reason = why_not()
    if reason is not None:
        raise SystemExit(f"real nodes: {reason}")
    binaries = available(minor)
    if binaries is None:
        raise SystemExit(f"real nodes {minor}: not built; {HOW}")
    begin = time.monotonic()
    with RealNodes(binaries) as nodes:
        print(f"{nodes.count} nodes after {time.monotonic() - begin:.1f} s; logs in {nodes.world.folder}")
        if folder is not None:
            files = sorted(folder.glob("*.yaml"))
            objects = [each for file in files for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]
            nodes.apply(nodes.provide(objects))
        path = nodes.plane.write_wrapper(nodes.world.folder / "bin")
        if not command:
            print(f"kubectl: {path / 'kubectl'}; Ctrl-C stops it all", flush=True)
            command = ["sleep", "infinity"]
        try:
            environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"}
            return subprocess.run(command, check=False, env=environment).returncode
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
