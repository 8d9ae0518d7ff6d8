"""How a new version replaces the old one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import flag
from kmop_constructs.values.quantity import percent as checked_percent
from kmop_constructs.values.quantity import seconds, whole

__all__ = ["OrderedUpdate", "Recreate", "RollingUpdate", "Rollout"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RollingUpdate:
    """New pods first, old ones after them."""

    max_surge_percent: int | None = None
    """Pods above the number wanted, in percent, rounded up. Default: 25, unless `max_surge` is given."""

    max_surge: int | None = None
    """The same as a number of pods. Default: see `max_surge_percent`."""

    max_unavailable: int = 0
    """Pods that may be missing. Default: 0, so that a rollout costs no capacity."""

    min_ready: timedelta = timedelta(0)
    """How long a new pod must have been ready to count. Default: no time."""

    progress_deadline: timedelta = timedelta(minutes=10)
    """A rollout that makes no progress for this long is reported as failed. Default: 10 minutes."""

    revision_history_limit: int = 3
    """Old revisions kept for an undo. Default: 3."""

    def __post_init__(self) -> None:
        if self.max_surge is not None and self.max_surge_percent is not None:
            raise SpecError("RollingUpdate.max_surge: given together with max_surge_percent; keep one of them")
        if self.max_surge_percent is not None:
            checked_percent("RollingUpdate.max_surge_percent", self.max_surge_percent)
        if self.max_surge is not None:
            whole("RollingUpdate.max_surge", self.max_surge)
        whole("RollingUpdate.max_unavailable", self.max_unavailable)
        if self.max_surge == 0 and self.max_unavailable == 0:
            raise SpecError("RollingUpdate: neither surge nor missing pods are allowed, so no pod could ever be "
                            "replaced; raise one of them")  # fmt: skip
        ready = seconds("RollingUpdate.min_ready", self.min_ready, lowest=0)
        if seconds("RollingUpdate.progress_deadline", self.progress_deadline) <= ready:
            raise bad("RollingUpdate.progress_deadline", "not above min_ready", str(self.progress_deadline), "raise it")
        whole("RollingUpdate.revision_history_limit", self.revision_history_limit)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recreate:
    """Every old pod ends before the first new one starts: an outage, for what cannot run twice."""

    progress_deadline: timedelta = timedelta(minutes=10)
    """A rollout that makes no progress for this long is reported as failed. Default: 10 minutes."""

    revision_history_limit: int = 3
    """Old revisions kept for an undo. Default: 3."""

    def __post_init__(self) -> None:
        seconds("Recreate.progress_deadline", self.progress_deadline)
        whole("Recreate.revision_history_limit", self.revision_history_limit)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderedUpdate:
    """The pods of a StatefulSet, one after the other from the last to the first."""

    partition: int = 0
    """Pods of a lower number keep the old version. Default: 0, all pods are updated."""

    on_delete: bool = False
    """Update a pod only when somebody deletes it. Default: no."""

    min_ready: timedelta = timedelta(0)
    """How long a new pod must have been ready to count. Default: no time."""

    revision_history_limit: int = 3
    """Old revisions kept for an undo. Default: 3."""

    def __post_init__(self) -> None:
        whole("OrderedUpdate.partition", self.partition)
        flag("OrderedUpdate.on_delete", self.on_delete)
        seconds("OrderedUpdate.min_ready", self.min_ready, lowest=0)
        whole("OrderedUpdate.revision_history_limit", self.revision_history_limit)
        if self.on_delete and self.partition:
            raise SpecError("OrderedUpdate.partition: means nothing with on_delete; keep one of them")


Rollout: TypeAlias = RollingUpdate | Recreate | OrderedUpdate
