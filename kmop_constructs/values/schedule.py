"""Schedule of a CronJob."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.values.names import one_of

__all__ = ["Schedule", "cron_fields", "time_zone_name"]

Concurrency: TypeAlias = Literal["Forbid", "Allow", "Replace"]

_PART = re.compile(r"(?:[*?]|([0-9A-Za-z]+)(?:-([0-9A-Za-z]+))?)(?:/([0-9]+))?")
_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
"""Lowest number, highest number and names of each cron field, as the CronJob controller parses them
(https://pkg.go.dev/github.com/robfig/cron/v3): Sunday is 0, and 7 is not allowed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """A cron schedule: ``Schedule("0 3 * * *", time_zone="Europe/Berlin")``."""

    cron: str = field(kw_only=False)
    """Five fields: minute (0 to 59), hour (0 to 23), day of the month (1 to 31), month (1 to 12 or ``jan``), day of the
    week (0 to 6 from Sunday, or ``sun``). Each may be ``*``, a list ``1,2``, a range ``1-5`` or a step ``*/10``. Or one
    of ``@yearly``, ``@monthly``, ``@weekly``, ``@daily``, ``@hourly``. The syntax:
    https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax"""

    time_zone: str | None = None
    """Time zone, a name of the IANA database such as ``Europe/Berlin``. Default: the time zone of the CronJob
    controller, UTC in most clusters."""

    concurrency: Concurrency = "Forbid"
    """What happens if the previous run has not ended: ``Forbid`` skips the new run, ``Replace`` stops the previous run,
    ``Allow`` runs both. Default: ``Forbid``."""

    def __post_init__(self) -> None:
        if not isinstance(self.cron, str) or not _valid(self.cron):
            what = "write five fields (minute, hour, day, month, weekday 0 to 6 from Sunday), or a macro such as @daily"
            raise bad("Schedule", "not a cron schedule", self.cron, what)
        if self.time_zone is not None:
            time_zone_name("Schedule.time_zone", self.time_zone)
        one_of("Schedule.concurrency", self.concurrency, Concurrency)

    @property
    def fields(self) -> str:
        """The five fields of the schedule. A macro such as ``@daily`` is written out: ``0 0 * * *``."""
        return _MACROS.get(self.cron, self.cron)


def cron_fields(where: str, value: str) -> str:
    """Check the five fields of a cron schedule. A macro such as ``@daily`` is refused."""
    if not isinstance(value, str) or value in _MACROS or not _valid(value):
        what = "write minute, hour, day, month and weekday (0 to 6 from Sunday), such as '0 8 * * 1-5'"
        raise bad(where, "not the five fields of a cron schedule", value, what)
    return value


def time_zone_name(where: str, value: str) -> str:
    """Check the name of a time zone."""
    if not _known(value):
        raise bad(where, "not a time zone", value, "use a name such as 'Europe/Berlin'")
    return value


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
    """Return whether a time zone exists. On a machine without time zone data, every name is accepted."""
    if not isinstance(time_zone, str):
        return False
    try:
        ZoneInfo(time_zone)
    except (OSError, ValueError, LookupError):
        return not available_timezones()
    return True
