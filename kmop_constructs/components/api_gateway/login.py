"""The OpenID Connect login of an exposure, for gateways without one: the job ``login`` of a platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.targets import identified
from kmop_constructs.core.jobs import Drawn
from kmop_constructs.core.place import place_of
from kmop_constructs.values.pods import Peer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import Hsts
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["EVERYBODY", "LoginFactory", "LoginIntent", "LoginProxy", "draw_login", "strictest", "widest"]

EVERYBODY = ("0.0.0.0/0", "::/0")
"""Every IPv4 and IPv6 address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginIntent:
    """A login that protects an exposure."""

    exposure: Exposure
    """The exposure; it has hosts and `Oidc`."""

    controllers: tuple[Peer, ...]
    """The pods of the gateway, which may call the login proxy."""


class LoginProxy(Drawn, Protocol):
    """A proxy that logs users in. A gateway calls `auth_url` for each request, and routes every path below `prefix` to it."""

    @property
    def name(self) -> str:
        """Name of its Service."""
        ...

    @property
    def port(self) -> int:
        """Port of its Service."""
        ...

    @property
    def prefix(self) -> str:
        """The path prefix that the gateway routes to the proxy without a login check."""
        ...

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that it serves, sorted."""
        ...

    @property
    def headers(self) -> tuple[str, ...]:
        """Response headers of `auth_url` that identify the user. The gateway passes them to the service; clients must not set them."""
        ...

    @property
    def refreshes(self) -> bool:
        """Whether the response of `auth_url` may hold a new session cookie for the browser."""
        ...

    @property
    def url(self) -> str:
        """An address in the cluster that answers 200 for a valid session, else with a redirect to the login."""
        ...

    @property
    def auth_url(self) -> str:
        """An address in the cluster that answers 202 for a valid session, else 401."""
        ...

    @property
    def start_path(self) -> str:
        """The path that begins a login; the query ``?rd=`` holds the URL to return to."""
        ...


class LoginFactory(Protocol):
    """A class, or a `functools.partial` of one, that draws a login proxy."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: LoginIntent) -> LoginProxy:
        """Draw the login proxy. Raises `UnsupportedError` for a value that it does not support."""
        ...


class _HasLogin(Protocol):
    login: LoginFactory


def draw_login(
    scope: Construct, *, service: ServiceFacts, exposure: Exposure, controllers: Sequence[Peer]
) -> LoginProxy:
    """Draw the login of an exposure with the platform's provider. `scope` is the gateway construct."""
    intent = LoginIntent(exposure=exposure, controllers=tuple(controllers))
    drawn = cast("_HasLogin", service.cluster).login(scope, "login", service=service, intent=intent)
    place_of(scope).give(identified(service, exposure, drawn.headers))
    return drawn


def strictest(every: Iterable[Hsts | None]) -> Hsts | None:
    """Return the HSTS of the login paths: the longest time of all exposures of the login; ``None`` where none has it."""
    found = (each for each in every if each is not None)
    return max(found, key=lambda each: (each.max_age, each.include_subdomains, each.preload), default=None)


def widest(allowed: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the address ranges that may reach the login paths: those of all exposures of the login; all where one has no limit."""
    if not all(allowed):
        return EVERYBODY
    return tuple(sorted({address for each in allowed for address in each}))
