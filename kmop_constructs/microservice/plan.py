"""From a spec to the literals of a workload's own objects and the intents that providers draw. Pure: no engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.core.contribution import merged
from kmop_constructs.core.declared import external_references
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.identity import resettled
from kmop_constructs.core.pod.template import files_name, pod_plan
from kmop_constructs.errors import SpecError
from kmop_constructs.values.disruption import MaxUnavailable, MinAvailable, NoBudget
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.rollout import Recreate, RollingUpdate
from kmop_constructs.values.scaling import Autoscaling, Replicas

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.contribution import Edge, Egress
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.cluster import Isolation
    from kmop_constructs.values.disruption import Disruption
    from kmop_constructs.values.security import Account, Permission
    from kmop_constructs.values.service import Service
    from kmop_constructs.values.workload import WorkloadSpec

__all__ = ["Plan", "plan_workload"]

REVISION_LABEL = "pod-template-hash"
"""The label by which a Deployment tells its revisions apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Everything that will be drawn for a workload. Never changed: a subclass returns ``replace(plan, …)``."""

    facts: ServiceFacts
    """Names, labels and ports, as the spec that was planned has them."""

    deployment: k8s.Deployment
    """The Deployment, without the checksum of its configuration, which is known at synth."""

    config_map: k8s.ConfigMap | None
    """Content written in the spec (`Text`, `LocalFile`)."""

    account: Account | None
    """The ServiceAccount to draw."""

    permissions: tuple[Permission, ...]
    """What the account may do: the spec's and the edges'."""

    budget: MaxUnavailable | MinAvailable | None
    """The disruption budget to draw."""

    autoscaling: Autoscaling | None
    """The autoscaler to draw."""

    isolation: Isolation
    """What is closed."""

    egress: tuple[Egress, ...]
    """Connections that the workload opens."""

    external: frozenset[tuple[str, str]] = frozenset()
    """Kind and name of every ConfigMap and Secret that the pods read and somebody else makes."""

    services: tuple[Service, ...] = ()
    """The Services to draw."""

    exposure: Exposure | None = None
    """The route to draw."""

    notices: tuple[Finding, ...] = ()
    """What somebody should know."""

    @property
    def token(self) -> bool:
        """Whether pods get the API token."""
        return bool(self.permissions) or (self.account is not None and self.account.token)


def plan_workload(facts: ServiceFacts, spec: WorkloadSpec, uses: Sequence[Edge]) -> Plan:
    """The plan of anything that runs as a Deployment."""
    facts = resettled(facts, spec)
    united = merged(facts.path, [edge.contribution(facts) for edge in uses])
    pod = pod_plan(facts, spec, united, revision_label=REVISION_LABEL)
    budget, budget_notices = _budget(facts, spec.disruption, spec.scaling)
    notices = (*pod.notices, *budget_notices, *_literal_secrets(facts, pod.template))
    config_map: k8s.ConfigMap | None = None
    if pod.files:
        config_map = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": files_name(facts), "labels": dict(facts.labels)},
            "data": dict(sorted(pod.files.items())),
        }
    permissions = (
        *spec.account.permissions,
        *(each for each in united.permissions if each not in spec.account.permissions),
    )
    return Plan(
        facts=facts,
        deployment=_deployment(facts, spec, pod.template),
        config_map=config_map,
        account=spec.account if spec.account.create else None,
        permissions=permissions,
        budget=budget,
        autoscaling=spec.scaling if isinstance(spec.scaling, Autoscaling) else None,
        isolation=spec.isolation or facts.cluster.isolation,
        egress=united.egress,
        external=external_references(spec, united),
        services=spec.services,
        notices=notices,
    )


def _deployment(facts: ServiceFacts, spec: WorkloadSpec, template: k8s.PodTemplateSpec) -> k8s.Deployment:
    metadata: k8s.ObjectMeta = {"name": facts.name, "labels": dict(facts.labels)}
    if spec.annotations:
        metadata["annotations"] = dict(spec.annotations)
    body: k8s.DeploymentSpec = {
        "selector": {"matchLabels": dict(facts.selector)},
        "strategy": _strategy(spec.rollout),
        "progressDeadlineSeconds": seconds("progress_deadline", spec.rollout.progress_deadline),
        "revisionHistoryLimit": spec.rollout.revision_history_limit,
        "template": template,
    }
    if isinstance(spec.scaling, Replicas):
        body = {"replicas": spec.scaling.count, **body}
    if isinstance(spec.rollout, RollingUpdate):
        ready = seconds("min_ready", spec.rollout.min_ready, lowest=0)
        if ready:
            body["minReadySeconds"] = ready
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": body}


def _strategy(rollout: RollingUpdate | Recreate) -> k8s.DeploymentStrategy:
    if isinstance(rollout, Recreate):
        return {"type": "Recreate"}
    surge = f"{rollout.max_surge_percent or 25}%" if rollout.max_surge is None else rollout.max_surge
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": rollout.max_unavailable}}


def _budget(
    facts: ServiceFacts, said: Disruption | None, scaling: Replicas | Autoscaling
) -> tuple[MaxUnavailable | MinAvailable | None, list[Finding]]:
    fewest = scaling.count if isinstance(scaling, Replicas) else scaling.min_replicas
    if isinstance(said, NoBudget) or fewest == 0:
        return None, []
    if said is None and isinstance(scaling, Replicas) and fewest == 1:
        message = (
            "runs one pod, so it gets no disruption budget, and every drain and rollout of a node is an outage; "
            "use Replicas(2), or allow 'single-replica' with the reason"
        )
        return None, [Finding(path=facts.path, rule="single-replica", message=message, severity="notice")]
    if isinstance(said, MinAvailable):
        kept = said.pods if said.pods is not None else math.ceil((said.percent or 0) * fewest / 100)
        if kept >= fewest:
            raise SpecError(
                f"{facts.path}: disruption: a budget that blocks every eviction, got {kept} of {fewest} pods that must "
                f"stay; use MaxUnavailable(1), or run more than {kept}"
            )
    return said or MaxUnavailable(1), []


_SECRET_WORDS = (
    "PASSWORD",
    "PASSWD",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "CREDENTIAL",
)
_NOT_SECRET = ("_FILE", "_PATH", "_DIR", "_URL", "_URI", "_NAME", "_ENABLED", "_TTL", "_EXPIRY", "_TYPE", "_ISSUER")


def _literal_secrets(facts: ServiceFacts, template: k8s.PodTemplateSpec) -> list[Finding]:
    """Variables named like a secret that hold a literal. The value is not looked at, and not shown."""
    pod = template.get("spec", {"containers": []})
    found: list[Finding] = []
    for container in (*pod.get("initContainers", []), *pod["containers"]):
        for variable in container.get("env", []):
            name = variable["name"].upper().replace("-", "_").replace(".", "_")
            literal = variable.get("value")
            if not literal or "$(" in literal or name.endswith(_NOT_SECRET):
                continue
            if any(word in name for word in _SECRET_WORDS):
                message = (
                    f"the variable {variable['name']!r} of container {container['name']!r} is named like a secret and holds "
                    "a literal, which anyone who may read the pod can read; refer to a Secret: SecretKey(name, key)"
                )
                found.append(Finding(path=facts.path, rule="secret-in-literal", message=message, severity="notice"))
    return found
