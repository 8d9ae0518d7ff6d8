"""Data by plain Kubernetes: a StatefulSet, mostly of one pod, its claim, and nobody let in but declared callers.

What the classes here have in common. The technologies are in modules of their own, with what is peculiar to each image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from kmop_constructs.components.data.connection import Store
from kmop_constructs.core.findings import Finding
from kmop_constructs.errors import bad
from kmop_constructs.values.cluster import Isolation
from kmop_constructs.values.disruption import Disruption, MaxUnavailable, MinAvailable, NoBudget
from kmop_constructs.values.env import EnvValue, environment
from kmop_constructs.values.names import annotation_map, label_map, made_by, one_of, several, texts
from kmop_constructs.values.placement import Placement
from kmop_constructs.values.probes import Health
from kmop_constructs.values.quantity import seconds, whole
from kmop_constructs.values.scaling import Replicas
from kmop_constructs.values.service import HeadlessService, Service
from kmop_constructs.values.workload import Container, Identity
from kmop_constructs.workloads.stateful import Keep, StatefulService, StatefulSpec

if TYPE_CHECKING:
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.components.data.technology import Technology
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.callers import Caller
    from kmop_constructs.workloads.plan import Plan
    from kmop_constructs.workloads.platform import Platform
    from kmop_constructs.workloads.spec import ServiceSpec

    from constructs import Construct

__all__ = ["ImageProfile", "NativeData", "NativeDataOptions", "Passwords"]

ImageProfile: TypeAlias = Literal["official", "bitnami"]
"""Whose image it is, which decides paths, user and variables."""

Passwords: TypeAlias = Literal["files", "variables"]
"""How a pod gets the passwords that it sets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeDataOptions:
    """What only pods of our own can be told. Whatever else a pod can say goes through `plan`, in a subclass."""

    identity: Identity = Identity()
    """Names, labels and selector, to take over a StatefulSet that runs. Default: everything follows from the id."""

    service: Service = Service()
    """The Service that callers use. Default: ClusterIP, named like the workload."""

    peers: HeadlessService = HeadlessService(publish_not_ready_addresses=True)
    """The headless Service that gives each pod a name in DNS. Immutable. Default: see `StatefulSpec.peers`."""

    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """On every object, and the pod. Default: none."""

    pod_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """On the pod, such as what a backup tool looks for. Default: none."""

    placement: Placement = Placement()
    """Which nodes. Default: any."""

    disruption: Disruption | None = None
    """How many pods a drain may take at once. Default: one; no budget for an only pod, with a notice."""

    sidecars: tuple[Container, ...] = ()
    """Containers beside it, such as one that exports metrics. Default: none."""

    isolation: Isolation | None = None
    """What the NetworkPolicy closes. Default: what the platform says (``full``)."""

    image_profile: ImageProfile | None = None
    """Whose image it is: ``official``, or made from one, or ``bitnami``, for PostgreSQL and Elasticsearch. Default: by
    its name, Bitnami's where ``bitnami``, ``bitnamilegacy`` or ``bitnamisecure`` is a part of it, else official."""

    user: int | None = None
    """The user id that the image expects. Default: that of the image profile."""

    group: int | None = None
    """The group id that the image expects. Default: that of the image profile."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Further variables that the image reads, before which ours of the same name give way. Default: none."""

    args: tuple[str, ...] = ()
    """Further arguments of the server, after those that `settings` become. Default: none."""

    passwords: Passwords | None = None
    """How the pod gets the passwords that it sets: ``files``, which checks and shells in the container do not inherit, or
    ``variables``. Callers get theirs as their edges say. Default: files, where the image reads them (PostgreSQL, MySQL,
    MongoDB), else variables."""

    health: Health | None = None
    """Checks in place of ours. A check that it leaves out stays ours. Default: what suits the image."""

    startup_budget: timedelta = timedelta(minutes=10)
    """How long it may take to start: the first time it writes a database, and after a crash it replays its log.
    Default: 10 minutes."""

    keep_claim_when_deleted: Keep = "Retain"
    """What becomes of the claim, and of the data, when the StatefulSet is deleted. Default: it stays."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", label_map("NativeDataOptions.labels", self.labels))
        annotations = annotation_map("NativeDataOptions.pod_annotations", self.pod_annotations)
        object.__setattr__(self, "pod_annotations", annotations)
        object.__setattr__(self, "sidecars", several("NativeDataOptions.sidecars", self.sidecars))
        for sidecar in self.sidecars:
            made_by("NativeDataOptions.sidecars", sidecar, Container)
        if self.isolation is not None:
            one_of("NativeDataOptions.isolation", self.isolation, Isolation)
        made_by("NativeDataOptions.identity", self.identity, Identity)
        made_by("NativeDataOptions.placement", self.placement, Placement)
        made_by("NativeDataOptions.service", self.service, Service)
        made_by("NativeDataOptions.peers", self.peers, HeadlessService)
        disruptions = (MaxUnavailable, MinAvailable, NoBudget, type(None))
        made_by("NativeDataOptions.disruption", self.disruption, *disruptions)
        object.__setattr__(self, "env", environment("NativeDataOptions.env", self.env))
        object.__setattr__(self, "args", texts("NativeDataOptions.args", self.args))
        for name, kind in (("image_profile", ImageProfile), ("passwords", Passwords)):
            if getattr(self, name) is not None:
                one_of(f"NativeDataOptions.{name}", getattr(self, name), kind)
        self._check_health()
        for name in ("user", "group"):
            if getattr(self, name) is not None:
                whole(f"NativeDataOptions.{name}", getattr(self, name), lowest=1 if name == "user" else 0)
        seconds("NativeDataOptions.startup_budget", self.startup_budget, lowest=5)
        one_of("NativeDataOptions.keep_claim_when_deleted", self.keep_claim_when_deleted, Keep)

    def _check_health(self) -> None:
        """The budget has a field of its own, of which the one in `Health` knows nothing."""
        made_by("NativeDataOptions.health", self.health, Health, type(None))
        if self.health is not None and self.health.startup_budget != Health().startup_budget:
            what = "startup_budget is said beside it"
            got = str(self.health.startup_budget)
            raise bad("NativeDataOptions.health", what, got, "write NativeDataOptions(startup_budget=…)")


class NativeData(StatefulService):
    """Pods that hold data, mostly one. Use `NativePostgres` and its like."""

    technology: ClassVar[Technology]
    """What it is."""

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
        accepts: Sequence[Caller],
    ) -> None:
        """Draw it; see the subclasses."""
        self.database = database
        """The database, or virtual host, that callers use."""
        self.credentials = credentials
        """How callers log in, unless they say otherwise."""
        super().__init__(scope, id, spec, platform=platform, uses=uses, accepts=accepts)
        if guessed and spec.resources is not None:
            message = (
                f"nobody has written its resources, so {spec.resources.cpu} CPU and {spec.resources.memory} memory are "
                f"guessed, with which an empty {self.technology.name} runs; add resources=Resources(…), as measured"
            )
            self._place.give(Finding(path=self.path, rule="resources-guessed", severity="notice", message=message))

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: ServiceSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:
        """Override this to say of the pod what no argument says; see `Microservice.plan`."""
        plan = super().plan(facts, spec, platform, uses)
        alone = isinstance(spec.scaling, Replicas) and spec.scaling.count == 1
        return replace(plan, peers=not alone, notices=tuple(_of_one_node(each) for each in plan.notices))

    def _store(self) -> Store:
        return Store(
            where=self.path,
            name=self.facts.services[0],
            technology=self.technology,
            call=self.ref().tcp(env=None),
            database=self.database,
            credentials=self.credentials,
            namespace=self.facts.namespace,
        )


def _of_one_node(notice: Finding) -> Finding:
    """A second replica would not help here: it would have data of its own."""
    if notice.rule != "single-replica":
        return notice
    message = (
        "holds data in one pod, so every drain of its node and every new version is an outage; allow 'single-replica' "
        "with the reason, or let an operator run it"
    )
    return replace(notice, message=message)
