"""Paths of a host: where they lead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kmop_constructs.components.api_gateway.auth import header_name
from kmop_constructs.errors import SpecError, bad
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

__all__ = ["PathRoute", "Redirect", "Share"]

Match: TypeAlias = Literal["Prefix", "Exact", "RegularExpression"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PathRoute:
    """A path of the host: ``PathRoute("/api")``."""

    path: str = field(kw_only=False)
    """The path."""

    match: Match = "Prefix"
    """``Prefix`` matches whole path elements: ``/api`` and ``/api/v1``, not ``/apis``. ``Exact`` is the path alone.
    ``RegularExpression`` (RE2) must match the whole path. Default: Prefix."""

    port: int | str | None = None
    """The service's port, by Service port or name; of another `service`, the Service port. Default: the main one."""

    service: str | None = None
    """Another Service of the namespace, in place of the service's own: a version that a header asks for, a service
    beside it. Default: the service's own."""

    rewrite: str | None = None
    """The path, or the matched prefix of it, is replaced by this one. Default: the service sees the path as it came."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Request headers that must be there with these values. Default: none."""

    method: str | None = None
    """The request method that must be used, such as ``POST``. Default: any."""

    websocket: bool = False
    """WebSockets are opened here. Many gateways let them through anyway; others must be told. Default: not said."""

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
                raise SpecError("PathRoute.rewrite: not of a regular expression, of which no part is replaced alike by two "
                                "gateways; use a prefix")  # fmt: skip
        if self.service is not None:
            service_name("PathRoute.service", self.service)
            if isinstance(self.port, str):
                raise bad("PathRoute.port", "a name, but only the number of another service's port can be written",
                          self.port, "write its Service port")  # fmt: skip
        if isinstance(self.port, str):
            port_name("PathRoute.port", self.port)
        elif self.port is not None:
            whole("PathRoute.port", self.port, lowest=1, highest=65535)
        for name in mapping("PathRoute.headers", self.headers):
            header_name("PathRoute.headers", name)
        if len({name.lower() for name in self.headers}) < len(self.headers):
            raise bad("PathRoute.headers", "a header twice, for its case means nothing", min(self.headers),
                      "name each once")  # fmt: skip
        texts("PathRoute.headers", self.headers.values())
        object.__setattr__(self, "headers", frozen(self.headers))
        if self.method is not None and not (isinstance(self.method, str) and re.fullmatch("[A-Z]+", self.method)):
            raise bad("PathRoute.method", "not a request method", self.method, "write it in upper case, such as 'POST'")
        flag("PathRoute.websocket", self.websocket)

    @property
    def condition(self) -> tuple[str, str, frozenset[tuple[str, str]], str | None]:
        """What tells it from other routes: the slash at the end of a prefix, and the case of headers, mean nothing."""
        path = self.path.rstrip("/") if self.match == "Prefix" else self.path
        headers = frozenset((name.lower(), value) for name, value in self.headers.items())
        return path, self.match, headers, self.method


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A share of the requests goes to another Service of the namespace: ``Share("shop-canary", 10)``."""

    service: str = field(kw_only=False)
    """The Service."""

    percent: int = field(kw_only=False)
    """How many of a hundred requests it gets."""

    port: int | None = None
    """Its Service port. Default: the same as that of the route."""

    def __post_init__(self) -> None:
        service_name("Share.service", self.service)
        whole("Share.percent", self.percent, lowest=0, highest=100)
        if self.port is not None:
            whole("Share.port", self.port, lowest=1, highest=65535)


@dataclass(frozen=True, kw_only=True, slots=True)
class Redirect:
    """A path that has moved: ``Redirect("/old", "/new")``, ``Redirect("/docs", "https://docs.acme.io/")``."""

    path: str = field(kw_only=False)
    """The path."""

    to: str = field(kw_only=False)
    """Where it is now: a path of the same host, or a whole URL. It replaces all of the path."""

    match: Literal["Prefix", "Exact"] = "Exact"
    """Whether paths below it have moved too, to the one new place. Default: the path alone."""

    permanent: bool = True
    """Answered with 301, which browsers keep, or with 302. Default: 301."""

    def __post_init__(self) -> None:
        plain_path("Redirect.path", self.path)
        one_of("Redirect.match", self.match, Literal["Prefix", "Exact"])
        flag("Redirect.permanent", self.permanent)
        found = _target(self.to)
        if found is None:
            raise bad("Redirect.to", "neither a path nor a URL", self.to, "write '/new' or 'https://docs.acme.io/'")

    @property
    def status(self) -> int:
        """The status of the answer."""
        return 301 if self.permanent else 302

    @property
    def target(self) -> tuple[str | None, str | None, str]:
        """Scheme, host and path of the new place; no scheme and host where they stay."""
        found = _target(self.to)
        assert found is not None
        return found


def plain_path(where: str, value: str) -> str:
    """A path as the Ingress API and the Gateway API take it (https://kubernetes.io/docs/concepts/services-networking/ingress/)."""
    url_path(where, value)
    if re.search(r"[\s\"';{}?#]", value):
        raise bad(where, "not a path", value, "leave out blanks, quotes, braces, ';', '?' and '#'")
    if re.search(r"//|/\.{1,2}(/|$)|%2[fF]", value):
        raise bad(where, "not a path that the Kubernetes API takes", value, "leave out '//', '/./', '/../' and '%2f'")
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
        raise bad("PathRoute.path", f"not a regular expression ({error})", path, "mend it") from None
    if re.search(r"\(\?[=!<]|\\[1-9]|[\s\"']", path):
        raise bad("PathRoute.path", "holds what RE2 has not, or blanks and quotes", path,
                  "leave out look-around, back-references, blanks and quotes")  # fmt: skip
