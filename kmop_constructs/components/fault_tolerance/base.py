"""The protocols of providers of disruption budgets and of autoscaling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.components.fault_tolerance.spec import WorkScaling
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.disruption import MaxUnavailable, MinAvailable
    from kmop_constructs.values.scaling import Autoscaling

    from constructs import Construct

__all__ = ["AutoscalerFactory", "BudgetFactory", "EventAutoscalerFactory"]


class BudgetFactory(Protocol):
    """A class, or a `functools.partial` of one, that limits how many pods a drain evicts at once."""

    def __call__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: MaxUnavailable | MinAvailable
    ) -> Drawn:
        """Draw the disruption budget of a workload."""
        ...


class AutoscalerFactory(Protocol):
    """A class, or a `functools.partial` of one, that scales the number of pods with the use of CPU and memory."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Autoscaling) -> Drawn:
        """Draw the autoscaler of a workload."""
        ...


class EventAutoscalerFactory(Protocol):
    """A class, or a `functools.partial` of one, that scales the number of pods with the work."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: WorkScaling) -> Drawn:
        """Draw the autoscaler of a workload. Raises `UnsupportedError` for a feature that it does not support."""
        ...
