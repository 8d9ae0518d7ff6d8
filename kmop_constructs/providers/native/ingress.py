"""An Ingress, with what its API says of an exposure: shared by the plain form and the dialects."""

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
    """The literal of an Ingress.

    Args:
        service: The service.
        exposure: The exposure.
        ingress_class: ``ingressClassName``; none is left out.
        annotations: Its annotations, in their order; the exposure's own come after them.
        name: Its name. Default: the exposure's.
        routes: The paths. Default: the exposure's.
        backend: Where all paths lead. Default: each where the route says.
        path_types: ``pathType`` by the match of a route, where a controller reads another. Default: the match.

    Raises `ConflictError` where an annotation of the exposure says otherwise than one of `annotations`.
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
    """What tells cert-manager to make the certificate of an Ingress (https://cert-manager.io/docs/usage/ingress/)."""
    if exposure.tls is None or exposure.tls.issuer is None:
        return {}
    key = "cluster-issuer" if exposure.tls.issuer_kind == "ClusterIssuer" else "issuer"
    return {f"cert-manager.io/{key}": exposure.tls.issuer}


def _backend(service: ServiceFacts, exposure: Exposure, route: PathRoute) -> k8s.IngressBackend:
    target = targets(service, exposure, route)[0]
    port: k8s.ServiceBackendPort = {"number": target.port} if target.own is None else {"name": target.own.name}
    return {"service": {"name": target.service, "port": port}}
