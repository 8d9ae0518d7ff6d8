"""The listeners that this app draws: in a Gateway of the namespace, or in a ListenerSet attached to the Gateway of another team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.derived import agree, derive
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.gateway_api.listeners import GatewayPart, gathered_gateway, gathered_set
from kmop_constructs.values.names import dns_subdomain

if TYPE_CHECKING:
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.providers.gateway_api.attached import AttachedOptions
    from kmop_constructs.typings import gateway_networking_k8s_io as gw

__all__ = ["check_listener_set", "claim_listeners", "draw_listeners", "gateway_id", "section_of"]


def check_listener_set(kind: str, options: AttachedOptions) -> None:
    """Refuse a ListenerSet that no Gateway of another team could have. `kind` is the class name of the options."""
    name = options.listener_set
    if name is None:
        return
    dns_subdomain(f"{kind}.listener_set", name)
    if options.entry is None:
        raise SpecError(f"{kind}.listener_set: not allowed without entry, the Gateway that it is attached to; name it: entry=ExistingEntry(…)")  # fmt: skip
    if options.section is not None:
        raise SpecError(f"{kind}.section: not allowed with listener_set, whose listeners are known; leave it out")


def gateway_id(options: AttachedOptions, service: ServiceFacts) -> str:
    """Return namespace and name of the Gateway, for what is the same for all its listeners, whoever draws them."""
    entry = options.entry
    if entry is None:
        return f"{service.scope}/{options.gateway}"
    return f"{entry.namespace or service.scope}/{entry.name}"


def section_of(options: AttachedOptions, section: str) -> gw.GRPCRouteParentRef:
    """Return the reference of a route to a listener that this app draws."""
    if options.listener_set is None:
        return {"name": options.gateway, "sectionName": section}
    return {
        "group": "gateway.networking.k8s.io",
        "kind": "ListenerSet",
        "name": options.listener_set,
        "sectionName": section,
    }


def draw_listeners(place: Place, options: AttachedOptions, service: ServiceFacts, part: GatewayPart) -> None:
    """Add listeners to the Gateway of the namespace, or to its ListenerSet."""
    namespace, entry, name = service.namespace, options.entry, options.listener_set
    if entry is not None and name is not None:
        key = ("ListenerSet", service.scope, name)
        drawn = gathered_set(place.path, name, entry, namespace=namespace, key=key)
        derive(place, key, drawn, says={"its Gateway": gateway_id(options, service)}, part=part)
        return
    assert options.gateway_class is not None
    key = ("Gateway", service.scope, options.gateway)
    drawn = gathered_gateway(place.path, options.gateway, options.gateway_class, namespace=namespace, key=key)
    says = {"its class": options.gateway_class, "its ports": options.ports}
    derive(place, key, drawn, says=says, part=part)


def claim_listeners(place: Place, options: AttachedOptions, service: ServiceFacts, part: GatewayPart) -> None:
    """Claim ports and hosts of the Gateway for HTTP and HTTPS: no other protocol may have the port, nor another namespace the host.

    Listeners of one port must be compatible, and differ in their hosts
    (https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec, listeners).
    """
    gateway, where = gateway_id(options, service), options.listener_set and f"{service.scope}/{options.listener_set}"
    hint = "a listener leads to one service: use another listener for one of them"
    apart = "a host of a Gateway is in one ListenerSet: use another host for one of them"
    for each in part.listeners:
        says = {"its protocol": "HTTP" if each.secret is None else "TLS"}
        agree(place, ("listener", gateway, f"{each.port}/tcp"), says, hint=hint)
        if where is not None:
            agree(place, ("listener of the Gateway", gateway, each.name), {"the ListenerSet": where}, hint=apart)
