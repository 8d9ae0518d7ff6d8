"""Readers of Emissary's routes, for the checks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from kmop_constructs.checks.reading import Item
from kmop_constructs.checks.routes import Claim, Place, RouteReader, service_at

__all__ = ["READERS"]


def _mapping(item: Item) -> Iterator[Place]:
    service = item.spec.get("service")
    if isinstance(service, str):
        address = service.rpartition("://")[2]
        host, _, port = address.partition(":")
        name, namespace = service_at(host)
        if name is not None:
            yield name, namespace, int(port) if port.isdigit() else None


def _claims_of_mapping(item: Item) -> Iterator[Claim]:
    if "weight" not in item.spec and not item.spec.get("shadow"):
        conditions = {key: item.spec.get(key) for key in ("headers", "regex_headers", "method", "prefix_exact", "grpc")}
        rest = json.dumps(conditions, sort_keys=True, default=str)
        yield "Mapping", str(item.spec.get("hostname") or "*"), str(item.spec.get("prefix") or ""), rest


READERS: Mapping[tuple[str, str], RouteReader] = {
    ("getambassador.io", "Mapping"): RouteReader(destinations=_mapping, claims=_claims_of_mapping),
}
"""Readers by API group and kind."""
