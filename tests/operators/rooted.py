"""A program of this machine that finds some files and folders where a container has them, such as ``/certs``."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

# Everything of this machine is there, and what is put beside it or over it. Nobody else sees that.
SCRIPT = """
mount -t tmpfs tmpfs {root}
for each in /*; do
  if [ -L "$each" ]; then cp -P "$each" {root}; elif [ -d "$each" ]; then mkdir {root}"$each"; mount --rbind "$each" {root}"$each"; fi
done
{places}
exec chroot {root} "$@"
"""


def rooted(program: Path, places: Mapping[str, Path], root: Path) -> tuple[Path, list[str]]:
    """The command, and its first arguments, that run a program which sees files or folders at other places. `root` is an empty folder."""
    root.mkdir()
    lines = [_placed(root, place, source) for place, source in places.items()]
    script = SCRIPT.format(root=shlex.quote(str(root)), places="\n".join(lines))
    unshare = shutil.which("unshare")
    before = ["--mount", "sh", "-eu", "-c"]
    probe = [*before, "mount -t tmpfs tmpfs /mnt"]
    if unshare is None or subprocess.run([unshare, *probe], capture_output=True, check=False).returncode:
        pytest.fail("unshare --mount: not possible here; run the tests as root or with user namespaces")
    return Path(unshare), [*before, script, "sh", str(program)]


def _placed(root: Path, place: str, source: Path) -> str:
    target = shlex.quote(f"{root}{place}")
    made = f"mkdir -p {target}" if source.is_dir() else f"[ -e {target} ] || touch {target}"
    return f"{made}\nmount --bind {shlex.quote(str(source))} {target}"
