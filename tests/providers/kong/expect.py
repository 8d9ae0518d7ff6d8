"""What Kong's documentation says that each intent is (https://developer.konghq.com, ingress controller 3.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from kmop_constructs.components.api_gateway.features import FeatureName
from kmop_constructs.exposure import ExistingEntry
from kmop_constructs.providers.kong import KongGateway, KongGatewayOptions
from tests.components.api_gateway.contract import Case, Drawn, Missing

RULE = "/spec/rules/*"
PATHS = f"{RULE}/http/paths"
NOTE = "/metadata/annotations/konghq.com~1"
WEB = {"service": {"name": "web", "port": {"name": "http"}}}
CANARY = {"service": {"name": "web-canary", "port": {"number": 80}}}


def said(key: str, value: str, kind: str = "Ingress") -> Drawn:
    """An annotation of Kong."""
    return Drawn(kind, f"{NOTE}{key}", value)


def leads(*paths: tuple[str, str], to: object = WEB) -> Drawn:
    """All paths of a rule of an Ingress."""
    return Drawn("Ingress", PATHS, [{"path": path, "pathType": kind, "backend": to} for path, kind in paths])


def plugin(name: str, config: Mapping[str, object], *, attached: bool = True) -> list[Drawn]:
    """The configuration of a plug-in that an Ingress runs alone."""
    found = [Drawn("KongPlugin", "/plugin", name), Drawn("KongPlugin", "/config", config)]
    return [*found, *([said("plugins", f"web-{name}")] if attached else [])]


def credential(kind: str, secret: str, plugins: str) -> list[Drawn]:
    """A consumer of one credential, and the group that alone is let in: https://developer.konghq.com/kubernetes-ingress-controller/acl/."""
    return [
        Drawn("KongPlugin", "/plugin", kind),
        Drawn("KongPlugin", "/config", {"allow": [f"shop.{secret}"]}),
        said("plugins", plugins),
        Drawn("KongConsumer", "/username", f"shop.{secret}"),
        Drawn("KongConsumer", "/credentials", [secret, f"{secret}-group"]),
        Drawn("KongConsumer", "/metadata/annotations/kubernetes.io~1ingress.class", "kong"),
        Drawn("Secret", "/stringData", {"group": f"shop.{secret}"}),
        Drawn("Secret", "/metadata/labels/konghq.com~1credential", "acl"),
    ]


# https://developer.konghq.com/plugins/openid-connect/reference/
TOKENS: Mapping[str, object] = {
    "issuer": "https://id.acme.io",
    "using_pseudo_issuer": True,
    "extra_jwks_uris": ["https://id.acme.io/keys"],
    "issuers_allowed": ["https://id.acme.io"],
    "auth_methods": ["bearer"],
    "bearer_token_param_type": ["header"],
    "ssl_verify": True,
}

EXPECTED: Mapping[FeatureName, Sequence[Drawn | Missing]] = {
    "host": [
        Drawn("Ingress", "/metadata/name", "web"),
        Drawn("Ingress", "/spec/ingressClassName", "kong"),
        Drawn("Ingress", f"{RULE}/host", "web.acme.io"),
        leads(("/", "Prefix")),
    ],
    "wildcard_host": [Drawn("Ingress", f"{RULE}/host", "*.acme.io")],
    "any_host": [Missing("Ingress", f"{RULE}/host"), leads(("/", "Prefix"))],
    "aliases": [
        Drawn("Ingress", "/spec/rules/0/host", "web.acme.io"),
        Drawn("Ingress", "/spec/rules/1/host", "www.acme.io"),
    ],
    "path_prefix": [leads(("/api", "Prefix")), Missing("Ingress", f"{NOTE}regex-priority")],
    # A path that ends is a regular expression to Kong, and comes before the prefixes of all others by its priority:
    # https://developer.konghq.com/gateway/routing/traditional/#regex-evaluation-order
    "path_exact": [leads(("/api", "Exact")), said("regex-priority", "2")],
    # https://developer.konghq.com/kubernetes-ingress-controller/reference/annotations/#konghq-com-regex-prefix; Kong sets
    # no end: https://developer.konghq.com/gateway/routing/traditional/#using-regex-in-paths
    "path_regex": [leads(("/~/v[0-9]+/items$", "ImplementationSpecific")), said("regex-priority", "1")],
    "other_service": [
        Drawn(
            "Ingress",
            PATHS,
            [
                {"path": "/", "pathType": "Prefix", "backend": WEB},
                {"path": "/beta", "pathType": "Prefix", "backend": CANARY},
            ],
        )
    ],
    "headers": [
        Drawn("Ingress", "/metadata/name", "web-if-x-beta-path-root"),
        said("headers.X-Beta", "yes"),
        leads(("/", "Prefix"), to=CANARY),
        leads(("/", "Prefix")),
    ],
    "method": [said("methods", "POST"), leads(("/", "Prefix"))],
    # https://developer.konghq.com/gateway/entities/route/: routes for HTTP open WebSockets.
    "websocket": [leads(("/live", "Prefix"))],
    # https://developer.konghq.com/kubernetes-ingress-controller/routing/grpc/
    "grpc": [
        said("protocols", "grpc,grpcs"),
        said("protocol", "grpc", "Service"),
        leads(("/", "Prefix"), to={"service": {"name": "web", "port": {"name": "grpc"}}}),
    ],
    # As the controller itself draws a URLRewrite: internal/dataplane/translator/subtranslator/httproute.go, v3.5.13.
    "rewrite": [
        leads(("/~/api(/.*)", "ImplementationSpecific"), ("/api", "Prefix")),
        *plugin("request-transformer", {"replace": {"uri": "/v1$(uri_captures[1])"}}, attached=False),
        said("plugins", "web-rewrite"),
    ],
    "redirects": [
        Drawn("Ingress", "/metadata/name", "web-redirect-old"),
        leads(("/old", "Exact")),
        said("regex-priority", "2"),
        said("plugins", "web-redirect-old,web-redirect-old-location"),
        *plugin("request-termination", {"status_code": 301, "message": "redirecting"}, attached=False),
        *plugin("response-transformer", {"add": {"headers": ["Location:/new"]}}, attached=False),
    ],
    # https://developer.konghq.com/kubernetes-ingress-controller/routing/weights/
    "shares": [
        Missing("Ingress", ""),
        Drawn("HTTPRoute", "/metadata/name", "web"),
        Drawn(
            "HTTPRoute",
            "/spec",
            {
                "parentRefs": [{"name": "public", "namespace": "edge"}],
                "hostnames": ["web.acme.io"],
                "rules": [
                    {
                        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                        "backendRefs": [
                            {"name": "web", "port": 80, "weight": 90},
                            {"name": "web-canary", "port": 80, "weight": 10},
                        ],
                    }
                ],
            },
        ),
    ],
    "tls_secret": [Drawn("Ingress", "/spec/tls", [{"hosts": ["web.acme.io"], "secretName": "web-tls"}])],
    "tls_issuer": [
        Drawn("Ingress", "/spec/tls", [{"hosts": ["web.acme.io"], "secretName": "web-acme-io-tls"}]),
        Drawn("Certificate", "/spec/secretName", "web-acme-io-tls"),
        Drawn("Certificate", "/spec/issuerRef", {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"}),
    ],
    # https://developer.konghq.com/kubernetes-ingress-controller/routing/http-to-https/
    "https_redirect": [said("protocols", "https"), said("https-redirect-status-code", "308")],
    "no_https_redirect": [said("protocols", "http,https"), Missing("Ingress", f"{NOTE}https-redirect-status-code")],
    "hsts": [
        Drawn("KongPlugin", "/plugin", "response-transformer"),
        Drawn(
            "KongPlugin",
            "/config",
            {
                "replace": {"headers": ["Strict-Transport-Security:max-age=31536000; includeSubDomains; preload"]},
                "add": {"headers": ["Strict-Transport-Security:max-age=31536000; includeSubDomains; preload"]},
            },
        ),
        said("plugins", "web-hsts"),
    ],
    "oidc": [
        *plugin(
            "openid-connect",
            {
                "issuer": "https://id.acme.io",
                "client_id": ["web"],
                "client_secret": [],
                "auth_methods": ["authorization_code", "session"],
                "scopes": ["openid", "email", "profile"],
                "redirect_uri": ["https://web.acme.io/oauth2/callback"],
                "login_action": "redirect",
                "login_tokens": [],
                "preserve_query_args": True,
                "authorization_cookie_secure": True,
                "session_cookie_secure": True,
                "ssl_verify": True,
            },
            attached=False,
        ),
        said("plugins", "login-web-acme-io"),
        # https://developer.konghq.com/kubernetes-ingress-controller/reference/secrets-in-plugins/
        Drawn(
            "KongPlugin",
            "/configPatches",
            [
                {"path": "/client_secret/0", "valueFrom": {"secretKeyRef": {"name": "web-oidc", "key": "client-secret"}}},
                {"path": "/session_secret", "valueFrom": {"secretKeyRef": {"name": "web-oidc", "key": "cookie-secret"}}},
            ],
        ),
    ],
    "jwt": plugin("openid-connect", TOKENS),
    "jwt_audiences": plugin("openid-connect", {**TOKENS, "audience_required": ["web"]}),
    # A client's own X-Email is removed before the plug-in runs (developer.konghq.com/gateway/plugins/plugin-ordering/).
    "jwt_claims": [
        Drawn("KongPlugin", "/config", {**TOKENS, "upstream_headers_claims": ["email"], "upstream_headers_names": ["X-Email"]}),
        Drawn("KongPlugin", "/config", {"remove": {"headers": ["X-Email"]}}),
        Drawn("KongPlugin", "/ordering", {"before": {"access": ["openid-connect"]}}),
        Drawn("Ingress", "/metadata/annotations/konghq.com~1plugins", "web-openid-connect,web-identity"),
    ],
    "basic_auth": credential("basic-auth", "staff", "web-basic-auth,web-acl"),
    "api_key": [
        *credential("key-auth", "partners", "web-key-auth,web-acl"),
        Drawn("KongPlugin", "/config", {"key_names": ["X-API-Key"], "key_in_header": True, "key_in_query": False, "key_in_body": False}),
    ],
    "allow_from": plugin("ip-restriction", {"allow": ["203.0.113.0/24"]}),
    # https://developer.konghq.com/plugins/rate-limiting/reference/; on the Service, so that all routes count together.
    "rate_limit_client": [
        *plugin("rate-limiting", {"minute": 20, "limit_by": "ip", "policy": "local"}, attached=False),
        said("plugins", "web-rate-limiting", "Service"),
    ],
    "rate_limit_global": [
        *plugin("rate-limiting", {"minute": 20, "limit_by": "service", "policy": "local"}, attached=False),
        said("plugins", "web-rate-limiting", "Service"),
    ],
    "cors": plugin(
        "cors",
        {
            "origins": ["https://shop.acme.io"],
            "methods": ["GET", "PUT"],
            "headers": ["X-Trace"],
            "credentials": True,
            "exposed_headers": ["X-Total"],
            "max_age": 60,
        },
    ),
    "max_body_size": [
        Drawn("KongPlugin", "/plugin", "request-size-limiting"),
        Drawn("KongPlugin", "/config", {"allowed_payload_size": 10485760, "size_unit": "bytes"}),
        said("plugins", "web-request-size"),
    ],
    "timeout": [said(f"{phase}-timeout", "5000", "Service") for phase in ("connect", "write", "read")],
    "retries": [said("retries", "2", "Service")],
    "retry_timeout": [
        said("retries", "2", "Service"),
        *(said(f"{phase}-timeout", "2000", "Service") for phase in ("connect", "write", "read")),
    ],
    # https://developer.konghq.com/kubernetes-ingress-controller/reference/custom-resources/#kongupstreampolicy; the cookie is one
    # of the session: kong/runloop/balancer/init.lua gives it a path and no age.
    "sticky": [
        Drawn("KongUpstreamPolicy", "/metadata/name", "web"),
        Drawn("KongUpstreamPolicy", "/spec", {"algorithm": "consistent-hashing", "hashOn": {"cookie": "seat", "cookiePath": "/"}}),
        said("upstream-policy", "web", "Service"),
    ],
    # https://developer.konghq.com/kubernetes-ingress-controller/verify-upstream-tls/; Kong asks for the name that it sends
    # as the Host header, which is the client's while preserve-host is on.
    "backend_tls_secret": [
        said("protocol", "https", "Service"),
        said("tls-verify", "true", "Service"),
        said("host-header", "web.shop.svc", "Service"),
        said("ca-certificates-secrets", "web-ca", "Service"),
        said("preserve-host", "false"),
    ],
    "backend_tls_config_map": [
        said("protocol", "https", "Service"),
        said("tls-verify", "true", "Service"),
        said("host-header", "web.shop.svc", "Service"),
        said("ca-certificates-configmaps", "web-ca", "Service"),
        said("preserve-host", "false"),
    ],
    # The prefix of external-dns 0.22, and the one before.
    "dns": [
        Drawn(
            "Ingress",
            "/metadata/annotations",
            {
                "external-dns.kubernetes.io/target": "lb.acme.io",
                "external-dns.kubernetes.io/ttl": "60",
                "external-dns.alpha.kubernetes.io/target": "lb.acme.io",
                "external-dns.alpha.kubernetes.io/ttl": "60",
            },
        )
    ],
    "annotations": [Drawn("Ingress", "/metadata/annotations/acme.io~1owner", "web")],
}  # fmt: skip

CASE = Case(
    provider=KongGateway,
    gateway=partial(
        KongGateway,
        options=KongGatewayOptions(
            edition="enterprise", entry=ExistingEntry("public", namespace="edge"), plain_http2=True
        ),
    ),
    plain=KongGateway,
    expected=EXPECTED,
    removes=[
        # developer.konghq.com/plugins/request-transformer/reference/#schema--config-remove-headers
        Drawn("KongPlugin", "/config", {"remove": {"headers": ["X-User"]}}),
        Drawn("Ingress", "/metadata/annotations/konghq.com~1plugins", "web-identity"),
    ],
)
