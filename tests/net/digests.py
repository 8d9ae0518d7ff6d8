"""One short line for each object that a system draws, which changes with any byte of it."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.systems import read
from tests.net.building import built

FOLDER = Path(__file__).parent / "data" / "digests"


def file_of(name: str) -> Path:
    """Where the lines of a system are kept."""
    return FOLDER / f"{name}.txt"


def digests(name: str) -> list[str]:
    """``file kind namespace/name digest`` of every object, in the order of the files. A digest knows the order of keys."""
    with tempfile.TemporaryDirectory() as folder:
        app = built(name, Path(folder)).app
        app.synth()
        return [_line(file, item) for file in sorted(Path(app.outdir).iterdir()) for item in read(file)]


def _line(file: Path, item: Object) -> str:
    metadata = item["metadata"]
    text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{file.name} {item['kind']} {metadata.get('namespace', '')}/{metadata['name']} {digest}"
