"""Routes from outside, of any gateway: where they lead, and what they take. Each tool reads its own kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from kmop_constructs.checks.reading import Item
from kmop_constructs.core.plain import Plain, mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import Inventory

__all__ = [
    "Claim",
    "Destination",
    "Place",
    "RouteReader",
    "claims",
    "destinations",
    "listed",
    "offered",
    "plain_path",
    "service_at",
    "text_or_none",
]


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


Place: TypeAlias = tuple[str, str | None, object]
"""Name and namespace of a Service, and its port by number or name; ``None`` where the route does not say."""

Claim: TypeAlias = tuple[str, str | None, str, str]
"""Which gateway, which host (empty for every one, ``None`` where the path says it), which path, under which further conditions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteReader:
    """How the routes of a kind are read. A tool names them in ``Tool(reads=…)``, by group and kind."""

    destinations: Callable[[Item], Iterator[Place]]
    """Every Service that a route leads to."""

    claims: Callable[[Item], Iterator[Claim]] | None = None
    """Every claim of a route to requests. Default: none that can be compared."""


def destinations(inventory: Inventory) -> Iterator[Destination]:
    """Every Service that a route leads to, each once for a route."""
    for reader, item in _routes(inventory):
        seen: set[tuple[str, str | None, str]] = set()
        for service, namespace, port in reader.destinations(item):
            key = (service, namespace, repr(port))
            if key not in seen:
                seen.add(key)
                yield Destination(item=item, service=service, namespace=namespace, port=port)


def claims(inventory: Inventory) -> Iterator[tuple[Item, Claim, str]]:
    """Every claim of a route to requests, with the words for it."""
    for reader, item in _routes(inventory):
        for claim in () if reader.claims is None else reader.claims(item):
            _, host, path, _ = claim
            yield item, claim, path if host is None else f"{host or 'every host'} {path}".rstrip()


def _routes(inventory: Inventory) -> Iterator[tuple[RouteReader, Item]]:
    """Every route of the app, with its reader."""
    for item in inventory.of("networking.k8s.io", "Ingress"):
        yield _INGRESS, item
    for kind, reader in inventory.readers(RouteReader):
        yield from ((reader, item) for item in inventory.of(*kind))


def _ingress(item: Item) -> Iterator[Place]:
    rules = mappings(item.spec.get("rules"))
    paths = [path for rule in rules for path in mappings(within(rule, "http", "paths"))]
    for backend in (mapping(item.spec.get("defaultBackend")), *(mapping(path.get("backend")) for path in paths)):
        name, port = within(backend, "service", "name"), mapping(within(backend, "service", "port"))
        if isinstance(name, str):
            yield name, None, port.get("name") or port.get("number")


_MEANT = (
    "nginx.ingress.kubernetes.io/canary",
    "nginx.org/mergeable-ingress-type",
    "nginx.ingress.kubernetes.io/canary-by-header",
    "konghq.com/methods",
)
"""Annotations by which a second Ingress for the same path is meant."""

_MEANT_PREFIXES = ("konghq.com/headers.", "haproxy.org/route-acl")


def _claims_of_ingress(item: Item) -> Iterator[Claim]:
    annotations = mapping(within(item.object, "metadata", "annotations"))
    if any(key in _MEANT or str(key).startswith(_MEANT_PREFIXES) for key in annotations):
        return
    sort = str(item.spec.get("ingressClassName") or annotations.get("kubernetes.io/ingress.class") or "")
    entry = str(annotations.get("traefik.ingress.kubernetes.io/router.entrypoints") or "")
    for rule in mappings(item.spec.get("rules")):
        for path in mappings(within(rule, "http", "paths")):
            where = (f"Ingress {sort} {entry}", str(rule.get("host") or ""))
            yield (*where, plain_path(path.get("path"), path.get("pathType")), str(path.get("pathType") or ""))


def service_at(host: object) -> tuple[str | None, str | None]:
    """Name and namespace of a Service by its DNS name; nothing for a host outside the cluster."""
    if not isinstance(host, str) or not host:
        return None, None
    parts = re.sub(r"\.svc(\..*)?$", "", host).split(".")
    if len(parts) == 1:
        return parts[0], None
    return (parts[0], parts[1]) if len(parts) == 2 else (None, None)


def plain_path(path: object, sort: object) -> str:
    """A path without what means nothing: the slash at the end of a prefix."""
    text = str(path or "/")
    return (text.rstrip("/") or "/") if sort in ("Prefix", "PathPrefix", None) else text


def listed(value: object) -> list[str]:
    """A list's items that are text."""
    return [item for item in cast("list[object]", value) if isinstance(item, str)] if isinstance(value, list) else []


def text_or_none(value: object) -> str | None:
    """A text; anything else is none."""
    return value if isinstance(value, str) else None


def offered(ports: list[Plain], wanted: object) -> bool:
    """Whether a Service port is among those of a Service."""
    return wanted is None or any(wanted in (port.get("name"), port.get("port")) for port in ports)


_INGRESS = RouteReader(destinations=_ingress, claims=_claims_of_ingress)
