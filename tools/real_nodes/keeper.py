"""Keeps a world: makes its folder and first process, and removes all of it when whoever has started this ends.

Run as a program, with the path of `pause`. It prints the folder and the number of the first process, and waits for the end of
its standard input, which comes also when its starter is killed. The word ``keep`` there keeps the logs.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OUTER = (
    *("setpriv", "--pdeathsig", "KILL"),  # where the keeper itself is killed
    *("unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child"),
)


def keep(pause: Path) -> None:
    """Make a world, and remove it at the end of standard input."""
    folder = Path(tempfile.mkdtemp(prefix="real-nodes-"))
    said = ""
    try:
        folder.chmod(0o755)
        command = [*OUTER, pause]
        null = subprocess.DEVNULL
        with subprocess.Popen(command, stdin=null, stdout=null, stderr=subprocess.PIPE, text=True) as outer:
            try:
                print(folder, _first_process(outer, pause), flush=True)
                said = sys.stdin.read()
            finally:
                _kill(outer)
    finally:
        _remove_groups(folder.name)
        heavy = [*folder.glob("n*/var-lib"), folder / "plane" / "etcd"] if "keep" in said else [folder]
        for each in heavy:
            shutil.rmtree(each, ignore_errors=True)


def groups_of(name: str) -> list[Path]:
    """The control groups of a world, in both versions of control groups."""
    return [*GROUPS.glob(f"{name}*"), *GROUPS.glob(f"*/{name}*")]


def _first_process(outer: subprocess.Popen[str], pause: Path) -> int:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and outer.poll() is None:
        for child in _children(outer):
            program = Path(f"/proc/{child}/exe")
            if program.exists() and program.resolve() == pause.resolve():
                return child
        time.sleep(0.01)
    outer.kill()
    message = f"unshare: no first process: {outer.communicate()[1]}"
    raise SystemExit(message)


def _children(outer: subprocess.Popen[str]) -> list[int]:
    listed = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
    return [int(child) for child in listed.read_text(encoding="ascii").split()] if listed.exists() else []


def _kill(outer: subprocess.Popen[str]) -> None:
    """End the first process. The kernel kills all others of its namespace before `unshare` sees it end."""
    for number in _children(outer) or [outer.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def _remove_groups(name: str) -> None:
    deadline = time.monotonic() + 10
    while (left := groups_of(name)) and time.monotonic() < deadline:
        for root in left:
            for group in sorted((p for p in [root, *root.rglob("*")] if p.is_dir()), key=lambda p: -len(p.parts)):
                with contextlib.suppress(OSError):
                    group.rmdir()
        time.sleep(0.05)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
