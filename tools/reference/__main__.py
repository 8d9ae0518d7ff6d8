"""Write the reference, or say which of its pages are not current.

python -m tools.reference            # writes docs/reference
python -m tools.reference --check    # writes nothing; exits with 1 where a page is not current
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.reference.pages import write_pages
from tools.reference.sources import ROOT

FOLDER = ROOT / "docs" / "reference"


def main(arguments: list[str] | None = None, folder: Path = FOLDER) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.reference")
    parser.add_argument("--check", action="store_true", help="write nothing, and say which pages are not current")
    check = parser.parse_args(arguments).check
    pages = write_pages()
    stale = find_stale(pages, folder)
    if check:
        for name in stale:
            print(f"docs/reference/{name}: not current; run make reference", file=sys.stderr)
        return 1 if stale else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in pages:
            (folder / name).write_text(pages[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    print(f"docs/reference: {len(pages)} pages, {len(stale)} of them changed")
    return 0


def find_stale(pages: dict[str, str], folder: Path = FOLDER) -> list[str]:
    """The pages that differ from their files, and files that are no page."""
    files = {each.name: each.read_text(encoding="utf-8") for each in folder.glob("*.md")}
    return sorted(name for name in pages.keys() | files.keys() if pages.get(name) != files.get(name))


if __name__ == "__main__":
    sys.exit(main())
