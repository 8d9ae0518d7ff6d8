"""Readers of Istio's routes, for the checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kmop_constructs.checks.reading import Item
from kmop_constructs.checks.routes import Place, RouteReader, service_at
from kmop_constructs.core.plain import mappings, within

__all__ = ["READERS"]


def _virtual_service(item: Item) -> Iterator[Place]:
    every = (route for sort in ("http", "tls", "tcp") for route in mappings(item.spec.get(sort)))
    for route in every:
        for each in (*mappings(route.get("route")), *mappings(route.get("mirrors"))):
            host = within(each, "destination", "host")
            name, namespace = service_at(host)
            if name is not None:
                yield name, namespace, within(each, "destination", "port", "number")


READERS: Mapping[tuple[str, str], RouteReader] = {
    ("networking.istio.io", "VirtualService"): RouteReader(destinations=_virtual_service),
}
"""Readers by API group and kind."""
