"""What the documentation of Emissary-ingress 4 says that each intent is (https://emissary-ingress.dev/docs/4.0/)."""

from functools import partial

from kmop_constructs.providers.emissary import EmissaryGateway, EmissaryGatewayOptions
from tests.components.api_gateway.contract import Case, Drawn, Missing

NAMED = EmissaryGatewayOptions(auth_service="login", rate_limit_domain="edge")
OPEN = {"bypass_auth": True}
"""What Mappings say that have no login, where the platform has an AuthService (topics/running/services/auth-service)."""


def mapping(**said: object) -> Drawn:
    """All of a Mapping's spec."""
    return Drawn("Mapping", "/spec", {"hostname": "web.acme.io", **said, **OPEN})


def root(**said: object) -> Drawn:
    """The Mapping of every path, and what it says beside."""
    return mapping(prefix="/", service="web:80", rewrite="", **said)


def host(**said: object) -> Drawn:
    """All of the Host's spec."""
    return Drawn("Host", "/spec", {"hostname": "web.acme.io", **said})


def secure(**said: object) -> Drawn:
    return host(
        requestPolicy={"insecure": {"action": "Redirect"}},
        tlsSecret={"name": "web-tls"},
        tls={"alpn_protocols": "h2,http/1.1", **said},
    )


def limited(*counted: object) -> Drawn:
    labels = [{"generic_key": {"key": "route", "value": "shop/web"}}, *counted]
    return root(labels={"edge": [{"exposure": labels}]})


LIMIT = {"generic_key": {"key": "limit", "value": "20-per-minute"}}

CASE = Case(
    provider=EmissaryGateway,
    gateway=partial(EmissaryGateway, options=NAMED),
    plain=EmissaryGateway,
    removes=[
        # topics/using/headers/remove-request-headers
        Drawn("Mapping", "/spec/remove_request_headers", ["X-User"]),
    ],
    expected={
        # topics/running/host-crd
        "host": [
            host(requestPolicy={"insecure": {"action": "Route"}}),
            root(),
            Drawn("Mapping", "/metadata/name", "web"),
        ],
        "wildcard_host": [
            Drawn("Host", "/spec/hostname", "*.acme.io"),
            Drawn("Mapping", "/spec/hostname", "*.acme.io"),
        ],
        "any_host": [Drawn("Host", "/spec/hostname", "*"), Drawn("Mapping", "/spec/hostname", "*")],
        "aliases": [
            Drawn("Host", "/spec/hostname", "web.acme.io"),
            Drawn("Host", "/spec/hostname", "www.acme.io"),
            Drawn("Mapping", "/spec/hostname", "web.acme.io"),
            Drawn("Mapping", "/spec/hostname", "www.acme.io"),
        ],
        # topics/using/mappings, and of text as Envoy's are
        # (https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto)
        "path_prefix": [
            mapping(prefix="/api", prefix_exact=True, precedence=2, service="web:80", rewrite=""),
            mapping(prefix="/api/", service="web:80", rewrite=""),
        ],
        "path_exact": [mapping(prefix="/api", prefix_exact=True, precedence=2, service="web:80", rewrite="")],
        "path_regex": [mapping(prefix="/v[0-9]+/items", prefix_regex=True, precedence=1, service="web:80", rewrite="")],
        "other_service": [root(), mapping(prefix="/beta/", service="web-canary:80", rewrite="")],
        "headers": [root(), mapping(prefix="/", headers={"X-Beta": "yes"}, service="web-canary:80", rewrite="")],
        "method": [mapping(prefix="/", method="POST", service="web:80", rewrite="")],
        # howtos/websockets
        "websocket": [mapping(prefix="/live/", service="web:80", rewrite="", allow_upgrade=["websocket"])],
        # howtos/grpc
        "grpc": [mapping(prefix="/", service="web:9090", rewrite="", grpc=True)],
        # topics/using/rewrites
        "rewrite": [
            mapping(prefix="/api", prefix_exact=True, precedence=2, service="web:80", rewrite="/v1"),
            mapping(prefix="/api/", service="web:80", rewrite="/v1/"),
        ],
        # topics/using/redirects: host_redirect "is required to be set to true to use any type of redirect"; it asks nobody.
        "redirects": [
            Drawn(
                "Mapping",
                "/spec",
                {
                    "hostname": "web.acme.io",
                    "prefix": "/old",
                    "prefix_exact": True,
                    "precedence": 2,
                    "service": "web.acme.io",
                    "host_redirect": True,
                    "path_redirect": "/new",
                    "redirect_response_code": 301,
                },
            ),
            root(),
        ],
        # topics/using/canary
        "shares": [root(), mapping(prefix="/", service="web-canary:80", rewrite="", weight=10)],
        # topics/using/shadowing
        "mirrors": [root(), mapping(prefix="/", service="web-canary:80", rewrite="", shadow=True, weight=10)],
        "tls_secret": [secure()],
        "tls_issuer": [
            Drawn("Host", "/spec/tlsSecret", {"name": "web-acme-io-tls"}),
            Drawn("Certificate", "/spec/secretName", "web-acme-io-tls"),
            Drawn(
                "Certificate",
                "/spec/issuerRef",
                {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"},
            ),
        ],
        # topics/running/tls/cleartext-redirection
        "https_redirect": [Drawn("Host", "/spec/requestPolicy", {"insecure": {"action": "Redirect"}})],
        "no_https_redirect": [
            Drawn("Host", "/spec/requestPolicy", {"insecure": {"action": "Route"}}),
            Drawn("Host", "/spec/tlsSecret", {"name": "web-tls"}),
        ],
        # topics/using/headers/add-response-headers
        "hsts": [
            root(
                add_response_headers={
                    "Strict-Transport-Security": {
                        "value": "max-age=31536000; includeSubDomains; preload",
                        "append": False,
                    }
                }
            )
        ],
        "tls_min_version": [secure(min_tls_version="v1.3")],
        # howtos/client-cert-validation
        "mutual_tls": [secure(ca_secret="partners-ca", cert_required=True)],
        "mutual_tls_optional": [secure(ca_secret="partners-ca", cert_required=False)],
        # topics/running/services/auth-service
        "oidc": [
            Drawn(
                "AuthService",
                "/spec",
                {
                    "auth_service": "http://login-web-acme-io.shop.svc.cluster.local:4180",
                    "proto": "http",
                    "allowed_authorization_headers": ["X-Auth-Request-User", "X-Auth-Request-Email"],
                },
            ),
            Drawn("AuthService", "/metadata/name", "login"),
            Drawn(
                "Mapping",
                "/spec",
                {
                    "hostname": "web.acme.io",
                    "prefix": "/",
                    "service": "web:80",
                    "rewrite": "",
                    "remove_request_headers": ["X-Auth-Request-Preferred-Username", "X-Auth-Request-Groups"],
                },
            ),
            mapping(prefix="/oauth2/", precedence=3, service="login-web-acme-io:4180", rewrite=""),
        ],
        # topics/using/base-rate-limiting
        "rate_limit_client": [limited(LIMIT, {"remote_address": {"key": "remote_address"}})],
        "rate_limit_global": [limited(LIMIT)],
        # topics/using/cors
        "cors": [
            root(
                cors={
                    "origins": ["https://shop.acme.io"],
                    "methods": ["GET", "PUT"],
                    "headers": ["X-Trace"],
                    "exposed_headers": ["X-Total"],
                    "credentials": True,
                    "max_age": "60",
                }
            )
        ],
        "timeout": [root(timeout_ms=5000)],
        # topics/using/retries
        "retries": [root(retry_policy={"retry_on": "connect-failure", "num_retries": 2})],
        "retry_gateway_errors": [root(retry_policy={"retry_on": "gateway-error", "num_retries": 2})],
        "retry_timeout": [
            root(retry_policy={"retry_on": "connect-failure", "num_retries": 2, "per_try_timeout": "2s"})
        ],
        # topics/running/load-balancer; the resolver "endpoint" is there by itself.
        # Envoy makes a cookie of the session where the time is zero, and none where it is left out.
        "sticky": [
            root(
                resolver="endpoint",
                load_balancer={"policy": "ring_hash", "cookie": {"name": "seat", "path": "/", "ttl": "0s"}},
            )
        ],
        "sticky_max_age": [
            root(
                resolver="endpoint",
                load_balancer={"policy": "ring_hash", "cookie": {"name": "seat", "path": "/", "ttl": "60s"}},
            )
        ],
        "annotations": [
            Drawn("Mapping", "/metadata/annotations", {"acme.io/owner": "web"}),
            Missing("AuthService", ""),
        ],
    },
    refuses={
        ("mirrors", 3): "a path has one Mapping with shadow: true",
        ("redirects", 2): "it keeps the scheme of the request",
        ("oidc", 4): "is always at <prefix>/callback",
    },
)
