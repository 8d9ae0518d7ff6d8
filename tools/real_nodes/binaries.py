"""What the nodes are made of: binaries built from Go modules, and files of Debian packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.control_plane import binaries as control_plane
from tools.control_plane.binaries import MINORS, Binaries
from tools.go_binaries import Recipe, cache, digest

HERE = Path(__file__).parent
HOW = "run `make nodes`, which needs Go 1.26 and Debian's apt-get, and builds all of it once in about 8 minutes"

SHARED = ("dns", "policies", "programs", "volumes", "metrics")
"""Built once, for nodes of every version."""

NODE_PACKAGES = ("containerd", "runc", "containernetworking-plugins", "iptables", "nftables", "ipset", "conntrack")
"""Debian packages that a node needs. Those that the machine has already are used as they are."""

LAYERS = {
    "pause": "programs",
    "standin": "programs",
    "hammer": "programs",
    "coredns": "dns",
    "local-path-provisioner": "volumes",
    "metrics-server": "metrics",
}
"""Programs that are put into images, and what they are built by."""

SERVER_PACKAGES = {
    "nginx": ("nginx-light",),
    "redis": ("redis-server",),
    "postgres": ("postgresql-15",),
    "mysql": ("mariadb-server-core", "mariadb-client"),
    "rabbitmq": ("rabbitmq-server",),
    "amqp": ("amqp-tools",),
    "prometheus": ("prometheus",),
    "curl": ("curl",),
    "shell": ("dash", "busybox-static"),
}
"""Debian packages of the servers and clients in images, with everything that they depend on."""

PARTS = {
    "mysql": (
        *("lib", "lib64", "usr/lib", "usr/share/mysql", "usr/sbin/mariadbd", "usr/bin/mysqladmin", "usr/bin/resolveip"),
        *("usr/bin/mariadb", "usr/bin/mariadb-admin", "usr/bin/mariadb-dump", "usr/bin/mariadb-install-db"),
        "usr/bin/my_print_defaults",
    ),
    "prometheus": ("usr/bin/prometheus",),
}
"""Files of packages of which an image needs little. The layer with a shell has the library of C."""

LEFT_OUT = (
    *(f"usr/share/{name}" for name in ("doc", "i18n", "javascript", "lintian", "locale", "man", "perl", "python3")),
    *("usr/bin/perl*", "usr/lib/*/perl*", "usr/bin/python3*", "usr/lib/python3*", "usr/lib/*/gconv"),
    *("usr/lib/*/libLLVM*", "usr/lib/*/libz3*", "usr/lib/postgresql/*/bitcode", "usr/lib/postgresql/*/llvmjit*"),
)
"""What packages depend on and no server reads: each node unpacks every layer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeBinaries:
    """What nodes of one Kubernetes version are run with."""

    plane: Binaries
    """The control plane."""

    node: Path
    """kubelet and kube-proxy."""

    policies: Path
    programs: Path
    debian: Path
    """Files of the Debian packages of a node, below ``usr``."""

    layers: Path
    """Archives that images are made of."""

    @property
    def minor(self) -> str:
        return self.plane.minor


def recipe(folder: str) -> Recipe:
    """How a folder beside this file is built."""
    script = HERE / "build.sh"
    files = sorted(path for path in (HERE / folder).rglob("*") if path.is_file())
    return Recipe(tool="real-nodes", name=folder, files=(*files, script), command=(script, folder))


def missing() -> list[str]:
    """What is not built yet."""
    folders = [*(f"node-{minor}" for minor in MINORS), *SHARED]
    found = [folder for folder in folders if recipe(folder).built() is None]
    found += [f"control plane {minor}" for minor in MINORS if control_plane.built(minor) is None]
    return found or [str(folder) for folder in (_debian(), _layers()) if not folder.is_dir()]


def available(minor: str) -> NodeBinaries | None:
    """What nodes of a version can be started with here and now."""
    if missing():
        return None
    node, policies, programs = (recipe(name).built() for name in (f"node-{minor}", "policies", "programs"))
    assert node
    assert policies
    assert programs
    plane = control_plane.available()[minor]
    return NodeBinaries(
        plane=plane, node=node, policies=policies, programs=programs, debian=_debian(), layers=_layers()
    )


def build() -> None:
    """Build everything that is not there."""
    for folder in (*SHARED, *(f"node-{minor}" for minor in reversed(MINORS))):
        print(f"real nodes, {folder}: {recipe(folder).build()}")
    if not _debian().is_dir():
        with making(_debian()) as folder:
            unpack(NODE_PACKAGES, folder, whole=False)
            _link_iptables(folder / "usr" / "sbin")
    if not _layers().is_dir():
        with making(_layers()) as folder:
            _make_layers(folder)
    print(f"real nodes, Debian packages and layers: {_layers()}")


def _debian() -> Path:
    return cache("real-nodes") / "debian" / digest([Path(__file__)])


def _layers() -> Path:
    sources = "-".join(recipe(name).sources[:6] for name in sorted(set(LAYERS.values())))
    return cache("real-nodes") / "layers" / f"{digest([Path(__file__)])}-{sources}"


@contextmanager
def making(target: Path) -> Generator[Path]:
    """A folder that appears under its name when all of it is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        root = Path(folder) / "root"
        root.mkdir()
        yield root
        root.rename(target)


def _make_layers(folder: Path) -> None:
    for program, built_by in LAYERS.items():
        found = recipe(built_by).built()
        assert found
        archive(folder / f"{program}.tar.gz", found, program)
    for name, packages in SERVER_PACKAGES.items():
        with tempfile.TemporaryDirectory(dir=folder) as root:
            unpack(packages, Path(root), whole=True)
            if name == "shell":
                link_applets(Path(root))
            parts = PARTS.get(name) or sorted(path.name for path in Path(root).iterdir())
            archive(folder / f"{name}.tar.gz", Path(root), *parts)


def _link_iptables(folder: Path) -> None:
    """The commands that Debian links when a package is installed, to the form whose rules the kernel queues by."""
    program = "xtables-legacy-multi"
    for name in ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"):
        link = folder / name
        if (folder / program).exists() and not link.exists():
            link.symlink_to(program)


def link_applets(root: Path) -> None:
    """Busybox under the name of each of its commands, but not as the shell, which is dash, nor as `nc`."""
    done = subprocess.run([root / "bin" / "busybox", "--list"], check=True, capture_output=True, text=True)
    for name in done.stdout.split():
        link = root / "bin" / name
        if name not in ("sh", "nc", "busybox") and not link.exists():
            link.symlink_to("busybox")
    (root / "bin" / "sh").unlink(missing_ok=True)
    (root / "bin" / "sh").symlink_to("dash")


def archive(target: Path, folder: Path, *names: str, without: Sequence[str] = LEFT_OUT) -> None:
    """Write a layer of an image with the named files of a folder."""
    options = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"]
    options += [f"--exclude={each}" for each in without]
    command = ["tar", "--use-compress-program=gzip -1", "-cf", target, *options, "-C", folder, *names]
    subprocess.run(command, check=True)


def unpack(packages: tuple[str, ...], target: Path, *, whole: bool, suite: str | None = None) -> None:
    """Unpack packages and what they depend on. With `whole`, also what this machine has installed; with `suite`, of another Debian."""
    if shutil.which("apt-get") is None:
        message = "apt-get: not on PATH; the servers in images come from Debian packages"
        raise SystemExit(message)
    with tempfile.TemporaryDirectory() as folder:
        archives, status = Path(folder) / "archives", Path(folder) / "status"
        (archives / "partial").mkdir(parents=True)
        status.touch()
        options = ["-qq", "-y", "--download-only", "--no-install-recommends", f"-oDir::Cache::archives={archives}"]
        options += ["-oAPT::Sandbox::User=root", *([f"-oDir::State::status={status}"] if whole else [])]
        options += _lists(Path(folder), suite) if suite is not None else []
        _download([*options, *packages])
        for archive in sorted(archives.glob("*.deb")):
            subprocess.run(["dpkg", "-x", archive, target], check=True)
        target.chmod(0o755)


def _lists(folder: Path, suite: str) -> list[str]:
    """Read the lists of another suite of Debian, and return the options of apt-get that use them."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages", "Component: main"]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    place = next(each for each in found if each.rstrip("/").endswith("/debian"))
    key = "/usr/share/keyrings/debian-archive-keyring.gpg"
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={key}] {place} {suite} main\n", encoding="utf-8")
    (folder / "lists" / "partial").mkdir(parents=True)
    options = ["-oAPT::Sandbox::User=root", f"-oDir::Etc::sourcelist={sources}", "-oDir::Etc::sourceparts=-"]
    options += [f"-oDir::State::lists={folder / 'lists'}", f"-oDir::Cache::pkgcache={folder / 'packages.bin'}"]
    options += [f"-oDir::Cache::srcpkgcache={folder / 'sources.bin'}"]
    subprocess.run(["apt-get", "-qq", "update", *options], check=True)
    return options


def _download(arguments: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.run(["apt-get", "install", *arguments], check=False, env=environment).returncode:
        subprocess.run(["apt-get", "-qq", "update"], check=True, env=environment)  # the lists may be old, or missing
        subprocess.run(["apt-get", "install", *arguments], check=True, env=environment)
