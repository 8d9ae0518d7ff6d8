"""The plan of a workload: its own objects as literals, and the intents that providers draw. Pure, without the engine."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.communication.spec import Closed
from kmop_constructs.core.connection import Connection
from kmop_constructs.core.contribution import CallerFact, Contribution, merged
from kmop_constructs.core.declared import external_references, unordered_references
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.identity import resettled
from kmop_constructs.core.jobs import Intent
from kmop_constructs.core.pod.template import files_name, pod_plan
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.dns import Dns
from kmop_constructs.values.pods import Addresses
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.rollout import OrderedUpdate, Recreate, RollingUpdate
from kmop_constructs.values.scaling import Replicas
from kmop_constructs.values.service import LoadBalancer, NodePort
from kmop_constructs.values.volumes import mounts
from kmop_constructs.values.workload import RunningFields
from kmop_constructs.workloads.certificates import renewal_notices, with_certificate, with_files
from kmop_constructs.workloads.cloud_access import account_with, granted_to
from kmop_constructs.workloads.scaling import with_known_scaling, with_scaling

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.streams import Stream
    from kmop_constructs.components.fault_tolerance.spec import WorkScaling
    from kmop_constructs.components.security.identity import Granted
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.pod.template import PodPlan
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.certificate import ServiceCertificate
    from kmop_constructs.values.cloud_identity import CloudIdentity
    from kmop_constructs.values.cluster import Isolation
    from kmop_constructs.values.disruption import MaxUnavailable, MinAvailable
    from kmop_constructs.values.scaling import Autoscaling
    from kmop_constructs.values.security import Account, ClusterPermission, Permission
    from kmop_constructs.values.service import Service
    from kmop_constructs.values.tool import JobIntent
    from kmop_constructs.values.workload import PodFields, WorkloadSpec

    Drawn: TypeAlias = k8s.Deployment | k8s.StatefulSet | k8s.DaemonSet | k8s.Job | k8s.CronJob

__all__ = ["Plan", "is_deployment", "plan_pods", "plan_service", "workload_metadata"]

LARGEST_CONFIG_BYTES = 1024 * 1024
"""A ConfigMap holds at most 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/)."""

REVISION_LABEL = "pod-template-hash"
"""The label that tells the revisions of a Deployment apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Everything to draw for a workload. Immutable: a subclass returns ``dataclasses.replace(plan, …)``."""

    facts: ServiceFacts
    """Names, labels and ports of the spec that was planned."""

    workload: Drawn
    """The object that runs the pods. The checksum of its configuration is added at synth."""

    config_map: k8s.ConfigMap | None
    """The ConfigMap of files with content in the spec (`Text`, `LocalFile`); ``None`` without such files."""

    account: Account | None
    """The ServiceAccount to draw; ``None`` where the account exists already (``Account(create=False)``)."""

    permissions: tuple[Permission, ...]
    """Permissions of the account: those of the spec and those of the edges."""

    isolation: Isolation
    """The closed directions of network traffic: ``full``, ``ingress_only`` or ``off``."""

    connections: tuple[Connection, ...]
    """Connections that the workload opens, from its edges."""

    cluster_permissions: tuple[ClusterPermission, ...] = ()
    """Cluster-wide permissions of the account: those of the spec and those of the edges. Default: none."""

    mounts_token: bool = False
    """Whether the pods get the API token of an account that is drawn elsewhere. Default: False, no token."""

    budget: MaxUnavailable | MinAvailable | None = None
    """The disruption budget to draw. Default: none, no PodDisruptionBudget."""

    autoscaling: Autoscaling | None = None
    """The autoscaler to draw. Default: none, the number of pods does not follow the use of CPU and memory."""

    work_scaling: WorkScaling | None = None
    """The autoscaler that follows the work, to draw. Default: none."""

    external: frozenset[tuple[str, str]] = frozenset()
    """Kind and name of every ConfigMap and Secret that the pods read and this workload does not make. Default: none."""

    unordered: frozenset[tuple[str, str]] = frozenset()
    """Kind and name of every ConfigMap and Secret from which an edge sets all keys as variables. Default: none."""

    services: tuple[Service, ...] = ()
    """The Services to draw. Default: none."""

    exposures: tuple[Exposure, ...] = ()
    """The routes to draw. Default: none."""

    streams: tuple[Stream, ...] = ()
    """The routes besides HTTP to draw. Default: none."""

    certificate: ServiceCertificate | None = None
    """The certificate to draw. Default: none."""

    peers: bool = False
    """Whether the pods of the workload connect to each other. Default: False, the policy keeps them apart."""

    scraped: tuple[int, ...] = ()
    """Container ports that serve metrics, which the platform's scraper may read. Default: none."""

    cloud_identity: CloudIdentity | None = None
    """Identity of the workload in its cloud. Default: none."""

    granted: Granted | None = None
    """What the platform's provider of identities adds for `cloud_identity`. Its annotations, labels and connections are in
    the other fields. Default: none."""

    also: tuple[JobIntent, ...] = ()
    """Intents of jobs from outside the library (``also=`` of the spec). Default: none."""

    notices: tuple[Finding, ...] = ()
    """Notices to report at synth. Default: none."""

    gives: tuple[CallerFact | Finding, ...] = ()
    """Facts about the workload that its edges give. Default: none."""

    @property
    def intents(self) -> tuple[Intent, ...]:
        """What the platform's providers draw besides the workload, in the order of drawing."""
        found: list[Intent] = []
        if self.account is not None:
            account = replace(self.account, mount_token=self.token)
            found.append(Intent(job="account", id="account", value=account))
        if self.permissions:
            found.append(Intent(job="permissions", id="permissions", value=self.permissions))
        if self.cluster_permissions:
            found.append(Intent(job="cluster_permissions", id="cluster-permissions", value=self.cluster_permissions))
        if self.budget is not None:
            found.append(Intent(job="budget", id="budget", value=self.budget))
        if self.autoscaling is not None:
            found.append(Intent(job="autoscaler", id="autoscaler", value=self.autoscaling))
        if self.work_scaling is not None:
            found.append(Intent(job="event_autoscaler", id="autoscaler", value=self.work_scaling))
        found += self._services()
        if self.certificate is not None:
            found.append(Intent(job="certificates", id="certificate", value=self.certificate))
        found += self._exposures()
        found += self._streams()
        if self.isolation == "off":
            self._check_open()
        closed = Closed(level=self.isolation, connections=self.connections)
        found.append(Intent(job="network", id="network", value=closed))
        ids: set[str] = set()
        for each in self.also:
            name = getattr(each, "name", None)
            id = f"{each.job}-{name}" if isinstance(name, str) else each.job
            if id in ids:
                raise bad(
                    f"{self.facts.path}: also",
                    "two intents have the same job and name",
                    id,
                    "give one of them another name",
                )
            ids.add(id)
            found.append(Intent(job=each.job, id=id, value=each, outside=True))
        return tuple(found)

    def _check_open(self) -> None:
        """Refuse a restriction of an edge that no policy would enforce."""
        for connection in self.connections:
            if connection.may or connection.resilience is not None:
                what = "may" if connection.may else "resilience"
                raise bad(f"{self.facts.path}: isolation", f"an edge sets {what}=, which needs isolation", "off",
                          f"leave isolation out, or {what}=")  # fmt: skip

    def _services(self) -> Iterator[Intent]:
        for number, (name, said) in enumerate(zip(self.facts.services, self.services, strict=True)):
            service = replace(said, name=name)
            job = "load_balancer" if isinstance(service, LoadBalancer | NodePort) else "discovery"
            yield Intent(job=job, id=f"service-{name}" if number else "service", value=service)

    def _exposures(self) -> Iterator[Intent]:
        names = [exposure.name or self.facts.name for exposure in self.exposures]
        for name, exposure in zip(names, self.exposures, strict=True):
            if names.count(name) > 1:
                raise SpecError(
                    f"{self.facts.path}: duplicate route name, got {name!r}; give each route its own name: Exposure(name=…)"
                )
            id = "gateway" if name == names[0] else f"gateway-{name}"
            yield Intent(job="gateway", id=id, value=replace(exposure, name=name))

    def _streams(self) -> Iterator[Intent]:
        if not self.streams:
            return
        from kmop_constructs.components.api_gateway.streams import settled_streams

        for name, stream in settled_streams(self.facts, self.streams):
            yield Intent(job="streams", id=f"stream-{name}", value=stream)

    @property
    def template(self) -> k8s.PodTemplateSpec:
        """The pod template of the workload, for every kind."""
        if self.workload["kind"] == "CronJob":
            return self.workload["spec"]["jobTemplate"].get("spec", {"template": {}})["template"]
        return self.workload["spec"]["template"]

    @property
    def token(self) -> bool:
        """Whether the pods get the API token."""
        return (
            bool(self.permissions)
            or bool(self.cluster_permissions)
            or self.mounts_token
            or (self.account is not None and self.account.token)
        )


def plan_service(facts: ServiceFacts, spec: WorkloadSpec, uses: Sequence[Edge]) -> Plan:
    """Return the plan of a workload that runs as a Deployment."""
    spec, left_out = with_known_scaling(facts, spec)
    plan = plan_pods(facts, spec, uses, lambda now, pod: _deployment(now, spec, pod), revision_label=REVISION_LABEL)
    return with_scaling(replace(plan, notices=(*plan.notices, *left_out)), spec)


def plan_pods(
    facts: ServiceFacts,
    spec: PodFields,
    uses: Sequence[Edge],
    draw: Callable[[ServiceFacts, PodPlan], Drawn],
    *,
    revision_label: str | None = None,
) -> Plan:
    """Return the parts of the plan that every kind of workload has; `draw` makes the workload from the pod template."""
    facts = with_certificate(resettled(facts, spec), spec)
    spec = with_files(facts, spec)
    granted, left_out = granted_to(facts, spec)
    source = "cloud_identity"
    added = () if granted is None else (granted.contribution(source),)
    united = merged(facts.path, [*(_contribution(facts, edge) for edge in uses), *added])
    for mount in mounts(facts.path, united.volumes).values():
        spec.check_volume(facts.path, mount.volume)
    if isinstance(spec.dns, Dns) and spec.dns.nameservers:
        resolvers = Addresses.of(*tuple(_single(address) for address in spec.dns.nameservers))
        lookups = (Connection(to=resolvers, port=53, speaks=each) for each in ("tcp", "udp"))
        united = replace(united, connections=(*united.connections, *lookups))
    pod = pod_plan(facts, spec, united, revision_label=revision_label)
    config_map: k8s.ConfigMap | None = None
    if pod.files:
        size = sum(len(key.encode()) + len(text.encode()) for key, text in pod.files.items())
        if size > LARGEST_CONFIG_BYTES:
            what = "larger than 1 MiB together, which is the limit of a ConfigMap"
            raise bad(f"{facts.path}: files", what, f"{size} bytes", "split them, or put them into the image")
        config_map = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": files_name(facts), "labels": dict(facts.labels)},
            "data": dict(sorted(pod.files.items())),
        }
    isolation = spec.isolation or facts.cluster.isolation
    permissions = (
        *spec.account.permissions,
        *(each for each in united.permissions if each not in spec.account.permissions),
    )
    wide = spec.account.cluster_permissions
    return Plan(
        facts=facts,
        workload=draw(facts, pod),
        config_map=config_map,
        account=account_with(facts, spec.account, granted, source),
        mounts_token=spec.account.token and not spec.account.create,
        permissions=permissions,
        cluster_permissions=(*wide, *(each for each in united.cluster_permissions if each not in wide)),
        isolation=isolation,
        connections=united.connections,
        cloud_identity=None if granted is None else spec.cloud_identity,
        granted=granted,
        also=spec.also,
        external=external_references(spec, united),
        unordered=unordered_references(united),
        services=spec.services,
        certificate=spec.certificate,
        scraped=_scraped(facts, spec),
        gives=united.gives,
        notices=(*pod.notices, *left_out, *renewal_notices(facts, spec)),
    )


def _contribution(facts: ServiceFacts, edge: Edge) -> Contribution:
    """Return the contribution of an edge. Custom edges may return a wrong type, which is an error here."""
    added = edge.contribution(facts)
    if not isinstance(added, Contribution):
        where = f"{facts.path}: uses: {type(edge).__name__}.contribution()"
        raise bad(where, "not a Contribution", added, "return Contribution(source=…)")
    return added


def is_deployment(workload: Drawn) -> TypeGuard[k8s.Deployment]:
    """Return whether the workload is a Deployment, which the platform's provider of workloads draws."""
    return workload["kind"] == "Deployment"


def _scraped(facts: ServiceFacts, spec: PodFields) -> tuple[int, ...]:
    if not isinstance(spec, RunningFields) or spec.metrics is None:
        return ()
    port = facts.port(spec.metrics.port)
    if port.spec.protocol != "TCP":
        what = f"metrics need TCP, but port {port.number} has another protocol"
        raise bad(f"{facts.path}: metrics.port", what, port.spec.protocol, "name a TCP port: Metrics(port=…)")
    return (port.number,)


def _single(address: str) -> str:
    """Return the address range that holds only this address."""
    return str(ipaddress.ip_network(address))


def workload_metadata(facts: ServiceFacts, spec: PodFields) -> k8s.ObjectMeta:
    """Return name, labels and annotations of the object that runs the pods."""
    metadata: k8s.ObjectMeta = {"name": facts.name, "labels": dict(facts.workload_labels)}
    if spec.annotations:
        metadata["annotations"] = dict(spec.annotations)
    return metadata


def _deployment(facts: ServiceFacts, spec: WorkloadSpec, pod: PodPlan) -> k8s.Deployment:
    rollout = spec.rollout
    if isinstance(rollout, OrderedUpdate):
        raise SpecError(
            f"{facts.path}: rollout: only a StatefulSet supports it, got OrderedUpdate; write RollingUpdate or Recreate"
        )
    body: k8s.DeploymentSpec = {
        "selector": {"matchLabels": dict(facts.selector)},
        "strategy": _strategy(rollout),
        "progressDeadlineSeconds": seconds("progress_deadline", rollout.progress_deadline),
        "revisionHistoryLimit": rollout.revision_history_limit,
        "template": pod.template,
    }
    if isinstance(spec.scaling, Replicas):
        body = {"replicas": spec.scaling.count, **body}
    if isinstance(rollout, RollingUpdate):
        ready = seconds("min_ready", rollout.min_ready, lowest=0)
        if ready:
            body["minReadySeconds"] = ready
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": workload_metadata(facts, spec), "spec": body}


def _strategy(rollout: RollingUpdate | Recreate) -> k8s.DeploymentStrategy:
    if isinstance(rollout, Recreate):
        return {"type": "Recreate"}
    surge = f"{rollout.max_surge_percent or 25}%" if rollout.max_surge is None else rollout.max_surge
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": rollout.max_unavailable}}
