"""A cause for which a gateway answers otherwise than ingress-nginx."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A cause, and the answers that it changes."""

    meaning: str
    """What it is, and what a team does about it."""

    answers: Mapping[str, str]
    """The other answer, by the words of the request."""
