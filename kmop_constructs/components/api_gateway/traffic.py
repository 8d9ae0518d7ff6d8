"""Limits and rules for requests that a gateway accepts: rate, origins, retries, sessions, DNS."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import header_name
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_subdomain, flag, hostname, one_of, text, texts
from kmop_constructs.values.quantity import seconds, whole

__all__ = ["Cors", "DnsRecord", "RateLimit", "Retry", "StickyCookie"]

Of: TypeAlias = Literal["client", "global"]

PERIODS = {timedelta(seconds=1): "second", timedelta(minutes=1): "minute", timedelta(hours=1): "hour", timedelta(days=1): "day"}  # fmt: skip
"""The periods that gateways support for rate limits."""

_ORIGIN = re.compile(r"(https?://(\*\.)?[^\s/*@?#]+|\*)")
_METHOD = re.compile("[A-Z]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimit:
    """The highest rate of requests: ``RateLimit(100, per=timedelta(minutes=1))``. Most gateways answer the rest with 429."""

    requests: int = field(kw_only=False)
    """Number of requests in each period, at least 1."""

    per: timedelta = timedelta(seconds=1)
    """The period: exactly one second, minute, hour or day. Default: one second."""

    of: Of = "client"
    """``client`` counts each client address by itself; ``global`` counts all clients together. Each pod of the gateway
    counts on its own, and some gateways count each path on its own, unless the docs page of the gateway says otherwise.
    Default: client."""

    burst: int | None = None
    """Number of requests above the rate that may arrive at once, at least 1. Web pages load many files at once, so set
    it where the gateway's own value is small (see its docs page). Default: the gateway's own value."""

    def __post_init__(self) -> None:
        whole("RateLimit.requests", self.requests, lowest=1)
        seconds("RateLimit.per", self.per)
        if self.per not in PERIODS:
            raise bad("RateLimit.per", "not a period that gateways support", self.per,
                      "use timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1) or timedelta(days=1)")  # fmt: skip
        one_of("RateLimit.of", self.of, Of)
        if self.burst is not None:
            whole("RateLimit.burst", self.burst, lowest=1)

    @property
    def unit(self) -> str:
        """``second``, ``minute``, ``hour`` or ``day``."""
        return PERIODS[self.per]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cors:
    """Allow pages of other origins to call the service: ``Cors(("https://shop.acme.io",))`` (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

    origins: tuple[str, ...] = field(kw_only=False)
    """The allowed origins, such as ``https://shop.acme.io``; ``*`` for every origin."""

    methods: tuple[str, ...] = ("GET", "HEAD", "POST")
    """Allowed request methods. Default: GET, HEAD and POST, which need no preflight request."""

    headers: tuple[str, ...] = ()
    """Further allowed request headers. Default: only those that CORS always allows."""

    expose_headers: tuple[str, ...] = ()
    """Further response headers that pages may read. Default: only those that CORS always allows."""

    credentials: bool = False
    """Whether browsers may send cookies and credentials. Not allowed with the origin ``*``. Default: False."""

    max_age: timedelta | None = None
    """How long a browser may cache the preflight response, in whole seconds. Default: decided by the gateway or the
    browser."""

    def __post_init__(self) -> None:
        for name in ("origins", "methods", "headers", "expose_headers"):
            object.__setattr__(self, name, texts(f"Cors.{name}", getattr(self, name)))
        if not self.origins:
            raise SpecError("Cors.origins: no origin is allowed, got (); name an origin, or leave cors out")
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                raise bad("Cors.origins", "not an origin", origin, "write it as https://shop.acme.io, without a path")
        for method in self.methods:
            if not _METHOD.fullmatch(method):
                raise bad("Cors.methods", "not a request method", method, "write it in upper case, such as 'PUT'")
        for name in (*self.headers, *self.expose_headers):
            header_name("Cors.headers", name)
        flag("Cors.credentials", self.credentials)
        if self.credentials and "*" in self.origins:
            raise SpecError(
                "Cors.credentials: browsers refuse credentials with the origin '*', got True; name the origins"
            )
        if self.max_age is not None:
            seconds("Cors.max_age", self.max_age, lowest=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """Retries of a request after a connection failure: ``Retry(2)``."""

    attempts: int = field(kw_only=False)
    """Number of retries after the first attempt, 1 to 10."""

    gateway_errors: bool = False
    """Whether responses of 502, 503 and 504 are retried too. Safe only for requests that may run twice. Default:
    False."""

    per_try_timeout: timedelta | None = None
    """Maximum time for each attempt, above zero. An attempt that takes longer counts as 504, so that it is retried where
    `gateway_errors` is set; with `GatewayApi` the implementation decides. Default: only the limit of the whole request applies."""

    def __post_init__(self) -> None:
        whole("Retry", self.attempts, lowest=1, highest=10)
        flag("Retry.gateway_errors", self.gateway_errors)
        if self.per_try_timeout is not None:
            seconds("Retry.per_try_timeout", self.per_try_timeout)


@dataclass(frozen=True, kw_only=True, slots=True)
class StickyCookie:
    """A cookie of the gateway that keeps a client on the same pod while the pod lives."""

    name: str = field(kw_only=False, default="kmop-sticky")
    """Name of the cookie: letters, digits, ``-`` and ``_``. Default: ``kmop-sticky``."""

    max_age: timedelta | None = None
    """Lifetime of the cookie, in whole seconds. Default: until the browser is closed."""

    def __post_init__(self) -> None:
        if not re.fullmatch("[A-Za-z0-9_-]+", text("StickyCookie", self.name)):
            raise bad("StickyCookie", "not the name of a cookie", self.name, "use letters, digits, '-' and '_'")
        if self.max_age is not None:
            seconds("StickyCookie.max_age", self.max_age)


EXTERNAL_DNS = ("external-dns.kubernetes.io", "external-dns.alpha.kubernetes.io")
"""The annotation prefixes that external-dns reads by default: the first from 0.22 on, which ignores the second; the
second before (https://github.com/kubernetes-sigs/external-dns/releases/tag/v0.22.0)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DnsRecord:
    """A DNS record of the host, created by external-dns (https://kubernetes-sigs.github.io/external-dns)."""

    target: str | None = None
    """Target of the record: a host name or an address. Default: external-dns reads it from the gateway's Service or
    status."""

    ttl: timedelta | None = None
    """Time to live of the record, in whole seconds. Default: that of external-dns."""

    prefixes: tuple[str, ...] = EXTERNAL_DNS
    """Annotation prefixes, as in the flag ``--annotation-prefix`` of external-dns. Default: the default
    prefix of external-dns 0.22 and newer, and that of older versions, so that an upgrade removes no record."""

    def __post_init__(self) -> None:
        if self.target is not None:
            hostname("DnsRecord.target", self.target)
        if self.ttl is not None:
            seconds("DnsRecord.ttl", self.ttl)
        prefixes = texts("DnsRecord.prefixes", self.prefixes)
        if not prefixes:
            raise SpecError("DnsRecord.prefixes: external-dns would read no annotation, got (); leave it out")
        object.__setattr__(self, "prefixes", tuple(dns_subdomain("DnsRecord.prefixes", each) for each in prefixes))

    def annotations(self, *hosts: str) -> dict[str, str]:
        """Return the annotations that external-dns reads. Pass `hosts` for an object that does not name them itself."""
        annotations = {"hostname": ",".join(hosts)} if hosts else {}
        if self.target is not None:
            annotations["target"] = self.target
        if self.ttl is not None:
            annotations["ttl"] = f"{seconds('DnsRecord.ttl', self.ttl)}"
        return {f"{prefix}/{key}": value for prefix in self.prefixes for key, value in annotations.items()}
