"""Routes lead to Services and ports that exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.checks.routes import destinations, offered
from kmop_constructs.core.plain import Plain, mappings

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "route-backend"
REASON = "An Ingress or route to a missing Service or Service port answers all requests with an error."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find routes of any gateway to Services or ports that the app does not have."""
    inventory = inventory_of(synthesis)
    for each in destinations(inventory):
        item, name = each.item, each.service
        if each.namespace is not None and each.namespace != item.namespace:
            service = inventory.at("", "Service", name, each.namespace)
        else:
            service = inventory.find("", "Service", name, item)
        if service is None:
            others = inventory.elsewhere("", "Service", name)
            hint = f"{others}; " if others else ""
            message = (
                f"leads to the Service {name!r}, which this app does not draw in its namespace; {hint}correct the name, "
                f"or allow {RULE!r} if it is created outside this app"
            )
            yield item.finding(RULE, message)
        elif service.spec.get("type") != "ExternalName" and not offered(mappings(service.spec.get("ports")), each.port):
            message = f"leads to port {each.port!r} of {service}, which offers {_known(service)}; correct the port"
            yield item.finding(RULE, message, always=True)


def _known(service: Item) -> str:
    return ", ".join(_port(port) for port in mappings(service.spec.get("ports"))) or "no port"


def _port(port: Plain) -> str:
    return f"{port.get('port')} ({port.get('name')})" if port.get("name") else str(port.get("port"))
