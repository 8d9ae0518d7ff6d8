"""What the documentation of the Ingress API says that each intent is."""

from functools import partial

from kmop_constructs import Pods
from kmop_constructs.providers.native import NativeGateway, NativeGatewayOptions
from tests.components.api_gateway.contract import Case, Drawn

RULE = "/spec/rules/*"
PATH = f"{RULE}/http/paths/*"
GATEWAY = partial(NativeGateway, options=NativeGatewayOptions(controller=Pods.of(namespace="ingress")))

CASE = Case(
    provider=NativeGateway,
    gateway=GATEWAY,
    plain=GATEWAY,
    expected={
        "host": [
            Drawn("Ingress", f"{RULE}/host", "web.acme.io"),
            Drawn("Ingress", f"{PATH}/backend/service", {"name": "web", "port": {"name": "http"}}),
        ],
        "wildcard_host": [Drawn("Ingress", f"{RULE}/host", "*.acme.io")],
        "any_host": [
            Drawn(
                "Ingress",
                "/spec/rules",
                [
                    {
                        "http": {
                            "paths": [
                                {
                                    "path": "/",
                                    "pathType": "Prefix",
                                    "backend": {"service": {"name": "web", "port": {"name": "http"}}},
                                }
                            ]
                        }
                    }
                ],
            )
        ],
        "aliases": [
            Drawn("Ingress", "/spec/rules/0/host", "web.acme.io"),
            Drawn("Ingress", "/spec/rules/1/host", "www.acme.io"),
        ],
        "path_prefix": [Drawn("Ingress", f"{PATH}/path", "/api"), Drawn("Ingress", f"{PATH}/pathType", "Prefix")],
        "path_exact": [Drawn("Ingress", f"{PATH}/path", "/api"), Drawn("Ingress", f"{PATH}/pathType", "Exact")],
        "other_service": [Drawn("Ingress", f"{PATH}/backend/service", {"name": "web-canary", "port": {"number": 80}})],
        "tls_secret": [Drawn("Ingress", "/spec/tls", [{"hosts": ["web.acme.io"], "secretName": "web-tls"}])],
        "tls_issuer": [
            Drawn("Ingress", "/metadata/annotations/cert-manager.io~1cluster-issuer", "letsencrypt"),
            Drawn("Ingress", "/spec/tls", [{"hosts": ["web.acme.io"], "secretName": "web-acme-io-tls"}]),
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
    },
    refuses={("path_prefix", 2): "cannot route to a gRPC port"},
)
