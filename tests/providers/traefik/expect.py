"""What the documentation of Traefik Proxy 3.7 says that each intent is, in its own resources.

Paths below https://doc.traefik.io/traefik/reference/routing-configuration/ are cited by their end.
"""

from functools import partial

from kmop_constructs.providers.traefik import TraefikGateway, TraefikGatewayOptions
from tests.components.api_gateway.contract import Case, Drawn, Missing

ROUTE = "/spec/routes/*"
MATCH = f"{ROUTE}/match"
SERVICE = f"{ROUTE}/services"
WEB = {"name": "web", "port": "http"}
"""The service itself: names of ports are taken (kubernetes/crd/http/service/)."""

CANARY = {"name": "web-canary", "port": 80}
EXTERNAL_DNS = {
    "external-dns.kubernetes.io/target": "lb.acme.io",
    "external-dns.kubernetes.io/ttl": "60",
    "external-dns.alpha.kubernetes.io/target": "lb.acme.io",
    "external-dns.alpha.kubernetes.io/ttl": "60",
}
"""The prefix of external-dns 0.22, and the one before."""

REDIS = TraefikGatewayOptions(
    edition="hub", redis=("redis.traefik:6379",), entry_points={"5672/tcp": "amqp", "53/udp": "dns"}
)


def rule(match: str, priority: int, *middlewares: str, **service: object) -> dict[str, object]:
    """A route of an IngressRoute (kubernetes/crd/http/ingressroute/)."""
    names = {"middlewares": [{"name": name} for name in middlewares]} if middlewares else {}
    return {"kind": "Rule", "match": match, "priority": priority, **names, "services": [{**WEB, **service}]}


def only(match: str, priority: int, *middlewares: str, **service: object) -> Drawn:
    """The one route that there is."""
    return Drawn("IngressRoute", "/spec/routes", [rule(match, priority, *middlewares, **service)])


def middleware(name: str, spec: dict[str, object]) -> list[Drawn | Missing]:
    """A Middleware, and that the route goes through it."""
    return [
        Drawn("Middleware", "/metadata/name", f"web-{name}"),
        Drawn("Middleware", "/spec", spec),
        only("Host(`web.acme.io`)", 46, f"web-{name}"),
    ]


def transport(spec: dict[str, object], **service: object) -> list[Drawn | Missing]:
    """A ServersTransport, and that the service is reached by it (kubernetes/crd/http/serverstransport/)."""
    return [
        Drawn("ServersTransport", "/metadata/name", "web"),
        Drawn("ServersTransport", "/spec", spec),
        Drawn("IngressRoute", SERVICE, [{**WEB, **service, "serversTransport": "web"}]),
    ]


def tls_option(spec: dict[str, object]) -> list[Drawn | Missing]:
    """A TLSOption of the host, and that the route names it (kubernetes/crd/tls/tlsoption/)."""
    return [
        Drawn("TLSOption", "/metadata/name", "web-acme-io-tls"),
        Drawn("TLSOption", "/spec", spec),
        Drawn("IngressRoute", "/spec/tls", {"secretName": "web-tls", "options": {"name": "web-acme-io-tls"}}),
    ]


HUB_JWT = {
    "jwksUrl": "https://id.acme.io/keys",
    "claims": "Equals(`iss`, `https://id.acme.io`)",
    "forwardAuthorization": True,
}
"""http/middlewares/jwt/: claims can be compared, and the token is taken away unless it is said to go on."""


def tcp(match: str, port: int) -> dict[str, object]:
    """A route of an IngressRouteTCP."""
    return {"match": match, "services": [{"name": "web", "port": port}]}


CASE = Case(
    provider=TraefikGateway,
    gateway=partial(TraefikGateway, options=REDIS),
    plain=partial(TraefikGateway, options=TraefikGatewayOptions()),
    removes=[
        # http/middlewares/headers/: an empty value removes a header
        Drawn("Middleware", "/spec", {"headers": {"customRequestHeaders": {"X-User": ""}}}),
        only("Host(`web.acme.io`)", 46, "web-identity"),
    ],
    expected={
        # http/routing/rules-and-priority/#host-and-hostregexp
        "host": [
            Drawn("IngressRoute", "/spec/entryPoints", ["web"]),
            only("Host(`web.acme.io`)", 46),
            Missing("IngressRoute", "/spec/tls"),
        ],
        # "A wildcard matches exactly one subdomain label". Negative priorities are supported.
        "wildcard_host": [only("Host(`*.acme.io`)", 46 - 1_000_000)],
        "any_host": [only("PathPrefix(`/`)", 46 - 2_000_000)],
        "aliases": [only("(Host(`web.acme.io`) || Host(`www.acme.io`))", 46)],
        # The same page: PathPrefix goes by characters.
        "path_prefix": [only("Host(`web.acme.io`) && (Path(`/api`) || PathPrefix(`/api/`))", 136)],
        "path_exact": [only("Host(`web.acme.io`) && Path(`/api`)", 156)],
        "path_regex": [only("Host(`web.acme.io`) && PathRegexp(`^(?s:/v[0-9]+/items)$`)", 86)],
        "other_service": [
            Drawn(
                "IngressRoute",
                "/spec/routes",
                [
                    rule("Host(`web.acme.io`)", 46),
                    rule("Host(`web.acme.io`) && (Path(`/beta`) || PathPrefix(`/beta/`))", 166, **CANARY),
                ],
            )
        ],
        "headers": [
            Drawn(
                "IngressRoute",
                "/spec/routes",
                [
                    rule("Host(`web.acme.io`)", 46),
                    rule("Host(`web.acme.io`) && Header(`X-Beta`, `yes`)", 47, **CANARY),
                ],
            )
        ],
        "method": [only("Host(`web.acme.io`) && Method(`POST`)", 51)],
        # https://doc.traefik.io/traefik/expose/overview/: "No special configuration is required"
        "websocket": [only("Host(`web.acme.io`) && (Path(`/live`) || PathPrefix(`/live/`))", 166)],
        # The same page: "configure your service to use the h2c:// protocol scheme"
        "grpc": [only("Host(`web.acme.io`)", 46, port="grpc", scheme="h2c")],
        # http/middlewares/replacepathregex/
        "rewrite": [
            Drawn("Middleware", "/spec", {"replacePathRegex": {"regex": "^/api(/.*)?$", "replacement": "/v1${1}"}}),
            only("Host(`web.acme.io`) && (Path(`/api`) || PathPrefix(`/api/`))", 136, "web-rewrite"),
        ],
        # http/middlewares/redirectregex/
        "redirects": [
            Drawn(
                "Middleware",
                "/spec",
                {"redirectRegex": {"regex": r"^[^?]*(\?.*)?$", "replacement": "/new${1}", "permanent": True}},
            ),
            Drawn("IngressRoute", ROUTE, rule("Host(`web.acme.io`) && Path(`/old`)", 156, "web-redirect")),
            Drawn("IngressRoute", ROUTE, rule("Host(`web.acme.io`)", 46)),
        ],
        "shares": [Drawn("IngressRoute", SERVICE, [{**WEB, "weight": 90}, {**CANARY, "weight": 10}])],
        # reference/routing-configuration/kubernetes/crd/http/traefikservice/#mirroring
        "mirrors": [
            Drawn("IngressRoute", SERVICE, [{"kind": "TraefikService", "name": "web-mirrors"}]),
            Drawn("TraefikService", "/spec/mirroring", {**WEB, "mirrors": [{**CANARY, "percent": 10}]}),
        ],
        "tls_secret": [
            Drawn("IngressRoute", "/spec/tls", {"secretName": "web-tls"}),
            Drawn("IngressRoute", "/spec/entryPoints", ["websecure"]),
            Missing("Certificate", ""),
            Missing("TLSOption", ""),
        ],
        # https://cert-manager.io/docs/usage/certificate/
        "tls_issuer": [
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
            Drawn("IngressRoute", "/spec/tls", {"secretName": "web-acme-io-tls"}),
        ],
        # http/middlewares/redirectscheme/
        "https_redirect": [
            Drawn("Middleware", "/spec", {"redirectScheme": {"scheme": "https", "permanent": True}}),
            Drawn(
                "IngressRoute",
                "/spec",
                {"entryPoints": ["web"], "routes": [rule("Host(`web.acme.io`)", 46, "web-https")]},
            ),
            Drawn(
                "IngressRoute",
                "/spec",
                {
                    "entryPoints": ["websecure"],
                    "routes": [rule("Host(`web.acme.io`)", 46)],
                    "tls": {"secretName": "web-tls"},
                },
            ),
        ],
        "no_https_redirect": [
            Drawn("IngressRoute", "/spec", {"entryPoints": ["web"], "routes": [rule("Host(`web.acme.io`)", 46)]}),
            Drawn("IngressRoute", "/spec/tls", {"secretName": "web-tls"}),
            Missing("Middleware", ""),
        ],
        # http/middlewares/headers/
        "hsts": [
            Drawn(
                "Middleware",
                "/spec",
                {"headers": {"stsSeconds": 31_536_000, "stsIncludeSubdomains": True, "stsPreload": True}},
            ),
            Drawn("IngressRoute", ROUTE, rule("Host(`web.acme.io`)", 46, "web-headers")),
        ],
        "tls_min_version": tls_option({"minVersion": "VersionTLS13"}),
        "mutual_tls": tls_option(
            {"clientAuth": {"secretNames": ["partners-ca"], "clientAuthType": "RequireAndVerifyClientCert"}}
        ),
        "mutual_tls_optional": tls_option(
            {"clientAuth": {"secretNames": ["partners-ca"], "clientAuthType": "VerifyClientCertIfGiven"}}
        ),
        # https://oauth2-proxy.github.io/oauth2-proxy/configuration/integrations/traefik: "ForwardAuth with static upstreams"
        "oidc": [
            Drawn(
                "Middleware",
                "/spec",
                {
                    "forwardAuth": {
                        "address": "http://login-web-acme-io.shop.svc.cluster.local:4180/",
                        "authResponseHeaders": [
                            "X-Auth-Request-User",
                            "X-Auth-Request-Email",
                            "X-Auth-Request-Preferred-Username",
                            "X-Auth-Request-Groups",
                        ],
                        "maxResponseBodySize": 1_048_576,
                    }
                },
            ),
            Drawn("IngressRoute", ROUTE, rule("Host(`web.acme.io`)", 46, "web-login")),
            Drawn(
                "IngressRoute",
                ROUTE,
                rule(
                    "Host(`web.acme.io`) && (Path(`/oauth2`) || PathPrefix(`/oauth2/`))",
                    226,
                    name="login-web-acme-io",
                    port=4180,
                ),
            ),
            Drawn("Deployment", "/metadata/name", "login-web-acme-io"),
        ],
        "jwt": middleware("auth", {"plugin": {"jwt": HUB_JWT}}),
        # A client's own X-Email is removed first (http/middlewares/headers/).
        "jwt_claims": [
            Drawn("Middleware", "/spec", {"plugin": {"jwt": {**HUB_JWT, "forwardHeaders": {"X-Email": "email"}}}}),
            Drawn("Middleware", "/spec", {"headers": {"customRequestHeaders": {"X-Email": ""}}}),
            only("Host(`web.acme.io`)", 46, "web-identity", "web-auth"),
        ],
        # http/middlewares/basicauth/#kubernetes-secrets
        "basic_auth": middleware("auth", {"basicAuth": {"secret": "staff", "removeHeader": True}}),
        # http/middlewares/apikey/
        "api_key": middleware(
            "auth",
            {
                "plugin": {
                    "apiKey": {
                        "keySource": {"header": "X-API-Key"},
                        "secretNonBase64Encoded": True,
                        "secretValues": ["urn:k8s:secret:partners:key"],
                    }
                }
            },
        ),
        # http/middlewares/ipallowlist/
        "allow_from": middleware("allow", {"ipAllowList": {"sourceRange": ["203.0.113.0/24"]}}),
        # http/middlewares/ratelimit/
        "rate_limit_client": middleware(
            "rate-limit",
            {"rateLimit": {"average": 20, "period": "1m", "burst": 20, "redis": {"endpoints": ["redis.traefik:6379"]}}},
        ),
        "rate_limit_global": middleware(
            "rate-limit",
            {
                "rateLimit": {
                    "average": 20,
                    "burst": 20,
                    "period": "1m",
                    "sourceCriterion": {"requestHost": True},
                    "redis": {"endpoints": ["redis.traefik:6379"]},
                }
            },
        ),
        "rate_limit_burst": middleware(
            "rate-limit",
            {"rateLimit": {"average": 20, "period": "1m", "burst": 40, "redis": {"endpoints": ["redis.traefik:6379"]}}},
        ),
        "cors": middleware(
            "headers",
            {
                "headers": {
                    "accessControlAllowOriginList": ["https://shop.acme.io"],
                    "accessControlAllowMethods": ["GET", "PUT"],
                    "accessControlAllowHeaders": ["X-Trace"],
                    "accessControlExposeHeaders": ["X-Total"],
                    "accessControlAllowCredentials": True,
                    "accessControlMaxAge": 60,
                    "addVaryHeader": True,
                }
            },
        ),
        # http/middlewares/buffering/
        "max_body_size": middleware("body", {"buffering": {"maxRequestBodyBytes": 10_485_760}}),
        "timeout": transport({"forwardingTimeouts": {"responseHeaderTimeout": "5s"}}),
        # http/middlewares/retry/: the first attempt counts (pkg/middlewares/retry/retry.go: one attempt is none again)
        "retries": middleware("retry", {"retry": {"attempts": 3}}),
        "retry_gateway_errors": middleware("retry", {"retry": {"attempts": 3, "status": ["502-504"]}}),
        "retry_timeout": [
            Drawn("Middleware", "/spec", {"retry": {"attempts": 3}}),
            Drawn("ServersTransport", "/spec", {"forwardingTimeouts": {"responseHeaderTimeout": "2s"}}),
        ],
        # kubernetes/crd/http/service/
        "sticky": [only("Host(`web.acme.io`)", 46, sticky={"cookie": {"name": "seat", "httpOnly": True}})],
        "sticky_max_age": [
            only("Host(`web.acme.io`)", 46, sticky={"cookie": {"name": "seat", "httpOnly": True, "maxAge": 60}})
        ],
        # http/middlewares/compress/: an empty object turns it on
        "compression": middleware("compress", {"compress": {}}),
        "backend_tls_secret": transport(
            {"serverName": "web.shop.svc", "rootCAs": [{"secret": "web-ca"}]}, scheme="https"
        ),
        "backend_tls_config_map": transport(
            {"serverName": "web.shop.svc", "rootCAs": [{"configMap": "web-ca"}]}, scheme="https"
        ),
        # /reference/routing-configuration/kubernetes/crd/http/serverstransport/: the key tls.ca or ca.crt
        "port_tls_secret": transport(
            {"serverName": "web.shop.svc", "rootCAs": [{"secret": "web-tls"}]}, scheme="https"
        ),
        "port_tls_config_map": transport(
            {"serverName": "web.shop.svc", "rootCAs": [{"configMap": "cluster-ca"}]}, scheme="https"
        ),
        # https://kubernetes-sigs.github.io/external-dns/latest/docs/sources/traefik-proxy/
        "dns": [
            Drawn(
                "IngressRoute",
                "/metadata/annotations",
                EXTERNAL_DNS,
            ),
            only("Host(`web.acme.io`)", 46),
        ],
        "annotations": [Drawn("IngressRoute", "/metadata/annotations", {"acme.io/owner": "web"})],
        # /reference/routing-configuration/kubernetes/crd/tcp/ingressroutetcp/: HostSNI(`*`) for TCP without TLS
        "tcp": [
            Drawn("IngressRouteTCP", "/spec", {"entryPoints": ["amqp"], "routes": [tcp("HostSNI(`*`)", 5672)]}),
        ],
        # /reference/routing-configuration/kubernetes/crd/tcp/middlewaretcp/
        "tcp_allow_from": [
            Drawn("MiddlewareTCP", "/spec", {"ipAllowList": {"sourceRange": ["203.0.113.0/24"]}}),
            Drawn("IngressRouteTCP", "/spec/routes/0/middlewares", [{"name": "web-amqp-allow-from"}]),
        ],
        "tls_passthrough": [
            Drawn(
                "IngressRouteTCP",
                "/spec",
                {
                    "entryPoints": ["websecure"],
                    "routes": [tcp("HostSNI(`mq.acme.io`)", 5671)],
                    "tls": {"passthrough": True},
                },
            ),
        ],
        "tls_passthrough_allow_from": [
            Drawn("MiddlewareTCP", "/spec", {"ipAllowList": {"sourceRange": ["203.0.113.0/24"]}}),
            Drawn("IngressRouteTCP", "/spec/routes/0/middlewares", [{"name": "web-amqps-allow-from"}]),
        ],
        # /reference/routing-configuration/kubernetes/crd/udp/ingressrouteudp/
        "udp": [
            Drawn(
                "IngressRouteUDP",
                "/spec",
                {"entryPoints": ["dns"], "routes": [{"services": [{"name": "web", "port": 5353}]}]},
            ),
        ],
    },
    refuses={
        ("oidc", 4): "is always at <prefix>/callback",
        ("tcp", 1): "no entry point for '5673/tcp'",
        ("tls_passthrough", 2): "no entry point for '5671/tcp'",
        ("udp", 0): "no entry point for '54/udp'",
    },
)
