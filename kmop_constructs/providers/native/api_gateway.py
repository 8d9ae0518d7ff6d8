"""Exposure by a plain Ingress: only what the API itself says, for any class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports, admit
from kmop_constructs.components.api_gateway.targets import controllers_of, route_facts
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.providers.native.ingress import ingress, issuer_annotations
from kmop_constructs.values.cluster import Peer
from kmop_constructs.values.names import dns_subdomain, made_by

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["NativeGateway", "NativeGatewayOptions"]

_API = "https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/"
_SAYS_NOTHING = Cannot("the Ingress API has no word for it, and every controller an annotation of its own", _API)


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeGatewayOptions:
    """What only an Ingress knows."""

    ingress_class: str | None = None
    """``ingressClassName``. Default: the cluster's default class."""

    controller: Peer | None = None
    """The pods of the ingress controller. Default: the platform's `Peers.ingress_controller`."""

    def __post_init__(self) -> None:
        if self.ingress_class is not None:
            dns_subdomain("NativeGatewayOptions.ingress_class", self.ingress_class)
        made_by("NativeGatewayOptions.controller", self.controller, Peer, type(None))


class NativeGateway(Manifest):
    """A plain Ingress, of any class. What a controller understands beside the API goes into its own provider."""

    SUPPORTS: ClassVar[Supports] = {
        "host": Can("spec.rules[].host", _API),
        "wildcard_host": Can("spec.rules[].host", _API),
        "any_host": Can("spec.rules[] without host", _API),
        "aliases": Can("one of spec.rules[] for each", _API),
        "path_prefix": Can("pathType: Prefix", _API),
        "path_exact": Can("pathType: Exact", _API),
        "path_regex": Cannot("pathType: ImplementationSpecific means what each controller makes of it", _API),
        "other_service": Can("backend.service", _API),
        "headers": _SAYS_NOTHING,
        "method": _SAYS_NOTHING,
        "websocket": _SAYS_NOTHING,
        "grpc": _SAYS_NOTHING,
        "rewrite": _SAYS_NOTHING,
        "redirects": _SAYS_NOTHING,
        "shares": _SAYS_NOTHING,
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
        "dns": Can(
            "the annotations of external-dns; it reads the hosts from spec.rules[]",
            "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/ingress/",
        ),
        "annotations": Can("metadata.annotations", _API),
    }

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
        """Draw the Ingress of a service."""
        made_by("NativeGateway: options", options, NativeGatewayOptions)
        admit(place_of(scope).child(id).path, type(self).__name__, self.SUPPORTS, intent, service)
        self._controllers = controllers_of(service, options.controller)
        dns = intent.dns.annotations() if intent.dns is not None else {}
        annotations = {**issuer_annotations(intent), **dns}
        literal = ingress(service, intent, ingress_class=options.ingress_class, annotations=annotations)
        super().__init__(scope, id, literal, gives=route_facts(service, intent, self._controllers))

    @property
    def controllers(self) -> Sequence[Peer]:
        """The ingress controller's pods, if known."""
        return self._controllers
