"""Openings as peers and ports of NetworkPolicies, sorted, so that the output does not depend on the order of writing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.connection import ToHost
from kmop_constructs.core.network.policies import NAMESPACE_NAME_LABEL
from kmop_constructs.core.network.ranges import LOCAL_RANGES
from kmop_constructs.core.openings import Opening
from kmop_constructs.values.pods import Addresses, Peer, Pods, within

if TYPE_CHECKING:
    from kmop_constructs.core.openings import End
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.cluster import Cluster
    from kmop_constructs.values.ports import Protocol

__all__ = ["INTERNET", "PolicyRule", "lowered", "policy_peers"]

INTERNET = Addresses.of("0.0.0.0/0", "::/0", excluding=LOCAL_RANGES)
"""Every address except private, carrier-grade and link-local ones. NetworkPolicies do not support host names, so this peer is used for an external host with unknown addresses."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyRule:
    """Peers and ports of one rule. Without peers it admits everything."""

    peers: tuple[k8s.NetworkPolicyPeer, ...]
    ports: tuple[tuple[int, Protocol], ...]


def lowered(openings: Iterable[Opening], cluster: Cluster | None = None) -> list[PolicyRule]:
    """Return one rule for each set of ports, with sorted peers.

    An opening without ports means all ports, and replaces other openings to the same peer. An external host with unknown addresses becomes every address except private ones and those of the cluster's pods,
    Services and nodes.
    """
    outside = _outside(cluster)
    found: dict[str, tuple[k8s.NetworkPolicyPeer | None, set[tuple[int, Protocol]]]] = {}
    on_every_port: set[str] = set()
    for opening in openings:
        for peer in _peers(opening.end, outside):
            key = "" if peer is None else json.dumps(peer, sort_keys=True)
            found.setdefault(key, (peer, set()))[1].update(opening.ports)
            if not opening.ports:
                on_every_port.add(key)
    grouped: dict[tuple[tuple[int, Protocol], ...], list[tuple[str, k8s.NetworkPolicyPeer | None]]] = {}
    for key, (peer, ports) in found.items():
        wanted = () if key in on_every_port else tuple(sorted(ports))
        grouped.setdefault(wanted, []).append((key, peer))
    rules: list[PolicyRule] = []
    for ports in sorted(grouped):
        members = sorted(grouped[ports], key=lambda each: each[0])
        if any(peer is None for _, peer in members):
            rules.append(PolicyRule(peers=(), ports=ports))
        named = tuple(peer for _, peer in members if peer is not None)
        if named:
            rules.append(PolicyRule(peers=named, ports=ports))
    return rules


def policy_peers(peer: Peer) -> list[k8s.NetworkPolicyPeer]:
    """Return a peer as peers of a NetworkPolicy. Pods without a namespace are in that of the policy."""
    if isinstance(peer, Addresses):
        return _blocks(peer.ranges, peer.excluding)
    selector: k8s.NetworkPolicyPeer = {"podSelector": {"matchLabels": dict(peer.labels)}} if peer.labels else {}
    if peer.everywhere:
        return [{"namespaceSelector": {}, **selector}]
    if peer.namespace is None:
        return [selector or {"podSelector": {}}]
    return [{"namespaceSelector": {"matchLabels": {NAMESPACE_NAME_LABEL: peer.namespace}}, **selector}]


def _peers(end: End, outside: Addresses) -> Sequence[k8s.NetworkPolicyPeer | None]:
    match end:
        case None:
            return [None]
        case ToHost(cidrs=cidrs):
            return policy_peers(Addresses.of(*cidrs) if cidrs else outside)
        case Pods() | Addresses():
            return policy_peers(end)


def _outside(cluster: Cluster | None) -> Addresses:
    """Return the addresses of an external host with unknown addresses."""
    own = () if cluster is None else (*cluster.pod_ranges, *cluster.service_ranges, *cluster.node_ranges)
    more = tuple(each for each in own if not any(within(each, known) for known in INTERNET.excluding))
    return replace(INTERNET, excluding=(*INTERNET.excluding, *more)) if more else INTERNET


def _blocks(cidrs: Sequence[str], excluding: Sequence[str]) -> list[k8s.NetworkPolicyPeer]:
    blocks: list[k8s.NetworkPolicyPeer] = []
    for cidr in cidrs:
        inside = [each for each in excluding if within(each, cidr)]
        block: k8s.IPBlock = {"cidr": cidr}
        if inside:
            block["except"] = sorted(inside)
        blocks.append({"ipBlock": block})
    return blocks
