"""The intent of an autoscaler that follows the work."""

from __future__ import annotations

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.broker import GroupOfTopic, UsesBroker
from kmop_constructs.values.event_scaling import EventScaling, Trigger

__all__ = ["WorkScaling"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkScaling:
    """An `EventScaling`, with the broker of each of its queues and topics."""

    scaling: EventScaling
    """The scaling of the spec."""

    brokers: tuple[UsesBroker | GroupOfTopic | None, ...] = ()
    """The broker of each trigger, in their order: a `UsesBroker` for a queue, a `GroupOfTopic` for a topic, ``None`` for a trigger without
    one. Default: empty, no trigger has one."""

    @property
    def triggers(self) -> tuple[tuple[Trigger, UsesBroker | GroupOfTopic | None], ...]:
        """Each trigger with its broker."""
        brokers = self.brokers or (None,) * len(self.scaling.triggers)
        return tuple(zip(self.scaling.triggers, brokers, strict=True))
