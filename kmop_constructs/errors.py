"""All errors that this library raises.

    KmopError                 base class; catch it to catch every error of this library
    ├── SpecError             a wrong value; also a ValueError
    │   ├── ConflictError     two sources set one key to different values
    │   └── UnsupportedError  the platform or provider does not support a field or value
    ├── CheckError            the app is well formed, but its objects would not work in the cluster
    ├── OutputError           the files cannot be written
    └── EngineError           the JavaScript engine of cdk8s cannot be started

Format of a message: ``<construct path or field>: <what is wrong>, got <value>; <what to do>``. No message holds a secret, or
more than 300 characters of a value. Only an unknown or a missing argument is Python's own ``TypeError``, as in every typed API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Literal

from kmop_constructs._dataclass import dataclass

__all__ = [
    "CheckError",
    "ConflictError",
    "EngineError",
    "Finding",
    "KmopError",
    "OutputError",
    "SpecError",
    "UnsupportedError",
    "as_text",
    "bad",
    "cut",
    "hidden",
    "mask",
    "shown",
]

_PLAIN = (str, int, float, timedelta, Path)
_LONGEST = 300
"""How many characters of a value a message shows."""
_SHORT = 10**20
"""A larger number is not repeated in a hint."""
_LARGEST = 10**_LONGEST
"""Larger numbers are not shown: Python itself refuses to write numbers of more than 4,300 digits."""


class KmopError(Exception):
    """Base of every error of this library."""


class SpecError(KmopError, ValueError):
    """A wrong value. Raised at the line that wrote the value."""


class ConflictError(SpecError):
    """Two sources set one key to different values. The message names both sources."""


class UnsupportedError(SpecError):
    """The platform or provider does not support a field or value. The message names alternatives."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Finding:
    """One result of a check: an error in the app, or a notice."""

    path: str
    """Construct path of the construct or object that the finding is about."""

    rule: str
    """Stable id of the rule, such as ``selector-overlap``. `allow` takes it."""

    message: str
    """Text of the finding: what is wrong, the value, and what to do. It does not include the path and the rule."""

    severity: Literal["error", "notice"] = "error"
    """``error`` stops the synth and nothing is written; ``notice`` is logged. Default: ``error``."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message} [{self.rule}]"


class CheckError(KmopError):
    """The rendered objects would not work in the cluster. The message has one line for each cause, with construct paths."""

    def __init__(self, message: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(message)
        self.findings: tuple[Finding, ...] = tuple(findings)
        """The findings of severity ``error``, sorted by path, rule and message."""

    def to_json(self) -> str:
        """Return the findings as a JSON array of objects with ``path``, ``rule``, ``message`` and ``severity``."""
        return json.dumps([asdict(finding) for finding in self.findings], ensure_ascii=False)


class OutputError(KmopError):
    """The files cannot be written. Files that existed before are unchanged."""


class EngineError(KmopError):
    """Node.js, which cdk8s needs, was not found."""


def bad(where: str, what: str, got: object, do: str, *, secret: bool = False) -> SpecError:
    """Build a `SpecError` in the message format of this library.

    Set `secret` for a field that refers to a secret: whoever mistakes it for the secret itself writes the value there, and
    the message then shows only its type.
    """
    return SpecError(f"{where}: {what}, got {hidden(got) if secret else shown(got)}; {do}")


_LOGIN = re.compile(r"(?<![^\s/:@])(?![A-Za-z0-9+.-]+://)[^\s/:@]*+:\S*@")
_QUERY = re.compile(r"(://[^\s?#]*)\?[^\s#]*")
_OPTION = re.compile(
    r"((?:--?[\w-]*(?:pass|secret|token|api-?key)[\w-]*[= ]|\b\w*(?:pass|secret|token|api_?key)\w*=))\S+", re.IGNORECASE
)


def shown(got: object) -> str:
    """Return the text that a message shows for a value.

    Plain values (text, numbers, durations, paths) are shown. For any other value only its type is shown, because the
    value may hold a secret. A user and password in an address, the query of a URL, and the value of an option such as
    ``--password`` are masked. At most 300 characters of a value are shown.
    """
    if isinstance(got, str):
        return cut(repr(mask(got)))
    if isinstance(got, int) and not -_LARGEST < got < _LARGEST:
        return f"a number of more than {_LONGEST} digits"
    if got is None or isinstance(got, _PLAIN) or _is_empty(got):
        return cut(repr(got))
    return f"the class {got.__name__}" if isinstance(got, type) else type(got).__name__


def mask(text: str) -> str:
    """Return a text without the logins and queries of addresses, and without the values of options such as ``--password``."""
    return _OPTION.sub(r"\1***", _QUERY.sub(r"\1?***", _LOGIN.sub("***@", str(text[: 4 * _LONGEST]))))


def _is_empty(got: object) -> bool:
    return isinstance(got, list | tuple | Mapping) and not got


def hidden(got: object) -> str:
    """Return the text that a message shows for a value that may be a secret: its type."""
    if isinstance(got, _PLAIN):
        return f"{'text' if isinstance(got, str) else type(got).__name__} that is not shown"
    return shown(got)


def as_text(got: object) -> str:
    """Return the hint for a number where text is wanted."""
    return f"write {str(got)!r}" if isinstance(got, int | float) and abs(got) < _SHORT else "write text"


def cut(text: str) -> str:
    """Return a text with at most 300 characters."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
