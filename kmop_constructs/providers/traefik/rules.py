"""Rules of Traefik's routers, and their priorities.

https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/routing/rules-and-priority/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Literal

from kmop_constructs._dataclass import dataclass

__all__ = ["Match", "host_groups", "host_rule"]

_FIRST = 16
"""More than the length of ``PathPrefix(`/`)``, the default priority of a hand-written route for every host; less than
that of ``Host(`…`) && PathPrefix(`/…`)``."""

_ELEMENT = 30
"""Room below each character of a path, for the other conditions of a route."""

_KINDS = {"Prefix": 0, "RegularExpression": 10, "Exact": 20}

MOST_HEADERS = 4
"""Maximum number of headers that priorities distinguish for one path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """The requests that a route matches, besides the host."""

    path: str
    """The path; a prefix without its final slash."""

    kind: Literal["Prefix", "Exact", "RegularExpression"]
    """How the path is matched."""

    method: str | None = None
    """The request method."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Request headers."""

    def rule(self, hosts: Sequence[str], *, cors: bool) -> str:
        """Return the rule of a router. With `cors`, it also matches a preflight request for the method."""
        parts = [host_rule(hosts)] if hosts else []
        parts += self._path(alone=not hosts)
        if self.method is not None:
            preflight = f"(Method(`OPTIONS`) && Header(`Access-Control-Request-Method`, {_text(self.method)}))"
            matcher = f"Method({_text(self.method)})"
            parts.append(f"({matcher} || {preflight})" if cors else matcher)
        parts += [f"Header({_text(name)}, {_text(value)})" for name, value in sorted(self.headers.items())]
        return " && ".join(parts)

    def priority(self, hosts: Sequence[str], *, wider: int) -> int:
        """Return a priority above that of every less specific route.

        A single host goes before a wildcard, a longer path before a shorter one; of equal paths an exact one before a
        regular expression before a prefix, then one with a method, then one with more headers.

        It is on the scale of Traefik's own priorities, the lengths of rules: the route that cert-manager draws to
        answer a challenge (``Host(`…`) && Path(`/.well-known/acme-challenge/…`)``, 90 and more) goes before the route
        of ``/``. `wider` is added for a wildcard host, and twice for every host.
        """
        length = len(_fixed(self.path) if self.kind == "RegularExpression" else self.path)
        conditions = (5 if self.method is not None else 0) + min(len(self.headers), MOST_HEADERS)
        number = _FIRST + _ELEMENT * length + _KINDS[self.kind] + conditions + wider * _openness(hosts)
        return number or -1  # 0 would mean Traefik's default, the length of the rule.

    def covers(self, other: Match) -> bool:
        """Return whether it has no conditions and matches every path that the other one matches."""
        if self.headers or self.method is not None:
            return False
        if self.kind == "Prefix":
            return self.path in ("/", other.path) or other.path.startswith(f"{self.path}/")
        return (self.path, self.kind) == (other.path, other.kind)

    def _path(self, *, alone: bool) -> list[str]:
        if self.kind == "Exact":
            return [f"Path({_text(self.path)})"]
        if self.kind == "RegularExpression":
            # Without `s`, `.` matches no line feed, and `/admin/%0a` would go around the guard of `/admin/.*`.
            return [f"PathRegexp({_text(f'^(?s:{self.path})$')})"]
        if self.path == "/":
            return ["PathPrefix(`/`)"] if alone else []
        # PathPrefix compares text: `/api` would match `/apis`.
        return [f"(Path({_text(self.path)}) || PathPrefix({_text(self.path + '/')}))"]


def host_groups(hosts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return groups of hosts for one route with one priority: single hosts, and wildcards."""
    groups = [tuple(h for h in hosts if h.startswith("*.") is many) for many in (False, True)]
    return [group for group in groups if group] or [()]


def host_rule(hosts: Sequence[str]) -> str:
    """Return the part of a rule that matches hosts."""
    matcher = " || ".join(f"Host({_text(host)})" for host in hosts)
    return f"({matcher})" if len(hosts) > 1 else matcher


def _openness(hosts: Sequence[str]) -> int:
    return (1 if any(host.startswith("*.") for host in hosts) else 0) if hosts else 2


def _fixed(expression: str) -> str:
    """Return the text with which every path that an expression matches begins."""
    found = re.search(r"[\\.+*?()|{}\[\]^$]", expression)
    if found is None:
        return expression
    before = expression[: found.start()]
    if "|" in expression and "(" not in expression:
        return "/"
    return (before[:-1] if found[0] in "*?{" else before) or "/"


def _text(value: str) -> str:
    """Return a Go text: a backtick is not allowed between backticks."""
    return f"`{value}`" if "`" not in value and value.isprintable() else json.dumps(value, ensure_ascii=False)
