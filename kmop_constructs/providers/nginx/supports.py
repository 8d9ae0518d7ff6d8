"""The features that F5 NGINX Ingress Controller supports with VirtualServers and Policies, from the documentation of release 5.5."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports

__all__ = ["SUPPORTS", "TLS_PASSTHROUGH"]

TLS_PASSTHROUGH = "TLS passthrough"
"""The listener that the controller has with ``-enable-tls-passthrough``."""

_DOCS = "https://docs.nginx.com/nginx-ingress-controller/configuration"
_SERVER = f"{_DOCS}/virtualserver-and-virtualserverroute-resources/"
_POLICY = f"{_DOCS}/policy-resource/"
_PATHS = f"{_DOCS}/path-matching/"
_CONFIG_MAP = f"{_DOCS}/global-configuration/configmap-resource/"

_TRANSPORT = "https://docs.nginx.com/nginx-ingress-controller/configuration/transportserver-resource"

_NO_ADDRESSES = Cannot("a TransportServer has no field for it, only snippets, which are off by default", _TRANSPORT)
_NO_ISSUER = Cannot(
    "its JWT Policy (NGINX Plus) checks signature and dates of a token, and has no fields for issuer and audience", f"{_POLICY}#jwt-using-jwks-from-remote-location"
)  # fmt: skip

SUPPORTS: Supports = {
    "host": Can("spec.host: a VirtualServer for each host", f"{_SERVER}#virtualserver-specification"),
    "wildcard_host": Can("spec.host: \"*.…\"", f"{_SERVER}#virtualserver-specification"),
    "any_host": Cannot("a VirtualServer needs a host", f"{_SERVER}#virtualserver-specification"),
    "aliases": Can("a VirtualServer for each host", f"{_SERVER}#virtualserver-specification"),
    "path_prefix": Can("two routes, =/path and /path/, because its prefixes match text and not path elements", _PATHS),
    "path_exact": Can("a route =/path", _PATHS),
    "path_regex": Can("a route ~^…\\z; regular expressions go before prefixes and after exact paths", _PATHS),
    "other_service": Can("upstreams[].service", f"{_SERVER}#upstream"),
    "headers": Can("routes[].matches[].conditions[].header, with a regular expression, because other values ignore case", f"{_SERVER}#condition"),
    "method": Can("routes[].matches[].conditions[].variable: $request_method", f"{_SERVER}#condition"),
    "websocket": Can("no field: WebSockets are always allowed, and closed after read-timeout without data", f"{_SERVER}#upstream"),
    "grpc": Can("upstreams[].type: grpc; clients need HTTPS", f"{_SERVER}#upstream"),
    "rewrite": Can("action.proxy.rewritePath", f"{_SERVER}#actionproxy"),
    "redirects": Can("action.redirect", f"{_SERVER}#actionredirect"),
    "shares": Can("routes[].splits", f"{_SERVER}#split"),
    "mirrors": Cannot("a VirtualServer has no field for it, only snippets, which are off by default", f"{_SERVER}#virtualserverroute"),
    "tls_secret": Can("spec.tls.secret", f"{_SERVER}#virtualservertls"),
    "tls_issuer": Can("spec.tls.secret, and a Certificate of cert-manager; HTTP-01 challenges need a controller with -enable-cert-manager", f"{_SERVER}#virtualservertlscertmanager"),
    "https_redirect": Can("spec.tls.redirect: 301", f"{_SERVER}#virtualservertlsredirect"),
    "no_https_redirect": Can("no spec.tls.redirect", f"{_SERVER}#virtualservertlsredirect"),
    "hsts": Can("action.proxy.responseHeaders", f"{_SERVER}#actionproxyresponseheaders"),
    "tls_min_version": Cannot("it is set only for all hosts, in the controller's ConfigMap (ssl-protocols)", f"{_CONFIG_MAP}#auth-and-ssltls"),
    "mutual_tls": Can("a Policy with ingressMTLS, for the whole host; the Secret must have the type nginx.org/ca and the key ca.crt", f"{_POLICY}#ingressmtls"),
    "mutual_tls_optional": Can("a Policy with ingressMTLS.verifyClient: optional", f"{_POLICY}#ingressmtls"),
    "mutual_tls_config_map": Cannot("it reads the CA of client certificates from a Secret", f"{_POLICY}#ingressmtls"),
    "oidc": Can("a Policy with externalAuth, which calls oauth2-proxy, and an error page that redirects every 401 there, also a 401 of the service; after the login, users return to the path of the route, and the service does not get their identity", f"{_POLICY}#externalauth"),
    "jwt": _NO_ISSUER,
    "jwt_audiences": _NO_ISSUER,
    "jwt_claims": _NO_ISSUER,
    "basic_auth": Can("a Policy with basicAuth; the Secret must have the type nginx.org/htpasswd and the key htpasswd", f"{_POLICY}#basicauth"),
    "api_key": Can("a Policy with apiKey; the Secret must have the type nginx.org/apikey and one key for each client, with the client's name", f"{_POLICY}#apikey"),
    "allow_from": Can("a Policy with accessControl.allow", f"{_POLICY}#accesscontrol"),
    "rate_limit_client": Can("a Policy with rateLimit, per second or minute, counted for each host in each pod of the controller", f"{_POLICY}#ratelimit"),
    "rate_limit_global": Can("a Policy with rateLimit and one key for all clients, counted for each host in each pod of the controller", f"{_POLICY}#ratelimit"),
    "rate_limit_burst": Can("a Policy with rateLimit.burst; without it, all requests of a period may come at once", f"{_POLICY}#ratelimit"),
    "cors": Can("a Policy with cors; * in an origin stands for one label", f"{_POLICY}#cors"),
    "max_body_size": Can("upstreams[].client-max-body-size", f"{_SERVER}#upstream"),
    "timeout": Can("upstreams[].read-timeout and -send-timeout: the time between two reads or writes; no other pod is tried after next-upstream-timeout", f"{_SERVER}#upstream"),
    "retries": Can("upstreams[].next-upstream and -tries; a POST that was already sent is not retried", f"{_SERVER}#upstream"),
    "retry_gateway_errors": Can("upstreams[].next-upstream: … http_502 http_503 http_504 non_idempotent", f"{_SERVER}#upstream"),
    "retry_timeout": Can("upstreams[].connect-timeout, -send-timeout and -read-timeout, which apply to each attempt", f"{_SERVER}#upstream"),
    "sticky": Can("upstreams[].sessionCookie, for the service's own pods", f"{_SERVER}#upstreamsessioncookie"),
    "sticky_max_age": Can("upstreams[].sessionCookie.expires", f"{_SERVER}#upstreamsessioncookie"),
    "compression": Cannot("it has no field for it, only snippets, which are off by default", f"{_SERVER}#using-snippets"),
    "backend_tls_secret": Can("upstreams[].tls and a Policy with egressMTLS; the Secret must have the type nginx.org/ca and the key ca.crt", f"{_POLICY}#egressmtls"),
    "backend_tls_config_map": Cannot("egressMTLS.trustedCertSecret reads a Secret only", f"{_POLICY}#egressmtls"),
    "port_tls_secret": Cannot("egressMTLS.trustedCertSecret reads a Secret of the type nginx.org/ca, and a certificate has another; make one, and set backend_tls=BackendTls(…)", f"{_POLICY}#egressmtls"),
    "port_tls_config_map": Cannot("egressMTLS.trustedCertSecret reads a Secret only", f"{_POLICY}#egressmtls"),
    "dns": Cannot("spec.externalDNS has no field for the target, which is always the controller's own address; NginxGatewayOptions(external_dns=True) makes such a record of every host", f"{_SERVER}#virtualserverexternaldns"),
    "annotations": Can("metadata.annotations of the VirtualServer", f"{_SERVER}#virtualserver-specification"),
    "tcp": Can("a TransportServer on a listener of the GlobalConfiguration, which NginxGatewayOptions.listeners names", _TRANSPORT),
    "tcp_allow_from": _NO_ADDRESSES,
    "tls_passthrough": Can("a TransportServer with the protocol TLS_PASSTHROUGH for each host", _TRANSPORT, needs=TLS_PASSTHROUGH),
    "tls_passthrough_allow_from": _NO_ADDRESSES,
    "udp": Can("a TransportServer on a listener of the GlobalConfiguration, which NginxGatewayOptions.listeners names", _TRANSPORT),
}  # fmt: skip
"""The support of each feature."""
