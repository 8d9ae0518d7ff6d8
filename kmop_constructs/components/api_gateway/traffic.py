"""How much, how often, how long, and from which pages: what a gateway does with requests that it lets in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs.components.api_gateway.auth import header_name
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_subdomain, flag, hostname, one_of, text, texts
from kmop_constructs.values.quantity import seconds, whole

__all__ = ["Cors", "DnsRecord", "RateLimit", "Retry", "StickyCookie"]

Of: TypeAlias = Literal["client", "global"]

PERIODS = {timedelta(seconds=1): "second", timedelta(minutes=1): "minute", timedelta(hours=1): "hour", timedelta(days=1): "day"}  # fmt: skip
"""The units in which gateways count."""

_ORIGIN = re.compile(r"(https?://(\*\.)?[^\s/*@?#]+|\*)")
_METHOD = re.compile("[A-Z]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimit:
    """No more requests than this: ``RateLimit(100, per=timedelta(minutes=1))``; others are refused, with 429 as a rule."""

    requests: int = field(kw_only=False)
    """How many."""

    per: timedelta = timedelta(seconds=1)
    """In which time: a second, a minute, an hour or a day. Default: a second."""

    of: Of = "client"
    """Who is counted: each client address by itself, or all together. A gateway of several pods counts in each of them, and some
    count in each path, unless its docs page says that it counts in common. Default: each client."""

    burst: int | None = None
    """How many are let through at once above the rate. Pages load many things at once: say it where the gateway's own is small
    (its docs page says it). Default: the gateway's own."""

    def __post_init__(self) -> None:
        whole("RateLimit.requests", self.requests, lowest=1)
        seconds("RateLimit.per", self.per)
        if self.per not in PERIODS:
            raise bad("RateLimit.per", "not a unit in which gateways count", self.per,
                      "use timedelta(seconds=1), (minutes=1), (hours=1) or (days=1)")  # fmt: skip
        one_of("RateLimit.of", self.of, Of)
        if self.burst is not None:
            whole("RateLimit.burst", self.burst, lowest=1)

    @property
    def unit(self) -> str:
        """``second``, ``minute``, ``hour`` or ``day``."""
        return PERIODS[self.per]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cors:
    """Pages of other origins may call: ``Cors(("https://shop.acme.io",))`` (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

    origins: tuple[str, ...] = field(kw_only=False)
    """The origins, such as ``https://shop.acme.io``; ``*`` for every one."""

    methods: tuple[str, ...] = ("GET", "HEAD", "POST")
    """Methods that they may use. Default: those that need no leave."""

    headers: tuple[str, ...] = ()
    """Request headers that they may send. Default: those that need no leave."""

    expose_headers: tuple[str, ...] = ()
    """Response headers that they may read. Default: those that need no leave."""

    credentials: bool = False
    """Whether cookies and logins go along. Default: no."""

    max_age: timedelta | None = None
    """For how long a browser may keep the answer. Default: as long as the gateway or browser does."""

    def __post_init__(self) -> None:
        for name in ("origins", "methods", "headers", "expose_headers"):
            object.__setattr__(self, name, texts(f"Cors.{name}", getattr(self, name)))
        if not self.origins:
            raise SpecError("Cors.origins: empty, so nobody is let in; name an origin, or leave cors out")
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
            raise SpecError("Cors.credentials: not with every origin ('*'), which browsers refuse; name the origins")
        if self.max_age is not None:
            seconds("Cors.max_age", self.max_age, lowest=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """A request whose connection fails is sent again: ``Retry(2)``."""

    attempts: int = field(kw_only=False)
    """How often, beside the first time."""

    gateway_errors: bool = False
    """Also after the answers 502, 503 and 504. Right only where a request may be done twice. Default: no."""

    per_try_timeout: timedelta | None = None
    """Time for each attempt. Default: the whole request's."""

    def __post_init__(self) -> None:
        whole("Retry", self.attempts, lowest=1, highest=10)
        flag("Retry.gateway_errors", self.gateway_errors)
        if self.per_try_timeout is not None:
            seconds("Retry.per_try_timeout", self.per_try_timeout)


@dataclass(frozen=True, kw_only=True, slots=True)
class StickyCookie:
    """A client's requests go to the same pod while it lives, by a cookie that the gateway sets."""

    name: str = field(kw_only=False, default="kmop-sticky")
    """The cookie. Default: ``kmop-sticky``."""

    max_age: timedelta | None = None
    """How long the browser keeps it. Default: until it is closed."""

    def __post_init__(self) -> None:
        if not re.fullmatch("[A-Za-z0-9_-]+", text("StickyCookie", self.name)):
            raise bad("StickyCookie", "not the name of a cookie", self.name, "use letters, digits, '-' and '_'")
        if self.max_age is not None:
            seconds("StickyCookie.max_age", self.max_age)


EXTERNAL_DNS = ("external-dns.kubernetes.io", "external-dns.alpha.kubernetes.io")
"""The prefixes that external-dns reads by default: the first since 0.22, with no look at the second, which it read before
(https://github.com/kubernetes-sigs/external-dns/releases/tag/v0.22.0)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DnsRecord:
    """external-dns makes a record of the host (https://kubernetes-sigs.github.io/external-dns)."""

    target: str | None = None
    """Where it leads: a host name, or an address. Default: what the gateway's own Service or status says."""

    ttl: timedelta | None = None
    """How long it may be kept. Default: external-dns's own."""

    prefixes: tuple[str, ...] = EXTERNAL_DNS
    """Prefixes of the annotations, as external-dns is told by ``--annotation-prefix``. Default: the one that it reads by
    default since 0.22 and the one before, so that an upgrade of it takes no record away."""

    def __post_init__(self) -> None:
        if self.target is not None:
            hostname("DnsRecord.target", self.target)
        if self.ttl is not None:
            seconds("DnsRecord.ttl", self.ttl)
        prefixes = texts("DnsRecord.prefixes", self.prefixes)
        if not prefixes:
            raise SpecError("DnsRecord.prefixes: empty, so external-dns would be told nothing; leave it out")
        object.__setattr__(self, "prefixes", tuple(dns_subdomain("DnsRecord.prefixes", each) for each in prefixes))

    def annotations(self, *hosts: str) -> dict[str, str]:
        """The annotations that external-dns reads; with `hosts` for sources that take them from there."""
        said = {"hostname": ",".join(hosts)} if hosts else {}
        if self.target is not None:
            said["target"] = self.target
        if self.ttl is not None:
            said["ttl"] = f"{seconds('DnsRecord.ttl', self.ttl)}"
        return {f"{prefix}/{key}": value for prefix in self.prefixes for key, value in said.items()}
