"""Routes from outside, of any gateway that this library knows: where they lead, and what they take."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from kmop_constructs.checks.reading import Item, Plain, mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import Inventory

__all__ = ["Destination", "claims", "destinations"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """A Service that a route leads to."""

    item: Item
    """The route."""

    service: str
    """The Service's name."""

    namespace: str | None
    """Its namespace, where the route says one."""

    port: object
    """The Service port, by number or name, where the route says one."""


Claim: TypeAlias = tuple[str, str, str, str]
"""Whose requests, of which host, which path, and under which further conditions."""

_GATEWAY_API = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute")


def destinations(inventory: Inventory) -> Iterator[Destination]:
    """Every Service that a route leads to, each once for a route."""
    for (group, kind), read in _DESTINATIONS.items():
        for item in inventory.of(group, kind):
            seen: set[tuple[str, str | None, str]] = set()
            for service, namespace, port in read(item):
                key = (service, namespace, repr(port))
                if key not in seen:
                    seen.add(key)
                    yield Destination(item=item, service=service, namespace=namespace, port=port)


def claims(inventory: Inventory) -> Iterator[tuple[Item, Claim, str]]:
    """Every claim of a route to requests, with the words for it."""
    for (group, kind), read in _CLAIMS.items():
        for item in inventory.of(group, kind):
            yield from ((item, claim, _words(kind, claim)) for claim in read(item))


def _words(kind: str, claim: Claim) -> str:
    """A claim as a person says it; the rule of an IngressRoute says its hosts itself."""
    _, host, path, _ = claim
    return path if kind == "IngressRoute" else f"{host or 'every host'} {path}".rstrip()


_Place: TypeAlias = tuple[str, str | None, object]


def _ingress(item: Item) -> Iterator[_Place]:
    rules = mappings(item.spec.get("rules"))
    paths = [path for rule in rules for path in mappings(within(rule, "http", "paths"))]
    for backend in (mapping(item.spec.get("defaultBackend")), *(mapping(path.get("backend")) for path in paths)):
        name, port = within(backend, "service", "name"), mapping(within(backend, "service", "port"))
        if isinstance(name, str):
            yield name, None, port.get("name") or port.get("number")


def _gateway_api(item: Item) -> Iterator[_Place]:
    for rule in mappings(item.spec.get("rules")):
        for backend in mappings(rule.get("backendRefs")):
            name = backend.get("name")
            if isinstance(name, str) and not backend.get("group") and backend.get("kind", "Service") == "Service":
                yield name, _text(backend.get("namespace")), backend.get("port")


def _traefik_services(services: object) -> Iterator[_Place]:
    for service in mappings(services):
        name = service.get("name")
        if isinstance(name, str) and service.get("kind", "Service") == "Service" and "@" not in name:
            yield name, _text(service.get("namespace")), service.get("port")


def _ingress_route(item: Item) -> Iterator[_Place]:
    for route in mappings(item.spec.get("routes")):
        yield from _traefik_services(route.get("services"))


def _traefik_service(item: Item) -> Iterator[_Place]:
    yield from _traefik_services(within(item.spec, "weighted", "services"))


def _virtual_service(item: Item) -> Iterator[_Place]:
    for route in mappings(item.spec.get("http")):
        for each in mappings(route.get("route")):
            host = within(each, "destination", "host")
            name, namespace = _in_cluster(host)
            if name is not None:
                yield name, namespace, within(each, "destination", "port", "number")


def _mapping(item: Item) -> Iterator[_Place]:
    service = item.spec.get("service")
    if isinstance(service, str):
        address = service.rpartition("://")[2]
        host, _, port = address.partition(":")
        name, namespace = _in_cluster(host)
        if name is not None:
            yield name, namespace, int(port) if port.isdigit() else None


def _nginx(item: Item) -> Iterator[_Place]:
    for upstream in mappings(item.spec.get("upstreams")):
        service = upstream.get("service")
        if isinstance(service, str):
            namespace, _, name = service.rpartition("/")
            yield name, namespace or None, upstream.get("port")


def _in_cluster(host: object) -> tuple[str | None, str | None]:
    """Name and namespace of a Service by its DNS name; nothing for a host outside the cluster."""
    if not isinstance(host, str) or not host:
        return None, None
    parts = re.sub(r"\.svc(\..*)?$", "", host).split(".")
    if len(parts) == 1:
        return parts[0], None
    return (parts[0], parts[1]) if len(parts) == 2 else (None, None)


_DESTINATIONS: Mapping[tuple[str, str], Callable[[Item], Iterator[_Place]]] = {
    ("networking.k8s.io", "Ingress"): _ingress,
    **{("gateway.networking.k8s.io", kind): _gateway_api for kind in _GATEWAY_API},
    ("traefik.io", "IngressRoute"): _ingress_route,
    ("traefik.io", "TraefikService"): _traefik_service,
    ("networking.istio.io", "VirtualService"): _virtual_service,
    ("getambassador.io", "Mapping"): _mapping,
    ("k8s.nginx.org", "VirtualServer"): _nginx,
    ("k8s.nginx.org", "VirtualServerRoute"): _nginx,
}


_MEANT = (
    "nginx.ingress.kubernetes.io/canary",
    "nginx.org/mergeable-ingress-type",
    "nginx.ingress.kubernetes.io/canary-by-header",
    "konghq.com/methods",
)
"""Annotations by which a second Ingress for the same path is meant."""

_MEANT_PREFIXES = ("konghq.com/headers.", "haproxy.org/route-acl")


def _prefix(path: object, sort: object) -> str:
    """A path without what means nothing: the slash at the end of a prefix."""
    text = str(path or "/")
    return (text.rstrip("/") or "/") if sort in ("Prefix", "PathPrefix", None) else text


def _claims_of_ingress(item: Item) -> Iterator[Claim]:
    annotations = mapping(within(item.object, "metadata", "annotations"))
    if any(key in _MEANT or str(key).startswith(_MEANT_PREFIXES) for key in annotations):
        return
    sort = str(item.spec.get("ingressClassName") or annotations.get("kubernetes.io/ingress.class") or "")
    entry = str(annotations.get("traefik.ingress.kubernetes.io/router.entrypoints") or "")
    for rule in mappings(item.spec.get("rules")):
        for path in mappings(within(rule, "http", "paths")):
            where = (f"Ingress {sort} {entry}", str(rule.get("host") or ""))
            yield (*where, _prefix(path.get("path"), path.get("pathType")), str(path.get("pathType") or ""))


def _claims_of_http_route(item: Item) -> Iterator[Claim]:
    parents = [
        f"{parent.get('namespace') or item.scope}/{parent.get('name')}/{parent.get('sectionName') or ''}"
        for parent in mappings(item.spec.get("parentRefs"))
    ]
    for rule in mappings(item.spec.get("rules")):
        for match in mappings(rule.get("matches")) or [{}]:
            said = mapping(match.get("path"))
            path = _prefix(said.get("value"), said.get("type"))
            rest = json.dumps({**match, "path": said.get("type")}, sort_keys=True, default=str)
            for parent in parents:
                for host in _listed(item.spec.get("hostnames")) or ("",):
                    yield f"{item.kind} {parent}", host, path, rest


def _claims_of_ingress_route(item: Item) -> Iterator[Claim]:
    entry = ",".join(sorted(_listed(item.spec.get("entryPoints"))))
    for route in mappings(item.spec.get("routes")):
        yield f"IngressRoute {entry}", "", str(route.get("match") or ""), str(route.get("priority") or "")


def _claims_of_mapping(item: Item) -> Iterator[Claim]:
    if "weight" not in item.spec:
        conditions = {key: item.spec.get(key) for key in ("headers", "regex_headers", "method", "prefix_exact", "grpc")}
        rest = json.dumps(conditions, sort_keys=True, default=str)
        yield "Mapping", str(item.spec.get("hostname") or "*"), str(item.spec.get("prefix") or ""), rest


def _claims_of_virtual_server(item: Item) -> Iterator[Claim]:
    yield "VirtualServer", str(item.spec.get("host") or ""), "", ""


_CLAIMS: Mapping[tuple[str, str], Callable[[Item], Iterator[Claim]]] = {
    ("networking.k8s.io", "Ingress"): _claims_of_ingress,
    ("gateway.networking.k8s.io", "HTTPRoute"): _claims_of_http_route,
    ("traefik.io", "IngressRoute"): _claims_of_ingress_route,
    ("getambassador.io", "Mapping"): _claims_of_mapping,
    ("k8s.nginx.org", "VirtualServer"): _claims_of_virtual_server,
}


def _listed(value: object) -> list[str]:
    """A list's items that are text."""
    return [item for item in cast("list[object]", value) if isinstance(item, str)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def offered(ports: list[Plain], wanted: object) -> bool:
    """Whether a Service port is among those of a Service."""
    return wanted is None or any(wanted in (port.get("name"), port.get("port")) for port in ports)
