"""Routes by an Istio ingress gateway (https://github.com/istio/istio.io/blob/release-1.32/content/en/docs/tasks/traffic-management/ingress)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.annotations import route_annotations
from kmop_constructs.components.api_gateway.auth import Jwt, Oidc
from kmop_constructs.components.api_gateway.capability import Supports, admit, admit_release, refusal
from kmop_constructs.components.api_gateway.entry import ExistingEntry
from kmop_constructs.components.api_gateway.identity import forged_headers
from kmop_constructs.components.api_gateway.login import draw_login
from kmop_constructs.components.api_gateway.placed import PlacedGateway
from kmop_constructs.components.api_gateway.targets import controllers_of, reached, route_facts
from kmop_constructs.core.capability import older, releases_of
from kmop_constructs.core.derived import agree, contribute, derive, parts_of
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import created, place_of
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.istio.destinations import COOKIE_ATTRIBUTES, destination_rule
from kmop_constructs.providers.istio.hosts import check_own_paths
from kmop_constructs.providers.istio.policies import (
    address_rules,
    check_guarded,
    login_rules,
    policy,
    request_authentication,
    token_rules,
)
from kmop_constructs.providers.istio.routes import Handed, Part, http_routes, virtual_service
from kmop_constructs.providers.istio.servers import (
    DEFAULT,
    ISTIO,
    NAMED_AUTHORITY,
    ServerPart,
    authority_of,
    derive_gateway,
    pods,
    seen,
)
from kmop_constructs.providers.istio.supports import LOGIN, SUPPORTS
from kmop_constructs.values.names import dns_subdomain, made_by, text
from kmop_constructs.values.pods import Peer, check_peer
from kmop_constructs.values.tool import Dotted

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import BackendTls, Tls
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import networking_istio_io as istio
    from kmop_constructs.typings import security_istio_io as security

__all__ = ["IstioGateway", "IstioGatewayOptions"]

HANDED_ON = ("X-Auth-Request-User", "X-Auth-Request-Email")
"""Headers that are part of every response of a login, so that clients cannot set them. The extension provider passes
them on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IstioGatewayOptions:
    """Options of `IstioGateway`: the Gateway or entry, the pods, and the login provider of Istio."""

    name: str = "gateway"
    """Name of the drawn Gateway, one in each namespace. Not used with `entry`. Default: ``gateway``."""

    entry: ExistingEntry | None = None
    """A Gateway of another team, such as `IstioEntry.entry`, which has the certificates and decides whether HTTP is
    redirected. Default: none, a Gateway is drawn."""

    controller: Peer | None = None
    """The pods of the ingress gateway, by namespace and labels. The Gateway and the policies select them by these
    labels; Secrets and policies must be in this namespace. Default: the platform's `Peers.ingress_controller`, else the
    pods of the chart istio/gateway with the release name ``istio-ingress`` (label ``istio: ingress``)."""

    login_provider: str | None = None
    """Name of the extension provider in MeshConfig that calls the login of this platform's exposures; the docs page
    shows its configuration. Default: none, and `Oidc` is an error."""

    def __post_init__(self) -> None:
        dns_subdomain("IstioGatewayOptions.name", self.name)
        made_by("IstioGatewayOptions.entry", self.entry, ExistingEntry, type(None))
        check_peer("IstioGatewayOptions.controller", self.controller)
        if self.controller is not None:
            pods("IstioGatewayOptions.controller", self.controller)
        if self.login_provider is not None:
            text("IstioGatewayOptions.login_provider", self.login_provider)
            if not self.login_provider:
                raise SpecError("IstioGatewayOptions.login_provider: empty, got ''; name the provider, or leave it out")


class IstioGateway(PlacedGateway, Construct):
    """A Gateway for the namespace, a VirtualService for each host, and further objects that an exposure needs.

    Certificates, RequestAuthentications and AuthorizationPolicies are drawn in the namespace of the gateway's pods,
    because Istio reads them only there. ``Platform(gateway=IstioGateway)``
    """

    SUPPORTS: ClassVar[Supports] = SUPPORTS
    """What the gateway supports, by feature: the source of errors and of the capability table."""

    STREAMS: ClassVar[Dotted] = Dotted("kmop_constructs.providers.istio.streams:IstioStream")
    """The class that draws the values of ``streams``."""

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
        options: IstioGatewayOptions = IstioGatewayOptions(),
    ) -> None:
        """Draw the route of an exposure. The platform calls this.

        At synth, there is a finding if exposures of a host or a service contradict each other.

        Args:
            scope: The exposed workload; the objects are drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
            options: Options of the gateway. Default: `IstioGatewayOptions()`.

        Raises:
            UnsupportedError: The gateway does not support a feature of the exposure.
        """
        made_by("IstioGateway: options", options, IstioGatewayOptions)
        self._place = place_of(scope).child(id)
        provider = type(self).__name__
        named = () if options.login_provider is None else (LOGIN,)
        admit(self.path, provider, self.SUPPORTS, intent, service, named=named)
        check_guarded(self.path, provider, intent)
        if options.entry is not None:
            _check_entry(self.path, provider, intent, options.entry)
        if intent.sticky is not None and intent.shares:
            why = "it chooses the Service of each request at random, so shares cannot be combined with sticky"
            raise refusal(self.path, provider, "sticky", why)
        if (
            intent.backend_tls is not None
            and intent.backend_tls.ca_config_map is not None
            and service.namespace is None
        ):
            why = "it reads a ConfigMap by its namespace, and the chart of the service has none; set KmopChart(namespace=…)"
            raise refusal(self.path, provider, "backend_tls_config_map", why)
        self._service, self._exposure, self._options = service, intent, options
        self._controllers = controllers_of(service, options.controller, DEFAULT)
        self._gives = route_facts(service, intent, self._controllers, removes=self.REMOVES_HEADERS)
        self._namespace, self._selector = pods(self.path, self._controllers[0])
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        self._settle_hosts()
        login = self._draw_login() if isinstance(intent.auth, Oidc) else None
        http = http_routes(self.path, provider, service, intent, login)
        route_annotations(service, intent, intent.dns.annotations() if intent.dns is not None else {})
        entry = options.entry
        behind = (None, options.name) if entry is None else (entry.namespace, entry.name)
        self._part = Part(
            path=self.path,
            service=service.path,
            exposure=intent,
            scope=self._scope(),
            gateway=f"{behind[0] or self._scope()}/{behind[1]}",
            attached=entry is not None,
            login=login,
            http=http,
        )
        if options.entry is None:
            self._draw_gateway()
        elif intent.tls is not None:
            self._leave_certificate(intent.tls.secret_for(intent.hosts[0]), options.entry)
        for host in intent.hosts or ("*",):
            self._draw_route(host)
        self._draw_rules_of_destinations()
        self._draw_policies()

    def _settle_hosts(self) -> None:
        """Agree that exposures of a host in a namespace are behind one Gateway."""
        entry = self._options.entry
        agreed = {
            "the Gateway": (self._options.name,) if entry is None else (entry.name, entry.namespace),
            "the gateway's pods": self._controllers,
            "Tls": seen(self._exposure.tls) if entry is None else None,
        }
        hint = "exposures of one host share its Gateway and its certificate: use the same values"
        for host in self._exposure.hosts or ("*",):
            agree(self._place, ("host", self._scope(), host), agreed, hint=hint)

    def _draw_login(self) -> Handed:
        service, provider = self._service, self._options.login_provider
        login = draw_login(self, service=service, exposure=self._exposure, controllers=self._controllers)
        key = ("extension provider", "", provider or "")
        hint = "an extension provider calls one login: set another login_provider for one of the platforms"
        agree(self._place, key, {"the login": (self._scope(), login.name)}, hint=hint)
        check_own_paths(service.path, self._exposure, login.prefix)
        removed = tuple(header for header in login.headers if header not in HANDED_ON)
        return Handed(prefix=login.prefix, service=login.name, port=login.port, headers=login.headers, removed=removed)

    def _draw_gateway(self) -> None:
        service, exposure, name = self._service, self._exposure, self._options.name
        secret = None
        if exposure.tls is not None:
            secret = exposure.tls.secret_for(exposure.hosts[0])
            self._admit_authority(exposure.tls, secret)
            draw_certificate(self, service, exposure.hosts, exposure.tls, namespace=self._namespace)
        hosts = tuple(f"./{host}" for host in exposure.hosts or ("*",))
        part = ServerPart(hosts=hosts, tls=seen(exposure.tls), secret=secret)
        derive_gateway(self._place, (self._scope(), name), service.namespace, (self._namespace, self._selector), part)

    def _admit_authority(self, tls: Tls, secret: str) -> None:
        """Refuse a Secret with an authority that an older release of the platform would not find."""
        if tls.mutual is None or tls.mutual.secret == authority_of(secret):
            return
        name = "mutual_tls_optional" if tls.mutual.optional else "mutual_tls"
        admit_release(self.path, type(self).__name__, name, self._service, ISTIO, NAMED_AUTHORITY)

    def _leave_certificate(self, secret: str, entry: ExistingEntry) -> None:
        """Report that the certificate belongs to the owner of the entry."""
        message = (
            f"the certificate of {self._exposure.hosts[0]} is that of the Gateway {entry.namespace or ''}/{entry.name}, and "
            f"{secret!r} is not used; the owner of the Gateway must have an HTTPS listener for the host"
        )
        self._notice("entry-tls", message)

    def _draw_route(self, host: str) -> None:
        name, namespace, bound = _named(host), self._service.namespace, self._bound()
        contribute(self._place, self._exposures_of(host), self._part)

        def draw(synthesis: Synthesis) -> istio.VirtualService:
            everywhere = self._everywhere(synthesis, host)
            parts = [part for part in everywhere if part.scope == self._part.scope]
            forged = {each.path: forged_headers(synthesis, each.service, each.exposure) for each in parts}
            return virtual_service(name, namespace, host, bound, parts, everywhere, forged)

        drawn = Deferred(
            api_version="networking.istio.io/v1", kind="VirtualService", name=name, namespace=namespace, draw=draw
        )
        key = ("VirtualService", self._scope(), name)
        derive(self._place, key, drawn, says={"the host": host}, hint="rename one of the hosts")

    def _exposures_of(self, host: str) -> tuple[str, str, str]:
        """Return the key of all exposures of a host at these pods, in any namespace."""
        labels = ",".join(f"{key}={value}" for key, value in sorted(self._selector.items()))
        return ("exposures of the host", f"{self._namespace} {labels}", host)

    def _everywhere(self, synthesis: Synthesis, host: str) -> list[Part]:
        """Return the exposures of a host at these pods, in all namespaces of the app."""
        return [part for _, part in parts_of(synthesis, self._exposures_of(host), Part)]

    def _bound(self) -> str:
        """Return the name of the Gateway in a VirtualService."""
        entry = self._options.entry
        if entry is None:
            return self._options.name
        return entry.name if entry.namespace is None else f"{entry.namespace}/{entry.name}"

    def _draw_rules_of_destinations(self) -> None:
        """Draw load balancing and encryption of the gateway's requests to each Service."""
        service, exposure = self._service, self._exposure
        found = {each.service: each for route in exposure.routes for each in reached(service, exposure, route)}
        for name, target in sorted(found.items()):
            self._draw_rule(name, exposure.backend_tls if target.own is not None else None)

    def _draw_rule(self, name: str, tls: BackendTls | None) -> None:
        sticky, key = self._exposure.sticky, ("DestinationRule", self._scope(), name)
        namespace = self._service.namespace
        attributes = older(releases_of(self._service.cluster), ISTIO, COOKIE_ATTRIBUTES) is None
        agreed = {"StickyCookie": sticky, "BackendTls": tls}
        hint = "a DestinationRule applies to all requests to a Service: use the same values in the exposures"
        if sticky is None and tls is None:
            agree(self._place, key, agreed, hint=hint)
            return
        drawn = Deferred(
            api_version="networking.istio.io/v1",
            kind="DestinationRule",
            name=name,
            draw=lambda _: destination_rule(name, namespace, sticky, tls, attributes=attributes),
        )
        derive(self._place, key, drawn, says=agreed, hint=hint)

    def _draw_policies(self) -> None:
        auth, provider = self._exposure.auth, self._options.login_provider
        if isinstance(auth, Oidc) and provider is not None:
            spec: security.AuthorizationPolicySpec = {"action": "CUSTOM", "provider": {"name": provider}}
            self._draw_policy("login", spec)
        if isinstance(auth, Jwt):
            self._draw_tokens(auth)
            self._draw_policy("jwt", {"action": "DENY"})
        if self._exposure.allow_from:
            self._draw_policy("allow-from", {"action": "DENY"})

    def _draw_policy(self, sort: str, said: security.AuthorizationPolicySpec) -> None:
        name, namespace, selector, labels = (
            self._object_name(sort),
            self._namespace,
            self._selector,
            self._service.labels,
        )
        part, hosts = self._part, self._exposure.hosts
        rules = {"login": login_rules, "jwt": token_rules, "allow-from": address_rules}[sort]

        def draw(synthesis: Synthesis) -> security.AuthorizationPolicy:
            every = [each for host in hosts for each in self._everywhere(synthesis, host)]
            others = {each.path: each for each in every if each.scope == part.scope and each.path != part.path}
            spec: security.AuthorizationPolicySpec = {**said, "rules": rules(part, others.values())}
            return policy(name, namespace, dict(labels), dict(selector), spec)

        head = Deferred(
            api_version="security.istio.io/v1", kind="AuthorizationPolicy", name=name, namespace=namespace, draw=draw
        )
        Manifest(self, f"policy-{sort}", head)

    def _draw_tokens(self, jwt: Jwt) -> None:
        name, labels = self._object_name("jwt"), dict(self._service.labels)
        Manifest(self, "tokens", request_authentication(name, self._namespace, labels, dict(self._selector), jwt))
        message = (
            f"RequestAuthentication {name!r} applies to every host of the ingress gateway, because Istio cannot limit it to a host: "
            "on all of them a request with a token of an issuer without a RequestAuthentication there is refused with 401; "
            "use another ingress gateway for hosts with services that check tokens themselves: IstioGatewayOptions(controller=…)"
        )
        self._notice(rule="gateway-wide", message=message)

    def _object_name(self, sort: str) -> str:
        """Return an object name that is unique in the namespace of the gateway, which several namespaces share."""
        name = self._exposure.name or self._service.name
        return ".".join(part for part in (self._service.namespace, name, sort) if part)  # a namespace has no dot


def _named(host: str) -> str:
    """Return the name of a host's VirtualService."""
    return "any-host" if host == "*" else host.replace("*", "wildcard")


def _check_entry(where: str, provider: str, exposure: Exposure, entry: ExistingEntry) -> None:
    """Refuse settings that only the owner of a Gateway can make. A notice reports that the certificate is the owner's."""
    tls = exposure.tls
    if tls is None:
        return
    used: Mapping[FeatureName, bool] = {
        "https_redirect": tls.redirect is True,
        "no_https_redirect": tls.redirect is False,
        "tls_min_version": tls.min_version is not None,
        "mutual_tls": tls.mutual is not None and not tls.mutual.optional,
        "mutual_tls_optional": tls.mutual is not None and tls.mutual.optional,
    }
    for name, asked in used.items():
        if asked:
            why = f"the Gateway {entry.name!r} belongs to another team (options.entry), which sets it in its listener"
            raise refusal(where, provider, name, why)
