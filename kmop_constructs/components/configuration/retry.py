"""Retries of Spring's client libraries while the server that holds their configuration cannot be reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import flag, made_by
from kmop_constructs.values.quantity import whole

if TYPE_CHECKING:
    from kmop_constructs.values.image import Image

__all__ = ["NO_RETRY", "NoRetry", "SpringRetry", "check_start", "milliseconds", "retry_variables"]

_SECOND = timedelta(seconds=1)
_TEN_SECONDS = timedelta(seconds=10)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class SpringRetry:
    """Retries at the start of a Spring client: ``SpringRetry(attempts=20)``.

    The client library retries only with ``spring-retry`` and ``spring-boot-starter-aop`` on its class path
    (``spring-boot-starter-aspectj`` from Spring Boot 4 on); without them it ignores these settings, and the container ends at the
    first failure. See https://docs.spring.io/spring-cloud-config/reference/client.html#config-client-retry.
    """

    initial_interval: timedelta = _SECOND
    """Time before the second attempt, in whole milliseconds. Default: 1 second, the default of Spring."""

    multiplier: float = 1.5
    """Factor by which each further interval is longer, from 1. Default: 1.5. The default of Spring is 1.1."""

    max_interval: timedelta = _TEN_SECONDS
    """Longest interval. Default: 10 seconds. The default of Spring is 2 seconds."""

    attempts: int = 20
    """Number of attempts, from 2. Default: 20, which together last two and a half minutes (`lasts`). The 6 attempts of Spring last 6 seconds,
    less than a server of Spring needs to start."""

    random: bool = False
    """Use random intervals, so that many clients do not ask at once. Only Spring Cloud Config has it. Default: false."""

    def __post_init__(self) -> None:
        for name in ("initial_interval", "max_interval"):
            milliseconds(f"SpringRetry.{name}", getattr(self, name))
        if self.max_interval < self.initial_interval:
            raise bad(
                "SpringRetry.max_interval", "shorter than initial_interval", str(self.max_interval), "make it longer"
            )
        if (
            isinstance(self.multiplier, bool)
            or not isinstance(self.multiplier, int | float)
            or not 1 <= self.multiplier <= 100
        ):
            raise bad(
                "SpringRetry.multiplier", "not a factor from 1 to 100", self.multiplier, "write a number such as 1.5"
            )
        whole("SpringRetry.attempts", self.attempts, lowest=2)
        flag("SpringRetry.random", self.random)

    @property
    def lasts(self) -> timedelta:
        """Time from the first attempt to the last, without the time that the attempts take themselves."""
        total, pause, longest = 0.0, self.initial_interval.total_seconds(), self.max_interval.total_seconds()
        for _ in range(self.attempts - 1):
            total += min(pause, longest)
            pause = min(pause * self.multiplier, longest)
        return timedelta(seconds=round(total, 3))


class NoRetry:
    """The type of `NO_RETRY`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NO_RETRY"


NO_RETRY = NoRetry()
"""No retry, as an explicit choice: a container that starts before its server ends, and the kubelet starts it again after 10, 20,
40 seconds and so on, up to 5 minutes (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy)."""


def check_start(where: str, retry: SpringRetry | NoRetry | None, waits: Image | None) -> None:
    """Refuse a client that ends where its server starts later, if nothing says that this is wanted. Raises `SpecError`."""
    made_by(f"{where}: retry", retry, SpringRetry, NoRetry, type(None))
    if retry is None and waits is None:
        raise SpecError(
            f"{where}: retry: not set, so the container ends at once where it starts before the server; write "
            "retry=SpringRetry() for a client with spring-retry on its class path, wait with .before_start(image), or write "
            "retry=NO_RETRY to have the kubelet start the container again"
        )


def retry_variables(prefix: str, retry: SpringRetry | NoRetry | None) -> Mapping[str, str]:
    """Return the variables of a retry below `prefix`, in the names that Spring reads: dots as ``_``, without dashes."""
    if not isinstance(retry, SpringRetry):
        return {}
    found = {
        f"{prefix}_INITIALINTERVAL": str(milliseconds("initial_interval", retry.initial_interval)),
        f"{prefix}_MULTIPLIER": f"{retry.multiplier:g}",
        f"{prefix}_MAXINTERVAL": str(milliseconds("max_interval", retry.max_interval)),
        f"{prefix}_MAXATTEMPTS": str(retry.attempts),
    }
    return {**found, f"{prefix}_USERANDOMPOLICY": "true"} if retry.random else found


def milliseconds(where: str, value: timedelta) -> int:
    """Return a duration in whole milliseconds, at least 1. Raises `SpecError` for any other value."""
    if not isinstance(value, timedelta):
        raise bad(where, "not a duration", value, "write timedelta(seconds=…)")
    if value < _MILLISECOND or value % _MILLISECOND:
        raise bad(where, "not a duration of whole milliseconds", str(value), "write timedelta(milliseconds=…)")
    return value // _MILLISECOND
