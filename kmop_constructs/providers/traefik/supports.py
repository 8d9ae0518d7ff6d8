"""The features that Traefik supports, with its own resources and with annotations of an Ingress."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports, no_streams
from kmop_constructs.providers.traefik.options import HUB

_CRD = "https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd"
_TCP = f"{_CRD}/tcp/ingressroutetcp/"
_TCP_ALLOW = f"{_CRD}/tcp/middlewaretcp/"
_UDP = f"{_CRD}/udp/ingressrouteudp/"
__all__ = ["TRAEFIK", "TRAEFIK_INGRESS"]

_DOCS = "https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/"
_RULES = f"{_DOCS}http/routing/rules-and-priority/"
_ROUTE = f"{_DOCS}kubernetes/crd/http/ingressroute/"
_SERVICE = f"{_DOCS}kubernetes/crd/http/service/"
_WEIGHTED = f"{_DOCS}kubernetes/crd/http/traefikservice/"
_TRANSPORT = f"{_DOCS}kubernetes/crd/http/serverstransport/"
_TLS_OPTION = f"{_DOCS}kubernetes/crd/tls/tlsoption/"
_INGRESS = f"{_DOCS}kubernetes/ingress/"
_CERTIFICATE = "https://cert-manager.io/docs/usage/certificate/"


# When a field came is read from the definitions of each release:
# https://github.com/traefik/traefik/blob/v3.7.13/docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml
_3_4 = {"traefik": "3.4"}
_3_7 = {"traefik": "3.7"}


def _middleware(name: str) -> str:
    return f"{_DOCS}http/middlewares/{name}/"


_MIDDLEWARES: Supports = {
    "rewrite": Can(
        "a Middleware with stripPrefix, addPrefix, replacePathRegex or replacePath; all but addPrefix add a header with the "
        "original path",
        _middleware("replacepathregex"),
    ),
    "redirects": Can(
        "a Middleware with redirectRegex; methods other than GET get 308 or 307, and the query is kept",
        _middleware("redirectregex"),
    ),
    "hsts": Can("a Middleware with headers.stsSeconds; it is sent only over HTTPS", _middleware("headers")),
    "oidc": Can(
        "a Middleware with forwardAuth, which calls a separate oauth2-proxy; this provider does not draw the OIDC of Traefik Hub",
        "https://oauth2-proxy.github.io/oauth2-proxy/configuration/integrations/traefik",
        since=_3_7,
    ),
    "jwt": Can("a Middleware with plugin.jwt; the token is passed on to the service", _middleware("jwt"), needs=HUB),
    "jwt_audiences": Cannot(
        "the claim functions of Traefik Hub differ for a text and a list, and `aud` may be either",
        _middleware("jwt"),
    ),
    "jwt_claims": Can("plugin.jwt.forwardHeaders", _middleware("jwt"), needs=HUB),
    "basic_auth": Can(
        "a Middleware with basicAuth.secret: a Secret with one key, such as `users`, of lines in the format of htpasswd, or one "
        "of the type kubernetes.io/basic-auth",
        _middleware("basicauth"),
    ),
    "api_key": Can(
        "a Middleware with plugin.apiKey; the key `key` of the Secret must hold the hash of the API key, in the format of htpasswd",
        _middleware("apikey"),
        needs=HUB,
    ),
    "allow_from": Can("a Middleware with ipAllowList; others get 403", _middleware("ipallowlist")),
    "rate_limit_client": Can(
        "a Middleware with rateLimit, one token bucket for each client; each Traefik pod and each router counts on its own, so "
        "only one router is allowed, unless the options name a Redis",
        _middleware("ratelimit"),
    ),
    "rate_limit_global": Can(
        "rateLimit.sourceCriterion.requestHost, for one host; each Traefik pod counts on its own, unless the options name a Redis",
        _middleware("ratelimit"),
    ),
    "rate_limit_burst": Can(
        "a Middleware with rateLimit.burst, the size of the bucket; without it, all requests of a period may come at once",
        _middleware("ratelimit"),
    ),
    "cors": Can("a Middleware with headers.accessControl…", _middleware("headers")),
    "max_body_size": Can(
        "a Middleware with buffering.maxRequestBodyBytes; it waits for complete requests and responses, server-"
        "sent events included",
        _middleware("buffering"),
    ),
    "retries": Can("a Middleware with retry.attempts, which counts the first attempt too", _middleware("retry")),
    "retry_gateway_errors": Can(
        "a Middleware with retry.status; no retries for POST and PATCH, and for bodies above 2 MB",
        _middleware("retry"),
        since=_3_7,
    ),
    "compression": Can("a Middleware with compress: gzip, Brotli and Zstandard", _middleware("compress")),
}

TRAEFIK: Supports = {
    "host": Can("Host(`…`) in routes[].match", _RULES),
    "wildcard_host": Can("Host(`*.…`) in routes[].match: the star stands for one label", _RULES, since=_3_7),
    "any_host": Can("routes[].match without Host", _RULES),
    "aliases": Can("several Host(`…`) in routes[].match", _RULES),
    "path_prefix": Can("Path(`…`) || PathPrefix(`…/`) in routes[].match", _RULES),
    "path_exact": Can("Path(`…`) in routes[].match", _RULES),
    "path_regex": Can("PathRegexp(`^(?s:…)$`) in routes[].match", _RULES),
    "other_service": Can("routes[].services[].name", _SERVICE),
    "headers": Can("Header(`…`, `…`) in routes[].match", _RULES),
    "method": Can("Method(`…`) in routes[].match", _RULES),
    "websocket": Can("no field: every route allows them", "https://doc.traefik.io/traefik/v3.7/expose/overview/"),
    "grpc": Can("routes[].services[].scheme: h2c", "https://doc.traefik.io/traefik/v3.7/expose/overview/"),
    "rewrite": _MIDDLEWARES["rewrite"],
    "redirects": _MIDDLEWARES["redirects"],
    "shares": Can("routes[].services[].weight", _SERVICE),
    "mirrors": Can("a TraefikService with mirroring.mirrors[].percent", _SERVICE),
    "tls_secret": Can("spec.tls.secretName", _ROUTE),
    "tls_issuer": Can("a Certificate of cert-manager, and spec.tls.secretName", _CERTIFICATE),
    "https_redirect": Can("a second IngressRoute, and a Middleware with redirectScheme", _middleware("redirectscheme")),
    "no_https_redirect": Can("a second IngressRoute without spec.tls", _ROUTE),
    "hsts": _MIDDLEWARES["hsts"],
    "tls_min_version": Can("spec.minVersion of a TLSOption, one for all routes of a host", _TLS_OPTION),
    "mutual_tls": Can("spec.clientAuth of a TLSOption, with the Secret's key ca.crt or tls.ca", _TLS_OPTION),
    "mutual_tls_optional": Can("spec.clientAuth.clientAuthType: VerifyClientCertIfGiven of a TLSOption", _TLS_OPTION),
    "mutual_tls_config_map": Cannot("it reads the CA of client certificates from a Secret", _TLS_OPTION),
    "oidc": _MIDDLEWARES["oidc"],
    "jwt": _MIDDLEWARES["jwt"],
    "jwt_audiences": _MIDDLEWARES["jwt_audiences"],
    "jwt_claims": _MIDDLEWARES["jwt_claims"],
    "basic_auth": _MIDDLEWARES["basic_auth"],
    "api_key": _MIDDLEWARES["api_key"],
    "allow_from": _MIDDLEWARES["allow_from"],
    "rate_limit_client": _MIDDLEWARES["rate_limit_client"],
    "rate_limit_global": _MIDDLEWARES["rate_limit_global"],
    "rate_limit_burst": _MIDDLEWARES["rate_limit_burst"],
    "cors": _MIDDLEWARES["cors"],
    "max_body_size": _MIDDLEWARES["max_body_size"],
    "timeout": Can(
        "forwardingTimeouts.responseHeaderTimeout of a ServersTransport, the time until the response headers; with retries "
        "it applies to each attempt, and no attempt begins after it",
        _TRANSPORT,
    ),
    "retries": _MIDDLEWARES["retries"],
    "retry_gateway_errors": _MIDDLEWARES["retry_gateway_errors"],
    "retry_timeout": Can("forwardingTimeouts.responseHeaderTimeout of a ServersTransport", _TRANSPORT),
    "sticky": Can(
        "routes[].services[].sticky.cookie; with shares, a TraefikService and a second cookie, `<name>-service`",
        _WEIGHTED,
    ),
    "sticky_max_age": Can("sticky.cookie.maxAge", _WEIGHTED),
    "compression": _MIDDLEWARES["compression"],
    "backend_tls_secret": Can("rootCAs[].secret and serverName of a ServersTransport", _TRANSPORT, since=_3_4),
    "backend_tls_config_map": Can("rootCAs[].configMap and serverName of a ServersTransport", _TRANSPORT, since=_3_4),
    "port_tls_secret": Can(
        "rootCAs[].secret and serverName of a ServersTransport; it reads the key ca.crt of the Secret",
        _TRANSPORT,
        since=_3_4,
    ),
    "port_tls_config_map": Can("rootCAs[].configMap and serverName of a ServersTransport", _TRANSPORT, since=_3_4),
    "dns": Can(
        "the annotations of external-dns, with a target; it reads the hosts from routes[].match (source traefik-proxy)",
        "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/traefik-proxy/",
    ),
    "annotations": Can("metadata.annotations of the IngressRoute for HTTPS, or the only one", _ROUTE),
    "tcp": Can(
        "an IngressRouteTCP with HostSNI(`*`), on an entry point that TraefikGatewayOptions.entry_points names", _TCP
    ),
    "tcp_allow_from": Can("a MiddlewareTCP with ipAllowList", _TCP_ALLOW),
    "tls_passthrough": Can("an IngressRouteTCP with HostSNI(`…`) and tls.passthrough", _TCP),
    "tls_passthrough_allow_from": Can("a MiddlewareTCP with ipAllowList", _TCP_ALLOW),
    "udp": Can("an IngressRouteUDP, on an entry point that TraefikGatewayOptions.entry_points names", _UDP),
}
"""The support of each feature with Traefik's own resources."""

_ONE_SERVICE = "; applies to all routes to the Service"

TRAEFIK_INGRESS: Supports = {
    **TRAEFIK,
    "host": Can("spec.rules[].host", _INGRESS),
    "wildcard_host": Can("spec.rules[].host: the star stands for one label", _INGRESS),
    "any_host": Can("spec.rules[] without host", _INGRESS),
    "aliases": Can("one entry of spec.rules[] for each", _INGRESS),
    "path_prefix": Can("two paths: Exact, and Prefix with a final slash", _INGRESS),
    "path_exact": Can("pathType: Exact", _INGRESS),
    "path_regex": Cannot(
        "its matcher accepts a match of only a part of the path, and a path of an Ingress cannot begin with the `^` that "
        "would prevent it",
        _INGRESS,
    ),
    "other_service": Can("backend.service", _INGRESS),
    "headers": Cannot("no annotation of its Ingress provider matches headers", _INGRESS),
    "method": Cannot("no annotation of its Ingress provider matches the method", _INGRESS),
    "grpc": Can(f"service.serversscheme: h2c on the Service{_ONE_SERVICE}", _INGRESS),
    "shares": Cannot(
        "no annotation of its Ingress provider sets weights, and a backend can only be a Service", _INGRESS
    ),
    "mirrors": Cannot(
        "no annotation of its Ingress provider copies requests, and a backend can only be a Service", _INGRESS
    ),
    "tls_secret": Can("spec.tls[].secretName, and router.tls", _INGRESS),
    "tls_issuer": Can("a Certificate of cert-manager, and spec.tls[].secretName", _CERTIFICATE),
    "https_redirect": Can("further Ingresses, and a Middleware with redirectScheme", _middleware("redirectscheme")),
    "no_https_redirect": Can("further Ingresses without spec.tls", _INGRESS),
    "tls_min_version": Can("router.tls.options and a TLSOption, one for all routes of a host", _TLS_OPTION),
    "mutual_tls": Can(
        "router.tls.options and spec.clientAuth of a TLSOption, with the Secret's key ca.crt or tls.ca", _TLS_OPTION
    ),
    "mutual_tls_optional": Can("clientAuthType: VerifyClientCertIfGiven of a TLSOption", _TLS_OPTION),
    "mutual_tls_config_map": Cannot("it reads the CA of client certificates from a Secret", _TLS_OPTION),
    "timeout": Can(
        "service.serverstransport on the Service, and responseHeaderTimeout of a ServersTransport, the time until the response "
        f"headers; with retries it applies to each attempt, and no attempt begins after it{_ONE_SERVICE}",
        _TRANSPORT,
    ),
    "retry_timeout": Can(f"responseHeaderTimeout of a ServersTransport{_ONE_SERVICE}", _TRANSPORT),
    "sticky": Can(f"service.sticky.cookie on the Service{_ONE_SERVICE}", _INGRESS),
    "sticky_max_age": Can(f"service.sticky.cookie.maxage on the Service{_ONE_SERVICE}", _INGRESS),
    "backend_tls_secret": Can(
        f"service.serverstransport on the Service, and rootCAs[].secret of a ServersTransport{_ONE_SERVICE}",
        _TRANSPORT,
        since=_3_4,
    ),
    "backend_tls_config_map": Can(
        f"service.serverstransport on the Service, and rootCAs[].configMap of a ServersTransport{_ONE_SERVICE}",
        _TRANSPORT,
        since=_3_4,
    ),
    "port_tls_secret": Can(
        f"as a CA from a Secret; it reads the key ca.crt{_ONE_SERVICE}",
        _TRANSPORT,
        since=_3_4,
    ),
    "port_tls_config_map": Can(f"as a CA from a ConfigMap{_ONE_SERVICE}", _TRANSPORT, since=_3_4),
    "dns": Can(
        "the annotations of external-dns; it reads the hosts from spec.rules[]",
        "https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/ingress/",
    ),
    "annotations": Can("metadata.annotations of every Ingress", _INGRESS),
    **no_streams("an Ingress routes HTTP only", _INGRESS),
}
"""The support of each feature with annotations; those of routers and Services begin with
``traefik.ingress.kubernetes.io/``."""
