"""What is led in from outside, and the logins that answer there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.values.cluster import Peer

__all__ = ["Exposed", "Login"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """A login: the hosts and the paths at which a gateway leads everybody to it, without a question."""

    path: str
    """Its construct path."""

    hosts: tuple[str, ...]
    """The hosts."""

    prefix: str
    """Everything at this path and below it is the login's."""

    callers: tuple[Peer, ...]
    """The gateway's pods."""

    def answers(self, path: str, match: str) -> bool:
        """Whether a route that is written for a path lies at the login's prefix or below it."""
        if match != "RegularExpression":
            return f"{path}/".startswith(f"{self.prefix}/")
        own = (self.prefix, *(f"{self.prefix}/{each}" for each in ("callback", "start", "auth", "sign_in", "sign_out")))
        return _head(path).startswith(f"{self.prefix}/") or (
            _head(path).startswith(self.prefix) and any(_matches(path, each) for each in own)
        )

    def serves(self, host: str) -> bool:
        """Whether a host is one of its hosts, or below one."""
        return any(each == host or (each.startswith("*.") and host.endswith(each[1:])) for each in self.hosts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposed:
    """What an exposure claims of its hosts."""

    service: str
    """The construct path of the service."""

    hosts: tuple[str, ...]
    """The hosts; none means all of the gateway's."""

    routes: tuple[tuple[str, str], ...]
    """Every path, redirects too, and how it is meant: ``Prefix``, ``Exact``, ``RegularExpression``."""

    callers: tuple[Peer, ...]
    """The gateway's pods; none where nobody has said."""


def _head(expression: str) -> str:
    """What every path that an expression matches begins with."""
    found = re.search(r"[\\.+*?()|{}\[\]^$]", expression)
    if found is None:
        return expression
    before = expression[: found.start()]
    return before[:-1] if found[0] in "*?{" else before


def _matches(expression: str, path: str) -> bool:
    try:
        return re.fullmatch(expression, path) is not None
    except re.error:  # RE2 knows a few words that Python does not
        return False
