"""How a pod ends without losing requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kmop_constructs.errors import bad
from kmop_constructs.values.names import texts
from kmop_constructs.values.quantity import seconds

__all__ = ["Shutdown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shutdown:
    """A pause, in which the pod still answers while load balancers forget it, and then the time to finish."""

    pause: timedelta = timedelta(seconds=10)
    """Time between the order to end and the signal to the process. Default: 10 seconds, where a Service exists.
    0 leaves the pause out."""

    grace_period: timedelta = timedelta(seconds=40)
    """Time from the order to end until the kill, the pause included. Default: 40 seconds."""

    pause_command: tuple[str, ...] = ()
    """A command of the image that waits as long as the pause, such as ``("sleep", "10")``, for clusters below
    Kubernetes 1.30, which has a pause of its own. Default: none, and below 1.30 no pause, with a notice."""

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
