"""Routes by the Gateway API, for any implementation: only fields of the API itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
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
    """Options of `GatewayApi`: those of `AttachedOptions` with listener ports, for any implementation.

    ``GatewayApiOptions(gateway_class="contour")``. No API tells where the pods of an implementation are: set
    `controller`, or the platform's `Peers.ingress_controller`.
    """

    http_port: int = 80
    """The listener port for plain HTTP that the implementation needs; clients always use 80. Default: 80."""

    https_port: int = 443
    """The listener port for HTTPS that the implementation needs; clients always use 443. Default: 443."""

    def __post_init__(self) -> None:
        AttachedOptions.__post_init__(self)
        whole("GatewayApiOptions.http_port", self.http_port, lowest=1, highest=65535)
        whole("GatewayApiOptions.https_port", self.https_port, lowest=1, highest=65535)
        if self.entry is not None and self.gateway_class is not None:
            raise SpecError(
                "GatewayApiOptions.gateway_class: not allowed with entry, because the owner of the entry sets the class; leave one of them out"
            )

    @property
    def ports(self) -> tuple[int, int]:
        """The ports of listeners for HTTP and HTTPS."""
        return self.http_port, self.https_port


class GatewayApi(AttachedRoutes):
    """An HTTPRoute or a GRPCRoute for each exposure, and one Gateway in each namespace, or a Gateway of another team.

    The Gateway has listeners for the hosts of every exposure of the namespace: for HTTP, and for HTTPS with `tls`. A
    route attaches to the listeners of its hosts by name. Exposures with different values for one listener or Gateway
    are a finding.

    The platform needs the class: ``Platform(gateway=partial(GatewayApi,
    options=GatewayApiOptions(gateway_class="contour")))``.
    """

    SUPPORTS: ClassVar[Supports] = SUPPORTS
    """What the gateway supports, by feature: the source of errors and of the capability table."""

    STANDARD: ClassVar[bool] = True
    """Fields of the routes and of the Gateway express CORS, retries and client certificates."""

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
        """Draw the routes of an exposure. The platform calls this.

        Args:
            scope: The exposed workload; the objects are drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
            options: Options of the gateway; `gateway_class` or `entry` is required.

        Raises:
            SpecError: Neither a class nor an entry is set.
            UnsupportedError: The Gateway API does not support a feature of the exposure.
        """
        made_by("GatewayApi: options", options, GatewayApiOptions)
        super().__init__(scope, id, service=service, intent=intent, options=options)
        say_protocol(self, self._wanted, "ws")
