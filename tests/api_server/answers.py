"""What real API servers answered to the mutations. `tests.api_server.record` asks them."""

from __future__ import annotations

import json
from pathlib import Path

FILE = Path(__file__).parent / "data" / "answers.json"
HOW_LONG = 160
"""Longest message that is kept."""


def answers() -> dict[str, dict[str, list[str]]]:
    """Verdict and message, by mutation and version."""
    return json.loads(FILE.read_text(encoding="utf-8"))
