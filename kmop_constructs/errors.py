"""Every error this library raises.

    KmopError                 anything of ours; catch this to catch them all
    ├── SpecError             a wrong value; also a ValueError
    │   ├── ConflictError     two sources give one key two values
    │   └── UnsupportedError  the platform or provider cannot express what was asked
    ├── CheckError            the app is well formed, but what it renders would not work
    └── EngineError           the JavaScript engine below cdk8s cannot be started

A message reads ``<construct path or field>: <what is wrong>, got <value>; <what to do>``. No message holds a secret.
"""

from __future__ import annotations

__all__ = ["CheckError", "ConflictError", "EngineError", "KmopError", "SpecError", "UnsupportedError", "bad"]


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


class EngineError(KmopError):
    """Node.js, which cdk8s runs on, cannot be found."""


def bad(where: str, what: str, got: object, do: str) -> SpecError:
    """A `SpecError` in the form that all messages have. Never pass a secret as `got`."""
    return SpecError(f"{where}: {what}, got {got!r}; {do}")
