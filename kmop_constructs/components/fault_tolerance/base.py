"""What any provider of disruption budgets and of autoscaling offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.disruption import MaxUnavailable, MinAvailable
    from kmop_constructs.values.scaling import Autoscaling

    from constructs import Construct

__all__ = ["AutoscalerFactory", "BudgetFactory"]


class BudgetFactory(Protocol):
    """A class, or a `functools.partial` of one, that limits how many pods a drain takes."""

    def __call__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: MaxUnavailable | MinAvailable
    ) -> Drawn:
        """Draw it."""
        ...


class AutoscalerFactory(Protocol):
    """A class, or a `functools.partial` of one, that changes the number of pods."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Autoscaling) -> Drawn:
        """Draw it."""
        ...
