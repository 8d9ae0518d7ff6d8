"""Hosts and paths that are exposed outside the cluster, and the logins on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass

if TYPE_CHECKING:
    from kmop_constructs.values.pods import Peer

__all__ = ["Exposed", "Login", "Way", "Ways"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """A login: the hosts and paths at which a gateway routes all requests to it without authentication."""

    path: str
    """Construct path of the login."""

    hosts: tuple[str, ...]
    """Host names of the login."""

    prefix: str
    """Path prefix of the login. This path and all paths below it belong to the login."""

    callers: tuple[Peer, ...]
    """Pods of the gateway."""

    def answers(self, path: str, match: str) -> bool:
        """Return whether a route for a path is at the login's prefix or below it."""
        if match != "RegularExpression":
            return f"{path}/".startswith(f"{self.prefix}/")
        own = (self.prefix, *(f"{self.prefix}/{each}" for each in ("callback", "start", "auth", "sign_in", "sign_out")))
        return _head(path).startswith(f"{self.prefix}/") or (
            _head(path).startswith(self.prefix) and any(_matches(path, each) for each in own)
        )

    def serves(self, host: str) -> bool:
        """Return whether a host is one of the login's hosts, or below one."""
        return any(each == host or (each.startswith("*.") and host.endswith(each[1:])) for each in self.hosts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposed:
    """Hosts and paths of an exposure."""

    service: str
    """Construct path of the service."""

    hosts: tuple[str, ...]
    """Host names. Empty for all hosts of the gateway."""

    routes: tuple[tuple[str, str], ...]
    """All paths, including redirects, each with its match type: ``Prefix``, ``Exact``, ``RegularExpression``."""

    callers: tuple[Peer, ...]
    """Pods of the gateway. Empty if unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One path of an exposure, with the Services that it leads to."""

    path: str
    """Path of the route."""

    match: str
    """Match type: ``Prefix``, ``Exact``, ``RegularExpression``."""

    rewrite: str | None
    """New path. ``None`` if the Services get the original path."""

    conditional: bool
    """Whether requests also need a header or a method."""

    targets: tuple[tuple[str, int], ...]
    """Services of the namespace that get the requests, with their Service ports."""

    by_header: bool = False
    """Whether requests also need a header, which a client may leave out. Default: false."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """Paths of one exposure as written, with the kind of its authentication."""

    service: str
    """Construct path of the exposed service."""

    hosts: tuple[str, ...]
    """Host names. Empty for all hosts of the gateway."""

    auth: str | None
    """Kind of authentication, such as ``BasicAuth``. ``None`` if all requests are allowed."""

    ways: tuple[Way, ...]
    """Paths of the exposure."""

    limited: bool = False
    """Whether only some client addresses are allowed. Default: false."""

    secrets: tuple[tuple[str, str | None], ...] = ()
    """Names and keys of the existing Secrets that the gateway needs for it. Default: none."""


def _head(expression: str) -> str:
    """Return the common prefix of all paths that an expression matches."""
    found = re.search(r"[\\.+*?()|{}\[\]^$]", expression)
    if found is None:
        return expression
    before = expression[: found.start()]
    return before[:-1] if found[0] in "*?{" else before


def _matches(expression: str, path: str) -> bool:
    try:
        return re.fullmatch(expression, path) is not None
    except re.error:  # RE2 supports some syntax that Python does not
        return False
