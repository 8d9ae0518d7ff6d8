"""The DestinationRule of Istio: load balancing and encryption of requests to a Service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.tls import BackendTls
    from kmop_constructs.components.api_gateway.traffic import StickyCookie
    from kmop_constructs.typings import networking_istio_io as istio

__all__ = ["COOKIE_ATTRIBUTES", "destination_rule"]

COOKIE_ATTRIBUTES = "1.28"
"""The first release with attributes of a cookie (https://github.com/istio/api/blob/v1.28.0/networking/v1alpha3/destination_rule.proto)."""


def destination_rule(
    name: str, namespace: str | None, sticky: StickyCookie | None, tls: BackendTls | None, *, attributes: bool = True
) -> istio.DestinationRule:
    """Return the DestinationRule of a Service, which several exposures may share.

    A gateway reads the Secret of an authority from its own namespace, and the ConfigMap from that of the Service. Without
    `attributes`, scripts of a page can read the cookie.
    """
    traffic: istio.DestinationRuleTrafficPolicy = {}
    if sticky is not None:
        # "If the TTL is present and zero, the generated cookie will be a session cookie"; without one none is made.
        ttl = "0s" if sticky.max_age is None else f"{seconds('StickyCookie.max_age', sticky.max_age)}s"
        cookie: istio.DestinationRuleTrafficPolicyLoadBalancerConsistentHashHttpCookie = {
            "name": sticky.name,
            "path": "/",
            "ttl": ttl,
        }
        if attributes:
            cookie["attributes"] = [{"name": "HttpOnly"}]
        traffic["loadBalancer"] = {"consistentHash": {"httpCookie": cookie}}
    if tls is not None:
        drawn: istio.DestinationRuleTrafficPolicyTls = {
            "mode": "SIMPLE",
            "sni": tls.hostname,
            "subjectAltNames": [tls.hostname],
        }
        if tls.ca_secret is not None:
            drawn["credentialName"] = tls.ca_secret
        else:
            # A ConfigMap is named by this prefix and its namespace; that of the proxy is not assumed
            # (https://github.com/istio/istio/blob/release-1.32/pilot/pkg/model/credentials/resource.go, ParseResourceName).
            drawn["caCertCredentialName"] = f"configmap://{namespace}/{tls.ca_config_map}"
        traffic["tls"] = drawn
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": name},
        "spec": {"host": name, "trafficPolicy": traffic},
    }
