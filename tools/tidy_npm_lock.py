"""Take out of package-lock.json what names a host: addresses of packages and of their sponsors. Hashes stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LOCK = Path("package-lock.json")


def tidy(text: str) -> str:
    lock: dict[str, Any] = json.loads(text)
    for package in lock["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    return json.dumps(lock, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    LOCK.write_text(tidy(LOCK.read_text(encoding="utf-8")), encoding="utf-8")
