"""Check that `cdk8s synth`, by cdk8s.yaml, writes what `python -m APP` writes, byte for byte.

python -m tools.check_cli APP
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tools.manifests import synthesize


def contents(directory: Path) -> dict[str, bytes]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def differences(ours: dict[str, bytes], theirs: dict[str, bytes]) -> list[str]:
    lines: list[str] = []
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in theirs:
            lines.append(f"{name}: only `python -m` writes it")
        elif name not in ours:
            lines.append(f"{name}: only `cdk8s synth` writes it")
        elif ours[name] != theirs[name]:
            lines.append(f"{name}: the bytes differ")
    return lines


def main(app: str) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        plain, cli = Path(temporary, "python"), Path(temporary, "cdk8s")
        synthesize(app, plain)
        command = ["node_modules/.bin/cdk8s", "synth", "--check-upgrade=false"]
        command += ["--output", str(cli)]  # the app is the one that cdk8s.yaml names
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        ours, theirs = contents(plain), contents(cli)
    lines = differences(ours, theirs)
    for line in lines:
        print(line)
    if not lines:
        print(f"{app}: the same {len(ours)} files, {sum(map(len, ours.values()))} bytes")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
