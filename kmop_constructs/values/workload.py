"""The pod vocabulary that every kind of workload shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.cluster import Isolation
from kmop_constructs.values.disruption import Disruption, MaxUnavailable, MinAvailable, NoBudget
from kmop_constructs.values.dns import Dns
from kmop_constructs.values.env import ConfigMapEnv, EnvFrom, EnvValue, SecretEnv, environment
from kmop_constructs.values.files import FileSource, FileTemplate, file_sources
from kmop_constructs.values.hooks import Hooks
from kmop_constructs.values.image import Image
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
from kmop_constructs.values.ports import Port, unserved
from kmop_constructs.values.probes import Health
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.rollout import OrderedUpdate, Recreate, RollingUpdate, Rollout
from kmop_constructs.values.scaling import Autoscaling, Replicas, Scaling
from kmop_constructs.values.security import Account, Security
from kmop_constructs.values.service import Service
from kmop_constructs.values.shutdown import Shutdown
from kmop_constructs.values.tool import JobIntent, checked_intents
from kmop_constructs.values.volumes import Claim, ClaimTemplate, Volume, VolumeSource, mounts

__all__ = ["Container", "ContainerSpec", "Identity", "Migration", "PodFields", "WorkloadSpec"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerSpec:
    """What any container says."""

    image: Image
    """The image."""

    command: tuple[str, ...] = ()
    """Replaces the image's entrypoint. Default: the image's."""

    args: tuple[str, ...] = ()
    """Replaces the image's arguments. Default: the image's."""

    working_dir: str | None = None
    """Default: the image's."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Variables in order; ``$(NAME)`` in a literal refers to one further up. Default: none."""

    env_from: tuple[EnvFrom, ...] = ()
    """Whole ConfigMaps and Secrets as variables. Default: none."""

    files: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Files and directories by their path in the container. Default: none."""

    volumes: Mapping[str, VolumeSource] = field(default_factory=dict[str, VolumeSource])
    """Writable paths and storage by their path in the container. Default: ``/tmp`` alone."""

    resources: Resources | None = None
    """Requests and limits. Default: a guess (`GUESSED`), with a notice."""

    security: Security | None = Security()
    """Default: the restricted level."""

    def __post_init__(self) -> None:
        where = type(self).__name__
        if not isinstance(self.image, Image):
            example = repr(self.image) if isinstance(self.image, str) else "…"
            raise bad(f"{where}.image", "not an Image", self.image, f"write Image({example})")
        place = self.working_dir
        if place is not None and (not isinstance(place, str) or not place.startswith("/")):
            raise bad(f"{where}.working_dir", "not an absolute path", place, "start it with a slash")
        object.__setattr__(self, "command", texts(f"{where}.command", self.command))
        object.__setattr__(self, "args", texts(f"{where}.args", self.args))
        object.__setattr__(self, "env", environment(f"{where}.env", self.env))
        object.__setattr__(self, "env_from", several(f"{where}.env_from", self.env_from))
        for source in self.env_from:
            made_by(f"{where}.env_from", source, ConfigMapEnv, SecretEnv)
        made_by(f"{where}.resources", self.resources, Resources, type(None))
        made_by(f"{where}.security", self.security, Security, type(None))
        object.__setattr__(self, "files", file_sources(f"{where}.files", self.files))
        object.__setattr__(self, "volumes", mounts(f"{where}.volumes", self.volumes))
        both = sorted(set(self.files) & set(self.volumes))
        if both:
            raise SpecError(f"{where}.files: {both[0]!r} is a volume too; give one of them another path")


@dataclass(frozen=True, kw_only=True, slots=True)
class Container(ContainerSpec):
    """A container beside the app's own: one that runs before it, or with it."""

    name: str = field(kw_only=False)
    """Its name in the pod."""

    app_env: bool = False
    """Give it the variables of the app's container too, before its own. Default: no."""

    ports: tuple[Port, ...] = ()
    """Container ports. Default: none."""

    health: Health | None = None
    """Checks of a sidecar; an init container ends, and can have none. Default: none."""

    security: Security | None = None
    """Default: the restricted level, as the user and group that the workload's `Security` names. Root is not passed on,
    and what the workload leaves to its image is 65532 here: another image need not name anybody."""

    def __post_init__(self) -> None:
        ContainerSpec.__post_init__(self)
        dns_label("Container.name", self.name)
        for at, source in self.files.items():
            if isinstance(source, FileTemplate):
                raise SpecError(f"Container({self.name!r}).files[{at!r}]: a FileTemplate is for the app's own container; "
                                "move it there")  # fmt: skip
        where = f"Container({self.name!r})"
        flag(f"{where}.app_env", self.app_env)
        object.__setattr__(self, "ports", unserved(f"{where}.ports", self.ports))
        made_by(f"{where}.health", self.health, Health, type(None))
        own = self.security or Security()
        if own.fs_group is not None or own.sysctls or own.supplemental_groups:
            raise SpecError(
                f"{where}.security: fs_group, supplemental_groups and sysctls belong to the pod; set them on the spec"
            )


def check_init_container(where: str, container: Container) -> None:
    """Check what runs before the app: it ends, so that it has no health to be checked."""
    made_by(where, container, Container)
    if container.health is not None:
        raise SpecError(
            f"{where}: {container.name!r} has health checks, which nobody makes of a container that ends; leave health "
            "out, or make it a sidecar"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """What must succeed before a new version of the app starts: it runs in each new pod before the app.

    While it fails, the new pods do not start, and the old ones stay. It may run in several pods at once, so it must
    lock, as migration tools do, and do nothing where all is done.
    """

    command: tuple[str, ...] = ()
    """The command. Default: the image's entrypoint."""

    args: tuple[str, ...] = ()
    """Its arguments. Default: the image's."""

    image: Image | None = None
    """Default: the app's."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Variables besides those of the app. Default: none."""

    resources: Resources | None = None
    """Requests and limits. Default: the app's."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "command", texts("Migration.command", self.command))
        object.__setattr__(self, "args", texts("Migration.args", self.args))
        object.__setattr__(self, "env", environment("Migration.env", self.env))
        made_by("Migration.image", self.image, Image, type(None))
        made_by("Migration.resources", self.resources, Resources, type(None))
        if not self.command and not self.args and self.image is None:
            raise SpecError(
                "Migration: says neither command, arguments nor image, so the app itself would run; say one"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """The names and labels by which the cluster knows a workload. Give them to take over one that runs."""

    name: str | None = None
    """Name of the workload and what belongs to it. Default: the construct's id."""

    instance: str | None = None
    """``app.kubernetes.io/instance``: tells versions of one service apart. Default: the name."""

    app_name: str | None = None
    """``app.kubernetes.io/name``: the application, which versions that stand behind one Service (`Service.shared`) have
    in common. Default: the name."""

    version: str | None = None
    """``app.kubernetes.io/version``. Default: the image's tag."""

    selector: Mapping[str, str] | None = None
    """The workload's (immutable) selector, where an existing one must be kept. Its labels are put on the pods.
    Default: ``app.kubernetes.io/name`` and ``/instance``."""

    def __post_init__(self) -> None:
        for name in ("name", "instance", "app_name"):
            value = getattr(self, name)
            if value is not None:
                dns_label(f"Identity.{name}", value)
        if self.version is not None:
            label_value("Identity.version", self.version)
        if self.selector is not None:
            if not self.selector:
                raise SpecError("Identity.selector: empty, which would select every pod; leave it out")
            object.__setattr__(self, "selector", label_map("Identity.selector", self.selector))


@dataclass(frozen=True, kw_only=True, slots=True)
class PodFields(ContainerSpec):
    """What any workload says of its pods."""

    security: Security = Security()
    """Default: the restricted level."""

    identity: Identity = Identity()
    """Default: everything follows from the construct's id."""

    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """On every object of the service, and its pods. Never part of a selector. Default: none."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """On the workload. Default: none."""

    pod_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """On the pods. Default: none."""

    account: Account = Account()
    """The ServiceAccount. Default: one of its own that may do nothing."""

    placement: Placement = Placement()
    """Which nodes. Default: any, spread softly over nodes and zones."""

    init_containers: tuple[Container, ...] = ()
    """Containers that run one after the other before the app starts. Default: none."""

    sidecars: tuple[Container, ...] = ()
    """Containers that run beside the app: native sidecars from Kubernetes 1.29, which start before the init containers
    and end after the app; below, plain containers, with a notice. Default: none."""

    isolation: Isolation | None = None
    """What the NetworkPolicy closes. Default: what the platform says (``full``)."""

    host_aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Entries of ``/etc/hosts``: addresses, each with its host names. Default: none."""

    dns: Dns | None = None
    """The pod's resolver. Default: the cluster's."""

    share_process_namespace: bool = False
    """Containers see each other's processes. Default: no."""

    also: tuple[JobIntent, ...] = ()
    """What is asked of jobs that the platform has been given from outside: `Platform.jobs`. Default: nothing."""

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
        made_by(f"{where}.placement", self.placement, Placement)
        made_by(f"{where}.dns", self.dns, Dns, type(None))
        if self.isolation is not None:
            one_of(f"{where}.isolation", self.isolation, Isolation)
        for name in ("init_containers", "sidecars"):
            object.__setattr__(self, name, several(f"{where}.{name}", getattr(self, name)))
            for container in getattr(self, name):
                made_by(f"{where}.{name}", container, Container)
        flag(f"{where}.share_process_namespace", self.share_process_namespace)
        for container in self.init_containers:
            check_init_container(f"{where}.init_containers", container)
        names = [container.name for container in self.beside]
        for name in names:
            if names.count(name) > 1:
                raise SpecError(f"{where}: two containers are named {name!r}; give each a name of its own")
        aliases = mapping(f"{where}.host_aliases", self.host_aliases)
        for address, names_of in aliases.items():
            ip_address(f"{where}.host_aliases", address)
            for host in texts(f"{where}.host_aliases", names_of):
                hostname(f"{where}.host_aliases", host)
        object.__setattr__(self, "host_aliases", frozen({key: tuple(value) for key, value in aliases.items()}))
        self._check_volumes(where)

    @property
    def beside(self) -> tuple[Container, ...]:
        """Every container but the app's own."""
        return (*self.sidecars, *self.init_containers)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port of the app's container, the main one first. Default: none."""
        return ()

    @property
    def services(self) -> tuple[Service, ...]:
        """Every Service, the main one first. Default: none."""
        return ()

    def _check_volumes(self, where: str) -> None:
        seen: dict[str, Volume] = {}
        for container in (self, *self.beside):
            for mount in mounts(where, container.volumes).values():
                volume = mount.volume
                if seen.setdefault(volume.name, volume) != volume:
                    raise SpecError(
                        f"{where}.volumes: two different volumes are named {volume.name!r}; rename one, or make them equal"
                    )
                self.check_volume(where, volume)

    def check_volume(self, where: str, volume: Volume) -> None:
        """Refuse a volume that its pods cannot have."""
        if isinstance(volume, ClaimTemplate):
            raise SpecError(
                f"{where}.volumes: {volume.name!r} is a claim for each pod, which only a StatefulSet has; write a "
                "StatefulSpec, or Claim(…) for one that exists"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkloadSpec(PodFields):
    """What any workload that runs until it is stopped says of its pods."""

    health: str | Health | None = None
    """Checks, or the HTTP path of the readiness check. Default: TCP or gRPC checks of the main port; none without
    a port."""

    scaling: Scaling = Replicas(2)
    """How many pods. Default: two."""

    disruption: Disruption | None = None
    """How many pods a drain may take at once. Default: one; no budget at one replica, with a notice."""

    rollout: Rollout = RollingUpdate()
    """How a new version replaces the old. Default: new pods first, 25 % at a time, none missing."""

    migration: Migration | None = None
    """What must succeed before a new version starts. Default: nothing."""

    hooks: Hooks = Hooks()
    """What runs right after the start and before the end. Default: the pause of `shutdown` alone."""

    shutdown: Shutdown = Shutdown()
    """How a pod ends. Default: a pause of 10 s where a Service exists, 40 s in all."""

    metrics: Metrics | None = None
    """Where it shows metrics; the platform's scraper is let in there. Default: nowhere."""

    def __post_init__(self) -> None:
        PodFields.__post_init__(self)
        where = type(self).__name__
        if isinstance(self.health, str):
            object.__setattr__(self, "health", Health(path=self.health))
        made_by(f"{where}.health", self.health, Health, type(None))
        made_by(f"{where}.scaling", self.scaling, Replicas, Autoscaling)
        made_by(f"{where}.disruption", self.disruption, MaxUnavailable, MinAvailable, NoBudget, type(None))
        made_by(f"{where}.migration", self.migration, Migration, type(None))
        made_by(f"{where}.hooks", self.hooks, Hooks)
        made_by(f"{where}.shutdown", self.shutdown, Shutdown)
        made_by(f"{where}.metrics", self.metrics, Metrics, type(None))
        self._check_rollout(where)
        self._check_scaling(where)

    def _check_rollout(self, where: str) -> None:
        if isinstance(self.rollout, OrderedUpdate):
            raise SpecError(f"{where}.rollout: an OrderedUpdate is a StatefulSet's; write RollingUpdate or Recreate")
        made_by(f"{where}.rollout", self.rollout, RollingUpdate, Recreate)

    def _check_scaling(self, where: str) -> None:
        if not isinstance(self.scaling, Autoscaling):
            return
        for target in self.scaling.all_targets:
            if target.utilization_percent is None or target.container is not None:
                continue
            if self.resources is None or getattr(self.resources, target.resource) is None:
                raise SpecError(
                    f"{where}.scaling: {target.utilization_percent} percent of a {target.resource} request that nobody "
                    f"has written; add resources=Resources({target.resource}=…), as measured"
                )

    def check_volume(self, where: str, volume: Volume) -> None:
        """Refuse a volume that its pods cannot have."""
        PodFields.check_volume(self, where, volume)
        if isinstance(volume, Claim) and not volume.shared and not isinstance(self.rollout, Recreate):
            raise SpecError(
                f"{where}.volumes: the claim {volume.name!r} can be on one node at a time, so a new pod would "
                "wait for the old one forever; set rollout=Recreate(), or Claim(…, shared=True)"
            )
        most = self.scaling.count if isinstance(self.scaling, Replicas) else self.scaling.max_replicas
        if isinstance(volume, Claim) and not volume.shared and most > 1:
            raise SpecError(
                f"{where}.scaling: up to {most} pods, but the claim {volume.name!r} can be on one node at a time; set "
                "scaling=Replicas(1), use Claim(…, shared=True), or a StatefulSpec with a claim for each pod"
            )
