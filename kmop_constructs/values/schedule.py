"""When a task runs, and for how long its traces are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from kmop_constructs.errors import bad
from kmop_constructs.values.names import one_of

__all__ = ["Schedule"]

Concurrency: TypeAlias = Literal["Forbid", "Allow", "Replace"]

_PART = re.compile(r"(?:[*?]|([0-9A-Za-z]+)(?:-([0-9A-Za-z]+))?)(?:/([0-9]+))?")
_MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
"""The lowest and highest number of each field and its names, as the parser of the CronJob controller takes them
(https://pkg.go.dev/github.com/robfig/cron/v3): Sunday is 0 and never 7."""


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
            what = "write five fields (minute, hour, day, month, weekday from 0, Sunday, to 6) or @daily and the like"
            raise bad("Schedule", "not a cron schedule", self.cron, what)
        if self.time_zone is not None and not _known(self.time_zone):
            raise bad("Schedule.time_zone", "not a time zone", self.time_zone, "use a name such as 'Europe/Berlin'")
        one_of("Schedule.concurrency", self.concurrency, Concurrency)


def _valid(cron: str) -> bool:
    if cron in _MACROS:
        return True
    fields = cron.split()
    return len(fields) == len(_FIELDS) and all(
        _in_bounds(part, *bounds) for field, bounds in zip(fields, _FIELDS, strict=True) for part in field.split(",")
    )


def _in_bounds(part: str, lowest: int, highest: int, names: tuple[str, ...]) -> bool:
    match = _PART.fullmatch(part)
    if match is None or (match[3] is not None and int(match[3]) == 0):
        return False
    numbers = [_number(text, lowest, names) for text in (match[1], match[2]) if text is not None]
    return all(lowest <= number <= highest for number in numbers) and numbers == sorted(numbers)


def _number(text: str, lowest: int, names: tuple[str, ...]) -> int:
    if text.lower() in names:
        return lowest + names.index(text.lower())
    return int(text) if text.isdecimal() else -1


def _known(time_zone: object) -> bool:
    """Whether the machine knows a time zone; a machine that knows none believes everything."""
    if not isinstance(time_zone, str):
        return False
    try:
        ZoneInfo(time_zone)
    except (OSError, ValueError, LookupError):
        return not available_timezones()
    return True
