"""Keep what a release draws, so that later ones are tried as an upgrade of it.

python -m tests.cluster.record 0.1.0     # once for each release, before its tag; older ones may be deleted
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.cluster.systems import SYSTEMS, render, version_for
from tools.control_plane.binaries import MINORS

RELEASES = Path(__file__).parent / "data" / "releases"


def last_release(minor: str) -> Path:
    """The folder of the newest release, as it was drawn for a version of Kubernetes, or for the nearest one below."""
    newest = max(RELEASES.iterdir(), key=lambda path: _numbers(path.name))
    drawn = sorted((path for path in newest.iterdir() if path.is_dir()), key=lambda path: _numbers(path.name))
    return [drawn[0], *(path for path in drawn if _numbers(path.name) <= _numbers(minor))][-1]


def main(release: str) -> None:
    shutil.rmtree(RELEASES / release, ignore_errors=True)
    for minor in MINORS:
        for system in SYSTEMS:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name) / system
                render(system, folder, version_for(system, minor))
                shutil.copytree(folder, RELEASES / release / minor / system)
    print(f"recorded {', '.join(SYSTEMS)} for {', '.join(MINORS)} in {RELEASES / release}")


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


if __name__ == "__main__":
    main(sys.argv[1])
