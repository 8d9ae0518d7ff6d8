"""TLS between a gateway and a port that speaks TLS, as it follows from the certificate of the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from kmop_constructs.components.api_gateway.capability import Can
from kmop_constructs.components.api_gateway.tls import PortTls
from kmop_constructs.core.service_names import service_host
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.certificate import AUTHORITY
from kmop_constructs.values.env import ConfigKey
from kmop_constructs.values.tool import Dotted

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.capability import Cannot
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.certificate import HeldCertificate

__all__ = ["verified"]


def verified(where: str, exposure: Exposure, service: ServiceFacts, gateway: object) -> Exposure:
    """Return an exposure with TLS to the ports that speak TLS. One with ``backend_tls`` stays as written.

    Raises:
        SpecError: The gateway could not connect to a port, or could not verify its certificate.
    """
    own = {port.name: port for port in (service.port(route.port) for route in exposure.routes if route.service is None)}
    secure = [port for port in own.values() if port.spec.tls]
    for port in secure:
        if port.spec.client_certificates:
            what = f"leads to the port {port.name!r}, which requires a certificate of each client, and gateways present none"
            raise bad(f"{where}: exposure.paths.port", what, port.offered, "name another port: PathRoute(…, port=…)")
    if not secure or exposure.backend_tls is not None:
        return exposure
    plain = sorted(port.name for port in own.values() if not port.spec.tls)
    if plain:
        what = f"leads to the port {secure[0].name!r} with TLS and to {plain[0]!r} without"
        raise bad(f"{where}: exposure.paths.port", what, plain[0], "write an exposure for each of them")
    if service.certificate is None:
        raise SpecError(f"{where}: exposure.backend_tls: not set, and the port {secure[0].name!r} speaks TLS with a certificate "
                        "that the gateway cannot verify; set certificate=ServiceCertificate() of the service, or "
                        "backend_tls=BackendTls(…)")  # fmt: skip
    return replace(exposure, backend_tls=_derived(service, service.certificate, _supports(gateway)))


def _derived(service: ServiceFacts, certificate: HeldCertificate, supports: Mapping[str, Can | Cannot]) -> PortTls:
    host, names = service_host(service), certificate.names
    from_secret = PortTls(host, ca_secret=names.secret)
    announced = names.authority
    if not isinstance(announced, ConfigKey) or announced.key != AUTHORITY:
        return from_secret
    # A gateway refuses what it cannot read with the reason and the others that can.
    usable = isinstance(supports.get("port_tls_config_map"), Can) and not isinstance(
        supports.get("port_tls_secret"), Can
    )
    return PortTls(host, ca_config_map=announced.name) if usable else from_secret


def _supports(gateway: object) -> Mapping[str, Can | Cannot]:
    """Return the table of a provider that may be a partial, or a dotted name."""
    while isinstance(gateway, partial | Dotted):
        gateway = cast("object", gateway.func if isinstance(gateway, partial) else gateway.value)
    return cast("Mapping[str, Can | Cannot]", getattr(gateway, "SUPPORTS", {}))
