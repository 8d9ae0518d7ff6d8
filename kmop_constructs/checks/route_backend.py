"""Routes from outside lead to Services and ports that are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import Inventory, inventory_of
from kmop_constructs.checks.reading import Item, Plain, mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.model import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "route-backend"
REASON = "An Ingress or route to a Service or Service port that does not exist answers every request with an error."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Backends of Ingresses and Gateway API routes that no Service of the app offers."""
    inventory = inventory_of(synthesis)
    for item, name, namespace, port in _backends(inventory):
        if namespace is not None and namespace != item.namespace:
            service = inventory.at("", "Service", name, namespace)
        else:
            service = inventory.find("", "Service", name, item)
        if service is None:
            others = inventory.elsewhere("", "Service", name)
            hint = f"{others}; " if others else ""
            message = (
                f"leads to the Service {name!r}, which this app does not draw in its namespace; {hint}correct the name, "
                f"or allow {RULE!r} where something else runs it"
            )
            yield item.finding(RULE, message)
        elif service.spec.get("type") != "ExternalName" and not _offers(service, port):
            message = f"leads to port {port!r} of {service}, which offers {_known(service)}; correct the port"
            yield item.finding(RULE, message, always=True)


def _backends(inventory: Inventory) -> Iterator[tuple[Item, str, str | None, object]]:
    for item in inventory.of("networking.k8s.io", "Ingress"):
        rules = mappings(item.spec.get("rules"))
        paths = [path for rule in rules for path in mappings(within(rule, "http", "paths"))]
        seen: set[tuple[str, str]] = set()
        for backend in (mapping(item.spec.get("defaultBackend")), *(mapping(path.get("backend")) for path in paths)):
            name, port = within(backend, "service", "name"), mapping(within(backend, "service", "port"))
            wanted = port.get("name") or port.get("number")
            if isinstance(name, str) and (name, repr(wanted)) not in seen:
                seen.add((name, repr(wanted)))
                yield item, name, None, wanted
    for item in inventory.of("gateway.networking.k8s.io", "HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute"):
        for rule in mappings(item.spec.get("rules")):
            for backend in mappings(rule.get("backendRefs")):
                name, namespace = backend.get("name"), backend.get("namespace")
                if isinstance(name, str) and not backend.get("group") and backend.get("kind", "Service") == "Service":
                    yield item, name, namespace if isinstance(namespace, str) else None, backend.get("port")


def _offers(service: Item, wanted: object) -> bool:
    if wanted is None:
        return True
    return any(wanted in (port.get("name"), port.get("port")) for port in mappings(service.spec.get("ports")))


def _known(service: Item) -> str:
    return ", ".join(_port(port) for port in mappings(service.spec.get("ports"))) or "no port"


def _port(port: Plain) -> str:
    return f"{port.get('port')} ({port.get('name')})" if port.get("name") else str(port.get("port"))
