"""Orchestration by plain Kubernetes: workloads with a rollout after a change of configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.checksum import with_checksum
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.reading import scope_of
from kmop_constructs.core.subject import PodOwner

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["NativeDeployment", "NativeWorkload"]


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
        super().__init__(
            scope,
            id,
            Deferred(
                api_version=intent["apiVersion"],
                kind=intent["kind"],
                name=intent["metadata"].get("name", service.name),
                draw=lambda synthesis: with_checksum(synthesis, scope_of(self.namespace, self.chart_info), intent),
            ),
            gives=(_owner(service, intent),),
        )


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
