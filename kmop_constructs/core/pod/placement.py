"""Placement of pods as fields of the pod spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.values.affinity import Apart, Beside, OnNodes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.placement import Placement, Toleration

__all__ = ["add_placement"]


def add_placement(pod: k8s.PodSpec, facts: ServiceFacts, placement: Placement, revision_label: str | None) -> None:
    """Add selectors, tolerations, affinity and spread to a pod."""
    if placement.node_selector:
        pod["nodeSelector"] = dict(placement.node_selector)
    if placement.tolerations:
        pod["tolerations"] = [_toleration(each) for each in placement.tolerations]
    if placement.priority_class is not None:
        pod["priorityClassName"] = placement.priority_class
    if placement.runtime_class is not None:
        pod["runtimeClassName"] = placement.runtime_class
    if placement.affinity:
        pod["affinity"] = _affinity(facts, placement)
    if placement.spread:
        pod["topologySpreadConstraints"] = []
        for spread in placement.spread:
            constraint: k8s.TopologySpreadConstraint = {
                "maxSkew": spread.max_skew,
                "topologyKey": spread.topology_key,
                "whenUnsatisfiable": "DoNotSchedule" if spread.required else "ScheduleAnyway",
                "labelSelector": {"matchLabels": dict(facts.selector)},
            }
            if revision_label is not None:
                constraint["matchLabelKeys"] = [revision_label]
            pod["topologySpreadConstraints"].append(constraint)


def _toleration(toleration: Toleration) -> k8s.Toleration:
    drawn: k8s.Toleration = {"operator": "Exists" if toleration.value is None else "Equal"}
    if toleration.key is not None:
        drawn["key"] = toleration.key
    if toleration.value is not None:
        drawn["value"] = toleration.value
    if toleration.effect is not None:
        drawn["effect"] = toleration.effect
    return drawn


def _affinity(facts: ServiceFacts, placement: Placement) -> k8s.Affinity:
    affinity: k8s.Affinity = {}
    apart = [each for each in placement.affinity if isinstance(each, Apart)]
    beside = [each for each in placement.affinity if isinstance(each, Beside)]
    nodes = [each for each in placement.affinity if isinstance(each, OnNodes)]
    if nodes:
        affinity["nodeAffinity"] = _nodes(nodes)
    if beside:
        wanted, liked = _terms([(each, each.pod_labels) for each in beside])
        affinity["podAffinity"] = {}
        if wanted:
            affinity["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = wanted
        if liked:
            affinity["podAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] = liked
    if apart:
        own = facts.selector
        wanted, liked = _terms([(each, each.pod_labels or own) for each in apart])
        affinity["podAntiAffinity"] = {}
        if wanted:
            affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = wanted
        if liked:
            affinity["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] = liked
    return affinity


def _terms(
    rules: Sequence[tuple[Apart | Beside, Mapping[str, str]]],
) -> tuple[list[k8s.PodAffinityTerm], list[k8s.WeightedPodAffinityTerm]]:
    wanted: list[k8s.PodAffinityTerm] = []
    liked: list[k8s.WeightedPodAffinityTerm] = []
    for each, labels in rules:
        term: k8s.PodAffinityTerm = {"labelSelector": {"matchLabels": dict(labels)}, "topologyKey": each.topology_key}
        if each.required:
            wanted.append(term)
        else:
            liked.append({"weight": each.weight, "podAffinityTerm": term})
    return wanted, liked


def _nodes(rules: list[OnNodes]) -> k8s.NodeAffinity:
    """Return node affinity. All required labels are in one term, because a pod needs to match only one of several terms."""
    affinity: k8s.NodeAffinity = {}
    required = [each for each in rules if each.required]
    if required:
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {
            "nodeSelectorTerms": [{"matchExpressions": [item for each in required for item in _expressions(each)]}]
        }
    liked = [each for each in rules if not each.required]
    if liked:
        affinity["preferredDuringSchedulingIgnoredDuringExecution"] = [
            {"weight": each.weight, "preference": {"matchExpressions": _expressions(each)}} for each in liked
        ]
    return affinity


def _expressions(rule: OnNodes) -> list[k8s.NodeSelectorRequirement]:
    return [
        {"key": key, "operator": "In", "values": list(values)} if values else {"key": key, "operator": "Exists"}
        for key, values in rule.labels.items()
    ]
