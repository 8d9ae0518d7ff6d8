"""Exposure by the Gateway API, of any implementation: only what the API itself says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.errors import SpecError
from kmop_constructs.providers.gateway_api.attached import AttachedOptions, AttachedRoutes
from kmop_constructs.providers.gateway_api.protocol import say_protocol
from kmop_constructs.providers.gateway_api.supports import SUPPORTS
from kmop_constructs.values.names import made_by
from kmop_constructs.values.quantity import whole

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.capability import Supports
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["GatewayApi", "GatewayApiOptions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayApiOptions(AttachedOptions):
    """What only the Gateway API knows: ``GatewayApiOptions(gateway_class="contour")``.

    Where the pods of an implementation are, no API says: give `controller`, or the platform's
    `Peers.ingress_controller`.
    """

    http_port: int = 80
    """The port of listeners for plain HTTP, as the implementation counts; clients come to 80 all the same.
    Default: 80."""

    https_port: int = 443
    """The port of listeners for HTTPS, as the implementation counts; clients come to 443 all the same. Default: 443."""

    def __post_init__(self) -> None:
        AttachedOptions.__post_init__(self)
        whole("GatewayApiOptions.http_port", self.http_port, lowest=1, highest=65535)
        whole("GatewayApiOptions.https_port", self.https_port, lowest=1, highest=65535)
        if self.entry is not None and self.gateway_class is not None:
            raise SpecError(
                "GatewayApiOptions.gateway_class: given with entry, whose class is its owner's; leave one out"
            )

    @property
    def ports(self) -> tuple[int, int]:
        """The ports of listeners for HTTP and HTTPS."""
        return self.http_port, self.https_port


class GatewayApi(AttachedRoutes):
    """An HTTPRoute or a GRPCRoute for each exposure, and one Gateway in each namespace, or somebody else's.

    The Gateway has listeners for the hosts of every exposure of the namespace: for HTTP, and for HTTPS where `tls` is
    given. A route attaches to those of its hosts by name. Exposures that say different things of one listener or Gateway are
    a finding.
    """

    SUPPORTS: ClassVar[Supports] = SUPPORTS

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Exposure,
        options: GatewayApiOptions = GatewayApiOptions(),
    ) -> None:
        """Draw the routes of a service.

        Raises:
            SpecError: Neither a class nor an entry is named.
            UnsupportedError: The Gateway API cannot say what is asked.
        """
        made_by("GatewayApi: options", options, GatewayApiOptions)
        super().__init__(scope, id, service=service, intent=intent, options=options)
        say_protocol(self, self._wanted, "ws")
