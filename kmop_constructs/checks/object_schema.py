"""Objects have the fields, types and values that the API server of the platform's Kubernetes version accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from kmop_constructs.checks.api.custom import custom_check
from kmop_constructs.checks.api.definitions import Definitions, custom_schemas, definitions_of
from kmop_constructs.checks.api.formats import similar
from kmop_constructs.checks.api.hooks import HOOKS
from kmop_constructs.checks.api.problems import Problems, Sort
from kmop_constructs.checks.api.walk import Check, Checker
from kmop_constructs.checks.inventory import Inventory, inventory_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.plain import Plain, mapping, mappings, within
from kmop_constructs.values.cluster import Cluster

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = [
    "INVALID_REASON",
    "INVALID_RULE",
    "REASON",
    "RULE",
    "WARNING_REASON",
    "WARNING_RULE",
    "ObjectProblems",
    "check",
    "problems_of",
]

RULE = "object-schema"
REASON = "The API server refuses fields, types and API versions that the platform's Kubernetes version does not have."
INVALID_RULE = "object-invalid"
INVALID_REASON = "The API server refuses an object with an invalid value, or with fields that contradict each other."
WARNING_RULE = "object-warning"
WARNING_REASON = "The API server accepts the object with a warning, because a value has no effect, or has another meaning than intended."

_RULES: dict[Sort, str] = {"schema": RULE, "invalid": INVALID_RULE, "warning": WARNING_RULE}
_METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_FORMER_GROUPS = frozenset({"extensions"})
"""Groups of Kubernetes itself before the oldest version with schemas."""


class ObjectProblems:
    """Problems of the objects of a synthesis, for all rules that need them."""

    def __init__(self, synthesis: Synthesis) -> None:
        self.found: dict[Item, list[tuple[Sort, str]]] = {}
        """Sort and text of each problem."""
        self.uncertain: set[Item] = set()
        """Custom resources of pinned definitions: those in the cluster may be newer."""
        inventory = inventory_of(synthesis)
        self._own = dict(_definitions_in(inventory))
        default = _oldest(synthesis)
        minors: dict[int, int] = {}  # to read the version of a cluster costs more than most objects
        for item in inventory.items:
            if isinstance(item.object.get("kind"), str) and isinstance(item.object.get("apiVersion"), str):
                cluster = _cluster(item, inventory)
                minor = default if cluster is None else minors.get(id(cluster))
                if minor is None:
                    assert cluster is not None
                    minor = minors[id(cluster)] = cluster.version.minor
                self._read(item, definitions_of(minor), minor)

    def _read(self, item: Item, definitions: Definitions, minor: int) -> None:
        api_version = f"{item.group}/{item.version}" if item.group else item.version
        problems = Problems(minor=minor, kind=item.kind, object=item.object)
        name = definitions.name_of(api_version, item.kind)
        if name is not None:
            _checker(definitions).of(name)(_sent(item), (), problems)
        elif item.group in definitions.groups or item.group in _FORMER_GROUPS:
            self.found[item] = [("schema", f"apiVersion {_no_kind(definitions, api_version, item.kind)}")]
            return
        else:
            custom = self._own.get((api_version, item.kind))
            if custom is None:
                text = custom_schemas().get((api_version, item.kind))
                if text is None:
                    return
                self.uncertain.add(item)
                custom = _custom(text)
            custom(item.object, (), problems)
            _checker(definitions).of(_METADATA)(mapping(item.object.get("metadata")), ((), "metadata"), problems)
        if problems.found:
            self.found[item] = list(problems.messages())


def problems_of(synthesis: Synthesis) -> ObjectProblems:
    """Return the problems of the objects of a synthesis. They are found on the first use."""
    known = synthesis.memory.get(ObjectProblems)
    if not isinstance(known, ObjectProblems):
        known = synthesis.memory[ObjectProblems] = ObjectProblems(synthesis)
    return known


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find objects that the API server refuses or warns of."""
    problems = problems_of(synthesis)
    for item, found in problems.found.items():
        for sort, message in found:
            always = sort != "warning" and item not in problems.uncertain
            yield item.finding(_RULES[sort], f"{item}: {message}", always=always)


def _sent(item: Item) -> Plain:
    """Return what the server gets of an object. ``kubectl`` sends the items of a list, without the list's metadata."""
    return {**item.object, "metadata": {}} if item.kind.endswith("List") and "items" in item.object else item.object


def _definitions_in(inventory: Inventory) -> Iterator[tuple[tuple[str, str], Check]]:
    """Yield the checks of the kinds that the app itself defines, by API version and kind."""
    for item in inventory.of("apiextensions.k8s.io", "CustomResourceDefinition"):
        for version in mappings(item.spec.get("versions")):
            schema = mapping(within(version, "schema", "openAPIV3Schema"))
            if version.get("served") is True and schema:
                api_version = f"{item.spec.get('group')}/{version.get('name')}"
                yield (api_version, str(within(item.spec, "names", "kind"))), custom_check(schema)


def _cluster(item: Item, inventory: Inventory) -> Cluster | None:
    """Return the platform of an object: that of its service, else that of its chart."""
    declared = inventory.declared_for(item.path)
    if declared is not None:
        return declared.facts.cluster
    return item.chart.cluster if item.chart is not None else None


def _oldest(synthesis: Synthesis) -> int:
    """Return the oldest version that a platform of the app names, for objects without a platform."""
    named = [each.facts.cluster.version.minor for each in synthesis.facts(Declared)]
    charts = {each.chart.path: each.chart.cluster for each in synthesis.objects if each.chart is not None}
    named += [cluster.version.minor for cluster in charts.values() if cluster is not None]
    return min(named, default=Cluster().version.minor)


@cache
def _checker(definitions: Definitions) -> Checker:
    return Checker(definitions, HOOKS)


@cache
def _custom(text: str) -> Check:
    return custom_check(json.loads(text))


def _no_kind(definitions: Definitions, api_version: str, kind: str) -> str:
    """Return what is wrong with an API version that has no such kind, and what to do."""
    minor, here = definitions.minor, definitions.versions_of(kind)
    span = definitions.minors_of(api_version, kind)
    if span is None:
        what = f"has no kind {kind} in Kubernetes 1.{minor}"
    elif span[0] > minor:
        what = f"has the kind {kind} from Kubernetes 1.{span[0]} on, and the platform has 1.{minor}"
    else:
        what = f"has had no kind {kind} since Kubernetes 1.{span[1] + 1}, and the platform has 1.{minor}"
    if here:
        return f"{what}, got {api_version!r}; write {' or '.join(map(repr, here[:2]))}"
    hint = similar(kind, definitions.kinds)
    do = f"{hint}or remove the object" if hint else "correct apiVersion and kind, or remove the object"
    return f"{what}, got {api_version!r}; {do}"
