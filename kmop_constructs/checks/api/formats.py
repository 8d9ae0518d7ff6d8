"""Forms of names, labels, ports and quantities. Each function returns what a wrong value is not, or ``None``."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, cast

__all__ = [
    "amount",
    "dns_1035_label",
    "dns_label",
    "dns_subdomain",
    "ip_address",
    "ip_range",
    "is_quantity",
    "label_key",
    "label_value",
    "listed",
    "percentage",
    "port_name",
    "similar",
]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_PORT = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_QUANTITY = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?[0-9]+)?")
_PERCENT = re.compile(r"[0-9]+%")
_SCALES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}


def dns_label(value: str) -> str | None:
    """A name of one part, such as that of a container."""
    if len(value) <= 63 and _LABEL.fullmatch(value):
        return None
    return "is not at most 63 lower-case letters, digits and '-', starting and ending with a letter or digit"


def dns_1035_label(value: str) -> str | None:
    """A name of one part that starts with a letter, such as that of a Service."""
    if len(value) <= 63 and _LABEL_1035.fullmatch(value):
        return None
    return "is not at most 63 lower-case letters, digits and '-', starting with a letter"


def dns_subdomain(value: str) -> str | None:
    """A name of parts with dots between them, such as that of a ConfigMap."""
    if len(value) <= 253 and _SUBDOMAIN.fullmatch(value):
        return None
    return "is not at most 253 lower-case letters, digits, '-' and '.', starting and ending with a letter or digit"


@lru_cache(maxsize=4096)
def label_value(value: str) -> str | None:
    """The value of a label."""
    if not value or (len(value) <= 63 and _QUALIFIED.fullmatch(value)):
        return None
    return "is not at most 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit"


@lru_cache(maxsize=4096)
def label_key(value: str) -> str | None:
    """The key of a label or annotation: a name, optionally after a DNS name and a slash."""
    prefix, slash, name = value.rpartition("/")
    if len(name) <= 63 and _QUALIFIED.fullmatch(name) and (not slash or dns_subdomain(prefix) is None):
        return None
    return "is not a key: at most 63 letters, digits, '-', '_' and '.', optionally after a DNS name and '/'"


@lru_cache(maxsize=4096)
def port_name(value: str) -> str | None:
    """The name of a container port."""
    plain = len(value) <= 15 and _PORT.fullmatch(value) and "--" not in value
    if plain and any("a" <= letter <= "z" for letter in value):
        return None
    return "is not a port name: at most 15 lower-case letters, digits and single '-', with at least one letter"


def ip_address(value: str) -> str | None:
    """An IP address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return "is not an IP address"
    return None


def ip_range(value: str) -> str | None:
    """An address range such as 10.0.0.0/8."""
    try:
        if "/" in value:
            ipaddress.ip_network(value, strict=False)
            return None
    except ValueError:
        pass
    return "is not an address range such as 10.0.0.0/8"


@lru_cache(maxsize=4096)
def is_quantity(value: str) -> bool:
    """Whether a text is a quantity."""
    return _QUANTITY.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def amount(value: str | float) -> Decimal:
    """The amount of a quantity. Zero for what is none."""
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        return Decimal(0)
    sign, digits, unit = match[1], match[2], match[3] or ""
    number = Decimal(digits) * (_SCALES.get(unit) or Decimal(f"1{unit}" if unit else 1))
    return -number if sign == "-" else number


def percentage(value: str) -> int | None:
    """The number of a text such as ``25%``. ``None`` for other texts."""
    return int(value[:-1]) if _PERCENT.fullmatch(value) else None


def listed(value: object) -> list[Any]:
    """A list; anything else is an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def similar(wrong: str, known: Iterable[str]) -> str:
    """Return a hint for messages that names the most similar known word. Empty if none is similar."""
    found = get_close_matches(wrong, known, 1)
    return f"write {found[0]!r}, " if found else ""
