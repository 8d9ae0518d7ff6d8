"""What the documentation of F5 NGINX Ingress Controller 5.5 says that each intent is.

https://docs.nginx.com/nginx-ingress-controller/configuration/virtualserver-and-virtualserverroute-resources/ and
https://docs.nginx.com/nginx-ingress-controller/configuration/policy-resource/ unless another page is named.
"""

from kmop_constructs.providers.nginx import NginxGateway
from tests.components.api_gateway.contract import Case, Drawn, Missing

ROUTES = "/spec/routes"
OWN = {"name": "web-80", "service": "web", "port": 80}
CANARY = {"name": "web-canary-80-web", "service": "web-canary", "port": 80}
PASS = {"pass": "web-80"}
TO_CANARY = {"pass": "web-canary-80-web"}


def server(path: str, value: object) -> Drawn:
    return Drawn("VirtualServer", path, value)


def policy(name: str, **spec: object) -> list[Drawn | Missing]:
    """A Policy, and the one route that has it."""
    return [
        Drawn("Policy", "/metadata/name", name),
        Drawn("Policy", "/spec", {"ingressClassName": "nginx", **spec}),
        server(ROUTES, [{"path": "/", "policies": [{"name": name}], "action": PASS}]),
    ]


def upstream(**said: object) -> Drawn:
    """All that is said of the upstream; ``_`` stands for ``-``."""
    return server("/spec/upstreams", [{**OWN, **{key.replace("_", "-"): value for key, value in said.items()}}])


def proxied(**said: object) -> dict[str, object]:
    return {"proxy": {"upstream": "web-80", **said}}


FORGOTTEN = [
    {"name": f"X-Auth-Request-{name}", "value": ""} for name in ("User", "Email", "Preferred-Username", "Groups")
]

CASE = Case(
    provider=NginxGateway,
    gateway=NginxGateway,
    plain=NginxGateway,
    removes=[
        # virtualserver-and-virtualserverroute-resources/#actionproxyrequestheaderssetheader: an empty value sends no header
        Drawn(
            "VirtualServer",
            "/spec/routes/*/action/proxy/requestHeaders",
            {"set": [{"name": "X-User", "value": ""}]},
        ),
    ],
    expected={
        "host": [
            server("/metadata/name", "web-acme-io"),
            server(
                "/spec",
                {
                    "ingressClassName": "nginx",
                    "host": "web.acme.io",
                    "upstreams": [OWN],
                    "routes": [{"path": "/", "action": PASS}],
                },
            ),
        ],
        "wildcard_host": [server("/spec/host", "*.acme.io")],
        "aliases": [server("/spec/host", "web.acme.io"), server("/spec/host", "www.acme.io")],
        # https://docs.nginx.com/nginx-ingress-controller/configuration/path-matching/: prefixes are of text.
        "path_prefix": [server(ROUTES, [{"path": "=/api", "action": PASS}, {"path": "/api/", "action": PASS}])],
        "path_exact": [server(ROUTES, [{"path": "=/api", "action": PASS}])],
        "path_regex": [server(ROUTES, [{"path": r"~^/v[0-9]+/items\z", "action": PASS}])],
        "other_service": [
            server("/spec/upstreams", [OWN, CANARY]),
            server(
                ROUTES,
                [
                    {"path": "=/beta", "action": TO_CANARY},
                    {"path": "/beta/", "action": TO_CANARY},
                    {"path": "/", "action": PASS},
                ],
            ),
        ],
        # #condition: "Case-insensitive string comparison", but "~^yes -- a case-sensitive regular expression".
        "headers": [
            server("/spec/upstreams", [OWN, CANARY]),
            server(
                ROUTES,
                [
                    {
                        "path": "/",
                        "matches": [{"conditions": [{"header": "X-Beta", "value": "~^yes$"}], "action": TO_CANARY}],
                        "action": PASS,
                    }
                ],
            ),
        ],
        # #match: "Requires the default action or splits".
        "method": [
            server(
                ROUTES,
                [
                    {
                        "path": "/",
                        "matches": [{"conditions": [{"variable": "$request_method", "value": "POST"}], "action": PASS}],
                        "action": {"return": {"code": 404, "type": "text/plain", "body": "Not Found"}},
                    }
                ],
            )
        ],
        # The page says below Upstream: "The WebSocket protocol is supported without any additional configuration."
        "websocket": [
            server(ROUTES, [{"path": "=/live", "action": PASS}, {"path": "/live/", "action": PASS}]),
            upstream(),
        ],
        "grpc": [server("/spec/upstreams", [{"name": "web-9090", "service": "web", "port": 9090, "type": "grpc"}])],
        # https://github.com/nginx/kubernetes-ingress/tree/v5.5.4/examples/custom-resources/rewrites
        "rewrite": [
            server(
                ROUTES,
                [
                    {"path": "=/api", "action": proxied(rewritePath="/v1")},
                    {"path": "/api/", "action": proxied(rewritePath="/v1/")},
                ],
            )
        ],
        "redirects": [
            server(
                ROUTES,
                [
                    {"path": "=/old", "action": {"redirect": {"url": "${scheme}://${host}/new", "code": 301}}},
                    {"path": "/", "action": PASS},
                ],
            )
        ],
        "shares": [
            server("/spec/upstreams", [OWN, CANARY]),
            server(
                ROUTES,
                [
                    {
                        "path": "/",
                        "splits": [{"weight": 90, "action": PASS}, {"weight": 10, "action": TO_CANARY}],
                    }
                ],
            ),
        ],
        "tls_secret": [server("/spec/tls", {"secret": "web-tls", "redirect": {"enable": True}})],
        "tls_issuer": [
            server("/spec/tls/secret", "web-acme-io-tls"),
            Drawn("Certificate", "/spec/secretName", "web-acme-io-tls"),
            Drawn(
                "Certificate",
                "/spec/issuerRef",
                {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"},
            ),
        ],
        "https_redirect": [server("/spec/tls", {"secret": "web-tls", "redirect": {"enable": True}})],
        "no_https_redirect": [server("/spec/tls", {"secret": "web-tls"})],
        "hsts": [
            server(
                ROUTES,
                [
                    {
                        "path": "/",
                        "action": proxied(
                            responseHeaders={
                                "hide": ["Strict-Transport-Security"],
                                "add": [
                                    {
                                        "name": "Strict-Transport-Security",
                                        "value": "max-age=31536000; includeSubDomains; preload",
                                        "always": True,
                                    }
                                ],
                            }
                        ),
                    }
                ],
            )
        ],
        # #ingressmtls: "It is not allowed to reference an IngressMTLS policy in a route".
        "mutual_tls": [
            Drawn(
                "Policy",
                "/spec",
                {
                    "ingressClassName": "nginx",
                    "ingressMTLS": {"clientCertSecret": "partners-ca", "verifyClient": "on"},
                },
            ),
            server("/spec/policies", [{"name": "web-acme-io-clients"}]),
        ],
        "mutual_tls_optional": [
            Drawn("Policy", "/spec/ingressMTLS", {"clientCertSecret": "partners-ca", "verifyClient": "optional"}),
            server("/spec/policies", [{"name": "web-acme-io-clients"}]),
        ],
        # #externalauth and #errorpageredirect. Without authSigninURI: release 5.5.4 keeps the status 401 with it, which no
        # browser follows (https://github.com/nginx/kubernetes-ingress/pull/10594).
        "oidc": [
            Drawn(
                "Policy",
                "/spec",
                {
                    "ingressClassName": "nginx",
                    "externalAuth": {
                        "authServiceName": "login-web-acme-io",
                        "authServicePorts": [4180],
                        "authURI": "/oauth2/auth",
                    },
                },
            ),
            server(
                ROUTES,
                [
                    {"path": "=/oauth2", "action": {"pass": "login-web-acme-io-4180"}},
                    {"path": "^~/oauth2/", "action": {"pass": "login-web-acme-io-4180"}},
                    {
                        "path": "/",
                        "policies": [{"name": "login-web-acme-io"}],
                        "action": proxied(requestHeaders={"set": FORGOTTEN}),
                        "errorPages": [
                            {
                                "codes": [401],
                                "redirect": {"code": 302, "url": "https://web.acme.io/oauth2/start?rd=/"},
                            }
                        ],
                    },
                ],
            ),
        ],
        "basic_auth": policy("web-basic-auth", basicAuth={"secret": "staff", "realm": "web"}),
        "api_key": policy("web-api-key", apiKey={"suppliedIn": {"header": ["X-API-Key"]}, "clientSecret": "partners"}),
        "allow_from": policy("web-allow-from", accessControl={"allow": ["203.0.113.0/24"]}),
        # https://nginx.org/en/docs/http/ngx_http_limit_req_module.html: without a burst, one request each three seconds.
        "rate_limit_client": policy(
            "web-rate-limit",
            rateLimit={
                "rate": "20r/m",
                "key": "${binary_remote_addr}",
                "zoneSize": "10M",
                "burst": 19,
                "noDelay": True,
                "rejectCode": 429,
            },
        ),
        "rate_limit_global": policy(
            "web-rate-limit",
            rateLimit={
                "rate": "20r/m",
                "key": "all",
                "zoneSize": "10M",
                "burst": 19,
                "noDelay": True,
                "rejectCode": 429,
            },
        ),
        "rate_limit_burst": [Drawn("Policy", "/spec/rateLimit/burst", 40)],
        "cors": policy(
            "web-cors",
            cors={
                "allowOrigin": ["https://shop.acme.io"],
                "allowMethods": ["GET", "PUT"],
                "allowHeaders": ["X-Trace"],
                "exposeHeaders": ["X-Total"],
                "allowCredentials": True,
                "maxAge": 60,
            },
        ),
        "max_body_size": [upstream(client_max_body_size="10m")],
        "timeout": [
            upstream(connect_timeout="5s", read_timeout="5s", send_timeout="5s", next_upstream_timeout="5s"),
        ],
        "retries": [upstream(next_upstream="error timeout", next_upstream_tries=3)],
        "retry_gateway_errors": [
            upstream(next_upstream="error timeout http_502 http_503 http_504 non_idempotent", next_upstream_tries=3)
        ],
        "retry_timeout": [
            upstream(
                connect_timeout="2s",
                read_timeout="2s",
                send_timeout="2s",
                next_upstream="error timeout",
                next_upstream_tries=3,
            )
        ],
        "sticky": [upstream(sessionCookie={"enable": True, "name": "seat", "path": "/", "httpOnly": True})],
        "sticky_max_age": [
            upstream(sessionCookie={"enable": True, "name": "seat", "path": "/", "httpOnly": True, "expires": "60s"})
        ],
        "backend_tls_secret": [
            upstream(tls={"enable": True}),
            *policy(
                "web-backend-tls",
                egressMTLS={
                    "verifyServer": True,
                    "trustedCertSecret": "web-ca",
                    "serverName": True,
                    "sslName": "web.shop.svc",
                    "protocols": "TLSv1.2 TLSv1.3",
                },
            ),
        ],
        "annotations": [server("/metadata/annotations", {"acme.io/owner": "web"})],
    },
    refuses={("oidc", 4): "is always at <prefix>/callback"},
    refuses_without={"host": "a VirtualServer needs a host"},
)
