"""Readers of the routes of F5's NGINX Ingress Controller, for the checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kmop_constructs.checks.reading import Item
from kmop_constructs.checks.routes import Claim, Place, RouteReader
from kmop_constructs.core.plain import mappings

__all__ = ["READERS"]


def _nginx(item: Item) -> Iterator[Place]:
    for upstream in mappings(item.spec.get("upstreams")):
        service = upstream.get("service")
        if isinstance(service, str):
            namespace, _, name = service.rpartition("/")
            yield name, namespace or None, upstream.get("port")


def _claims_of_virtual_server(item: Item) -> Iterator[Claim]:
    yield "VirtualServer", str(item.spec.get("host") or ""), "", ""


READERS: Mapping[tuple[str, str], RouteReader] = {
    ("k8s.nginx.org", "TransportServer"): RouteReader(destinations=_nginx),
    ("k8s.nginx.org", "VirtualServer"): RouteReader(destinations=_nginx, claims=_claims_of_virtual_server),
    ("k8s.nginx.org", "VirtualServerRoute"): RouteReader(destinations=_nginx),
}
"""Readers by API group and kind."""
