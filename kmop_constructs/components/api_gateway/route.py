"""Paths of a host, and where requests to them go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import header_name
from kmop_constructs.errors import SpecError, bad, cut
from kmop_constructs.values.names import (
    flag,
    frozen,
    hostname,
    mapping,
    one_of,
    port_name,
    service_name,
    texts,
    url_path,
)
from kmop_constructs.values.quantity import whole

__all__ = ["Mirror", "PathRoute", "Redirect", "Share"]

Match: TypeAlias = Literal["Prefix", "Exact", "RegularExpression"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PathRoute:
    """A path of the host: ``PathRoute("/api")``. Requests to it go to the exposed service, unless `service` names another."""

    path: str = field(kw_only=False)
    """The path, which begins with ``/``; with ``match="RegularExpression"``, an expression."""

    match: Match = "Prefix"
    """``Prefix`` matches whole path elements: ``/api`` and ``/api/v1``, not ``/apis``. ``Exact`` matches only the path
    itself. ``RegularExpression`` (RE2) must match the whole path. Default: Prefix."""

    port: int | str | None = None
    """The Service port, as a number or name. With `service`, the port number of that Service. Default: the main
    port."""

    service: str | None = None
    """Name of another Service in the same namespace that gets the requests, such as a version that a header selects.
    Default: the exposed service."""

    rewrite: str | None = None
    """The new path: it replaces the path, or the matched prefix of it. Default: the service gets the original path."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Request headers and the exact values that a request must have. Names are case-insensitive. Default: none."""

    method: str | None = None
    """The request method that a request must have, such as ``POST``. Default: any method."""

    websocket: bool = False
    """Whether clients open WebSockets on this path. Some gateways need it to allow WebSockets, others always allow
    them. Default: False."""

    def __post_init__(self) -> None:
        url_path("PathRoute.path", self.path)
        one_of("PathRoute.match", self.match, Match)
        if self.match != "RegularExpression":
            plain_path("PathRoute.path", self.path)
        if self.match == "RegularExpression":
            _expression(self.path)
        if self.rewrite is not None:
            url_path("PathRoute.rewrite", self.rewrite)
            if self.match == "RegularExpression":
                raise SpecError("PathRoute.rewrite: not supported with a regular expression, because gateways replace different "
                                "parts of the path; use a prefix")  # fmt: skip
        if self.service is not None:
            service_name("PathRoute.service", self.service)
            if isinstance(self.port, str):
                raise bad("PathRoute.port", "the port of another Service must be a number",
                          self.port, "write its Service port")  # fmt: skip
        if isinstance(self.port, str):
            port_name("PathRoute.port", self.port)
        elif self.port is not None:
            whole("PathRoute.port", self.port, lowest=1, highest=65535)
        for name in mapping("PathRoute.headers", self.headers):
            header_name("PathRoute.headers", name)
        if len({name.lower() for name in self.headers}) < len(self.headers):
            raise bad("PathRoute.headers", "duplicate header: names are case-insensitive", min(self.headers),
                      "keep one of them")  # fmt: skip
        texts("PathRoute.headers", self.headers.values())
        object.__setattr__(self, "headers", frozen(self.headers))
        if self.method is not None and not (isinstance(self.method, str) and re.fullmatch("[A-Z]+", self.method)):
            raise bad("PathRoute.method", "not a request method", self.method, "write it in upper case, such as 'POST'")
        flag("PathRoute.websocket", self.websocket)

    @property
    def condition(self) -> tuple[str, str, frozenset[tuple[str, str]], str | None]:
        """A key that is equal for routes that match the same requests: it ignores a final slash of a prefix and the case of headers."""
        path = self.path.rstrip("/") if self.match == "Prefix" else self.path
        headers = frozenset((name.lower(), value) for name, value in self.headers.items())
        return path, self.match, headers, self.method


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Another Service of the namespace that gets a percentage of the requests: ``Share("shop-canary", 10)``."""

    service: str = field(kw_only=False)
    """Name of the Service."""

    percent: int = field(kw_only=False)
    """Percentage of the requests that the Service gets, 0 to 100."""

    port: int | None = None
    """Service port. Default: the port of the route."""

    def __post_init__(self) -> None:
        service_name("Share.service", self.service)
        whole("Share.percent", self.percent, lowest=0, highest=100)
        if self.port is not None:
            whole("Share.port", self.port, lowest=1, highest=65535)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mirror:
    """Another Service of the namespace that gets copies of requests, and whose answers nobody gets: ``Mirror("shop-next", 10)``.

    A copy has everything that the request has when the gateway sends it on, such as cookies, tokens and the body, and
    what it causes it causes twice: a Service that writes needs data of its own.
    """

    service: str = field(kw_only=False)
    """Name of the Service."""

    percent: int = field(kw_only=False, default=100)
    """Percentage of the requests that are copied, 1 to 100. Default: all of them."""

    port: int | None = None
    """Service port. Default: the port of the route."""

    def __post_init__(self) -> None:
        service_name("Mirror.service", self.service)
        whole("Mirror.percent", self.percent, lowest=1, highest=100)
        if self.port is not None:
            whole("Mirror.port", self.port, lowest=1, highest=65535)


@dataclass(frozen=True, kw_only=True, slots=True)
class Redirect:
    """A redirect from an old path: ``Redirect("/old", "/new")``, ``Redirect("/docs", "https://docs.acme.io/")``."""

    path: str = field(kw_only=False)
    """The old path."""

    to: str = field(kw_only=False)
    """The new location: a path of the same host, or a whole URL. It replaces the whole old path."""

    match: Literal["Prefix", "Exact"] = "Exact"
    """``Prefix`` also redirects every path below the old one, all to the same new location. Default: Exact, the path
    itself."""

    permanent: bool = True
    """True answers with 301, which browsers store; False with 302. Default: True."""

    def __post_init__(self) -> None:
        plain_path("Redirect.path", self.path)
        one_of("Redirect.match", self.match, Literal["Prefix", "Exact"])
        flag("Redirect.permanent", self.permanent)
        found = _target(self.to)
        if found is None:
            raise bad("Redirect.to", "neither a path nor a URL", self.to, "write '/new' or 'https://docs.acme.io/'")

    @property
    def status(self) -> int:
        """The HTTP status of the redirect."""
        return 301 if self.permanent else 302

    @property
    def target(self) -> tuple[str | None, str | None, str]:
        """Scheme, host and path of the new location; scheme and host are ``None`` where they do not change."""
        found = _target(self.to)
        assert found is not None
        return found


def plain_path(where: str, value: str) -> str:
    """Check a path by the rules of Ingress and Gateway API (https://kubernetes.io/docs/concepts/services-networking/ingress/)."""
    url_path(where, value)
    if re.search(r"[\s\"';{}?#]", value):
        raise bad(where, "not a path", value, "remove blanks, quotes, braces, ';', '?' and '#'")
    if re.search(r"//|/\.{1,2}(/|$)|%2[fF]", value):
        raise bad(where, "the Kubernetes API refuses this path", value, "remove '//', '/./', '/../' and '%2f'")
    return value


def _target(to: object) -> tuple[str | None, str | None, str] | None:
    if not isinstance(to, str) or re.search(r"[\s\"';{}$]", to):
        return None
    if to.startswith("/"):
        return None, None, to
    scheme, _, rest = to.partition("://")
    host, slash, path = rest.partition("/")
    if scheme not in ("http", "https") or not host or "@" in host:
        return None
    hostname("Redirect.to", host)
    return scheme, host, f"/{path}" if slash else "/"


def _expression(path: str) -> None:
    try:
        re.compile(path)
    except re.error as error:
        raise bad("PathRoute.path", f"not a regular expression ({cut(str(error))})", path, "correct it") from None
    if re.search(r"\(\?[=!<]|\\[1-9]|[\s\"']", path):
        raise bad("PathRoute.path", "has elements that RE2 does not support, or blanks or quotes", path,
                  "remove look-around, back-references, blanks and quotes")  # fmt: skip
