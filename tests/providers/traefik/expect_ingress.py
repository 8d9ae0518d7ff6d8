"""What the documentation of Traefik Proxy 3.7 says that each intent is, by an Ingress with its annotations.

https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/
"""

from functools import partial

from kmop_constructs.providers.traefik import TraefikGatewayOptions, TraefikIngressGateway
from tests.components.api_gateway.contract import Case, Drawn, Missing
from tests.providers.traefik import expect as expect_traefik

RULE = "/spec/rules/*"
PATHS = f"{RULE}/http/paths"
ROUTER = "traefik.ingress.kubernetes.io/router."
SERVICE = "traefik.ingress.kubernetes.io/service."
OWN = {"service": {"name": "web", "port": {"name": "http"}}}
ROOT = {"path": "/", "pathType": "Prefix", "backend": OWN}


def annotations(priority: int = 46, *middlewares: str, **further: str) -> Drawn:
    """All annotations of an Ingress for plain HTTP."""
    said = {f"{ROUTER}entrypoints": "web", f"{ROUTER}priority": f"{priority}"}
    if middlewares:
        said[f"{ROUTER}middlewares"] = ",".join(f"shop-web-{name}@kubernetescrd" for name in middlewares)
    return Drawn("Ingress", "/metadata/annotations", {**said, **further})


def secured(priority: int = 46, *middlewares: str, **further: str) -> Drawn:
    """All annotations of an Ingress for HTTPS."""
    said = {f"{ROUTER}entrypoints": "websecure", f"{ROUTER}tls": "true", f"{ROUTER}priority": f"{priority}"}
    if middlewares:
        said[f"{ROUTER}middlewares"] = ",".join(f"shop-web-{name}@kubernetescrd" for name in middlewares)
    return Drawn("Ingress", "/metadata/annotations", {**said, **further})


def middleware(name: str, spec: dict[str, object]) -> list[Drawn | Missing]:
    """A Middleware, and that the Ingress goes through it."""
    return [
        Drawn("Middleware", "/metadata/name", f"web-{name}"),
        Drawn("Middleware", "/spec", spec),
        annotations(46, name),
    ]


def service(**said: str) -> Drawn:
    """All annotations of the Service."""
    found = {f"{SERVICE}{name.replace('_', '.')}": value for name, value in said.items()}
    return Drawn("Service", "/metadata/annotations", found)


def tls_option(spec: dict[str, object]) -> list[Drawn | Missing]:
    """A TLSOption of the host, and that the Ingress names it."""
    return [
        Drawn("TLSOption", "/spec", spec),
        Drawn("Ingress", f"/metadata/annotations/{ROUTER}tls.options".replace("io/", "io~1"), "shop-web-acme-io-tls@kubernetescrd"),
    ]  # fmt: skip


def same(name: str) -> list[Drawn | Missing]:
    """The Middleware of the other provider: the object is the same, only the reference is not."""
    spec = next(
        each.value
        for each in expect_traefik.CASE.expected[name]  # pyright: ignore[reportArgumentType]
        if isinstance(each, Drawn) and (each.kind, each.path) == ("Middleware", "/spec")
    )
    named = next(
        each.value
        for each in expect_traefik.CASE.expected[name]  # pyright: ignore[reportArgumentType]
        if isinstance(each, Drawn) and (each.kind, each.path) == ("Middleware", "/metadata/name")
    )
    return [Drawn("Middleware", "/spec", spec), annotations(46, str(named).removeprefix("web-"))]


CASE = Case(
    provider=TraefikIngressGateway,
    gateway=partial(TraefikIngressGateway, options=expect_traefik.REDIS),
    plain=partial(TraefikIngressGateway, options=TraefikGatewayOptions()),
    removes=[expect_traefik.CASE.removes[0], annotations(46, "identity")],
    expected={
        "host": [
            annotations(),
            Drawn(
                "Ingress",
                "/spec",
                {"ingressClassName": "traefik", "rules": [{"host": "web.acme.io", "http": {"paths": [ROOT]}}]},
            ),
        ],
        "wildcard_host": [annotations(46 - 1_000_000), Drawn("Ingress", f"{RULE}/host", "*.acme.io")],
        "any_host": [annotations(46 - 2_000_000), Drawn("Ingress", "/spec/rules", [{"http": {"paths": [ROOT]}}])],
        "aliases": [
            Drawn("Ingress", "/spec/rules/0", {"host": "web.acme.io", "http": {"paths": [ROOT]}}),
            Drawn("Ingress", "/spec/rules/1", {"host": "www.acme.io", "http": {"paths": [ROOT]}}),
        ],
        # Prefix goes by characters unless the installation sets strictPrefixMatching; both read these two paths alike.
        "path_prefix": [
            annotations(136),
            Drawn(
                "Ingress",
                PATHS,
                [
                    {"path": "/api", "pathType": "Exact", "backend": OWN},
                    {"path": "/api/", "pathType": "Prefix", "backend": OWN},
                ],
            ),
        ],
        "path_exact": [
            annotations(156),
            Drawn("Ingress", PATHS, [{"path": "/api", "pathType": "Exact", "backend": OWN}]),
        ],
        "other_service": [
            annotations(46),
            annotations(166),
            Drawn("Ingress", f"{PATHS}/*/backend/service", {"name": "web-canary", "port": {"number": 80}}),
        ],
        "websocket": [annotations(166), Drawn("Ingress", f"{PATHS}/*/path", "/live/")],
        "grpc": [
            service(serversscheme="h2c"),
            Drawn("Ingress", f"{PATHS}/*/backend/service", {"name": "web", "port": {"name": "grpc"}}),
        ],
        "rewrite": [
            Drawn("Middleware", "/spec", {"replacePathRegex": {"regex": "^/api(/.*)?$", "replacement": "/v1${1}"}}),
            annotations(136, "rewrite"),
        ],
        "redirects": [
            Drawn(
                "Middleware",
                "/spec",
                {"redirectRegex": {"regex": r"^[^?]*(\?.*)?$", "replacement": "/new${1}", "permanent": True}},
            ),
            annotations(156, "redirect"),
            annotations(46),
        ],
        "tls_secret": [
            secured(),
            Drawn("Ingress", "/spec/tls", [{"hosts": ["web.acme.io"], "secretName": "web-tls"}]),
            Missing("Certificate", ""),
        ],
        "tls_issuer": [
            Drawn(
                "Certificate",
                "/spec/issuerRef",
                {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"},
            ),
            Drawn("Ingress", "/spec/tls", [{"hosts": ["web.acme.io"], "secretName": "web-acme-io-tls"}]),
        ],
        "https_redirect": [
            Drawn("Middleware", "/spec", {"redirectScheme": {"scheme": "https", "permanent": True}}),
            annotations(46, "https"),
            secured(),
        ],
        "no_https_redirect": [annotations(), secured(), Missing("Middleware", "")],
        "hsts": [
            Drawn(
                "Middleware",
                "/spec",
                {"headers": {"stsSeconds": 31_536_000, "stsIncludeSubdomains": True, "stsPreload": True}},
            ),
            secured(46, "headers"),
        ],
        "tls_min_version": tls_option({"minVersion": "VersionTLS13"}),
        "mutual_tls": tls_option(
            {"clientAuth": {"secretNames": ["partners-ca"], "clientAuthType": "RequireAndVerifyClientCert"}}
        ),
        "mutual_tls_optional": tls_option(
            {"clientAuth": {"secretNames": ["partners-ca"], "clientAuthType": "VerifyClientCertIfGiven"}}
        ),
        "oidc": [
            Drawn("Middleware", "/spec/forwardAuth/address", "http://login-web-acme-io.shop.svc.cluster.local:4180/"),
            secured(46, "login"),
            secured(226),
            Drawn("Ingress", f"{PATHS}/*/backend/service", {"name": "login-web-acme-io", "port": {"number": 4180}}),
        ],
        "jwt": same("jwt"),
        "jwt_claims": [*expect_traefik.CASE.expected["jwt_claims"][:2], annotations(46, "identity", "auth")],
        "basic_auth": same("basic_auth"),
        "api_key": same("api_key"),
        "allow_from": same("allow_from"),
        "rate_limit_client": same("rate_limit_client"),
        "rate_limit_global": same("rate_limit_global"),
        "rate_limit_burst": same("rate_limit_burst"),
        "cors": same("cors"),
        "max_body_size": same("max_body_size"),
        "timeout": [
            Drawn("ServersTransport", "/spec", {"forwardingTimeouts": {"responseHeaderTimeout": "5s"}}),
            service(serverstransport="shop-web@kubernetescrd"),
        ],
        "retries": same("retries"),
        "retry_gateway_errors": same("retry_gateway_errors"),
        "retry_timeout": [
            Drawn("Middleware", "/spec", {"retry": {"attempts": 3}}),
            Drawn("ServersTransport", "/spec", {"forwardingTimeouts": {"responseHeaderTimeout": "2s"}}),
            service(serverstransport="shop-web@kubernetescrd"),
        ],
        "sticky": [service(sticky_cookie="true", sticky_cookie_name="seat", sticky_cookie_httponly="true")],
        "sticky_max_age": [
            service(
                sticky_cookie="true",
                sticky_cookie_name="seat",
                sticky_cookie_httponly="true",
                sticky_cookie_maxage="60",
            )
        ],
        "compression": same("compression"),
        "backend_tls_secret": [
            Drawn("ServersTransport", "/spec", {"serverName": "web.shop.svc", "rootCAs": [{"secret": "web-ca"}]}),
            service(serversscheme="https", serverstransport="shop-web@kubernetescrd"),
        ],
        "backend_tls_config_map": [
            Drawn("ServersTransport", "/spec", {"serverName": "web.shop.svc", "rootCAs": [{"configMap": "web-ca"}]}),
            service(serversscheme="https", serverstransport="shop-web@kubernetescrd"),
        ],
        "port_tls_secret": [
            Drawn("ServersTransport", "/spec", {"serverName": "web.shop.svc", "rootCAs": [{"secret": "web-tls"}]}),
            service(serversscheme="https", serverstransport="shop-web@kubernetescrd"),
        ],
        "port_tls_config_map": [
            Drawn(
                "ServersTransport", "/spec", {"serverName": "web.shop.svc", "rootCAs": [{"configMap": "cluster-ca"}]}
            ),
            service(serversscheme="https", serverstransport="shop-web@kubernetescrd"),
        ],
        "dns": [annotations(46, **expect_traefik.EXTERNAL_DNS)],
        "annotations": [annotations(46, **{"acme.io/owner": "web"})],
    },
    refuses={("oidc", 4): "is always at <prefix>/callback"},
)
