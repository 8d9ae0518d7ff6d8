"""The DestinationRule of Istio: load balancing and encryption of requests to a Service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.tls import BackendTls
    from kmop_constructs.components.api_gateway.traffic import StickyCookie
    from kmop_constructs.typings import networking_istio_io as istio

__all__ = ["destination_rule"]


def destination_rule(name: str, sticky: StickyCookie | None, tls: BackendTls | None) -> istio.DestinationRule:
    """Return the DestinationRule of a Service, which several exposures may share. A gateway reads the CA from its own namespace."""
    traffic: istio.DestinationRuleTrafficPolicy = {}
    if sticky is not None:
        # "If the TTL is present and zero, the generated cookie will be a session cookie"; without one none is made.
        ttl = "0s" if sticky.max_age is None else f"{seconds('StickyCookie.max_age', sticky.max_age)}s"
        traffic["loadBalancer"] = {"consistentHash": {"httpCookie": {"name": sticky.name, "path": "/", "ttl": ttl}}}
    if tls is not None and tls.ca_secret is not None:
        traffic["tls"] = {
            "mode": "SIMPLE",
            "credentialName": tls.ca_secret,
            "sni": tls.hostname,
            "subjectAltNames": [tls.hostname],
        }
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": name},
        "spec": {"host": name, "trafficPolicy": traffic},
    }
