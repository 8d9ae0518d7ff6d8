"""A world of its own for a cluster: network, mounts and processes, which end together and leave nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

KEEPER = Path(__file__).parent / "keeper.py"


class World:
    """Namespaces that everything of one cluster lives in.

    Its keeper, a process of its own, starts the first process, waits for our end, and then kills that: the kernel kills all others.
    Mounts and network interfaces go with the last process; the keeper removes control groups and the folder.
    """

    def __init__(self, pause: Path) -> None:
        self._keeper = subprocess.Popen(
            [sys.executable, KEEPER, pause], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        assert self._keeper.stdout
        with self._keeper.stdout as told:
            folder, _, pid = told.readline().rpartition(" ")
        if not folder:
            message = "no namespaces of their own can be made; the reason is above"
            raise RuntimeError(message)
        self.folder = Path(folder)
        self.name = self.folder.name
        """A name that no other run has."""
        self.pid = int(pid)
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
        """Kill everything. `keep` keeps the logs, in its folder."""
        assert self._keeper.stdin
        if keep:
            self._keeper.stdin.write("keep")
        self._keeper.stdin.close()
        self._keeper.wait(timeout=180)  # deletes gigabytes, on a busy disk too
        for process in self._processes.values():
            process.wait(timeout=10)


def why_not() -> str | None:
    """Why no such world can be made here; none where it can."""
    probe = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"]
    try:
        done = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=30)
    except OSError as error:
        return f"unshare: {error}"
    return None if done.returncode == 0 else f"no namespaces of its own: {done.stderr.strip()}"
