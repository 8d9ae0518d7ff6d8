"""TLS settings of Traefik for a host, and for connections to a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.derived import agree, derive
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import traefik_io

    from constructs import Construct

__all__ = ["API", "servers_transport", "tls_option"]

API = "traefik.io/v1alpha1"

_ONE_WAY = (
    "Traefik ignores the TLSOptions of a host, with client certificates, if two routes have different ones: "
    "use the same hosts, Tls.min_version and Tls.mutual in every exposure of the host, in one namespace"
)


def tls_option(scope: Construct, service: ServiceFacts, exposure: Exposure, tls: Tls, *, entry: str) -> str | None:
    """Draw the TLSOption of the hosts once for all services that share them, and return its name.

    `entry` identifies one entry point of one Traefik. Two exposures of a host with different TLSOptions, or one with
    and one without, are a finding at synth, because Traefik would use none of them
    (https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/kubernetes/crd/http/ingressroute/#conflicting-tls-options).
    """
    place = place_of(scope)
    where = scope_of(service.namespace, place.chart)
    wanted = tls.min_version is not None or tls.mutual is not None
    name = f"{min(exposure.hosts).replace('*', 'wildcard').replace('.', '-')}-tls" if wanted else None
    agreed: dict[str, object] = {
        "the oldest version of TLS": tls.min_version,
        "the certificates of clients": tls.mutual,
        "the TLSOption": (where, name) if wanted else None,
    }
    for host in exposure.hosts:
        agree(place, ("TLS of the host", entry, host), agreed, hint=_ONE_WAY)
    if name is None:
        return None
    spec: traefik_io.TLSOptionSpec = {}
    if tls.min_version is not None:
        spec["minVersion"] = f"VersionTLS{tls.min_version.replace('.', '')}"
    if tls.mutual is not None:
        kind = "VerifyClientCertIfGiven" if tls.mutual.optional else "RequireAndVerifyClientCert"
        spec["clientAuth"] = {"secretNames": [tls.mutual.secret], "clientAuthType": kind}
    option: traefik_io.TLSOption = {"apiVersion": API, "kind": "TLSOption", "metadata": {"name": name}, "spec": spec}
    drawn = Deferred(api_version=API, kind="TLSOption", name=name, draw=lambda _: option)
    derive(place, ("TLSOption", where, name), drawn, says=agreed, hint=_ONE_WAY)
    return name


def servers_transport(scope: Construct, service: ServiceFacts, exposure: Exposure, name: str) -> str | None:
    """Draw the settings of connections to the service, if the exposure has any, and return the name of the object."""
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
        "apiVersion": API,
        "kind": "ServersTransport",
        "metadata": {"name": name, "labels": dict(service.labels)},
        "spec": spec,
    }
    Manifest(scope, "transport", transport)
    return name
