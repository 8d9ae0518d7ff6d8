"""Orchestration by plain Kubernetes: workloads with a rollout after a change of configuration."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from kmop_constructs.core.added_annotations import changes_in
from kmop_constructs.core.checksum import with_checksum, with_new_checksum
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.normalise import normalised
from kmop_constructs.core.plain import within
from kmop_constructs.core.reload import with_reload
from kmop_constructs.core.subject import PodOwner

if TYPE_CHECKING:
    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.reload import ReloadProvider
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["NativeDeployment", "NativeWorkload"]

_CHANGEABLE = frozenset(
    {"activeDeadlineSeconds", "backoffLimit", "maxFailedIndexes", "parallelism", "suspend", "ttlSecondsAfterFinished"}
)
"""Fields of a Job that the API server lets change (``ValidateJobSpecUpdate`` in
https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/batch/validation/validation.go)."""


class NativeWorkload(Manifest):
    """A Deployment, StatefulSet, DaemonSet, Job or CronJob."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: k8s.Deployment | k8s.StatefulSet | k8s.DaemonSet | k8s.Job | k8s.CronJob,
    ) -> None:
        """Draw the object that runs the pods of a workload. The platform calls this."""
        self._intent = intent
        self._reload: ReloadProvider | None = getattr(service.cluster, "reload", None)
        self._named_by_hash = intent["kind"] == "Job" and intent["metadata"].get("name") != service.name
        super().__init__(
            scope,
            id,
            Deferred(
                api_version=intent["apiVersion"],
                kind=intent["kind"],
                name=intent["metadata"].get("name", service.name),
                draw=self._drawn,
            ),
            gives=(_owner(service, intent),),
        )

    def _drawn(self, synthesis: Synthesis) -> JsonObject:
        scope = self.identity[1]
        return with_reload(synthesis, scope, with_checksum(synthesis, scope, self._intent), self._reload)

    def render(self, synthesis: Synthesis) -> JsonObject | None:
        """Return the object as it is written. A patched pod template gives a new checksum and, for a Job, a new name."""
        drawn = super().render(synthesis)
        if drawn is None or not (self._patches or any(changes_in(synthesis, self.identity))):
            return drawn
        if not isinstance(within(drawn, "spec", "template", "spec"), dict):
            return drawn  # not a pod any more, which a check finds
        if self._named_by_hash:
            return self._renamed(drawn)
        if self._intent["kind"] in ("Job", "CronJob"):
            return drawn
        before = with_checksum(synthesis, self.identity[1], self._intent)
        return with_new_checksum(synthesis, self.identity[1], drawn, before)

    def _renamed(self, drawn: JsonObject) -> JsonObject:
        """Return a Job with another hash in its name if a patch changes what the API server does not let change."""
        fixed, planned = _fixed(drawn["spec"]), _fixed(normalised(self.path, self._intent)["spec"])
        name: str = drawn["metadata"]["name"]
        if fixed == planned or name != self.name:
            return drawn
        text = json.dumps([name, fixed], sort_keys=True)
        renamed = f"{name.rpartition('-')[0]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        return {**drawn, "metadata": {**drawn["metadata"], "name": renamed}}


def _fixed(spec: JsonObject) -> JsonObject:
    """Return the fields of a Job that cannot change."""
    return {key: value for key, value in spec.items() if key not in _CHANGEABLE}


def _owner(
    service: ServiceFacts, intent: k8s.Deployment | k8s.StatefulSet | k8s.DaemonSet | k8s.Job | k8s.CronJob
) -> PodOwner:
    if intent["kind"] == "CronJob":
        template = intent["spec"]["jobTemplate"].get("spec", {"template": {}})["template"]
    else:
        template = intent["spec"]["template"]
    return PodOwner(
        api_version=intent["apiVersion"],
        kind=intent["kind"],
        name=intent["metadata"].get("name", service.name),
        selector=service.selector,
        template=template,
    )


class NativeDeployment(NativeWorkload):
    """A Deployment."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: k8s.Deployment) -> None:
        """Draw the Deployment of a workload. The platform calls this."""
        super().__init__(scope, id, service=service, intent=intent)
