"""Pods that read a Secret get its new content: something replaces them, or their files change in place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import PodTemplate, inventory_of
from kmop_constructs.core.checksum import references
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.made import MakesSecret
from kmop_constructs.core.plain import mapping, mappings, within
from kmop_constructs.core.reload import changing

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["LEASE_REASON", "LEASE_RULE", "REASON", "RULE", "check"]

RULE = "secret-rotation"
REASON = "The content of a Secret can change, and nothing replaces the pods that read it: they keep the old content."
LEASE_RULE = "lease-too-short"
LEASE_REASON = (
    "A login for a limited time ends before the pods that use it are replaced, so they lose their connections."
)

_RESTARTED = ("DaemonSet", "Deployment", "StatefulSet")
"""Kinds that operators of secrets restart."""

_GRACE = 30
"""``terminationGracePeriodSeconds`` of a pod that does not set it."""


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find pods that keep the old content of a Secret, and logins that end too early."""
    if not synthesis.given(MakesSecret):
        return
    held = ((each.facts.scope, each.facts.certificate) for each in synthesis.facts(Declared))
    # Their renewal is the subject of `certificate-renewal`.
    certificates = {(scope, own.names.secret) for scope, own in held if own is not None}
    for pods in inventory_of(synthesis).pods:
        if pods.item.kind in ("Job", "CronJob"):
            continue
        scope = pods.item.scope
        for kind, name in sorted(set(references(pods.spec))):
            made = [given.fact for given in synthesis.about(MakesSecret, (kind, scope, name))]
            for each in made:
                yield from _lease(pods, each)
        if _rolled(pods, synthesis):
            continue
        kept = [*changing(synthesis, scope, pods.spec), *_not_restarted(pods, synthesis)]
        for kind, name in sorted(set(kept)):
            if synthesis.about(MakesSecret, (kind, scope, name)) and (scope, name) not in certificates:
                yield pods.item.notice(RULE, _message(pods, name))


def _rolled(pods: PodTemplate, synthesis: Synthesis) -> bool:
    """Return whether a tool of the platform replaces the pods: the workload has its annotations, or the platform names it."""
    declared = inventory_of(synthesis).declared_for(pods.item.path)
    if declared is not None and getattr(declared.facts.cluster, "reload", None) is not None:
        return True
    return any("reload" in key for key in mapping(within(pods.item.object, "metadata", "annotations")))


def _not_restarted(pods: PodTemplate, synthesis: Synthesis) -> Iterator[tuple[str, str]]:
    """Yield the Secrets of an operator that restarts readers, but not these: it is only told of workloads of this library."""
    restarted = inventory_of(synthesis).declared_for(pods.item.path) is not None and pods.item.kind in _RESTARTED
    for kind, name in set(references(pods.spec)) if not restarted else ():
        made = [given.fact for given in synthesis.about(MakesSecret, (kind, pods.item.scope, name))]
        if any(each.rotates and each.rolls for each in made):
            yield kind, name


def _message(pods: PodTemplate, name: str) -> str:
    if _reads_as_directory_only(pods, name):
        how = "its files change in place within about a minute, so the process must read them again"
    else:
        how = "its pods keep the old content until they are replaced, because a variable or a file with a subPath never changes"
    return (
        f"reads the Secret {name!r}, whose content can change; {how}; set Platform(reload=…), such as Reloader(), or replace the "
        "pods yourself after a change"
    )


def _reads_as_directory_only(pods: PodTemplate, name: str) -> bool:
    """Return whether all containers read a Secret from directories of a volume, which the kubelet updates."""
    for container in (*pods.containers, *pods.init_containers):
        variables = [within(each, "valueFrom", "secretKeyRef", "name") for each in mappings(container.get("env"))]
        variables += [within(each, "secretRef", "name") for each in mappings(container.get("envFrom"))]
        if name in variables:
            return False
    volumes = {
        volume.get("name")
        for volume in mappings(pods.spec.get("volumes"))
        if ("Secret", name) in set(references({"volumes": [volume]}))
    }
    mounted = [
        mount
        for container in (*pods.containers, *pods.init_containers)
        for mount in mappings(container.get("volumeMounts"))
        if mount.get("name") in volumes
    ]
    return bool(mounted) and not any(mount.get("subPath") or mount.get("subPathExpr") for mount in mounted)


def _lease(pods: PodTemplate, made: MakesSecret) -> Iterator[Finding]:
    if made.lifetime is None:
        return
    grace = pods.spec.get("terminationGracePeriodSeconds")
    shutdown = timedelta(seconds=grace if isinstance(grace, int) and not isinstance(grace, bool) else _GRACE)
    refresh = made.refresh or timedelta()
    if made.lifetime > refresh + shutdown:
        return
    message = (
        f"uses the login of the Secret {made.name!r}, which ends after {made.lifetime}, not later than its refresh interval of "
        f"{refresh} and the shutdown of the pod of {shutdown} together; set a longer lease in the store and in lifetime=, or a shorter "
        "refresh"
    )
    yield pods.item.finding(LEASE_RULE, message)
