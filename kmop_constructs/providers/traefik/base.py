"""The base of Traefik's two providers: middlewares, TLS, the login, and the order of routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import Jwt, Oidc
from kmop_constructs.components.api_gateway.capability import Supports, admit, admit_release
from kmop_constructs.components.api_gateway.features import FeatureName
from kmop_constructs.components.api_gateway.identity import merged
from kmop_constructs.components.api_gateway.login import LoginProxy, draw_login, strictest, widest
from kmop_constructs.components.api_gateway.placed import PlacedGateway
from kmop_constructs.components.api_gateway.targets import (
    Target,
    controllers_of,
    leads_to_grpc,
    mirrors,
    route_facts,
    targets,
)
from kmop_constructs.core.derived import agree, contribute, derive, parts_of
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import created, place_of
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.traefik import middlewares
from kmop_constructs.providers.traefik.options import CLASS, DEFAULT, TraefikGatewayOptions
from kmop_constructs.providers.traefik.rules import MOST_HEADERS, Match, host_groups
from kmop_constructs.providers.traefik.tls import API, servers_transport, tls_option
from kmop_constructs.values.names import made_by

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.route import PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import Hsts
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s, traefik_io

__all__ = ["Step", "Traefik"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A route: the requests that it matches, their middlewares, and their targets."""

    match: Match
    """The requests that it matches."""

    middlewares: tuple[str, ...]
    """Names of Middleware objects, the outermost first."""

    targets: tuple[Target, ...]
    """The targets."""

    mirrors: tuple[Target, ...] = ()
    """The Services that get copies of the requests."""

    route: PathRoute | None = None
    """The path of the exposure; ``None`` for a redirect and for the login."""


class Traefik(PlacedGateway, Construct):
    """Base of the routes through Traefik Proxy 3.7. Use `TraefikGateway` or `TraefikIngressGateway`."""

    SUPPORTS: ClassVar[Supports]
    """What the gateway supports, by feature: the source of errors and of the capability table."""

    REMOVES_HEADERS: ClassVar[bool] = True
    """Whether the gateway removes identity headers that clients could forge."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Exposure,
        options: TraefikGatewayOptions = TraefikGatewayOptions(),
    ) -> None:
        """Draw the route of an exposure. The platform calls this.

        At synth, there is a finding if two exposures differ in a value that Traefik has only once, such as TLS of a host or
        the settings of a Service.

        Args:
            scope: The exposed workload; the objects are drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
            options: Options of the gateway. Default: `TraefikGatewayOptions()`.

        Raises:
            UnsupportedError: Traefik does not support a feature of the exposure.
        """
        self._place = place_of(scope).child(id)
        made_by(f"{type(self).__name__}: options", options, TraefikGatewayOptions)
        self._service, self._exposure, self._options = service, intent, options
        admit(self.path, type(self).__name__, self.SUPPORTS, intent, service, named=options.named)
        self._refuse()
        self._controllers = controllers_of(service, options.controller, DEFAULT)
        self._gives = route_facts(service, intent, self._controllers, removes=self.REMOVES_HEADERS)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        self._drawn: set[str] = set()
        tls = intent.tls
        self._secret = draw_certificate(self, service, intent.hosts, tls) if tls is not None else None
        entry = f"Traefik {options.ingress_class or CLASS} {options.websecure}"
        self._tls_option = tls_option(self, service, intent, tls, entry=entry) if tls is not None else None
        self._transport = servers_transport(self, service, intent, self._name)
        self._login: LoginProxy | None = None
        if isinstance(intent.auth, Oidc):
            self._login = draw_login(self, service=service, exposure=intent, controllers=self._controllers)
        self._draw(list(self._steps()))
        if self._login is not None:
            self._lead_to_login(self._login)

    def _draw(self, steps: list[Step]) -> None:
        """Draw the routes."""
        raise NotImplementedError

    def _draw_login(self, login: LoginProxy) -> None:
        """Draw the routes of the login, for all exposures that have it."""
        raise NotImplementedError

    def _routers(self) -> int:
        """Return the number of Traefik's routers for the paths of the exposure."""
        raise NotImplementedError

    def _steps(self) -> Iterator[Step]:
        exposure, service = self._exposure, self._service
        first = [self._middleware(*each) for each in middlewares.before(exposure, self._options)]
        inner: list[str] = [self._unforged()]
        if self._login is not None:
            inner.append(self._middleware(*middlewares.login(self._login)))
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
            yield Step(
                match=_match(route),
                middlewares=used,
                targets=targets(service, exposure, route),
                mirrors=mirrors(service, exposure, route),
                route=route,
            )
        for number, moved in enumerate(exposure.redirects, start=1):
            name = self._middleware(f"redirect-{number}" if number > 1 else "redirect", middlewares.redirect(moved))
            match = Match(path=_prefix(moved.path) if moved.match == "Prefix" else moved.path, kind=moved.match)
            to = targets(service, exposure, exposure.routes[0])[:1]
            yield Step(match=match, middlewares=(*first, name), targets=to)

    def _lead_to_login(self, login: LoginProxy) -> None:
        """Draw the routes of the login and their middlewares, which several exposures share."""
        tls, options = self._exposure.tls, self._options
        assert tls is not None  # otherwise the login is an error
        agreed = {
            "Tls": replace(tls, hsts=None, redirect=tls.redirects),
            "the entry points": (options.web, options.websecure),
            "ingress_class": options.ingress_class,
            "wildcard_priority": options.wildcard_priority,
        }
        hint = "a login has one route: use the same values in the exposures, or a separate login: Oidc(callback_path=…)"
        agree(self._place, ("route of the login", self._scope(), login.name), agreed, hint=hint)
        self._allow_to_login(login)
        self._harden_login(login, tls.hsts)
        if tls.redirects:
            suffix, spec = middlewares.TO_HTTPS
            self._share_middleware(f"{login.name}-{suffix}", lambda _: spec)
        self._draw_login(login)

    def _allow_to_login(self, login: LoginProxy) -> None:
        """Draw the middleware of the login's own paths: they allow the addresses of all exposures that have the login."""
        allow_from, depth = self._exposure.allow_from, self._options.forwarded_depth
        contribute(self._place, self._addresses(login), tuple(allow_from))
        if not allow_from:
            return
        there = ("place of the client's address at the login", self._scope(), login.name)
        agree(self._place, there, {"forwarded_depth": depth})

        def draw(synthesis: Synthesis) -> traefik_io.MiddlewareSpec | None:
            allowed = self._allowed(synthesis, login)
            return middlewares.allow(allowed, depth) if allowed else None

        self._share_middleware(f"{login.name}-allow", draw)

    def _harden_login(self, login: LoginProxy, hsts: Hsts | None) -> None:
        """Draw the middleware of the login's own paths that tells browsers to use only HTTPS: the longest time that an exposure says."""
        key = ("HSTS of the login", self._scope(), login.name)
        contribute(self._place, key, () if hsts is None else (hsts,))
        if hsts is None:
            return

        def draw(synthesis: Synthesis) -> traefik_io.MiddlewareSpec | None:
            found = self._hsts_of(synthesis, login)
            return None if found is None else middlewares.hsts(found)

        self._share_middleware(f"{login.name}-headers", draw)

    def _hsts_of(self, synthesis: Synthesis, login: LoginProxy) -> Hsts | None:
        key = ("HSTS of the login", self._scope(), login.name)
        return strictest(each for _, part in parts_of(synthesis, key, tuple["Hsts", ...]) for each in part)

    def _addresses(self, login: LoginProxy) -> tuple[str, str, str]:
        return ("addresses of the login", self._scope(), login.name)

    def _allowed(self, synthesis: Synthesis, login: LoginProxy) -> tuple[str, ...]:
        """Return the addresses that may reach the login; empty where an exposure of the login allows all."""
        every = [part for _, part in parts_of(synthesis, self._addresses(login), tuple[str, ...])]
        return widest(every) if every[0] else ()

    def _login_step(self, synthesis: Synthesis, login: LoginProxy) -> Step:
        """Return the route of the login's own paths."""
        target = Target(service=login.name, port=login.port, percent=100, own=None)
        allow = (f"{login.name}-allow",) if self._allowed(synthesis, login) else ()
        headers = (f"{login.name}-headers",) if self._hsts_of(synthesis, login) is not None else ()
        return Step(match=Match(path=login.prefix, kind="Prefix"), middlewares=(*headers, *allow), targets=(target,))

    def _share(
        self, api_version: str, kind: str, name: str, draw: Callable[[Synthesis], Mapping[str, object] | None]
    ) -> None:
        """Draw a shared object of the login."""
        drawn = Deferred(api_version=api_version, kind=kind, name=name, draw=draw)
        derive(self._place, (kind, self._scope(), name), drawn)

    def _share_middleware(self, name: str, spec: Callable[[Synthesis], traefik_io.MiddlewareSpec | None]) -> None:
        def draw(synthesis: Synthesis) -> traefik_io.Middleware | None:
            found = spec(synthesis)
            if found is None:
                return None
            return {"apiVersion": API, "kind": "Middleware", "metadata": {"name": name}, "spec": found}

        self._share(API, "Middleware", name, draw)

    def _middleware(self, suffix: str, spec: traefik_io.MiddlewareSpec) -> str:
        name = f"{self._name}-{suffix}"
        if suffix not in self._drawn:
            self._drawn.add(suffix)
            literal: traefik_io.Middleware = {
                "apiVersion": API,
                "kind": "Middleware",
                "metadata": {"name": name, "labels": dict(self._service.labels)},
                "spec": spec,
            }
            Manifest(self, f"middleware-{suffix}", literal)
        return name

    @property
    def _identity(self) -> str:
        return f"{self._name}-identity"

    def _unforged(self) -> str:
        """Draw the middleware that removes identity headers of clients before the authentication sets them, if there are any."""

        def draw(synthesis: Synthesis) -> traefik_io.Middleware | None:
            headers = self._removed(synthesis)
            if not headers:
                return None
            metadata: k8s.ObjectMeta = {"name": self._identity, "labels": dict(self._service.labels)}
            return {
                "apiVersion": API,
                "kind": "Middleware",
                "metadata": metadata,
                "spec": middlewares.unforged(headers),
            }

        drawn = Deferred(api_version=API, kind="Middleware", name=self._identity, draw=draw, optional=True)
        Manifest(self, "middleware-identity", drawn)
        return self._identity

    def _removed(self, synthesis: Synthesis) -> list[str]:
        """Return the identity headers that clients must not set.

        Among them are those of the own token check, because its documentation does not tell whether a claim that is missing
        removes a header. The login removes its own (pkg/middlewares/auth/forward.go, authResponseHeaders).
        """
        auth = self._exposure.auth
        claims = auth.claims_to_headers.values() if isinstance(auth, Jwt) else ()
        return merged(claims, self._forged(synthesis))

    def _to_https(self) -> str:
        """Return the name of the exposure's middleware that redirects to HTTPS."""
        return self._middleware(*middlewares.TO_HTTPS)

    def _priority(self, match: Match, hosts: Sequence[str]) -> int:
        return match.priority(hosts, wider=self._options.wildcard_priority)

    def _refuse(self) -> None:
        """Refuse values that Traefik does not support."""
        exposure, service = self._exposure, self._service
        routes = exposure.routes
        grpc = any(leads_to_grpc(service, route) for route in routes)
        if grpc and exposure.max_body_size is not None:
            raise self._refusal(
                "max_body_size",
                "its buffering waits for complete requests and responses, and gRPC uses streams",
            )
        if grpc and exposure.retries is not None and exposure.retries.gateway_errors:
            raise self._refusal(
                "retry_gateway_errors", "it reads the whole body of a request before it sends it, and gRPC uses streams"
            )
        if any(len(r.headers) > MOST_HEADERS for r in routes):
            raise self._refusal("headers", f"its priorities distinguish at most {MOST_HEADERS} headers of one path")
        if exposure.cors is not None:
            for route in routes:
                plain = [_match(r) for r in routes if not r.headers]
                if route.headers and not any(_bare(each).covers(_match(route)) for each in plain):
                    why = (
                        "the preflight request of a browser has no such headers, and no other path matches it; route "
                        f"{route.path!r} without headers too"
                    )
                    raise self._refusal("cors", why)
        if isinstance(exposure.auth, Jwt) and "`" in exposure.auth.issuer:
            raise self._refusal("jwt", "the issuer contains a backtick, which ends a text in Traefik's expressions")
        if exposure.retries is not None and exposure.timeout is not None:  # retry.timeout, which ends the attempts
            self._admit_release("retries", "3.7")
        self._refuse_limit()

    def _refuse_limit(self) -> None:
        exposure = self._exposure
        limit = exposure.rate_limit
        if limit is None:
            return
        name: FeatureName = "rate_limit_global" if limit.of == "global" else "rate_limit_client"
        if limit.of == "global" and (len(exposure.hosts) != 1 or exposure.hosts[0].startswith("*.")):
            raise self._refusal(
                name,
                "it counts all clients together only for a single host, and the exposure has several or a wildcard",
            )
        if self._options.redis:
            self._admit_release(name, "3.4")
        count = self._routers()
        if count > 1 and not self._options.redis:
            why = (
                f"without Redis it counts each of the {count} routers of the exposure on its own; set a Redis: "
                "TraefikGatewayOptions(redis=('redis.traefik:6379',))"
            )
            raise self._refusal(name, why)

    def _admit_release(self, name: FeatureName, since: str) -> None:
        """Refuse what an older line of Traefik does not have (`Platform.releases`)."""
        admit_release(self.path, type(self).__name__, name, self._service, "traefik", since)

    def _entries(self) -> int:
        """Return the number of entry points that serve the paths."""
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
