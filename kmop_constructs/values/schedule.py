"""When a task runs, and for how long its traces are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from zoneinfo import available_timezones

from kmop_constructs.errors import bad
from kmop_constructs.values.names import one_of

__all__ = ["Schedule"]

Concurrency: TypeAlias = Literal["Forbid", "Allow", "Replace"]

_FIELD = re.compile(r"[0-9A-Za-z*/,?#L-]+")
_MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """A cron schedule: ``Schedule("0 3 * * *", time_zone="Europe/Berlin")``."""

    cron: str = field(kw_only=False)
    """Minute, hour, day of the month, month, day of the week; or ``@daily`` and the like."""

    time_zone: str | None = None
    """A name of the IANA database. Default: that of the controller, UTC in most clusters."""

    concurrency: Concurrency = "Forbid"
    """What happens when the last run has not ended: ``Forbid`` skips, ``Replace`` ends it, ``Allow`` runs both.
    Default: Forbid."""

    def __post_init__(self) -> None:
        if not isinstance(self.cron, str) or not _valid(self.cron):
            what = "write five fields (minute, hour, day, month, weekday) or @daily and the like"
            raise bad("Schedule", "not a cron schedule", self.cron, what)
        zones = available_timezones()
        if self.time_zone is not None and zones and self.time_zone not in {*zones, "UTC", "Etc/UTC"}:
            raise bad("Schedule.time_zone", "not a time zone", self.time_zone, "use a name such as 'Europe/Berlin'")
        one_of("Schedule.concurrency", self.concurrency, Concurrency)


def _valid(cron: str) -> bool:
    if cron in _MACROS:
        return True
    fields = cron.split(" ")
    if len(fields) != len(_BOUNDS):
        return False
    return all(_in_bounds(text, *bounds) for text, bounds in zip(fields, _BOUNDS, strict=True))


def _in_bounds(text: str, lowest: int, highest: int) -> bool:
    if not _FIELD.fullmatch(text):
        return False
    numbers = [int(number) for part in text.split(",") for number in re.findall(r"\d+", part.split("/")[0])]
    return all(lowest <= number <= highest for number in numbers)
