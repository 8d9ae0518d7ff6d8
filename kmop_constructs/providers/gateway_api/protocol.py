"""What a Service's port speaks, for gateways that read it there: ``appProtocol``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kmop_constructs.components.api_gateway.targets import targets
from kmop_constructs.core.derived import agree
from kmop_constructs.core.patch import Add, Test
from kmop_constructs.core.place import place_of
from kmop_constructs.core.wanted import want_change
from kmop_constructs.errors import SpecError

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.core.subject import NamedPort
    from kmop_constructs.providers.gateway_api.routes import Wanted

    from constructs import Construct

__all__ = ["say_protocol"]


def say_protocol(scope: Construct, wanted: Wanted, protocol: Literal["h2c", "ws"]) -> None:
    """Want ``kubernetes.io/h2c`` on the gRPC ports that paths lead to, or ``kubernetes.io/ws`` on those of WebSockets.

    These are the words of the Gateway API (https://gateway-api.sigs.k8s.io/geps/gep-1911/). A gRPC port whose service
    speaks TLS itself needs none: TLS settles it.

    Raises `UnsupportedError` where another Service, or the spec of the port, would have to say it; `SpecError` where
    this app does not draw the Service with a `Manifest`.
    """
    feature: FeatureName = "grpc" if protocol == "h2c" else "websocket"
    if protocol == "h2c" and wanted.exposure.backend_tls is not None:
        return
    ports: dict[str, NamedPort] = {}
    for route in wanted.exposure.routes:
        ends = targets(wanted.service, wanted.exposure, route)
        own = next((end.own for end in ends if end.own is not None), None)
        asked = route.websocket if protocol == "ws" else own is not None and own.spec.speaks == "grpc"
        if not asked:
            continue
        if own is None or len(ends) > 1:
            other = next(end.service for end in ends if end.own is None)
            raise wanted.refuse(
                feature,
                f"the port of a Service says what it speaks, and {other!r} is another's; write "
                f"Port(app_protocol='kubernetes.io/{protocol}') in its spec, and expose it by itself",
            )
        ports[own.name] = own
    for port in ports.values():
        _say(scope, wanted, feature, port, f"kubernetes.io/{protocol}")


def _say(scope: Construct, wanted: Wanted, feature: FeatureName, port: NamedPort, protocol: str) -> None:
    service, said = wanted.service, port.spec.app_protocol
    if said == protocol:
        return
    if said is not None:
        raise wanted.refuse(
            feature,
            f"its port {port.name!r} says app_protocol={said!r}, and {protocol!r} is wanted here; change the port",
        )
    place, name = place_of(scope), service.services[0]
    if not place.model.known.get(("Service", service.scope, name)):
        raise SpecError(
            f"{wanted.path}: the gateway reads from the Service {name!r} what its port {port.name!r} speaks, and the platform's "
            f"provider of discovery does not draw it; write Port(app_protocol={protocol!r}) and say it there"
        )
    agree(place, ("appProtocol", service.scope, f"{name}:{port.name}"), {"what its port speaks": protocol})
    number = [each.name for each in service.ports if each.spec.exposed].index(port.name)
    at = f"/spec/ports/{number}"
    what = f"appProtocol of port {port.name}"
    want_change(
        place,
        ("Service", service.scope, name),
        what,
        Test(f"{at}/name", port.name),
        Add(f"{at}/appProtocol", protocol),
    )
