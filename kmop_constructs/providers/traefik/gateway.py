"""Routes by Traefik's own resources: IngressRoute, Middleware, TLSOption, ServersTransport, TraefikService."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from kmop_constructs.components.api_gateway.annotations import route_annotations
from kmop_constructs.components.api_gateway.capability import Supports
from kmop_constructs.core.capability import older, releases_of
from kmop_constructs.core.derived import agree
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.providers.traefik.base import Step, Traefik
from kmop_constructs.providers.traefik.middlewares import TO_HTTPS
from kmop_constructs.providers.traefik.options import TraefikGatewayOptions
from kmop_constructs.providers.traefik.rules import host_groups
from kmop_constructs.providers.traefik.supports import TRAEFIK
from kmop_constructs.providers.traefik.tls import API
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.tool import Dotted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.components.api_gateway.login import LoginProxy
    from kmop_constructs.components.api_gateway.targets import Target
    from kmop_constructs.components.api_gateway.traffic import StickyCookie
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.typings import k8s, traefik_io

__all__ = ["TraefikGateway", "TraefikGatewayOptions"]


class TraefikGateway(Traefik):
    """IngressRoutes of Traefik Proxy 3.7, with a Middleware for each change of requests: ``Platform(gateway=TraefikGateway)``.

    Everything is drawn in the service's namespace, and no reference leaves it, so the installation can keep the
    defaults of ``allowCrossNamespace`` and ``crossProviderNamespaces``.
    """

    SUPPORTS: ClassVar[Supports] = TRAEFIK
    """What the gateway supports, by feature: the source of errors and of the capability table."""

    STREAMS: ClassVar[Dotted] = Dotted("kmop_constructs.providers.traefik.streams:TraefikStream")
    """The class that draws the values of ``streams``."""

    def _routers(self) -> int:
        return len(self._exposure.routes) * len(self._groups()) * self._entries()

    def _draw(self, steps: list[Step]) -> None:
        self._named: list[tuple[str, traefik_io.TraefikServiceSpec]] = []
        exposure, options = self._exposure, self._options
        annotations = route_annotations(
            self._service, exposure, {} if exposure.dns is None else exposure.dns.annotations()
        )
        groups = self._groups()
        routes = [self._route(step, hosts) for step in steps for hosts in groups]
        if exposure.tls is None:
            self._ingress_route(self._name, "route", self._spec(options.web, routes), annotations)
            return
        self._ingress_route(self._name, "route", self._secure(routes), annotations)
        # A router with TLS matches no plain HTTP, which needs a route of its own.
        if exposure.tls.redirects:
            to_https = self._to_https()
            routes = [self._to(step, hosts, to_https) for step in steps for hosts in groups]
        self._ingress_route(f"{self._name}-http", "route-http", self._spec(options.web, routes), {})

    def _draw_login(self, login: LoginProxy) -> None:
        name, tls, groups = login.name, self._exposure.tls, host_groups(login.hosts)

        def literal(own: str, spec: traefik_io.IngressRouteSpec) -> traefik_io.IngressRoute:
            return {"apiVersion": API, "kind": "IngressRoute", "metadata": {"name": own}, "spec": spec}

        def secure(synthesis: Synthesis) -> traefik_io.IngressRoute:
            step = self._login_step(synthesis, login)
            return literal(name, self._secure([self._route(step, hosts) for hosts in groups]))

        def plain(synthesis: Synthesis) -> traefik_io.IngressRoute:
            step = self._login_step(synthesis, login)
            routes = [self._route(step, hosts) for hosts in groups]
            if tls is not None and tls.redirects:
                routes = [self._to(step, hosts, f"{name}-{TO_HTTPS[0]}") for hosts in groups]
            return literal(f"{name}-http", self._spec(self._options.web, routes))

        self._share(API, "IngressRoute", name, secure)
        self._share(API, "IngressRoute", f"{name}-http", plain)

    def _refuse(self) -> None:
        super()._refuse()
        why = older(releases_of(self._service.cluster), "traefik", "3.7")
        if why is not None and self._options.ingress_class is not None:
            raise UnsupportedError(
                f"{self.path}: TraefikGatewayOptions.ingress_class: an IngressRoute cannot name its class, because {why}; leave it out"
            )
        dns = self._exposure.dns
        if dns is not None and dns.target is None:
            raise self._refusal("dns", "external-dns reads no address from an IngressRoute; set DnsRecord(target=…)")

    def _spec(self, entry_point: str, routes: list[traefik_io.IngressRouteRoute]) -> traefik_io.IngressRouteSpec:
        spec: traefik_io.IngressRouteSpec = {"entryPoints": [entry_point], "routes": routes}
        if self._options.ingress_class is not None:
            spec = {"ingressClassName": self._options.ingress_class, **spec}
        return spec

    def _secure(self, routes: list[traefik_io.IngressRouteRoute]) -> traefik_io.IngressRouteSpec:
        """Return the spec for HTTPS."""
        drawn: traefik_io.IngressRouteTls = {}
        if self._secret is not None:
            drawn["secretName"] = self._secret
        if self._tls_option is not None:
            drawn["options"] = {"name": self._tls_option}
        return {**self._spec(self._options.websecure, routes), "tls": drawn}

    def _ingress_route(
        self, name: str, id: str, spec: traefik_io.IngressRouteSpec, annotations: dict[str, str]
    ) -> None:
        metadata: k8s.ObjectMeta = {"name": name, "labels": dict(self._service.labels)}
        if annotations:
            metadata["annotations"] = annotations
        literal: traefik_io.IngressRoute = {
            "apiVersion": API,
            "kind": "IngressRoute",
            "metadata": metadata,
            "spec": spec,
        }

        def draw(synthesis: Synthesis) -> traefik_io.IngressRoute:
            if self._removed(synthesis):
                return literal
            routes = [self._without_identity(each) for each in spec.get("routes", [])]
            return {**literal, "spec": {**spec, "routes": routes}}

        Manifest(self, id, Deferred(api_version=API, kind="IngressRoute", name=name, draw=draw))

    def _without_identity(self, route: traefik_io.IngressRouteRoute) -> traefik_io.IngressRouteRoute:
        """Return a route without the middleware that removes identity headers, which has nothing to remove."""
        used = [each for each in route.get("middlewares", []) if each["name"] != self._identity]
        found: traefik_io.IngressRouteRoute = {**route, "middlewares": used}  # the order of keys stays
        if not used:
            del found["middlewares"]
        return found

    def _route(self, step: Step, hosts: Sequence[str]) -> traefik_io.IngressRouteRoute:
        found = self._head(step, hosts)
        if step.middlewares:
            found["middlewares"] = [{"name": name} for name in step.middlewares]
        found["services"] = self._services(step)
        return found

    def _to(self, step: Step, hosts: Sequence[str], middleware: str) -> traefik_io.IngressRouteRoute:
        """Return a route that a middleware answers before a Service gets the request; Traefik requires a Service anyway."""
        first = step.targets[0]
        service: traefik_io.IngressRouteRouteService = {"name": first.service, "port": _port(first)}
        return {**self._head(step, hosts), "middlewares": [{"name": middleware}], "services": [service]}

    def _head(self, step: Step, hosts: Sequence[str]) -> traefik_io.IngressRouteRoute:
        return {
            "kind": "Rule",
            "match": step.match.rule(hosts, cors=self._exposure.cors is not None),
            "priority": self._priority(step.match, hosts),
        }

    def _services(self, step: Step) -> list[traefik_io.IngressRouteRouteService]:
        if step.route is None:
            return [{"name": step.targets[0].service, "port": _port(step.targets[0])}]
        main = step.targets[0]
        services = [self._backend(target, main) for target in step.targets]
        sticky = self._exposure.sticky
        if len(services) > 1:
            for target, service in zip(step.targets, services, strict=True):
                self._alike(target, main)
                service["weight"] = target.percent
            if sticky is not None or step.mirrors:
                weighted: traefik_io.TraefikServiceWeighted = {"services": services}
                if sticky is not None:  # two levels need two cookies: one for the Service, and one for its pod
                    weighted["sticky"] = self._sticky(sticky, f"{sticky.name}-service")
                services = [self._by_name("shares", {"weighted": weighted})]
        return [self._copied(services[0], step.mirrors, main)] if step.mirrors else services

    def _copied(
        self, service: traefik_io.IngressRouteRouteService, mirrors: Sequence[Target], main: Target
    ) -> traefik_io.IngressRouteRouteService:
        """Return a service that sends requests to another one, and copies of them to the mirrors."""
        for target in (main, *mirrors):
            self._alike(target, main)
        copies = [{**self._backend(target, main), "percent": target.percent} for target in mirrors]
        mirroring = cast("traefik_io.TraefikServiceMirroring", {**service, "mirrors": copies})
        return self._by_name("mirrors", {"mirroring": mirroring})

    def _by_name(self, suffix: str, spec: traefik_io.TraefikServiceSpec) -> traefik_io.IngressRouteRouteService:
        """Draw a TraefikService, once for all routes with the same one, and return what leads to it."""
        name = next((name for name, drawn in self._named if drawn == spec), None)
        if name is None:
            number = 1 + sum(next(iter(spec)) in drawn for _, drawn in self._named)
            name = f"{self._name}-{suffix}" + (f"-{number}" if number > 1 else "")
            self._named.append((name, spec))
            literal: traefik_io.TraefikService = {
                "apiVersion": API,
                "kind": "TraefikService",
                "metadata": {"name": name, "labels": dict(self._service.labels)},
                "spec": spec,
            }
            Manifest(self, f"{suffix}-{number}", literal)
        return {"kind": "TraefikService", "name": name}

    def _backend(self, target: Target, main: Target) -> traefik_io.IngressRouteRouteService:
        found: traefik_io.IngressRouteRouteService = {"name": target.service, "port": _port(target)}
        scheme = self._scheme(target, main)
        if scheme is not None:
            found["scheme"] = scheme
        if self._transport is not None:
            found["serversTransport"] = self._transport
        if self._exposure.sticky is not None:
            found["sticky"] = self._sticky(self._exposure.sticky, self._exposure.sticky.name)
        return found

    def _scheme(self, target: Target, main: Target) -> str | None:
        """Return the scheme of requests, where it is not the one that Traefik infers from the port's name and number."""
        if self._exposure.backend_tls is not None:
            return "https"
        if main.own is None:
            return None
        if main.own.spec.speaks == "grpc":
            return "h2c"
        taken = main.port == 443 or main.own.name.startswith("https")
        return "http" if taken and target.port == main.port else None

    def _sticky(self, sticky: StickyCookie, name: str) -> traefik_io.TraefikServiceMirroringSticky:
        cookie: traefik_io.TraefikServiceMirroringStickyCookie = {"name": name, "httpOnly": True}
        if self._exposure.tls is not None:
            cookie["secure"] = True
        if sticky.max_age is not None:
            cookie["maxAge"] = seconds("StickyCookie.max_age", sticky.max_age)
        return {"cookie": cookie}

    def _alike(self, target: Target, main: Target) -> None:
        """Agree on the settings of a Service with a share or a copy: Traefik has them once, by name and port."""
        agreed = {
            "its scheme": self._scheme(target, main),
            "its ServersTransport": self._transport,
            "its cookie": self._exposure.sticky,
        }
        key = ("Service with a share or a copy", self._scope(), f"{target.service}:{_port(target)}")
        hint = "Traefik has one setting: set timeout, retries, backend_tls and sticky in one of the exposures, or shares and mirrors in only one"
        agree(self._place, key, agreed, hint=hint)


def _port(target: Target) -> int | str:
    return target.port if target.own is None else target.own.name
