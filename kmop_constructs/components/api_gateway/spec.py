"""How requests from outside the cluster reach a service, in terms that hold for every gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import ApiKey, Auth, BasicAuth, Jwt, Oidc
from kmop_constructs.components.api_gateway.route import Mirror, PathRoute, Redirect, Share
from kmop_constructs.components.api_gateway.tls import BackendTls, Tls
from kmop_constructs.components.api_gateway.traffic import Cors, DnsRecord, RateLimit, Retry, StickyCookie
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import annotation_map, dns_subdomain, flag, hostname, made_by, several, texts
from kmop_constructs.values.pods import cidrs
from kmop_constructs.values.quantity import Size, seconds, whole

__all__ = ["Exposure"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """How requests from outside reach a service: ``Exposure(host="shop.acme.io")``.

    It does not name a gateway: the platform does. A feature that the gateway does not support raises an
    `UnsupportedError` that names the gateways that support it. Nothing is dropped silently.
    """

    host: str | None = None
    """The host name; ``*.acme.io`` for every name one label below (``a.acme.io``; some gateways take ``a.b.acme.io``
    too). Default: every host."""

    aliases: tuple[str, ...] = ()
    """Further host names, routed in the same way. Default: none."""

    name: str | None = None
    """Name of the route's object. Default: the name of the service."""

    paths: tuple[PathRoute | str, ...] = ("/",)
    """Paths of the host that lead to the service. Text is a prefix. Their order does not matter: an exact path goes before
    a prefix, a longer prefix before a shorter one, and of two equal paths, the one with conditions goes first. Default:
    all paths."""

    redirects: tuple[Redirect, ...] = ()
    """Redirects from old paths. Default: none."""

    shares: tuple[Share, ...] = ()
    """Other Services, such as a canary, each with its percentage of the requests; the service gets the rest. Default:
    none."""

    mirrors: tuple[Mirror, ...] = ()
    """Other Services that get copies of the requests of the service, such as its next version. Default: none."""

    tls: Tls | None = None
    """HTTPS and its certificate. Default: plain HTTP."""

    auth: Auth | None = None
    """Authentication of requests: `Oidc`, `Jwt`, `BasicAuth` or `ApiKey`. Default: none, all requests are allowed."""

    allow_from: tuple[str, ...] = ()
    """Client address ranges (CIDR) that are allowed, as the gateway sees the addresses. Default: all."""

    rate_limit: RateLimit | None = None
    """The highest rate of requests. Default: no limit."""

    cors: Cors | None = None
    """Other origins with pages that may call the service. Default: the gateway adds no CORS headers."""

    max_body_size: Size | None = None
    """The largest request body. Default: the gateway's own limit."""

    timeout: timedelta | None = None
    """Maximum time for the response of the service, above zero. A notice appears where it is longer than the time that
    a terminating pod has left, because a rollout would then cut requests off. Default: the gateway's own limit."""

    retries: Retry | None = None
    """Retries of failed requests. Default: the gateway's own rule."""

    sticky: StickyCookie | None = None
    """A cookie that keeps a client on one pod. Default: none, each request may go to any pod."""

    compression: bool = False
    """Whether the gateway compresses responses. Default: False, responses pass unchanged."""

    backend_tls: BackendTls | None = None
    """TLS between the gateway and the service, with a check of the service's certificate. Default: for a port with TLS
    (`Port.tls`) the name and the authority of the service's certificate, else plain connections."""

    dns: DnsRecord | None = None
    """A DNS record of the hosts that external-dns creates. Default: no annotations for external-dns."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the route's object, for controllers that read them. Default: none."""

    def __post_init__(self) -> None:
        if self.host is not None:
            hostname("Exposure.host", self.host, wildcard=True)
        object.__setattr__(self, "aliases", texts("Exposure.aliases", self.aliases))
        for alias in self.aliases:
            hostname("Exposure.aliases", alias, wildcard=True)
        if self.name is not None:
            dns_subdomain("Exposure.name", self.name)
        self._check_hosts()
        self._check_routes()
        made_by("Exposure.tls", self.tls, Tls, type(None))
        made_by("Exposure.auth", self.auth, Oidc, Jwt, BasicAuth, ApiKey, type(None), secret=True)
        object.__setattr__(self, "allow_from", cidrs("Exposure.allow_from", self.allow_from))
        made_by("Exposure.rate_limit", self.rate_limit, RateLimit, type(None))
        made_by("Exposure.cors", self.cors, Cors, type(None))
        made_by("Exposure.max_body_size", self.max_body_size, Size, type(None))
        if self.timeout is not None:
            seconds("Exposure.timeout", self.timeout)
        made_by("Exposure.retries", self.retries, Retry, type(None))
        made_by("Exposure.sticky", self.sticky, StickyCookie, type(None))
        flag("Exposure.compression", self.compression)
        made_by("Exposure.backend_tls", self.backend_tls, BackendTls, type(None))
        made_by("Exposure.dns", self.dns, DnsRecord, type(None))
        if isinstance(self.auth, Oidc) and self.tls is None:
            raise SpecError(
                "Exposure.auth: a login over plain HTTP exposes its session cookies; set tls=Tls.issued_by(…) or Tls.secret(…)"
            )
        object.__setattr__(self, "annotations", annotation_map("Exposure.annotations", self.annotations))

    def _check_hosts(self) -> None:
        if self.host is None and self.tls is not None:
            raise SpecError("Exposure.tls: a certificate needs a host, and Exposure.host is not set; set the host")
        if self.host is None and self.aliases:
            raise SpecError(
                "Exposure.aliases: not allowed without a host, because the route already takes every host; set the host"
            )
        if self.host is None and self.dns is not None:
            raise SpecError("Exposure.dns: a DNS record needs a host, and Exposure.host is not set; set the host")
        if len(set(self.hosts)) != len(self.hosts):
            twice = next(host for host in self.hosts if self.hosts.count(host) > 1)
            raise bad("Exposure.aliases", "duplicate host", twice, "keep one of them")
        if isinstance(self.auth, Oidc) and self.host is None:
            raise SpecError(
                "Exposure.auth: a login needs a host for its callback, and Exposure.host is not set; set the host"
            )

    def _check_routes(self) -> None:
        paths = several("Exposure.paths", self.paths)
        for each in paths:
            made_by("Exposure.paths", each, PathRoute, str)
        if not paths:
            raise SpecError("Exposure.paths: no path is routed, got (); leave it out for all paths")
        routes = tuple(PathRoute(each) if isinstance(each, str) else each for each in paths)
        object.__setattr__(self, "paths", routes)
        conditions = [each.condition for each in routes]
        if len(set(conditions)) != len(conditions):
            twice = next(each for each in routes if conditions.count(each.condition) > 1)
            raise bad("Exposure.paths", "duplicate path with the same conditions", twice.path, "keep one of them")
        object.__setattr__(self, "redirects", several("Exposure.redirects", self.redirects))
        for redirect in self.redirects:
            made_by("Exposure.redirects", redirect, Redirect)
            if any(each.condition == PathRoute(redirect.path, match=redirect.match).condition for each in routes):
                raise bad("Exposure.redirects", "the path also leads to the service", redirect.path, "keep one of them")
        object.__setattr__(self, "shares", several("Exposure.shares", self.shares))
        for share in self.shares:
            made_by("Exposure.shares", share, Share)
        names = [share.service for share in self.shares]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise bad("Exposure.shares", "duplicate Service", twice, "add the percentages together")
        self._check_mirrors()
        whole("Exposure.shares", sum(share.percent for share in self.shares), lowest=0, highest=100)

    def _check_mirrors(self) -> None:
        object.__setattr__(self, "mirrors", several("Exposure.mirrors", self.mirrors))
        for mirror in self.mirrors:
            made_by("Exposure.mirrors", mirror, Mirror)
        names = [mirror.service for mirror in self.mirrors]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise bad("Exposure.mirrors", "duplicate Service", twice, "keep one of them")

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host name; empty for every host."""
        return () if self.host is None else (self.host, *self.aliases)

    @property
    def routes(self) -> tuple[PathRoute, ...]:
        """The paths as `PathRoute` values."""
        return tuple(PathRoute(each) if isinstance(each, str) else each for each in self.paths)

    @property
    def own_percent(self) -> int:
        """Percentage of the requests that the service itself gets."""
        return 100 - sum(share.percent for share in self.shares)
