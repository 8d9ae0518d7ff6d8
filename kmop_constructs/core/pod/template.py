"""The pod template of any workload, from its spec and what its edges contribute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from kmop_constructs.core.contribution import Merged
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.pod.containers import container, env_from, env_vars
from kmop_constructs.core.pod.probes import add_probes
from kmop_constructs.core.pod.security import container_security, pod_security
from kmop_constructs.core.pod.storage import Storage
from kmop_constructs.errors import ConflictError, SpecError
from kmop_constructs.values.names import frozen
from kmop_constructs.values.probes import Health
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.volumes import mounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.workload import ContainerSpec, WorkloadSpec

__all__ = ["PodPlan", "pod_plan"]

V = TypeVar("V")

_PAUSE_SINCE = 30
"""The sleep hook is on by default since Kubernetes 1.30 (KEP-3960)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PodPlan:
    """A pod template and what comes with it."""

    template: k8s.PodTemplateSpec
    """The template."""

    files: Mapping[str, str]
    """Data of the ConfigMap of its own that it mounts; empty for none."""

    notices: tuple[Finding, ...]
    """What somebody should know."""


def files_name(facts: ServiceFacts) -> str:
    """Name of the ConfigMap that holds the content written in the spec."""
    return f"{facts.name}-files"


def pod_plan(facts: ServiceFacts, spec: WorkloadSpec, merged: Merged, *, revision_label: str | None) -> PodPlan:
    """The template. `revision_label` is the label that tells revisions apart, where the workload's kind has one."""
    storage = Storage(facts.path, files_name(facts))
    notices: list[Finding] = []
    app = _app_container(facts, spec, merged, storage)
    init = [_init_container(facts, each, spec, storage) for each in spec.init_containers]
    lifecycle = _lifecycle(facts, spec, notices)
    if lifecycle:
        app["lifecycle"] = lifecycle
    volumes = storage.volumes
    pod: k8s.PodSpec = {
        "serviceAccountName": facts.account,
        "automountServiceAccountToken": spec.account.token or bool(merged.permissions),
        "enableServiceLinks": False,
        "securityContext": pod_security(spec.security, facts.ports, has_claim=storage.has_claim),
        "containers": [app],
    }
    if init:
        pod["initContainers"] = init
    if volumes:
        pod["volumes"] = volumes
    pod["terminationGracePeriodSeconds"] = seconds("grace_period", spec.shutdown.grace_period, lowest=0)
    _place(pod, facts, spec, revision_label)
    if spec.resources is None:
        notices.append(
            Finding(
                path=facts.path,
                rule="resources-guessed",
                severity="notice",
                message="nobody has written its resources, so 100m CPU and 256Mi memory are guessed; "
                "add resources=Resources(…), as measured",
            )
        )
    labels = {**merged.pod_labels, **facts.pod_labels}
    for key, value in merged.pod_labels.items():
        if labels[key] != value:
            raise ConflictError(
                f"{facts.path}: an edge sets the pod label {key!r}, which is the service's own; remove it"
            )
    metadata: k8s.ObjectMeta = {"labels": labels}
    annotations = _united(facts.path, "pod annotation", merged.pod_annotations, spec.pod_annotations)
    if annotations:
        metadata["annotations"] = annotations
    return PodPlan(template={"metadata": metadata, "spec": pod}, files=frozen(storage.files), notices=tuple(notices))


def _app_container(facts: ServiceFacts, spec: WorkloadSpec, merged: Merged, storage: Storage) -> k8s.Container:
    drawn = container(facts.container, spec, facts.cluster)
    if facts.ports:
        drawn["ports"] = [
            {"name": port.name, "containerPort": port.number, "protocol": port.spec.protocol} for port in facts.ports
        ]
    united: dict[str, EnvValue] = _united(facts.path, "variable", merged.env, spec.env)
    if merged.env_from or spec.env_from:
        drawn["envFrom"] = env_from([*merged.env_from, *spec.env_from])
    if united:
        drawn["env"] = env_vars(united)
    add_probes(drawn, facts, _health(spec))
    drawn["securityContext"] = container_security(spec.security, spec.security)
    files = _united(facts.path, "file", merged.files, spec.files)
    volumes = _united(facts.path, "volume", mounts(facts.path, merged.volumes), mounts(facts.path, spec.volumes))
    mounted = storage.mounts(files, volumes, tmp="tmp" if _wants_tmp(spec) else None)
    if mounted:
        drawn["volumeMounts"] = mounted
    return drawn


def _init_container(facts: ServiceFacts, spec: ContainerSpec, pod: WorkloadSpec, storage: Storage) -> k8s.Container:
    name = getattr(spec, "name", "init")
    if name == facts.container:
        raise SpecError(f"{facts.path}: an init container has the name of the app's own, {name!r}; rename it")
    drawn = container(name, spec, facts.cluster)
    if spec.env_from:
        drawn["envFrom"] = env_from(spec.env_from)
    if spec.env:
        drawn["env"] = env_vars(spec.env)
    drawn["securityContext"] = container_security(spec.security, pod.security)
    tmp = f"tmp-{name}"[:63].rstrip("-") if _wants_tmp(spec) else None
    mounted = storage.mounts(spec.files, mounts(facts.path, spec.volumes), tmp=tmp)
    if mounted:
        drawn["volumeMounts"] = mounted
    return drawn


def _wants_tmp(spec: ContainerSpec) -> bool:
    return spec.security.read_only_root_filesystem and spec.security.writable_tmp


def _health(spec: WorkloadSpec) -> Health | None:
    return Health(path=spec.health) if isinstance(spec.health, str) else spec.health


def _lifecycle(facts: ServiceFacts, spec: WorkloadSpec, notices: list[Finding]) -> k8s.Lifecycle | None:
    pause = seconds("pause", spec.shutdown.pause, lowest=0)
    if not facts.services or not pause:
        return None
    if facts.cluster.at_least(_PAUSE_SINCE):
        return {"preStop": {"sleep": {"seconds": pause}}}
    if spec.shutdown.pause_command:
        return {"preStop": {"exec": {"command": list(spec.shutdown.pause_command)}}}
    notices.append(
        Finding(
            path=facts.path,
            rule="no-pause",
            severity="notice",
            message=f"Kubernetes {facts.cluster.version} has no pause of its own before a pod ends, so requests may be "
            "lost in a rollout; name a command of the image: shutdown=Shutdown(pause_command=('sleep', "
            f"'{pause}'))",
        )
    )
    return None


def _place(pod: k8s.PodSpec, facts: ServiceFacts, spec: WorkloadSpec, revision_label: str | None) -> None:
    placement = spec.placement
    if placement.node_selector:
        pod["nodeSelector"] = dict(placement.node_selector)
    if placement.tolerations:
        pod["tolerations"] = [_toleration(each.key, each.value, each.effect) for each in placement.tolerations]
    if placement.priority_class is not None:
        pod["priorityClassName"] = placement.priority_class
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
    pulls = sorted({*facts.cluster.pull_secrets, *_pull_secrets(spec)})
    if pulls:
        pod["imagePullSecrets"] = [{"name": name} for name in pulls]


def _pull_secrets(spec: WorkloadSpec) -> list[str]:
    return [str(name) for each in (spec, *spec.init_containers) for name in each.image.pull_secrets]


def _toleration(key: str | None, value: str | None, effect: str | None) -> k8s.Toleration:
    drawn: k8s.Toleration = {"operator": "Exists" if value is None else "Equal"}
    if key is not None:
        drawn["key"] = key
    if value is not None:
        drawn["value"] = value
    if effect is not None:
        drawn["effect"] = effect
    return drawn


def _united(where: str, what: str, edges: Mapping[str, V], spec: Mapping[str, V]) -> dict[str, V]:
    """What edges contribute, sorted, and then what the spec says, in its order."""
    for key in sorted(set(edges) & set(spec)):
        if edges[key] != spec[key]:
            raise ConflictError(f"{where}: {what} {key!r} gets two values, one from the spec and one from an edge; "
                                "remove it from the spec, or rename it on the edge")  # fmt: skip
    return {**{key: value for key, value in edges.items() if key not in spec}, **spec}
