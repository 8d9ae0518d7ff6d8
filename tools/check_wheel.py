"""Build wheel and sdist, install the wheel in a new venv outside the repository, run and type-check an app with it.

The dependencies come from the venv that runs this, so that nothing is downloaded. The wheel is built twice, from the
repository and from the sdist, and both have to be the same bytes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path.cwd()
DIST = ROOT / "build" / "packages"
APP = ROOT / "tests" / "house" / "installed_app.py"
PACKAGE = ROOT / "kmop_constructs"

WHERE = """
import importlib.util, sys
from pathlib import Path
spec = importlib.util.find_spec("kmop_constructs")
assert spec and spec.origin, "not installed"
assert Path(spec.origin).is_relative_to(sys.prefix), f"not the installed package: {spec.origin}"
"""


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    # The tools are quiet when all is well; what they say otherwise is wanted.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CDK8S_"))}
    done = subprocess.run(
        command,
        check=False,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        message = f"{' '.join(map(str, command))}\n{done.stdout}\nfailed with status {done.returncode}"
        raise SystemExit(message)


def only(directory: Path, pattern: str) -> Path:
    [found] = directory.glob(pattern)
    return found


def build(temporary: Path) -> tuple[Path, Path]:
    """The wheel and the sdist, in `build/packages`."""
    for old in DIST.glob("*"):
        old.unlink()
    command = [sys.executable, "-m", "build", "--no-isolation"]
    run(*command, "--outdir", DIST, ".")  # the sdist, and the wheel from it
    run(*command, "--wheel", "--outdir", temporary, ".")
    from_sdist, from_repository = only(DIST, "*.whl"), only(temporary, "*.whl")
    if from_sdist.read_bytes() != from_repository.read_bytes():
        message = f"{from_sdist.name}: the wheel from the sdist differs from the wheel from the repository"
        raise SystemExit(message)
    return from_sdist, only(DIST, "*.tar.gz")


def expected() -> set[str]:
    """Every file of the package, the ones behind the symlink included."""
    found = {
        Path(directory, name).relative_to(ROOT).as_posix()
        for directory, _, names in os.walk(PACKAGE, followlinks=True)
        for name in names
    }
    return {name for name in found if "/__pycache__/" not in name}


def check_contents(wheel: Path, sdist: Path) -> int:
    """The wheel holds the package and nothing else, the sdist the same as real files; how many files."""
    wanted = expected()
    if not any(name.startswith("kmop_constructs/typings/") for name in wanted):
        message = "kmop_constructs/typings: no files behind the symlink; check out imports/typings with symlinks on"
        raise SystemExit(message)
    with zipfile.ZipFile(wheel) as archive:
        infos = archive.infolist()
        problems = [f"wheel: {info.filename} is a symlink" for info in infos if (info.external_attr >> 28) == 0o12]
        found = {info.filename for info in infos if ".dist-info/" not in info.filename}
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
        problems += [f"sdist: {member.name} is not a plain file" for member in members if not member.isreg()]
        packed = {member.name.partition("/")[2] for member in members}
    problems += [f"wheel: {name} is missing" for name in sorted(wanted - found)]
    problems += [f"wheel: {name} does not belong there" for name in sorted(found - wanted)]
    problems += [f"sdist: {name} is missing" for name in sorted((wanted | {"LICENSE", "pyproject.toml"}) - packed)]
    if problems:
        raise SystemExit("\n".join(problems))
    return len(found)


def install(wheel: Path, venv: Path) -> Path:
    """A new venv with the wheel in it and our dependencies beside it; its Python."""
    run(sys.executable, "-m", "venv", "--without-pip", venv)
    python = venv / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    site = only(venv, "lib/python3*/site-packages")
    # A path named in a .pth file gives its packages; its own .pth files, and so our editable install, are not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        wheel, sdist = build(temporary)
        files = check_contents(wheel, sdist)
        python = install(wheel, temporary / "venv")
        project = temporary / "project"
        project.mkdir()
        app = project / "app.py"
        app.write_bytes(APP.read_bytes())
        run(python, "-c", WHERE, cwd=project)
        run(python, app.name, cwd=project)
        written = [path.name for path in sorted((project / "dist").iterdir()) if path.stat().st_size]
        if not written:
            raise SystemExit(f"{APP}: ran with the installed wheel and wrote nothing")
        (project / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
        run(sys.executable, "-m", "pyright", "--pythonpath", python, "--warnings", app.name, cwd=project)
    for path in (wheel, sdist):
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")
    print(
        f"wheel: {files} files, the same bytes from repository and sdist; the installed app wrote {', '.join(written)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
