"""What the documentation of Istio 1.32 says that each intent is.

VS: https://github.com/istio/api/blob/v1.32.0/networking/v1alpha3/virtual_service.proto
GW: https://github.com/istio/api/blob/v1.32.0/networking/v1alpha3/gateway.proto
DR: https://github.com/istio/api/blob/v1.32.0/networking/v1alpha3/destination_rule.proto
RA: https://github.com/istio/api/blob/v1.32.0/security/v1beta1/request_authentication.proto
AP: https://github.com/istio/api/blob/v1.32.0/security/v1beta1/authorization_policy.proto
"""

from __future__ import annotations

from functools import partial
from typing import Any

from kmop_constructs.providers.istio import IstioGateway, IstioGatewayOptions
from tests.components.api_gateway.contract import Case, Drawn, Missing

GATEWAY = partial(IstioGateway, options=IstioGatewayOptions(login_provider="web-login"))


def to(service: str = "web", port: int = 80) -> dict[str, Any]:
    return {"destination": {"host": service, "port": {"number": port}}}


def http(*matches: Any, **said: Any) -> dict[str, Any]:
    return {"name": "web", "match": list(matches) or [{"uri": {"prefix": "/"}}], **({"route": [to()]} | said)}


def routes(*expected: dict[str, Any]) -> Drawn:
    """All the routes of the host, in this order: the first that matches is taken (VS, HTTPRoute)."""
    return Drawn("VirtualService", "/spec/http", list(expected))


def servers(*expected: dict[str, Any]) -> Drawn:
    return Drawn("Gateway", "/spec", {"selector": {"istio": "ingress"}, "servers": list(expected)})


def secure(secret: str = "web-tls", **said: str) -> dict[str, Any]:
    return {
        "port": {"number": 443, "name": f"https-{secret}", "protocol": "HTTPS"},
        "hosts": ["./web.acme.io"],
        "tls": {"mode": "SIMPLE", "credentialName": secret, **said},
    }


HTTP: dict[str, Any] = {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["./web.acme.io"]}
# "If set to true, the load balancer will send a 301 redirect for all http connections" (GW, ServerTLSSettings).
REDIRECT: dict[str, Any] = {
    "port": {"number": 80, "name": "http-redirect", "protocol": "HTTP"},
    "hosts": ["./web.acme.io"],
    "tls": {"httpsRedirect": True},
}
# "Additional attributes for the cookie" (DR, HTTPCookie.attributes): scripts of a page do not read it.
SEAT: dict[str, Any] = {"name": "seat", "path": "/", "attributes": [{"name": "HttpOnly"}]}
API = ({"uri": {"exact": "/api"}}, {"uri": {"prefix": "/api/"}})
PODS = {"matchLabels": {"istio": "ingress"}}
# With a port too, which the gateway does not look at, and the match of a policy does (AP, Operation.hosts):
# https://github.com/istio/istio/blob/release-1.32/pilot/pkg/networking/core/gateway.go, IgnorePortInHostMatching.
HOSTS = ["web.acme.io", "web.acme.io:*"]
TOKENS = {
    "issuer": "https://id.acme.io",
    "jwksUri": "https://id.acme.io/keys",
    "fromHeaders": [{"name": "Authorization", "prefix": "Bearer "}],
    "forwardOriginalToken": True,
}
ISSUED = {
    "to": [{"operation": {"hosts": HOSTS}}],
    "when": [{"key": "request.auth.claims[iss]", "notValues": ["https://id.acme.io"]}],
}
RETRIES = {"attempts": 2, "retryOn": "connect-failure,refused-stream"}


def denied(*rules: dict[str, Any]) -> Drawn:
    # A DENY policy leaves all other hosts of the gateway as they are; an ALLOW policy would close them (AP).
    return Drawn("AuthorizationPolicy", "/spec", {"selector": PODS, "action": "DENY", "rules": list(rules)})


OTHERS = [{"source": {"notRemoteIpBlocks": ["203.0.113.0/24"]}}]


CASE = Case(
    provider=IstioGateway,
    gateway=GATEWAY,
    plain=IstioGateway,
    removes=[Drawn("VirtualService", "/spec/http/*/headers/request/remove", ["X-User"])],  # Headers.HeaderOperations
    expected={
        "host": [
            Drawn("VirtualService", "/spec", {"hosts": ["web.acme.io"], "gateways": ["gateway"], "http": [http()]}),
            # "./" takes VirtualServices of this namespace alone (GW, Server).
            servers(HTTP),
        ],
        "wildcard_host": [
            Drawn("VirtualService", "/spec/hosts", ["*.acme.io"]),
            Drawn("Gateway", "/spec/servers/0/hosts", ["./*.acme.io"]),
        ],
        "any_host": [
            Drawn("VirtualService", "/spec/hosts", ["*"]),
            Drawn("Gateway", "/spec/servers/0/hosts", ["./*"]),
        ],
        "aliases": [
            Drawn("VirtualService", "/spec", {"hosts": ["web.acme.io"], "gateways": ["gateway"], "http": [http()]}),
            Drawn("VirtualService", "/spec", {"hosts": ["www.acme.io"], "gateways": ["gateway"], "http": [http()]}),
            servers({**HTTP, "hosts": ["./web.acme.io", "./www.acme.io"]}),
        ],
        # VS, StringMatch: a prefix is any text, "/api" of "/apis" too.
        "path_prefix": [routes(http(*API))],
        "path_exact": [routes(http({"uri": {"exact": "/api"}}))],
        "path_regex": [routes(http({"uri": {"regex": "/v[0-9]+/items"}}))],
        "other_service": [
            routes(
                http({"uri": {"exact": "/beta"}}, {"uri": {"prefix": "/beta/"}}, route=[to("web-canary")]),
                http(),
            )
        ],
        "headers": [
            routes(
                # "The header keys must be lowercase" (VS, HTTPMatchRequest).
                http({"uri": {"prefix": "/"}, "headers": {"x-beta": {"exact": "yes"}}}, route=[to("web-canary")]),
                http(),
            )
        ],
        "method": [routes(http({"uri": {"prefix": "/"}, "method": {"exact": "POST"}}))],
        "websocket": [routes(http({"uri": {"exact": "/live"}}, {"uri": {"prefix": "/live/"}}))],
        "grpc": [
            routes(http(route=[to(port=9090)])),
            # "Protocols can be specified by the name of the port: name: <protocol>[-<suffix>]", as in
            # https://github.com/istio/istio.io/blob/release-1.32/content/en/docs/ops/configuration/traffic-management/protocol-selection/index.md
            Drawn("Service", "/spec/ports/1/name", "grpc"),
        ],
        # "rewrite the path (or the prefix) portion of the URI with this value": what was matched, its slash included.
        "rewrite": [
            routes(
                http({"uri": {"exact": "/api"}}, rewrite={"uri": "/v1"}),
                http({"uri": {"prefix": "/api/"}}, rewrite={"uri": "/v1/"}),
            )
        ],
        "redirects": [
            routes(
                {
                    "name": "web",
                    "match": [{"uri": {"exact": "/old"}}],
                    "redirect": {"uri": "/new", "redirectCode": 301},
                },
                http(),
            )
        ],
        "shares": [routes(http(route=[{**to(), "weight": 90}, {**to("web-canary"), "weight": 10}]))],
        "mirrors": [routes(http(mirrors=[{**to("web-canary"), "percentage": {"value": 10}}]))],
        "tls_secret": [servers(REDIRECT, secure())],
        "tls_issuer": [
            servers(REDIRECT, secure("web-acme-io-tls")),
            # "The Certificate should be created in the same namespace as the istio-ingressgateway deployment":
            # https://github.com/istio/istio.io/blob/release-1.32/content/en/docs/ops/integrations/certmanager/index.md
            Drawn("Certificate", "/metadata/namespace", "istio-ingress"),
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
        "https_redirect": [servers(REDIRECT, secure())],
        "no_https_redirect": [servers(HTTP, secure())],
        "hsts": [
            routes(
                http(
                    headers={
                        "response": {
                            "set": {"Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload"}
                        }
                    }
                )
            )
        ],
        "tls_min_version": [servers(REDIRECT, secure(minProtocolVersion="TLSV1_3"))],
        # "the name of the secret or the configmap that holds CA certificates" (GW, ca_cert_credential_name). istiod looks for
        # partners-ca-cacert, then for partners-ca: pilot/pkg/credentials/kube/secrets.go, GetCaCert.
        "mutual_tls": [servers(REDIRECT, secure(mode="MUTUAL", caCertCredentialName="partners-ca-cacert"))],
        "mutual_tls_optional": [
            servers(REDIRECT, secure(mode="OPTIONAL_MUTUAL", caCertCredentialName="partners-ca-cacert"))
        ],
        # https://github.com/istio/istio.io/blob/release-1.32/content/en/docs/tasks/security/authorization/authz-custom/index.md
        "oidc": [
            Drawn(
                "AuthorizationPolicy",
                "/spec",
                {
                    "selector": PODS,
                    "action": "CUSTOM",
                    "provider": {"name": "web-login"},
                    "rules": [{"to": [{"operation": {"hosts": HOSTS, "notPaths": ["/oauth2", "/oauth2/*"]}}]}],
                },
            ),
            Drawn(
                "VirtualService",
                "/spec/http/0",
                {
                    "name": "login-web-acme-io",
                    "match": [{"uri": {"exact": "/oauth2"}}, {"uri": {"prefix": "/oauth2/"}}],
                    "route": [to("login-web-acme-io", 4180)],
                },
            ),
            Drawn(
                "VirtualService",
                "/spec/http/1",
                http(headers={"request": {"remove": ["X-Auth-Request-Preferred-Username", "X-Auth-Request-Groups"]}}),
            ),
            Drawn("Service", "/metadata/name", "login-web-acme-io"),
        ],
        # https://github.com/istio/istio.io/blob/release-1.32/content/en/docs/tasks/security/authentication/authn-policy/index.md#require-a-valid-token
        "jwt": [
            Drawn("RequestAuthentication", "/metadata/namespace", "istio-ingress"),
            Drawn("RequestAuthentication", "/spec", {"selector": PODS, "jwtRules": [TOKENS]}),
            Drawn("AuthorizationPolicy", "/metadata/namespace", "istio-ingress"),
            denied(ISSUED),
        ],
        "jwt_audiences": [
            Drawn("RequestAuthentication", "/spec/jwtRules/0", {**TOKENS, "audiences": ["web"]}),
            denied(ISSUED, {**ISSUED, "when": [{"key": "request.auth.claims[aud]", "notValues": ["web"]}]}),
        ],
        "jwt_claims": [
            Drawn(
                "RequestAuthentication",
                "/spec/jwtRules/0",
                {**TOKENS, "outputClaimToHeaders": [{"header": "X-Email", "claim": "email"}]},
            )
        ],
        # remoteIpBlocks are clients' addresses behind a proxy too, and without one the connection's:
        # https://github.com/istio/istio.io/blob/release-1.32/content/en/docs/tasks/security/authorization/authz-ingress/index.md
        "allow_from": [
            denied(
                {
                    "from": [{"source": {"notRemoteIpBlocks": ["203.0.113.0/24"]}}],
                    "to": [{"operation": {"hosts": HOSTS}}],
                }
            )
        ],
        "cors": [
            routes(
                http(
                    corsPolicy={
                        "allowOrigins": [{"exact": "https://shop.acme.io"}],
                        "allowMethods": ["GET", "PUT"],
                        "allowCredentials": True,
                        "allowHeaders": ["X-Trace"],
                        "exposeHeaders": ["X-Total"],
                        "maxAge": "60s",
                    }
                )
            )
        ],
        "timeout": [routes(http(timeout="5s"))],
        # attempts is the "number of retries to be allowed", beside the request itself (VS, HTTPRetry).
        "retries": [routes(http(retries=RETRIES))],
        # gateway-error is 502, 503 and 504:
        # https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on
        "retry_gateway_errors": [
            routes(http(retries={"attempts": 2, "retryOn": "connect-failure,refused-stream,gateway-error"}))
        ],
        "retry_timeout": [routes(http(retries={**RETRIES, "perTryTimeout": "2s"}))],
        # Envoy makes a cookie of the session where the time is zero, and none where it is left out.
        "sticky": [
            Drawn(
                "DestinationRule",
                "/spec",
                {
                    "host": "web",
                    "trafficPolicy": {"loadBalancer": {"consistentHash": {"httpCookie": {**SEAT, "ttl": "0s"}}}},
                },
            )
        ],
        "sticky_max_age": [
            Drawn(
                "DestinationRule",
                "/spec",
                {
                    "host": "web",
                    "trafficPolicy": {"loadBalancer": {"consistentHash": {"httpCookie": {**SEAT, "ttl": "60s"}}}},
                },
            )
        ],
        "backend_tls_secret": [
            Drawn(
                "DestinationRule",
                "/spec",
                {
                    "host": "web",
                    "trafficPolicy": {
                        "tls": {
                            "mode": "SIMPLE",
                            "credentialName": "web-ca",
                            "sni": "web.shop.svc",
                            "subjectAltNames": ["web.shop.svc"],
                        }
                    },
                },
            ),
            Missing("DestinationRule", "/spec/trafficPolicy/loadBalancer"),
        ],
        # "The name of the secret or the configmap that holds CA certificates used to verify the server's certificate" (DR,
        # ca_cert_credential_name). configmap://<namespace>/<name>: pilot/pkg/model/credentials/resource.go.
        "backend_tls_config_map": [
            Drawn(
                "DestinationRule",
                "/spec",
                {
                    "host": "web",
                    "trafficPolicy": {
                        "tls": {
                            "mode": "SIMPLE",
                            "caCertCredentialName": "configmap://shop/web-ca",
                            "sni": "web.shop.svc",
                            "subjectAltNames": ["web.shop.svc"],
                        }
                    },
                },
            )
        ],
        "port_tls_config_map": [
            Drawn(
                "DestinationRule",
                "/spec",
                {
                    "host": "web",
                    "trafficPolicy": {
                        "tls": {
                            "mode": "SIMPLE",
                            "caCertCredentialName": "configmap://shop/cluster-ca",
                            "sni": "web.shop.svc",
                            "subjectAltNames": ["web.shop.svc"],
                        }
                    },
                },
            )
        ],
        "dns": [
            Drawn(
                "VirtualService",
                "/metadata/annotations",
                {
                    "external-dns.kubernetes.io/target": "lb.acme.io",
                    "external-dns.kubernetes.io/ttl": "60",
                    "external-dns.alpha.kubernetes.io/target": "lb.acme.io",
                    "external-dns.alpha.kubernetes.io/ttl": "60",
                },
            )
        ],
        "annotations": [Drawn("VirtualService", "/metadata/annotations", {"acme.io/owner": "web"})],
        # https://istio.io/latest/docs/reference/config/networking/virtual-service/#TCPRoute
        "tcp": [
            Drawn(
                "Gateway",
                "/spec/servers",
                [{"port": {"number": 5672, "name": "tcp-5672", "protocol": "TCP"}, "hosts": ["./*"]}],
            ),
            Drawn(
                "VirtualService",
                "/spec",
                {
                    "hosts": ["*"],
                    "gateways": ["gateway"],
                    "tcp": [{"match": [{"port": 5672}], "route": [to(port=5672)]}],
                },
            ),
        ],
        # https://istio.io/latest/docs/tasks/security/authorization/authz-ingress/
        "tcp_allow_from": [
            denied({"from": OTHERS, "to": [{"operation": {"ports": ["5672"]}}]}),
        ],
        # https://istio.io/latest/docs/tasks/traffic-management/ingress/ingress-sni-passthrough/
        "tls_passthrough": [
            Drawn(
                "Gateway",
                "/spec/servers",
                [
                    {
                        "port": {"number": 443, "name": "tls-443", "protocol": "TLS"},
                        "hosts": ["./mq.acme.io"],
                        "tls": {"mode": "PASSTHROUGH"},
                    }
                ],
            ),
            Drawn(
                "VirtualService",
                "/spec",
                {
                    "hosts": ["mq.acme.io"],
                    "gateways": ["gateway"],
                    "tls": [{"match": [{"port": 443, "sniHosts": ["mq.acme.io"]}], "route": [to(port=5671)]}],
                },
            ),
        ],
        # https://istio.io/latest/docs/reference/config/security/conditions/: connection.sni
        "tls_passthrough_allow_from": [
            denied({"from": OTHERS, "when": [{"key": "connection.sni", "values": ["mq.acme.io"]}]}),
        ],
    },
    refuses={
        ("oidc", 4): "is always at <prefix>/callback",
    },
)
