"""Build the programs of an operator from its Go module.

    build.py FOLDER TARGET

FOLDER has `module.json`. TARGET appears when all of it is there: the programs and, where `definitions` is set,
`definitions.yaml`, the operator's own definitions of its custom resources. The module is built in a copy of its folder,
where its own `go.sum` and replace lines hold. A module that replaces others by folders which it is served without needs
`unreplaced`, the names of these modules, and `sums`, a file with their lines of `go.sum`. What Go downloads and compiles
on the way is several gigabytes, kept in a folder of its own and deleted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NICE = "KMOP_BUILD_NICE"
"""A variable: how much other programs go first, such as 19."""

COMPILED = "KMOP_BUILD_COMPILED"
"""A variable: a folder of what Go has compiled, for operators that are built one after another: all have its standard library."""


def main() -> None:
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
    try:
        build(folder, work).rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def build(folder: Path, work: Path) -> Path:
    wanted = json.loads((folder / "module.json").read_text(encoding="utf-8"))
    source, made = work / "source", work / "made"
    shutil.copytree(download(wanted, work), source)
    made.mkdir()
    for name, place in wanted.get("added", {}).items():
        added = source / place
        added.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / name, added)
    if "definitions" in wanted:
        definitions = sorted(source.glob(wanted["definitions"]))
        if not definitions:
            message = f"{folder / 'module.json'}: definitions: no file in the module is {wanted['definitions']!r}"
            raise SystemExit(message)
        texts = [file.read_text(encoding="utf-8") for file in definitions]
        (made / "definitions.yaml").write_text("\n---\n".join(texts), encoding="utf-8")
    for name in wanted.get("unreplaced", []):
        command = ["go", "mod", "edit", f"-dropreplace={name}"]
        subprocess.run(command, cwd=source, env=_environment(work), check=True)
    if "sums" in wanted:
        with (source / "go.sum").open("a", encoding="utf-8") as sums:
            sums.write((folder / wanted["sums"]).read_text(encoding="utf-8"))
    for name, package in wanted["programs"].items():
        options = ["-trimpath", "-tags", wanted.get("tags", ""), "-ldflags", "-s -w", "-o", str(made / name)]
        command = ["go", "build", *options, package]
        subprocess.run([*_politely(), *command], cwd=source, env=_environment(work), check=True)
    return made


def download(wanted: dict[str, str], work: Path) -> Path:
    """The module's folder in Go's cache, if its content is what is pinned."""
    module = f"{wanted['module']}@{wanted['version']}"
    done = subprocess.run(
        ["go", "mod", "download", "-json", module],
        cwd=work,
        env=_environment(work),
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout or "{}")
    if done.returncode or "Error" in found:
        message = f"{module}: {found.get('Error') or done.stderr.strip()}"
        raise SystemExit(message)
    if found["Sum"] != wanted["sum"]:
        message = f"{module}: the content is not what is pinned, got {found['Sum']}; want {wanted['sum']}"
        raise SystemExit(message)
    return Path(found["Dir"])


def _environment(work: Path) -> dict[str, str]:
    """No C compiler, no workspace of a folder above, no other toolchain, no cache but our own."""
    own = {
        "GOMODCACHE": work / "modules",
        "GOCACHE": os.environ.get(COMPILED, work / "compiled"),
        "GOTMPDIR": work,
        "GOFLAGS": "-modcacherw -buildvcs=false",
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    return {**os.environ, **{name: str(value) for name, value in own.items()}}


def _politely() -> list[str]:
    value = os.environ.get(NICE)
    return ["nice", "-n", value] if value else []


if __name__ == "__main__":
    main()
