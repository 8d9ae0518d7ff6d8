"""Rollout: how the pods of a new version replace the old ones."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import flag
from kmop_constructs.values.quantity import percent as checked_percent
from kmop_constructs.values.quantity import seconds, whole

__all__ = ["NodeUpdate", "OrderedUpdate", "Recreate", "RollingUpdate", "Rollout"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RollingUpdate:
    """Start new pods first, then stop old ones."""

    max_surge_percent: int | None = None
    """Pods above the desired number during a rollout, in percent of it, rounded up; from 1 to 100. Default: 25, unless
    `max_surge` is set."""

    max_surge: int | None = None
    """Pods above the desired number during a rollout, as a number of pods from 0. Set this or `max_surge_percent`.
    Default: not set; `max_surge_percent` applies."""

    max_unavailable: int = 0
    """Pods that may be missing during a rollout, as a number of pods from 0. Default: 0, full capacity at all times."""

    min_ready: timedelta = timedelta(0)
    """Time for which a new pod must be ready before it counts as available, in whole seconds from 0. Default: 0."""

    progress_deadline: timedelta = timedelta(minutes=10)
    """Time without progress after which a rollout is reported as failed, in whole seconds. Default: 10 minutes."""

    revision_history_limit: int = 3
    """Number of old revisions kept for a rollback, from 0. Default: 3."""

    def __post_init__(self) -> None:
        if self.max_surge is not None and self.max_surge_percent is not None:
            raise SpecError("RollingUpdate.max_surge: set together with max_surge_percent; keep one of them")
        if self.max_surge_percent is not None:
            checked_percent("RollingUpdate.max_surge_percent", self.max_surge_percent)
        if self.max_surge is not None:
            whole("RollingUpdate.max_surge", self.max_surge)
        whole("RollingUpdate.max_unavailable", self.max_unavailable)
        if self.max_surge == 0 and self.max_unavailable == 0:
            raise SpecError("RollingUpdate: max_surge and max_unavailable are both 0, so no pod could be replaced; "
                            "raise one of them")  # fmt: skip
        ready = seconds("RollingUpdate.min_ready", self.min_ready, lowest=0)
        if seconds("RollingUpdate.progress_deadline", self.progress_deadline) <= ready:
            raise bad("RollingUpdate.progress_deadline", "not above min_ready", str(self.progress_deadline), "raise it")
        whole("RollingUpdate.revision_history_limit", self.revision_history_limit)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recreate:
    """Stop all old pods before the first new pod starts. This is an outage, for apps that cannot run twice at once."""

    progress_deadline: timedelta = timedelta(minutes=10)
    """Time without progress after which a rollout is reported as failed, in whole seconds. Default: 10 minutes."""

    revision_history_limit: int = 3
    """Number of old revisions kept for a rollback, from 0. Default: 3."""

    def __post_init__(self) -> None:
        seconds("Recreate.progress_deadline", self.progress_deadline)
        whole("Recreate.revision_history_limit", self.revision_history_limit)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderedUpdate:
    """Update the pods of a StatefulSet one at a time, from the highest number to the lowest. Numbers begin at 0."""

    partition: int = 0
    """Lowest pod number to update; pods with a lower number keep the old version. Pod numbers begin at 0. Default: 0,
    all pods are updated."""

    on_delete: bool = False
    """Update a pod only after it is deleted by hand. Default: false, pods are updated automatically."""

    min_ready: timedelta = timedelta(0)
    """Time for which a new pod must be ready before it counts as available, in whole seconds from 0. Default: 0."""

    revision_history_limit: int = 3
    """Number of old revisions kept for a rollback, from 0. Default: 3."""

    def __post_init__(self) -> None:
        whole("OrderedUpdate.partition", self.partition)
        flag("OrderedUpdate.on_delete", self.on_delete)
        seconds("OrderedUpdate.min_ready", self.min_ready, lowest=0)
        whole("OrderedUpdate.revision_history_limit", self.revision_history_limit)
        if self.on_delete and self.partition:
            raise SpecError("OrderedUpdate.partition: has no effect with on_delete=True; keep one of them")


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeUpdate:
    """Update the pods of a `NodeAgent` node by node. Set at most one of the first five fields."""

    max_unavailable: int | None = None
    """Nodes that may be without a ready pod at once, as a number from 1. The old pod of a node ends before the new pod
    starts. Default: 1, unless another field is set."""

    max_unavailable_percent: int | None = None
    """The same in percent of all nodes, rounded up; from 1 to 100. Default: not set."""

    max_surge: int | None = None
    """Nodes that may have two pods at once, as a number from 1: the new pod of a node is ready before the old pod ends.
    Not for pods that use ports of the node. Default: not set."""

    max_surge_percent: int | None = None
    """The same in percent of all nodes, rounded up; from 1 to 100. Default: not set."""

    on_delete: bool = False
    """Update a pod only after it is deleted by hand. Default: false, pods are updated automatically."""

    min_ready: timedelta = timedelta(0)
    """Time for which a new pod must be ready before it counts as available, in whole seconds from 0. Default: 0."""

    revision_history_limit: int = 3
    """Number of old revisions kept for a rollback, from 0. Default: 3."""

    def __post_init__(self) -> None:
        for name in ("max_unavailable", "max_surge"):
            if getattr(self, name) is not None:
                whole(f"NodeUpdate.{name}", getattr(self, name), lowest=1)
        for name in ("max_unavailable_percent", "max_surge_percent"):
            if getattr(self, name) is not None:
                checked_percent(f"NodeUpdate.{name}", getattr(self, name))
        flag("NodeUpdate.on_delete", self.on_delete)
        limits = ("max_unavailable", "max_unavailable_percent", "max_surge", "max_surge_percent")
        both = [name for name in limits if getattr(self, name) is not None] + ["on_delete"] * self.on_delete
        if len(both) > 1:
            raise SpecError(f"NodeUpdate.{both[1]}: set together with {both[0]}; keep one of them")
        seconds("NodeUpdate.min_ready", self.min_ready, lowest=0)
        whole("NodeUpdate.revision_history_limit", self.revision_history_limit)

    @property
    def surges(self) -> bool:
        """Whether a node may have two pods at once."""
        return self.max_surge is not None or self.max_surge_percent is not None


Rollout: TypeAlias = RollingUpdate | Recreate | OrderedUpdate
