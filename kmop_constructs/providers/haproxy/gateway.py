"""Routes by Ingresses with annotations of HAProxy Technologies' controller (https://github.com/haproxytech/kubernetes-ingress)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.capability import Supports, admit
from kmop_constructs.components.api_gateway.placed import PlacedGateway
from kmop_constructs.components.api_gateway.route import PathRoute
from kmop_constructs.components.api_gateway.slug import slug
from kmop_constructs.components.api_gateway.targets import controllers_of, leads_to_grpc, route_facts, targets
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import created, place_of
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.haproxy.annotations import (
    PREFIX,
    access,
    backend,
    checked,
    redirecting,
    refused,
    rewrite,
    transport,
)
from kmop_constructs.providers.haproxy.supports import SUPPORTS
from kmop_constructs.providers.native.ingress import ingress
from kmop_constructs.values.names import dns_subdomain, made_by
from kmop_constructs.values.pods import Peer, Pods, check_peer
from kmop_constructs.values.quantity import seconds

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.route import Redirect
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import ingress_v3_haproxy_org as haproxy
    from kmop_constructs.typings import k8s

__all__ = ["HaproxyGateway", "HaproxyGatewayOptions"]

_BACKEND = "ingress.v3.haproxy.org/v3"

DEFAULT = Pods.of({"app.kubernetes.io/name": "kubernetes-ingress"}, namespace="haproxy-controller")
"""The pods of its Helm chart (kubernetes-ingress/templates/controller-deployment.yaml of haproxytech/helm-charts), in
the namespace of its installation guide."""


class _Spec(Protocol):
    """Returns the settings of a Backend that removes request headers, or ``None`` if annotations are enough."""

    def __call__(self, *, forged: Sequence[str]) -> haproxy.BackendSpec | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class HaproxyGatewayOptions:
    """Options of `HaproxyGateway`: the class and the pods of HAProxy Technologies' controller."""

    ingress_class: str = "haproxy"
    """The field ``ingressClassName``. Default: ``haproxy``, the class of its Helm chart."""

    controller: Peer | None = None
    """The pods of the controller, which the policies let in. Default: `Peers.ingress_controller`, else those of its
    Helm chart."""

    def __post_init__(self) -> None:
        dns_subdomain("HaproxyGatewayOptions.ingress_class", self.ingress_class)
        check_peer("HaproxyGatewayOptions.controller", self.controller)


class HaproxyGateway(PlacedGateway, Construct):
    """Ingresses with annotations of HAProxy Technologies' controller, and a Backend where no annotation exists.

    Each route with settings for the service has a backend of its own (``standalone-backend``), so the settings do not
    change other routes to the same Service. ``Platform(gateway=HaproxyGateway)``
    """

    SUPPORTS: ClassVar[Supports] = SUPPORTS
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
        options: HaproxyGatewayOptions = HaproxyGatewayOptions(),
    ) -> None:
        """Draw the Ingresses of an exposure. The platform calls this.

        Args:
            scope: The exposed workload; the objects are drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
            options: Options of the gateway. Default: `HaproxyGatewayOptions()`.

        Raises:
            UnsupportedError: Neither an annotation nor a Backend supports a feature of the exposure.
        """
        self._place = place_of(scope).child(id)
        made_by("HaproxyGateway: options", options, HaproxyGatewayOptions)
        admit(self._place.path, type(self).__name__, self.SUPPORTS, intent, service)
        self._service, self._exposure, self._options = service, intent, options
        self._controllers = controllers_of(service, options.controller, DEFAULT)
        self._gives = route_facts(service, intent, self._controllers, removes=self.REMOVES_HEADERS)
        self._names: set[str] = set()
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        if intent.tls is not None:
            draw_certificate(self, service, intent.hosts, intent.tls)
        self._serve()
        for redirect in intent.redirects:
            self._redirect(redirect)

    def _serve(self) -> None:
        service, exposure = self._service, self._exposure
        groups: dict[tuple[str, bool, str], list[PathRoute]] = {}
        for route in exposure.routes:
            checked(service, route.path, "path_prefix" if route.match == "Prefix" else "path_exact")
            grpc = leads_to_grpc(service, route)
            # Two rewrites in one Ingress would be applied one after the other.
            groups.setdefault((rewrite(service, route), grpc, route.path if route.rewrite else ""), []).append(route)
        if exposure.rate_limit is not None:
            every = {(key, target.service, target.port) for key, routes in groups.items() for route in routes
                     for target in targets(service, exposure, route)}  # fmt: skip
            if len(every) > 1:
                name = "rate_limit_client" if exposure.rate_limit.of == "client" else "rate_limit_global"
                why = f"it counts each backend on its own, and the paths lead to {len(every)}"
                raise refused(service, name, why)
        annotations = {**transport(exposure), **access(service, exposure)}
        for (rule, grpc, path), routes in sorted(groups.items()):
            suffixes = [f"rewrite-{slug(path)}"] if rule else []
            suffixes += ["grpc"] if grpc else []
            name = exposure.name or service.name
            own = name if len(groups) == 1 else "-".join([name, *suffixes])
            rewritten = {"path-rewrite": rule} if rule else {}
            self._ingress(own, {**annotations, **rewritten}, routes, partial(backend, exposure, grpc=grpc), grpc=grpc)

    def _redirect(self, redirect: Redirect) -> None:
        service, exposure = self._service, self._exposure
        name = f"{exposure.name or service.name}-redirect-{slug(redirect.path)}"
        route = PathRoute(checked(service, redirect.path, "redirects"), match=redirect.match)
        spec = redirecting(service, redirect)

        def redirected(*, forged: Sequence[str]) -> haproxy.BackendSpec:  # noqa: ARG001 - no request reaches a Service
            return spec

        self._ingress(name, transport(exposure), [route], redirected)

    def _ingress(
        self,
        name: str,
        annotations: Mapping[str, str],
        routes: Sequence[PathRoute],
        spec: _Spec,
        *,
        grpc: bool = False,
    ) -> None:
        service, exposure = self._service, self._exposure
        while name in self._names:
            name += "-2"
        self._names.add(name)
        dns = exposure.dns.annotations() if exposure.dns is not None else {}

        def literal(forged: Sequence[str]) -> k8s.Ingress:
            settings = self._backend(name, grpc=grpc, drawn=spec(forged=forged) is not None)
            ours = {f"{PREFIX}{key}": value for key, value in {**annotations, **settings}.items()}
            return ingress(
                service,
                exposure,
                ingress_class=self._options.ingress_class,
                annotations={**ours, **dns},
                name=name,
                routes=routes,
            )

        literal(())  # raise errors here and not at synth

        def draw_backend(synthesis: Synthesis) -> haproxy.Backend | None:
            found = spec(forged=self._forged(synthesis))
            if found is None:
                return None
            metadata: k8s.ObjectMeta = {"name": name, "labels": dict(service.labels)}
            return {"apiVersion": _BACKEND, "kind": "Backend", "metadata": metadata, "spec": found}

        head = Deferred(api_version=_BACKEND, kind="Backend", name=name, draw=draw_backend, optional=True)
        Manifest(self, f"backend-{name}", head)
        drawn = Deferred(
            api_version="networking.k8s.io/v1",
            kind="Ingress",
            name=name,
            draw=lambda synthesis: literal(self._forged(synthesis)),
        )
        Manifest(self, name, drawn)

    def _backend(self, name: str, *, grpc: bool, drawn: bool) -> dict[str, str]:
        """Return the annotations with settings for the service: the name of the Backend, if it is drawn, or the settings."""
        service, timeout = self._service, self._exposure.timeout
        if drawn:
            found = name if service.namespace is None else f"{service.namespace}/{name}"
            return {"standalone-backend": "true", "cr-backend": found}
        annotations = {} if timeout is None else {"timeout-server": f"{seconds('Exposure.timeout', timeout)}s"}
        if grpc:
            annotations["server-proto"] = "h2"
        return {"standalone-backend": "true", **annotations} if annotations else {}
