"""How requests to a Service are spread and encrypted: the DestinationRule of Istio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.tls import BackendTls
    from kmop_constructs.components.api_gateway.traffic import StickyCookie
    from kmop_constructs.typings import networking_istio_io as istio

__all__ = ["destination_rule"]


def destination_rule(name: str, sticky: StickyCookie | None, tls: BackendTls | None) -> istio.DestinationRule:
    """The DestinationRule of a Service, which several may lead to. A gateway looks for the authority in its own namespace."""
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
