"""The features that HAProxy Technologies' ingress controller supports for an Ingress, from the documentation of release 3.2."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports, no_streams

__all__ = ["SUPPORTS"]

_REPOSITORY = "https://github.com/haproxytech/kubernetes-ingress/blob/v3.2.11"
_ANNOTATIONS = f"{_REPOSITORY}/documentation/annotations.md"
_BACKEND = f"{_REPOSITORY}/documentation/custom-resources.md#backend"
_PATHS = f"{_REPOSITORY}/pkg/route/route.go"
_API = "https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/"

_ROUTE_ACL = Cannot(
    "its route-acl is an annotation of the Service that gets the requests, and applies to every route to it",
    f"{_ANNOTATIONS}#route-acl",
)
_NO_JWT = Cannot(
    "no annotation validates tokens, and the check of HAProxy reads keys only from files in the controller's pods",
    _ANNOTATIONS,
)
_ONE_FOR_ALL = "only for all hosts, in the controller's ConfigMap"

SUPPORTS: Supports = {
    "host": Can("spec.rules[].host", _API),
    "wildcard_host": Can("spec.rules[].host, which matches every name below it", _PATHS),
    "any_host": Can("spec.rules[] without host", _API),
    "aliases": Can("one entry of spec.rules[] for each", _API),
    "path_prefix": Can("pathType: Prefix", _PATHS),
    "path_exact": Can("pathType: Exact", _PATHS),
    "path_regex": Cannot("it finds paths in lookup tables; pathType: ImplementationSpecific is a text prefix", _PATHS),
    "other_service": Can("backend.service", _API),
    "headers": _ROUTE_ACL,
    "method": _ROUTE_ACL,
    "websocket": Can("no field: they are always allowed; timeout-tunnel of the ConfigMap (one hour) ends idle ones", f"{_ANNOTATIONS}#timeouts"),
    "grpc": Can("server-proto: h2, in a separate Ingress", f"{_ANNOTATIONS}#server-proto"),
    "rewrite": Can("path-rewrite, in a separate Ingress", f"{_ANNOTATIONS}#path-rewrite"),
    "redirects": Can("a separate Ingress with cr-backend: a Backend with a redirect in http_request_rule_list", _BACKEND),
    "shares": _ROUTE_ACL,
    "mirrors": Cannot("no annotation copies requests; HAProxy needs an agent for it", _ANNOTATIONS),
    "tls_secret": Can("spec.tls[].secretName", f"{_ANNOTATIONS}#ssl-offloading"),
    "tls_issuer": Can("spec.tls[].secretName, and a Certificate of cert-manager", "https://cert-manager.io/docs/usage/certificate/"),
    "https_redirect": Can("ssl-redirect: \"true\" and ssl-redirect-port: \"443\"", f"{_ANNOTATIONS}#https"),
    "no_https_redirect": Can("ssl-redirect: \"false\"", f"{_ANNOTATIONS}#https"),
    "hsts": Can("response-set-header: Strict-Transport-Security …", f"{_ANNOTATIONS}#response-set-header"),
    "tls_min_version": Cannot(f"it is set {_ONE_FOR_ALL} (global-config-snippet)", f"{_ANNOTATIONS}#config-snippet"),
    "mutual_tls": Cannot(f"client-ca is set {_ONE_FOR_ALL}", f"{_ANNOTATIONS}#authentication"),
    "mutual_tls_optional": Cannot(f"client-crt-optional is set {_ONE_FOR_ALL}", f"{_ANNOTATIONS}#authentication"),
    "mutual_tls_config_map": Cannot(f"client-ca is set {_ONE_FOR_ALL}", f"{_ANNOTATIONS}#authentication"),
    "oidc": Cannot("it has no login, and no annotation checks a login with another service", _ANNOTATIONS),
    "jwt": _NO_JWT,
    "jwt_audiences": _NO_JWT,
    "jwt_claims": _NO_JWT,
    "basic_auth": Can("auth-type: basic-auth and auth-secret: a Secret with a key for each user and the crypt(3) hash of the password as value", f"{_ANNOTATIONS}#authentication"),
    "api_key": Cannot("no annotation checks a key, and a rule would contain the key in plain text", _ANNOTATIONS),
    "allow_from": Can("allow-list", f"{_ANNOTATIONS}#access-control"),
    "rate_limit_client": Can("cr-backend: a Backend with a stick_table and a rule that answers 429, counted in each pod of the controller", _BACKEND),
    "rate_limit_global": Can("the same Backend with one entry for all clients", _BACKEND),
    "rate_limit_burst": Cannot("it counts the requests of the last period and has no burst", f"{_ANNOTATIONS}#rate-limit"),
    "cors": Can("cors-*; preflights are answered by cors-respond-to-options", f"{_REPOSITORY}/pkg/annotations/ingress/resSetCORS.go"),
    "max_body_size": Cannot("it checks only the announced size (Content-Length), not a body sent in chunks", "https://docs.haproxy.org/3.2/configuration.html#7.3.6-req.body_size"),
    "timeout": Can("timeout-server: the time between two parts of a response", f"{_ANNOTATIONS}#timeouts"),
    "retries": Can("cr-backend: a Backend with retries and redispatch", _BACKEND),
    "retry_gateway_errors": Can("cr-backend: a Backend with retry_on: conn-failure 502 503 504; only for requests that fit into a buffer", _BACKEND),
    "retry_timeout": Cannot("timeout-server applies to the whole request, and the connection timeout is set " + _ONE_FOR_ALL, f"{_ANNOTATIONS}#timeouts"),
    "sticky": Can("cr-backend: a Backend with cookie; the annotation of an Ingress is deprecated", _BACKEND),
    "sticky_max_age": Can("cr-backend: a Backend with cookie, and Max-Age in its field attr", _BACKEND),
    "compression": Can("cr-backend: a Backend with compression", _BACKEND),
    "backend_tls_secret": Cannot("its server-ca reads the key tls.crt, and does not check the name in the certificate", f"{_ANNOTATIONS}#authentication"),
    "backend_tls_config_map": Cannot("its server-ca reads a Secret, and does not check the name in the certificate", f"{_ANNOTATIONS}#authentication"),
    "port_tls_secret": Cannot("its server-ca reads the key tls.crt, and does not check the name in the certificate", f"{_ANNOTATIONS}#authentication"),
    "port_tls_config_map": Cannot("its server-ca reads a Secret, and does not check the name in the certificate", f"{_ANNOTATIONS}#authentication"),
    "dns": Can("the annotations of external-dns; it reads the hosts from spec.rules[]", "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/ingress/"),
    "annotations": Can("metadata.annotations", _API),
    **no_streams("this provider draws none of the objects for it (TCP)", f"{_REPOSITORY}/documentation/custom-resources.md", tls="this provider does not draw its annotation ssl-passthrough", udp="its objects for other protocols route TCP only"),
}  # fmt: skip
"""The support of each feature. Annotations are shown without their prefix ``haproxy.org/``."""
