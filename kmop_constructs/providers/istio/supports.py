"""What an Istio ingress gateway can do, from the documentation of Istio 1.23."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports

__all__ = ["LOGIN", "SUPPORTS"]

LOGIN = "an extension provider of MeshConfig (IstioGatewayOptions.login_provider)"
"""What a login needs."""

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

_FILTERS = "only an EnvoyFilter can say it, for the whole gateway, in terms that Istio does not keep stable"

SUPPORTS: Supports = {
    "host": Can("VirtualService spec.hosts, and Gateway spec.servers[].hosts", _ROUTE),
    "wildcard_host": Can("VirtualService spec.hosts, and Gateway spec.servers[].hosts", _ROUTE),
    "any_host": Can('the host "*"', _ROUTE),
    "aliases": Can("a VirtualService for each host; one server of the Gateway for all of them", _ROUTE),
    "path_prefix": Can("match[].uri.exact of the prefix, and match[].uri.prefix of it with a slash", _ROUTE),
    "path_exact": Can("match[].uri.exact", _ROUTE),
    "path_regex": Can("match[].uri.regex", _ROUTE),
    "other_service": Can("route[].destination", _ROUTE),
    "headers": Can("match[].headers", _ROUTE),
    "method": Can("match[].method", _ROUTE),
    "websocket": Can("nothing to say: the gateway lets them through", f"{_ROOT}/ops/configuration/traffic-management/protocol-selection/"),
    "grpc": Can("a port named grpc or with appProtocol, which Istio reads from the Service", f"{_ROOT}/ops/configuration/traffic-management/protocol-selection/"),
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
    "mutual_tls": Can("tls.mode: MUTUAL; the authority is in the Secret <certificate>-cacert", _SECURE),
    "mutual_tls_optional": Can("tls.mode: OPTIONAL_MUTUAL; the authority is in the Secret <certificate>-cacert", _SECURE),
    "oidc": Can(
        "oauth2-proxy, asked through an AuthorizationPolicy with action CUSTOM",
        f"{_ROOT}/tasks/security/authorization/authz-custom/",
        needs=LOGIN,
    ),
    "jwt": Can("RequestAuthentication, and an AuthorizationPolicy that denies what has no token of the issuer", _TOKENS),
    "jwt_audiences": Can("jwtRules[].audiences, and request.auth.claims[aud] in the AuthorizationPolicy", _TOKENS),
    "jwt_claims": Can("jwtRules[].outputClaimToHeaders", _TOKENS),
    "basic_auth": Cannot("it knows tokens and certificates, and no passwords", _POLICY),
    "api_key": Cannot("it knows tokens and certificates, and no keys", _POLICY),
    "allow_from": Can(
        "an AuthorizationPolicy that denies by notRemoteIpBlocks", f"{_ROOT}/tasks/security/authorization/authz-ingress/"
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
        "DestinationRule trafficPolicy.loadBalancer.consistentHash.httpCookie: when pods come or go, some clients move", _RULE
    ),
    "sticky_max_age": Can("its httpCookie.ttl", _RULE),
    "compression": Cannot(_FILTERS, _FILTER),
    "backend_tls_secret": Can(
        "DestinationRule trafficPolicy.tls.credentialName, a Secret in the namespace of the gateway's pods", _RULE
    ),
    "backend_tls_config_map": Cannot("a DestinationRule takes the authority from a Secret", _RULE),
    "dns": Can("the annotations of external-dns; it reads the hosts from the VirtualService (--source=istio-virtualservice)", _DNS),
    "annotations": Can("metadata.annotations of the VirtualService", _ROUTE),
}  # fmt: skip
"""By feature."""
