"""The cluster that the Camunda apps are drawn for: ingress-nginx in front, Prometheus beside, a host name."""

from functools import partial

from kmop_constructs import Exposure, NativeGateway, NativeGatewayOptions, PathRoute, Peer, Peers, Platform, Tls

PLATFORM = Platform(
    peers=Peers(
        ingress_controller=Peer(namespace="ingress-nginx", pod_labels={"app.kubernetes.io/name": "ingress-nginx"}),
        scraper=Peer(namespace="monitoring", pod_labels={"app.kubernetes.io/name": "prometheus"}),
    ),
    gateway=partial(NativeGateway, options=NativeGatewayOptions(ingress_class="nginx")),
)

HOST = "camunda.example.com"
GRPC_HOST = f"grpc.{HOST}"

_LARGE_HEADERS = {"nginx.ingress.kubernetes.io/proxy-buffer-size": "128k"}
_EVERY_ROUTE = {
    # Upstream's, and of no effect: ingress-nginx reads only what has its own prefix.
    "ingress.kubernetes.io/rewrite-target": "/",
    "nginx.ingress.kubernetes.io/ssl-redirect": "false",
    **_LARGE_HEADERS,
}


def route(path: str) -> Exposure:
    """A path of the host that all web applications share."""
    return Exposure(
        host=HOST,
        paths=(path,),
        tls=Tls.secret("camunda-platform"),
        annotations={
            **_EVERY_ROUTE,
            "nginx.ingress.kubernetes.io/proxy-body-size": "10m",
            "nginx.ingress.kubernetes.io/proxy-buffering": "on",
        },
    )


def grpc_route(name: str, *, port: str) -> Exposure:
    """The host of gRPC clients."""
    return Exposure(
        name=name,
        host=GRPC_HOST,
        paths=(PathRoute("/", port=port),),
        tls=Tls.secret("camunda-platform-zeebe-gateway"),
        annotations={**_EVERY_ROUTE, "nginx.ingress.kubernetes.io/backend-protocol": "GRPC"},
    )
