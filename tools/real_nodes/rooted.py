"""A process that sees the files of layers, where an image would need a container engine."""

from __future__ import annotations

import shlex
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

__all__ = ["command", "unpack"]

_MOUNTED = ("dev", "proc")


def unpack(root: Path, layers: Iterable[Path]) -> None:
    """Put the files of layers into a folder."""
    for each in layers:
        with tarfile.open(each) as layer:
            layer.extractall(root, filter="fully_trusted")
    for name in _MOUNTED:
        (root / name).mkdir(exist_ok=True)


def command(root: Path) -> list[str]:
    """Return the first words of a command that runs with a folder as its root. Needs root, as `unshare` does."""
    chroot = shutil.which("chroot") or "/usr/sbin/chroot"
    mounts = [f"mount --bind /{name} {shlex.quote(f'{root}/{name}')}" for name in _MOUNTED]
    script = " && ".join([*mounts, f'exec {chroot} {shlex.quote(str(root))} "$@"'])
    return [shutil.which("unshare") or "unshare", "--mount", "sh", "-c", script, "sh"]
