"""Reader of NetworkPolicy manifests. What the API server refuses is an error that names the policy and the field.

Policies of other API groups (Calico, Cilium, AdminNetworkPolicy) are not read.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any

from kmop_constructs.core.network.label_selectors import read_label_selector
from kmop_constructs.core.network.policies import (
    IpBlock,
    IpNetwork,
    NetworkPolicy,
    PolicyPeer,
    PolicyPort,
    PolicyRule,
)
from kmop_constructs.core.plain import (
    Plain,
    list_at,
    mapping_at,
    name_of,
    port_at,
    port_number_at,
    protocol_at,
)
from kmop_constructs.errors import bad

__all__ = ["read_network_policy"]


def read_network_policy(manifest: Plain, default_namespace: str) -> NetworkPolicy:
    """Read the policy of a manifest.

    Without `policyTypes` a policy governs ingress, and egress too if it has egress rules. Rules of a direction that it does
    not govern have no effect.

    Raises:
        SpecError: the API server would refuse the policy. The message names the policy and the field.
    """
    namespace, name = name_of(manifest, default_namespace)
    where = f"NetworkPolicy {namespace}/{name}: spec"
    spec = fields_at(manifest.get("spec"), where, ("podSelector", "policyTypes", "ingress", "egress"))
    types = list_at(spec.get("policyTypes"), f"{where}.policyTypes")
    for item in types:
        if item not in ("Ingress", "Egress"):
            raise bad(f"{where}.policyTypes", "is not a policy type", item, "write Ingress or Egress")
    ingress = read_rules(spec.get("ingress"), f"{where}.ingress", "from")
    egress = read_rules(spec.get("egress"), f"{where}.egress", "to")
    return NetworkPolicy(
        name=name,
        namespace=namespace,
        pods=read_label_selector(spec.get("podSelector"), f"{where}.podSelector"),
        ingress=ingress if not types or "Ingress" in types else None,
        egress=egress if ("Egress" in types if types else egress) else None,
    )


def fields_at(value: object, where: str, known: Sequence[str]) -> Mapping[str, Any]:
    """Check that a mapping has known fields only: a rule without its misspelled field would match everything."""
    fields = mapping_at(value, where)
    if unknown := sorted(set(fields) - set(known)):
        raise bad(where, "has an unknown field", unknown[0], f"write one of {', '.join(known)}")
    return fields


def read_rules(value: object, where: str, peers_field: str) -> tuple[PolicyRule, ...]:
    """Read the rules of one direction."""
    rules: list[PolicyRule] = []
    for index, item in enumerate(list_at(value, where)):
        at = f"{where}[{index}]"
        rule = fields_at(item, at, (peers_field, "ports"))
        peers = list_at(rule.get(peers_field), f"{at}.{peers_field}")
        ports = list_at(rule.get("ports"), f"{at}.ports")
        rules.append(
            PolicyRule(
                peers=tuple(read_peer(peer, f"{at}.{peers_field}[{i}]") for i, peer in enumerate(peers)),
                ports=tuple(read_port(port, f"{at}.ports[{i}]") for i, port in enumerate(ports)),
            )
        )
    return tuple(rules)


def read_peer(value: object, where: str) -> PolicyPeer:
    """Read one entry of `from` or `to`."""
    peer = fields_at(value, where, ("podSelector", "namespaceSelector", "ipBlock"))
    given = [key for key, item in peer.items() if item is not None]
    if not given:
        raise bad(where, "has no peer", dict(peer), "write podSelector, namespaceSelector or ipBlock")
    if "ipBlock" in given:
        if len(given) > 1:
            raise bad(where, "has both ipBlock and a selector", sorted(given), "write two peers")
        return PolicyPeer(ip_block=read_ip_block(peer["ipBlock"], f"{where}.ipBlock"))
    pods, namespaces = peer.get("podSelector"), peer.get("namespaceSelector")
    return PolicyPeer(
        namespaces=None if namespaces is None else read_label_selector(namespaces, f"{where}.namespaceSelector"),
        pods=None if pods is None else read_label_selector(pods, f"{where}.podSelector"),
    )


def read_ip_block(value: object, where: str) -> IpBlock:
    """Read the `ipBlock` of a peer."""
    block = fields_at(value, where, ("cidr", "except"))
    cidr = read_cidr(block.get("cidr"), f"{where}.cidr")
    excepts: list[IpNetwork] = []
    for index, item in enumerate(list_at(block.get("except"), f"{where}.except")):
        part = read_cidr(item, f"{where}.except[{index}]")
        inside = part.version == cidr.version and part.prefixlen > cidr.prefixlen and part.network_address in cidr
        if not inside:
            raise bad(f"{where}.except[{index}]", f"is not a part of {cidr}", item, "write a smaller range within it")
        excepts.append(part)
    return IpBlock(cidr=cidr, excepts=tuple(excepts))


def read_cidr(value: object, where: str) -> IpNetwork:
    """Read an address range. Host bits may be set, as in the API server."""
    try:
        if isinstance(value, str) and re.fullmatch(r"[^/]+/\d+", value):
            return ipaddress.ip_network(value, strict=False)
    except ValueError:
        pass
    raise bad(where, "is not an address range", value, "write one such as 192.0.2.0/24")


def read_port(value: object, where: str) -> PolicyPort:
    """Read one entry of `ports`."""
    entry = fields_at(value, where, ("protocol", "port", "endPort"))
    protocol = protocol_at(entry.get("protocol"), f"{where}.protocol")
    port = None if entry.get("port") is None else port_at(entry["port"], f"{where}.port")
    if entry.get("endPort") is None:
        return PolicyPort(protocol=protocol, port=port)
    if not isinstance(port, int):
        raise bad(f"{where}.endPort", "is set without a port number", entry["endPort"], "write port as a number")
    end_port = port_number_at(entry["endPort"], f"{where}.endPort")
    if end_port < port:
        raise bad(f"{where}.endPort", f"is less than port {port}", end_port, "write the last port of the range")
    return PolicyPort(protocol=protocol, port=port, end_port=end_port)
