"""Names of objects that are drawn for one part of an exposure."""

from __future__ import annotations

import re

__all__ = ["digest", "host_slug", "slug"]

_LONGEST = 200


def slug(text: str, *, empty: str = "root") -> str:
    """Return a path or host as part of an object name; `empty` for a text without letters and digits."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-") or empty


def digest(text: str) -> str:
    """Return the first eight hex digits of the SHA-256 of a text, to make an object name unique."""
    import hashlib  # takes longer to import than this whole family

    return hashlib.sha256(text.encode()).hexdigest()[:8]


def host_slug(host: str) -> str:
    """Return a host as part of an object name, unique to the host: ``shop-acme-io``, ``wildcard-acme-io`` of ``*.acme.io``.

    A ``-`` of the host is doubled, and the label ``wildcard`` gets two more after it. A name that is too long is cut.
    """
    first, dot, rest = host.replace("-", "--").partition(".")
    first = {"*": "wildcard", "wildcard": "wildcard--"}.get(first, first)
    text = f"{first}{dot}{rest}".replace(".", "-")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}-{digest(host)}"
