"""Workloads, Services and NetworkPolicies of a set of manifests, indexed, with lookup by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.network.policies import Direction, NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule
from kmop_constructs.core.network.policy_reading import read_network_policy
from kmop_constructs.core.network.workloads import (
    POD_OWNERS,
    ContainerPort,
    NetworkPods,
    Service,
    read_service,
    read_workload,
)
from kmop_constructs.core.plain import (
    Plain,
    api_group,
    items_of_list,
    labels_at,
    list_at,
    mapping_at,
    name_of,
)
from kmop_constructs.errors import bad

__all__ = ["Backends", "NetworkObjects", "full_name"]

Item = TypeVar("Item", NetworkPods, Service, NetworkPolicy)

SHOWN = 8
"""Highest number of candidates in a message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backends:
    """Objects with a name: a workload, a Service, or both."""

    workload: NetworkPods | None = None
    """Workload with the name. Default: none."""
    service: Service | None = None
    """Service with the name. Default: none."""

    def __str__(self) -> str:
        parts = [f"{self.workload.kind} {self.workload}"] if self.workload else []
        return " and ".join([*parts, f"Service {self.service}"] if self.service else parts)


def flat(objects: Iterable[Mapping[str, Any]]) -> Iterator[Plain]:
    """Yield the objects, including those in a list, such as `kind: List`."""
    for manifest in objects:
        listed = items_of_list(manifest)
        if listed is not None:
            yield from flat(listed)
        elif manifest.get("kind") == "List" and api_group(manifest) == "":
            yield from flat(list_at(manifest.get("items"), "List: items"))
        else:
            yield manifest


class NetworkObjects:
    """Network objects of a set of manifests, with indexes."""

    def __init__(
        self,
        objects: Iterable[Mapping[str, Any]],
        *,
        default_namespace: str,
        extra_workloads: Iterable[NetworkPods] = (),
    ) -> None:
        by_kind: dict[tuple[str, str], list[Plain]] = defaultdict(list)
        for manifest in flat(objects):
            by_kind[api_group(manifest), str(manifest.get("kind"))].append(manifest)
        self.namespaces: dict[str, dict[str, str]] = {}
        for manifest in by_kind["", "Namespace"]:
            _, name = name_of(manifest)
            where = f"Namespace {name}: metadata"
            self.namespaces[name] = labels_at(mapping_at(manifest.get("metadata"), where).get("labels"), where)
        self.services = ordered(read_service(item, default_namespace) for item in by_kind["", "Service"])
        self.workloads = ordered([*read_workloads(by_kind, default_namespace), *extra_workloads])
        policies = by_kind["networking.k8s.io", "NetworkPolicy"]
        self.policies = ordered(read_network_policy(item, default_namespace) for item in policies)

        self._found: dict[str, dict[str, list[NetworkPods | Service]]] = defaultdict(lambda: defaultdict(list))
        for item in (*self.workloads, *self.services):
            self._found[item.name][item.namespace].append(item)
        self._by_label: dict[tuple[str, str], list[NetworkPods]] = defaultdict(list)
        self._by_port: dict[ContainerPort, list[NetworkPods]] = defaultdict(list)
        self._by_namespace: dict[str, list[NetworkPods]] = defaultdict(list)
        for workload in self.workloads:
            self._by_namespace[workload.namespace].append(workload)
            for label in workload.labels.items():
                self._by_label[label].append(workload)
            for port in workload.ports:
                self._by_port[port].append(workload)
        # Each policy is indexed by one label that its pods must have, so that a pod is not compared with every policy.
        self._policies_by_label: dict[tuple[str, tuple[str, str] | None], list[NetworkPolicy]] = defaultdict(list)
        for policy in self.policies:
            label = policy.pods.match_labels[0] if policy.pods.match_labels else None
            self._policies_by_label[policy.namespace, label].append(policy)
        self._governing: dict[tuple[NetworkPods, Direction], tuple[NetworkPolicy, ...]] = {}

    def governing(self, pod: NetworkPods, direction: Direction) -> tuple[NetworkPolicy, ...]:
        """Return the policies that isolate pods in a direction, by name."""
        key = (pod, direction)
        if key not in self._governing:
            filed = [
                policy
                for label in (None, *pod.labels.items())
                for policy in self._policies_by_label.get((pod.namespace, label), ())
                if policy.governs(pod, direction)
            ]
            self._governing[key] = ordered(filed)
        return self._governing[key]

    def selects(self, peer: PolicyPeer, pod: NetworkPods, policy: NetworkPolicy) -> bool:
        """Return whether the selectors of a policy's peer match pods."""
        return peer.selects(pod, policy.namespace, self.namespaces.get(pod.namespace, {}))

    def selected(self, peer: PolicyPeer, policy: NetworkPolicy) -> Iterator[NetworkPods]:
        """Yield the workloads that the selectors of a policy's peer match."""
        if peer.ip_block is not None:
            return iter(())
        if peer.pods is not None and peer.pods.match_labels:
            pool = min((self._by_label.get(label, []) for label in peer.pods.match_labels), key=len)
        else:
            pool = self._by_namespace.get(policy.namespace, []) if peer.namespaces is None else self.workloads
        return (pod for pod in pool if self.selects(peer, pod, policy))

    def rules(self, pod: NetworkPods, direction: Direction) -> Iterator[tuple[NetworkPolicy, PolicyRule]]:
        """Yield each rule that opens a direction of pods, with its policy."""
        for policy in self.governing(pod, direction):
            for rule in policy.rules(direction) or ():
                yield policy, rule

    def declaring(self, ports: Iterable[PolicyPort]) -> Iterator[NetworkPods]:
        """Yield the workloads with a declared port that matches one of a rule's ports."""
        wanted = tuple(ports)
        for port, workloads in self._by_port.items():
            if any(item.admits(port.number, port.protocol, workloads[0]) for item in wanted):
                yield from workloads

    def behind(self, service: Service) -> tuple[NetworkPods, ...]:
        """Return the workloads that a Service selects."""
        if not service.selector:
            return ()
        pool = min((self._by_label.get(label, []) for label in service.selector.items()), key=len)
        return tuple(pod for pod in pool if service.selects(pod))

    def look_up(self, name: str, field: str) -> Backends:
        """Return the workload and the Service with a name.

        Args:
            name: `frontend`, `shop/frontend` (namespace), `Deployment/frontend` (kind) or `Deployment/shop/frontend`.
            field: Field name in messages.

        Raises:
            SpecError: no object has the name, or several have it.
        """
        *prefix, last = name.split("/")
        kinds = [part for part in prefix if part[:1].isupper()]
        spaces = [part for part in prefix if not part[:1].isupper()]
        by_namespace = self._found.get(last, {})
        found = [
            item
            for namespace in sorted(by_namespace)
            for item in by_namespace[namespace]
            if (not spaces or spaces == [namespace]) and (not kinds or kinds == [kind_of(item)])
        ]
        workloads = [item for item in found if isinstance(item, NetworkPods)]
        services = [item for item in found if isinstance(item, Service)]
        if not found or len(kinds) > 1 or len(spaces) > 1:
            raise bad(field, "is not a workload, Service or address here", name, f"write one of {self._nearest(last)}")
        if len(workloads) > 1 or len(services) > 1 or len({item.namespace for item in found}) > 1:
            candidates = ", ".join(full_name(item) for item in found)
            raise bad(field, "is ambiguous", name, f"write one of {candidates}")
        return Backends(workload=workloads[0] if workloads else None, service=services[0] if services else None)

    def service(self, name: str, namespace: str) -> Service | None:
        """Return a Service by name and namespace. None if there is none."""
        found = self._found.get(name, {}).get(namespace, [])
        return next((item for item in found if isinstance(item, Service)), None)

    def _nearest(self, name: str) -> str:
        """Return the names that are most similar to a name, for messages."""
        import difflib

        names = difflib.get_close_matches(name, sorted(self._found), n=SHOWN, cutoff=0.5) or sorted(self._found)
        found = [full_name(item) for like in names for items in self._found[like].values() for item in items]
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        return ", ".join(found[:SHOWN]) + more if found else "the names in the manifests, which have none"


def ordered(items: Iterable[Item]) -> tuple[Item, ...]:
    """Sort objects by namespace, name and kind.

    Raises:
        SpecError: two of them are the same object.
    """
    found: dict[tuple[str, str, str], Item] = {}
    for item in items:
        key = (item.namespace, item.name, kind_of(item))
        if key in found:
            raise bad(f"{kind_of(item)} {item}", "occurs more than once", item.name, "keep one of them")
        found[key] = item
    return tuple(found[key] for key in sorted(found))


def kind_of(item: NetworkPods | Service | NetworkPolicy) -> str:
    """Return the Kubernetes kind of an object."""
    return item.kind if isinstance(item, NetworkPods) else type(item).__name__


def full_name(item: NetworkPods | Service | NetworkPolicy) -> str:
    """Return a name that is unique among the manifests."""
    return f"{kind_of(item)}/{item.namespace}/{item.name}"


def read_workloads(by_kind: Mapping[tuple[str, str], list[Plain]], default_namespace: str) -> list[NetworkPods]:
    """Read all workloads. An Argo Rollout with a `workloadRef` takes the place of the referenced object."""
    found: list[NetworkPods] = []
    templates: dict[tuple[str, str, str], Plain] = {}
    referring: list[tuple[Plain, tuple[str, str, str]]] = []
    for (group, kind), path in POD_OWNERS.items():
        for manifest in by_kind.get((group, kind), ()):
            namespace, name = name_of(manifest, default_namespace)
            key = (kind, namespace, name)
            template = manifest
            for step in path:
                template = mapping_at(template.get(step), f"{kind} {namespace}/{name}: {step}")
            reference = mapping_at(mapping_at(manifest.get("spec"), kind).get("workloadRef"), kind)
            if kind == "Rollout" and reference:
                referring.append((manifest, (str(reference.get("kind")), namespace, str(reference.get("name")))))
            else:
                templates[key] = template
                found.append(read_workload(manifest, template, default_namespace))
    for manifest, key in referring:
        if key not in templates:
            namespace, name = name_of(manifest, default_namespace)
            where = f"Rollout {namespace}/{name}: spec.workloadRef"
            raise bad(
                where, "is not a workload in these manifests", "/".join((key[0], key[2])), "add it, or write a template"
            )
        found.append(read_workload(manifest, templates[key], default_namespace))
    replaced = {key for _, key in referring}
    return [item for item in found if (item.kind, item.namespace, item.name) not in replaced]
