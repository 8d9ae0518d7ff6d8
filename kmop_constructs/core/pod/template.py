"""Pod template of any workload, from its spec and the contributions of its edges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.contribution import Merged, resolvable
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.identity import named_ports
from kmop_constructs.core.pod.containers import container, env_from, env_vars
from kmop_constructs.core.pod.filling import filling
from kmop_constructs.core.pod.lifecycle import lifecycle, liveness_grace
from kmop_constructs.core.pod.placement import add_placement
from kmop_constructs.core.pod.probes import add_probes
from kmop_constructs.core.pod.security import container_security, pod_security, security_beside
from kmop_constructs.core.pod.storage import Storage
from kmop_constructs.errors import ConflictError, SpecError, bad
from kmop_constructs.values.container import Container, ContainerSpec
from kmop_constructs.values.names import frozen
from kmop_constructs.values.probes import Health
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.volumes import ClaimTemplate, Mount, mounts
from kmop_constructs.values.workload import RunningFields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kmop_constructs.core.subject import NamedPort, ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.metrics import Metrics
    from kmop_constructs.values.security import Security
    from kmop_constructs.values.workload import PodFields

__all__ = ["PodPlan", "pod_plan"]

V = TypeVar("V")

_SIDECARS_SINCE = 29
"""Init containers that keep running are on by default since Kubernetes 1.29 (KEP-753)."""

_DEEP_READ_ONLY_SINCE = 31
"""Mounts that are read-only in depth are on by default since Kubernetes 1.31 (KEP-3857)."""

_TASK_GRACE_SECONDS = 30
"""Grace period of a task, in seconds: the default of Kubernetes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PodPlan:
    """A pod template and the objects that it needs."""

    template: k8s.PodTemplateSpec
    """Pod template."""

    files: Mapping[str, str]
    """Data of the ConfigMap that the pod template mounts; empty for none."""

    claims: tuple[ClaimTemplate, ...]
    """Claim templates, which only a StatefulSet supports."""

    notices: tuple[Finding, ...]
    """Notices about the pod."""


def files_name(facts: ServiceFacts) -> str:
    """Return the name of the ConfigMap with content from the spec."""
    return f"{facts.name}-files"


def pod_plan(facts: ServiceFacts, spec: PodFields, merged: Merged, *, revision_label: str | None) -> PodPlan:
    """Return the pod template. `revision_label` is the label that identifies revisions, if the workload's kind has one."""
    named = [
        *merged.volumes.values(),
        *(each for part in (spec, *spec.beside) for each in part.volumes.values()),
    ]
    taken = {each.volume.name if isinstance(each, Mount) else each.name for each in named}
    deep = facts.cluster.at_least(_DEEP_READ_ONLY_SINCE)
    storage = Storage(facts.path, files_name(facts), taken, deep_read_only=deep)
    notices: list[Finding] = []
    own = replace(facts, ports=_ports_of(facts, None))
    app = _app_container(own, spec, merged, storage)
    if isinstance(spec, RunningFields):
        hooks = lifecycle(own, spec, notices)
        if hooks:
            app["lifecycle"] = hooks
    before, beside = _other_containers(facts, spec, merged, storage, app, notices)
    volumes = storage.volumes
    pod: k8s.PodSpec = {
        "serviceAccountName": facts.account,
        "automountServiceAccountToken": spec.account.token
        or bool(merged.permissions)
        or bool(merged.cluster_permissions),
        "enableServiceLinks": spec.enable_service_links,
        "securityContext": pod_security(spec.security, _low_ports(facts, spec), has_claim=storage.has_claim),
        "containers": [app, *beside],
    }
    cast("dict[str, object]", pod).update(dict.fromkeys(spec.node_namespaces, True))
    if before:
        pod["initContainers"] = before
    if volumes:
        pod["volumes"] = volumes
    if isinstance(spec, RunningFields):
        pod["terminationGracePeriodSeconds"] = seconds("grace_period", spec.shutdown.grace_period, lowest=0)
    else:
        pod["restartPolicy"] = "Never"
        pod["terminationGracePeriodSeconds"] = _TASK_GRACE_SECONDS
    add_placement(pod, facts, spec.placement, revision_label)
    _add_pod_settings(pod, facts, spec, merged)
    if spec.resources is None:
        notices.append(
            Finding(
                path=facts.path,
                rule="resources-guessed",
                severity="notice",
                message="resources is not set, so 100m CPU and 256Mi memory are assumed; add resources=Resources(…), as "
                "measured",
            )
        )
    guessed = [each.name for each in (*spec.beside, *merged.init_containers) if each.resources is None]
    if guessed:
        message = (
            f"resources of container{'s' if len(guessed) > 1 else ''} {', '.join(map(repr, guessed))} are not set, so 100m CPU and "
            "256Mi memory are assumed for each; add Container(…, resources=Resources(…)), as measured"
        )
        notices.append(Finding(path=facts.path, rule="resources-guessed", severity="notice", message=message))
    return PodPlan(
        template={"metadata": _metadata(facts, spec, merged), "spec": pod},
        files=frozen(storage.files),
        claims=storage.claims,
        notices=tuple(notices),
    )


def _low_ports(facts: ServiceFacts, spec: PodFields) -> list[int]:
    """Return the ports for which a sysctl is needed. The network of a node has its own sysctls, which no pod sets."""
    if facts.host_network:
        return []
    return [port.number for ports in (spec.ports, *(each.ports for each in spec.beside)) for port in ports]


def _metadata(facts: ServiceFacts, spec: PodFields, merged: Merged) -> k8s.ObjectMeta:
    labels = {**merged.pod_labels, **facts.pod_labels}
    for key, value in merged.pod_labels.items():
        if labels[key] != value:
            raise ConflictError(
                f"{facts.path}: an edge sets the pod label {key!r}, which this library sets; remove it from the edge"
            )
    metadata: k8s.ObjectMeta = {"labels": labels}
    contributed = {**merged.pod_annotations, **_scrape_annotations(facts, spec)}
    annotations = _united(facts.path, "pod annotation", contributed, spec.pod_annotations, merged.sources)
    if annotations:
        metadata["annotations"] = annotations
    return metadata


def _scrape_annotations(facts: ServiceFacts, spec: PodFields) -> dict[str, str]:
    """Return the annotations of Prometheus' usual scrape configuration for Kubernetes."""
    metrics = spec.metrics if isinstance(spec, RunningFields) else None
    if metrics is None:
        return {}
    port = _metrics_port(facts, spec, metrics)
    annotations = {"scrape": "true", "port": str(port.number), "path": metrics.path}
    if port.spec.tls:
        annotations["scheme"] = "https"
    return {f"prometheus.io/{key}": value for key, value in annotations.items()}


def _metrics_port(facts: ServiceFacts, spec: PodFields, metrics: Metrics) -> NamedPort:
    """Return the port of the metrics. The error for a missing port shows how to add it to the spec."""
    wanted = metrics.port
    if facts.ports if wanted is None else any(wanted in (p.offered, p.number, p.name) for p in facts.ports):
        return facts.port(wanted)
    number, name = (wanted, "metrics") if isinstance(wanted, int) else (9090, wanted or "metrics")
    declared = ", ".join(repr(port.number) for port in facts.ports)
    holder = next((each.name for each in spec.sidecars for port in each.ports if port.number == wanted), None)
    more = f", container={holder!r}" if holder is not None else ""
    known = ", ".join(f"{port.offered} ({port.name})" for port in facts.ports)
    what = f"not a port of the container, which has {known or 'no port'}"
    if hasattr(spec, "container_ports"):
        hint = f"add container_ports=(Port({number}, name={name!r}{more}),)"
    else:
        hint = f"add port=({declared}, Port({number}, name={name!r}, exposed=False{more}))"
    raise bad(f"{facts.path}: metrics.port", what, wanted, hint)


def _add_pod_settings(pod: k8s.PodSpec, facts: ServiceFacts, spec: PodFields, merged: Merged) -> None:
    pulls = sorted({*facts.cluster.pull_secrets, *_pull_secrets(spec, merged)})
    if pulls:
        pod["imagePullSecrets"] = [{"name": name} for name in pulls]
    if spec.host_aliases:
        pod["hostAliases"] = [{"ip": ip, "hostnames": list(hosts)} for ip, hosts in sorted(spec.host_aliases.items())]
    if spec.share_process_namespace:
        pod["shareProcessNamespace"] = True
    if spec.dns is not None:
        if spec.dns.policy is not None:
            pod["dnsPolicy"] = spec.dns.policy
        config: k8s.PodDNSConfig = {}
        if spec.dns.nameservers:
            config["nameservers"] = list(spec.dns.nameservers)
        if spec.dns.searches:
            config["searches"] = list(spec.dns.searches)
        if spec.dns.options:
            options = sorted(spec.dns.options.items())
            config["options"] = [{"name": key, "value": value} if value else {"name": key} for key, value in options]
        if config:
            pod["dnsConfig"] = config


def _ports_of(facts: ServiceFacts, container: str | None) -> tuple[NamedPort, ...]:
    """Return the ports of the workload on which one container listens; ``None`` for the app's own."""
    return tuple(port for port in facts.ports if port.spec.container == container)


def _all_ports(facts: ServiceFacts, spec: Container) -> tuple[NamedPort, ...]:
    """Return the ports of a container beside the app: its own, and those of the workload on which it listens.

    Raises `SpecError` for a port that is written in both, and for a name by which a Service would find the wrong container.
    """
    where = f"{facts.path}: container {spec.name!r}"
    ports, served = named_ports(where, spec.ports), _ports_of(facts, spec.name)
    for port in ports:
        if any((each.number, each.spec.protocol) == (port.number, port.spec.protocol) for each in served):
            what = "also a port of the service with container="
            raise bad(f"{where}: ports", what, port.number, "remove it from the container")
        if any(each.name == port.name and each.spec.container is not None for each in facts.ports):
            what = "also the name of a port of the service, which is on a sidecar"
            raise bad(f"{where}: ports", what, port.name, "set another name: Port(…, name=…)")
    return (*ports, *served)


def _container_ports(ports: Sequence[NamedPort]) -> list[k8s.ContainerPort]:
    drawn: list[k8s.ContainerPort] = []
    for port in ports:
        item: k8s.ContainerPort = {"name": port.name, "containerPort": port.number, "protocol": port.spec.protocol}
        if port.spec.host_port is not None:
            item["hostPort"] = port.spec.host_port
        drawn.append(item)
    return drawn


def _app_container(facts: ServiceFacts, spec: PodFields, merged: Merged, storage: Storage) -> k8s.Container:
    drawn = container(facts.container, spec, facts.cluster)
    if facts.ports:
        drawn["ports"] = _container_ports(facts.ports)
    variables: dict[str, EnvValue] = _united(facts.path, "variable", merged.env, spec.env, merged.sources)
    united = resolvable(facts.path, variables)
    if merged.env_from or spec.env_from:
        drawn["envFrom"] = env_from([*merged.env_from, *spec.env_from])
    if united:
        drawn["env"] = env_vars(facts, united)
    files = _united(facts.path, "file", merged.files, spec.files, merged.sources)
    contributed, own = mounts(facts.path, merged.volumes), mounts(facts.path, spec.volumes)
    volumes = _united(facts.path, "volume", contributed, own, merged.sources)
    mounted = storage.mounts(files, volumes, tmp="tmp" if _wants_tmp(spec.security) else None)
    if isinstance(spec, RunningFields):
        health = spec.health if isinstance(spec.health, Health) else None
        add_probes(drawn, facts, health, liveness_grace=liveness_grace(facts, spec, has_claim=storage.has_claim))
    drawn["securityContext"] = container_security(spec.security, spec.security)
    if mounted:
        drawn["volumeMounts"] = mounted
    return drawn


def _other_containers(
    facts: ServiceFacts,
    spec: PodFields,
    merged: Merged,
    storage: Storage,
    app: k8s.Container,
    notices: list[Finding],
) -> tuple[list[k8s.Container], list[k8s.Container]]:
    """Return the containers that start before the app (native sidecars among the first), and those that run beside it."""
    sidecars = [_other_container(facts, each, spec, storage, app, sidecar=True) for each in spec.sidecars]
    ending = [*merged.init_containers]
    if storage.templates:
        user, group = spec.security.run_as_user, spec.security.run_as_group
        ending.append(filling(facts.path, storage.templates, files_name(facts), run_as_user=user, run_as_group=group))
    first: list[k8s.Container] = []
    before: list[k8s.Container] = []
    for each in (*ending, *spec.init_containers):
        (first if each.before_sidecars else before).append(_other_container(facts, each, spec, storage, app))
    migration = _migration(facts, spec, app)
    if migration:
        before.append(migration)
    if not sidecars:
        return [*first, *before], []
    if facts.cluster.at_least(_SIDECARS_SINCE):
        native: list[k8s.Container] = [{**each, "restartPolicy": "Always"} for each in sidecars]
        return [*first, *native, *before], []
    if not isinstance(spec, RunningFields):
        raise SpecError(
            f"{facts.path}: sidecars: Kubernetes {facts.cluster.version} has no native sidecars, and with a plain one the "
            "task would never end; remove it, or use Kubernetes 1.29 or newer"
        )
    message = (
        f"Kubernetes {facts.cluster.version} has no native sidecars, so they may start after the app and end before it; use "
        "Kubernetes 1.29 or newer, or let the app wait for them"
    )
    notices.append(Finding(path=facts.path, rule="plain-sidecar", severity="notice", message=message))
    return [*first, *before], sidecars


def _other_container(
    facts: ServiceFacts,
    spec: Container,
    pod: PodFields,
    storage: Storage,
    app: k8s.Container,
    *,
    sidecar: bool = False,
) -> k8s.Container:
    name = spec.name
    if name == facts.container:
        raise SpecError(f"{facts.path}: another container has the name of the app's container, {name!r}; rename it")
    security = security_beside(spec.security, pod.security)
    for setting, what in (("run_as_user", "user"), ("run_as_group", "group")):
        of_pod = getattr(pod.security, setting)
        if getattr(security, setting) is None and of_pod is not None:
            raise SpecError(
                f"{facts.path}: container {name!r} sets {setting}=None, but would inherit the pod's "
                f"{of_pod}; set its {what}, or set None on the spec too"
            )
    drawn = container(name, spec, facts.cluster)
    ports = _all_ports(facts, spec)
    if ports:
        drawn["ports"] = _container_ports(ports)
    sources = [*(app.get("envFrom", []) if spec.app_env else []), *env_from(spec.env_from)]
    if sources:
        drawn["envFrom"] = sources
    env = _env_beside(f"{facts.path}: container {name!r}", facts, app if spec.app_env else None, spec.env)
    if env:
        drawn["env"] = env
    if sidecar and (spec.health is not None):
        add_probes(drawn, replace(facts, ports=ports), spec.health)
    drawn["securityContext"] = container_security(security, pod.security)
    tmp = f"tmp-{name}"[:63].rstrip("-") if _wants_tmp(security) else None
    mounted = storage.mounts(spec.files, mounts(facts.path, spec.volumes), tmp=tmp)
    if mounted:
        drawn["volumeMounts"] = mounted
    return drawn


def _migration(facts: ServiceFacts, spec: PodFields, app: k8s.Container) -> k8s.Container | None:
    """Return the migration: the app's container with another command, without fields that only a server needs."""
    migration = spec.migration if isinstance(spec, RunningFields) else None
    if migration is None:
        return None
    if "migration" in {facts.container, *(each.name for each in spec.beside)}:
        raise SpecError(f"{facts.path}: the migration's container has the name 'migration'; rename the other container")
    run = ContainerSpec(
        image=migration.image or spec.image,
        command=migration.command,
        args=migration.args,
        working_dir=spec.working_dir if migration.image is None else None,
        resources=migration.resources or spec.resources,
    )
    drawn = container("migration", run, facts.cluster)
    shared = {key: value for key, value in app.items() if key in ("envFrom", "securityContext", "volumeMounts")}
    cast("dict[str, object]", drawn).update(shared)
    env = _env_beside(f"{facts.path}: migration", facts, app, migration.env)
    if env:
        drawn["env"] = env
    return drawn


def _env_beside(
    where: str, facts: ServiceFacts, app: k8s.Container | None, own: Mapping[str, EnvValue]
) -> list[k8s.EnvVar]:
    """Return the variables of the app that are not overridden, then the own ones; each behind those it refers to."""
    inherited = app.get("env", []) if app is not None else []
    united = [*(each for each in inherited if each["name"] not in own), *env_vars(facts, own)]
    return list(resolvable(where, {each["name"]: each for each in united}, lambda each: each.get("value")).values())


def _wants_tmp(security: Security) -> bool:
    return security.read_only_root_filesystem and security.writable_tmp


def _pull_secrets(spec: PodFields, merged: Merged) -> list[str]:
    images = [each.image for each in (spec, *spec.beside, *merged.init_containers)]
    if isinstance(spec, RunningFields) and spec.migration is not None and spec.migration.image is not None:
        images.append(spec.migration.image)
    return [str(name) for image in images for name in image.pull_secrets]


def _united(
    where: str, what: str, edges: Mapping[str, V], spec: Mapping[str, V], sources: Mapping[str, str]
) -> dict[str, V]:
    """Return the values of edges in their order, followed by the values of the spec in their order."""
    for key in sorted(set(edges) & set(spec)):
        if edges[key] != spec[key]:
            edge = sources.get(f"{what} {key}", "an edge")
            raise ConflictError(f"{where}: {what} {key!r} has two values, one from the spec and one from {edge}; "
                                "remove it from the spec, or rename it on the edge")  # fmt: skip
    return {**edges, **spec}
