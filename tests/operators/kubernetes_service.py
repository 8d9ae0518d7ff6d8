"""What an operator has in a pod, for one that is a process: the name of the API server, and the files of its account."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

SERVICE = ("10.96.0.1", 443)
"""Address of the Service ``kubernetes``: the first of the range of the control plane. It leads to this machine."""
HOSTS = f"127.0.0.1 localhost\n{SERVICE[0]} kubernetes.default kubernetes.default.svc\n"


def with_mounts(program: Path, mounts: Mapping[str, Path]) -> tuple[Path, list[str]]:
    """The command, and its first arguments, that run a program which sees some files or folders at other places."""
    unshare = shutil.which("unshare")
    parts = [f"mount --bind {shlex.quote(str(source))} {place}" for place, source in mounts.items()]
    before = ["--mount", "sh", "-c", " && ".join([*parts, 'exec "$@"']), "sh"]
    if unshare is None or subprocess.run([unshare, *before, "true"], capture_output=True, check=False).returncode:
        pytest.fail("unshare --mount: not possible here; run the tests as root or with user namespaces")
    return Path(unshare), [*before, str(program)]


def hosts(folder: Path) -> Path:
    """A file for ``/etc/hosts`` with the names of the API server."""
    found = folder / "hosts"
    found.write_text(HOSTS, encoding="utf-8")
    return found


@contextmanager
def forwarded(url: str) -> Generator[None]:
    """Have the Service's address lead to an API server."""
    target = urlsplit(url)
    there = (str(target.hostname), int(target.port or SERVICE[1]))
    with socket.create_server(SERVICE) as server:
        threading.Thread(target=_accept, args=(server, there), daemon=True).start()
        yield


def _accept(server: socket.socket, there: tuple[str, int]) -> None:
    with suppress(OSError):  # closed
        while True:
            client, _ = server.accept()
            target = socket.create_connection(there)
            for pair in ((client, target), (target, client)):
                threading.Thread(target=_copy, args=pair, daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65536):
            target.sendall(content)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
