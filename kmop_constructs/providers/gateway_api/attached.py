"""What every gateway of the Gateway API draws alike: routes, and the Gateway that they attach to unless it is somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from kmop_constructs.components.api_gateway.capability import Supports, admit
from kmop_constructs.components.api_gateway.entry import ExistingEntry
from kmop_constructs.components.api_gateway.targets import controllers_of, route_facts
from kmop_constructs.core.derived import agree, derive
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.gateway_api.listeners import (
    DrawnListener,
    GatewayPart,
    gathered_gateway,
    listener_name,
)
from kmop_constructs.providers.gateway_api.protocol import say_protocol
from kmop_constructs.providers.gateway_api.routes import (
    RouteMode,
    Wanted,
    grpc_route,
    http_route,
    is_grpc,
    redirect_route,
)
from kmop_constructs.values.cluster import Peer
from kmop_constructs.values.names import dns_subdomain, made_by, one_of

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.route import PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import NamedPort, ServiceFacts
    from kmop_constructs.typings import gateway_networking_k8s_io as gw

__all__ = ["BACKEND_TLS", "AttachedOptions", "AttachedRoutes", "GatewayApiVersion"]

GatewayApiVersion: TypeAlias = Literal["1.2", "1.3", "1.4", "1.5", "1.6"]

BACKEND_TLS = "Gateway API 1.4"
"""Since when ``BackendTLSPolicy`` is in the standard channel, as ``v1``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachedOptions:
    """What every gateway of the Gateway API wants to know."""

    gateway_class: str | None = None
    """``gatewayClassName`` of the Gateway. It is wanted unless `entry` is given."""

    gateway: str = "gateway"
    """Name of the Gateway that is drawn, one in each namespace, with listeners for the hosts of all exposures.
    Default: ``gateway``."""

    entry: ExistingEntry | None = None
    """A Gateway that somebody else owns, to which the routes attach; nothing of it is drawn. Default: it is drawn."""

    section: str | None = None
    """The listener of `entry` that the routes attach to. Default: all that have the host and take the routes."""

    controller: Peer | None = None
    """The pods that requests come from. Default: the platform's `Peers.ingress_controller`."""

    gateway_api: GatewayApiVersion = "1.2"
    """The version of the Gateway API that the cluster serves and the gateway reads. ``BackendTLSPolicy`` wants 1.4.
    Default: 1.2."""

    grpc: RouteMode = "GRPCRoute"
    """What leads to gRPC ports. A GRPCRoute has no timeout, redirect or path, and shares no host with an HTTPRoute; where
    those are asked, an HTTPRoute is drawn anyway. Default: GRPCRoute."""

    def __post_init__(self) -> None:
        kind = type(self).__name__
        if self.gateway_class is not None:
            dns_subdomain(f"{kind}.gateway_class", self.gateway_class)
        dns_subdomain(f"{kind}.gateway", self.gateway)
        made_by(f"{kind}.entry", self.entry, ExistingEntry, type(None))
        if self.section is not None:
            dns_subdomain(f"{kind}.section", self.section)
            if self.entry is None:
                raise SpecError(
                    f"{kind}.section: given without entry, and listeners that are drawn are known; leave it out"
                )
        made_by(f"{kind}.controller", self.controller, Peer, type(None))
        one_of(f"{kind}.gateway_api", self.gateway_api, GatewayApiVersion)
        one_of(f"{kind}.grpc", self.grpc, RouteMode)

    @property
    def named(self) -> tuple[str, ...]:
        """What of the installation it names."""
        return self.standard

    @property
    def standard(self) -> tuple[str, ...]:
        """What the version of the Gateway API has, as capability tables name it."""
        return (BACKEND_TLS,) if self.gateway_api >= "1.4" else ()

    @property
    def ports(self) -> tuple[int, int]:
        """The ports of listeners for HTTP and HTTPS."""
        return 80, 443


class AttachedRoutes(Placed, Construct):
    """Routes of an exposure, and what they attach to. Use `GatewayApi` or `EnvoyGateway`."""

    SUPPORTS: ClassVar[Supports] = {}

    def __init__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure, options: AttachedOptions
    ) -> None:
        """Draw the routes; see the subclasses."""
        self._place = place_of(scope).child(id)
        self._options = options
        admit(self._place.path, type(self).__name__, self.SUPPORTS, intent, service, named=options.named)
        self._wanted = Wanted(service=service, exposure=intent, path=self._place.path, provider=type(self).__name__)
        if options.entry is None and options.gateway_class is None:
            raise SpecError(
                f"{self._place.path}: {type(options).__name__}.gateway_class: missing, and a Gateway needs one; name the "
                "class (kubectl get gatewayclass), or the Gateway that somebody else owns (entry=ExistingEntry(…))"
            )
        self._controllers = controllers_of(service, options.controller, self._default_controller())
        self._gives = route_facts(service, intent, self._controllers)
        self._check(self._wanted)
        self._check_backend_tls()
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        self.routes: list[tuple[RouteMode, str]] = []
        """Kind and name of the routes that lead to Services."""
        every = _with(self._wanted, self._further)
        self._kind: RouteMode = "GRPCRoute" if options.grpc == "GRPCRoute" and is_grpc(every) else "HTTPRoute"
        self._dns()
        if self._kind == "HTTPRoute":
            say_protocol(self, self._wanted, "h2c")
        if options.entry is None:
            self._own_gateway()
        else:
            self._attach(options.entry)
        self._backend_tls()

    @property
    def controllers(self) -> Sequence[Peer]:
        """The pods that requests come from."""
        return self._controllers

    @property
    def gives(self) -> tuple[object, ...]:
        """Who comes in through the route, and what it claims of its hosts."""
        return self._gives

    @property
    def _gateway(self) -> tuple[str, str | None]:
        """Name and namespace of the Gateway."""
        entry = self._options.entry
        if entry is None:
            return self._options.gateway, self._wanted.service.namespace
        return entry.name, entry.namespace or self._wanted.service.namespace

    def _check(self, asked: Wanted) -> None:
        """Refuse values that cannot be said, before anything is drawn."""
        for route in asked.exposure.routes:
            if route.websocket and route.service is None and asked.service.port(route.port).spec.speaks == "grpc":
                raise asked.refuse("websocket", f"the port of {route.path!r} speaks gRPC, which is HTTP/2")

    @property
    def _further(self) -> tuple[PathRoute, ...]:
        """Paths that it may have to route besides those of the exposure."""
        return ()

    def _routed_further(self, synthesis: Synthesis) -> tuple[PathRoute, ...]:  # noqa: ARG002 - for those that have some
        """Those of them that it has to route."""
        return self._further

    def _default_controller(self) -> Peer | None:
        """Where the gateway's own installation puts its pods."""
        return None

    def _secured(self, section: str, tls: Tls) -> None:
        """Need what a listener of the own Gateway says of TLS beside its certificate. All say the same."""

    def _dns(self) -> None:
        """external-dns reads everything but the target from routes, and the target from the Gateway."""
        dns = self._wanted.exposure.dns
        if dns is None:
            return
        said = {key: value for key, value in dns.annotations().items() if not key.endswith("/target")}
        self._wanted = replace(self._wanted, annotations=said)

    def _own_gateway(self) -> None:
        """Add this exposure's listeners to the namespace's Gateway, and attach the routes to them by name."""
        wanted, options, exposure = self._wanted, self._options, self._wanted.exposure
        tls, (plain_port, secure_port) = exposure.tls, options.ports
        hosts = exposure.hosts or (None,)
        plain = [DrawnListener(name=listener_name("http", host), host=host, port=plain_port) for host in hosts]
        secure: list[DrawnListener] = []
        if tls is not None:
            secret = draw_certificate(self, wanted.service, exposure.hosts, tls)
            secure = [
                DrawnListener(name=listener_name("https", host), host=host, port=secure_port, secret=secret)
                for host in hosts
            ]
        self._gather(plain, secure)
        name = wanted.name
        if tls is None:
            self._route(name, self._sections(plain))
            return
        if tls.redirects:
            self._route(name, self._sections(secure))
            self._claim("HTTPRoute", self._sections(plain))
            self._put("redirect", lambda wanted: redirect_route(wanted, f"{name}-redirect", self._sections(plain)))
        elif tls.hsts is not None:
            # Browsers must not be told over plain HTTP (RFC 6797, 7.2).
            self._route(name, self._sections(secure))
            self._route(f"{name}-http", self._sections(plain), secure=False)
        else:
            self._route(name, [*self._sections(secure), *self._sections(plain)])

    def _gather(self, plain: Sequence[DrawnListener], secure: Sequence[DrawnListener]) -> None:
        wanted, options, place = self._wanted, self._options, self._place
        scope, namespace = wanted.service.scope, wanted.service.namespace
        tls, dns = wanted.exposure.tls, wanted.exposure.dns
        hint = "say the same tls=Tls(…) in every exposure of the host"
        for listener in (*plain, *secure):
            said: dict[str, object] = {"the host": listener.host}
            if listener.secret is not None and tls is not None:
                said |= {
                    "the Secret of the certificate": listener.secret,
                    "the oldest version of TLS": tls.min_version,
                    "the certificates of clients": tls.mutual,
                }
            agree(place, ("listener", f"{scope}/{options.gateway}", listener.name), said, hint=hint)
            if listener.secret is not None and tls is not None:
                self._secured(listener.name, tls)
        annotations: dict[str, str] = {}
        if dns is not None:
            agree(place, ("DNS target", scope, options.gateway), {"the target of external-dns": dns.target})
            annotations = {key: value for key, value in dns.annotations().items() if key.endswith("/target")}
        assert options.gateway_class is not None
        key = ("Gateway", scope, options.gateway)
        derive(
            place,
            key,
            gathered_gateway(place.path, options.gateway, options.gateway_class, namespace=namespace, key=key),
            says={"its class": options.gateway_class, "its ports": options.ports},
            part=GatewayPart(listeners=(*plain, *secure), annotations=annotations),
        )

    def _attach(self, entry: ExistingEntry) -> None:
        """Attach the routes to a Gateway that somebody else owns."""
        wanted, exposure, options = self._wanted, self._wanted.exposure, self._options
        theirs = f"that is the listener's, and the Gateway {entry.name!r} is somebody else's; its owner says it"
        if exposure.tls is not None:
            tls = exposure.tls
            if tls.redirect is not None:
                raise wanted.refuse("https_redirect" if tls.redirect else "no_https_redirect", theirs)
            if tls.min_version is not None:
                raise wanted.refuse("tls_min_version", theirs)
            if tls.mutual is not None:
                raise wanted.refuse("mutual_tls_optional" if tls.mutual.optional else "mutual_tls", theirs)
            if options.section is None and entry.namespace in (None, wanted.service.namespace):
                raise SpecError(
                    f"{self._place.path}: {type(options).__name__}.section: missing, and the Gateway {entry.name!r} is in the "
                    "namespace of the routes, so they would attach to its plain HTTP too; name its listener for HTTPS"
                )
            message = (
                f"the certificate of {exposure.hosts[0]} is that of the Gateway {entry.namespace or ''}/{entry.name}, and "
                f"{tls.secret_for(exposure.hosts[0])!r} is not looked at; its owner has a listener for HTTPS of the host"
            )
            notice = Finding(path=wanted.service.path, rule="entry-tls", message=message, severity="notice")
            self._place.give(notice)
        if exposure.dns is not None and exposure.dns.target is not None:
            raise wanted.refuse("dns", f"external-dns reads the target from the Gateway, and {entry.name!r} is somebody else's; leave out DnsRecord.target")  # fmt: skip
        parent: gw.GRPCRouteParentRef = {"name": entry.name}
        if entry.namespace is not None:
            parent["namespace"] = entry.namespace
        if options.section is not None:
            parent["sectionName"] = options.section
        self._route(wanted.name, [parent])

    def _sections(self, listeners: Sequence[DrawnListener]) -> list[gw.GRPCRouteParentRef]:
        return [{"name": self._options.gateway, "sectionName": listener.name} for listener in listeners]

    def _route(self, name: str, parents: Sequence[gw.GRPCRouteParentRef], *, secure: bool = True) -> None:
        """Draw the route that leads to the Services."""
        wanted, tls = self._wanted, self._wanted.exposure.tls
        headers = {"Strict-Transport-Security": tls.hsts.header} if secure and tls is not None and tls.hsts else {}
        kind = self._kind
        self._claim(kind, parents)
        draw = grpc_route if kind == "GRPCRoute" else http_route
        self._put("route" if name == wanted.name else name, lambda wanted: draw(wanted, name, parents, headers=headers))
        self.routes.append((kind, name))

    def _put(self, id: str, draw: Callable[[Wanted], gw.HTTPRoute | gw.GRPCRoute]) -> None:
        """Draw a route: at synth where it may have to take further paths."""
        wanted = self._wanted
        drawn = draw(wanted)
        if not self._further:
            Manifest(self, id, drawn)
            return

        def later(synthesis: Synthesis) -> Mapping[str, object]:
            return draw(_with(wanted, self._routed_further(synthesis)))

        name = drawn["metadata"].get("name", "")
        Manifest(self, id, Deferred(api_version=drawn["apiVersion"], kind=drawn["kind"], name=name, draw=later))

    def _claim(self, kind: RouteMode, parents: Sequence[gw.GRPCRouteParentRef]) -> None:
        """A listener takes routes of one kind for a host: of two, it refuses the younger."""
        name, namespace = self._gateway
        gateway = f"{scope_of(namespace, self._place.chart)}/{name}"
        hint = (
            "a Gateway takes one kind for a host: give gRPC a host of its own, or set grpc='HTTPRoute' in the options"
        )
        for parent in parents:
            for host in self._wanted.exposure.hosts or ("every host",):
                key = (f"routes of the listener {parent.get('sectionName', '')!r}", gateway, host)
                agree(self._place, key, {"the kind of their routes": kind}, hint=hint)

    def _check_backend_tls(self) -> None:
        exposure = self._wanted.exposure
        if exposure.backend_tls is not None and (exposure.shares or any(route.service for route in exposure.routes)):
            feature = "backend_tls_secret" if exposure.backend_tls.ca_secret else "backend_tls_config_map"
            why = "a policy is of one Service, and nothing says which certificates the other Services show; give them exposures of their own"  # fmt: skip
            raise self._wanted.refuse(feature, why)

    def _backend_tls(self) -> None:
        """A BackendTLSPolicy for each port of the own Service that requests are led to."""
        said, service = self._wanted.exposure.backend_tls, self._wanted.service
        if said is None:
            return
        ports: dict[str, NamedPort] = {}
        for route in self._wanted.exposure.routes:
            port = service.port(route.port)
            ports[port.name] = port
        authority: gw.BackendTLSPolicyValidationCaCertificateRef = {
            "group": "",
            "kind": "Secret" if said.ca_secret is not None else "ConfigMap",
            "name": said.ca_secret or said.ca_config_map or "",
        }
        for port in ports.values():
            name = f"{service.services[0]}-{port.name}"
            literal: gw.BackendTLSPolicy = {
                "apiVersion": "gateway.networking.k8s.io/v1",
                "kind": "BackendTLSPolicy",
                "metadata": {"name": name, "labels": dict(service.labels)},
                "spec": {
                    "targetRefs": [
                        {"group": "", "kind": "Service", "name": service.services[0], "sectionName": port.name}
                    ],
                    "validation": {"caCertificateRefs": [authority], "hostname": said.hostname},
                },
            }
            derive(
                self._place,
                ("BackendTLSPolicy", service.scope, name),
                Deferred(
                    api_version="gateway.networking.k8s.io/v1",
                    kind="BackendTLSPolicy",
                    name=name,
                    draw=lambda _, literal=literal: literal,
                ),
                says={"the certificate of the service": said},
            )


def _with(wanted: Wanted, further: Sequence[PathRoute]) -> Wanted:
    """What is asked, with further paths."""
    if not further:
        return wanted
    return replace(wanted, exposure=replace(wanted.exposure, paths=(*wanted.exposure.routes, *further)))
