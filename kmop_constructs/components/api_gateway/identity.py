"""Request headers that identify a user, and the routes on which a client could send them itself.

A service behind a login or a check of tokens gets headers with the identity of the user, and believes them. The same
pods may also be reached without that check: by another path, host, service or share. There the gateway must remove the
headers, for all requests that it did not authenticate in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.declared import Declared

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.reading import Synthesis

__all__ = ["IdentityHeaders", "LeadsTo", "forged_headers", "merged"]


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityHeaders:
    """Request headers that a gateway sets on the requests of an exposure, after it authenticated them."""

    exposure: Exposure
    """The exposure."""

    service: str
    """Construct path of the exposed service."""

    scope: str
    """Namespace of the Services, or a replacement for it (see `scope_of`)."""

    services: tuple[str, ...]
    """Names of the Services that get the requests."""

    headers: tuple[str, ...]
    """Names of the headers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadsTo:
    """The Services that an exposure leads to."""

    exposure: Exposure
    """The exposure."""

    service: str
    """Construct path of the exposed service."""

    scope: str
    """Namespace of the Services, or a replacement for it (see `scope_of`)."""

    services: tuple[str, ...]
    """Names of the Services that get the requests."""

    removes: bool
    """Whether the gateway removes the headers of `forged_headers`."""


def forged_headers(synthesis: Synthesis, service: str, exposure: Exposure) -> tuple[str, ...]:
    """Return the request headers that a gateway must remove from the requests of an exposure, because clients could forge them.

    These are the headers that other exposures of the app set for pods that this exposure also leads to, without those that
    the gateway sets for this exposure itself. Names are compared without their case.

    Args:
        synthesis: The synthesis; a provider calls this when it draws a `Deferred`.
        service: Construct path of the exposed service.
        exposure: The exposure, as it was passed to the provider and to `route_facts`.
    """
    known = _known(synthesis)
    return known.forged(service, exposure) if known.identities else ()


class _Known:
    """The identity headers of a synthesis by the pods that get them."""

    def __init__(self, synthesis: Synthesis) -> None:
        self.identities = synthesis.facts(IdentityHeaders)
        if not self.identities:
            return
        self._pods: dict[tuple[str, str], set[str]] = {}
        for each in synthesis.facts(Declared):
            for name in each.facts.services:
                self._pods.setdefault((each.facts.scope, name), set()).add(each.facts.path)
        self._routes: dict[str, list[LeadsTo]] = {}
        for route in synthesis.facts(LeadsTo):
            self._routes.setdefault(route.service, []).append(route)
        self._by_pods: dict[str, list[IdentityHeaders]] = {}
        for identity in self.identities:
            for pods in self._behind(identity.scope, identity.services):
                self._by_pods.setdefault(pods, []).append(identity)

    def forged(self, service: str, exposure: Exposure) -> tuple[str, ...]:
        """Return the headers that clients could forge on the requests of an exposure."""
        pods = {
            each
            for route in self._routes.get(service, ())
            if route.exposure == exposure
            for each in self._behind(route.scope, route.services)
        }
        own: set[str] = set()
        found: dict[str, str] = {}
        for identity in (each for name in sorted(pods) for each in self._by_pods.get(name, ())):
            if identity.service == service and identity.exposure == exposure:
                own |= {header.lower() for header in identity.headers}
                continue
            for header in identity.headers:
                found.setdefault(header.lower(), header)
        return tuple(header for name, header in found.items() if name not in own)

    def _behind(self, scope: str, services: Iterable[str]) -> Iterable[str]:
        """Return the workloads behind Services, and the names of those Services that no workload of the app has."""
        for name in services:
            yield from sorted(self._pods.get((scope, name), {f"{scope} {name}"}))


def _known(synthesis: Synthesis) -> _Known:
    found = synthesis.memory.get(_Known)
    if not isinstance(found, _Known):
        found = synthesis.memory[_Known] = _Known(synthesis)
    return found


def merged(*headers: Iterable[str]) -> list[str]:
    """Return header names without duplicates, the first spelling of each; names are compared without their case."""
    found: dict[str, str] = {}
    for header in chain(*headers):
        found.setdefault(header.lower(), header)
    return [*found.values()]
