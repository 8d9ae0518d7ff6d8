"""Readers of Traefik's routes, for the checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kmop_constructs.checks.reading import Item
from kmop_constructs.checks.routes import Claim, Place, RouteReader, listed, text_or_none
from kmop_constructs.core.plain import mappings, within

__all__ = ["READERS"]


def _traefik_services(services: object) -> Iterator[Place]:
    for service in mappings(services):
        name = service.get("name")
        if isinstance(name, str) and service.get("kind", "Service") == "Service" and "@" not in name:
            yield name, text_or_none(service.get("namespace")), service.get("port")


def _ingress_route(item: Item) -> Iterator[Place]:
    for route in mappings(item.spec.get("routes")):
        yield from _traefik_services(route.get("services"))


def _traefik_service(item: Item) -> Iterator[Place]:
    yield from _traefik_services(within(item.spec, "weighted", "services"))
    if main := within(item.spec, "mirroring"):
        yield from _traefik_services([main])
        yield from _traefik_services(within(main, "mirrors"))


def _claims_of_ingress_route(item: Item) -> Iterator[Claim]:
    entry = ",".join(sorted(listed(item.spec.get("entryPoints"))))
    for route in mappings(item.spec.get("routes")):
        yield f"IngressRoute {entry}", None, str(route.get("match") or ""), str(route.get("priority") or "")


READERS: Mapping[tuple[str, str], RouteReader] = {
    ("traefik.io", "IngressRoute"): RouteReader(destinations=_ingress_route, claims=_claims_of_ingress_route),
    ("traefik.io", "IngressRouteTCP"): RouteReader(destinations=_ingress_route),
    ("traefik.io", "IngressRouteUDP"): RouteReader(destinations=_ingress_route),
    ("traefik.io", "TraefikService"): RouteReader(destinations=_traefik_service),
}
"""Readers by API group and kind."""
