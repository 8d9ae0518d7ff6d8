"""Routes that the app includes lead to pods with policies that let a gateway in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of, plain_selector
from kmop_constructs.checks.network import Network, network_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.checks.routes import Destination, destinations
from kmop_constructs.core.network.policies import NAMESPACE_NAME_LABEL
from kmop_constructs.core.plain import Plain, mappings
from kmop_constructs.core.reachability import NetworkPods
from kmop_constructs.values.pods import Pods

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import Inventory, PodTemplate
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.network.policies import PolicyPeer
    from kmop_constructs.core.plain import PortProtocol
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "route-blocked"
REASON = (
    "If the policies of the pods admit no gateway, a route to these pods answers all requests with an error, or not "
    "at all."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find routes of others to pods with policies that admit no caller from outside the app."""
    inventory = inventory_of(synthesis)
    for each in destinations(inventory):
        if each.item.ours:
            continue  # the gateway of an exposure is admitted, or a finding of its own
        service = _service(inventory, each)
        if service is None or service.spec.get("type") == "ExternalName":
            continue
        selector = plain_selector(service.spec.get("selector"))
        port = next(
            (
                one
                for one in mappings(service.spec.get("ports"))
                if each.port in (None, one.get("port"), one.get("name"))
            ),
            None,
        )
        if selector.is_empty or port is None:
            continue
        for pods in inventory.selected_from(selector, service):
            if _is_closed(network_of(synthesis), pods, port):
                message = (
                    f"leads to port {port.get('port')} of {service}, but the NetworkPolicies of {pods} admit no gateway there; write the "
                    "route as Exposure(…) of the service, or admit the pods of the gateway: accepts=[Pods.of(…, namespace=…)]"
                )
                yield each.item.finding(RULE, message, pods.item)


def _service(inventory: Inventory, each: Destination) -> Item | None:
    if each.namespace is not None and each.namespace != each.item.namespace:
        return inventory.at("", "Service", each.service, each.namespace)
    return inventory.find("", "Service", each.service, each.item)


def _is_closed(network: Network, pods: PodTemplate, port: Plain) -> bool:
    """Return whether policies govern the pods and none of their rules for the port may mean a gateway."""
    workload = network.workload_of(pods.item)
    policies = network.topology.governing(workload, "ingress") if workload is not None else ()
    if workload is None or not policies:
        return False
    protocol: PortProtocol = port.get("protocol") or "TCP"
    number = _number(pods, port, protocol)
    gateway = _gateway(pods.item)
    for policy in policies:
        for rule in policy.rules("ingress") or ():
            if number is None or not rule.admits_port(number, protocol, workload):
                continue
            if not rule.peers or any(_may_mean(network, peer, gateway, policy.namespace) for peer in rule.peers):
                return False
    return number is not None


def _may_mean(network: Network, peer: PolicyPeer, gateway: NetworkPods | None, namespace: str) -> bool:
    """Return whether a peer of a rule may select the pods of the gateway."""
    if peer.ip_block is not None:
        return True
    if peer.namespaces is None:
        # Pods of this namespace: those of a service of the app are no gateway, others may be.
        return peer.pods is None or peer.pods.is_empty or not network.selects_declared(peer, namespace)
    if gateway is None or peer.namespaces.match_expressions:
        return True
    # The labels of a namespace are not known, but for the one with its name.
    other = any(key != NAMESPACE_NAME_LABEL for key, _ in peer.namespaces.match_labels)
    return other or peer.selects(gateway, namespace, {})


def _gateway(item: Item) -> NetworkPods | None:
    """Return the pods of the platform's ingress controller. ``None`` if they are not known by labels and namespace."""
    cluster = item.chart.cluster if item.chart is not None else None
    peer = cluster.peers.ingress_controller if cluster is not None else None
    if not isinstance(peer, Pods) or peer.namespace is None:
        return None
    return NetworkPods(kind="Pod", name="gateway", namespace=peer.namespace, labels=peer.labels)


def _number(pods: PodTemplate, port: Plain, protocol: str) -> int | None:
    target = port.get("targetPort") or port.get("port")
    if isinstance(target, int):
        return target
    found = (each.number for each in pods.ports if each.name == target and each.protocol == protocol)
    return next((number for number in found if isinstance(number, int)), None)
