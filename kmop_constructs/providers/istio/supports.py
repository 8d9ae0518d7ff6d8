"""The features that an Istio ingress gateway supports, from the documentation of Istio 1.32."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports

__all__ = ["LOGIN", "SUPPORTS"]

LOGIN = "an extension provider of MeshConfig (IstioGatewayOptions.login_provider)"
"""The requirement of a login."""

_API = "https://github.com/istio/api/blob/v1.32.0"
_DOCS = "https://github.com/istio/istio.io/blob/release-1.32/content/en/docs"
_GATEWAY = f"{_API}/networking/v1alpha3/gateway.proto"
_ROUTE = f"{_API}/networking/v1alpha3/virtual_service.proto"
_RULE = f"{_API}/networking/v1alpha3/destination_rule.proto"
_SECURE = f"{_DOCS}/tasks/traffic-management/ingress/secure-ingress/index.md"
_TOKENS = f"{_API}/security/v1beta1/request_authentication.proto"
_POLICY = f"{_API}/security/v1beta1/authorization_policy.proto"
_FILTER = f"{_API}/networking/v1alpha3/envoy_filter.proto"
_PROTOCOLS = f"{_DOCS}/ops/configuration/traffic-management/protocol-selection/index.md"
_DNS = "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/istio/"

_CA = "; a Secret with another name than <certificate>-cacert needs caCertCredentialName, which Istio has since 1.28"
_MAP = "DestinationRule trafficPolicy.tls.caCertCredentialName: configmap://<namespace>/<name>"
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
    "websocket": Can("no field: the gateway always allows them", _PROTOCOLS),
    "grpc": Can("a port named grpc or a port with appProtocol; Istio reads both from the Service", _PROTOCOLS),
    "rewrite": Can("rewrite.uri", _ROUTE),
    "redirects": Can("redirect", _ROUTE),
    "shares": Can("route[].weight", _ROUTE),
    "mirrors": Can("mirrors[], with percentage", _ROUTE),
    "tls_secret": Can("tls.credentialName, a Secret in the namespace of the gateway's pods", _SECURE),
    "tls_issuer": Can(
        "a Certificate in the namespace of the gateway's pods", f"{_DOCS}/ops/integrations/certmanager/index.md"
    ),
    "https_redirect": Can("tls.httpsRedirect of a server on port 80", _GATEWAY),
    "no_https_redirect": Can("a server on port 80 without tls.httpsRedirect", _GATEWAY),
    "hsts": Can("http[].headers.response.set", _ROUTE),
    "tls_min_version": Can("tls.minProtocolVersion", _GATEWAY),
    "mutual_tls": Can(f"tls.mode: MUTUAL{_CA}", _GATEWAY),
    "mutual_tls_optional": Can(f"tls.mode: OPTIONAL_MUTUAL{_CA}", _GATEWAY),
    "mutual_tls_config_map": Cannot("it reads the CA of client certificates from a Secret", _SECURE),
    "oidc": Can(
        "oauth2-proxy, called through an AuthorizationPolicy with action CUSTOM",
        f"{_DOCS}/tasks/security/authorization/authz-custom/index.md",
        needs=LOGIN,
    ),
    "jwt": Can("RequestAuthentication, and an AuthorizationPolicy that denies requests without a token of the issuer", _TOKENS),
    "jwt_audiences": Can("jwtRules[].audiences, and request.auth.claims[aud] in the AuthorizationPolicy", _TOKENS),
    "jwt_claims": Can("jwtRules[].outputClaimToHeaders", _TOKENS),
    "basic_auth": Cannot("it checks tokens and certificates, but no passwords", _POLICY),
    "api_key": Cannot("it checks tokens and certificates, but no API keys", _POLICY),
    "allow_from": Can(
        "an AuthorizationPolicy that denies other addresses by notRemoteIpBlocks", f"{_DOCS}/tasks/security/authorization/authz-ingress/index.md"
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
    "backend_tls_config_map": Can(_MAP, _RULE, since={"istio": "1.32"}),
    "port_tls_secret": Cannot("a gateway reads the CA from a Secret in the namespace of its own pods; put it there, and set backend_tls=BackendTls(…), or name a ConfigMap", _RULE),
    "port_tls_config_map": Can(_MAP, _RULE, since={"istio": "1.32"}),
    "dns": Can("the annotations of external-dns; it reads the hosts from the VirtualService (--source=istio-virtualservice)", _DNS),
    "annotations": Can("metadata.annotations of the VirtualService", _ROUTE),
    "tcp": Can("a server of the Gateway with the protocol TCP, and tcp[] of a VirtualService; the Service of the gateway must have the port", _ROUTE),
    "tcp_allow_from": Can("an AuthorizationPolicy on the gateway: DENY for notRemoteIpBlocks at the port, which must also be the target port of the gateway's Service", _POLICY),
    "tls_passthrough": Can("a server of the Gateway with tls.mode PASSTHROUGH, and tls[].match[].sniHosts of a VirtualService", _ROUTE),
    "tls_passthrough_allow_from": Can("an AuthorizationPolicy on the gateway: DENY for notRemoteIpBlocks with the condition connection.sni", _POLICY),
    "udp": Cannot("a Gateway of Istio has no protocol UDP", _GATEWAY),
}  # fmt: skip
"""The support of each feature."""
