"""The features that ingress-nginx supports with annotations, from the documentation of release 1.15."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports, no_streams

__all__ = ["SUPPORTS"]

_DOCS = "https://kubernetes.github.io/ingress-nginx"
_ANNOTATIONS = f"{_DOCS}/user-guide/nginx-configuration/annotations/"
_CONFIG_MAP = f"{_DOCS}/user-guide/nginx-configuration/configmap/"
_PATHS = f"{_DOCS}/user-guide/ingress-path-matching/"
_API = "https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/"

_NO_JWT = Cannot(
    "it validates no tokens; its auth-url can only call a service that does", f"{_ANNOTATIONS}#external-authentication"
)

SUPPORTS: Supports = {
    "host": Can("spec.rules[].host", _API),
    "wildcard_host": Can("spec.rules[].host, which matches one label", _PATHS),
    "any_host": Can("spec.rules[] without host: the default server for unknown hosts", _API),
    "aliases": Can("one entry of spec.rules[] for each", _API),
    "path_prefix": Can("pathType: Prefix; on a host with regular expressions, an expression of whole path elements", _PATHS),
    "path_exact": Can("pathType: Exact; on a host with regular expressions, an expression with an end anchor", _PATHS),
    "path_regex": Can("use-regex: \"true\" and pathType: ImplementationSpecific, for all paths of the host", f"{_ANNOTATIONS}#use-regex"),
    "other_service": Can("backend.service", _API),
    "headers": Can("a separate Ingress with canary-by-header and canary-by-header-value: one header, for all paths of a Service", f"{_ANNOTATIONS}#canary"),
    "method": Cannot("no annotation matches the method", _ANNOTATIONS),
    "websocket": Can("no field: WebSockets are always allowed, and closed after proxy-read-timeout without data", f"{_DOCS}/user-guide/miscellaneous/#websockets"),
    "grpc": Can("backend-protocol: GRPC, in a separate Ingress", f"{_ANNOTATIONS}#backend-protocol"),
    "rewrite": Can("rewrite-target, in a separate Ingress, with a regular expression as the path", f"{_DOCS}/examples/rewrite/"),
    "redirects": Can("permanent-redirect or temporal-redirect, in a separate Ingress", f"{_ANNOTATIONS}#permanent-redirect"),
    "shares": Can("a separate Ingress with canary-weight: one other Service", f"{_ANNOTATIONS}#canary"),
    "mirrors": Cannot("mirror-target copies all requests of an Ingress to a URL, not to a Service, without a percentage", f"{_ANNOTATIONS}#mirror"),
    "tls_secret": Can("spec.tls[].secretName", f"{_DOCS}/user-guide/tls/"),
    "tls_issuer": Can("spec.tls[].secretName, and a Certificate of cert-manager", "https://cert-manager.io/docs/usage/certificate/"),
    "https_redirect": Can("ssl-redirect: \"true\": status 308 once the certificate exists", f"{_ANNOTATIONS}#server-side-https-enforcement-through-redirect"),
    "no_https_redirect": Can("ssl-redirect: \"false\"", f"{_ANNOTATIONS}#server-side-https-enforcement-through-redirect"),
    "hsts": Cannot("it is set only for all hosts, in the controller's ConfigMap (hsts, on by default)", f"{_CONFIG_MAP}#hsts"),
    "tls_min_version": Cannot("it is set only for all hosts, in the controller's ConfigMap (ssl-protocols)", f"{_CONFIG_MAP}#ssl-protocols"),
    "mutual_tls": Can("auth-tls-secret and auth-tls-verify-client: \"on\"; applies to the whole host", f"{_ANNOTATIONS}#client-certificate-authentication"),
    "mutual_tls_optional": Can("auth-tls-verify-client: optional", f"{_ANNOTATIONS}#client-certificate-authentication"),
    "mutual_tls_config_map": Cannot("it reads the CA of client certificates from a Secret", f"{_ANNOTATIONS}#client-certificate-authentication"),
    "oidc": Can("auth-url and auth-signin, which lead to oauth2-proxy; its paths are in a separate Ingress", f"{_DOCS}/examples/auth/oauth-external-auth/"),
    "jwt": _NO_JWT,
    "jwt_audiences": _NO_JWT,
    "jwt_claims": _NO_JWT,
    "basic_auth": Can("auth-type: basic and auth-secret: a Secret with an htpasswd file under the key auth", f"{_ANNOTATIONS}#authentication"),
    "api_key": Cannot("no annotation checks a key; its auth-url can only call a service that does", f"{_ANNOTATIONS}#external-authentication"),
    "allow_from": Can("whitelist-source-range", f"{_ANNOTATIONS}#whitelist-source-range"),
    "rate_limit_client": Can("limit-rps or limit-rpm, counted in each pod of the controller; status 503 unless limit-req-status-code is 429", f"{_ANNOTATIONS}#rate-limiting"),
    "rate_limit_global": Cannot("it counts each client on its own in each of its pods; global-rate-limit was removed in release 1.12", f"{_ANNOTATIONS}#rate-limiting"),
    "rate_limit_burst": Can("limit-burst-multiplier: a multiple of the rate", f"{_ANNOTATIONS}#rate-limiting"),
    "cors": Can("enable-cors and cors-*", f"{_ANNOTATIONS}#enable-cors"),
    "max_body_size": Can("proxy-body-size", f"{_ANNOTATIONS}#custom-max-body-size"),
    "timeout": Can("proxy-read-timeout and proxy-send-timeout: the time between two reads or writes; no other pod is tried after proxy-next-upstream-timeout", f"{_ANNOTATIONS}#custom-timeouts"),
    "retries": Can("proxy-next-upstream and -tries; a POST that was already sent is not retried", f"{_ANNOTATIONS}#custom-timeouts"),
    "retry_gateway_errors": Can("proxy-next-upstream: … http_502 http_503 http_504 non_idempotent", f"{_ANNOTATIONS}#custom-timeouts"),
    "retry_timeout": Can("proxy-connect-timeout, -send-timeout and -read-timeout, which apply to each attempt", f"{_ANNOTATIONS}#custom-timeouts"),
    "sticky": Can("affinity: cookie and session-cookie-*", f"{_ANNOTATIONS}#session-affinity"),
    "sticky_max_age": Can("session-cookie-max-age and session-cookie-expires", f"{_ANNOTATIONS}#session-affinity"),
    "compression": Cannot("it is set only for all hosts, in the controller's ConfigMap (use-gzip)", f"{_CONFIG_MAP}#use-gzip"),
    "backend_tls_secret": Can("backend-protocol: HTTPS and proxy-ssl-*", f"{_ANNOTATIONS}#backend-certificate-authentication"),
    "backend_tls_config_map": Cannot("proxy-ssl-secret reads a Secret only", f"{_ANNOTATIONS}#backend-certificate-authentication"),
    "port_tls_secret": Can("backend-protocol: HTTPS and proxy-ssl-*; the controller also presents the certificate of the Secret as its own", f"{_ANNOTATIONS}#backend-certificate-authentication"),
    "port_tls_config_map": Cannot("proxy-ssl-secret reads a Secret only", f"{_ANNOTATIONS}#backend-certificate-authentication"),
    "dns": Can("the annotations of external-dns; it reads the hosts from spec.rules[]", "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/ingress/"),
    "annotations": Can("metadata.annotations", _API),
    **no_streams("an Ingress routes HTTP only, and the ports of other protocols are arguments of the controller", f"{_DOCS}/user-guide/exposing-tcp-udp-services/", tls="this provider does not draw its annotation ssl-passthrough, which the controller reads only with --enable-ssl-passthrough"),
}  # fmt: skip
"""The support of each feature. Annotations are shown without their prefix ``nginx.ingress.kubernetes.io/``."""
