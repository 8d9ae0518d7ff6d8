"""The features that Kong supports with its ingress controller 3.5, from its documentation and source code."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports, no_streams

__all__ = ["ENTERPRISE", "ENTRY", "SUPPORTS"]

_DOCS = "https://developer.konghq.com"
_KIC = f"{_DOCS}/kubernetes-ingress-controller"
_ANNOTATIONS = f"{_KIC}/reference/annotations/"
_INGRESS = f"{_KIC}/ingress/"
_OIDC = f"{_DOCS}/plugins/openid-connect/reference/"
_CREDENTIALS = f"{_KIC}/acl/"
_UPSTREAM_TLS = f"{_KIC}/verify-upstream-tls/"

ENTERPRISE = "Kong Enterprise"
"""The requirement of plug-ins of the commercial edition."""

ENTRY = "a Gateway of Kong's class (entry)"
"""The requirement of HTTPRoutes, which have weights; an Ingress has none."""

SUPPORTS: Supports = {
    "host": Can("spec.rules[].host", _INGRESS),
    "wildcard_host": Can("spec.rules[].host, which matches names of any depth below it", f"{_DOCS}/gateway/routing/traditional/"),
    "any_host": Can("spec.rules[] without host", _INGRESS),
    "aliases": Can("one entry of spec.rules[] for each", _INGRESS),
    "path_prefix": Can("pathType: Prefix", _INGRESS),
    "path_exact": Can("pathType: Exact, in a separate Ingress with konghq.com/regex-priority", f"{_ANNOTATIONS}#konghq-com-regex-priority"),
    "path_regex": Can("pathType: ImplementationSpecific and a path that begins with /~", f"{_ANNOTATIONS}#konghq-com-regex-prefix"),
    "other_service": Can("backend.service", _INGRESS),
    "headers": Can("konghq.com/headers.<name> on a separate Ingress; the traditional router ignores the case of values", f"{_ANNOTATIONS}#konghq-com-headers"),
    "method": Can("konghq.com/methods on a separate Ingress", f"{_ANNOTATIONS}#konghq-com-methods"),
    "websocket": Can("no field: HTTP routes always allow WebSockets, and the read timeout closes idle ones", f"{_DOCS}/gateway/entities/route/"),
    "grpc": Can("konghq.com/protocols on the Ingress and konghq.com/protocol on the Service; over plain HTTP only with plain_http2", f"{_KIC}/routing/grpc/"),
    "rewrite": Can("konghq.com/strip-path where the new prefix is /, else the plug-in request-transformer (replace.uri)", f"{_KIC}/reference/path-manipulation/"),
    "redirects": Can("the plug-ins request-termination and response-transformer on a separate Ingress", f"{_DOCS}/plugins/request-termination/reference/"),
    "shares": Can("an HTTPRoute with backendRefs[].weight in place of the Ingress", f"{_KIC}/routing/weights/", needs=ENTRY),
    "mirrors": Cannot("its controller refuses the filter RequestMirror of an HTTPRoute, and no plug-in of Kong copies requests", f"{_KIC}/gateway-api/"),
    "tls_secret": Can("spec.tls[].secretName", f"{_KIC}/routing/https-tls-termination/"),
    "tls_issuer": Can("spec.tls[].secretName, and a Certificate of cert-manager", "https://cert-manager.io/docs/usage/certificate/"),
    "https_redirect": Can("konghq.com/protocols: https and konghq.com/https-redirect-status-code: 308", f"{_KIC}/routing/http-to-https/"),
    "no_https_redirect": Can("konghq.com/protocols: http,https", f"{_ANNOTATIONS}#konghq-com-protocols"),
    "hsts": Can("the plug-in response-transformer", f"{_DOCS}/plugins/response-transformer/reference/"),
    "tls_min_version": Cannot("it is set only for all hosts, in the installation of Kong (ssl_protocols)", f"{_DOCS}/gateway/configuration/#ssl-protocols"),
    "mutual_tls": Cannot("Kong Enterprise's mtls-auth refers to CAs by an internal id of Kong, which does not follow from the name of a Secret", f"{_KIC}/mtls/"),
    "mutual_tls_optional": Cannot("Kong Enterprise's mtls-auth refers to CAs by an internal id of Kong, which does not follow from the name of a Secret", f"{_KIC}/mtls/"),
    "mutual_tls_config_map": Cannot("Kong Enterprise's mtls-auth refers to CAs by an internal id of Kong, which does not follow from the name of a Secret", f"{_KIC}/mtls/"),
    "oidc": Can("the plug-in openid-connect; the values of both Secrets must be JSON strings, in double quotation marks", f"{_KIC}/oidc/", needs=ENTERPRISE),
    "jwt": Can("the plug-in openid-connect with auth_methods: [bearer]; the open plug-in jwt supports no JWKS URL", _OIDC, needs=ENTERPRISE),
    "jwt_audiences": Can("the plug-in openid-connect, audience_required", f"{_OIDC}#schema--config-audience-required", needs=ENTERPRISE),
    "jwt_claims": Can("the plug-in openid-connect, upstream_headers_claims and upstream_headers_names, for top-level claims", f"{_OIDC}#schema--config-upstream-headers-claims", needs=ENTERPRISE),
    "basic_auth": Can("the plug-ins basic-auth and acl, a KongConsumer and its group; the Secret must have the label konghq.com/credential: basic-auth and the keys username and password, for one user", _CREDENTIALS),
    "api_key": Can("the plug-ins key-auth and acl, a KongConsumer and its group; the Secret must have the label konghq.com/credential: key-auth and the key key, for one API key", _CREDENTIALS),
    "allow_from": Can("the plug-in ip-restriction", f"{_DOCS}/plugins/ip-restriction/reference/"),
    "rate_limit_client": Can("the plug-in rate-limiting with limit_by: ip on the Service (with shares, on the HTTPRoute), counted in each of Kong's pods", f"{_DOCS}/plugins/rate-limiting/reference/"),
    "rate_limit_global": Can("the plug-in rate-limiting with limit_by: service on the Service (with shares, on the HTTPRoute), counted in each of Kong's pods", f"{_DOCS}/plugins/rate-limiting/reference/"),
    "rate_limit_burst": Cannot("rate-limiting counts in time windows and has no field for it", f"{_DOCS}/plugins/rate-limiting/reference/"),
    "cors": Can("the plug-in cors", f"{_DOCS}/plugins/cors/reference/"),
    "max_body_size": Can("the plug-in request-size-limiting", f"{_DOCS}/plugins/request-size-limiting/reference/"),
    "timeout": Can("konghq.com/connect-timeout, write-timeout and read-timeout on the Service; they apply to each attempt", f"{_ANNOTATIONS}#konghq-com-readtimeout"),
    "retries": Can("konghq.com/retries on the Service", f"{_ANNOTATIONS}#konghq-com-retries"),
    "retry_gateway_errors": Cannot("it is set only for all hosts, in the installation of Kong (nginx_proxy_proxy_next_upstream)", f"{_DOCS}/gateway/configuration/"),
    "retry_timeout": Can("konghq.com/connect-timeout, write-timeout and read-timeout on the Service; not together with another timeout for all attempts", f"{_ANNOTATIONS}#konghq-com-readtimeout"),
    "sticky": Can("a KongUpstreamPolicy with hashOn.cookie, for the service's own pods: when the number of pods changes, some clients get another pod", f"{_KIC}/reference/custom-resources/#kongupstreampolicy"),
    "sticky_max_age": Cannot("its cookie has no lifetime, and lasts until the browser is closed", f"{_KIC}/reference/custom-resources/#kongupstreampolicy"),
    "compression": Cannot("it is set only for all hosts, in the installation of Kong (nginx_proxy_gzip)", f"{_DOCS}/gateway/nginx-directive/"),
    "backend_tls_secret": Can("konghq.com/tls-verify and ca-certificates-secrets on the Service, which also gets the name as its Host header; the Secret must have the label konghq.com/ca-cert: \"true\", Kong's class, and the keys id (a UUID) and ca.crt", _UPSTREAM_TLS),
    "backend_tls_config_map": Can("konghq.com/tls-verify and ca-certificates-configmaps on the Service, which also gets the name as its Host header; the ConfigMap must have the label and keys of the Secret", _UPSTREAM_TLS),
    "port_tls_secret": Cannot("it reads a CA only from a Secret with the label konghq.com/ca-cert and a key id, which that of a certificate has not; make one, and set backend_tls=BackendTls(…)", _UPSTREAM_TLS),
    "port_tls_config_map": Cannot("it reads a CA only from a ConfigMap with the label konghq.com/ca-cert and a key id; make one, and set backend_tls=BackendTls(…)", _UPSTREAM_TLS),
    "dns": Can("the annotations of external-dns; it reads the hosts from spec.rules[]", "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/ingress/"),
    "annotations": Can("metadata.annotations; konghq.com/plugins is extended", _ANNOTATIONS),
    **no_streams("its TCPIngress and UDPIngress are beta, and this provider draws neither", f"{_KIC}/reference/custom-resources/"),
}  # fmt: skip
