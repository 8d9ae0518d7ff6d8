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

import re
from datetime import timedelta
from pathlib import Path

__all__ = [
    "CheckError",
    "ConflictError",
    "EngineError",
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


class CheckError(KmopError):
    """What the app renders would not work. The message lists every finding at its construct path."""


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
