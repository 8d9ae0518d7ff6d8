"""Formats of nginx, which several gateways run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.values.quantity import Size

__all__ = ["nginx_size"]


def nginx_size(size: Size) -> str:
    """Return a size in the format of nginx, where ``k`` and ``m`` are powers of 1024 (https://nginx.org/en/docs/syntax.html)."""
    count = size.in_bytes
    for unit, factor in (("m", 1024**2), ("k", 1024)):
        if count % factor == 0:
            return f"{count // factor}{unit}"
    return f"{count}"
