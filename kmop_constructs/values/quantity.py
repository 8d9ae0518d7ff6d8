"""Amounts: CPU, sizes, percentages and durations, with explicit units.

The text forms are Kubernetes quantities
(https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import timedelta
from decimal import Decimal
from functools import total_ordering

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad

__all__ = ["Cpu", "Size", "percent", "seconds", "whole"]

_CPU = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m?)")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P|)")
_BYTES = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "P": 10**15,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "Pi": 2**50,
}


@total_ordering
@dataclass(frozen=True, kw_only=True, slots=True)
class Cpu:
    """CPU time: ``Cpu("250m")``, ``Cpu("2")``, ``Cpu.millis(250)``, ``Cpu.cores(2)``."""

    text: str = field(kw_only=False)
    """A Kubernetes CPU quantity: cores (``2``, ``0.5``) or thousandths of a core (``250m``). ``1`` equals ``1000m``."""

    def __post_init__(self) -> None:
        match = _CPU.fullmatch(self.text) if isinstance(self.text, str) else None
        if not match:
            raise bad("Cpu", "not an amount of CPU", self.text, "write cores ('2', '0.5') or thousandths ('250m')")
        exact = _millis(self.text)
        if exact != int(exact) or exact == 0:
            raise bad("Cpu", "not a positive whole number of thousandths of a core", self.text, "use at least '1m'")

    @staticmethod
    def millis(amount: int) -> Cpu:
        """Return an amount in thousandths of a core."""
        whole("Cpu.millis", amount, lowest=1)
        return Cpu(f"{amount}m")

    @staticmethod
    def cores(amount: float) -> Cpu:
        """Return an amount in cores, whole or fractional."""
        number = (
            isinstance(amount, int | float | Decimal) and not isinstance(amount, bool) and not Decimal(amount).is_nan()
        )
        if not number or not 0 < amount < 10**9:
            raise bad("Cpu.cores", "not a number of cores", amount, "write Cpu.cores(2), or Cpu('2')")
        return Cpu(f"{Decimal(str(amount)).normalize():f}")

    @property
    def in_millis(self) -> int:
        """Amount in thousandths of a core."""
        return int(_millis(self.text))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cpu) and self.in_millis == other.in_millis

    def __hash__(self) -> int:
        return hash(self.in_millis)

    def __lt__(self, other: Cpu) -> bool:
        return self.in_millis < other.in_millis if isinstance(other, Cpu) else NotImplemented

    def __str__(self) -> str:
        millis = self.in_millis
        return f"{millis}m" if millis % 1000 else str(millis // 1000)


@total_ordering
@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """A size of memory or storage: ``Size("256Mi")``, ``Size.mib(256)``, ``Size.gib(1)``."""

    text: str = field(kw_only=False)
    """A Kubernetes quantity of bytes, with ``Ki``, ``Mi``, ``Gi`` … (powers of 1024) or ``k``, ``M``, ``G`` … (powers of
    1000). ``1Gi`` equals ``1024Mi``."""

    def __post_init__(self) -> None:
        match = _SIZE.fullmatch(self.text) if isinstance(self.text, str) else None
        if not match:
            hint = "write it with a unit, such as '256Mi'"
            if isinstance(self.text, str) and self.text.endswith("m"):
                hint = f"'m' means thousandths of a byte; write '{self.text[:-1]}Mi'"
            raise bad("Size", "not a size", self.text, hint)
        exact = Decimal(match[1]) * _BYTES[match[2]]
        if exact == 0:
            raise bad("Size", "not a positive size", self.text, "leave it out for no size")
        if exact != int(exact):
            raise bad("Size", "not a whole number of bytes", self.text, "write it in a smaller unit")

    @staticmethod
    def mib(amount: int) -> Size:
        """Return a size in mebibytes (1024 x 1024 bytes)."""
        whole("Size.mib", amount, lowest=1)
        return Size(f"{amount}Mi")

    @staticmethod
    def gib(amount: int) -> Size:
        """Return a size in gibibytes (1024 MiB)."""
        whole("Size.gib", amount, lowest=1)
        return Size(f"{amount}Gi")

    @property
    def in_bytes(self) -> int:
        """Size in bytes."""
        match = _SIZE.fullmatch(self.text)
        assert match
        return int(Decimal(match[1]) * _BYTES[match[2]])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Size) and self.in_bytes == other.in_bytes

    def __hash__(self) -> int:
        return hash(self.in_bytes)

    def __lt__(self, other: Size) -> bool:
        return self.in_bytes < other.in_bytes if isinstance(other, Size) else NotImplemented

    def __str__(self) -> str:
        return self.text


def _millis(text: str) -> Decimal:
    return Decimal(text[:-1]) if text.endswith("m") else Decimal(text) * 1000


def percent(where: str, value: int, *, highest: int = 100) -> int:
    """Check a whole percentage from 1 to `highest`."""
    return whole(where, value, lowest=1, highest=highest, unit=" percent")


def whole(where: str, value: int, *, lowest: int = 0, highest: int = 2**31 - 1, unit: str = "") -> int:
    """Check a whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise bad(where, f"not a whole number from {lowest} to {highest}{unit}", value, "write one in that range")
    return value


def seconds(where: str, value: timedelta, *, lowest: int = 1) -> int:
    """Check a duration and return it in whole seconds, the unit of Kubernetes."""
    if not isinstance(value, timedelta):
        raise bad(where, "not a duration", value, "write timedelta(seconds=…)")
    whole_seconds = value.days * 86400 + value.seconds
    if value.microseconds or not lowest <= whole_seconds <= 2**31 - 1:
        raise bad(where, f"not a whole number of seconds, at least {lowest}", str(value), "write timedelta(seconds=…)")
    return whole_seconds
