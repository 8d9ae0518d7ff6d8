"""What any provider of a workload offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["WorkloadFactory"]


class WorkloadFactory(Protocol):
    """A class, or a `functools.partial` of one, that keeps pods running."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: k8s.Deployment) -> Drawn:
        """Draw it from the Deployment that the plan asks for, and give a `PodOwner` where that is another kind or name."""
        ...
