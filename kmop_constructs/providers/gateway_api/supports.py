"""The features of the Gateway API: version 1.7, standard channel.

Every implementation supports the core features. For each feature called extended here, ``status.supportedFeatures`` of
the GatewayClass tells whether the implementation supports it (https://gateway-api.sigs.k8s.io/geps/gep-2162/).
"""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports

__all__ = ["SUPPORTS"]

_TAG = "https://github.com/kubernetes-sigs/gateway-api/blob/v1.7.0"
_ROUTE = f"{_TAG}/apis/v1/httproute_types.go"
_GATEWAY = f"{_TAG}/apis/v1/gateway_types.go"
_GUIDES = f"{_TAG}/site/content/en/guides/user-guides"
_TYPES = f"{_TAG}/site/content/en/reference/api-types"
_GRPC = f"{_TYPES}/grpcroute.md"
_HTTP = f"{_GUIDES}/http-routing.md"
_SPLIT = f"{_GUIDES}/traffic-splitting.md"
_REDIRECT = f"{_GUIDES}/http-redirect-rewrite.md"
_MIRROR = f"{_GUIDES}/http-request-mirroring.md"
_TLS = f"{_GUIDES}/tls.md"
_HEADERS = f"{_GUIDES}/http-header-modifier.md"
_PROTOCOL = f"{_GUIDES}/backend-protocol.md"
_CORS = f"{_GUIDES}/http-cors.md"
_POLICIES = f"{_TAG}/site/content/en/reference/policy-attachment.md"
_BACKEND_TLS = f"{_TYPES}/policy/backendtlspolicy.md"
_DNS = "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/gateway-api/"
_CERTIFICATE = "https://cert-manager.io/docs/usage/certificate/"

_NO_WORD = Cannot("the Gateway API has no field for it and leaves it to policies of each implementation", _POLICIES)
_EXPERIMENTAL = Cannot("session persistence is in the experimental channel of the Gateway API only", _ROUTE)

SUPPORTS: Supports = {
    "host": Can("HTTPRoute spec.hostnames, and a listener of the Gateway for the host", _HTTP),
    "wildcard_host": Can("HTTPRoute spec.hostnames, and a listener of the Gateway for the host", _ROUTE),
    "any_host": Can("HTTPRoute without spec.hostnames, and a listener without hostname", _ROUTE),
    "aliases": Can("HTTPRoute spec.hostnames, and a listener of the Gateway for each host", _ROUTE),
    "path_prefix": Can("rules[].matches[].path, type PathPrefix", _HTTP),
    "path_exact": Can("rules[].matches[].path, type Exact", _HTTP),
    "path_regex": Cannot("the meaning of type RegularExpression depends on the implementation", _ROUTE),
    "other_service": Can("rules[].backendRefs", _HTTP),
    "headers": Can("rules[].matches[].headers", _HTTP),
    "method": Can("rules[].matches[].method; extended: HTTPRouteMethodMatching", _ROUTE),
    "websocket": Can(
        "appProtocol: kubernetes.io/ws of the Service's port; extended: HTTPRouteBackendProtocolWebSocket", _PROTOCOL
    ),
    "grpc": Can(
        "GRPCRoute; an HTTPRoute and appProtocol: kubernetes.io/h2c of the Service's port (extended: "
        "HTTPRouteBackendProtocolH2C) for paths, redirects or a timeout",
        _GRPC,
    ),
    "rewrite": Can("the filter URLRewrite; extended: HTTPRoutePathRewrite", _REDIRECT),
    "redirects": Can("the filter RequestRedirect; extended: HTTPRoutePathRedirect", _REDIRECT),
    "shares": Can("rules[].backendRefs[].weight", _SPLIT),
    "mirrors": Can(
        "the filter RequestMirror, with percent; extended: HTTPRouteRequestMirror, HTTPRouteRequestMultipleMirrors, "
        "HTTPRouteRequestPercentageMirror",
        _MIRROR,
    ),
    "tls_secret": Can("Gateway spec.listeners[].tls.certificateRefs", _TLS),
    "tls_issuer": Can("a Certificate of cert-manager, with its Secret in spec.listeners[].tls of the Gateway", _CERTIFICATE),
    "https_redirect": Can(
        "an HTTPRoute on the listener for HTTP with the filter RequestRedirect; extended: HTTPRouteSchemeRedirect",
        _REDIRECT,
    ),
    "no_https_redirect": Can("the HTTPRoute attaches to the listeners for HTTP and HTTPS", _REDIRECT),
    "hsts": Can("the filter ResponseHeaderModifier; extended: HTTPRouteResponseHeaderModification", _HEADERS),
    "tls_min_version": Cannot("listeners[].tls.options depend on the implementation", _TLS),
    "mutual_tls": Cannot("a Gateway reads the CA from a ConfigMap; support of a Secret depends on the implementation", _GATEWAY),
    "mutual_tls_optional": Cannot("mode AllowInsecureFallback accepts clients without a certificate, but also certificates that are not valid", _GATEWAY),
    "mutual_tls_config_map": Can(
        "Gateway spec.tls.frontend.default.validation, for the whole HTTPS port; extended: GatewayFrontendClientCertificateValidation",
        _GATEWAY, since={"gateway-api": "1.5"}),
    "oidc": _NO_WORD,
    "jwt": _NO_WORD,
    "jwt_audiences": _NO_WORD,
    "jwt_claims": _NO_WORD,
    "basic_auth": _NO_WORD,
    "api_key": _NO_WORD,
    "allow_from": _NO_WORD,
    "rate_limit_client": _NO_WORD,
    "rate_limit_global": _NO_WORD,
    "rate_limit_burst": _NO_WORD,
    "cors": Can("the filter CORS; extended: HTTPRouteCORS. A preflight response without max_age is stored for 5 seconds", _CORS, since={"gateway-api": "1.5"}),
    "max_body_size": _NO_WORD,
    "timeout": Can("rules[].timeouts.request; extended: HTTPRouteRequestTimeout", _ROUTE),
    "retries": Can(
        "rules[].retry.attempts: retries after a connection that was not established, and of requests that the service refused "
        "before it processed them; extended: HTTPRouteRetryConnectionError",
        _ROUTE, since={"gateway-api": "1.7"}),
    "retry_gateway_errors": Can("rules[].retry.codes; extended: HTTPRouteRetryCodes", _ROUTE, since={"gateway-api": "1.7"}),
    "retry_timeout": Can("rules[].timeouts.backendRequest; extended: HTTPRouteBackendTimeout. The implementation decides whether an attempt that has taken too long is retried: Envoy Gateway does not", _ROUTE, since={"gateway-api": "1.7"}),
    "sticky": _EXPERIMENTAL,
    "sticky_max_age": _EXPERIMENTAL,
    "compression": _NO_WORD,
    "backend_tls_secret": Cannot("a BackendTLSPolicy reads the CA from a ConfigMap; support of other kinds depends on the implementation", _BACKEND_TLS),
    "backend_tls_config_map": Can("BackendTLSPolicy; extended: BackendTLSPolicy", _BACKEND_TLS, since={"gateway-api": "1.4"}),
    "port_tls_secret": Cannot("a BackendTLSPolicy reads the CA from a ConfigMap; support of other kinds depends on the implementation", _BACKEND_TLS),
    "port_tls_config_map": Can("BackendTLSPolicy; extended: BackendTLSPolicy", _BACKEND_TLS, since={"gateway-api": "1.4"}),
    "dns": Can("annotations for external-dns: the target on the Gateway, the others on the routes; it reads the hosts from spec.hostnames", _DNS),
    "annotations": Can("metadata.annotations of the routes", _HTTP),
    "tcp": Can("TCPRoute, and a listener of the Gateway for the port", f"{_TYPES}/tcproute.md"),
    "tcp_allow_from": _NO_WORD,
    "tls_passthrough": Can("TLSRoute spec.hostnames, and a listener of the Gateway for each host with tls.mode Passthrough", f"{_TYPES}/tlsroute.md"),
    "tls_passthrough_allow_from": _NO_WORD,
    "udp": Can("UDPRoute, and a listener of the Gateway for the port", f"{_TYPES}/udproute.md"),
}  # fmt: skip
