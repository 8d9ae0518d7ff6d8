"""Keep what a release draws, so that later ones are tried as an upgrade of it.

python -m tests.cluster.record 0.1.0     # once for each release, before its tag. 0.0.1 is what was
drawn before the first release
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from pathlib import Path

from tests.cluster.systems import SYSTEMS, render, systems_for, version_for
from tools.control_plane.binaries import MINORS

RELEASES = Path(__file__).parent / "data" / "releases"
ENDING = ".tar.xz"


def last_release(minor: str, folder: Path) -> Path:
    """Unpack the newest release into a folder, and return what it drew for a version of Kubernetes, or for the nearest one below."""
    return _unpacked(_releases()[-1], minor, folder)


def first_release(minor: str, folder: Path) -> Path:
    """As `last_release`, of the oldest release that is kept: what differs from today's output is tried as an upgrade."""
    return _unpacked(_releases()[0], minor, folder)


def _releases() -> list[Path]:
    return sorted(RELEASES.glob(f"*{ENDING}"), key=lambda path: _numbers(path.name.removesuffix(ENDING)))


def _unpacked(release: Path, minor: str, folder: Path) -> Path:
    with tarfile.open(release) as archive:
        archive.extractall(folder, filter="data")
    drawn = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: _numbers(path.name))
    return [drawn[0], *(path for path in drawn if _numbers(path.name) <= _numbers(minor))][-1]


def pack(folder: Path, archive: Path) -> None:
    """Write the files of a folder into an archive, the same bytes for the same files."""
    with tarfile.open(archive, "w:xz") as packed:
        for path in sorted(folder.rglob("*.yaml")):
            entry = tarfile.TarInfo(str(path.relative_to(folder)))
            entry.size = path.stat().st_size
            with path.open("rb") as file:
                packed.addfile(entry, file)


def main(release: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        for minor in MINORS:
            for system in systems_for(minor):
                render(system, Path(name) / minor / system, version_for(system, minor))
        pack(Path(name), RELEASES / f"{release}{ENDING}")
    print(f"recorded {', '.join(SYSTEMS)} for {', '.join(MINORS)} in {RELEASES / release}{ENDING}")


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


if __name__ == "__main__":
    main(sys.argv[1])
