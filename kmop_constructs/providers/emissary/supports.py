"""What Emissary-ingress can do by Hosts and Mappings, as release 4 documents it."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports

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
    "it only asks its one AuthService, and has no check of its own; Ambassador Edge Stack has some of them as Filters",
    _AUTH,
)
_NO_ORIGIN_CHECK = Cannot(
    "a TLSContext with an authority and no certificate is refused, and none has the name that a service's certificate must carry",
    f"{_RUNNING}/tls/origination/",
)

SUPPORTS: Supports = {
    "host": Can("a Host, and hostname of each Mapping", _HOST),
    "wildcard_host": Can("hostname: \"*.…\"", _HOST),
    "any_host": Can("hostname: \"*\"", _HOST),
    "aliases": Can("a Host and Mappings for each", _HOST),
    "path_prefix": Can("two Mappings, of /path alone and of the prefix /path/, as its prefixes are of text", f"{_USING}/mappings/"),
    "path_exact": Can("prefix_exact, with a precedence over prefixes", f"{_USING}/mappings/"),
    "path_regex": Can("prefix_regex, with a precedence over prefixes; RE2 of at most 200 instructions unless regex_max_size of the Module says otherwise", f"{_USING}/prefix-regex/"),
    "other_service": Can("service", f"{_USING}/mappings/"),
    "headers": Can("headers", f"{_USING}/headers/headers/"),
    "method": Can("method", f"{_USING}/method/"),
    "websocket": Can("allow_upgrade: [websocket]", f"{_DOCS}/howtos/websockets/"),
    "grpc": Can("grpc: true; over HTTPS, Hosts offer HTTP/2 (tls.alpn_protocols)", f"{_DOCS}/howtos/grpc/"),
    "rewrite": Can("rewrite", f"{_USING}/rewrites/"),
    "redirects": Can("host_redirect, path_redirect and redirect_response_code; the scheme stays", f"{_USING}/redirects/"),
    "shares": Can("a Mapping with a weight for each other Service", f"{_USING}/canary/"),
    "tls_secret": Can("Host tlsSecret", _HOST),
    "tls_issuer": Can("Host tlsSecret, and cert-manager's Certificate; a Host answers nobody before its certificate is there, so the challenge is DNS-01", f"{_DOCS}/howtos/cert-manager/"),
    "https_redirect": Can("Host requestPolicy.insecure.action: Redirect", f"{_RUNNING}/tls/cleartext-redirection/"),
    "no_https_redirect": Can("Host requestPolicy.insecure.action: Route", f"{_RUNNING}/tls/cleartext-redirection/"),
    "hsts": Can("add_response_headers", f"{_USING}/headers/add-response-headers/"),
    "tls_min_version": Can("Host tls.min_tls_version", f"{_RUNNING}/tls/"),
    "mutual_tls": Can("Host tls.ca_secret and tls.cert_required; the Secret has the authority under the key tls.crt", f"{_DOCS}/howtos/client-cert-validation/"),
    "mutual_tls_optional": Can("Host tls.ca_secret alone", f"{_DOCS}/howtos/client-cert-validation/"),
    "oidc": Can("an AuthService, which asks oauth2-proxy for every Mapping of the cluster that does not say bypass_auth", _AUTH, needs=AUTH_SERVICE),
    "jwt": _NO_AUTH,
    "jwt_audiences": _NO_AUTH,
    "jwt_claims": _NO_AUTH,
    "basic_auth": _NO_AUTH,
    "api_key": _NO_AUTH,
    "allow_from": Cannot("ip_allow of its Module holds for all hosts at once", _MODULE),
    "rate_limit_client": Can("labels, by which the rules of the service count (the docs page shows them)", f"{_RUNNING}/services/rate-limit-service/", needs=RATE_LIMIT_SERVICE),
    "rate_limit_global": Can("labels, without the client's address", f"{_RUNNING}/services/rate-limit-service/", needs=RATE_LIMIT_SERVICE),
    "rate_limit_burst": Cannot("labels say what is counted, and the rules of a rate limit service have a number for each period alone", f"{_RUNNING}/services/rate-limit-service/"),
    "cors": Can("cors; origins are compared whole", f"{_USING}/cors/"),
    "max_body_size": Cannot("the buffer of its Module holds for all hosts at once", _MODULE),
    "timeout": Can("timeout_ms", f"{_USING}/timeouts/"),
    "retries": Can("retry_policy.retry_on: connect-failure", f"{_USING}/retries/"),
    "retry_gateway_errors": Can("retry_policy.retry_on: gateway-error, which a failed connection is too", f"{_USING}/retries/"),
    "retry_timeout": Can("retry_policy.per_try_timeout", f"{_USING}/retries/"),
    "sticky": Can("load_balancer.policy: ring_hash with a cookie, and resolver: endpoint", f"{_RUNNING}/load-balancer/"),
    "sticky_max_age": Can("load_balancer.cookie.ttl", f"{_RUNNING}/load-balancer/"),
    "compression": Cannot("gzip of its Module holds for all hosts at once", f"{_RUNNING}/gzip/"),
    "backend_tls_secret": _NO_ORIGIN_CHECK,
    "backend_tls_config_map": _NO_ORIGIN_CHECK,
    "dns": Cannot("the source ambassador-host of external-dns reads Hosts of an older API version, getambassador.io/v2, which release 4 does not install", "https://github.com/kubernetes-sigs/external-dns/issues/5724"),
    "annotations": Can("metadata.annotations of the Mappings", f"{_USING}/mappings/"),
}  # fmt: skip
"""By feature."""
