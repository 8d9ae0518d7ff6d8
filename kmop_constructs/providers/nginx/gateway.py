"""Routes by F5 NGINX Ingress Controller (https://docs.nginx.com/nginx-ingress-controller/), release 5.5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import Oidc
from kmop_constructs.components.api_gateway.capability import Supports, admit
from kmop_constructs.components.api_gateway.entry import ExistingEntry
from kmop_constructs.components.api_gateway.identity import forged_headers
from kmop_constructs.components.api_gateway.login import LoginProxy, draw_login
from kmop_constructs.components.api_gateway.placed import PlacedGateway
from kmop_constructs.components.api_gateway.targets import controllers_of, leads_to_grpc, route_facts
from kmop_constructs.core.derived import agree, contribute, derive, parts_of
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import created, place_of
from kmop_constructs.errors import SpecError, shown
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.nginx.policies import clients, policies
from kmop_constructs.providers.nginx.routes import (
    Guard,
    Line,
    Part,
    Proxied,
    dotless_name,
    drawn,
    hsts_of,
    lines,
    locations,
)
from kmop_constructs.providers.nginx.supports import SUPPORTS
from kmop_constructs.providers.nginx.upstreams import Upstreams
from kmop_constructs.values.names import dns_subdomain, flag, made_by
from kmop_constructs.values.pods import Peer, Pods, check_peer

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import MutualTls
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s_nginx_org as nginx

__all__ = ["API", "NginxGateway", "NginxGatewayOptions", "route_name"]

API = "k8s.nginx.org/v1"

DEFAULT = Pods.of({"app.kubernetes.io/name": "nginx-ingress"}, namespace="nginx-ingress")
"""The pods of its Helm chart (charts/nginx-ingress/templates/_helpers.tpl, chart 2.6), in the namespace of its
manifests."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NginxGatewayOptions:
    """Options of `NginxGateway`: the class, entry, DNS and pods of F5 NGINX Ingress Controller."""

    ingress_class: str = "nginx"
    """The field ``ingressClassName`` of every object. Default: ``nginx``, the class of its Helm chart."""

    entry: ExistingEntry | None = None
    """VirtualServers of another team, such as `NginxEntry.entry`, that refer to VirtualServerRoutes by name; they have
    the certificates. Default: none, VirtualServers are drawn."""

    external_dns: bool = False
    """Whether external-dns makes a record of every host, with the controller's own address; the controller must run
    with ``-enable-external-dns``. Not allowed with `entry`. Default: False."""

    controller: Peer | None = None
    """The pods of the controller, which the policies let in. Default: the platform's `Peers.ingress_controller`, else
    those of the Helm chart in the namespace ``nginx-ingress``."""

    def __post_init__(self) -> None:
        dns_subdomain("NginxGatewayOptions.ingress_class", self.ingress_class)
        made_by("NginxGatewayOptions.entry", self.entry, ExistingEntry, type(None))
        flag("NginxGatewayOptions.external_dns", self.external_dns)
        if self.external_dns and self.entry is not None:
            raise SpecError(
                "NginxGatewayOptions.external_dns: not allowed with entry, because the owner of the entry sets it; leave it out, and set it in the entry"
            )
        check_peer("NginxGatewayOptions.controller", self.controller)


def route_name(entry: str, host: str, location: str) -> str:
    """Return the name of the VirtualServerRoute of a location of nginx, in the namespace of its services."""
    parts = [entry, dotless_name(host)]
    parts += [dotless_name(location)] if location.strip("=/") else []
    parts += ["exact"] if location.startswith("=") else []
    name = "-".join(parts)
    if len(name) > 63:
        raise SpecError(
            f"VirtualServerRoute {name!r}: the name has more than 63 characters, the limit of a VirtualServer; shorten the name of the "
            "entry or the path"
        )
    return name


class NginxGateway(PlacedGateway, Construct):
    """A VirtualServer for each host, with all routes of the namespace for this host, and Policies of the paths.

    With `NginxGatewayOptions.entry`, a VirtualServerRoute for each path. ``Platform(gateway=NginxGateway)``
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
        options: NginxGatewayOptions = NginxGatewayOptions(),
    ) -> None:
        """Draw the route of an exposure. The platform calls this.

        At synth, there is a finding if two exposures of a host contradict each other, or are in two namespaces without an
        entry.

        Args:
            scope: The exposed workload; the objects are drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
            options: Options of the gateway. Default: `NginxGatewayOptions()`.

        Raises:
            UnsupportedError: The gateway does not support a feature of the exposure.
        """
        made_by("NginxGateway: options", options, NginxGatewayOptions)
        self._place = place_of(scope).child(id)
        admit(self.path, type(self).__name__, self.SUPPORTS, intent, service)
        self._service, self._exposure, self._options = service, intent, options
        self._check()
        self._controllers = controllers_of(service, options.controller, DEFAULT)
        self._gives = route_facts(service, intent, self._controllers, removes=self.REMOVES_HEADERS)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        self._settle_hosts()
        part = self._part()
        for host in intent.hosts:
            if options.entry is None:
                self._draw_server(host, part)
            else:
                self._draw_routes(host, part, options.entry)

    def _check(self) -> None:
        """Refuse combinations of values that the controller does not support."""
        service, exposure, tls = self._service, self._exposure, self._exposure.tls
        grpc = any(leads_to_grpc(service, route) for route in exposure.routes)
        if grpc and tls is None:
            self._notice(
                "grpc-without-tls",
                "leads requests to a gRPC port without HTTPS, and NGINX Ingress Controller supports HTTP/2 of clients only over "
                "HTTPS, so gRPC clients cannot connect; set Exposure(tls=Tls…)",
            )
        if isinstance(exposure.auth, Oidc):
            if grpc:
                raise self._refusal(
                    "oidc", "a path leads to a gRPC port, and gRPC clients cannot be redirected to a login"
                )
            if any(host.startswith("*.") for host in exposure.hosts):
                raise self._refusal("oidc", "it redirects users to a whole URL, and the host of '*.…' is not known")
        if tls is not None and tls.hsts is not None and not tls.redirects:
            raise self._refusal("hsts", "the header would also be in responses over plain HTTP, which stays open; leave tls.redirect out")  # fmt: skip
        if exposure.backend_tls is not None and exposure.shares:
            raise self._refusal("backend_tls_secret", "a path has one Policy for all Services, and TLS of the other Services in shares is not known")  # fmt: skip
        if self._options.entry is not None:
            self._check_entry(self._options.entry)

    def _check_entry(self, entry: ExistingEntry) -> None:
        """Refuse settings that only the owner of a VirtualServer can make. A notice reports that the certificate is the owner's."""
        tls = self._exposure.tls
        if self._exposure.annotations:
            raise self._refusal("annotations", "they belong to the VirtualServer, which another team owns (options.entry)")  # fmt: skip
        for route in self._exposure.routes:
            if route.match == "RegularExpression":
                raise self._refusal(
                    "path_regex", "with an entry (options.entry) it supports only prefixes and exact paths"
                )
        if tls is None:
            return
        theirs = f"the VirtualServer of {entry.name!r} belongs to another team (options.entry), which sets it"
        if tls.redirect is not None:
            raise self._refusal("https_redirect" if tls.redirect else "no_https_redirect", theirs)
        if tls.mutual is not None:
            raise self._refusal("mutual_tls_optional" if tls.mutual.optional else "mutual_tls", theirs)
        self._notice(
            "entry-tls",
            f"the certificate of {self._exposure.hosts[0]} is that of the entry {entry.name!r}, and "
            f"{tls.secret_for(self._exposure.hosts[0])!r} is not used; the owner of the entry must serve the host over HTTPS",
        )

    def _settle_hosts(self) -> None:
        """Agree that a host has one VirtualServer: of two, the controller uses the older one and refuses the other."""
        exposure, options = self._exposure, self._options
        if options.entry is not None:
            return
        tls = exposure.tls
        secret = None
        if tls is not None:
            secret = tls.secret_for(exposure.hosts[0])
            draw_certificate(self, self._service, exposure.hosts, tls)
        agreed = {
            "the namespace": self._scope(),
            "the Secret of the certificate": secret,
            "the redirect to HTTPS": tls is not None and tls.redirects,
            "the certificates of clients": tls and tls.mutual,
            "external_dns": options.external_dns,
        }
        hint = "a host has one VirtualServer in one namespace: use the same values in the exposures, or an NginxEntry of a platform team"  # fmt: skip
        for host in exposure.hosts:
            agree(self._place, ("host of NGINX", options.ingress_class, host), agreed, hint=hint)
            key = ("name of a VirtualServer", self._scope(), dotless_name(host))
            agree(self._place, key, {"the host": host}, hint="move one of them to another namespace")

    def _part(self) -> Part:
        service, exposure = self._service, self._exposure
        # No dot: nginx makes variable names of the names of Policies.
        names = [
            self._policy(f"{dotless_name(self._name)}-{sort}", sort, spec)
            for sort, spec in policies(exposure, self._name, self._refusal)
        ]
        found: list[Line] = []
        guard, forgets = Guard(policies=tuple(names)), tuple[str, ...]()
        if isinstance(exposure.auth, Oidc):
            login = draw_login(self, service=service, exposure=exposure, controllers=self._controllers)
            self._login_policy(login)
            guard = Guard(policies=(login.name, *names), sign_in=login.start_path)
            forgets = login.headers
            upstream: nginx.VirtualServerUpstream = {
                "name": f"{login.name}-{login.port}",
                "service": login.name,
                "port": login.port,
            }
            goal = Proxied(splits=((upstream, 100),), hsts=hsts_of(exposure), login=True)
            exact, below = locations(login.prefix, "Prefix")
            # Regular expressions must not come before it, to avoid a loop of redirects; an entry has none.
            first = below if self._options.entry is not None else f"^~{below}"
            found += [Line(location=each, goal=goal) for each in (exact, first)]
        upstreams = Upstreams(service, exposure, self._refusal)
        found += lines(service, exposure, upstreams=upstreams, guard=guard, forgets=forgets, refuse=self._refusal)
        return Part(
            path=self.path,
            labels=tuple(sorted(service.labels.items())),
            annotations=tuple(sorted(exposure.annotations.items())),
            lines=tuple(found),
            service=service.path,
            exposure=exposure,
        )

    def _policy(self, name: str, id: str, spec: nginx.PolicySpec) -> str:
        """Draw a Policy of the exposure."""
        metadata: nginx.ObjectMeta = {"name": name, "labels": dict(self._service.labels)}
        Manifest(self, f"policy-{id}", _policy_literal(metadata, spec, self._options.ingress_class))
        return name

    def _login_policy(self, login: LoginProxy) -> None:
        """Draw the Policy that checks the session; one for each login, because a host can have only one for its path."""
        ingress_class = self._options.ingress_class
        auth: nginx.PolicyExternalAuth = {
            "authServiceName": login.name,
            "authServicePorts": [login.port],
            "authURI": f"{login.prefix}/auth",
        }
        literal = _policy_literal({"name": login.name}, {"externalAuth": auth}, ingress_class)
        policy = Deferred(api_version=API, kind="Policy", name=login.name, draw=lambda _: literal)
        derive(self._place, ("Policy", self._scope(), login.name), policy, says={"ingress_class": ingress_class})

    def _draw_server(self, host: str, part: Part) -> None:
        name, options, tls = dotless_name(host), self._options, self._exposure.tls
        spec: nginx.VirtualServerSpec = {"ingressClassName": options.ingress_class, "host": host}
        if tls is not None:
            spec["tls"] = {"secret": tls.secret_for(self._exposure.hosts[0])}
            if tls.redirects:
                spec["tls"]["redirect"] = {"enable": True}
        if options.external_dns:
            spec["externalDNS"] = {"enable": True}
        parts = ("paths of the host", self._scope(), host)
        contribute(self._place, parts, part)
        if tls is not None and tls.mutual is not None:
            spec["policies"] = [{"name": self._clients_policy(f"{name}-clients", parts, tls.mutual)}]

        def draw(synthesis: Synthesis) -> nginx.VirtualServer:
            known = _parts(synthesis, parts)
            upstreams, routes = drawn(host, known)
            metadata = _metadata(name, known)
            return {"apiVersion": API, "kind": "VirtualServer", "metadata": metadata, "spec": {**spec, "upstreams": upstreams, "routes": routes}}  # fmt: skip

        agreed = {"ingress_class": options.ingress_class}
        server = Deferred(api_version=API, kind="VirtualServer", name=name, draw=draw)
        derive(self._place, ("VirtualServer", self._scope(), name), server, says=agreed)

    def _clients_policy(self, name: str, parts: tuple[str, str, str], mutual: MutualTls) -> str:
        """Draw the Policy of a host with client certificates, with the labels that all its exposures have in common."""
        ingress_class, labels = self._options.ingress_class, self._service.labels

        def draw(synthesis: Synthesis) -> nginx.Policy:
            common = _common_labels(_parts(synthesis, parts))
            metadata: nginx.ObjectMeta = {"name": name}
            if common:
                metadata["labels"] = {key: value for key, value in labels.items() if (key, value) in common}
            return _policy_literal(metadata, clients(mutual), ingress_class)

        agreed = {"ingress_class": ingress_class, "the certificates of clients": mutual}
        policy = Deferred(api_version=API, kind="Policy", name=name, draw=draw)
        derive(self._place, ("Policy", self._scope(), name), policy, says=agreed)
        return name

    def _draw_routes(self, host: str, part: Part, entry: ExistingEntry) -> None:
        """Draw a VirtualServerRoute for each location, because one cannot hold both an exact path and a prefix."""
        for location in sorted({line.location for line in part.lines}):
            here = tuple(line for line in part.lines if line.location == location)
            self._check_route(here)
            mine = replace(part, lines=here)
            self._draw_route(route_name(entry.name, host, location), host, location, mine)

    def _check_route(self, here: Sequence[Line]) -> None:
        """Refuse routes that depend on other paths of the host, or would need another one."""
        conditional = [line for line in here if line.conditions]
        if len(conditional) == len(here):
            feature: FeatureName = "method" if conditional[0].conditions[0][0] == "$request_method" else "headers"
            raise self._refusal(
                feature,
                "with an entry (options.entry) a condition needs the same path without it, because other routes of the host are not known",
            )
        for line in here:
            goal = line.goal
            split = isinstance(goal, Proxied) and len(goal.splits) > 1
            if line.location.startswith("=") and isinstance(goal, Proxied) and goal.rewrite and (conditional or split):
                why = "with an entry (options.entry) it cannot rewrite an exact path with shares or conditions, and a prefix includes one"
                raise self._refusal("rewrite", why)

    def _draw_route(self, name: str, host: str, location: str, part: Part) -> None:
        ingress_class = self._options.ingress_class
        parts = ("ways through the path", self._scope(), f"{location} of {host}")
        contribute(self._place, parts, part)

        def draw(synthesis: Synthesis) -> nginx.VirtualServerRoute:
            known = _parts(synthesis, parts)
            upstreams, subroutes = drawn(host, known)
            spec: nginx.VirtualServerRouteSpec = {"ingressClassName": ingress_class, "host": host, "upstreams": upstreams, "subroutes": subroutes}  # fmt: skip
            return {"apiVersion": API, "kind": "VirtualServerRoute", "metadata": _metadata(name, known), "spec": spec}

        agreed = {"the host": host, "the path": location, "ingress_class": ingress_class}
        hint = "both have the same name there; change one of the paths"
        route = Deferred(api_version=API, kind="VirtualServerRoute", name=name, draw=draw)
        derive(self._place, ("VirtualServerRoute", self._scope(), name), route, says=agreed, hint=hint)


def _parts(synthesis: Synthesis, key: tuple[str, str, str]) -> list[Part]:
    """Return the parts that exposures add to a host or path, by their construct path, without headers that clients could forge."""
    every = [part for _, part in parts_of(synthesis, key, Part)]
    return [part.without(forged_headers(synthesis, part.service, part.exposure)) for part in every]


def _policy_literal(metadata: nginx.ObjectMeta, spec: nginx.PolicySpec, ingress_class: str) -> nginx.Policy:
    return {
        "apiVersion": API,
        "kind": "Policy",
        "metadata": metadata,
        "spec": {"ingressClassName": ingress_class, **spec},
    }


def _common_labels(parts: Sequence[Part]) -> set[tuple[str, str]]:
    return set(parts[0].labels).intersection(*(part.labels for part in parts))


def _metadata(name: str, parts: Sequence[Part]) -> nginx.ObjectMeta:
    """Return metadata with the labels that the parts have in common, and all their annotations."""
    labels = _common_labels(parts)
    metadata: nginx.ObjectMeta = {"name": name}
    if labels:
        metadata["labels"] = dict(sorted(labels))
    annotations: dict[str, str] = {}
    for part in parts:
        for key, value in part.annotations:
            if annotations.setdefault(key, value) != value:
                raise SpecError(
                    f"{part.path}: exposure.annotations[{key!r}]: another exposure of the host sets {shown(annotations[key])}, "
                    f"got {shown(value)}; they share the VirtualServer {name!r}: use the same value"
                )
    if annotations:
        metadata["annotations"] = annotations
    return metadata
