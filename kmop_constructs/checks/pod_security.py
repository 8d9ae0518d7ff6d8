"""Pods meet the Pod Security level of their namespace."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import PodTemplate, inventory_of
from kmop_constructs.checks.pod_standards import Breach, Level, breaches
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.network.workloads import POD_OWNERS
from kmop_constructs.core.plain import texts, within
from kmop_constructs.values.cluster import Cluster

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["HOST_REASON", "HOST_RULE", "REASON", "RULE", "check"]

RULE = "pod-security"
REASON = "A Namespace refuses pods below the Pod Security level that it enforces: the rollout hangs."

HOST_RULE = "host-access"
HOST_REASON = (
    "Pods that use paths, ports or namespaces of their node need a privileged Namespace, which this app does not draw."
)

_ENFORCE = "pod-security.kubernetes.io/enforce"
_VERSION = re.compile(r"v1\.([0-9]+)")
_LEVELS: tuple[Level, ...] = ("baseline", "restricted")


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find pods that a Namespace of the app would refuse."""
    inventory = inventory_of(synthesis)
    for pods in inventory.pods:
        if pods.item.namespace is None:
            continue
        namespace = inventory.at("", "Namespace", pods.item.namespace, "")
        if namespace is None:
            yield from _host_access(pods)
            continue
        labels = texts(within(namespace.object, "metadata", "labels"))
        for level in _LEVELS:
            if labels.get(_ENFORCE) == level:
                yield from _refused(pods, namespace, level, _minor(labels, pods, namespace))


def _host_access(pods: PodTemplate) -> Iterator[Finding]:
    """Yield a notice for pods that use their node, in a Namespace whose level this app does not show."""
    if not pods.item.ours:
        return
    used = [each.field for each in breaches(pods.spec, {}, "baseline", Cluster().version.minor) if each.host]
    if used:
        message = (
            f"uses its node ({', '.join(dict.fromkeys(used))}), which only a Namespace of the Pod Security level 'privileged' admits, "
            f"and this app does not draw the Namespace {pods.item.namespace!r}; draw it with NativeNamespace(…, "
            "pod_security='privileged'), or allow 'host-access' with the reason"
        )
        yield Finding(path=pods.item.path, rule=HOST_RULE, message=message, severity="notice")


def _refused(pods: PodTemplate, namespace: Item, level: Level, minor: int) -> Iterator[Finding]:
    place = POD_OWNERS.get((pods.item.group, pods.item.kind), ())
    annotations = texts(within(pods.item.object, *place, "metadata", "annotations"))
    # The same breach in several containers is one finding.
    found: dict[tuple[str, str, str], list[Breach]] = defaultdict(list)
    for breach in breaches(pods.spec, annotations, level, minor):
        found[breach.field, breach.must, breach.got].append(breach)
    admitting = "privileged" if any(each[0].level == "baseline" for each in found.values()) else "baseline"
    for (field, must, got), alike in found.items():
        message = (
            f"{_whose(alike)}: {field} {must} at the level {level!r}, which the Namespace {namespace.name!r} enforces, got {got}; "
            f"{_correct(alike[0], pods)}, or lower the level: {_lower(namespace, admitting)}"
        )
        yield pods.item.finding(RULE, message, namespace)


def _minor(labels: dict[str, str], pods: PodTemplate, namespace: Item) -> int:
    """Return the minor version of the standards: the version that the Namespace pins, else the cluster's."""
    pinned = _VERSION.fullmatch(labels.get(f"{_ENFORCE}-version", ""))
    if pinned:
        return int(pinned[1])
    known = (item.chart.cluster for item in (pods.item, namespace) if item.chart is not None)
    return next((cluster for cluster in known if cluster is not None), Cluster()).version.minor


def _whose(alike: list[Breach]) -> str:
    names = dict.fromkeys(repr(each.container) for each in alike if each.container is not None)
    if not names:
        return "its pods"
    both = "its pods and " if any(each.container is None for each in alike) else ""
    return f"{both}container{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _correct(breach: Breach, pods: PodTemplate) -> str:
    if breach.security is None or not pods.item.ours:
        return "correct the field"
    return f"correct the field, which Security.{breach.security} sets if a spec describes the pod"


def _lower(namespace: Item, level: str) -> str:
    return f"NativeNamespace(…, pod_security={level!r})" if namespace.ours else f"the label {_ENFORCE}={level}"
