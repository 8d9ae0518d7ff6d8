"""What the documentation of HAProxy Technologies' ingress controller 3.2 says that each intent is.

https://github.com/haproxytech/kubernetes-ingress/blob/v3.2.11/documentation/annotations.md unless another page is named.
"""

from kmop_constructs.providers.haproxy import HaproxyGateway
from tests.components.api_gateway.contract import Case, Drawn, Missing

RULE = "/spec/rules/*"
PATH = f"{RULE}/http/paths/*"
SAYS = "/metadata/annotations"
OWN = {"service": {"name": "web", "port": {"name": "http"}}}
CANARY = {"service": {"name": "web-canary", "port": {"number": 80}}}
P = "haproxy.org/"

# What annotations say by themselves, and a Backend has to say: forwarded-for, load-balance and check
# (pkg/annotations/common/main.go). "if the backend resource is used no backend annotation will be processed"
# (documentation/custom-resources.md).
USUAL = {
    "balance": {"algorithm": "roundrobin"},
    "forwardfor": {"enabled": "enabled"},
    "default_server": {"check": "enabled"},
}
LED = {"standalone_backend": "true", "cr_backend": "shop/web"}


def path(path: str, kind: str, backend: object = OWN) -> Drawn:
    return Drawn("Ingress", PATH, {"path": path, "pathType": kind, "backend": backend})


def says(**said: str) -> Drawn:
    """All the annotations of an Ingress; ``_`` stands for ``-``."""
    return Drawn("Ingress", SAYS, {P + key.replace("_", "-"): value for key, value in said.items()})


def backend(spec: dict[str, object]) -> Drawn:
    """A whole Backend (https://docs.haproxy.org/3.2/configuration.html has the directives)."""
    return Drawn("Backend", "/spec", {**USUAL, **spec})


SECURE = {"ssl_redirect": "true", "ssl_redirect_port": "443"}
TYPES = [
    "text/html", "text/plain", "text/css", "text/xml", "application/javascript", "text/javascript", "application/json",
    "application/xml", "image/svg+xml",
]  # fmt: skip

CASE = Case(
    provider=HaproxyGateway,
    gateway=HaproxyGateway,
    plain=HaproxyGateway,
    removes=[
        # documentation/custom-resources/backend, http_request_rule_list of haproxytech
        Drawn("Backend", "/spec/http_request_rule_list", [{"type": "del-header", "hdr_name": "X-User"}]),
        Drawn("Ingress", "/metadata/annotations/haproxy.org~1cr-backend", "shop/web"),
    ],
    expected={
        "host": [
            Drawn(
                "Ingress",
                "/spec",
                {
                    "ingressClassName": "haproxy",
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
        "path_prefix": [path("/api", "Prefix")],
        "path_exact": [path("/api", "Exact")],
        "other_service": [path("/", "Prefix"), path("/beta", "Prefix", CANARY)],
        "websocket": [path("/live", "Prefix"), Missing("Ingress", SAYS)],
        "grpc": [
            path("/", "Prefix", {"service": {"name": "web", "port": {"name": "grpc"}}}),
            says(standalone_backend="true", server_proto="h2"),
        ],
        "rewrite": [path("/api", "Prefix"), says(path_rewrite=r"^/api(.*)$ /v1\1")],
        "redirects": [
            path("/old", "Exact"),
            says(standalone_backend="true", cr_backend="shop/web-redirect-old"),
            backend(
                {
                    "http_request_rule_list": [
                        {"type": "redirect", "redir_type": "location", "redir_value": "/new", "redir_code": 301}
                    ]
                }
            ),
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
        "hsts": [
            says(
                **SECURE,
                response_set_header='Strict-Transport-Security "max-age=31536000; includeSubDomains; preload"',
            )
        ],
        "basic_auth": [says(auth_type="basic-auth", auth_secret="staff")],
        "allow_from": [says(allow_list="203.0.113.0/24")],
        # https://docs.haproxy.org/3.2/configuration.html#4.4-track-sc0: without a table, that of the backend itself.
        "rate_limit_client": [
            says(**LED),
            backend(
                {
                    "stick_table": {"type": "ipv6", "size": 102400, "expire": 120000, "store": "http_req_rate(60000)"},
                    "http_request_rule_list": [
                        {"type": "track-sc", "track_sc_stick_counter": 1, "track_sc_key": "src"},
                        {
                            "type": "deny",
                            "deny_status": 429,
                            "cond": "if",
                            "cond_test": "{ sc_http_req_rate(1) gt 20 }",
                        },
                    ],
                }
            ),
        ],
        "rate_limit_global": [
            says(**LED),
            backend(
                {
                    "stick_table": {"type": "integer", "size": 1, "expire": 120000, "store": "http_req_rate(60000)"},
                    "http_request_rule_list": [
                        {"type": "track-sc", "track_sc_stick_counter": 1, "track_sc_key": "int(1)"},
                        {
                            "type": "deny",
                            "deny_status": 429,
                            "cond": "if",
                            "cond_test": "{ sc_http_req_rate(1) gt 20 }",
                        },
                    ],
                }
            ),
        ],
        "cors": [
            says(
                cors_enable="true",
                cors_allow_origin="^(https://shop[.]acme[.]io)$",
                cors_allow_methods="GET, PUT",
                cors_allow_headers="X-Trace",
                cors_allow_credentials="true",
                cors_max_age="60s",
                # Not in the page, but in pkg/annotations/ingress/resSetCORS.go and its end-to-end test.
                cors_respond_to_options="true",
                response_set_header='Access-Control-Expose-Headers "X-Total"',
            )
        ],
        "timeout": [says(standalone_backend="true", timeout_server="5s")],
        # https://docs.haproxy.org/3.2/configuration.html#4.2-retries: attempts after the first one.
        "retries": [says(**LED), backend({"retries": 2, "redispatch": {"enabled": "enabled", "interval": 1}})],
        "retry_gateway_errors": [
            says(**LED),
            backend(
                {
                    "retries": 2,
                    "redispatch": {"enabled": "enabled", "interval": 1},
                    "retry_on": "conn-failure 502 503 504",
                }
            ),
        ],
        # https://docs.haproxy.org/3.2/configuration.html#4-cookie
        "sticky": [
            says(**LED),
            backend(
                {
                    "cookie": {
                        "name": "seat",
                        "type": "insert",
                        "dynamic": True,
                        "indirect": True,
                        "nocache": True,
                        "httponly": True,
                    }
                }
            ),
        ],
        "sticky_max_age": [
            says(**LED),
            backend(
                {
                    "cookie": {
                        "name": "seat",
                        "type": "insert",
                        "dynamic": True,
                        "indirect": True,
                        "nocache": True,
                        "httponly": True,
                        "attr": [{"value": "Max-Age=60"}],
                    }
                }
            ),
        ],
        "compression": [says(**LED), backend({"compression": {"algorithms": ["gzip"], "types": TYPES}})],
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
)
