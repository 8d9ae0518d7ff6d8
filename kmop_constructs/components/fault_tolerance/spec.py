"""The intent of an autoscaler that follows the work."""

from __future__ import annotations

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.broker import UsesBroker
from kmop_constructs.values.event_scaling import EventScaling, Trigger

__all__ = ["WorkScaling"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkScaling:
    """An `EventScaling`, with the broker of each of its queues."""

    scaling: EventScaling
    """The scaling of the spec."""

    brokers: tuple[UsesBroker | None, ...] = ()
    """The broker of each trigger, in their order; ``None`` for a trigger without one. Default: empty, no trigger has one."""

    @property
    def triggers(self) -> tuple[tuple[Trigger, UsesBroker | None], ...]:
        """Each trigger with its broker."""
        brokers = self.brokers or (None,) * len(self.scaling.triggers)
        return tuple(zip(self.scaling.triggers, brokers, strict=True))
