"""Routes by a plain Ingress: only fields of the Ingress API, for any ingress class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports, admit, no_streams
from kmop_constructs.components.api_gateway.targets import controllers_of, route_facts
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.providers.native.ingress import ingress, issuer_annotations
from kmop_constructs.values.names import dns_subdomain, made_by
from kmop_constructs.values.pods import Peer, check_peer

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["NativeGateway", "NativeGatewayOptions"]

_API = "https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/"
_SAYS_NOTHING = Cannot("the Ingress API has no field for it, and each controller has its own annotation", _API)


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeGatewayOptions:
    """Options of `NativeGateway`: the class and the controller of a plain Ingress."""

    ingress_class: str | None = None
    """``ingressClassName`` of the Ingress. Default: none, the default class of the cluster."""

    controller: Peer | None = None
    """The pods of the ingress controller, which the policies let in. Default: the platform's
    `Peers.ingress_controller`."""

    def __post_init__(self) -> None:
        if self.ingress_class is not None:
            dns_subdomain("NativeGatewayOptions.ingress_class", self.ingress_class)
        check_peer("NativeGatewayOptions.controller", self.controller)


class NativeGateway(Manifest):
    """A plain Ingress of any class. Features that a controller adds to the API need the provider of that controller.

    The platform calls the constructor: ``Platform(gateway=NativeGateway)``, or with options
    ``Platform(gateway=partial(NativeGateway, options=NativeGatewayOptions(ingress_class="public")))``.
    """

    SUPPORTS: ClassVar[Supports] = {
        "host": Can("spec.rules[].host", _API),
        "wildcard_host": Can("spec.rules[].host", _API),
        "any_host": Can("spec.rules[] without host", _API),
        "aliases": Can("one entry of spec.rules[] for each", _API),
        "path_prefix": Can("pathType: Prefix", _API),
        "path_exact": Can("pathType: Exact", _API),
        "path_regex": Cannot("pathType: ImplementationSpecific has a different meaning for each controller", _API),
        "other_service": Can("backend.service", _API),
        "headers": _SAYS_NOTHING,
        "method": _SAYS_NOTHING,
        "websocket": _SAYS_NOTHING,
        "grpc": _SAYS_NOTHING,
        "rewrite": _SAYS_NOTHING,
        "redirects": _SAYS_NOTHING,
        "shares": _SAYS_NOTHING,
        "mirrors": _SAYS_NOTHING,
        "tls_secret": Can("spec.tls[].secretName", _API),
        "tls_issuer": Can(
            "the annotation cert-manager.io/cluster-issuer or /issuer", "https://cert-manager.io/docs/usage/ingress/"
        ),
        "https_redirect": _SAYS_NOTHING,
        "no_https_redirect": _SAYS_NOTHING,
        "hsts": _SAYS_NOTHING,
        "tls_min_version": _SAYS_NOTHING,
        "mutual_tls": _SAYS_NOTHING,
        "mutual_tls_optional": _SAYS_NOTHING,
        "mutual_tls_config_map": _SAYS_NOTHING,
        "oidc": _SAYS_NOTHING,
        "jwt": _SAYS_NOTHING,
        "jwt_audiences": _SAYS_NOTHING,
        "jwt_claims": _SAYS_NOTHING,
        "basic_auth": _SAYS_NOTHING,
        "api_key": _SAYS_NOTHING,
        "allow_from": _SAYS_NOTHING,
        "rate_limit_client": _SAYS_NOTHING,
        "rate_limit_global": _SAYS_NOTHING,
        "rate_limit_burst": _SAYS_NOTHING,
        "cors": _SAYS_NOTHING,
        "max_body_size": _SAYS_NOTHING,
        "timeout": _SAYS_NOTHING,
        "retries": _SAYS_NOTHING,
        "retry_gateway_errors": _SAYS_NOTHING,
        "retry_timeout": _SAYS_NOTHING,
        "sticky": _SAYS_NOTHING,
        "sticky_max_age": _SAYS_NOTHING,
        "compression": _SAYS_NOTHING,
        "backend_tls_secret": _SAYS_NOTHING,
        "backend_tls_config_map": _SAYS_NOTHING,
        "port_tls_secret": _SAYS_NOTHING,
        "port_tls_config_map": _SAYS_NOTHING,
        "dns": Can(
            "the annotations of external-dns; it reads the hosts from spec.rules[]",
            "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/ingress/",
        ),
        "annotations": Can("metadata.annotations", _API),
        **no_streams("an Ingress routes HTTP only", _API),
    }
    """What the gateway supports, by feature: the source of errors and of the capability table."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Exposure,
        options: NativeGatewayOptions = NativeGatewayOptions(),
    ) -> None:
        """Draw the Ingress of an exposure. The platform calls this.

        Args:
            scope: The exposed workload; the Ingress is drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
            options: Class and controller. Default: `NativeGatewayOptions()`.

        Raises:
            UnsupportedError: The Ingress API does not support a feature of the exposure.
        """
        made_by("NativeGateway: options", options, NativeGatewayOptions)
        admit(place_of(scope).child(id).path, type(self).__name__, self.SUPPORTS, intent, service)
        self._controllers = controllers_of(service, options.controller)
        dns = intent.dns.annotations() if intent.dns is not None else {}
        annotations = {**issuer_annotations(intent), **dns}
        literal = ingress(service, intent, ingress_class=options.ingress_class, annotations=annotations)
        super().__init__(scope, id, literal, gives=route_facts(service, intent, self._controllers))

    @property
    def controllers(self) -> Sequence[Peer]:
        """The pods of the ingress controller; empty where they are not known."""
        return self._controllers
