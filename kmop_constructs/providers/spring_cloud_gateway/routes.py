"""Routes of a Spring Cloud Gateway as values.

The words are those of the reference documentation of version 5.0
(https://docs.spring.io/spring-cloud-gateway/reference/spring-cloud-gateway-server-webflux.html); routes are written the
same way since version 1, only the prefix of the properties has changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs.components.api_gateway.auth import header_name
from kmop_constructs.core.edges import Call
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import (
    dns_label,
    flag,
    frozen,
    made_by,
    mapping,
    one_of,
    several,
    text,
    texts,
    url_path,
)
from kmop_constructs.values.quantity import Size, whole

__all__ = ["EdgeRoute", "RouteCircuitBreaker", "RouteRetry", "RouteRewrite", "RouteWeight", "milliseconds"]

HttpStatusName: TypeAlias = Literal[
    "REQUEST_TIMEOUT", "TOO_EARLY", "TOO_MANY_REQUESTS", "INTERNAL_SERVER_ERROR", "BAD_GATEWAY", "SERVICE_UNAVAILABLE",
    "GATEWAY_TIMEOUT",
]  # fmt: skip
"""Names of Spring's ``HttpStatus`` after which it makes sense to ask again."""

Method: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteWeight:
    """A share of the requests that several routes match alike: ``RouteWeight("vets", 90)``. Predicate ``Weight``."""

    group: str = field(kw_only=False)
    """What the routes that share are called together."""

    weight: int = field(kw_only=False)
    """How many of the sum of all weights of the group it gets."""

    def __post_init__(self) -> None:
        dns_label("RouteWeight.group", self.group)
        whole("RouteWeight.weight", self.weight)


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteRewrite:
    """A path is replaced by another: ``RouteRewrite("/red/?(?<rest>.*)", "/${rest}")``. Filter ``RewritePath``."""

    regexp: str = field(kw_only=False)
    """A Java regular expression; every part of the path that matches is replaced."""

    replacement: str = field(kw_only=False)
    """What it is replaced by; ``${name}`` and ``$1`` are groups of the expression."""

    def __post_init__(self) -> None:
        _plain("RouteRewrite.regexp", self.regexp)
        text("RouteRewrite.replacement", self.replacement)
        if not self.replacement.startswith("/") and self.regexp.startswith("/"):
            raise bad("RouteRewrite.replacement", "makes a path without a slash", self.replacement, "start it with one")


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteCircuitBreaker:
    """Requests are not sent for a while after too many have failed. Filter ``CircuitBreaker``.

    The image needs ``spring-cloud-starter-circuitbreaker-reactor-resilience4j``, whose own properties say when.
    """

    name: str | None = field(default=None, kw_only=False)
    """Name of the breaker; routes of one name share it. Default: the route's id."""

    fallback: str | None = None
    """The path that answers in place of the service: of the gateway itself, or of another route. Default: 503 or 504."""

    status_codes: tuple[int, ...] = ()
    """Statuses of answers that count as failures. Default: none; only failed connections and timeouts count."""

    def __post_init__(self) -> None:
        if self.name is not None:
            _plain("RouteCircuitBreaker.name", self.name)
        if self.fallback is not None:
            url_path("RouteCircuitBreaker.fallback", self.fallback)
            _plain("RouteCircuitBreaker.fallback", self.fallback)
        codes = several("RouteCircuitBreaker.status_codes", self.status_codes)
        for code in codes:
            whole("RouteCircuitBreaker.status_codes", code, lowest=400, highest=599)
        object.__setattr__(self, "status_codes", codes)


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteRetry:
    """Requests that failed are sent again: ``RouteRetry(2)``. Filter ``Retry``.

    They failed where there was no connection, no answer in time, or one of the statuses 500 to 599.
    """

    retries: int = field(default=3, kw_only=False)
    """How often, beside the first. Default: 3."""

    statuses: tuple[HttpStatusName, ...] = ()
    """Further statuses, by their Spring names. Default: none."""

    methods: tuple[Method, ...] = ("GET",)
    """Methods that may be sent twice. Bodies are kept in memory for it. Default: GET."""

    first_backoff: timedelta | None = None
    """Time before the first retry; it doubles with each. Default: none."""

    max_backoff: timedelta | None = None
    """The longest time between two. Default: no limit."""

    def __post_init__(self) -> None:
        whole("RouteRetry.retries", self.retries, lowest=1)
        for name, kind in (("statuses", HttpStatusName), ("methods", Method)):
            object.__setattr__(self, name, texts(f"RouteRetry.{name}", getattr(self, name)))
            for each in getattr(self, name):
                one_of(f"RouteRetry.{name}", each, kind)
        if not self.methods:
            raise SpecError("RouteRetry.methods: empty, so nothing would be sent again; leave the retry out")
        for name in ("first_backoff", "max_backoff"):
            if getattr(self, name) is not None:
                milliseconds(f"RouteRetry.{name}", getattr(self, name))
        if self.max_backoff is not None and (self.first_backoff is None or self.max_backoff < self.first_backoff):
            raise bad("RouteRetry.max_backoff", "without first_backoff, or below it", str(self.max_backoff),
                      "set first_backoff, no longer than this")  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class EdgeRoute:
    """A path of a gateway that leads to a service: ``EdgeRoute("/api/vet/**", vets.http(env=None), strip_prefix=2)``.

    It is an edge as well: the gateway's policy and the service's open for it.
    """

    path: str | tuple[str, ...] = field(kw_only=False)
    """Path patterns: ``*`` is one element, ``**`` at the end all that follow, ``{name}`` an element with a name.
    Predicate ``Path`` (https://docs.spring.io/spring-framework/reference/web/webflux/controller/ann-requestmapping.html)."""

    to: Call = field(kw_only=False)
    """Where it leads: the `http` edge of a service, a `ServiceRef` or a host outside."""

    id: str | None = None
    """Its id, in metrics and logs. Default: the callee's name; with several routes to one callee, a number behind it."""

    methods: tuple[Method, ...] = ()
    """Methods that are led there. Predicate ``Method``. Default: all."""

    hosts: tuple[str, ...] = ()
    """Patterns of hosts that are led there, such as ``**.acme.io``. Predicate ``Host``. Default: all."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers that must be there, each with a Java regular expression of one whole value; commas part the values of a
    header. Predicate ``Header``. Default: none."""

    weight: RouteWeight | None = None
    """A share of what matches. Default: all."""

    strip_prefix: int = 0
    """How many elements are cut off the path. Filter ``StripPrefix``. Default: none."""

    rewrite: RouteRewrite | None = None
    """How the path is replaced. Default: the service sees it as it came."""

    circuit_breaker: RouteCircuitBreaker | None = None
    """Default: none but that of all routes, `SpringCloudGatewayOptions.circuit_breaker`."""

    retry: RouteRetry | None = None
    """Default: none but that of all routes, `SpringCloudGatewayOptions.retry`."""

    max_request_size: Size | None = None
    """The largest body, by the ``Content-Length`` that the client says; larger ones are refused with 413. Filter
    ``RequestSize``. Default: no limit."""

    timeout: timedelta | None = None
    """Time for the service to answer, else 504. Metadata ``response-timeout``. Default: the gateway's."""

    preserve_host: bool = False
    """The service sees the ``Host`` that the client sent. Filter ``PreserveHostHeader``. Default: its own name."""

    def __post_init__(self) -> None:
        patterns = (self.path,) if isinstance(self.path, str) else texts("EdgeRoute.path", self.path)
        if not patterns:
            raise SpecError("EdgeRoute.path: empty, so nothing would be matched; write '/**' for every path")
        object.__setattr__(self, "path", tuple(_pattern(each) for each in patterns))
        made_by("EdgeRoute.to", self.to, Call)
        if self.to.address.scheme not in ("http", "https"):
            raise bad("EdgeRoute.to", "not a call over HTTP", self.to.source, "write the edge with .http(…)")
        if self.to.address.path:
            raise bad("EdgeRoute.to", "has a path, which a route's URI cannot have", self.to.address.path,
                      "leave path= out, and rewrite the path: EdgeRoute(…, rewrite=RouteRewrite(…))")  # fmt: skip
        if self.id is not None:
            dns_label("EdgeRoute.id", self.id)
        object.__setattr__(self, "methods", texts("EdgeRoute.methods", self.methods))
        for method in self.methods:
            one_of("EdgeRoute.methods", method, Method)
        object.__setattr__(self, "hosts", texts("EdgeRoute.hosts", self.hosts))
        for host in self.hosts:
            _listed("EdgeRoute.hosts", host)
        for name, value in mapping("EdgeRoute.headers", self.headers).items():
            header_name("EdgeRoute.headers", name)
            _plain(f"EdgeRoute.headers[{name!r}]", value)
        object.__setattr__(self, "headers", frozen(self.headers))
        made_by("EdgeRoute.weight", self.weight, RouteWeight, type(None))
        whole("EdgeRoute.strip_prefix", self.strip_prefix)
        made_by("EdgeRoute.rewrite", self.rewrite, RouteRewrite, type(None))
        if self.strip_prefix and self.rewrite is not None:
            raise SpecError("EdgeRoute.rewrite: given together with strip_prefix; keep one of them")
        made_by("EdgeRoute.circuit_breaker", self.circuit_breaker, RouteCircuitBreaker, type(None))
        made_by("EdgeRoute.retry", self.retry, RouteRetry, type(None))
        made_by("EdgeRoute.max_request_size", self.max_request_size, Size, type(None))
        if self.timeout is not None:
            milliseconds("EdgeRoute.timeout", self.timeout)
        flag("EdgeRoute.preserve_host", self.preserve_host)

    @property
    def paths(self) -> tuple[str, ...]:
        """The path patterns."""
        return (self.path,) if isinstance(self.path, str) else self.path

    @property
    def conditional(self) -> bool:
        """Whether more than the path decides."""
        return bool(self.methods or self.hosts or self.headers or self.weight)


def milliseconds(where: str, value: timedelta) -> int:
    """A time in whole milliseconds, above zero."""
    if not isinstance(value, timedelta):
        raise bad(where, "not a time", value, "write timedelta(seconds=5)")
    if value < MILLISECOND or value % MILLISECOND:
        raise bad(where, "not a whole number of milliseconds above zero", str(value), "write timedelta(seconds=5)")
    return value // MILLISECOND


def _pattern(value: str) -> str:
    if not value.startswith("/"):
        raise bad("EdgeRoute.path", "does not start with a slash", value, "write it as '/api/vet/**'")
    _listed("EdgeRoute.path", value)
    if "**" in value.removesuffix("/**"):
        raise bad("EdgeRoute.path", "'**' is all that follows, and stands at the end alone", value,
                  "write '/api/**', or '*' for one element")  # fmt: skip
    return value


def _listed(where: str, value: str) -> None:
    """Check one of several values that stand in one line with commas between."""
    _plain(where, value)
    if re.search(r"[\s,]", value):
        raise bad(where, "holds a comma or blank, which parts two values", value, "write each by itself")


def _plain(where: str, value: str) -> None:
    """Check that Spring takes a text as it is, and for no property and no expression."""
    text(where, value)
    if "${" in value or value.strip().startswith("#{"):
        raise bad(where, "holds '${' or '#{', which Spring takes for a property or an expression", value,
                  "write the value itself")  # fmt: skip
