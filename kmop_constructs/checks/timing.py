"""Timing of probes, shutdown and rollout is consistent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from kmop_constructs.checks.budgets import amount_at
from kmop_constructs.checks.inventory import PodTemplate, inventory_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.plain import Plain, mapping, whole, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = [
    "PROBE_REASON",
    "PROBE_RULE",
    "ROLLOUT_REASON",
    "ROLLOUT_RULE",
    "SHUTDOWN_REASON",
    "SHUTDOWN_RULE",
    "STARTUP_REASON",
    "STARTUP_RULE",
    "check",
]

PROBE_RULE = "probe-timing"
PROBE_REASON = (
    "A liveness probe that restarts a container before it can be ready causes the outage that it should detect."
)
SHUTDOWN_RULE = "shutdown-timing"
SHUTDOWN_REASON = (
    "If the pause is as long as the grace period, the process has no time to finish open requests before it is killed."
)
STARTUP_RULE = "startup-deadline"
STARTUP_REASON = (
    "If a container may take longer to start than a rollout may take, a rollout fails that would otherwise succeed."
)
ROLLOUT_RULE = "rollout-impossible"
ROLLOUT_REASON = (
    "The API server refuses a rollout if it cannot replace any pod, or if its deadline is not above minReadySeconds."
)

# Defaults of the API: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/
_PERIOD, _FAILURES = 10, 3
_GRACE = 30
_DEADLINE = 600

_SLEEP = re.compile(r"(?:^|[\s;&/])sleep (\d+)s?\s*$")


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find times that contradict each other."""
    for pods in inventory_of(synthesis).pods:
        for container in pods.containers:
            yield from _checks(pods, container)
            yield from _shutdown(pods, container)
        item = pods.item
        if item.kind in ("Deployment", "Rollout"):
            yield from _startup(pods)
        if item.group == "apps" and item.kind in ("Deployment", "DaemonSet"):
            yield from _rollout(item)


def _checks(pods: PodTemplate, container: Plain) -> Iterator[Finding]:
    name = container.get("name")
    liveness, readiness = mapping(container.get("livenessProbe")), mapping(container.get("readinessProbe"))
    if liveness and readiness and not container.get("startupProbe"):
        killed, ready = _budget(liveness), whole(readiness.get("initialDelaySeconds"), 0)
        if killed <= ready:
            message = (
                f"livenessProbe of container {name!r} may restart it after {killed} s, but readinessProbe first runs "
                f"after {ready} s; add a startupProbe"
            )
            yield pods.item.finding(PROBE_RULE, message)


def _budget(probe: Plain) -> int:
    """Return the time from the container's start until a failing check counts as failed, in seconds."""
    period, failures = whole(probe.get("periodSeconds"), _PERIOD), whole(probe.get("failureThreshold"), _FAILURES)
    return whole(probe.get("initialDelaySeconds"), 0) + period * failures


def _shutdown(pods: PodTemplate, container: Plain) -> Iterator[Finding]:
    hook = mapping(within(container, "lifecycle", "preStop"))
    grace = whole(pods.spec.get("terminationGracePeriodSeconds"), _GRACE)
    pause = whole(within(hook, "sleep", "seconds"), -1)
    if pause < 0:
        pause = _command_pause(within(hook, "exec", "command"))
    if pause >= grace and pause > 0:
        message = (
            f"preStop of container {container.get('name')!r} waits {pause} s, but the pod has {grace} s to end; "
            "raise terminationGracePeriodSeconds by the time that the longest request takes"
        )
        yield pods.item.finding(SHUTDOWN_RULE, message)
    after_liveness = whole(within(container, "livenessProbe", "terminationGracePeriodSeconds"), grace)
    if grace > pause >= after_liveness:
        message = (
            f"preStop of container {container.get('name')!r} waits {pause} s, but after a failed livenessProbe it has "
            f"{after_liveness} s to end; raise terminationGracePeriodSeconds of the livenessProbe above the pause"
        )
        yield pods.item.finding(SHUTDOWN_RULE, message)


def _command_pause(command: object) -> int:
    """Return the seconds of a command that ends in ``sleep 10``. 0 for another command."""
    words = " ".join(str(word) for word in cast("list[object]", command)) if isinstance(command, list) else ""
    found = _SLEEP.search(words)
    return int(found[1]) if found else 0


def _startup(pods: PodTemplate) -> Iterator[Finding]:
    deadline = whole(pods.item.spec.get("progressDeadlineSeconds"), _DEADLINE)
    for container in pods.containers:
        probe = mapping(container.get("startupProbe"))
        if probe and _budget(probe) >= deadline:
            message = (
                f"container {container.get('name')!r} may take {_budget(probe)} s to start, but a rollout fails after "
                f"{deadline} s without progress; raise progressDeadlineSeconds above it"
            )
            yield pods.item.finding(STARTUP_RULE, message)


def _rollout(item: Item) -> Iterator[Finding]:
    ready = whole(item.spec.get("minReadySeconds"), 0)
    deadline = whole(item.spec.get("progressDeadlineSeconds"), _DEADLINE)
    if item.kind == "Deployment" and deadline <= ready:
        message = f"has progressDeadlineSeconds {deadline}, not above minReadySeconds {ready}; raise it"
        yield item.finding(ROLLOUT_RULE, message, always=True)
    field = "strategy" if item.kind == "Deployment" else "updateStrategy"
    rolling = mapping(within(item.spec, field, "rollingUpdate"))
    surge, missing = amount_at(rolling.get("maxSurge")), amount_at(rolling.get("maxUnavailable"))
    none = surge is None and item.kind == "DaemonSet"
    if (none or (surge is not None and surge.amount == 0)) and missing is not None and missing.amount == 0:
        message = "maxSurge and maxUnavailable are both 0, so no pod could be replaced; raise maxSurge"
        yield item.finding(ROLLOUT_RULE, message, always=True)
