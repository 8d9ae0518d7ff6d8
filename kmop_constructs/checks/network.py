"""Network of an app, with the semantics of its policies."""

from __future__ import annotations

import weakref
from functools import cached_property
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.declared import Declared, node_ranges
from kmop_constructs.core.network.policy_reading import read_network_policy
from kmop_constructs.core.network.workloads import POD_OWNERS, read_service, read_workload
from kmop_constructs.core.plain import Plain, mapping, mapping_at, texts, within
from kmop_constructs.core.reachability import Topology
from kmop_constructs.errors import SpecError

if TYPE_CHECKING:
    from kmop_constructs.core.network.policies import PolicyPeer
    from kmop_constructs.core.reachability import NetworkPods
    from kmop_constructs.core.reading import Synthesis

__all__ = ["Network", "network_of"]

_OWNERS = frozenset(POD_OWNERS)
_KINDS = _OWNERS | {("", "Namespace"), ("", "Service"), ("networking.k8s.io", "NetworkPolicy")}


class Network:
    """Topology of an app, with the object of the app for each object of the topology."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._items: dict[tuple[str, str, str], Item] = {}
        inventory = inventory_of(synthesis)
        for item in inventory.items:
            # A duplicate object is a finding of its own; the first object is used here.
            if (item.group, item.kind) in _KINDS and item.name:
                self._items.setdefault((item.kind, item.scope, item.name), item)
        self.unreadable: dict[Item, str] = {}
        """Workloads, Services, Namespaces and NetworkPolicies that the API server would refuse, with the reason."""
        self.topology = self._topology(synthesis)
        """Reachability between workloads. Objects that the API server would refuse are left out."""
        self.namespaces = {
            item.name: texts(within(item.object, "metadata", "labels")) for item in inventory.of("", "Namespace")
        }
        """Labels of all Namespaces that the app draws."""
        self._below: dict[str, list[NetworkPods]] = {}
        for workload in self.topology.workloads:
            item = self._items.get((workload.kind, workload.namespace, workload.name))
            if item is not None:
                self._below.setdefault(self._declarer(synthesis, item.path), []).append(workload)

    def _topology(self, synthesis: Synthesis) -> Topology:
        every = self._items.values()
        try:
            nodes = node_ranges(synthesis.facts(Declared))
            return Topology(map(_in_scope, every), workloads=inventory_of(synthesis).made_pods, node_cidrs=nodes)
        except SpecError:
            self.unreadable = {item: why for item in every if (why := _why_unreadable(item)) is not None}
            # A Rollout may refer to a Deployment that is not in the app.
            readable = [item for item in every if item not in self.unreadable and item.kind != "Rollout"]
            return Topology(map(_in_scope, readable))

    def _declarer(self, synthesis: Synthesis, path: str) -> str:
        declared = inventory_of(synthesis).declared_for(path)
        return declared.facts.path if declared is not None else ""

    def workloads_of(self, path: str) -> list[NetworkPods]:
        """Return the workloads of the service or worker at a construct path."""
        return self._below.get(path, [])

    def selects_declared(self, peer: PolicyPeer, namespace: str) -> bool:
        """Return whether a peer of a policy selects pods of a service or worker of the app, in a namespace."""
        declared = (each for path, workloads in self._below.items() if path for each in workloads)
        return any(peer.selects(each, namespace, {}) for each in declared)

    def workload_of(self, item: Item) -> NetworkPods | None:
        """Return the workload of an object. ``None`` if it has none, or if it cannot be read."""
        return self._workloads.get((item.kind, item.scope, item.name))

    @cached_property
    def _workloads(self) -> dict[tuple[str, str, str], NetworkPods]:
        return {(each.kind, each.namespace, each.name): each for each in self.topology.workloads}

    def item(self, kind: str, namespace: str, name: str) -> Item | None:
        """Return the object of the app for an object of the topology."""
        return self._items.get((kind, namespace, name))


def _why_unreadable(item: Item) -> str | None:
    document = _in_scope(item)
    try:
        if (item.group, item.kind) in _OWNERS:
            template: Plain = document
            for step in POD_OWNERS[item.group, item.kind]:
                template = mapping_at(template.get(step), step)
            read_workload(document, template, item.scope)
        elif item.kind == "Service":
            read_service(document, item.scope)
        elif item.kind == "NetworkPolicy":
            read_network_policy(document, item.scope)
        elif item.kind == "Namespace":
            Topology([document])
    except SpecError as error:
        return str(error)
    return None


def _in_scope(item: Item) -> Plain:
    if item.namespace is not None or not item.scope:
        return item.object
    return {**item.object, "metadata": {**mapping(item.object.get("metadata")), "namespace": item.scope}}


_NETWORKS: weakref.WeakKeyDictionary[Synthesis, Network] = weakref.WeakKeyDictionary()


def network_of(synthesis: Synthesis) -> Network:
    """Return the network of a synthesis. It is created on the first use."""
    known = _NETWORKS.get(synthesis)
    if known is None:
        known = _NETWORKS[synthesis] = Network(synthesis)
    return known
