"""The base of gateways of the Gateway API: routes, and the Gateway that they attach to, drawn or of another team."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.capability import Supports, admit
from kmop_constructs.components.api_gateway.entry import ExistingEntry
from kmop_constructs.components.api_gateway.identity import forged_headers
from kmop_constructs.components.api_gateway.placed import PlacedGateway
from kmop_constructs.components.api_gateway.stream_route import claim_tls
from kmop_constructs.components.api_gateway.targets import controllers_of, leads_to_grpc, route_facts
from kmop_constructs.core.derived import agree, derive
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import created, place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.gateway_api.listeners import (
    DrawnListener,
    GatewayPart,
    listener_name,
)
from kmop_constructs.providers.gateway_api.owned import (
    check_listener_set,
    claim_listeners,
    draw_listeners,
    gateway_id,
    section_of,
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
from kmop_constructs.providers.gateway_api.traffic import check_traffic
from kmop_constructs.values.names import dns_subdomain, made_by, one_of
from kmop_constructs.values.pods import Peer, check_peer

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.route import PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.components.api_gateway.traffic import DnsRecord
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import NamedPort, ServiceFacts
    from kmop_constructs.typings import gateway_networking_k8s_io as gw

__all__ = ["AttachedOptions", "AttachedRoutes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachedOptions:
    """Options of every gateway of the Gateway API: the Gateway that routes attach to, and its pods."""

    gateway_class: str | None = None
    """The field ``gatewayClassName`` of the drawn Gateway. Required unless `entry` is set. Default: none, and an error
    without `entry`; a subclass may have its own default."""

    gateway: str = "gateway"
    """Name of the drawn Gateway, one in each namespace, with listeners for the hosts of all exposures. Not used with
    `entry`. Default: ``gateway``."""

    entry: ExistingEntry | None = None
    """A Gateway of another team, to which the routes attach. Default: none, a Gateway is drawn."""

    section: str | None = None
    """The listener of `entry` that the routes attach to. Default: none, all listeners that match the host and accept
    the routes."""

    listener_set: str | None = None
    """Name of a ListenerSet that is drawn in the namespace of the routes, with their listeners, and attached to `entry`,
    which must accept it (`GatewayApiEntryOptions.listeners_from`). Needs `entry`. Default: none, the
    routes attach to listeners of `entry`."""

    controller: Peer | None = None
    """The pods that requests come from, which the policies let in. Default: the platform's
    `Peers.ingress_controller`."""

    grpc: RouteMode = "GRPCRoute"
    """Kind of the route to gRPC ports. A GRPCRoute supports no timeouts, redirects or paths, and cannot share a host
    with an HTTPRoute; an exposure with a timeout, a redirect or a path gets an HTTPRoute in any case. Default:
    GRPCRoute."""

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
                    f"{kind}.section: not allowed without entry, because the listeners of a drawn Gateway are known; leave it out"
                )
        check_peer(f"{kind}.controller", self.controller)
        check_listener_set(kind, self)
        one_of(f"{kind}.grpc", self.grpc, RouteMode)

    @property
    def named(self) -> tuple[str, ...]:
        """The parts of the installation that the options name, for `Can.needs`."""
        return ()

    @property
    def ports(self) -> tuple[int, int]:
        """The ports of listeners for HTTP and HTTPS."""
        return 80, 443


class AttachedRoutes(PlacedGateway, Construct):
    """Base of the gateways that draw routes of the Gateway API. Use a subclass, such as `GatewayApi` or `EnvoyGateway`."""

    SUPPORTS: ClassVar[Supports] = {}
    """What the gateway supports, by feature: the source of errors and of the capability table."""

    STANDARD: ClassVar[bool] = False
    """Whether fields of the routes and of the Gateway express what other gateways have policies for: CORS, retries, and
    client certificates. Default: False."""

    REMOVES_HEADERS: ClassVar[bool] = True
    """Whether the gateway removes identity headers that clients could forge."""

    def __init__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure, options: AttachedOptions
    ) -> None:
        """Draw the routes; see the subclasses."""
        self._place = place_of(scope).child(id)
        self._options = options
        admit(self._place.path, type(self).__name__, self.SUPPORTS, intent, service, named=options.named)
        provider, standard = type(self).__name__, self.STANDARD
        self._wanted = Wanted(
            service=service, exposure=intent, path=self._place.path, provider=provider, standard=standard
        )
        if options.entry is None and options.gateway_class is None:
            raise SpecError(
                f"{self._place.path}: {type(options).__name__}.gateway_class: not set, but a Gateway needs a class; set it (see "
                "kubectl get gatewayclass), or name a Gateway of another team: entry=ExistingEntry(…)"
            )
        self._controllers = controllers_of(service, options.controller, self._default_controller())
        self._gives = route_facts(service, intent, self._controllers, removes=self.REMOVES_HEADERS)
        self._check(self._wanted)
        self._check_backend_tls()
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        self.routes: list[tuple[RouteMode, str]] = []
        """Kind and name of the routes to Services."""
        every = _with(self._wanted, self._further)
        self._kind: RouteMode = "GRPCRoute" if options.grpc == "GRPCRoute" and is_grpc(every) else "HTTPRoute"
        self._dns()
        if self._kind == "HTTPRoute":
            say_protocol(self, self._wanted, "h2c")
        if options.entry is None or options.listener_set is not None:
            self._own_gateway()
        else:
            self._attach(options.entry)
        self._backend_tls()

    @property
    def _gateway(self) -> tuple[str, str | None]:
        """Name and namespace of the Gateway."""
        entry = self._options.entry
        if entry is None:
            return self._options.gateway, self._wanted.service.namespace
        return entry.name, entry.namespace or self._wanted.service.namespace

    def _check(self, wanted: Wanted) -> None:
        """Refuse values that the gateway does not support, before anything is drawn."""
        if wanted.standard:
            check_traffic(wanted)
        for route in wanted.exposure.routes:
            if route.websocket and leads_to_grpc(wanted.service, route):
                raise wanted.refuse("websocket", f"the port of {route.path!r} speaks gRPC, which is HTTP/2")

    @property
    def _further(self) -> tuple[PathRoute, ...]:
        """Return paths besides those of the exposure that the gateway may have to route."""
        return ()

    def _routed_further(self, synthesis: Synthesis) -> tuple[PathRoute, ...]:  # noqa: ARG002 - for those that have some
        """Return those of the further paths that this gateway must route."""
        return self._further

    def _default_controller(self) -> Peer | None:
        """Return the default pods of the gateway's installation."""
        return None

    def _secured(self, section: str, tls: Tls) -> None:
        """Draw the TLS settings of an own listener besides its certificate. All exposures must agree on them."""

    def _dns(self) -> None:
        """Draw annotations for external-dns, which reads the target from the Gateway and everything else from routes."""
        dns = self._wanted.exposure.dns
        if dns is None:
            return
        annotations = {key: value for key, value in dns.annotations().items() if not key.endswith("/target")}
        self._wanted = replace(self._wanted, annotations=annotations)

    def _own_gateway(self) -> None:
        """Draw listeners of this exposure, in a Gateway or a ListenerSet of the namespace, and attach the routes to them by name."""
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
            # HSTS must not be sent over plain HTTP (RFC 6797, 7.2).
            self._route(name, self._sections(secure))
            self._route(f"{name}-http", self._sections(plain), secure=False)
        else:
            self._route(name, [*self._sections(secure), *self._sections(plain)])

    def _gather(self, plain: Sequence[DrawnListener], secure: Sequence[DrawnListener]) -> None:
        wanted, options, place = self._wanted, self._options, self._place
        service, tls, dns = wanted.service, wanted.exposure.tls, wanted.exposure.dns
        hint = "use the same tls=Tls(…) in every exposure of the host"
        home = options.listener_set or options.gateway
        for listener in (*plain, *secure):
            agreed: dict[str, object] = {"the host": listener.host}
            if listener.secret is not None and tls is not None:
                agreed |= {
                    "the Secret of the certificate": listener.secret,
                    "the oldest version of TLS": tls.min_version,
                    "the certificates of clients": tls.mutual,
                }
                claim_tls(self, gateway_id(options, service), listener.host, listener.port, {})
            agree(place, ("listener", f"{service.scope}/{home}", listener.name), agreed, hint=hint)
            if listener.secret is not None and tls is not None:
                self._secured(listener.name, tls)
        annotations: dict[str, str] = {}
        if dns is not None and options.entry is None:
            agree(place, ("DNS target", service.scope, options.gateway), {"the target of external-dns": dns.target})
            annotations = {key: value for key, value in dns.annotations().items() if key.endswith("/target")}
        elif dns is not None:
            self._leave_target(dns)
        authority = self._client_authority(gateway_id(options, service))
        part = GatewayPart(listeners=(*plain, *secure), annotations=annotations, client_authority=authority)
        claim_listeners(place, options, service, part)
        draw_listeners(place, options, service, part)

    def _leave_target(self, dns: DnsRecord) -> None:
        """Refuse the target of a record where the Gateway belongs to another team."""
        entry = self._options.entry
        if dns.target is not None and entry is not None:
            raise self._wanted.refuse("dns", f"external-dns reads the target from the Gateway, and {entry.name!r} belongs to another team; leave out DnsRecord.target")  # fmt: skip

    def _client_authority(self, gateway: str) -> str | None:
        """Return the ConfigMap with the authority of client certificates, which all HTTPS listeners of a Gateway share."""
        tls, port = self._wanted.exposure.tls, self._options.ports[1]
        if not self.STANDARD or tls is None:
            return None
        if self._options.entry is not None and tls.mutual is not None:
            why = "the authority is a field of the Gateway, which belongs to another team (options.entry)"
            raise self._wanted.refuse("mutual_tls_optional" if tls.mutual.optional else "mutual_tls", why)
        agree(
            self._place,
            ("HTTPS port", gateway, str(port)),
            {"the certificates of clients": tls.mutual},
            hint="a Gateway checks client certificates for a whole port: use the same Tls(mutual=…) in every exposure, or "
            "another Gateway for some: GatewayApiOptions(gateway=…)",
        )
        return None if tls.mutual is None else tls.mutual.ca_config_map

    def _attach(self, entry: ExistingEntry) -> None:
        """Attach the routes to a Gateway of another team."""
        wanted, exposure, options = self._wanted, self._wanted.exposure, self._options
        theirs = f"it is a setting of the listener, and the Gateway {entry.name!r} belongs to another team, which must set it"
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
                    f"{self._place.path}: {type(options).__name__}.section: not set, and the Gateway {entry.name!r} is in the "
                    "namespace of the routes, so they would also attach to its listener for plain HTTP; name its listener for HTTPS"
                )
            message = (
                f"the certificate of {exposure.hosts[0]} is that of the Gateway {entry.namespace or ''}/{entry.name}, and "
                f"{tls.secret_for(exposure.hosts[0])!r} is not used; the owner of the Gateway must have an HTTPS listener for the host"
            )
            notice = Finding(path=wanted.service.path, rule="entry-tls", message=message, severity="notice")
            self._place.give(notice)
        if exposure.dns is not None:
            self._leave_target(exposure.dns)
        parent: gw.GRPCRouteParentRef = {"name": entry.name}
        if entry.namespace is not None:
            parent["namespace"] = entry.namespace
        if options.section is not None:
            parent["sectionName"] = options.section
        self._route(wanted.name, [parent])

    def _sections(self, listeners: Sequence[DrawnListener]) -> list[gw.GRPCRouteParentRef]:
        return [section_of(self._options, listener.name) for listener in listeners]

    def _route(self, name: str, parents: Sequence[gw.GRPCRouteParentRef], *, secure: bool = True) -> None:
        """Draw the route to the Services."""
        wanted, tls = self._wanted, self._wanted.exposure.tls
        headers = {"Strict-Transport-Security": tls.hsts.header} if secure and tls is not None and tls.hsts else {}
        kind = self._kind
        self._claim(kind, parents)
        draw = grpc_route if kind == "GRPCRoute" else http_route
        self._put("route" if name == wanted.name else name, lambda wanted: draw(wanted, name, parents, headers=headers))
        self.routes.append((kind, name))

    def _put(self, id: str, draw: Callable[[Wanted], gw.HTTPRoute | gw.GRPCRoute]) -> None:
        """Draw a route, at synth: it may have to cover further paths, and to remove request headers."""
        wanted = self._wanted
        drawn = draw(wanted)

        def later(synthesis: Synthesis) -> Mapping[str, object]:
            forged = forged_headers(synthesis, wanted.service.path, wanted.exposure)
            return draw(replace(_with(wanted, self._routed_further(synthesis)), forged=forged))

        name = drawn["metadata"].get("name", "")
        Manifest(self, id, Deferred(api_version=drawn["apiVersion"], kind=drawn["kind"], name=name, draw=later))

    def _claim(self, kind: RouteMode, parents: Sequence[gw.GRPCRouteParentRef]) -> None:
        """Claim the kind of route of a listener: it accepts one kind for a host, and refuses the newer of two."""
        name, namespace = self._gateway
        gateway = f"{scope_of(namespace, self._place.chart)}/{name}"
        hint = "a Gateway accepts one kind of route for a host: give gRPC its own host, or set grpc='HTTPRoute' in the options"
        for parent in parents:
            for host in self._wanted.exposure.hosts or ("every host",):
                key = (f"routes of the listener {parent.get('sectionName', '')!r}", gateway, host)
                agree(self._place, key, {"the kind of their routes": kind}, hint=hint)

    def _check_backend_tls(self) -> None:
        exposure = self._wanted.exposure
        if exposure.backend_tls is not None and (
            exposure.shares or exposure.mirrors or any(route.service for route in exposure.routes)
        ):
            feature = "backend_tls_secret" if exposure.backend_tls.ca_secret else "backend_tls_config_map"
            why = "a policy applies to one Service, and the certificates of the other Services are not known; give them their own exposures"  # fmt: skip
            raise self._wanted.refuse(feature, why)

    def _backend_tls(self) -> None:
        """Draw a BackendTLSPolicy for each port of the own Service that gets requests."""
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
            name = f"{service.services[0]}-{port.service_name}"
            literal: gw.BackendTLSPolicy = {
                "apiVersion": "gateway.networking.k8s.io/v1",
                "kind": "BackendTLSPolicy",
                "metadata": {"name": name, "labels": dict(service.labels)},
                "spec": {
                    "targetRefs": [
                        {"group": "", "kind": "Service", "name": service.services[0], "sectionName": port.service_name}
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
    """Return the wanted routes with further paths."""
    if not further:
        return wanted
    return replace(wanted, exposure=replace(wanted.exposure, paths=(*wanted.exposure.routes, *further)))
