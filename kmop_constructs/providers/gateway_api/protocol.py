"""The protocol of a Service port (``appProtocol``), for gateways that read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kmop_constructs.components.api_gateway.targets import reached
from kmop_constructs.core.added_annotations import want_change
from kmop_constructs.core.derived import agree
from kmop_constructs.core.patch import Add, Test
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.core.subject import NamedPort
    from kmop_constructs.providers.gateway_api.routes import Wanted

    from constructs import Construct

__all__ = ["say_protocol"]


def say_protocol(scope: Construct, wanted: Wanted, protocol: Literal["h2c", "ws"]) -> None:
    """Set ``kubernetes.io/h2c`` on the gRPC ports that paths lead to, or ``kubernetes.io/ws`` on ports of WebSockets.

    The Gateway API defines these values (https://gateway-api.sigs.k8s.io/geps/gep-1911/). A gRPC port with TLS of its
    own needs none, because TLS negotiates the protocol.

    Raises `UnsupportedError` where another Service, or the spec of the port, has to set it; `SpecError` where this app
    does not draw the Service with a `Manifest`.
    """
    feature: FeatureName = "grpc" if protocol == "h2c" else "websocket"
    if protocol == "h2c" and wanted.exposure.backend_tls is not None:
        return
    ports: dict[str, NamedPort] = {}
    for route in wanted.exposure.routes:
        ends = reached(wanted.service, wanted.exposure, route)
        own = next((end.own for end in ends if end.own is not None), None)
        asked = route.websocket if protocol == "ws" else own is not None and own.spec.speaks == "grpc"
        if not asked:
            continue
        if own is None or len(ends) > 1:
            other = next(end.service for end in ends if end.own is None)
            raise wanted.refuse(
                feature,
                f"the protocol is a field of the Service port, and {other!r} is another Service; set "
                f"Port(app_protocol='kubernetes.io/{protocol}') in its spec, and give it its own exposure",
            )
        ports[own.name] = own
    for port in ports.values():
        _say(scope, wanted, feature, port, f"kubernetes.io/{protocol}")


def _say(scope: Construct, wanted: Wanted, feature: FeatureName, port: NamedPort, protocol: str) -> None:
    service, written = wanted.service, port.spec.app_protocol
    if written == protocol:
        return
    if written is not None:
        raise wanted.refuse(
            feature,
            f"its port {port.name!r} has app_protocol={written!r}, but the gateway needs {protocol!r}; change the port",
        )
    place, name = place_of(scope), service.services[0]
    if not place.model.known.get(("Service", service.scope, name)):
        raise SpecError(
            f"{wanted.path}: the gateway reads the protocol of port {port.name!r} from the Service {name!r}, and the platform's "
            f"provider of discovery does not draw it; set Port(app_protocol={protocol!r}), and draw it in that provider"
        )
    agree(place, ("appProtocol", service.scope, f"{name}:{port.service_name}"), {"what its port speaks": protocol})
    number = [each.name for each in service.ports if each.spec.exposed].index(port.name)
    at = f"/spec/ports/{number}"
    what = f"appProtocol of port {port.name}"
    want_change(
        place,
        ("Service", service.scope, name),
        what,
        Test(f"{at}/name", port.service_name),
        Add(f"{at}/appProtocol", protocol),
    )
