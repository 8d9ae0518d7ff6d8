"""The protocol of a provider of workloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["WorkloadFactory"]


class WorkloadFactory(Protocol):
    """A class, or a `functools.partial` of one, that runs the pods of a workload."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: k8s.Deployment) -> Drawn:
        """Draw the workload from the Deployment of the plan. Give a `PodOwner` where the drawn object has another kind or name."""
        ...
