"""The features that Emissary-ingress supports with Hosts and Mappings, from the documentation of release 4."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports, no_streams

__all__ = ["AUTH_SERVICE", "RATE_LIMIT_SERVICE", "SUPPORTS"]

AUTH_SERVICE = "an AuthService for all hosts"
RATE_LIMIT_SERVICE = "a RateLimitService"

_DOCS = "https://emissary-ingress.dev/docs/4.0"
_USING = f"{_DOCS}/topics/using"
_RUNNING = f"{_DOCS}/topics/running"
_HOST = f"{_RUNNING}/host-crd/"
_MODULE = f"{_RUNNING}/ambassador/"
_AUTH = f"{_RUNNING}/services/auth-service/"

_NO_AUTH = Cannot(
    "it has no check of its own, only calls to its one AuthService; the commercial Ambassador Edge Stack has some as Filters",
    _AUTH,
)
_NO_ORIGIN_CHECK = Cannot(
    "a TLSContext with a CA but no certificate is refused, and no field holds the host name that the service's certificate must have",
    f"{_RUNNING}/tls/origination/",
)

SUPPORTS: Supports = {
    "host": Can("a Host, and the field hostname of each Mapping", _HOST),
    "wildcard_host": Can("hostname: \"*.…\"", _HOST),
    "any_host": Can("hostname: \"*\"", _HOST),
    "aliases": Can("a Host and Mappings for each", _HOST),
    "path_prefix": Can("two Mappings, for the exact /path and the prefix /path/, because its prefixes match text and not path elements", f"{_USING}/mappings/"),
    "path_exact": Can("prefix_exact, with a higher precedence than prefixes", f"{_USING}/mappings/"),
    "path_regex": Can("prefix_regex, with a higher precedence than prefixes; RE2 with at most 200 instructions, unless regex_max_size of the Module changes it", f"{_USING}/prefix-regex/"),
    "other_service": Can("service", f"{_USING}/mappings/"),
    "headers": Can("headers", f"{_USING}/headers/headers/"),
    "method": Can("method", f"{_USING}/method/"),
    "websocket": Can("allow_upgrade: [websocket]", f"{_DOCS}/howtos/websockets/"),
    "grpc": Can("grpc: true; over HTTPS, Hosts offer HTTP/2 (tls.alpn_protocols)", f"{_DOCS}/howtos/grpc/"),
    "rewrite": Can("rewrite", f"{_USING}/rewrites/"),
    "redirects": Can("host_redirect, path_redirect and redirect_response_code; the scheme does not change", f"{_USING}/redirects/"),
    "shares": Can("a Mapping with a weight for each other Service", f"{_USING}/canary/"),
    "mirrors": Can("a Mapping with shadow: true and a weight, for one Service", f"{_USING}/shadowing/"),
    "tls_secret": Can("Host tlsSecret", _HOST),
    "tls_issuer": Can("Host tlsSecret, and a Certificate of cert-manager; a Host accepts no requests before its certificate exists, so the challenge must be DNS-01", f"{_DOCS}/howtos/cert-manager/"),
    "https_redirect": Can("Host requestPolicy.insecure.action: Redirect", f"{_RUNNING}/tls/cleartext-redirection/"),
    "no_https_redirect": Can("Host requestPolicy.insecure.action: Route", f"{_RUNNING}/tls/cleartext-redirection/"),
    "hsts": Can("add_response_headers", f"{_USING}/headers/add-response-headers/"),
    "tls_min_version": Can("Host tls.min_tls_version", f"{_RUNNING}/tls/"),
    "mutual_tls": Can("Host tls.ca_secret and tls.cert_required; the Secret must hold the CA under the key tls.crt", f"{_DOCS}/howtos/client-cert-validation/"),
    "mutual_tls_optional": Can("Host tls.ca_secret without tls.cert_required", f"{_DOCS}/howtos/client-cert-validation/"),
    "mutual_tls_config_map": Cannot("it reads the CA of client certificates from a Secret", f"{_DOCS}/howtos/client-cert-validation/"),
    "oidc": Can("an AuthService, which calls oauth2-proxy for every Mapping of the cluster without bypass_auth", _AUTH, needs=AUTH_SERVICE),
    "jwt": _NO_AUTH,
    "jwt_audiences": _NO_AUTH,
    "jwt_claims": _NO_AUTH,
    "basic_auth": _NO_AUTH,
    "api_key": _NO_AUTH,
    "allow_from": Cannot("ip_allow of its Module applies to all hosts", _MODULE),
    "rate_limit_client": Can("labels, which the rules of the rate limit service match (see the docs page)", f"{_RUNNING}/services/rate-limit-service/", needs=RATE_LIMIT_SERVICE),
    "rate_limit_global": Can("the same labels without the client address", f"{_RUNNING}/services/rate-limit-service/", needs=RATE_LIMIT_SERVICE),
    "rate_limit_burst": Cannot("labels only select what is counted, and the rules of a rate limit service hold one number for each period", f"{_RUNNING}/services/rate-limit-service/"),
    "cors": Can("cors; complete origins only, no patterns", f"{_USING}/cors/"),
    "max_body_size": Cannot("the buffer of its Module applies to all hosts", _MODULE),
    "timeout": Can("timeout_ms", f"{_USING}/timeouts/"),
    "retries": Can("retry_policy.retry_on: connect-failure", f"{_USING}/retries/"),
    "retry_gateway_errors": Can("retry_policy.retry_on: gateway-error, which includes failed connections", f"{_USING}/retries/"),
    "retry_timeout": Can("retry_policy.per_try_timeout", f"{_USING}/retries/"),
    "sticky": Can("load_balancer.policy: ring_hash with a cookie and resolver: endpoint", f"{_RUNNING}/load-balancer/"),
    "sticky_max_age": Can("load_balancer.cookie.ttl", f"{_RUNNING}/load-balancer/"),
    "compression": Cannot("gzip of its Module applies to all hosts", f"{_RUNNING}/gzip/"),
    "backend_tls_secret": _NO_ORIGIN_CHECK,
    "backend_tls_config_map": _NO_ORIGIN_CHECK,
    "port_tls_secret": _NO_ORIGIN_CHECK,
    "port_tls_config_map": _NO_ORIGIN_CHECK,
    "dns": Cannot("the source ambassador-host of external-dns reads Hosts of an older API version, getambassador.io/v2, which release 4 does not install", "https://github.com/kubernetes-sigs/external-dns/issues/5724"),
    "annotations": Can("metadata.annotations of the Mappings", f"{_USING}/mappings/"),
    **no_streams("this provider draws no TCPMapping", f"{_USING}/tcpmappings/", udp="it has a TCPMapping only, and nothing for UDP"),
}  # fmt: skip
"""The support of each feature."""
