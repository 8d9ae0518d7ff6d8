"""Every error this library raises.

    KmopError                 anything of ours; catch this to catch them all
    ├── SpecError             a wrong value; also a ValueError
    │   ├── ConflictError     two sources give one key two values
    │   └── UnsupportedError  the platform or provider cannot express what was asked
    ├── CheckError            the app is well formed, but what it renders would not work
    ├── OutputError           the files cannot be written
    └── EngineError           the JavaScript engine below cdk8s cannot be started

A message reads ``<construct path or field>: <what is wrong>, got <value>; <what to do>``. No message holds a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

__all__ = [
    "CheckError",
    "ConflictError",
    "EngineError",
    "Finding",
    "KmopError",
    "OutputError",
    "SpecError",
    "UnsupportedError",
    "bad",
    "shown",
]

_PLAIN = (str, int, float, timedelta, Path)


class KmopError(Exception):
    """Base of every error of this library."""


class SpecError(KmopError, ValueError):
    """A wrong value, raised at the line that wrote it."""


class ConflictError(SpecError):
    """Two sources give one key two values; the message names both."""


class UnsupportedError(SpecError):
    """What was asked cannot be expressed on this platform; the message names what can."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Finding:
    """What a check found in the whole app."""

    path: str
    """The construct path that it is about."""

    rule: str
    """The stable id of the rule, such as ``selector-overlap``."""

    message: str
    """What is wrong, the value got, and what to do."""

    severity: Literal["error", "notice"] = "error"
    """An error stops the synth; a notice is logged. Default: ``error``."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message} [{self.rule}]"


class CheckError(KmopError):
    """What the app renders would not work. The message lists every finding with its construct path."""

    def __init__(self, message: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(message)
        self.findings: tuple[Finding, ...] = tuple(findings)
        """The findings of severity ``error``, sorted by path, rule and message."""

    def to_json(self) -> str:
        """Return the findings as a JSON array of objects with ``path``, ``rule``, ``message`` and ``severity``."""
        return json.dumps([asdict(finding) for finding in self.findings], ensure_ascii=False)


class OutputError(KmopError):
    """The files cannot be written; those that were there are as they were."""


class EngineError(KmopError):
    """Node.js, which cdk8s runs on, cannot be found."""


def bad(where: str, what: str, got: object, do: str) -> SpecError:
    """A `SpecError` in the form that all messages have. Never pass a secret as `got`."""
    return SpecError(f"{where}: {what}, got {shown(got)}; {do}")


_LOGIN = re.compile(r"[^\s/:@]+:[^\s/@]*@")
_QUERY = re.compile(r"(://[^\s?#]*)\?[^\s#]*")


def shown(got: object) -> str:
    """What a message says of a value: itself where it is plain, else its type alone, for it may hold a secret.

    A user and password, and the query of an address, are masked.
    """
    if isinstance(got, str):
        return repr(_QUERY.sub(r"\1?***", _LOGIN.sub("***@", got)))
    if got is None or isinstance(got, _PLAIN) or got in ([], (), {}):
        return repr(got)
    return f"the class {got.__name__}" if isinstance(got, type) else type(got).__name__
