"""Exposure by a plain Ingress: only what the API itself says, for any class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.cluster import Peer
from kmop_constructs.values.names import dns_subdomain, made_by

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.facts import NamedPort, ServiceFacts
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["NativeGateway", "NativeGatewayOptions"]


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
    """An Ingress."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        exposure: Exposure,
        options: NativeGatewayOptions = NativeGatewayOptions(),
    ) -> None:
        """Draw the Ingress of a service."""
        made_by("NativeGateway: options", options, NativeGatewayOptions)
        refused = exposure.features
        if refused:
            raise UnsupportedError(
                f"{place_of(scope).child(id).path}: a plain Ingress cannot express {' or '.join(refused)}, and no provider of "
                "this release can; write what your controller understands into Exposure(annotations=…)"
            )
        self._ports = [service.port(route.port) for route in exposure.routes]
        controller = options.controller or service.cluster.peers.ingress_controller
        self._controllers = () if controller is None else (controller,)
        super().__init__(scope, id, _literal(service, exposure, options, self._ports))

    @property
    def controllers(self) -> Sequence[Peer]:
        """The ingress controller's pods, if known."""
        return self._controllers

    @property
    def routed_ports(self) -> Sequence[int]:
        """The container ports that the paths lead to."""
        return sorted({port.number for port in self._ports})


def _literal(
    service: ServiceFacts, exposure: Exposure, options: NativeGatewayOptions, ports: Sequence[NamedPort]
) -> k8s.Ingress:
    paths: list[k8s.HTTPIngressPath] = [
        {
            "path": route.path,
            "pathType": route.match,
            "backend": {"service": {"name": service.services[0], "port": {"name": port.name}}},
        }
        for route, port in zip(exposure.routes, ports, strict=True)
    ]
    rule: k8s.IngressRule = {"http": {"paths": paths}}
    if exposure.host is not None:
        rule = {"host": exposure.host, **rule}
    spec: k8s.IngressSpec = {"rules": [rule]}
    annotations = dict(exposure.annotations)
    name = exposure.name or service.name
    if options.ingress_class is not None:
        spec = {"ingressClassName": options.ingress_class, **spec}
    if exposure.tls is not None:
        tls = exposure.tls
        spec["tls"] = [
            {"hosts": [exposure.host or ""], "secretName": tls.secret_name or _secret_name(exposure.host or "")}
        ]
        if tls.issuer is not None:
            key = "cluster-issuer" if tls.issuer_kind == "ClusterIssuer" else "issuer"
            annotations[f"cert-manager.io/{key}"] = tls.issuer
    metadata: k8s.ObjectMeta = {"name": name, "labels": dict(service.labels)}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}


def _secret_name(host: str) -> str:
    return f"{host.replace('*', 'wildcard').replace('.', '-')}-tls"
