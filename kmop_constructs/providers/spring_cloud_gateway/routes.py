"""Routes of a Spring Cloud Gateway as values.

The names are those of the reference documentation of version 5.0
(https://docs.spring.io/spring-cloud-gateway/reference/spring-cloud-gateway-server-webflux.html). The format of routes
is the same since version 1; only the prefix of the properties has changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import header_name
from kmop_constructs.core.edges import Call
from kmop_constructs.errors import SpecError, bad, shown
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

__all__ = ["EdgeRoute", "RouteCircuitBreaker", "RouteRetry", "RouteRewrite", "RouteWeight", "milliseconds", "plain"]

HttpStatusName: TypeAlias = Literal[
    "REQUEST_TIMEOUT", "TOO_EARLY", "TOO_MANY_REQUESTS", "INTERNAL_SERVER_ERROR", "BAD_GATEWAY", "SERVICE_UNAVAILABLE",
    "GATEWAY_TIMEOUT",
]  # fmt: skip
"""Names of Spring's ``HttpStatus`` for which a retry makes sense."""

Method: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteWeight:
    """A weight among several routes that match the same requests: ``RouteWeight("vets", 90)``. Predicate ``Weight``."""

    group: str = field(kw_only=False)
    """The name of the group of routes."""

    weight: int = field(kw_only=False)
    """The weight of the route, relative to the sum of all weights of the group."""

    def __post_init__(self) -> None:
        dns_label("RouteWeight.group", self.group)
        whole("RouteWeight.weight", self.weight)


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteRewrite:
    """A replacement of the path: ``RouteRewrite("/red/?(?<rest>.*)", "/${rest}")``. Filter ``RewritePath``.

    The expression sees the path as the client wrote it: ``/%72ed/x`` and ``/red;a/x`` have the route of ``/red/x``, but are
    not rewritten. `EdgeRoute.strip_prefix` counts elements instead.
    """

    regexp: str = field(kw_only=False)
    """A Java regular expression; every match in the path is replaced."""

    replacement: str = field(kw_only=False)
    """The replacement; ``${name}`` and ``$1`` are groups of the expression."""

    def __post_init__(self) -> None:
        plain("RouteRewrite.regexp", self.regexp)
        text("RouteRewrite.replacement", self.replacement)
        if not self.replacement.startswith("/") and self.regexp.startswith("/"):
            raise bad(
                "RouteRewrite.replacement",
                "the new path does not begin with a slash",
                self.replacement,
                "begin it with '/'",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteCircuitBreaker:
    """A circuit breaker: after too many failures, requests fail at once for a time. Filter ``CircuitBreaker``.

    The image needs ``spring-cloud-starter-circuitbreaker-reactor-resilience4j``; its own properties set the thresholds.
    """

    name: str | None = field(default=None, kw_only=False)
    """Name of the breaker; routes with the same name share it. Default: the id of the route."""

    fallback: str | None = None
    """The path, of a controller in the image or of another route, that answers instead of the service. Default: none:
    500 without a connection, 504 after a timeout, 503 while requests fail at once."""

    status_codes: tuple[int, ...] = ()
    """Response statuses that count as failures. Default: none; only failed connections and timeouts count."""

    def __post_init__(self) -> None:
        if self.name is not None:
            plain("RouteCircuitBreaker.name", self.name)
        if self.fallback is not None:
            url_path("RouteCircuitBreaker.fallback", self.fallback)
            plain("RouteCircuitBreaker.fallback", self.fallback)
        codes = several("RouteCircuitBreaker.status_codes", self.status_codes)
        for code in codes:
            whole("RouteCircuitBreaker.status_codes", code, lowest=400, highest=599)
        object.__setattr__(self, "status_codes", codes)


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteRetry:
    """Retries of failed requests: ``RouteRetry(2)``. Filter ``Retry``.

    A request has failed if there was no connection, no response in time, or a status of 500 to 599.
    """

    retries: int = field(default=3, kw_only=False)
    """Number of retries after the first attempt. Default: 3."""

    statuses: tuple[HttpStatusName, ...] = ()
    """Further statuses that are retried, by their Spring names. Default: none."""

    methods: tuple[Method, ...] = ("GET",)
    """Methods that may be retried. Their bodies are kept in memory. Default: GET."""

    first_backoff: timedelta | None = None
    """Time before the first retry; it doubles with each retry. Default: none, a retry follows at once."""

    max_backoff: timedelta | None = None
    """Maximum time between two retries; needs `first_backoff`. Default: no limit."""

    def __post_init__(self) -> None:
        whole("RouteRetry.retries", self.retries, lowest=1)
        for name, kind in (("statuses", HttpStatusName), ("methods", Method)):
            object.__setattr__(self, name, texts(f"RouteRetry.{name}", getattr(self, name)))
            for each in getattr(self, name):
                one_of(f"RouteRetry.{name}", each, kind)
        if not self.methods:
            raise SpecError("RouteRetry.methods: no method is retried, got (); leave the retry out")
        for name in ("first_backoff", "max_backoff"):
            if getattr(self, name) is not None:
                milliseconds(f"RouteRetry.{name}", getattr(self, name))
        if self.max_backoff is not None and (self.first_backoff is None or self.max_backoff < self.first_backoff):
            raise bad("RouteRetry.max_backoff", "first_backoff is not set, or longer", str(self.max_backoff),
                      "set first_backoff to this time or less")  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class EdgeRoute:
    """A route of a gateway to a service: ``EdgeRoute("/api/vet/**", vets.http(env=None), strip_prefix=2)``.

    It is also an edge: it opens the network policies of the gateway and of the service.
    """

    path: str | tuple[str, ...] = field(kw_only=False)
    """Path patterns: ``*`` is one element, ``**`` at the end all further ones, ``{name}`` one element with a name.
    Predicate ``Path``
    (https://docs.spring.io/spring-framework/reference/web/webflux/controller/ann-requestmapping.html)."""

    to: Call = field(kw_only=False)
    """The target: the `http` edge of a service, of a `ServiceRef` or of an external host."""

    id: str | None = None
    """The id, for metrics and logs. Default: the callee's name, with a number for several routes to one callee."""

    methods: tuple[Method, ...] = ()
    """Methods that the route matches. Predicate ``Method``. Default: all of these; others, such as ``CONNECT``, get 404."""

    hosts: tuple[str, ...] = ()
    """Patterns of hosts that the route matches, such as ``**.acme.io``, in the case that clients write. The port of the
    ``Host`` header is left out unless a pattern of the gateway has one. Predicate ``Host``. Default: all."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Required request headers, each with a Java regular expression for one whole value; commas separate the values of
    a header. Predicate ``Header``. Default: none."""

    weight: RouteWeight | None = None
    """A weight among routes with the same predicates. Default: none, the route takes every request that it matches."""

    strip_prefix: int = 0
    """Number of path elements to remove from the start. Filter ``StripPrefix``. Default: 0."""

    rewrite: RouteRewrite | None = None
    """A replacement of the path. Not allowed with `strip_prefix`. Default: none, the service gets the original path."""

    circuit_breaker: RouteCircuitBreaker | None = None
    """Circuit breaker of this route. Default: only that of all routes, `SpringCloudGatewayOptions.circuit_breaker`."""

    retry: RouteRetry | None = None
    """Retries of this route. Default: those of all routes, `SpringCloudGatewayOptions.retry`."""

    max_request_size: Size | None = None
    """Maximum body size, from the request header ``Content-Length``; larger requests get 413. Filter ``RequestSize``.
    Default: no limit."""

    timeout: timedelta | None = None
    """Maximum time for the response of the service to one attempt, else 504. Metadata ``response-timeout``. The time limit
    of its circuit breakers is set to all attempts and one second. Default: the gateway's own."""

    preserve_host: bool = False
    """Whether the service gets the client's ``Host`` header. Filter ``PreserveHostHeader``. Default: False, it gets its
    own name."""

    def __post_init__(self) -> None:
        patterns = (self.path,) if isinstance(self.path, str) else texts("EdgeRoute.path", self.path)
        if not patterns:
            raise SpecError("EdgeRoute.path: no path is matched, got (); write '/**' for every path")
        object.__setattr__(self, "path", tuple(_pattern(each) for each in patterns))
        made_by("EdgeRoute.to", self.to, Call)
        if self.to.address.scheme not in ("http", "https"):
            raise bad("EdgeRoute.to", "not a call over HTTP", self.to.source, "write the edge with .http(…)")
        if self.to.tls is not None and self.to.tls.authority != "image":
            what = "a call with an authority of its own, but the gateway verifies with those of its image"
            raise bad("EdgeRoute.to", what, self.to.source,
                      "put the authority into the image, and write .http(tls=True)")  # fmt: skip
        if self.to.address.path:
            raise bad("EdgeRoute.to", "the edge has a path, which the URI of a route cannot have", self.to.address.path,
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
            plain(f"EdgeRoute.headers[{shown(name)}]", value)
        object.__setattr__(self, "headers", frozen(self.headers))
        made_by("EdgeRoute.weight", self.weight, RouteWeight, type(None))
        whole("EdgeRoute.strip_prefix", self.strip_prefix)
        made_by("EdgeRoute.rewrite", self.rewrite, RouteRewrite, type(None))
        if self.strip_prefix and self.rewrite is not None:
            raise SpecError("EdgeRoute.rewrite: not allowed together with strip_prefix; keep one of them")
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
        """Whether the route has other conditions than the path."""
        return bool(self.methods or self.hosts or self.headers or self.weight)


def milliseconds(where: str, value: timedelta) -> int:
    """Return a time in whole milliseconds, above zero."""
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
        raise bad("EdgeRoute.path", "'**' is allowed only at the end", value,
                  "write '/api/**', or '*' for one element")  # fmt: skip
    return value


def _listed(where: str, value: str) -> None:
    """Check one of several values that commas separate in one line."""
    plain(where, value)
    if re.search(r"[\s,]", value):
        raise bad(
            where, "contains a comma or blank, which separates values", value, "write each value as its own element"
        )


def plain(where: str, value: str) -> None:
    """Check that Spring reads a text as it is, and not as a property or an expression."""
    text(where, value)
    if "${" in value or value.strip().startswith("#{"):
        raise bad(where, "contains '${' or '#{', which Spring reads as a property or an expression", value,
                  "write the value itself")  # fmt: skip
