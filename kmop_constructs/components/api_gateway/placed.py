"""What the gateways of all tools have in common once they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.capability import refusal
from kmop_constructs.components.api_gateway.identity import forged_headers
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.place import Placed
from kmop_constructs.core.reading import scope_of
from kmop_constructs.values.pods import Peer

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.errors import UnsupportedError

__all__ = ["PlacedGateway", "PlacedRoute"]


class PlacedRoute(Placed):
    """Mixin of routes of a service, of HTTP and of streams."""

    _service: ServiceFacts
    _controllers: Sequence[Peer]
    _gives: tuple[object, ...]

    @property
    def controllers(self) -> Sequence[Peer]:
        """The pods that requests and connections come from."""
        return self._controllers

    @property
    def gives(self) -> tuple[object, ...]:
        """The facts of the route: who connects through it, and the hosts and paths that it claims."""
        return self._gives

    def _scope(self) -> str:
        return scope_of(self._service.namespace, self._place.chart)


class PlacedGateway(PlacedRoute):
    """Mixin of gateways that draw several objects below a construct of their own."""

    REMOVES_HEADERS: ClassVar[bool] = False
    """Whether the gateway removes identity headers that clients could forge (`forged_headers`). Default: False."""

    _exposure: Exposure

    @property
    def _name(self) -> str:
        return self._exposure.name or self._service.name

    def _forged(self, synthesis: Synthesis) -> tuple[str, ...]:
        """Return the request headers that clients could forge, which must be removed."""
        return forged_headers(synthesis, self._service.path, self._exposure)

    def _refusal(self, feature: FeatureName, why: str) -> UnsupportedError:
        """Return the error for a supported feature with an unsupported value."""
        return refusal(self.path, type(self).__name__, feature, why)

    def _notice(self, rule: str, message: str) -> None:
        self._place.give(Finding(path=self._service.path, rule=rule, message=message, severity="notice"))
