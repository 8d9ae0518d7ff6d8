"""The login of an exposure, for gateways that have none of their own: the job ``login`` of a platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from kmop_constructs.core.jobs import Drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cluster import Peer

    from constructs import Construct

__all__ = ["EVERYBODY", "LoginFactory", "LoginIntent", "LoginProxy", "draw_login", "widest"]

EVERYBODY = ("0.0.0.0/0", "::/0")
"""Every address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginIntent:
    """A login in front of an exposure."""

    exposure: Exposure
    """The exposure, with hosts and `Oidc`."""

    controllers: tuple[Peer, ...]
    """The pods of the gateway, which may call the login."""


class LoginProxy(Drawn, Protocol):
    """A service that logs people in. A gateway calls `auth_url` at each request, and leads every path below `prefix` to it."""

    @property
    def name(self) -> str:
        """The name of its Service."""
        ...

    @property
    def port(self) -> int:
        """The port of its Service."""
        ...

    @property
    def prefix(self) -> str:
        """Requests to this path and to all below it go to the login, without a check."""
        ...

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that it serves, sorted."""
        ...

    @property
    def headers(self) -> tuple[str, ...]:
        """Headers of the answer of `auth_url` that say who is logged in. The service gets them; a client must not set them."""
        ...

    @property
    def refreshes(self) -> bool:
        """Whether the answer of `auth_url` may carry a new session cookie for the browser."""
        ...

    @property
    def url(self) -> str:
        """Its address in the cluster: 200 for a session, else a redirect that begins a login."""
        ...

    @property
    def auth_url(self) -> str:
        """The address that says whether there is a session: 202, or 401."""
        ...

    @property
    def start_path(self) -> str:
        """The path that begins a login; ``?rd=`` says where it ends."""
        ...


class LoginFactory(Protocol):
    """A class, or a `functools.partial` of one, that draws a login."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: LoginIntent) -> LoginProxy:
        """Draw it, or refuse what it cannot do."""
        ...


class _HasLogin(Protocol):
    login: LoginFactory


def draw_login(
    scope: Construct, *, service: ServiceFacts, exposure: Exposure, controllers: Sequence[Peer]
) -> LoginProxy:
    """Have the platform's provider draw the login of an exposure. `scope` is the gateway construct."""
    intent = LoginIntent(exposure=exposure, controllers=tuple(controllers))
    return cast("_HasLogin", service.cluster).login(scope, "login", service=service, intent=intent)


def widest(allowed: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The addresses that reach the paths of a login: those of all exposures that have it; every address where one is open."""
    if not all(allowed):
        return EVERYBODY
    return tuple(sorted({address for each in allowed for address in each}))
