"""Where the servers' binaries are, and how they get there."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.go_binaries import Recipe

HERE = Path(__file__).parent
MINORS = sorted(
    (file.parent.name for file in HERE.glob("*/go.mod")), key=lambda minor: [int(part) for part in minor.split(".")]
)
"""The versions that can be built, oldest first."""

NEWEST = MINORS[-1]
SHARED = ("etcd", "kubectl", "kwok", "nodes-and-pods.yaml", "volumes.yaml")
"""Built for the newest version only, and used for all of them."""

SERVERS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
HOW = (
    "run `make control-plane`, which needs Go 1.26 and builds them once in about 15 minutes, or name a folder with "
    "etcd, kube-apiserver and kubectl: KUBEBUILDER_ASSETS=/path"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Binaries:
    """What one version is run with."""

    minor: str
    folders: tuple[Path, ...]
    """Where to look, in this order."""

    def find(self, name: str) -> Path | None:
        return next((folder / name for folder in self.folders if (folder / name).exists()), None)

    def path(self, name: str) -> str:
        found = self.find(name)
        if found is None:
            listed = ", ".join(map(str, self.folders))
            message = f"{name} of Kubernetes {self.minor}: not in {listed}; {HOW}"
            raise FileNotFoundError(message)
        return str(found)

    @property
    def controllers(self) -> bool:
        """Whether there is more than an API server: controllers, a scheduler, simulated nodes."""
        return all(self.find(name) for name in (*SERVERS[1:], "kwok", "nodes-and-pods.yaml", "volumes.yaml"))


def recipe(minor: str) -> Recipe:
    """How the servers of a version are built."""
    script = HERE / "build.sh"
    files = (HERE / minor / "go.mod", HERE / minor / "go.sum", script)
    return Recipe(tool="control-plane", name=minor, files=files, command=(script, minor))


def built(minor: str) -> Path | None:
    """The folder of a version's binaries."""
    return recipe(minor).built()


def build(minor: str) -> Path:
    """Build a version's binaries, unless they are there."""
    return recipe(minor).build()


def available() -> dict[str, Binaries]:
    """The versions that can be started here and now: those of KUBEBUILDER_ASSETS where it is set, else those built."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets:
        return _of_assets(Path(assets))
    newest = built(NEWEST)
    found: dict[str, Binaries] = {}
    for minor in MINORS:
        folder = built(minor)
        if folder is not None and newest is not None:
            found[minor] = Binaries(minor=minor, folders=tuple(dict.fromkeys((folder, newest))))
    return found


def wanted() -> list[str]:
    """The versions that should be there."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    return list(_of_assets(Path(assets))) or ["KUBEBUILDER_ASSETS"] if assets else MINORS


def _of_assets(folder: Path) -> dict[str, Binaries]:
    if not all((folder / name).exists() for name in ("etcd", "kube-apiserver", "kubectl")):
        return {}
    done = subprocess.run([folder / "kube-apiserver", "--version"], capture_output=True, text=True, check=True)
    version = re.search(r"v(1\.\d+)", done.stdout)
    if version is None:
        return {}
    return {version[1]: Binaries(minor=version[1], folders=(folder,))}
