"""Routes by Ingresses with Traefik's annotations, and Middleware objects that they refer to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.capability import Supports
from kmop_constructs.components.api_gateway.features import FeatureName
from kmop_constructs.components.api_gateway.route import PathRoute
from kmop_constructs.components.api_gateway.service_annotations import annotate_service
from kmop_constructs.core.derived import agree
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.native.ingress import ingress
from kmop_constructs.providers.traefik.base import Step, Traefik
from kmop_constructs.providers.traefik.middlewares import TO_HTTPS
from kmop_constructs.providers.traefik.options import CLASS
from kmop_constructs.providers.traefik.rules import host_groups
from kmop_constructs.providers.traefik.supports import TRAEFIK_INGRESS
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.login import LoginProxy
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.providers.traefik.rules import Match
    from kmop_constructs.typings import k8s

__all__ = ["TraefikIngressGateway"]

_ROUTER = "traefik.ingress.kubernetes.io/router."
_SERVICE = "traefik.ingress.kubernetes.io/service."


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """Paths with the same settings, which share one Ingress."""

    middlewares: tuple[str, ...]
    priority: int
    backend: k8s.IngressBackend | None
    routes: list[PathRoute]


class TraefikIngressGateway(Traefik):
    """Ingresses for Traefik Proxy 3.7, one for each set of paths with the same settings, because annotations apply to a whole Ingress.

    They refer to Middlewares, TLSOptions and ServersTransports of the service's namespace as
    ``<namespace>-<name>@kubernetescrd``: Traefik's CRDs and their provider are required, and
    ``crossProviderNamespaces`` of the Ingress provider must be unset or contain the namespace.
    ``Platform(gateway=TraefikIngressGateway)``
    """

    SUPPORTS: ClassVar[Supports] = TRAEFIK_INGRESS
    """What the gateway supports, by feature: the source of errors and of the capability table."""

    def _routers(self) -> int:
        # Traefik makes a router of each path of each host.
        paths = sum(len(_paths(route.path, route.match)) for route in self._exposure.routes)
        return paths * max(1, len(self._exposure.hosts)) * self._entries()

    def _draw(self, steps: list[Step]) -> None:
        exposure, options = self._exposure, self._options
        self._annotate_service()
        tls = exposure.tls
        dns = {} if exposure.dns is None else exposure.dns.annotations()
        for hosts in self._groups():
            shown = self._of(hosts)
            groups = self._grouped(steps, hosts)
            main = shown if tls is not None else replace(shown, auth=None)
            drawn = {f"{_ROUTER}entrypoints": options.web} if tls is None else self._secure()
            self._ingresses(main, groups, drawn, dns=dns)
            if tls is None:
                continue
            if tls.redirects:
                groups = [replace(group, middlewares=(self._to_https(),)) for group in groups]
            plain = replace(shown, tls=None, auth=None)
            self._ingresses(plain, groups, {f"{_ROUTER}entrypoints": options.web}, suffix="-http")

    def _draw_login(self, login: LoginProxy) -> None:
        exposure, tls = self._exposure, self._exposure.tls
        bare = replace(exposure, annotations={}, tls=None, auth=None)
        for number, hosts in enumerate(host_groups(login.hosts), start=1):
            end = f"-paths-{number}" if number > 1 else ""
            shown = replace(bare, host=hosts[0], aliases=hosts[1:])
            secure = replace(shown, tls=tls and replace(tls, secret_name=self._secret))
            self._share_ingress(login, f"{login.name}{end}", secure, self._secure())
            to_https = f"{login.name}-{TO_HTTPS[0]}" if tls is not None and tls.redirects else None
            drawn = {f"{_ROUTER}entrypoints": self._options.web}
            self._share_ingress(login, f"{login.name}-http{end}", shown, drawn, to_https=to_https)

    def _share_ingress(
        self,
        login: LoginProxy,
        name: str,
        shown: Exposure,
        annotations: dict[str, str],
        *,
        to_https: str | None = None,
    ) -> None:
        """Draw a shared Ingress of the login."""

        def draw(synthesis: Synthesis) -> k8s.Ingress:
            step = self._login_step(synthesis, login)
            if to_https is not None:
                step = replace(step, middlewares=(to_https,))
            [group] = self._grouped([step], shown.hosts)
            literal = self._literal(name, shown, group, annotations, {})
            literal["metadata"].pop("labels", None)  # it belongs to no single service
            return literal

        self._share("networking.k8s.io/v1", "Ingress", name, draw)

    def _secure(self) -> dict[str, str]:
        """Return the annotations of Ingresses for HTTPS."""
        drawn = {f"{_ROUTER}entrypoints": self._options.websecure, f"{_ROUTER}tls": "true"}
        if self._tls_option is not None:
            drawn[f"{_ROUTER}tls.options"] = self._reference(self._tls_option)
        return drawn

    def _of(self, hosts: Sequence[str]) -> Exposure:
        """Return the exposure for some of its hosts, with the certificate of all."""
        exposure = self._exposure
        if not hosts:
            return exposure
        tls = exposure.tls if exposure.tls is None else replace(exposure.tls, secret_name=self._secret)
        return replace(exposure, host=hosts[0], aliases=tuple(hosts[1:]), tls=tls)

    def _grouped(self, steps: Sequence[Step], hosts: Sequence[str]) -> list[_Group]:
        exact = {step.match.path for step in steps if step.match.kind == "Exact"}
        groups: list[_Group] = []
        for step in steps:
            backend = _backend(step) if step.route is None else None
            priority = self._priority(step.match, hosts)
            alike = (step.middlewares, priority, backend)
            group = next((each for each in groups if (each.middlewares, each.priority, each.backend) == alike), None)
            if group is None:
                group = _Group(middlewares=step.middlewares, priority=priority, backend=backend, routes=[])
                groups.append(group)
            group.routes.extend(_written(step, exact))
        return groups

    def _ingresses(
        self,
        exposure: Exposure,
        groups: Sequence[_Group],
        annotations: dict[str, str],
        *,
        dns: dict[str, str] | None = None,
        suffix: str = "",
    ) -> None:
        for group in groups:
            name = self._free(f"{self._name}{suffix}")
            Manifest(self, f"ingress-{name}", self._late(name, exposure, group, annotations, dns or {}))

    def _late(
        self, name: str, exposure: Exposure, group: _Group, annotations: Mapping[str, str], dns: Mapping[str, str]
    ) -> Deferred:
        """Return an Ingress, without the middleware that removes identity headers where it has nothing to remove."""
        used = tuple(each for each in group.middlewares if each != self._identity)
        literal = self._literal(name, exposure, replace(group, middlewares=used), annotations, dns)

        def draw(synthesis: Synthesis) -> k8s.Ingress:
            removed = self._removed(synthesis)
            return self._literal(name, exposure, group, annotations, dns) if removed else literal

        return Deferred(api_version="networking.k8s.io/v1", kind="Ingress", name=name, draw=draw)

    def _literal(
        self,
        name: str,
        exposure: Exposure,
        group: _Group,
        annotations: Mapping[str, str],
        dns: Mapping[str, str],
    ) -> k8s.Ingress:
        drawn = {**annotations, f"{_ROUTER}priority": f"{group.priority}"}
        if group.middlewares:
            drawn[f"{_ROUTER}middlewares"] = ",".join(self._reference(each) for each in group.middlewares)
        return ingress(
            self._service,
            exposure,
            ingress_class=self._options.ingress_class or CLASS,
            annotations={**drawn, **dns},
            name=name,
            routes=group.routes,
            backend=group.backend,
        )

    def _free(self, wanted: str) -> str:
        """Return a name that no other Ingress of this exposure has."""
        name, number = wanted, 1
        while f"ingress {name}" in self._drawn:
            number += 1
            name = f"{wanted}-paths-{number}"
        self._drawn.add(f"ingress {name}")
        return name

    def _reference(self, name: str) -> str:
        """Return the reference of an annotation to an object of the CRD provider."""
        namespace = self._service.namespace
        if namespace is None:
            raise SpecError(f"{self.path}: Traefik's annotations refer to {name!r} by namespace, and the chart has none; set it: "
                            "KmopChart(…, namespace=…), or use TraefikGateway")  # fmt: skip
        return "-".join(re.findall("[a-zA-Z0-9]+", f"{namespace}-{name}")) + "@kubernetescrd"

    def _annotate_service(self) -> None:
        """Set the annotations of the Service that Traefik reads. They apply to every route to it."""
        service, exposure = self._service, self._exposure
        annotations: dict[str, str] = {}
        ports = [service.port(route.port) for route in exposure.routes if route.service is None]
        schemes = {
            self._scheme(service.offered(port, service.services[0]), port.service_name, port.spec.speaks)
            for port in ports
        }
        if len(schemes) > 1:
            raise self._refusal(
                "grpc",
                "an annotation of the Service sets it for all ports, and other paths lead to ports with HTTP/1.1",
            )
        scheme = next(iter(schemes), None)
        if scheme is not None:
            annotations[f"{_SERVICE}serversscheme"] = scheme
        if self._transport is not None:
            annotations[f"{_SERVICE}serverstransport"] = self._reference(self._transport)
        sticky = exposure.sticky
        if sticky is not None:
            annotations[f"{_SERVICE}sticky.cookie"] = "true"
            annotations[f"{_SERVICE}sticky.cookie.name"] = sticky.name
            annotations[f"{_SERVICE}sticky.cookie.httponly"] = "true"
            if exposure.tls is not None:
                annotations[f"{_SERVICE}sticky.cookie.secure"] = "true"
            if sticky.max_age is not None:
                annotations[f"{_SERVICE}sticky.cookie.maxage"] = f"{seconds('StickyCookie.max_age', sticky.max_age)}"
        if ports:
            key = ("Service as Traefik sees it", self._scope(), service.services[0])
            hint = "a Service has one set of annotations: use the same timeout, retries, backend_tls and sticky, or use TraefikGateway"
            agree(self._place, key, {"its annotations for Traefik": annotations}, hint=hint)
        if annotations:
            annotate_service(self, service, annotations)

    def _scheme(self, number: int, name: str, speaks: str | None) -> str | None:
        if self._exposure.backend_tls is not None:
            return "https"
        if speaks == "grpc":
            return "h2c"
        return "http" if number == 443 or name.startswith("https") else None

    def _refuse(self) -> None:
        super()._refuse()
        exposure = self._exposure
        others = sorted({route.service for route in exposure.routes if route.service is not None})
        if not others:
            return
        retries = exposure.retries
        used: dict[FeatureName, bool] = {
            "timeout": exposure.timeout is not None,
            "retry_timeout": retries is not None and retries.per_try_timeout is not None,
            "sticky": exposure.sticky is not None,
            "backend_tls_secret": exposure.backend_tls is not None,
        }
        for name, wanted in used.items():
            if wanted:
                raise self._refusal(
                    name,
                    f"an annotation of the Service sets it, and paths also lead to the other Service {others[0]!r}",
                )


def _backend(step: Step) -> k8s.IngressBackend:
    target = step.targets[0]
    port: k8s.ServiceBackendPort = {"number": target.port} if target.own is None else {"name": target.own.name}
    return {"service": {"name": target.service, "port": port}}


def _written(step: Step, exact: set[str]) -> list[PathRoute]:
    """Return a step's paths as paths of an Ingress; an exact path of another step is left out."""
    match: Match = step.match
    route = step.route or PathRoute("/")
    return [
        replace(route, path=path, match=kind, rewrite=None)
        for path, kind in _paths(match.path, match.kind)
        if not (match.kind == "Prefix" and kind == "Exact" and path in exact)
    ]


def _paths(path: str, kind: str) -> list[tuple[str, str]]:
    """Return the paths for a path: a prefix of whole path elements is two, because Traefik compares text by default."""
    plain = path.rstrip("/")
    if kind != "Prefix" or not plain:
        return [(path, kind)]
    return [(plain, "Exact"), (f"{plain}/", "Prefix")]
