"""All errors that this library raises.

    KmopError                 base class; catch it to catch every error of this library
    ├── SpecError             a wrong value; also a ValueError
    │   ├── ConflictError     two sources set one key to different values
    │   └── UnsupportedError  the platform or provider does not support a field or value
    ├── CheckError            the app is well formed, but its objects would not work in the cluster
    ├── OutputError           the files cannot be written
    └── EngineError           the JavaScript engine of cdk8s cannot be started

Format of a message: ``<construct path or field>: <what is wrong>, got <value>; <what to do>``. No message holds a secret.
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
    """A wrong value. Raised at the line that wrote the value."""


class ConflictError(SpecError):
    """Two sources set one key to different values. The message names both sources."""


class UnsupportedError(SpecError):
    """The platform or provider does not support a field or value. The message names alternatives."""


class CheckError(KmopError):
    """The rendered objects would not work in the cluster. The message lists each finding with its construct path."""


class OutputError(KmopError):
    """The files cannot be written. Files that existed before are unchanged."""


class EngineError(KmopError):
    """Node.js, which cdk8s needs, was not found."""


def bad(where: str, what: str, got: object, do: str) -> SpecError:
    """Build a `SpecError` in the message format of this library. Never pass a secret as `got`."""
    return SpecError(f"{where}: {what}, got {shown(got)}; {do}")


_LOGIN = re.compile(r"[^\s/:@]+:[^\s/@]*@")
_QUERY = re.compile(r"(://[^\s?#]*)\?[^\s#]*")


def shown(got: object) -> str:
    """Return the text that a message shows for a value.

    Plain values (text, numbers, durations, paths) are shown. For any other value only its type is shown, because the
    value may hold a secret. A user and password in an address, and the query of a URL, are masked.
    """
    if isinstance(got, str):
        return repr(_QUERY.sub(r"\1?***", _LOGIN.sub("***@", got)))
    if got is None or isinstance(got, _PLAIN) or got in ([], (), {}):
        return repr(got)
    return f"the class {got.__name__}" if isinstance(got, type) else type(got).__name__
