"""A service whose pods have names and storage of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import flag, made_by, one_of
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.rollout import OrderedUpdate, Rollout
from kmop_constructs.values.scaling import Replicas, Scaling
from kmop_constructs.values.service import HeadlessService, Service
from kmop_constructs.values.volumes import Claim
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.plan import Plan, plan_pods, with_scaling, workload_metadata
from kmop_constructs.workloads.spec import ServiceSpec

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.pod.template import PodPlan
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.callers import Caller
    from kmop_constructs.values.volumes import ClaimTemplate, Volume
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["StatefulService", "StatefulSpec"]

REVISION_LABEL = "controller-revision-hash"
"""The label by which a StatefulSet tells its revisions apart."""

Keep = Literal["Retain", "Delete"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StatefulSpec(ServiceSpec):
    """A service of a StatefulSet: stable pod names, a claim for each pod (`ClaimTemplate`), peers that find each other.

    Its pods may connect to each other on every container port.
    """

    scaling: Scaling = Replicas(1)
    """How many pods. Default: one, since software must be told how to share its data among more."""

    rollout: Rollout = OrderedUpdate()
    """How a new version replaces the old. Default: one pod after the other, the last first."""

    peers: HeadlessService = HeadlessService(publish_not_ready_addresses=True)
    """The headless Service that gives each pod a name in DNS, ``<pod>.<service>``. Immutable. Default: named like the
    workload, followed by ``-peers``; answers with pods that are not ready too, so that a cluster can form."""

    parallel: bool = False
    """Start and end all pods at once; they are still updated one by one. Immutable. Default: one after the other."""

    keep_claims_when_deleted: Keep = "Retain"
    """What becomes of the claims when the StatefulSet is deleted. Default: they stay."""

    keep_claims_when_scaled: Keep = "Retain"
    """What becomes of the claims of pods that scaling takes away. Default: they stay."""

    def __post_init__(self) -> None:
        ServiceSpec.__post_init__(self)
        made_by("StatefulSpec.peers", self.peers, HeadlessService)
        if self.peers.shared:
            raise SpecError("StatefulSpec.peers: shared, but its pods are members of one StatefulSet; leave it out")
        for name in ("keep_claims_when_deleted", "keep_claims_when_scaled"):
            one_of(f"StatefulSpec.{name}", getattr(self, name), Keep)
        flag("StatefulSpec.parallel", self.parallel)

    @property
    def services(self) -> tuple[Service, ...]:
        """The main Service, the one of the peers, and further ones."""
        return (self.service, self.peers, *self.extra_services)

    def _check_rollout(self, where: str) -> None:
        if not isinstance(self.rollout, OrderedUpdate):
            raise bad(f"{where}.rollout", "not how a StatefulSet is updated", self.rollout, "write OrderedUpdate(…)")

    def check_volume(self, where: str, volume: Volume) -> None:
        """Claims for each pod are what it is for; one claim is not for several pods."""
        most = self.scaling.count if isinstance(self.scaling, Replicas) else self.scaling.max_replicas
        if isinstance(volume, Claim) and not volume.shared and most > 1:
            raise SpecError(
                f"{where}.scaling: up to {most} pods, but the claim {volume.name!r} can be on one node at a time; use a "
                "ClaimTemplate, or Claim(…, shared=True)"
            )


class StatefulService(Microservice):
    """A StatefulSet with everything that a service gets."""

    workload: ClassVar[tuple[str, str]] = ("apps/v1", "StatefulSet")

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: StatefulSpec,
        *,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Caller] = (),
    ) -> None:
        """Draw a stateful service; see `Microservice` for the arguments."""
        if not isinstance(spec, StatefulSpec):
            raise bad(id, "not a StatefulSpec", type(spec).__name__, "write StatefulSpec(image=…, port=…)")
        super().__init__(scope, id, spec, platform=platform, uses=uses, accepts=accepts)

    @property
    def spec(self) -> StatefulSpec:
        """What was asked."""
        return cast("StatefulSpec", self._spec)

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: ServiceSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:  # noqa: ARG003 - for overrides
        """Override this to change what your team's stateful services are; see `Microservice.plan`."""
        if not isinstance(spec, StatefulSpec):
            raise SpecError(f"{facts.path}: plan: not a StatefulSpec, got {type(spec).__name__}; pass one on")
        plan = plan_pods(
            facts, spec, uses, lambda now, pod: _stateful_set(now, spec, pod), revision_label=REVISION_LABEL
        )
        return replace(with_scaling(plan, spec), exposures=spec.exposures, peers=True)


def _stateful_set(facts: ServiceFacts, spec: StatefulSpec, pod: PodPlan) -> k8s.StatefulSet:
    update = spec.rollout if isinstance(spec.rollout, OrderedUpdate) else OrderedUpdate()
    strategy: k8s.StatefulSetUpdateStrategy = {"type": "OnDelete" if update.on_delete else "RollingUpdate"}
    if update.partition:
        strategy["rollingUpdate"] = {"partition": update.partition}
    body: k8s.StatefulSetSpec = {
        "serviceName": facts.services[1],
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
                what = f"{name} changes nothing, because no pod has a claim of its own"
                raise bad(f"{facts.path}: spec", what, getattr(spec, name), "add a ClaimTemplate, or leave it out")
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": workload_metadata(facts, spec), "spec": body}


def _claim(facts: ServiceFacts, said: ClaimTemplate) -> k8s.PersistentVolumeClaim:
    """A template of a claim. Its labels are the selector's only: they are immutable, and versions are not."""
    metadata: k8s.ObjectMeta = {"name": said.name, "labels": dict(facts.selector)}
    if said.annotations:
        metadata["annotations"] = dict(said.annotations)
    body: k8s.PersistentVolumeClaimSpec = {
        "accessModes": [said.access_mode],
        "resources": {"requests": {"storage": str(said.size)}},
    }
    if said.storage_class is not None:
        body["storageClassName"] = said.storage_class
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": body}
