"""What the documentation of the Gateway API, version 1.7, standard channel, says that each intent is.

Where nothing else is cited: https://github.com/kubernetes-sigs/gateway-api/tree/v1.7.0/site/content/en/guides (http-routing.md,
http-redirect-rewrite.md, http-header-modifier.md, traffic-splitting.md, tls.md, grpc-routing.md, backend-protocol.md).
"""

from functools import partial
from typing import Any

from kmop_constructs import Pods
from kmop_constructs.providers.gateway_api import GatewayApi, GatewayApiOptions
from tests.components.api_gateway.contract import Case, Drawn, Missing

PEER = Pods.of({"app": "proxy"}, namespace="gateway-system")
OPTIONS = GatewayApiOptions(gateway_class="example", controller=PEER)

HOST = "/spec/hostnames"
RULES = "/spec/rules"
PARENTS = "/spec/parentRefs"
LISTENERS = "/spec/listeners"

OWN: dict[str, Any] = {"name": "web", "port": 80}


def matched(kind: str, value: str) -> dict[str, Any]:
    return {"path": {"type": kind, "value": value}}


def led(match: dict[str, Any], *filters: dict[str, Any], to: dict[str, Any] = OWN, **more: object) -> dict[str, Any]:
    """A rule of an HTTPRoute that leads to one Service."""
    rule: dict[str, Any] = {"matches": [match]}
    if filters:
        rule["filters"] = list(filters)
    return {**rule, "backendRefs": [to], **more}


def attached(*sections: str) -> list[dict[str, str]]:
    return [{"name": "gateway", "sectionName": section} for section in sections]


def listener(name: str, host: str) -> dict[str, Any]:
    return {"name": name, "port": 80, "protocol": "HTTP", "hostname": host}


def secure(name: str, host: str, secret: str) -> dict[str, Any]:
    certificate = {"kind": "Secret", "name": secret}
    tls = {"mode": "Terminate", "certificateRefs": [certificate]}
    return {"name": name, "port": 443, "protocol": "HTTPS", "hostname": host, "tls": tls}


def passed(port: int) -> dict[str, Any]:
    """The rule of a stream."""
    return {"backendRefs": [{"name": "web", "port": port}]}


ROOT = matched("PathPrefix", "/")
PLAIN = "http-web-acme-io"
SECURE = "https-web-acme-io"
TO_HTTPS = {
    "matches": [ROOT],
    "filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}],
}
HSTS = {
    "type": "ResponseHeaderModifier",
    "responseHeaderModifier": {
        "set": [
            {"name": "Strict-Transport-Security", "value": "max-age=31536000; includeSubDomains; preload"},
        ]
    },
}

EXPECTED: dict[Any, list[Drawn | Missing]] = {
    "host": [
        Drawn("HTTPRoute", HOST, ["web.acme.io"]),
        Drawn("HTTPRoute", PARENTS, attached(PLAIN)),
        Drawn("HTTPRoute", RULES, [led(ROOT)]),
        Drawn("Gateway", LISTENERS, [listener(PLAIN, "web.acme.io")]),
    ],
    # A wildcard takes any number of labels (apis/v1/shared_types.go, Hostname).
    "wildcard_host": [
        Drawn("HTTPRoute", HOST, ["*.acme.io"]),
        Drawn("Gateway", LISTENERS, [listener("http-wildcard-acme-io", "*.acme.io")]),
    ],
    "any_host": [
        Missing("HTTPRoute", HOST),
        Drawn("HTTPRoute", PARENTS, attached("http")),
        Drawn("Gateway", LISTENERS, [{"name": "http", "port": 80, "protocol": "HTTP"}]),
    ],
    "aliases": [
        Drawn("HTTPRoute", HOST, ["web.acme.io", "www.acme.io"]),
        Drawn("HTTPRoute", PARENTS, attached(PLAIN, "http-www-acme-io")),
        Drawn("Gateway", LISTENERS, [listener(PLAIN, "web.acme.io"), listener("http-www-acme-io", "www.acme.io")]),
    ],
    "path_prefix": [Drawn("HTTPRoute", RULES, [led(matched("PathPrefix", "/api"))])],
    "path_exact": [Drawn("HTTPRoute", RULES, [led(matched("Exact", "/api"))])],
    "other_service": [
        Drawn(
            "HTTPRoute",
            RULES,
            [led(ROOT), led(matched("PathPrefix", "/beta"), to={"name": "web-canary", "port": 80})],
        )
    ],
    "headers": [
        Drawn(
            "HTTPRoute",
            RULES,
            [
                led(ROOT),
                led({**ROOT, "headers": [{"name": "X-Beta", "value": "yes"}]}, to={"name": "web-canary", "port": 80}),
            ],
        )
    ],
    "method": [Drawn("HTTPRoute", RULES, [led({**ROOT, "method": "POST"})])],
    # GEP-1911: kubernetes.io/ws is a standard application protocol of Kubernetes (KEP-3726).
    "websocket": [
        Drawn("HTTPRoute", RULES, [led(matched("PathPrefix", "/live"))]),
        Drawn(
            "Service",
            "/spec/ports/0",
            {"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP", "appProtocol": "kubernetes.io/ws"},
        ),
    ],
    "grpc": [
        Drawn("GRPCRoute", RULES, [{"backendRefs": [{"name": "web", "port": 9090}]}]),
        Drawn("GRPCRoute", HOST, ["web.acme.io"]),
        Drawn("GRPCRoute", PARENTS, attached(PLAIN)),
        Missing("HTTPRoute", ""),
    ],
    "rewrite": [
        Drawn(
            "HTTPRoute",
            RULES,
            [
                led(
                    matched("PathPrefix", "/api"),
                    {
                        "type": "URLRewrite",
                        "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/v1"}},
                    },
                )
            ],
        )
    ],
    "redirects": [
        Drawn(
            "HTTPRoute",
            RULES,
            [
                led(ROOT),
                {
                    "matches": [matched("Exact", "/old")],
                    "filters": [
                        {
                            "type": "RequestRedirect",
                            "requestRedirect": {
                                "path": {"type": "ReplaceFullPath", "replaceFullPath": "/new"},
                                "statusCode": 301,
                            },
                        }
                    ],
                },
            ],
        )
    ],
    "shares": [
        Drawn(
            "HTTPRoute",
            f"{RULES}/0/backendRefs",
            [{"name": "web", "port": 80, "weight": 90}, {"name": "web-canary", "port": 80, "weight": 10}],
        )
    ],
    # guides/user-guides/http-request-mirroring.md
    "mirrors": [
        Drawn(
            "HTTPRoute",
            f"{RULES}/0/filters",
            [
                {
                    "type": "RequestMirror",
                    "requestMirror": {"backendRef": {"name": "web-canary", "port": 80}, "percent": 10},
                }
            ],
        ),
        Drawn("HTTPRoute", f"{RULES}/0/backendRefs", [{"name": "web", "port": 80}]),
    ],
    "tls_secret": [
        Drawn("Gateway", LISTENERS, [listener(PLAIN, "web.acme.io"), secure(SECURE, "web.acme.io", "web-tls")]),
        Drawn("HTTPRoute", PARENTS, attached(SECURE)),
        Missing("Certificate", ""),
    ],
    "tls_issuer": [
        Drawn("Gateway", f"{LISTENERS}/1", secure(SECURE, "web.acme.io", "web-acme-io-tls")),
        # https://cert-manager.io/docs/usage/certificate/
        Drawn(
            "Certificate",
            "/spec",
            {
                "secretName": "web-acme-io-tls",
                "dnsNames": ["web.acme.io"],
                "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"},
                "privateKey": {"rotationPolicy": "Always"},
            },
        ),
    ],
    "https_redirect": [
        Drawn(
            "HTTPRoute",
            "/spec",
            {"parentRefs": attached(PLAIN), "hostnames": ["web.acme.io"], "rules": [TO_HTTPS]},
        ),
        Drawn(
            "HTTPRoute",
            "/spec",
            {"parentRefs": attached(SECURE), "hostnames": ["web.acme.io"], "rules": [led(ROOT)]},
        ),
    ],
    "no_https_redirect": [
        Drawn(
            "HTTPRoute",
            "/spec",
            {"parentRefs": attached(SECURE, PLAIN), "hostnames": ["web.acme.io"], "rules": [led(ROOT)]},
        )
    ],
    "hsts": [
        Drawn(
            "HTTPRoute",
            "/spec",
            {"parentRefs": attached(SECURE), "hostnames": ["web.acme.io"], "rules": [led(ROOT, HSTS)]},
        ),
        Drawn("HTTPRoute", RULES, [TO_HTTPS]),
    ],
    # GEP-2257: durations.
    "timeout": [Drawn("HTTPRoute", RULES, [led(ROOT, timeouts={"request": "5s"})])],
    # apis/v1/gateway_types.go, FrontendTLSConfig: the core support is one reference to a ConfigMap.
    "mutual_tls_config_map": [
        Drawn(
            "Gateway",
            "/spec/tls",
            {
                "frontend": {
                    "default": {
                        "validation": {
                            "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "partners-ca"}],
                            "mode": "AllowValidOnly",
                        }
                    }
                }
            },
        )
    ],
    # apis/v1/httproute_types.go, HTTPCORSFilter, and guides/http-cors.md
    "cors": [
        Drawn(
            "HTTPRoute",
            RULES,
            [
                led(
                    ROOT,
                    {
                        "type": "CORS",
                        "cors": {
                            "allowOrigins": ["https://shop.acme.io"],
                            "allowMethods": ["GET", "PUT"],
                            "allowHeaders": ["X-Trace"],
                            "exposeHeaders": ["X-Total"],
                            "maxAge": 60,
                            "allowCredentials": True,
                        },
                    },
                )
            ],
        )
    ],
    # apis/v1/httproute_types.go, HTTPRouteRetry: a connection that was not established is retried in any case.
    "retries": [Drawn("HTTPRoute", RULES, [led(ROOT, retry={"attempts": 2})])],
    "retry_gateway_errors": [Drawn("HTTPRoute", RULES, [led(ROOT, retry={"attempts": 2, "codes": [502, 503, 504]})])],
    "retry_timeout": [Drawn("HTTPRoute", RULES, [led(ROOT, timeouts={"backendRequest": "2s"}, retry={"attempts": 2})])],
    # https://gateway-api.sigs.k8s.io/reference/api-types/policy/backendtlspolicy/
    "backend_tls_config_map": [
        Drawn(
            "BackendTLSPolicy",
            "/spec",
            {
                "targetRefs": [{"group": "", "kind": "Service", "name": "web", "sectionName": "http"}],
                "validation": {
                    "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "web-ca"}],
                    "hostname": "web.shop.svc",
                },
            },
        )
    ],
    "port_tls_config_map": [
        Drawn(
            "BackendTLSPolicy",
            "/spec/validation",
            {
                "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "cluster-ca"}],
                "hostname": "web.shop.svc",
            },
        )
    ],
    # https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/gateway-api/: the target is read from the Gateway,
    # everything else from the route.
    "dns": [
        Drawn(
            "Gateway",
            "/metadata/annotations",
            {
                "external-dns.kubernetes.io/target": "lb.acme.io",
                "external-dns.alpha.kubernetes.io/target": "lb.acme.io",
            },
        ),
        Drawn(
            "HTTPRoute",
            "/metadata/annotations",
            {"external-dns.kubernetes.io/ttl": "60", "external-dns.alpha.kubernetes.io/ttl": "60"},
        ),
    ],
    "annotations": [Drawn("HTTPRoute", "/metadata/annotations", {"acme.io/owner": "web"})],
    # https://gateway-api.sigs.k8s.io/reference/api-types/tcproute/, /tlsroute/ and /udproute/ of version 1.6
    "tcp": [
        Drawn("TCPRoute", "/spec", {"parentRefs": attached("tcp-5672"), "rules": [passed(5672)]}),
        Drawn("Gateway", LISTENERS, [{"name": "tcp-5672", "port": 5672, "protocol": "TCP"}]),
    ],
    "tls_passthrough": [
        Drawn(
            "TLSRoute",
            "/spec",
            {
                "parentRefs": attached("tls-443-mq-acme-io"),
                "hostnames": ["mq.acme.io"],
                "rules": [passed(5671)],
            },
        ),
        Drawn(
            "Gateway",
            LISTENERS,
            [
                {
                    "name": "tls-443-mq-acme-io",
                    "port": 443,
                    "protocol": "TLS",
                    "hostname": "mq.acme.io",
                    "tls": {"mode": "Passthrough"},
                }
            ],
        ),
    ],
    "udp": [
        Drawn("UDPRoute", "/spec", {"parentRefs": attached("udp-53"), "rules": [passed(5353)]}),
        Drawn("Gateway", LISTENERS, [{"name": "udp-53", "port": 53, "protocol": "UDP"}]),
    ],
}

REMOVES = [
    # HTTPHeaderFilter.remove: core support
    Drawn(
        "HTTPRoute",
        "/spec/rules/*/filters",
        [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["X-User"]}}],
    ),
]

CASE = Case(
    removes=REMOVES,
    provider=GatewayApi,
    gateway=partial(GatewayApi, options=GatewayApiOptions(gateway_class="example", controller=PEER)),
    plain=partial(GatewayApi, options=OPTIONS),
    expected=EXPECTED,
)
