"""What Traefik's two providers have in common: middlewares, TLS, the login, and the routes in their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.auth import Jwt, Oidc
from kmop_constructs.components.api_gateway.capability import Supports, admit, refusal
from kmop_constructs.components.api_gateway.certificate import draw_certificate
from kmop_constructs.components.api_gateway.features import FeatureName
from kmop_constructs.components.api_gateway.oauth2_proxy import OAuth2Proxy, widest
from kmop_constructs.components.api_gateway.targets import Target, controllers_of, routed_ports, targets
from kmop_constructs.components.api_gateway.traefik import middlewares
from kmop_constructs.components.api_gateway.traefik.options import CLASS, DEFAULT, TraefikGatewayOptions
from kmop_constructs.components.api_gateway.traefik.rules import MOST_HEADERS, Match, host_groups
from kmop_constructs.components.api_gateway.traefik.tls import servers_transport, tls_option
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.model import scope_of
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.core.sharing import agreed, draws_once, gathered, parts_of
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.names import made_by

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.route import PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.core.model import Synthesis
    from kmop_constructs.typings import traefik_io
    from kmop_constructs.values.cluster import Peer

__all__ = ["Step", "Traefik"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A route: which requests it takes, what is done with them, where they go."""

    match: Match
    """Which requests."""

    middlewares: tuple[str, ...]
    """Names of Middleware objects, the outermost first."""

    targets: tuple[Target, ...]
    """Where they go."""

    route: PathRoute | None = None
    """The path of the exposure that it is for; none of a redirect and of the login."""

    login: str | None = None
    """The name of the login whose own paths these are. Default: of none."""


class Traefik(Placed, Construct):
    """A route to a service through Traefik Proxy 3.7. Use `TraefikGateway` or `TraefikIngressGateway`."""

    SUPPORTS: ClassVar[Supports]
    """What it can do."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        exposure: Exposure,
        options: TraefikGatewayOptions = TraefikGatewayOptions(),
    ) -> None:
        """Draw the route of a service.

        Raises:
            UnsupportedError: Traefik cannot do what is asked.
            ConflictError: Two exposures say different things of what Traefik keeps once: TLS of a host, the settings of a
                Service.
        """
        self._place = place_of(scope).child(id)
        made_by(f"{type(self).__name__}: options", options, TraefikGatewayOptions)
        self._service, self._exposure, self._options = service, exposure, options
        self._name = exposure.name or service.name
        admit(self.path, type(self).__name__, self.SUPPORTS, exposure, service, named=options.named)
        self._refuse()
        self._ports = routed_ports(service, exposure)
        self._controllers = controllers_of(service, options.controller, DEFAULT)
        created(self._place, lambda: Construct.__init__(self, scope, id))
        self._drawn: set[str] = set()
        tls = exposure.tls
        self._secret = draw_certificate(self, service, exposure.hosts, tls) if tls is not None else None
        self._entry = f"Traefik {options.ingress_class or CLASS} {options.websecure}"
        self._tls_option = tls_option(self, service, exposure, tls, entry=self._entry) if tls is not None else None
        self._transport = servers_transport(self, service, exposure, self._name)
        self._draw(list(self._steps()))

    @property
    def controllers(self) -> Sequence[Peer]:
        """Traefik's pods."""
        return self._controllers

    @property
    def routed_ports(self) -> Sequence[int]:
        """The container ports that the paths lead to."""
        return self._ports

    def _draw(self, steps: list[Step]) -> None:
        """Draw the routes."""
        raise NotImplementedError

    def _routers(self) -> int:
        """In how many routers of Traefik the paths of the exposure end up."""
        raise NotImplementedError

    def _steps(self) -> Iterator[Step]:
        exposure, service = self._exposure, self._service
        first = [self._middleware(*each) for each in middlewares.before(exposure, self._options)]
        inner: list[str] = []
        to_login: list[Step] = []
        if isinstance(exposure.auth, Oidc):
            proxy = OAuth2Proxy(
                self, "login", service=service, exposure=exposure, controllers=self._controllers, options=self._options.login
            )  # fmt: skip
            inner.append(self._middleware(*middlewares.login(proxy)))
            allowed = self._login_allows(proxy)
            if draws_once(self._place, self.path, ("route of the login", self._entry, proxy.name), {}):
                target = Target(service=proxy.name, port=proxy.port, percent=100, own=None)
                match = Match(path=proxy.prefix, kind="Prefix")
                to_login.append(Step(match=match, middlewares=allowed, targets=(target,), login=proxy.name))
        inner += [self._middleware(*each) for each in middlewares.authentication(exposure.auth)]
        inner += [self._middleware(*each) for each in middlewares.behind(exposure)]
        last = [self._middleware(*each) for each in middlewares.retry(exposure)]
        rewrites = 0
        for route in exposure.routes:
            own: list[str] = []
            if (changed := middlewares.rewrite(route)) is not None:
                rewrites += 1
                own.append(self._middleware(f"rewrite-{rewrites}" if rewrites > 1 else "rewrite", changed))
            used = (*first, *inner, *own, *last)
            yield Step(match=_match(route), middlewares=used, targets=targets(service, exposure, route), route=route)
        for number, moved in enumerate(exposure.redirects, start=1):
            name = self._middleware(f"redirect-{number}" if number > 1 else "redirect", middlewares.redirect(moved))
            match = Match(path=_prefix(moved.path) if moved.match == "Prefix" else moved.path, kind=moved.match)
            to = targets(service, exposure, exposure.routes[0])[:1]
            yield Step(match=match, middlewares=(*first, name), targets=to)
        yield from to_login

    def _login_allows(self, proxy: OAuth2Proxy) -> tuple[str, ...]:
        """The middleware of the login's own paths: they are as open as the widest exposure that has the login."""
        allow_from, depth = self._exposure.allow_from, self._options.forwarded_depth
        key = ("addresses of the login", self._entry, proxy.name)
        first = gathered(self._place, self.path, key, tuple(allow_from))
        if not allow_from:
            return ()
        there = ("place of the client's address at the login", self._entry, proxy.name)
        agreed(self._place, self.path, there, {"forwarded_depth": depth})
        name = f"{proxy.name}-allow"
        if not first:
            return (name,)

        def draw(synthesis: Synthesis) -> traefik_io.Middleware:
            addresses = widest([part for _, part in parts_of(synthesis, key, tuple[str, ...])])
            spec = middlewares.allow(addresses, depth)
            return {"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": {"name": name}, "spec": spec}

        Manifest(
            self, "login-allow", Deferred(api_version="traefik.io/v1alpha1", kind="Middleware", name=name, draw=draw)
        )
        return (name,)

    def _middleware(self, suffix: str, spec: traefik_io.MiddlewareSpec) -> str:
        name = f"{self._name}-{suffix}"
        if suffix not in self._drawn:
            self._drawn.add(suffix)
            literal: traefik_io.Middleware = {
                "apiVersion": "traefik.io/v1alpha1",
                "kind": "Middleware",
                "metadata": {"name": name, "labels": dict(self._service.labels)},
                "spec": spec,
            }
            Manifest(self, f"middleware-{suffix}", literal)
        return name

    def _to_https(self, login: str | None = None) -> str:
        """The middleware that leads to HTTPS: the exposure's, or that of a login, which is no service's own."""
        suffix, spec = middlewares.TO_HTTPS
        if login is None:
            return self._middleware(suffix, spec)
        name = f"{login}-{suffix}"
        if name not in self._drawn:
            self._drawn.add(name)
            literal: traefik_io.Middleware = {
                "apiVersion": "traefik.io/v1alpha1",
                "kind": "Middleware",
                "metadata": {"name": name},
                "spec": spec,
            }
            Manifest(self, f"middleware-login-{suffix}", literal)
        return name

    def _priority(self, match: Match, hosts: Sequence[str]) -> int:
        return match.priority(hosts, wider=self._options.wildcard_priority)

    def _scope(self) -> str:
        return scope_of(self._service.namespace, self._place.chart)

    def _no(self, name: FeatureName, why: str) -> UnsupportedError:
        return refusal(self.path, type(self).__name__, name, why)

    def _refuse(self) -> None:
        """What Traefik can do, but not with these values."""
        exposure, service = self._exposure, self._service
        routes = exposure.routes
        grpc = any(r.service is None and service.port(r.port).spec.speaks == "grpc" for r in routes)
        if grpc and exposure.max_body_size is not None:
            raise self._no(
                "max_body_size",
                "its buffering holds requests and answers back until they are complete, and gRPC streams",
            )
        if grpc and exposure.retries is not None and exposure.retries.gateway_errors:
            raise self._no(
                "retry_gateway_errors", "it reads the body of a request before it sends it on, and gRPC streams"
            )
        if any(len(r.headers) > MOST_HEADERS for r in routes):
            raise self._no("headers", f"no more than {MOST_HEADERS} headers of one path are told apart by its priority")
        if exposure.cors is not None:
            for route in routes:
                plain = [_match(r) for r in routes if not r.headers]
                if route.headers and not any(_bare(each).covers(_match(route)) for each in plain):
                    why = (
                        "a browser's question in advance carries no such headers, and no other path takes it; lead "
                        f"{route.path!r} somewhere without headers too"
                    )
                    raise self._no("cors", why)
        if isinstance(exposure.auth, Jwt) and "`" in exposure.auth.issuer:
            raise self._no("jwt", "its issuer holds a backtick, which ends a text in Traefik's expressions")
        self._refuse_limit()

    def _refuse_limit(self) -> None:
        exposure = self._exposure
        limit = exposure.rate_limit
        if limit is None:
            return
        name: FeatureName = "rate_limit_global" if limit.of == "global" else "rate_limit_client"
        if limit.of == "global" and (len(exposure.hosts) != 1 or exposure.hosts[0].startswith("*.")):
            raise self._no(name, "it counts all clients together by host alone, and this is not one host")
        count = self._routers()
        if count > 1 and not self._options.redis:
            why = (
                f"without Redis it counts in each of the {count} routers that this needs by itself; name one: "
                "TraefikGatewayOptions(redis=('redis.traefik:6379',))"
            )
            raise self._no(name, why)

    def _entries(self) -> int:
        """On how many entry points the paths are served."""
        tls = self._exposure.tls
        return 2 if tls is not None and not tls.redirects else 1

    def _groups(self) -> list[tuple[str, ...]]:
        return host_groups(self._exposure.hosts)


def _match(route: PathRoute) -> Match:
    path = _prefix(route.path) if route.match == "Prefix" else route.path
    return Match(path=path, kind=route.match, method=route.method, headers=route.headers)


def _bare(match: Match) -> Match:
    return Match(path=match.path, kind=match.kind)


def _prefix(path: str) -> str:
    return path.rstrip("/") or "/"
