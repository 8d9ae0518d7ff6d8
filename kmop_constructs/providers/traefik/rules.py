"""Rules of Traefik's routers, and which of two wins.

https://doc.traefik.io/traefik/reference/routing-configuration/http/routing/rules-and-priority/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Match", "host_groups", "host_rule"]

_FIRST = 16
"""More than ``PathPrefix(`/`)`` has characters, which is the priority of a route to every host that somebody wrote without
one; less than that of ``Host(`…`) && PathPrefix(`/…`)``."""

_ELEMENT = 30
"""Room below each character of a path, for what else makes a route more specific."""

_KINDS = {"Prefix": 0, "RegularExpression": 10, "Exact": 20}

MOST_HEADERS = 4
"""So many headers of one route are told apart by priority."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """Which requests a route takes, beside the host."""

    path: str
    """The path; of a prefix without the slash at its end."""

    kind: Literal["Prefix", "Exact", "RegularExpression"]
    """How the path is meant."""

    method: str | None = None
    """The request method."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Request headers."""

    def rule(self, hosts: Sequence[str], *, cors: bool) -> str:
        """The rule of a router. With `cors`, a browser's question in advance for the method is taken too."""
        parts = [host_rule(hosts)] if hosts else []
        parts += self._path(alone=not hosts)
        if self.method is not None:
            asked = f"(Method(`OPTIONS`) && Header(`Access-Control-Request-Method`, {_text(self.method)}))"
            said = f"Method({_text(self.method)})"
            parts.append(f"({said} || {asked})" if cors else said)
        parts += [f"Header({_text(name)}, {_text(value)})" for name, value in sorted(self.headers.items())]
        return " && ".join(parts)

    def priority(self, hosts: Sequence[str], *, wider: int) -> int:
        """More than that of every less specific route.

        One host goes before many, a longer path before a shorter one; of one path the exact before a regular expression
        before a prefix, then one with a method, then one with more headers.

        It is on the scale of Traefik's own priorities, the lengths of rules: what cert-manager draws to answer a challenge
        (``Host(`…`) && Path(`/.well-known/acme-challenge/…`)``, 90 and more) wins over the route of ``/``. `wider` is added for
        every name below a host, and twice for every host.
        """
        length = len(_fixed(self.path) if self.kind == "RegularExpression" else self.path)
        conditions = (5 if self.method is not None else 0) + min(len(self.headers), MOST_HEADERS)
        number = _FIRST + _ELEMENT * length + _KINDS[self.kind] + conditions + wider * _openness(hosts)
        return number or -1  # Nought would mean Traefik's own, the length of the rule.

    def covers(self, other: Match) -> bool:
        """Whether it takes every path that the other one takes, without conditions."""
        if self.headers or self.method is not None:
            return False
        if self.kind == "Prefix":
            return self.path in ("/", other.path) or other.path.startswith(f"{self.path}/")
        return (self.path, self.kind) == (other.path, other.kind)

    def _path(self, *, alone: bool) -> list[str]:
        if self.kind == "Exact":
            return [f"Path({_text(self.path)})"]
        if self.kind == "RegularExpression":
            return [f"PathRegexp({_text(f'^(?:{self.path})$')})"]
        if self.path == "/":
            return ["PathPrefix(`/`)"] if alone else []
        # PathPrefix alone goes by characters: `/api` would take `/apis`.
        return [f"(Path({_text(self.path)}) || PathPrefix({_text(self.path + '/')}))"]


def host_groups(hosts: Sequence[str]) -> list[tuple[str, ...]]:
    """Hosts that one route can name, with one priority: single ones, and those that stand for many."""
    groups = [tuple(h for h in hosts if h.startswith("*.") is many) for many in (False, True)]
    return [group for group in groups if group] or [()]


def host_rule(hosts: Sequence[str]) -> str:
    """The part of a rule that names hosts."""
    said = " || ".join(f"Host({_text(host)})" for host in hosts)
    return f"({said})" if len(hosts) > 1 else said


def _openness(hosts: Sequence[str]) -> int:
    return (1 if any(host.startswith("*.") for host in hosts) else 0) if hosts else 2


def _fixed(expression: str) -> str:
    """What every path that an expression matches begins with."""
    found = re.search(r"[\\.+*?()|{}\[\]^$]", expression)
    if found is None:
        return expression
    before = expression[: found.start()]
    if "|" in expression and "(" not in expression:
        return "/"
    return (before[:-1] if found[0] in "*?{" else before) or "/"


def _text(value: str) -> str:
    """A text in Go: a backtick cannot stand between backticks."""
    return f"`{value}`" if "`" not in value and value.isprintable() else json.dumps(value, ensure_ascii=False)
