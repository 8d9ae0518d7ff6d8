"""Index of the pods, selectors and names of an app, so that rules need not compare all objects with all."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.checks.outside import MadeObject, made_objects
from kmop_constructs.checks.reading import Item, items
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.made import MakesPods, MakesService
from kmop_constructs.core.network.label_selectors import LabelRequirement, LabelSelector, read_label_selector
from kmop_constructs.core.network.workloads import POD_OWNERS
from kmop_constructs.core.plain import Plain, mapping, mappings, texts, within
from kmop_constructs.core.tools import tool_of
from kmop_constructs.errors import SpecError
from kmop_constructs.values.tool import resolved

if TYPE_CHECKING:
    from kmop_constructs.core.network.workloads import NetworkPods
    from kmop_constructs.core.reading import Synthesis

__all__ = ["Inventory", "PodPort", "PodTemplate", "inventory_of", "plain_selector", "selector_at"]

R = TypeVar("R")

SELECTING = frozenset({"DaemonSet", "Deployment", "ReplicaSet", "ReplicationController", "Rollout", "StatefulSet"})
"""Kinds that find their pods by a selector from the manifest."""

SHOWN = 3
"""Highest number of objects of another namespace in a message."""

_POD_NAME = "statefulset.kubernetes.io/pod-name"
"""Label with the name of a pod, which the StatefulSet controller adds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PodPort:
    """A port that a container declares."""

    name: str | None
    number: object
    protocol: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PodTemplate:
    """Pods that one object creates."""

    item: Item
    """Object that creates the pods."""

    labels: Mapping[str, str]
    """Labels of the pods."""

    metadata: Plain
    """Metadata of the pods."""

    spec: Plain
    """Spec of the pods."""

    containers: tuple[Plain, ...]
    """Containers that run as long as the pod: its own, then native sidecars."""

    init_containers: tuple[Plain, ...]
    """Containers that end before the pod's own containers start."""

    ports: tuple[PodPort, ...]
    """Ports that containers declare, in the order in which Kubernetes looks up a name."""

    selector: LabelSelector | None
    """Selector with which the object finds its pods. ``None`` if it needs none, or if it cannot be read."""

    def __str__(self) -> str:
        return str(self.item)


def made_pods(synthesis: Synthesis) -> tuple[NetworkPods, ...]:
    """Return pods that operators create."""
    found = [each.pods for each in synthesis.facts(MakesPods)]
    found += [each.pods for each in synthesis.facts(MakesService)]
    return tuple({(each.kind, each.namespace, each.name): each for each in found}.values())


class Inventory:
    """Index over the objects of an app, for the rules."""

    def __init__(self, synthesis: Synthesis) -> None:
        self.items = tuple(items(synthesis.objects))
        self._tools = {(kind.group, kind.name): tool for tool in synthesis.tools for kind in tool.kinds}
        self._kinds: dict[tuple[str, str], list[Item]] = defaultdict(list)
        self._named: dict[tuple[str, str, str], list[Item]] = defaultdict(list)
        self._vague: dict[tuple[str, str, str], Item] = {}
        self._exact: dict[tuple[str, str, str, str], Item] = {}
        for item in self.items:
            name = (item.group, item.kind, item.name)
            self._kinds[item.group, item.kind].append(item)
            self._named[name].append(item)
            self._exact.setdefault((*name, item.scope), item)
            if item.space_unknown:
                self._vague.setdefault(name, item)
        drawn = (pods for owner in POD_OWNERS for item in self._kinds.get(owner, ()) for pods in self._pods(item))
        self.made_pods = made_pods(synthesis)
        self._made_objects: dict[tuple[str, str, str], list[MadeObject]] | None = None
        self.pods = (*drawn, *map(_made, self.made_pods))
        self._by_label: dict[tuple[str | None, str, str], list[PodTemplate]] = defaultdict(list)
        self._by_scope: dict[str | None, list[PodTemplate]] = defaultdict(list)
        for pods in self.pods:
            for scope in (pods.item.scope, None):
                self._by_scope[scope].append(pods)
                for key, value in pods.labels.items():
                    self._by_label[scope, key, value].append(pods)
        self._declared = {each.facts.path: each for each in synthesis.facts(Declared)}

    def readers(self, kind: type[R]) -> Iterator[tuple[tuple[str, str], R]]:
        """Yield the readers of a type for kinds of tools in the app. A tool is loaded if the app has one of its kinds."""
        for group_and_kind in sorted(self._kinds):
            tool = self._tools.get(group_and_kind) or tool_of(*group_and_kind)
            if tool is not None and tool.reads is not None:
                reader = resolved(tool.reads).get(group_and_kind)
                if isinstance(reader, kind):
                    yield group_and_kind, reader

    def of(self, group: str, *kinds: str) -> Iterator[Item]:
        """Yield the objects of some kinds of a group."""
        for kind in kinds:
            yield from self._kinds.get((group, kind), ())

    def find(self, group: str, kind: str, name: str, near: Item) -> Item | None:
        """Return an object by name, in the namespace of another object or if one of the two namespaces is unknown."""
        head = (group, kind, name)
        found = self._exact.get((*head, near.scope)) or self._exact.get((*head, "")) or self._vague.get(head)
        if found is None and near.space_unknown:
            return next(iter(self._named.get(head, ())), None)
        return found

    def at(self, group: str, kind: str, name: str, namespace: str) -> Item | None:
        """Return an object by name in a namespace."""
        return self._exact.get((group, kind, name, namespace))

    def elsewhere(self, group: str, kind: str, name: str) -> str:
        """Return a hint for messages: objects with that kind and name in any namespace. Empty if there are none."""
        named = sorted(str(item) for item in self._named.get((group, kind, name), ()))
        more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
        return f"there is {', '.join(named[:SHOWN])}{more}" if named else ""

    def selected(self, selector: LabelSelector, scope: str) -> list[PodTemplate]:
        """Return the pods of a namespace that a selector matches."""
        return self._matching(selector, scope)

    def selected_from(self, selector: LabelSelector, near: Item) -> list[PodTemplate]:
        """Return the pods that the selector of `near` matches; if none, those in namespaces that may be the same."""
        found = self.selected(selector, near.scope)
        if found or not (near.space_unknown or self._vague):
            return found
        return [pods for pods in self._matching(selector, None) if pods.item.space_unknown or near.space_unknown]

    def declared_for(self, path: str) -> Declared | None:
        """Return the connections that the service or worker at or above a construct path declares."""
        while path:
            if path in self._declared:
                return self._declared[path]
            path = path.rpartition("/")[0]
        return None

    def made(self, kind: str, name: str, near: Item) -> list[MadeObject]:
        """Return the objects with that kind and name that controllers make in the namespace of another object."""
        return self._made_in(kind, name, near.scope)

    def _made_in(self, kind: str, name: str, scope: str) -> list[MadeObject]:
        if self._made_objects is None:
            self._made_objects = defaultdict(list)
            for each in made_objects(self):
                self._made_objects[each.kind, each.item.scope, each.name].append(each)
        return self._made_objects.get((kind, scope, name), [])

    def makes(self, kind: str, name: str, scope: str) -> bool:
        """Return whether the app draws an object of the core group, or a controller makes it from an object of the app."""
        near = (each for each in self._named.get(("", kind, name), ()) if each.scope == scope)
        return any(True for _ in near) or bool(self._made_in(kind, name, scope))

    @cached_property
    def groups(self) -> frozenset[str]:
        """API groups that objects of the app have, define or permit."""
        rules = (rule for item in self.of("rbac.authorization.k8s.io", "ClusterRole", "Role")
                 for rule in mappings(item.object.get("rules")))  # fmt: skip
        permitted = (each for rule in rules for each in _texts(rule.get("apiGroups")))
        defined = (str(each.spec.get("group")) for each in self.of("apiextensions.k8s.io", "CustomResourceDefinition"))
        return frozenset((*(group for group, _ in self._kinds), *defined, *permitted))

    def _matching(self, selector: LabelSelector, scope: str | None) -> list[PodTemplate]:
        name = next((value for key, value in selector.match_labels if key == _POD_NAME), None)
        if name is None:
            return [pods for pods in self._pool(selector, scope) if selector.matches(pods.labels)]
        # One pod of a StatefulSet, by the label that its controller adds.
        others = tuple(pair for pair in selector.match_labels if pair[0] != _POD_NAME)
        rest = LabelSelector(match_labels=others, match_expressions=selector.match_expressions)
        owner, _, number = name.rpartition("-")
        return [
            pods
            for pods in self._matching(rest, scope)
            if pods.item.kind == "StatefulSet" and pods.item.name == owner and number.isdecimal()
        ]

    def _pool(self, selector: LabelSelector, scope: str | None) -> list[PodTemplate]:
        """Return a superset of the matching pods: the pods with the rarest label of the selector."""
        pools = [self._by_label.get((scope, key, value), []) for key, value in selector.match_labels]
        pools += [self._any_of(each, scope) for each in selector.match_expressions if each.operator == "In"]
        return min(pools, key=len) if pools else self._by_scope.get(scope, [])

    def _any_of(self, requirement: LabelRequirement, scope: str | None) -> list[PodTemplate]:
        values = dict.fromkeys(requirement.values)
        return [pods for value in values for pods in self._by_label.get((scope, requirement.key, value), ())]

    def _pods(self, item: Item) -> Iterator[PodTemplate]:
        template: Plain = mapping(within(item.object, *POD_OWNERS[item.group, item.kind]))
        if item.kind == "Rollout" and "workloadRef" in item.spec:
            return
        spec = mapping(template.get("spec"))
        labels = texts(within(template, "metadata", "labels"))
        if item.kind == "Job":
            # The Job controller adds these labels to the pods.
            labels = {"batch.kubernetes.io/job-name": item.name, "job-name": item.name, **labels}
        init = mappings(spec.get("initContainers"))
        sidecars = [each for each in init if each.get("restartPolicy") == "Always"]
        containers = (*mappings(spec.get("containers")), *sidecars)
        yield PodTemplate(
            item=item,
            labels=labels,
            metadata=mapping(template.get("metadata")),
            spec=spec,
            containers=containers,
            init_containers=tuple(each for each in init if each.get("restartPolicy") != "Always"),
            ports=tuple(_ports(containers)),
            selector=self._own_selector(item),
        )

    def _own_selector(self, item: Item) -> LabelSelector | None:
        value = item.spec.get("selector")
        if item.kind not in SELECTING or value is None:
            return None
        return plain_selector(value) if item.kind == "ReplicationController" else selector_at(value)


def selector_at(value: object) -> LabelSelector | None:
    """Read a label selector. ``None`` if the API server would refuse it, which is a finding of `object_malformed`."""
    try:
        return read_label_selector(value, "selector")
    except SpecError:
        return None


def plain_selector(value: object) -> LabelSelector:
    """Read the selector of a Service or ReplicationController, which has labels only."""
    return LabelSelector(match_labels=tuple(sorted(texts(value).items())))


def _made(workload: NetworkPods) -> PodTemplate:
    """Return pods that no object of the app shows, because an operator creates them."""
    item = Item(
        path="",
        ours=True,
        chart=None,
        group="",
        version="",
        kind=workload.kind,
        name=workload.name,
        namespace=workload.namespace,
        scope=workload.namespace,
        object=mapping(None),
        spec=mapping(None),
    )
    ports = tuple(PodPort(name=port.name, number=port.number, protocol=port.protocol) for port in workload.ports)
    return PodTemplate(
        item=item,
        labels=workload.labels,
        metadata=item.spec,
        spec=item.spec,
        containers=(),
        init_containers=(),
        ports=ports,
        selector=None,
    )


def _texts(value: object) -> list[str]:
    return [each for each in cast("list[object]", value) if isinstance(each, str)] if isinstance(value, list) else []


def _ports(containers: Iterable[Plain]) -> Iterator[PodPort]:
    for container in containers:
        for port in mappings(container.get("ports")):
            name, protocol = port.get("name"), port.get("protocol")
            yield PodPort(
                name=name if isinstance(name, str) else None,
                number=port.get("containerPort"),
                protocol=protocol if isinstance(protocol, str) else "TCP",
            )


_INVENTORIES: weakref.WeakKeyDictionary[Synthesis, Inventory] = weakref.WeakKeyDictionary()


def inventory_of(synthesis: Synthesis) -> Inventory:
    """Return the inventory of a synthesis. It is created on the first use."""
    known = _INVENTORIES.get(synthesis)
    if known is None:
        known = _INVENTORIES[synthesis] = Inventory(synthesis)
    return known
