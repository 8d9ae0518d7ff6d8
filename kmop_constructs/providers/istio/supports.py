"""The features that an Istio ingress gateway supports, from the documentation of Istio 1.23."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports

__all__ = ["LOGIN", "SUPPORTS"]

LOGIN = "an extension provider of MeshConfig (IstioGatewayOptions.login_provider)"
"""The requirement of a login."""

_ROOT = "https://istio.io/v1.23/docs"
_REFERENCE = f"{_ROOT}/reference/config"
_GATEWAY = f"{_REFERENCE}/networking/gateway/"
_ROUTE = f"{_REFERENCE}/networking/virtual-service/"
_RULE = f"{_REFERENCE}/networking/destination-rule/"
_SECURE = f"{_ROOT}/tasks/traffic-management/ingress/secure-ingress/"
_TOKENS = f"{_REFERENCE}/security/request_authentication/"
_POLICY = f"{_REFERENCE}/security/authorization-policy/"
_FILTER = f"{_REFERENCE}/networking/envoy-filter/"
_DNS = "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/istio/"

_FILTERS = "only an EnvoyFilter can set it, for the whole gateway, and the format of an EnvoyFilter is not stable"

SUPPORTS: Supports = {
    "host": Can("VirtualService spec.hosts, and Gateway spec.servers[].hosts", _ROUTE),
    "wildcard_host": Can("VirtualService spec.hosts, and Gateway spec.servers[].hosts", _ROUTE),
    "any_host": Can('the host "*"', _ROUTE),
    "aliases": Can("a VirtualService for each host; one server of the Gateway for all of them", _ROUTE),
    "path_prefix": Can("match[].uri.exact for the path itself, and match[].uri.prefix for the path with a final slash", _ROUTE),
    "path_exact": Can("match[].uri.exact", _ROUTE),
    "path_regex": Can("match[].uri.regex", _ROUTE),
    "other_service": Can("route[].destination", _ROUTE),
    "headers": Can("match[].headers", _ROUTE),
    "method": Can("match[].method", _ROUTE),
    "websocket": Can("no field: the gateway always allows them", f"{_ROOT}/ops/configuration/traffic-management/protocol-selection/"),
    "grpc": Can("a port named grpc or a port with appProtocol; Istio reads both from the Service", f"{_ROOT}/ops/configuration/traffic-management/protocol-selection/"),
    "rewrite": Can("rewrite.uri", _ROUTE),
    "redirects": Can("redirect", _ROUTE),
    "shares": Can("route[].weight", _ROUTE),
    "tls_secret": Can("tls.credentialName, a Secret in the namespace of the gateway's pods", _SECURE),
    "tls_issuer": Can(
        "a Certificate in the namespace of the gateway's pods", "https://istio.io/v1.23/docs/ops/integrations/certmanager/"
    ),
    "https_redirect": Can("tls.httpsRedirect of a server on port 80", _GATEWAY),
    "no_https_redirect": Can("a server on port 80 without tls.httpsRedirect", _GATEWAY),
    "hsts": Can("http[].headers.response.set", _ROUTE),
    "tls_min_version": Can("tls.minProtocolVersion", _GATEWAY),
    "mutual_tls": Can("tls.mode: MUTUAL; the CA must be in the Secret <certificate>-cacert", _SECURE),
    "mutual_tls_optional": Can("tls.mode: OPTIONAL_MUTUAL; the CA must be in the Secret <certificate>-cacert", _SECURE),
    "mutual_tls_config_map": Cannot("it reads the CA of client certificates from a Secret", _SECURE),
    "oidc": Can(
        "oauth2-proxy, called through an AuthorizationPolicy with action CUSTOM",
        f"{_ROOT}/tasks/security/authorization/authz-custom/",
        needs=LOGIN,
    ),
    "jwt": Can("RequestAuthentication, and an AuthorizationPolicy that denies requests without a token of the issuer", _TOKENS),
    "jwt_audiences": Can("jwtRules[].audiences, and request.auth.claims[aud] in the AuthorizationPolicy", _TOKENS),
    "jwt_claims": Can("jwtRules[].outputClaimToHeaders", _TOKENS),
    "basic_auth": Cannot("it checks tokens and certificates, but no passwords", _POLICY),
    "api_key": Cannot("it checks tokens and certificates, but no API keys", _POLICY),
    "allow_from": Can(
        "an AuthorizationPolicy that denies other addresses by notRemoteIpBlocks", f"{_ROOT}/tasks/security/authorization/authz-ingress/"
    ),
    "rate_limit_client": Cannot(_FILTERS, _FILTER),
    "rate_limit_global": Cannot(_FILTERS, _FILTER),
    "rate_limit_burst": Cannot(_FILTERS, _FILTER),
    "cors": Can("http[].corsPolicy", _ROUTE),
    "max_body_size": Cannot(_FILTERS, _FILTER),
    "timeout": Can("http[].timeout", _ROUTE),
    "retries": Can("http[].retries.attempts, with retryOn: connect-failure,refused-stream", _ROUTE),
    "retry_gateway_errors": Can("http[].retries.retryOn: gateway-error", _ROUTE),
    "retry_timeout": Can("http[].retries.perTryTimeout", _ROUTE),
    "sticky": Can(
        "DestinationRule trafficPolicy.loadBalancer.consistentHash.httpCookie: when the number of pods changes, some clients get another pod", _RULE
    ),
    "sticky_max_age": Can("DestinationRule httpCookie.ttl", _RULE),
    "compression": Cannot(_FILTERS, _FILTER),
    "backend_tls_secret": Can(
        "DestinationRule trafficPolicy.tls.credentialName, a Secret in the namespace of the gateway's pods", _RULE
    ),
    "backend_tls_config_map": Cannot("a DestinationRule reads the CA only from a Secret", _RULE),
    "port_tls_secret": Cannot("a gateway reads the CA from a Secret in the namespace of its own pods; put it there, and set backend_tls=BackendTls(…)", _RULE),
    "port_tls_config_map": Cannot("a DestinationRule reads the CA only from a Secret", _RULE),
    "dns": Can("the annotations of external-dns; it reads the hosts from the VirtualService (--source=istio-virtualservice)", _DNS),
    "annotations": Can("metadata.annotations of the VirtualService", _ROUTE),
}  # fmt: skip
"""The support of each feature."""
