"""The literal of an Ingress from an exposure, for the plain Ingress and for the controllers with annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.annotations import route_annotations
from kmop_constructs.components.api_gateway.targets import targets

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.route import PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

__all__ = ["ingress", "issuer_annotations"]


def ingress(
    service: ServiceFacts,
    exposure: Exposure,
    *,
    ingress_class: str | None,
    annotations: Mapping[str, str],
    name: str | None = None,
    routes: Sequence[PathRoute] | None = None,
    backend: k8s.IngressBackend | None = None,
    path_types: Mapping[str, str] | None = None,
) -> k8s.Ingress:
    """Return the literal of an Ingress.

    Args:
        service: The service.
        exposure: The exposure.
        ingress_class: ``ingressClassName``; ``None`` leaves the field out.
        annotations: Annotations of the provider, in their order; those of the exposure come after them.
        name: Name of the Ingress. Default: that of the exposure.
        routes: The paths. Default: those of the exposure.
        backend: One backend for all paths. Default: the backend of each route.
        path_types: ``pathType`` by `PathRoute.match`, for a controller that needs another type. Default: the match itself.

    Raises `ConflictError` where an annotation of the exposure differs from one of `annotations`.
    """
    paths: list[k8s.HTTPIngressPath] = [
        {
            "path": route.path,
            "pathType": (path_types or {}).get(route.match, route.match),
            "backend": backend or _backend(service, exposure, route),
        }
        for route in (exposure.routes if routes is None else routes)
    ]
    hosts = exposure.hosts or (None,)
    rules: list[k8s.IngressRule] = [{"http": {"paths": paths}} for _ in hosts]
    for number, host in enumerate(hosts):
        if host is not None:
            rules[number] = {"host": host, **rules[number]}
    spec: k8s.IngressSpec = {"rules": rules}
    if ingress_class is not None:
        spec = {"ingressClassName": ingress_class, **spec}
    if exposure.tls is not None:
        spec["tls"] = [{"hosts": list(exposure.hosts), "secretName": exposure.tls.secret_for(exposure.hosts[0])}]
    metadata: k8s.ObjectMeta = {"name": name or exposure.name or service.name, "labels": dict(service.labels)}
    every = route_annotations(service, exposure, annotations)
    if every:
        metadata["annotations"] = every
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}


def issuer_annotations(exposure: Exposure) -> dict[str, str]:
    """Return the annotations by which cert-manager makes the certificate of an Ingress (https://cert-manager.io/docs/usage/ingress/)."""
    if exposure.tls is None or exposure.tls.issuer is None:
        return {}
    key = "cluster-issuer" if exposure.tls.issuer_kind == "ClusterIssuer" else "issuer"
    return {f"cert-manager.io/{key}": exposure.tls.issuer}


def _backend(service: ServiceFacts, exposure: Exposure, route: PathRoute) -> k8s.IngressBackend:
    target = targets(service, exposure, route)[0]
    port: k8s.ServiceBackendPort = {"number": target.port} if target.own is None else {"name": target.own.name}
    return {"service": {"name": target.service, "port": port}}
