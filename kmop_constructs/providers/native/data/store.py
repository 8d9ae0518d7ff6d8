"""The base of native stores: a StatefulSet, usually of one pod, its claim, and a policy that allows only declared callers.

Each technology has a module of its own, with the properties of its image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, get_args

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.users import name_of
from kmop_constructs.components.data.uses import StoreData, StoreDrawn
from kmop_constructs.core.findings import Finding
from kmop_constructs.errors import bad
from kmop_constructs.values.cluster import Isolation
from kmop_constructs.values.container import Container
from kmop_constructs.values.disruption import Disruption, MaxUnavailable, MinAvailable, NoBudget
from kmop_constructs.values.env import EnvValue, environment
from kmop_constructs.values.metrics import Metrics
from kmop_constructs.values.names import annotation_map, label_map, made_by, one_of, several, texts
from kmop_constructs.values.placement import Placement
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Health
from kmop_constructs.values.quantity import seconds, whole
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.scaling import Replicas
from kmop_constructs.values.service import HeadlessService, Service
from kmop_constructs.values.volumes import ClaimTemplate, EmptyDir, Mount, VolumeSource, mounts
from kmop_constructs.values.workload import Identity
from kmop_constructs.workloads.stateful import Keep, StatefulService, StatefulSpec
from kmop_constructs.workloads.stores import AnyStore

if TYPE_CHECKING:
    from kmop_constructs.components.data.as_drawn import AsDrawn
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.components.data.technology import Technology
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.values.quantity import Size
    from kmop_constructs.workloads.plan import Plan
    from kmop_constructs.workloads.platform import Platform
    from kmop_constructs.workloads.spec import ServiceSpec

    from constructs import Construct

__all__ = ["ImageProfile", "NativeData", "NativeDataOptions", "Passwords"]

ImageProfile: TypeAlias = Literal["official", "bitnami"]
"""The maker of an image, which decides paths, user and variables."""

CLAIM = "data"
"""Name of the volume with the data: the claim template, and so the prefix of every claim's name, or an emptyDir."""

Passwords: TypeAlias = Literal["files", "variables"]
"""How a pod gets the passwords that it sets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeDataOptions:
    """Options of a native store's pods, for all technologies. Override `NativeData.plan` in a subclass for any other field."""

    identity: Identity = Identity()
    """Names, labels and selector, to take over an existing StatefulSet. Default: all are made from the id."""

    service: Service = Service()
    """The Service that callers use. Default: a ClusterIP Service with the name of the workload."""

    peers: HeadlessService | None = HeadlessService(publish_not_ready_addresses=True)
    """The headless Service that gives each pod a DNS name. Immutable. Default: see `StatefulSpec.peers`."""

    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of every object and of the pod. Default: none."""

    pod_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the pod, such as those of a backup tool. Default: none."""

    placement: Placement = Placement()
    """The nodes for the pod. Default: any node."""

    disruption: Disruption | None = None
    """How many pods a drain may evict at once. Default: one; a single pod gets no budget, but a notice."""

    volumes: Mapping[str, VolumeSource] = field(default_factory=dict[str, VolumeSource])
    """Further writable paths of the server, such as ``{"/tmp": EmptyDir("tmp", memory=True)}``. They replace the same paths
    of this class, except the path of the data. Default: none."""

    sidecars: tuple[Container, ...] = ()
    """Further containers of the pod, such as a metrics exporter. Default: none."""

    extra_ports: tuple[Port, ...] = ()
    """Further ports, such as that of an exporter: ``Port(9187, name="metrics", container="exporter", exposed=False)``.
    Default: none."""

    metrics: Metrics | None = None
    """Metrics endpoint, such as that of an exporter: ``Metrics(port="metrics")``. Default: none, not scraped."""

    isolation: Isolation | None = None
    """The directions that the NetworkPolicy closes. Default: that of the platform (``full``)."""

    image_profile: ImageProfile | None = None
    """``official`` for the official image or one made from it; ``bitnami`` for Bitnami's PostgreSQL and Elasticsearch.
    Default: from the image name; ``bitnami`` where it contains ``bitnami``, ``bitnamilegacy`` or ``bitnamisecure``,
    else ``official``."""

    user: int | None = None
    """The user id that the image needs. Default: that of the image profile."""

    group: int | None = None
    """The group id that the image needs. Default: that of the image profile."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Further variables for the image; they override those of this library. Default: none."""

    args: tuple[str, ...] = ()
    """Further arguments of the server, after those of `settings`. Default: none."""

    passwords: Passwords | None = None
    """How the pod gets the passwords that it sets: ``files``, which checks and shells in the container do not inherit,
    or ``variables``. For callers, the edges decide this. Default: ``files`` where the image reads them (PostgreSQL, MySQL,
    MongoDB), else ``variables``."""

    health: Health | None = None
    """Checks that replace those of the image; a check that is not set keeps its default. Default: checks for the
    image."""

    startup_budget: timedelta = timedelta(minutes=10)
    """Maximum time to start: the first start creates a database, and a start after a crash replays the log.
    Default: 10 minutes."""

    keep_claim_when_deleted: Keep = "Retain"
    """``Retain`` or ``Delete``: what happens to claim and data when the StatefulSet is deleted. Default: Retain."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", label_map("NativeDataOptions.labels", self.labels))
        annotations = annotation_map("NativeDataOptions.pod_annotations", self.pod_annotations)
        object.__setattr__(self, "pod_annotations", annotations)
        object.__setattr__(self, "volumes", mounts("NativeDataOptions.volumes", self.volumes))
        object.__setattr__(self, "sidecars", several("NativeDataOptions.sidecars", self.sidecars))
        for sidecar in self.sidecars:
            made_by("NativeDataOptions.sidecars", sidecar, Container)
        object.__setattr__(self, "extra_ports", several("NativeDataOptions.extra_ports", self.extra_ports))
        for port in self.extra_ports:
            made_by("NativeDataOptions.extra_ports", port, Port)
        made_by("NativeDataOptions.metrics", self.metrics, Metrics, type(None))
        if self.isolation is not None:
            one_of("NativeDataOptions.isolation", self.isolation, Isolation)
        made_by("NativeDataOptions.identity", self.identity, Identity)
        made_by("NativeDataOptions.placement", self.placement, Placement)
        made_by("NativeDataOptions.service", self.service, Service)
        made_by("NativeDataOptions.peers", self.peers, HeadlessService, type(None))
        disruptions = (MaxUnavailable, MinAvailable, NoBudget, type(None))
        made_by("NativeDataOptions.disruption", self.disruption, *disruptions)
        object.__setattr__(self, "env", environment("NativeDataOptions.env", self.env))
        object.__setattr__(self, "args", texts("NativeDataOptions.args", self.args))
        if self.image_profile is not None:
            one_of("NativeDataOptions.image_profile", self.image_profile, ImageProfile)
        if self.passwords is not None:
            one_of("NativeDataOptions.passwords", self.passwords, Passwords, secret=True)
        self._check_health()
        for name in ("user", "group"):
            if getattr(self, name) is not None:
                whole(f"NativeDataOptions.{name}", getattr(self, name), lowest=1 if name == "user" else 0)
        seconds("NativeDataOptions.startup_budget", self.startup_budget, lowest=5)
        one_of("NativeDataOptions.keep_claim_when_deleted", self.keep_claim_when_deleted, Keep)

    def _check_health(self) -> None:
        """Refuse a start-up budget in `Health`, because the options have a field for it."""
        made_by("NativeDataOptions.health", self.health, Health, type(None))
        if self.health is not None and self.health.startup_budget != Health().startup_budget:
            what = "startup_budget has its own field"
            got = str(self.health.startup_budget)
            raise bad("NativeDataOptions.health", what, got, "write NativeDataOptions(startup_budget=…)")


class NativeData(StatefulService):
    """Base of the native stores: pods that hold data. Use a subclass, such as `NativePostgres`."""

    technology: ClassVar[Technology]
    """The technology of the store."""

    in_memory: ClassVar[bool] = False
    """Whether a store without storage keeps its data in memory, and nothing in files. Default: False."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: StatefulSpec,
        *,
        database: str | None,
        credentials: Credentials | None,
        guessed: bool,
        platform: Platform | None,
        uses: Sequence[Edge],
        accepts: Sequence[Peer],
        users: Mapping[str, Credentials] | None = None,
        writers: frozenset[str] = frozenset(),
    ) -> None:
        """Draw the store; see the subclasses."""
        self.users: Mapping[str, Credentials] = users or {}
        """Logins of further users, by the name for edges."""
        self._writers = writers
        self.database = database
        """The database, or virtual host, that callers use."""
        self.credentials = credentials
        """The login of callers that do not name another."""
        super().__init__(scope, id, spec, platform=platform, uses=uses, accepts=accepts)
        if guessed and spec.resources is not None:
            message = (
                f"resources is not set, so an estimate is used: {spec.resources.cpu} CPU and {spec.resources.memory} memory, enough "
                f"for an empty {self.technology.name}; set resources=Resources(…) to measured values"
            )
            self._place.give(Finding(path=self.path, rule="resources-guessed", severity="notice", message=message))

        self._check_version(spec)
        self.as_drawn: AsDrawn | None = None
        """What a provider says of it. ``None`` for a store that no provider draws."""
        if not isinstance(scope, get_args(AnyStore)):
            self._place.give(self._described(spec))

    @property
    def gives(self) -> tuple[object, ...]:
        """What the provider that draws it says of it; it adds all other facts itself."""
        return () if self.as_drawn is None else (self.as_drawn,)

    def _described(self, spec: StatefulSpec) -> StoreDrawn:
        """Return what rules read of a store that is written as native pods. Its provider is the one that would draw the same."""
        claim = _claim(spec)
        version = self._software(spec)
        data = StoreData(
            technology=self.technology.name,
            provider=f"{self._native_name()}Provider",
            version=spec.image.reference if version is None else version,
            storage=None if claim is None else str(claim.size),
            storage_class=None if claim is None else claim.storage_class,
            holder=self.facts.name,
            keeps_data=claim is not None,
            database=self.database,
            owner=None if self.database is None else name_of(self.credentials),
        )
        record = self.platform.stores_record
        return StoreDrawn(
            path=self.path,
            scope=self.facts.scope,
            data=data,
            record=None if record is None else str(record),
            volumes_restore=self.technology.volumes_restore,
            has_backup=False,
            requires_backup=self.platform.require_backups,
        )

    @classmethod
    def _native_name(cls) -> str:
        """Return the name of the class of this library, of which a team may have a subclass."""
        return next((each.__name__ for each in cls.__mro__ if "technology" in vars(each)), cls.__name__)

    def _needs(self, spec: StatefulSpec) -> tuple[tuple[int, ...], str] | None:  # noqa: ARG002 - for overrides
        """Return the oldest version of the image that can run what is drawn, and the reason. ``None`` if any can."""
        return None

    def _check_version(self, spec: StatefulSpec) -> None:
        """Add a finding where the tag of the image is a version that cannot run what is drawn."""
        needed, found = self._needs(spec), self._software(spec)
        if needed is None or found is None:
            return
        oldest, why = needed
        version = tuple(int(part) for part in found.split("."))
        # A tag with fewer parts, such as 8, is that of the newest version.
        if version[: len(oldest)] < oldest[: len(version)]:
            wanted = ".".join(map(str, oldest))
            message = (
                f"the image is {self.technology.name} {found}, but {why}, from {wanted} on; use a newer image, or allow "
                "'image-version' where the tag means something else"
            )
            self._place.give(Finding(path=self.path, rule="image-version", message=message))

    def _software(self, spec: StatefulSpec) -> str | None:
        """Return the version that the tag of the image is. ``None`` for other repositories, whose tags have a count of their own."""
        found = re.match(r"v?(\d+(?:\.\d+)*)", spec.image.tag or "")
        repository = re.split("[:@]", spec.image.reference.rpartition("/")[2])[0]
        named = self.technology.name.lower().startswith(repository)
        return found[1] if found is not None and named else None

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: ServiceSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:
        """Return the plan of the store; override it to set fields of the pod that no argument has. See `Microservice.plan`."""
        plan = super().plan(facts, spec, platform, uses)
        alone = isinstance(spec.scaling, Replicas) and spec.scaling.count == 1
        notices = [_of_one_node(each) for each in plan.notices]
        limit = spec.resources.ephemeral_storage_limit if spec.resources is not None else None
        if limit == Resources().ephemeral_storage_limit and not cls.in_memory and _without_claim(spec):
            notices.append(_evicted(facts, limit))
        return replace(plan, peers=not alone, notices=tuple(notices))

    def _store(self) -> Store:
        return Store(
            where=self.path,
            name=self.facts.services[0],
            technology=self.technology,
            call=self.ref().tcp(env=None),
            database=self.database,
            credentials=self.credentials,
            users=self.users,
            writers=self._writers,
            namespace=self.facts.namespace,
        )


def _of_one_node(notice: Finding) -> Finding:
    """Return the notice with the text for a store: a second replica would have its own data."""
    if notice.rule != "single-replica":
        return notice
    message = (
        "holds data in one pod, so every drain of its node and every new version is an outage; allow 'single-replica' "
        "with the reason, or let an operator run the store"
    )
    return replace(notice, message=message)


def _claim(spec: ServiceSpec) -> ClaimTemplate | None:
    """Return the claim of the data."""
    mounted = (each.volume if isinstance(each, Mount) else each for each in spec.volumes.values())
    return next((each for each in mounted if isinstance(each, ClaimTemplate) and each.name == CLAIM), None)


def _without_claim(spec: ServiceSpec) -> bool:
    """Return whether the data is in the pod."""
    return any(
        isinstance(each, Mount) and isinstance(each.volume, EmptyDir) and each.volume.name == CLAIM
        for each in spec.volumes.values()
    )


def _evicted(facts: ServiceFacts, limit: Size | None) -> Finding:
    """Return the notice for data on the local disk of the node, at the default limit."""
    message = (
        f"keeps its data in the pod, which is evicted, and its data deleted, when data and logs are above {limit}: the default "
        "limit of local disk; set storage=Size.gib(…), or another limit: Resources(…, ephemeral_storage_limit=Size.gib(…))"
    )
    return Finding(path=facts.path, rule="data-evicted", severity="notice", message=message)
