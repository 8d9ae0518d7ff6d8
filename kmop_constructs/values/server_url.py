"""The URL of a server: without a login and a query, which may be secret and would be readable in the output."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import text

__all__ = ["server_url"]


def server_url(where: str, value: str, *, what: str, example: str) -> SplitResult:
    """Return the parts of an ``http`` or ``https`` URL with a host. `what` says what a wrong one is not, `example` is a right one.

    Raises `SpecError` for another text, a port that is none, a login, a query or a fragment.
    """
    text(where, value)
    wrong = bad(where, f"not {what}", value, f"write it as '{example}'")
    if any(each.isspace() for each in value):
        raise wrong
    try:
        parts = urlsplit(value)
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise wrong
    if "@" in parts.netloc:
        raise SpecError(f"{where}: has a login in it, which would be readable in the output; remove it, and write the login as keys of a "
                        "Secret")  # fmt: skip
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise SpecError(
            f"{where}: has a query or a fragment, which may be secret and would be readable in the output; remove it"
        )
    try:
        _ = parts.port
    except ValueError:
        raise bad(where, "has no such port", value, "use a port from 1 to 65535") from None
    return parts
