"""Paths of a login are routed only to the login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.core.exposed import Exposed, Login
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "login-path"
REASON = (
    "A gateway does not authenticate requests to the paths of a login. Another route with such a path is open to "
    "everybody, or the login answers its requests."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find routes at or below the path prefix of a login of the same host, and logins below another login."""
    logins: dict[tuple[tuple[str, ...], str], list[Login]] = {}
    for login in synthesis.facts(Login):
        logins.setdefault((login.hosts, login.prefix), []).append(login)
    if not logins:
        return
    exposed = synthesis.facts(Exposed)
    for (_, prefix), same in logins.items():
        for each in exposed:
            if (host := _host(same, each)) is None:
                continue
            for path in dict.fromkeys(path for path, match in each.routes if same[0].answers(path, match)):
                yield Finding(path=each.service, rule=RULE, message=_message(path, host, prefix, same[0]))
        for (hosts, other), (inner, *_) in logins.items():
            host = next((host for host in hosts if same[0].serves(host)), None)
            if host is not None and other != prefix and same[0].answers(other, "Prefix"):
                yield Finding(path=inner.path, rule=RULE, message=_message(other, host, prefix, same[0]))


def _host(same: list[Login], each: Exposed) -> str | None:
    """Return the host that a login and an exposure have in common, behind one gateway."""
    callers = [caller for login in same for caller in login.callers]
    if each.callers and callers and not any(caller in callers for caller in each.callers):
        return None
    return next((host for host in each.hosts if same[0].serves(host)), None)


def _message(path: str, host: str, prefix: str, login: Login) -> str:
    return (
        f"routes {path!r} of {host}, but {prefix!r} and all paths below it belong to the login ({login.path}), where requests "
        "are not authenticated; move the path, or set another callback_path of Oidc, such as '/login/callback'"
    )
