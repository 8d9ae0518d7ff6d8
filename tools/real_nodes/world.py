"""A world of its own for a cluster: network, mounts and processes, which end together and leave nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CLEANER = """
import os, pathlib, shutil, signal, sys, time
outer, folder, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]
keep = "keep" in sys.stdin.read()
try:
    os.kill(outer, signal.SIGKILL)
except ProcessLookupError:
    pass
for _ in range(100):
    left = [p for p in pathlib.Path("/sys/fs/cgroup").glob("*/" + name + "*")]
    left += [p for p in pathlib.Path("/sys/fs/cgroup").glob(name + "*")]
    for root in left:
        for group in sorted((p for p in [root, *root.rglob("*")] if p.is_dir()), key=lambda p: -len(p.parts)):
            try:
                group.rmdir()
            except OSError:
                pass
    if not left:
        break
    time.sleep(0.1)
if not keep:
    shutil.rmtree(folder, ignore_errors=True)
"""


class World:
    """Namespaces that everything of one cluster lives in.

    The first process of its PID namespace ends with whoever has started it, and all others end with that: the kernel
    kills them. Mounts and network interfaces go with the last process. A cleaner, which waits for our end, removes what the
    kernel keeps: cgroups and the folder.
    """

    def __init__(self, pause: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="real-nodes-"))
        self.folder.chmod(0o755)
        self.name = self.folder.name
        """A name that no other run has."""
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        command = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", str(pause)]
        self._outer = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        arguments = [str(self._outer.pid), str(self.folder), self.name]
        self._cleaner = subprocess.Popen(
            [sys.executable, "-c", CLEANER, *arguments], stdin=subprocess.PIPE, text=True, start_new_session=True
        )
        self.pid = self._first_process(pause)
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *arguments: str | Path, pid: int | None = None) -> list[str]:
        """The command that runs another one in this world, or in that of a node."""
        target = f"--target={pid or self.pid}"
        return ["nsenter", target, "--net", "--mount", "--uts", "--pid", "--", *map(str, arguments)]

    def run(self, *arguments: str | Path, pid: int | None = None, text: str | None = None) -> str:
        """Run a command to its end. Raises `RuntimeError` with what it said where it fails."""
        done = subprocess.run(
            self.command(*arguments, pid=pid), capture_output=True, text=True, check=False, input=text, timeout=300
        )
        if done.returncode:
            message = f"{' '.join(map(str, arguments))}: status {done.returncode}: {done.stderr}{done.stdout}"
            raise RuntimeError(message)
        return done.stdout

    def start(self, name: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """Start a process that stays. Its log is in the folder."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                self.command(*arguments), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._processes[name] = process
        return process

    def check(self) -> None:
        """Raise what a process that should have stayed had to say."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                tail = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                message = f"{name} ended with status {process.returncode}; logs in {self.folder}:\n{tail}"
                raise RuntimeError(message)

    def wait(self, what: str, test: Callable[[], bool], *, within: float = 120) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + within
        while True:
            self.check()
            try:
                if test():
                    return
            except (OSError, RuntimeError, LookupError):
                pass
            if time.monotonic() > deadline:
                message = f"{what}: not within {within:.0f} s; logs in {self.folder}"
                raise TimeoutError(message)
            time.sleep(0.1)

    def stop(self, *, keep: bool = False) -> None:
        """Kill everything. `keep` keeps the folder with the logs."""
        assert self._cleaner.stdin
        if keep:
            self._cleaner.stdin.write("keep")
        self._cleaner.stdin.close()
        self._cleaner.wait(timeout=60)
        self._outer.wait(timeout=10)
        for process in self._processes.values():
            process.wait(timeout=10)

    def _first_process(self, pause: Path) -> int:
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for child in children.read_text(encoding="ascii").split() if children.exists() else []:
                program = Path(f"/proc/{child}/exe")
                if program.exists() and program.resolve() == pause.resolve():
                    return int(child)
            time.sleep(0.01)
        message = f"unshare ended with status {self._outer.poll()}"
        raise RuntimeError(message)


def why_not() -> str | None:
    """Why no such world can be made here; none where it can."""
    probe = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"]
    try:
        done = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=30)
    except OSError as error:
        return f"unshare: {error}"
    return None if done.returncode == 0 else f"no namespaces of its own: {done.stderr.strip()}"
