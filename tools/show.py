"""Say what a synth wrote: the objects of every file, and how many of each kind there are in all.

python -m tools.show DIRECTORY
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from tools.manifests import Manifest, read


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    kind: str
    names: tuple[str, ...]


def rows(manifests: list[Manifest]) -> list[Row]:
    """One row a kind, in the order in which the kinds first appear."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for manifest in manifests:
        names[manifest.kind].append(manifest.name)
    return [Row(kind=kind, names=tuple(found)) for kind, found in names.items()]


def report(directory: Path) -> str:
    """The table as text; an empty directory is an error, because a synth that wrote nothing is one."""
    files = {path: read(path) for path in sorted(directory.glob("*.yaml"))}
    total = Counter(manifest.kind for manifests in files.values() for manifest in manifests)
    if not total:
        message = f"{directory}: no Kubernetes objects in any *.yaml file; run a synth first"
        raise SystemExit(message)
    width = max(map(len, total))
    lines: list[str] = []
    for path, manifests in files.items():
        lines.append(f"{path}  ({len(manifests)} objects)")
        lines += [f"  {row.kind:<{width}}  {len(row.names):>3}  {' '.join(row.names)}" for row in rows(manifests)]
        lines.append("")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(total.items(), key=lambda item: (-item[1], item[0])))
    lines.append(f"{sum(total.values())} objects in {len(files)} files: {kinds}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(Path(sys.argv[1] if len(sys.argv) > 1 else "dist")))
