"""What ingress-nginx can do by annotations, as release 1.15 documents it."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports

__all__ = ["SUPPORTS"]

_DOCS = "https://kubernetes.github.io/ingress-nginx"
_ANNOTATIONS = f"{_DOCS}/user-guide/nginx-configuration/annotations/"
_CONFIG_MAP = f"{_DOCS}/user-guide/nginx-configuration/configmap/"
_PATHS = f"{_DOCS}/user-guide/ingress-path-matching/"
_API = "https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/"

_NO_JWT = Cannot(
    "it validates no tokens; its auth-url can only ask a service that does", f"{_ANNOTATIONS}#external-authentication"
)

SUPPORTS: Supports = {
    "host": Can("spec.rules[].host", _API),
    "wildcard_host": Can("spec.rules[].host, for one label", _PATHS),
    "any_host": Can("spec.rules[] without host: the server that answers for unknown hosts", _API),
    "aliases": Can("one of spec.rules[] for each", _API),
    "path_prefix": Can("pathType: Prefix; on a host with regular expressions, one of whole path elements", _PATHS),
    "path_exact": Can("pathType: Exact; on a host with regular expressions, one that ends there", _PATHS),
    "path_regex": Can("use-regex: \"true\" and pathType: ImplementationSpecific, for all paths of the host", f"{_ANNOTATIONS}#use-regex"),
    "other_service": Can("backend.service", _API),
    "headers": Can("an Ingress of its own with canary-by-header and canary-by-header-value: one header, for all paths of a Service", f"{_ANNOTATIONS}#canary"),
    "method": Cannot("no annotation looks at the method", _ANNOTATIONS),
    "websocket": Can("nothing: WebSockets are let through, and closed after proxy-read-timeout without a word", f"{_DOCS}/user-guide/miscellaneous/#websockets"),
    "grpc": Can("backend-protocol: GRPC, in an Ingress of its own", f"{_ANNOTATIONS}#backend-protocol"),
    "rewrite": Can("rewrite-target, in an Ingress of its own, with a regular expression as the path", f"{_DOCS}/examples/rewrite/"),
    "redirects": Can("permanent-redirect or temporal-redirect, in an Ingress of its own", f"{_ANNOTATIONS}#permanent-redirect"),
    "shares": Can("an Ingress of its own with canary-weight: one other Service", f"{_ANNOTATIONS}#canary"),
    "tls_secret": Can("spec.tls[].secretName", f"{_DOCS}/user-guide/tls/"),
    "tls_issuer": Can("spec.tls[].secretName, and cert-manager's Certificate", "https://cert-manager.io/docs/usage/certificate/"),
    "https_redirect": Can("ssl-redirect: \"true\": 308 once there is a certificate", f"{_ANNOTATIONS}#server-side-https-enforcement-through-redirect"),
    "no_https_redirect": Can("ssl-redirect: \"false\"", f"{_ANNOTATIONS}#server-side-https-enforcement-through-redirect"),
    "hsts": Cannot("it is set for all hosts at once in the controller's ConfigMap (hsts, on unless it says otherwise)", f"{_CONFIG_MAP}#hsts"),
    "tls_min_version": Cannot("it is set for all hosts at once in the controller's ConfigMap (ssl-protocols)", f"{_CONFIG_MAP}#ssl-protocols"),
    "mutual_tls": Can("auth-tls-secret and auth-tls-verify-client: \"on\"; for the whole host", f"{_ANNOTATIONS}#client-certificate-authentication"),
    "mutual_tls_optional": Can("auth-tls-verify-client: optional", f"{_ANNOTATIONS}#client-certificate-authentication"),
    "oidc": Can("auth-url and auth-signin, which lead to oauth2-proxy, its paths in an Ingress of their own", f"{_DOCS}/examples/auth/oauth-external-auth/"),
    "jwt": _NO_JWT,
    "jwt_audiences": _NO_JWT,
    "jwt_claims": _NO_JWT,
    "basic_auth": Can("auth-type: basic and auth-secret: a Secret with an htpasswd file under the key auth", f"{_ANNOTATIONS}#authentication"),
    "api_key": Cannot("no annotation looks at a key; its auth-url can only ask a service that does", f"{_ANNOTATIONS}#external-authentication"),
    "allow_from": Can("whitelist-source-range", f"{_ANNOTATIONS}#whitelist-source-range"),
    "rate_limit_client": Can("limit-rps or limit-rpm, counted in each pod of the controller; refused with 503 unless limit-req-status-code says 429", f"{_ANNOTATIONS}#rate-limiting"),
    "rate_limit_global": Cannot("it counts each client by itself in each of its pods; global-rate-limit was taken out in release 1.12", f"{_ANNOTATIONS}#rate-limiting"),
    "rate_limit_burst": Can("limit-burst-multiplier: a multiple of the rate", f"{_ANNOTATIONS}#rate-limiting"),
    "cors": Can("enable-cors and cors-*", f"{_ANNOTATIONS}#enable-cors"),
    "max_body_size": Can("proxy-body-size", f"{_ANNOTATIONS}#custom-max-body-size"),
    "timeout": Can("proxy-read-timeout and proxy-send-timeout: the time between two reads or writes; no other pod is tried after proxy-next-upstream-timeout", f"{_ANNOTATIONS}#custom-timeouts"),
    "retries": Can("proxy-next-upstream and -tries; a POST that has been sent is not sent again", f"{_ANNOTATIONS}#custom-timeouts"),
    "retry_gateway_errors": Can("proxy-next-upstream: … http_502 http_503 http_504 non_idempotent", f"{_ANNOTATIONS}#custom-timeouts"),
    "retry_timeout": Can("proxy-connect-timeout, -send-timeout and -read-timeout, which hold for each attempt", f"{_ANNOTATIONS}#custom-timeouts"),
    "sticky": Can("affinity: cookie and session-cookie-*", f"{_ANNOTATIONS}#session-affinity"),
    "sticky_max_age": Can("session-cookie-max-age and session-cookie-expires", f"{_ANNOTATIONS}#session-affinity"),
    "compression": Cannot("it is set for all hosts at once in the controller's ConfigMap (use-gzip)", f"{_CONFIG_MAP}#use-gzip"),
    "backend_tls_secret": Can("backend-protocol: HTTPS and proxy-ssl-*", f"{_ANNOTATIONS}#backend-certificate-authentication"),
    "backend_tls_config_map": Cannot("proxy-ssl-secret reads a Secret only", f"{_ANNOTATIONS}#backend-certificate-authentication"),
    "dns": Can("the annotations of external-dns; it reads the hosts from spec.rules[]", "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/ingress/"),
    "annotations": Can("metadata.annotations", _API),
}  # fmt: skip
"""By feature. Annotations are written without their prefix ``nginx.ingress.kubernetes.io/``."""
