"""Routes of any gateway: their Services, and their hosts and paths. Each tool reads its own kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
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
    """A Service to which a route leads."""

    item: Item
    """Route to the Service."""

    service: str
    """Name of the Service."""

    namespace: str | None
    """Namespace of the Service. ``None`` if the route sets none."""

    port: object
    """Service port, by number or name. ``None`` if the route sets none."""


Place: TypeAlias = tuple[str, str | None, object]
"""Name and namespace of a Service, and its port by number or name; ``None`` for what the route does not set."""

Claim: TypeAlias = tuple[str, str | None, str, str]
"""Gateway, host (empty for every host, ``None`` if the path includes it), path, and additional conditions of a route."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteReader:
    """Reader for the routes of a kind. A tool sets its readers in ``Tool(reads=…)``, by group and kind."""

    destinations: Callable[[Item], Iterator[Place]]
    """Function that yields all Services to which a route leads."""

    claims: Callable[[Item], Iterator[Claim]] | None = None
    """Function that yields all claims (host, path, conditions) of a route. Default: none; claims are not compared."""


def destinations(inventory: Inventory) -> Iterator[Destination]:
    """Yield all Services to which routes lead, once for each route."""
    for reader, item in _routes(inventory):
        seen: set[tuple[str, str | None, str]] = set()
        for service, namespace, port in reader.destinations(item):
            key = (service, namespace, repr(port))
            if key not in seen:
                seen.add(key)
                yield Destination(item=item, service=service, namespace=namespace, port=port)


def claims(inventory: Inventory) -> Iterator[tuple[Item, Claim, str]]:
    """Yield all claims of routes, each with its text for messages."""
    for reader, item in _routes(inventory):
        for claim in () if reader.claims is None else reader.claims(item):
            _, host, path, _ = claim
            yield item, claim, path if host is None else f"{host or 'every host'} {path}".rstrip()


def _routes(inventory: Inventory) -> Iterator[tuple[RouteReader, Item]]:
    """Yield all routes of the app, with their readers."""
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
"""Annotations with which a second Ingress for the same path is intended."""

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
    """Return name and namespace of a Service from its DNS name. ``None`` for a host outside the cluster."""
    if not isinstance(host, str) or not host:
        return None, None
    parts = re.sub(r"\.svc(\..*)?$", "", host).split(".")
    if len(parts) == 1:
        return parts[0], None
    return (parts[0], parts[1]) if len(parts) == 2 else (None, None)


def plain_path(path: object, sort: object) -> str:
    """Return a path without the trailing slash of a prefix, which has no meaning."""
    text = str(path or "/")
    return (text.rstrip("/") or "/") if sort in ("Prefix", "PathPrefix", None) else text


def listed(value: object) -> list[str]:
    """Return the items of a list that are text."""
    return [item for item in cast("list[object]", value) if isinstance(item, str)] if isinstance(value, list) else []


def text_or_none(value: object) -> str | None:
    """Return a text. ``None`` for any other value."""
    return value if isinstance(value, str) else None


def offered(ports: list[Plain], wanted: object) -> bool:
    """Return whether a Service has a port."""
    return wanted is None or any(wanted in (port.get("name"), port.get("port")) for port in ports)


_INGRESS = RouteReader(destinations=_ingress, claims=_claims_of_ingress)
