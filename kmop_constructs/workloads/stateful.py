"""A service with pods that have stable names and storage of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.event_scaling import Scaling
from kmop_constructs.values.names import flag, made_by, one_of
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.rollout import OrderedUpdate, Rollout
from kmop_constructs.values.scaling import Replicas
from kmop_constructs.values.service import HeadlessService, Service
from kmop_constructs.values.volumes import Claim
from kmop_constructs.values.workload import refuse_host_path
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.plan import Plan, plan_pods, workload_metadata
from kmop_constructs.workloads.scaling import with_known_scaling, with_scaling
from kmop_constructs.workloads.spec import ServiceSpec

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.pod.template import PodPlan
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.values.volumes import ClaimTemplate, Volume
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["StatefulService", "StatefulSpec"]

REVISION_LABEL = "controller-revision-hash"
"""The label that tells the revisions of a StatefulSet apart."""

Keep = Literal["Retain", "Delete"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StatefulSpec(ServiceSpec):
    """A service that runs as a StatefulSet: stable pod names, a claim for each pod (`ClaimTemplate`), DNS names of peers.

    The pods may connect to each other on every container port.
    """

    scaling: Scaling = Replicas(1)
    """Number of pods. Default: one, because software must be configured before several pods can share data."""

    rollout: Rollout = OrderedUpdate()
    """How a new version replaces the old one. Default: `OrderedUpdate`, one pod after another, the last pod first."""

    peers: HeadlessService | None = HeadlessService(publish_not_ready_addresses=True)
    """The headless Service that gives each pod a DNS name, ``<pod>.<service>`` (``serviceName``). Immutable. With
    ``None``, `service` is used, the Service for callers; pods then have DNS names only if `service` is a
    `HeadlessService`. Default: a Service with the name of the workload and ``-peers``; its DNS name also returns pods
    that are not ready, so that they can form a cluster."""

    parallel: bool = False
    """Whether all pods start and end at once; updates still go one by one. Immutable. Default: False, one after
    another."""

    keep_claims_when_deleted: Keep = "Retain"
    """``Retain`` or ``Delete``: what happens to the claims when the StatefulSet is deleted. Default: Retain, they
    stay."""

    keep_claims_when_scaled: Keep = "Retain"
    """``Retain`` or ``Delete``: what happens to the claims of pods that are scaled down. Default: Retain, they stay."""

    def __post_init__(self) -> None:
        ServiceSpec.__post_init__(self)
        made_by("StatefulSpec.peers", self.peers, HeadlessService, type(None))
        if self.peers is not None and self.peers.shared:
            raise SpecError(
                "StatefulSpec.peers: cannot be shared, because its pods belong to one StatefulSet, got shared=True; leave shared out"
            )
        for name in ("keep_claims_when_deleted", "keep_claims_when_scaled"):
            one_of(f"StatefulSpec.{name}", getattr(self, name), Keep)
        flag("StatefulSpec.parallel", self.parallel)

    @property
    def services(self) -> tuple[Service, ...]:
        """The main Service, the peers' Service, and further ones."""
        main, *more = self._written_services
        own = () if self.peers is None else (self.peers,)
        return (main, *own, *more)

    def _check_rollout(self, where: str) -> None:
        if not isinstance(self.rollout, OrderedUpdate):
            raise bad(f"{where}.rollout", "not an update of a StatefulSet", self.rollout, "write OrderedUpdate(…)")

    def check_volume(self, where: str, volume: Volume) -> None:
        """Refuse one claim for several pods. A claim template for each pod is accepted."""
        refuse_host_path(where, volume)
        most = self.scaling.count if isinstance(self.scaling, Replicas) else self.scaling.max_replicas
        if isinstance(volume, Claim) and not volume.shared and most > 1:
            raise SpecError(
                f"{where}.scaling: the claim {volume.name!r} can be on one node at a time, got up to {most} pods; use a "
                "ClaimTemplate, or Claim(…, shared=True)"
            )


class StatefulService(Microservice):
    """A service that runs as a StatefulSet, with everything that a `Microservice` has.

    ``StatefulService(chart, "store", StatefulSpec(image=Image("acme/store:3.1"), port=9000))``
    """

    workload: ClassVar[tuple[str, str]] = ("apps/v1", "StatefulSet")

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: StatefulSpec,
        *,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw a stateful service; see `Microservice` for the arguments."""
        if not isinstance(spec, StatefulSpec):
            raise bad(id, "not a StatefulSpec", type(spec).__name__, "write StatefulSpec(image=…, port=…)")
        super().__init__(scope, id, spec, platform=platform, uses=uses, accepts=accepts)

    @property
    def spec(self) -> StatefulSpec:
        """The spec that was given to the constructor."""
        return cast("StatefulSpec", self._spec)

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: ServiceSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:  # noqa: ARG003 - for overrides
        """Return the plan of the service; override it to change every stateful service of a team. See `Microservice.plan`."""
        if not isinstance(spec, StatefulSpec):
            raise SpecError(
                f"{facts.path}: plan: not a StatefulSpec, got {type(spec).__name__}; pass a StatefulSpec to super().plan(…)"
            )
        known, left_out = with_known_scaling(facts, spec)
        plan = plan_pods(
            facts, known, uses, lambda now, pod: _stateful_set(now, known, pod), revision_label=REVISION_LABEL
        )
        plan = replace(plan, notices=(*plan.notices, *left_out))
        return replace(with_scaling(plan, known), exposures=spec.exposures, streams=spec.streams, peers=True)


def _stateful_set(facts: ServiceFacts, spec: StatefulSpec, pod: PodPlan) -> k8s.StatefulSet:
    update = spec.rollout if isinstance(spec.rollout, OrderedUpdate) else OrderedUpdate()
    strategy: k8s.StatefulSetUpdateStrategy = {"type": "OnDelete" if update.on_delete else "RollingUpdate"}
    if update.partition:
        strategy["rollingUpdate"] = {"partition": update.partition}
    body: k8s.StatefulSetSpec = {
        "serviceName": facts.services[0 if spec.peers is None else 1],
        "selector": {"matchLabels": dict(facts.selector)},
        "podManagementPolicy": "Parallel" if spec.parallel else "OrderedReady",
        "updateStrategy": strategy,
        "revisionHistoryLimit": update.revision_history_limit,
        "template": pod.template,
    }
    if isinstance(spec.scaling, Replicas):
        body = {"replicas": spec.scaling.count, **body}
    ready = seconds("min_ready", update.min_ready, lowest=0)
    if ready:
        body["minReadySeconds"] = ready
    if pod.claims:
        body["persistentVolumeClaimRetentionPolicy"] = {
            "whenDeleted": spec.keep_claims_when_deleted,
            "whenScaled": spec.keep_claims_when_scaled,
        }
        body["volumeClaimTemplates"] = [_claim(facts, each) for each in pod.claims]
    else:
        for name in ("keep_claims_when_deleted", "keep_claims_when_scaled"):
            if getattr(spec, name) != "Retain":
                what = f"{name} has no effect, because no pod has its own claim"
                raise bad(f"{facts.path}: spec", what, getattr(spec, name), "add a ClaimTemplate, or leave it out")
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": workload_metadata(facts, spec), "spec": body}


def _claim(facts: ServiceFacts, template: ClaimTemplate) -> k8s.PersistentVolumeClaim:
    """Return a claim template. Its labels are those of the selector: they are immutable, and a version label would change."""
    metadata: k8s.ObjectMeta = {"name": template.name, "labels": dict(facts.selector)}
    if template.annotations:
        metadata["annotations"] = dict(template.annotations)
    body: k8s.PersistentVolumeClaimSpec = {
        "accessModes": [template.access_mode],
        "resources": {"requests": {"storage": str(template.size)}},
    }
    if template.storage_class is not None:
        body["storageClassName"] = template.storage_class
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": body}
