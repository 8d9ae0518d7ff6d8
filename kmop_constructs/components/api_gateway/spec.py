"""What is asked of any gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from kmop_constructs.components.api_gateway.auth import ApiKey, Auth, BasicAuth, Jwt, Oidc
from kmop_constructs.components.api_gateway.route import PathRoute, Redirect, Share
from kmop_constructs.components.api_gateway.tls import BackendTls, Tls
from kmop_constructs.components.api_gateway.traffic import Cors, DnsRecord, RateLimit, Retry, StickyCookie
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.cluster import cidrs
from kmop_constructs.values.names import annotation_map, dns_subdomain, flag, hostname, made_by, several, texts
from kmop_constructs.values.quantity import Size, seconds, whole

__all__ = ["Exposure"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """How requests from outside reach a service: ``Exposure(host="shop.acme.io")``.

    It says what is wanted, and not of whom: the platform names the gateway. What a gateway cannot do is an
    `UnsupportedError` that names those that can; nothing is left out in silence.
    """

    host: str | None = None
    """The host name; ``*.acme.io`` for every name one label below (``a.acme.io``; some gateways take ``a.b.acme.io`` too).
    Default: every host."""

    aliases: tuple[str, ...] = ()
    """Further host names, for which all the same holds. Default: none."""

    name: str | None = None
    """Name of the route. Default: the service's."""

    paths: tuple[PathRoute | str, ...] = ("/",)
    """Paths of the host that lead to the service. Text is a prefix. Their order means nothing: an exact path takes a request
    before a longer prefix, that before a shorter one, and of one path the one with conditions. Default: all."""

    redirects: tuple[Redirect, ...] = ()
    """Paths that have moved. Default: none."""

    shares: tuple[Share, ...] = ()
    """Shares of the requests that other Services get, such as a canary; the rest stays with this one. Default: none."""

    tls: Tls | None = None
    """HTTPS and its certificate. Default: plain HTTP."""

    auth: Auth | None = None
    """Who is let in: `Oidc`, `Jwt`, `BasicAuth` or `ApiKey`. Default: everybody."""

    allow_from: tuple[str, ...] = ()
    """Address ranges that are let in, as the gateway sees its clients. Default: all."""

    rate_limit: RateLimit | None = None
    """How many requests are let through. Default: all."""

    cors: Cors | None = None
    """Pages of which other origins may call. Default: the service says it."""

    max_body_size: Size | None = None
    """The largest request body that is let through. Default: the gateway's."""

    timeout: timedelta | None = None
    """Time for the service to answer. Longer than a pod takes to end, and a rollout cuts requests off: that is a notice.
    Default: the gateway's."""

    retries: Retry | None = None
    """Send requests again that failed. Default: the gateway's."""

    sticky: StickyCookie | None = None
    """Keep a client at one pod. Default: any pod."""

    compression: bool = False
    """Answers are compressed. Default: as the service sends them."""

    backend_tls: BackendTls | None = None
    """The service speaks TLS itself. Default: it does not."""

    dns: DnsRecord | None = None
    """external-dns makes a record of the hosts. Default: nothing is said to it."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the route, for controllers that are steered by them. Default: none."""

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
        made_by("Exposure.auth", self.auth, Oidc, Jwt, BasicAuth, ApiKey, type(None))
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
            raise SpecError("Exposure.auth: a login over plain HTTP shows its cookies to everybody; give tls=Tls…")
        object.__setattr__(self, "annotations", annotation_map("Exposure.annotations", self.annotations))

    def _check_hosts(self) -> None:
        if self.host is None and self.tls is not None:
            raise SpecError("Exposure.tls: given without a host, for which no certificate can be made; name the host")
        if self.host is None and self.aliases:
            raise SpecError("Exposure.aliases: given without a host, and every host is meant; name the host")
        if self.host is None and self.dns is not None:
            raise SpecError("Exposure.dns: given without a host, of which no record can be made; name the host")
        if len(set(self.hosts)) != len(self.hosts):
            twice = next(host for host in self.hosts if self.hosts.count(host) > 1)
            raise bad("Exposure.aliases", "a host twice", twice, "name each once")
        if isinstance(self.auth, Oidc) and self.host is None:
            raise SpecError("Exposure.auth: a login needs the host to come back to; name the host")

    def _check_routes(self) -> None:
        paths = several("Exposure.paths", self.paths)
        for each in paths:
            made_by("Exposure.paths", each, PathRoute, str)
        if not paths:
            raise SpecError("Exposure.paths: empty, so nothing would be reached; leave it out for all paths")
        routes = tuple(PathRoute(each) if isinstance(each, str) else each for each in paths)
        object.__setattr__(self, "paths", routes)
        conditions = [each.condition for each in routes]
        if len(set(conditions)) != len(conditions):
            twice = next(each for each in routes if conditions.count(each.condition) > 1)
            raise bad("Exposure.paths", "a path twice, under the same conditions", twice.path, "keep one of them")
        object.__setattr__(self, "redirects", several("Exposure.redirects", self.redirects))
        for redirect in self.redirects:
            made_by("Exposure.redirects", redirect, Redirect)
            if any(each.condition == PathRoute(redirect.path, match=redirect.match).condition for each in routes):
                raise bad(
                    "Exposure.redirects", "of a path that leads to the service", redirect.path, "keep one of them"
                )
        object.__setattr__(self, "shares", several("Exposure.shares", self.shares))
        for share in self.shares:
            made_by("Exposure.shares", share, Share)
        names = [share.service for share in self.shares]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise bad("Exposure.shares", "a Service twice", twice, "add its shares up")
        whole("Exposure.shares", sum(share.percent for share in self.shares), lowest=0, highest=100)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host name; none means every host."""
        return () if self.host is None else (self.host, *self.aliases)

    @property
    def routes(self) -> tuple[PathRoute, ...]:
        """The paths as values."""
        return tuple(PathRoute(each) if isinstance(each, str) else each for each in self.paths)

    @property
    def own_percent(self) -> int:
        """How many of a hundred requests stay with the service."""
        return 100 - sum(share.percent for share in self.shares)
