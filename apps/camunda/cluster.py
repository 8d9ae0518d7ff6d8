"""The cluster that the Camunda apps are drawn for: ingress-nginx in front, Prometheus beside, a host name, the chart's own stores."""

from dataclasses import replace
from functools import partial

from apps.camunda import bitnami
from kmop_constructs import Exposure, KmopChart, PathRoute, Peers, Platform, Pods, Size, Tls, allow
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway, IngressNginxGatewayOptions

# Tokens in cookies make heads large.
_LARGE_HEADERS = IngressNginxGatewayOptions(proxy_buffer_size=Size("128Ki"), proxy_buffering=True)

PLATFORM = Platform(
    peers=Peers(scraper=Pods.of({"app.kubernetes.io/name": "prometheus"}, namespace="monitoring")),
    gateway=partial(IngressNginxGateway, options=_LARGE_HEADERS),
    elasticsearch=bitnami.ELASTICSEARCH,
    postgres=bitnami.POSTGRES,
)

HOST = "camunda.example.com"
GRPC_HOST = f"grpc.{HOST}"

_EVERY_ROUTE = Exposure(
    # Upstream's, and of no effect: ingress-nginx reads only what has its own prefix.
    annotations={"ingress.kubernetes.io/rewrite-target": "/"},
)


def behind_ingress_nginx(chart: KmopChart) -> None:
    """The controller that the original is written for."""
    allow(chart, "gateway-retired", reason="the original's own controller; moving away is a line of the platform")


def route(path: str) -> Exposure:
    """A path of the host that all web applications share."""
    return replace(
        _EVERY_ROUTE,
        host=HOST,
        paths=(path,),
        tls=Tls.secret("camunda-platform", redirect=False),
        max_body_size=Size.mib(10),
    )


def grpc_route(name: str, *, port: str) -> Exposure:
    """The host of gRPC clients."""
    return replace(
        _EVERY_ROUTE,
        name=name,
        host=GRPC_HOST,
        paths=(PathRoute("/", port=port),),
        tls=Tls.secret("camunda-platform-zeebe-gateway", redirect=False),
    )
