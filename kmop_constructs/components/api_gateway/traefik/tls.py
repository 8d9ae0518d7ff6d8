"""What Traefik knows of TLS by host, and of the connection to a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.model import scope_of
from kmop_constructs.core.place import place_of
from kmop_constructs.core.sharing import agreed, draws_once
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.typings import traefik_io

    from constructs import Construct

__all__ = ["servers_transport", "tls_option"]

_ONE_WAY = (
    "Traefik drops the TLSOptions of a host for which two routes name different ones, and certificates of clients with them: "
    "give every exposure of the host the same hosts, Tls.min_version and Tls.mutual, in one namespace"
)


def tls_option(scope: Construct, service: ServiceFacts, exposure: Exposure, tls: Tls, *, entry: str) -> str | None:
    """Draw the TLSOption of the hosts, once for all services that share them, and return its name.

    `entry` tells one entry point of one Traefik from others.

    Raises `ConflictError` where two exposures of a host want different ones, or one wants none: Traefik would use neither
    (https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/ingressroute/#conflicting-tls-options).
    """
    place = place_of(scope)
    where = scope_of(service.namespace, place.chart)
    wanted = tls.min_version is not None or tls.mutual is not None
    name = f"{min(exposure.hosts).replace('*', 'wildcard').replace('.', '-')}-tls" if wanted else None
    said: dict[str, object] = {
        "the oldest version of TLS": tls.min_version,
        "the certificates of clients": tls.mutual,
        "the TLSOption": (where, name) if wanted else None,
    }
    for host in exposure.hosts:
        agreed(place, place.path, ("TLS of the host", entry, host), said, hint=_ONE_WAY)
    if name is None:
        return None
    if draws_once(place, place.path, ("TLSOption", where, name), said, hint=_ONE_WAY):
        spec: traefik_io.TLSOptionSpec = {}
        if tls.min_version is not None:
            spec["minVersion"] = f"VersionTLS{tls.min_version.replace('.', '')}"
        if tls.mutual is not None:
            kind = "VerifyClientCertIfGiven" if tls.mutual.optional else "RequireAndVerifyClientCert"
            spec["clientAuth"] = {"secretNames": [tls.mutual.ca_secret], "clientAuthType": kind}
        option: traefik_io.TLSOption = {
            "apiVersion": "traefik.io/v1alpha1",
            "kind": "TLSOption",
            "metadata": {"name": name},
            "spec": spec,
        }
        Manifest(scope, "tls-option", option)
    return name


def servers_transport(scope: Construct, service: ServiceFacts, exposure: Exposure, name: str) -> str | None:
    """Draw how Traefik connects to the service, where something is said of it, and return its name."""
    spec: traefik_io.ServersTransportSpec = {}
    tls, retries = exposure.backend_tls, exposure.retries
    if tls is not None:
        spec["serverName"] = tls.hostname
        ca: traefik_io.ServersTransportRootCA = {}
        if tls.ca_secret is not None:
            ca["secret"] = tls.ca_secret
        if tls.ca_config_map is not None:
            ca["configMap"] = tls.ca_config_map
        spec["rootCAs"] = [ca]
    each = retries.per_try_timeout if retries is not None else None
    limit = each or exposure.timeout
    if limit is not None:
        spec["forwardingTimeouts"] = {"responseHeaderTimeout": f"{seconds('Exposure.timeout', limit)}s"}
    if not spec:
        return None
    transport: traefik_io.ServersTransport = {
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "ServersTransport",
        "metadata": {"name": name, "labels": dict(service.labels)},
        "spec": spec,
    }
    Manifest(scope, "transport", transport)
    return name
