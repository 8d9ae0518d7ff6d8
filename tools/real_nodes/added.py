"""Layers for the pods of operators: programs from Debian, and Barman with the Python that runs it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tools.go_binaries import cache, digest
from tools.real_nodes.binaries import archive, making, unpack

HERE = Path(__file__).parent
REQUIREMENTS = HERE.parent.parent / "requirements" / "barman.lock"
PYTHON = "3.11"
"""The Python of Debian 12."""

PACKAGES = {
    "rclone": ("rclone",),
    "barman": ("python3", "python3-psycopg2"),
    "pgbouncer": ("base-files", "pgbouncer"),
}
"""Debian packages of each layer, with everything that they depend on."""
SUITES = {"pgbouncer": "trixie"}
"""Debian of a layer, where that of this machine is too old: CloudNativePG needs the setting `auth_dbname` of PgBouncer 1.19."""


def layers() -> Path:
    """The folder of the layers; it may not be there yet."""
    return cache("real-nodes") / "added" / digest([Path(__file__), REQUIREMENTS])


def build() -> Path:
    """Make the layers, unless they are there."""
    if not layers().is_dir():
        with making(layers()) as folder:
            for name, packages in PACKAGES.items():
                with tempfile.TemporaryDirectory(dir=folder) as root:
                    unpack(packages, Path(root), whole=True, suite=SUITES.get(name))
                    if name == "barman":
                        _install_barman(Path(root))
                    names = sorted(path.name for path in Path(root).iterdir())
                    archive(folder / f"{name}.tar.gz", Path(root), *names, without=("usr/share/doc", "usr/share/man"))
    return layers()


def _install_barman(root: Path) -> None:
    """Barman's commands in /usr/local/bin, and what they import where Debian's Python looks for it."""
    modules = root / "usr" / "local" / "lib" / f"python{PYTHON}" / "dist-packages"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", f"--python-version={PYTHON}", f"--target={modules}"]
    subprocess.run([*command, "-r", REQUIREMENTS], check=True)
    programs = root / "usr" / "local" / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    for program in sorted((modules / "bin").glob("barman-cloud-*")):
        text = program.read_text(encoding="utf-8")
        (programs / program.name).write_text(f"#!/usr/bin/python3\n{text.partition(chr(10))[2]}", encoding="utf-8")
        (programs / program.name).chmod(0o755)
