"""What the documentation of ingress-nginx 1.15 says that each intent is.

https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/ unless another page is named.
"""

from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from tests.components.api_gateway.contract import Case, Drawn, Missing

RULE = "/spec/rules/*"
PATH = f"{RULE}/http/paths/*"
SAYS = "/metadata/annotations"
OWN = {"service": {"name": "web", "port": {"name": "http"}}}
CANARY = {"service": {"name": "web-canary", "port": {"number": 80}}}
P = "nginx.ingress.kubernetes.io/"


def path(path: str, kind: str, backend: object = OWN) -> Drawn:
    return Drawn("Ingress", PATH, {"path": path, "pathType": kind, "backend": backend})


def says(**said: str) -> Drawn:
    """All the annotations of an Ingress; ``_`` stands for ``-``."""
    return Drawn("Ingress", SAYS, {P + key.replace("_", "-"): value for key, value in said.items()})


SECURE = {"ssl_redirect": "true"}

CASE = Case(
    provider=IngressNginxGateway,
    gateway=IngressNginxGateway,
    plain=IngressNginxGateway,
    expected={
        "host": [
            Drawn(
                "Ingress",
                "/spec",
                {
                    "ingressClassName": "nginx",
                    "rules": [
                        {
                            "host": "web.acme.io",
                            "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": OWN}]},
                        }
                    ],
                },
            ),
            Missing("Ingress", SAYS),
        ],
        "wildcard_host": [Drawn("Ingress", f"{RULE}/host", "*.acme.io")],
        "any_host": [
            Drawn(
                "Ingress",
                "/spec/rules",
                [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": OWN}]}}],
            )
        ],
        "aliases": [
            Drawn("Ingress", "/spec/rules/0/host", "web.acme.io"),
            Drawn("Ingress", "/spec/rules/1/host", "www.acme.io"),
        ],
        "path_prefix": [path("/api", "Prefix"), Missing("Ingress", SAYS)],
        "path_exact": [path("/api", "Exact"), Missing("Ingress", SAYS)],
        # Anchored at the start alone (https://kubernetes.github.io/ingress-nginx/user-guide/ingress-path-matching/), and case
        # insensitive, which the group takes back (https://www.pcre.org/current/doc/html/pcre2pattern.html).
        "path_regex": [path(r"/(?-i:v[0-9]+/items)(?![\s\S])", "ImplementationSpecific"), says(use_regex="true")],
        "other_service": [path("/", "Prefix"), path("/beta", "Prefix", CANARY)],
        "headers": [
            path("/", "Prefix"),
            path("/", "Prefix", CANARY),
            says(canary="true", canary_by_header="X-Beta", canary_by_header_value="yes"),
        ],
        # https://kubernetes.github.io/ingress-nginx/user-guide/miscellaneous/#websockets: "out of the box".
        "websocket": [path("/live", "Prefix"), Missing("Ingress", SAYS)],
        "grpc": [
            path("/", "Prefix", {"service": {"name": "web", "port": {"name": "grpc"}}}),
            says(backend_protocol="GRPC"),
        ],
        # https://kubernetes.github.io/ingress-nginx/examples/rewrite/
        "rewrite": [
            path("/(?-i:api)(/|$)(.*)", "ImplementationSpecific"),
            says(use_regex="true", rewrite_target="/v1$1$2"),
        ],
        "redirects": [
            path("/old", "Exact"),
            Drawn("Ingress", "/metadata/name", "web-redirect-old"),
            says(permanent_redirect="http://web.acme.io/new"),
        ],
        "shares": [
            Drawn("Ingress", "/metadata/name", "web-to-web-canary"),
            path("/", "Prefix"),
            path("/", "Prefix", CANARY),
            says(canary="true", canary_weight="10"),
        ],
        "tls_secret": [Drawn("Ingress", "/spec/tls", [{"hosts": ["web.acme.io"], "secretName": "web-tls"}])],
        "tls_issuer": [
            Drawn("Ingress", "/spec/tls", [{"hosts": ["web.acme.io"], "secretName": "web-acme-io-tls"}]),
            Drawn("Certificate", "/spec/secretName", "web-acme-io-tls"),
            Drawn("Certificate", "/spec/dnsNames", ["web.acme.io"]),
            Drawn(
                "Certificate",
                "/spec/issuerRef",
                {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"},
            ),
        ],
        "https_redirect": [says(**SECURE)],
        "no_https_redirect": [says(ssl_redirect="false")],
        "mutual_tls": [says(**SECURE, auth_tls_secret="shop/partners-ca", auth_tls_verify_client="on")],
        "mutual_tls_optional": [says(**SECURE, auth_tls_secret="shop/partners-ca", auth_tls_verify_client="optional")],
        # https://kubernetes.github.io/ingress-nginx/examples/auth/oauth-external-auth/: the paths of the login are in an
        # Ingress without the two annotations.
        "oidc": [
            says(
                **SECURE,
                auth_url="http://login-web-acme-io.shop.svc.cluster.local:4180/oauth2/auth",
                auth_signin="https://$host/oauth2/start?rd=$escaped_request_uri",
                auth_response_headers="X-Auth-Request-User,X-Auth-Request-Email,X-Auth-Request-Preferred-Username,"
                "X-Auth-Request-Groups",
            ),
            path("/oauth2", "Prefix", {"service": {"name": "login-web-acme-io", "port": {"number": 4180}}}),
            says(**SECURE),
        ],
        "basic_auth": [says(auth_type="basic", auth_secret="staff")],
        "allow_from": [says(whitelist_source_range="203.0.113.0/24")],
        "rate_limit_client": [says(limit_rpm="20")],
        "rate_limit_burst": [says(limit_rpm="20", limit_burst_multiplier="2")],
        "cors": [
            says(
                enable_cors="true",
                cors_allow_origin="https://shop.acme.io",
                cors_allow_methods="GET, PUT",
                cors_allow_headers="X-Trace",
                cors_expose_headers="X-Total",
                cors_allow_credentials="true",
                cors_max_age="60",
            )
        ],
        # nginx's m is 1024 * 1024 (https://nginx.org/en/docs/syntax.html).
        "max_body_size": [says(proxy_body_size="10m")],
        "timeout": [says(proxy_send_timeout="5", proxy_read_timeout="5", proxy_next_upstream_timeout="5")],
        # https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream_tries counts the first one too.
        "retries": [says(proxy_next_upstream="error timeout", proxy_next_upstream_tries="3")],
        "retry_gateway_errors": [
            says(
                proxy_next_upstream="error timeout http_502 http_503 http_504 non_idempotent",
                proxy_next_upstream_tries="3",
            )
        ],
        "retry_timeout": [
            says(
                proxy_connect_timeout="2",
                proxy_send_timeout="2",
                proxy_read_timeout="2",
                proxy_next_upstream="error timeout",
                proxy_next_upstream_tries="3",
            )
        ],
        "sticky": [
            says(
                affinity="cookie",
                affinity_mode="persistent",
                session_cookie_name="seat",
                session_cookie_path="/",
            )
        ],
        "sticky_max_age": [
            says(
                affinity="cookie",
                affinity_mode="persistent",
                session_cookie_name="seat",
                session_cookie_path="/",
                session_cookie_max_age="60",
                session_cookie_expires="60",
            )
        ],
        "backend_tls_secret": [
            says(
                proxy_ssl_secret="shop/web-ca",
                proxy_ssl_verify="on",
                proxy_ssl_name="web.shop.svc",
                proxy_ssl_server_name="on",
                backend_protocol="HTTPS",
            )
        ],
        "port_tls_secret": [
            says(
                proxy_ssl_secret="shop/web-tls",
                proxy_ssl_verify="on",
                proxy_ssl_name="web.shop.svc",
                proxy_ssl_server_name="on",
                backend_protocol="HTTPS",
            )
        ],
        # The prefix of external-dns 0.22, and the one before.
        "dns": [
            Drawn(
                "Ingress",
                SAYS,
                {
                    "external-dns.kubernetes.io/target": "lb.acme.io",
                    "external-dns.kubernetes.io/ttl": "60",
                    "external-dns.alpha.kubernetes.io/target": "lb.acme.io",
                    "external-dns.alpha.kubernetes.io/ttl": "60",
                },
            )
        ],
        "annotations": [Drawn("Ingress", SAYS, {"acme.io/owner": "web"})],
    },
    refuses={
        ("shares", 3): "it supports one other Service besides the main one",
        ("rate_limit_client", 2): "it counts each client on its own",
        ("oidc", 4): "is always at <prefix>/callback",
    },
)
