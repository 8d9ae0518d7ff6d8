"""Readers of the routes of the Gateway API, for the checks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from kmop_constructs.checks.reading import Item
from kmop_constructs.checks.routes import Claim, Place, RouteReader, listed, plain_path, text_or_none
from kmop_constructs.core.plain import mapping, mappings, within

__all__ = ["READERS"]


def _gateway_api(item: Item) -> Iterator[Place]:
    for rule in mappings(item.spec.get("rules")):
        copies = (mapping(within(each, "requestMirror", "backendRef")) for each in mappings(rule.get("filters")))
        for backend in (*mappings(rule.get("backendRefs")), *copies):
            name = backend.get("name")
            if isinstance(name, str) and not backend.get("group") and backend.get("kind", "Service") == "Service":
                yield name, text_or_none(backend.get("namespace")), backend.get("port")


def _claims_of_http_route(item: Item) -> Iterator[Claim]:
    parents = [
        f"{parent.get('namespace') or item.scope}/{parent.get('name')}/{parent.get('sectionName') or ''}"
        for parent in mappings(item.spec.get("parentRefs"))
    ]
    for rule in mappings(item.spec.get("rules")):
        for match in mappings(rule.get("matches")) or [{}]:
            described = mapping(match.get("path"))
            path = plain_path(described.get("value"), described.get("type"))
            rest = json.dumps({**match, "path": described.get("type")}, sort_keys=True, default=str)
            for parent in parents:
                for host in listed(item.spec.get("hostnames")) or ("",):
                    yield f"{item.kind} {parent}", host, path, rest


READERS: Mapping[tuple[str, str], RouteReader] = {
    ("gateway.networking.k8s.io", "HTTPRoute"): RouteReader(destinations=_gateway_api, claims=_claims_of_http_route),
    **{
        ("gateway.networking.k8s.io", kind): RouteReader(destinations=_gateway_api)
        for kind in ("GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute")
    },
}
"""Readers by API group and kind."""
