"""Names of objects that are drawn for a part of an exposure."""

from __future__ import annotations

import hashlib
import re

__all__ = ["digest", "host_slug", "slug"]

_LONGEST = 200


def slug(text: str, *, empty: str = "root") -> str:
    """A path or host as a part of a name; `empty` for one that has neither letters nor digits."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-") or empty


def digest(text: str) -> str:
    """Eight signs that stand for a text where a name must not be another's: the start of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def host_slug(host: str) -> str:
    """A host as a part of a name, and of no other host's: ``shop-acme-io``, ``wildcard-acme-io`` of ``*.acme.io``.

    A ``-`` of the host is written twice, and the label ``wildcard`` with two more after it. What is too long is cut.
    """
    first, dot, rest = host.replace("-", "--").partition(".")
    first = {"*": "wildcard", "wildcard": "wildcard--"}.get(first, first)
    text = f"{first}{dot}{rest}".replace(".", "-")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}-{digest(host)}"
