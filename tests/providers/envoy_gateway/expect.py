"""What the documentation of Envoy Gateway 1.9 says that each intent is.

Its policies: https://gateway.envoyproxy.io/v1.9/api/extension_types/; the page of each task is cited where it is used.
"""

from functools import partial
from typing import Any

from kmop_constructs.providers.envoy_gateway import EnvoyGateway, EnvoyGatewayOptions
from tests.components.api_gateway.contract import Case, Drawn, Missing
from tests.providers.gateway_api import expect as gateway_api

ROUTE = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "web"}
LISTENER = {
    "group": "gateway.networking.k8s.io",
    "kind": "Gateway",
    "name": "gateway",
    "sectionName": "https-web-acme-io",
}
LIMIT = {"requests": 20, "unit": "Minute"}


def security(**said: object) -> list[Drawn | Missing]:
    return [Drawn("SecurityPolicy", "/spec", {"targetRefs": [ROUTE], **said})]


def traffic(**said: object) -> list[Drawn | Missing]:
    return [Drawn("BackendTrafficPolicy", "/spec", {"targetRefs": [ROUTE], **said})]


def client(**tls: object) -> list[Drawn | Missing]:
    return [Drawn("ClientTrafficPolicy", "/spec", {"targetRefs": [LISTENER], "tls": tls})]


def tokens(**more: object) -> list[Drawn | Missing]:
    provider: dict[str, Any] = {
        "name": "web",
        "issuer": "https://id.acme.io",
        "remoteJWKS": {"uri": "https://id.acme.io/keys"},
        # JWTExtractor: if it is empty, tokens are also taken from the query parameter access_token.
        "extractFrom": {"headers": [{"name": "Authorization", "valuePrefix": "Bearer "}]},
    }
    return security(jwt={"providers": [{**provider, **more}]})


def authority(kind: str, name: str = "web-ca") -> list[Drawn | Missing]:
    return [
        Drawn(
            "BackendTLSPolicy",
            "/spec",
            {
                "targetRefs": [{"group": "", "kind": "Service", "name": "web", "sectionName": "http"}],
                "validation": {
                    "caCertificateRefs": [{"group": "", "kind": kind, "name": name}],
                    "hostname": "web.shop.svc",
                },
            },
        )
    ]


COMPRESSORS: list[dict[str, Any]] = [{"type": "Brotli", "brotli": {}}, {"type": "Gzip", "gzip": {}}]
PARTNERS = [{"group": "", "kind": "Secret", "name": "partners-ca"}]

CASE = Case(
    provider=EnvoyGateway,
    gateway=partial(EnvoyGateway, options=EnvoyGatewayOptions(rate_limit_service=True)),
    plain=EnvoyGateway,
    removes=gateway_api.REMOVES,
    expected={
        **gateway_api.EXPECTED,
        "host": [
            *gateway_api.EXPECTED["host"],
            # https://github.com/envoyproxy/gateway/blob/v1.9.1/examples/kubernetes/quickstart.yaml
            Drawn("Gateway", "/spec/gatewayClassName", "eg"),
        ],
        "path_regex": [
            Drawn(
                "HTTPRoute",
                "/spec/rules",
                [gateway_api.led(gateway_api.matched("RegularExpression", "/v[0-9]+/items"))],
            )
        ],
        # internal/xds/translator/route.go: every route has the upgrade, so the Service says nothing of it.
        "websocket": [
            Drawn("HTTPRoute", "/spec/rules", [gateway_api.led(gateway_api.matched("PathPrefix", "/live"))]),
            Missing("Service", "/spec/ports/0/appProtocol"),
        ],
        "tls_min_version": client(minVersion="1.3"),
        # /v1.9/tasks/security/mutual-tls/
        "mutual_tls": client(clientValidation={"caCertificateRefs": PARTNERS}),
        "mutual_tls_optional": client(clientValidation={"caCertificateRefs": PARTNERS, "mode": "VerifyIfGiven"}),
        "mutual_tls_config_map": client(
            clientValidation={"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "partners-ca"}]}
        ),
        # /v1.9/tasks/security/oidc/: redirectURL and logoutPath must match the route.
        "oidc": security(
            oidc={
                "provider": {"issuer": "https://id.acme.io"},
                "clientID": "web",
                "clientSecret": {"name": "web-oidc"},
                "scopes": ["openid", "email", "profile"],
                "redirectURL": "https://web.acme.io/oauth2/callback",
                "logoutPath": "/oauth2/sign_out",
            }
        ),
        # /v1.9/tasks/security/jwt-authentication/
        "jwt": tokens(),
        "jwt_audiences": tokens(audiences=["web"]),
        "jwt_claims": tokens(claimToHeaders=[{"claim": "email", "header": "X-Email"}]),
        # /v1.9/tasks/security/basic-auth/
        "basic_auth": security(basicAuth={"users": {"name": "staff"}}),
        # /v1.9/tasks/security/apikey-auth/
        "api_key": security(
            apiKeyAuth={"credentialRefs": [{"name": "partners"}], "extractFrom": [{"headers": ["X-API-Key"]}]}
        ),
        # /v1.9/tasks/security/restrict-ip-access/
        "allow_from": security(
            authorization={
                "defaultAction": "Deny",
                "rules": [{"name": "allow-from", "action": "Allow", "principal": {"clientCIDRs": ["203.0.113.0/24"]}}],
            }
        ),
        # /v1.9/tasks/traffic/global-rate-limit/: each address of a range of type Distinct is counted by itself.
        "rate_limit_client": traffic(
            rateLimit={
                "global": {
                    "rules": [
                        {
                            "clientSelectors": [{"sourceCIDR": {"type": "Distinct", "value": "0.0.0.0/0"}}],
                            "limit": LIMIT,
                        },
                        {"clientSelectors": [{"sourceCIDR": {"type": "Distinct", "value": "::/0"}}], "limit": LIMIT},
                    ]
                },
            }
        ),
        "rate_limit_global": traffic(rateLimit={"global": {"rules": [{"limit": LIMIT}]}}),
        # /v1.9/tasks/security/cors/
        "cors": security(
            cors={
                "allowOrigins": ["https://shop.acme.io"],
                "allowMethods": ["GET", "PUT"],
                "allowHeaders": ["X-Trace"],
                "exposeHeaders": ["X-Total"],
                "maxAge": "60s",
                "allowCredentials": True,
            }
        ),
        # /v1.9/tasks/traffic/request-buffering/: larger requests are answered with 413.
        "max_body_size": traffic(requestBuffer={"limit": 10 * 1024 * 1024}),
        # /v1.9/api/extension_types/#compression; a type without its own object is ignored (buildCompression).
        "compression": traffic(compressor=COMPRESSORS),
        # /v1.9/tasks/traffic/retry/; the triggers are Envoy's: envoyproxy.io/docs, x-envoy-retry-on
        "retries": traffic(
            retry={"numRetries": 2, "retryOn": {"triggers": ["connect-failure", "refused-stream"]}},
        ),
        "retry_gateway_errors": traffic(
            retry={
                "numRetries": 2,
                "retryOn": {"triggers": ["connect-failure", "refused-stream", "gateway-error"]},
            },
        ),
        "retry_timeout": traffic(
            retry={
                "numRetries": 2,
                "retryOn": {"triggers": ["connect-failure", "refused-stream"]},
                "perRetry": {"timeout": "2s"},
            },
        ),
        # /v1.9/tasks/traffic/load-balancing/
        # /v1.9/api/extension_types/#cookie; Envoy makes a cookie of the session where the time is zero, and none where it is
        # left out: HashPolicy.Cookie.ttl of its route components.
        "sticky": traffic(
            loadBalancer={
                "type": "ConsistentHash",
                "consistentHash": {"type": "Cookie", "cookie": {"name": "seat", "ttl": "0s"}},
            }
        ),
        "sticky_max_age": traffic(
            loadBalancer={
                "type": "ConsistentHash",
                "consistentHash": {"type": "Cookie", "cookie": {"name": "seat", "ttl": "60s"}},
            }
        ),
        # /v1.9/tasks/security/backend-tls/, and getCaCertsFromCARefs for Secrets
        "backend_tls_secret": authority("Secret"),
        "backend_tls_config_map": authority("ConfigMap"),
        "port_tls_secret": authority("Secret", "web-tls"),
        "port_tls_config_map": authority("ConfigMap", "cluster-ca"),
    },
)
