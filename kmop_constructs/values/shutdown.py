"""Shutdown: how a pod ends without losing requests."""

from __future__ import annotations

from datetime import timedelta

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.values.names import texts
from kmop_constructs.values.quantity import seconds

__all__ = ["Shutdown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shutdown:
    """A pause, in which the pod still answers while load balancers remove it, and then the time to finish requests."""

    pause: timedelta = timedelta(seconds=10)
    """Time between the start of the pod's termination and the signal to the process, in whole seconds from 0. Default:
    10 seconds if the workload has a Service; 0 sets no pause."""

    grace_period: timedelta = timedelta(seconds=40)
    """Time from the start of the termination until the process is killed, including the pause, in whole seconds.
    Default: 40 seconds."""

    pause_command: tuple[str, ...] = ()
    """Command in the image that waits as long as the pause, such as ``("sleep", "10")``. Only needed below Kubernetes
    1.30, which has a pause of its own. Default: none; below 1.30 there is then no pause, with a notice."""

    def __post_init__(self) -> None:
        pause = seconds("Shutdown.pause", self.pause, lowest=0)
        grace = seconds("Shutdown.grace_period", self.grace_period, lowest=0)
        if pause and grace <= pause:
            raise bad(
                "Shutdown.grace_period",
                f"not longer than the pause of {pause} s, so the process would be killed without a signal",
                f"{grace} s",
                "raise it by the time that the longest request takes",
            )
        object.__setattr__(self, "pause_command", texts("Shutdown.pause_command", self.pause_command))
