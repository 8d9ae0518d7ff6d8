"""Fields of pods that all kinds of workloads share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.certificate import ServiceCertificate
from kmop_constructs.values.cloud_identity import CloudIdentity
from kmop_constructs.values.cluster import Isolation
from kmop_constructs.values.container import Container, ContainerSpec, Migration, check_init_container
from kmop_constructs.values.disruption import Disruption, MaxUnavailable, MinAvailable, NoBudget
from kmop_constructs.values.dns import Dns
from kmop_constructs.values.event_scaling import EventScaling, Scaling
from kmop_constructs.values.hooks import Hooks
from kmop_constructs.values.metrics import Metrics
from kmop_constructs.values.names import (
    annotation_map,
    dns_label,
    flag,
    frozen,
    hostname,
    ip_address,
    label_map,
    label_value,
    made_by,
    mapping,
    one_of,
    several,
    texts,
)
from kmop_constructs.values.placement import Placement
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Health
from kmop_constructs.values.rollout import OrderedUpdate, Recreate, RollingUpdate, Rollout
from kmop_constructs.values.scaling import Autoscaling, Replicas
from kmop_constructs.values.security import Account, Security
from kmop_constructs.values.service import Service
from kmop_constructs.values.shutdown import Shutdown
from kmop_constructs.values.tool import JobIntent, checked_intents
from kmop_constructs.values.volumes import Claim, ClaimTemplate, HostPath, Volume, mounts

__all__ = ["Identity", "PodFields", "RunningFields", "WorkloadSpec"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Names and labels of a workload in the cluster. Set them to take over an existing workload."""

    name: str | None = None
    """Name of the workload and of its objects. Default: the construct's id."""

    instance: str | None = None
    """Label ``app.kubernetes.io/instance``: distinguishes versions of one service. Default: the name."""

    app_name: str | None = None
    """Label ``app.kubernetes.io/name``: the application. Versions behind one Service (`Service.shared`) have the same
    application name. Default: the name."""

    version: str | None = None
    """Label ``app.kubernetes.io/version``. Default: the image's tag."""

    selector: Mapping[str, str] | None = None
    """Selector of the workload, which is immutable; set it to keep the selector of an existing workload. Its labels are
    added to the pods. Default: ``app.kubernetes.io/name`` and ``app.kubernetes.io/instance``."""

    def __post_init__(self) -> None:
        for name in ("name", "instance", "app_name"):
            value = getattr(self, name)
            if value is not None:
                dns_label(f"Identity.{name}", value)
        if self.version is not None:
            label_value("Identity.version", self.version)
        if self.selector is not None:
            if not self.selector:
                raise SpecError("Identity.selector: empty, which would select all pods; leave it out")
            object.__setattr__(self, "selector", label_map("Identity.selector", self.selector))


@dataclass(frozen=True, kw_only=True, slots=True)
class PodFields(ContainerSpec):
    """Fields of pods that all workloads share."""

    security: Security = Security()
    """Security context of the pods and of the app's container. Default: the Pod Security level *restricted*, see
    `Security`."""

    identity: Identity = Identity()
    """Names and labels of the workload. Default: derived from the construct's id, see `Identity`."""

    certificate: ServiceCertificate | None = None
    """Certificate of the workload, as files of the app's container: for its own ports with TLS, and as a client of services
    that require one. Default: none."""

    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Additional labels of all objects of the service and of its pods. They are never part of a selector, so they may
    change. Default: none."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the workload object (such as the Deployment), not of its pods. Default: none."""

    pod_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the pods, such as settings of a service mesh. A change replaces the pods. Default: none."""

    account: Account = Account()
    """ServiceAccount of the pods. Default: one for this workload, without permissions."""

    cloud_identity: CloudIdentity | None = None
    """Role or service account of the cloud that the pods act as, from the platform's provider (`Platform.identity`). The
    pods may then also connect to the addresses from which they get its credentials. Default: none."""

    placement: Placement = Placement()
    """Nodes on which the pods may run, and how the pods are spread over them. Default: any node; the scheduler prefers
    to spread the pods over nodes and zones."""

    init_containers: tuple[Container, ...] = ()
    """Containers that run one after the other before the app starts. Default: none."""

    sidecars: tuple[Container, ...] = ()
    """Containers that run beside the app. From Kubernetes 1.29 they are native sidecars, which start before the init
    containers and end after the app; in older versions they are plain containers, with a notice. Default: none."""

    isolation: Isolation | None = None
    """Directions that the NetworkPolicy closes: ``full`` (incoming and outgoing), ``ingress_only`` or ``off``. Default:
    the platform's `Cluster.isolation`, ``full`` unless changed."""

    host_aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Entries of ``/etc/hosts``: IP addresses, each with its host names. Default: none."""

    dns: Dns | None = None
    """DNS settings of the pods. Default: not set, the cluster's DNS."""

    enable_service_links: bool = False
    """Set variables such as ``REDIS_SERVICE_HOST``, with the address of every Service of the namespace
    (``enableServiceLinks``), for software that reads them. The software may then read a variable of another Service as
    one of its settings. Default: false."""

    share_process_namespace: bool = False
    """Let the containers of a pod see each other's processes. Default: false."""

    also: tuple[JobIntent, ...] = ()
    """Intents for jobs that the platform has from outside this library (`Platform.jobs`). Default: none."""

    def __post_init__(self) -> None:
        ContainerSpec.__post_init__(self)
        where = type(self).__name__
        object.__setattr__(self, "also", checked_intents(f"{where}.also", self.also))
        made_by(f"{where}.security", self.security, Security)
        object.__setattr__(self, "labels", label_map(f"{where}.labels", self.labels))
        object.__setattr__(self, "annotations", annotation_map(f"{where}.annotations", self.annotations))
        object.__setattr__(self, "pod_annotations", annotation_map(f"{where}.pod_annotations", self.pod_annotations))
        made_by(f"{where}.identity", self.identity, Identity)
        made_by(f"{where}.account", self.account, Account)
        made_by(f"{where}.cloud_identity", self.cloud_identity, CloudIdentity, type(None))
        made_by(f"{where}.certificate", self.certificate, ServiceCertificate, type(None))
        made_by(f"{where}.placement", self.placement, Placement)
        made_by(f"{where}.dns", self.dns, Dns, type(None))
        if self.isolation is not None:
            one_of(f"{where}.isolation", self.isolation, Isolation)
        self._check_containers(where)
        for name in ("share_process_namespace", "enable_service_links"):
            flag(f"{where}.{name}", getattr(self, name))
        aliases = mapping(f"{where}.host_aliases", self.host_aliases)
        for address, names_of in aliases.items():
            ip_address(f"{where}.host_aliases", address)
            for host in texts(f"{where}.host_aliases", names_of):
                hostname(f"{where}.host_aliases", host)
        object.__setattr__(self, "host_aliases", frozen({key: tuple(value) for key, value in aliases.items()}))
        self._check_volumes(where)

    @property
    def beside(self) -> tuple[Container, ...]:
        """All containers except the app's own."""
        return (*self.sidecars, *self.init_containers)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Ports of the app's container, the main port first. Default: none."""
        return ()

    @property
    def services(self) -> tuple[Service, ...]:
        """Services of the workload, the main Service first. Default: none."""
        return ()

    def _check_containers(self, where: str) -> None:
        for name in ("init_containers", "sidecars"):
            object.__setattr__(self, name, several(f"{where}.{name}", getattr(self, name)))
            for container in getattr(self, name):
                made_by(f"{where}.{name}", container, Container)
                for port in container.ports:
                    if port.container is not None:
                        what = f"port {port.number} of {container.name!r} names a container"
                        raise bad(
                            f"{where}.{name}", what, port.container, "leave it out: it is a port of that container"
                        )
                    self.check_port(f"{where}.{name}", port)
        for container in self.init_containers:
            check_init_container(f"{where}.init_containers", container)
        for container in self.sidecars:
            if container.before_sidecars:
                what = f"{container.name!r} is a sidecar, and sets before_sidecars"
                raise bad(f"{where}.sidecars", what, True, "leave it out, or make it an init container")
        names = [container.name for container in self.beside]
        for name in names:
            if names.count(name) > 1:
                raise SpecError(f"{where}: two containers have the name {name!r}; use different names")

    def _check_volumes(self, where: str) -> None:
        seen: dict[str, Volume] = {}
        for container in (self, *self.beside):
            for mount in mounts(where, container.volumes).values():
                volume = mount.volume
                if seen.setdefault(volume.name, volume) != volume:
                    raise SpecError(
                        f"{where}.volumes: two different volumes have the name {volume.name!r}; rename one, or make them equal"
                    )
                self.check_volume(where, volume)

    @property
    def node_namespaces(self) -> tuple[str, ...]:
        """Fields of the pod that put it into namespaces of its node, such as ``hostNetwork``. Default: none."""
        return ()

    def check_port(self, where: str, port: Port) -> None:
        """Refuse a port that the pods of this workload cannot have."""
        names = [each.name for each in self.sidecars]
        if port.container is not None and port.container not in names:
            what = f"port {port.number} names a container that is not a sidecar"
            known = f"use one of: {', '.join(names)}, or leave it out" if names else "add the sidecar, or leave it out"
            raise bad(where, what, port.container, f"{known} for the app's own container")
        if port.host_port is not None:
            what = f"port {port.number} sets host_port, which only a NodeAgent supports"
            raise bad(where, what, port.host_port, "leave it out, and use a Service: NodePort()")

    def check_volume(self, where: str, volume: Volume) -> None:
        """Refuse a volume that the pods of this workload cannot have."""
        refuse_host_path(where, volume)
        if isinstance(volume, ClaimTemplate):
            raise SpecError(
                f"{where}.volumes: {volume.name!r} is a ClaimTemplate, which only a StatefulSet supports; write a "
                "StatefulSpec, or Claim(…) for an existing claim"
            )


def refuse_host_path(where: str, volume: Volume) -> None:
    """Refuse a path of the node: pods that move between nodes would find other files."""
    if isinstance(volume, HostPath):
        raise bad(f"{where}.volumes", "a HostPath, which only a NodeAgent supports", volume.path,
                  "write a NodeAgentSpec, or use a claim or an EmptyDir")  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningFields(PodFields):
    """Fields of pods that run until they are stopped."""

    health: str | Health | None = None
    """Health checks, or the HTTP path of the readiness check. Default: TCP or gRPC checks of the main port; none without
    a port."""

    migration: Migration | None = None
    """Command that must succeed before a new version starts. Default: none."""

    hooks: Hooks = Hooks()
    """Actions right after the start and before the end of the container. Default: only the pause of `shutdown`."""

    shutdown: Shutdown = Shutdown()
    """Shutdown of a pod. Default: a pause of 10 seconds if the workload has a Service, 40 seconds in total."""

    metrics: Metrics | None = None
    """Metrics endpoint. The platform's scraper is admitted to its port. Default: none."""

    def __post_init__(self) -> None:
        PodFields.__post_init__(self)
        where = type(self).__name__
        if isinstance(self.health, str):
            object.__setattr__(self, "health", Health(path=self.health))
        made_by(f"{where}.health", self.health, Health, type(None))
        made_by(f"{where}.migration", self.migration, Migration, type(None))
        made_by(f"{where}.hooks", self.hooks, Hooks)
        made_by(f"{where}.shutdown", self.shutdown, Shutdown)
        made_by(f"{where}.metrics", self.metrics, Metrics, type(None))


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkloadSpec(RunningFields):
    """Fields of workloads that run until they are stopped, with a number of pods."""

    scaling: Scaling = Replicas(2)
    """Number of pods: fixed (`Replicas`), or autoscaled by the use of CPU and memory (`Autoscaling`) or by the work (`EventScaling`).
    Default: 2."""

    disruption: Disruption | None = None
    """Disruption budget: pods that a drain may remove at once. Default: 1. With 1 replica: no budget, and a notice."""

    rollout: Rollout = RollingUpdate()
    """How a new version replaces the old one. Default: new pods start before old pods end, 25 % at a time, so no pod is
    missing."""

    def __post_init__(self) -> None:
        RunningFields.__post_init__(self)
        where = type(self).__name__
        made_by(f"{where}.scaling", self.scaling, Replicas, Autoscaling, EventScaling)
        made_by(f"{where}.disruption", self.disruption, MaxUnavailable, MinAvailable, NoBudget, type(None))
        self._check_rollout(where)
        self._check_scaling(where)

    def _check_rollout(self, where: str) -> None:
        if isinstance(self.rollout, OrderedUpdate):
            raise SpecError(
                f"{where}.rollout: OrderedUpdate is only for a StatefulSet; write RollingUpdate or Recreate"
            )
        made_by(f"{where}.rollout", self.rollout, RollingUpdate, Recreate)

    def _check_scaling(self, where: str) -> None:
        if isinstance(self.scaling, Replicas):
            return
        for target in self.scaling.all_targets:
            if target.utilization_percent is None or target.container is not None:
                continue
            if self.resources is None or getattr(self.resources, target.resource) is None:
                raise SpecError(
                    f"{where}.scaling: the target is {target.utilization_percent} percent of the {target.resource} request, "
                    f"but resources.{target.resource} is not set; add resources=Resources({target.resource}=…), as measured"
                )

    def check_volume(self, where: str, volume: Volume) -> None:
        """Refuse a volume that the pods of this workload cannot have."""
        PodFields.check_volume(self, where, volume)
        if isinstance(volume, Claim) and not volume.shared and not isinstance(self.rollout, Recreate):
            raise SpecError(
                f"{where}.volumes: the claim {volume.name!r} can be attached to one node at a time, so a new pod would "
                "wait for the old pod forever; set rollout=Recreate(), or Claim(…, shared=True)"
            )
        most = self.scaling.count if isinstance(self.scaling, Replicas) else self.scaling.max_replicas
        if isinstance(volume, Claim) and not volume.shared and most > 1:
            raise SpecError(
                f"{where}.scaling: up to {most} pods, but the claim {volume.name!r} can be attached to one node at a time; set "
                "scaling=Replicas(1), use Claim(…, shared=True), or a StatefulSpec with a claim for each pod"
            )
