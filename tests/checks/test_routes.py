"""Routes from outside lead to one place, which is there."""

from __future__ import annotations

from collections.abc import Sequence

from kmop_constructs import Addresses, Pods
from kmop_constructs.components.api_gateway.spec import Exposure
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.edges import ServiceRef
from kmop_constructs.core.model import model_of
from kmop_constructs.values.cluster import Peers
from kmop_constructs.values.image import Image
from kmop_constructs.values.pods import Peer
from kmop_constructs.values.ports import Port
from kmop_constructs.workloads.microservice import Microservice, Worker
from kmop_constructs.workloads.platform import Platform
from kmop_constructs.workloads.spec import ServiceSpec, WorkerSpec
from tests.checks.conftest import deployment, draw, errors, foreign, ingress, notices, service, thing

import pytest
from cdk8s import App, Chart

BEHIND = Platform(peers=Peers(ingress_controller=Pods.of(namespace="ingress-nginx")))


def test_an_ingress_to_a_service_that_is_not_there_is_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, ingress(to="web"))

    assert errors(app) == [
        (
            "shop/ingress-api-0: leads to the Service 'web', which this app does not draw in its namespace; correct the name, "
            "or allow 'route-backend' if it is created outside this app [route-backend]"
        )
    ]


def test_the_message_names_the_service_of_another_namespace(app: App, shop: KmopChart) -> None:
    draw(shop, ingress(to="api"))
    draw(KmopChart(app, "other", namespace="other"), deployment(), service())

    (found,) = errors(app)
    assert "there is Service other/api; correct the name" in found


def test_an_ingress_of_others_may_lead_to_a_service_of_others(app: App, plain: Chart) -> None:
    foreign(plain, ingress(to="web"))

    assert errors(app) == []
    assert "[route-backend]" in notices(app)[0]


@pytest.mark.parametrize("port", [8080, "http"])
def test_an_ingress_to_a_port_that_the_service_lacks_is_an_error(app: App, plain: Chart, port: int | str) -> None:
    foreign(plain, deployment(), service(name="api", targetPort=8080), ingress(port=port))

    assert errors(app) == [
        f"plain/ingress-api-2: leads to port {port!r} of Service shop/api, which offers 80; correct the port [route-backend]"
    ]


def test_the_message_has_the_rule_of_an_ingress_route_as_written(app: App, shop: KmopChart) -> None:
    routes = [{"kind": "Rule", "match": "Host(`shop.acme.io`)", "priority": 5}]
    for name in ("one", "two"):
        draw(shop, thing("traefik.io/v1alpha1", "IngressRoute", name, {"entryPoints": ["web"], "routes": routes}))

    (found,) = [each for each in errors(app) if "[route-duplicate]" in each]
    assert "routes Host(`shop.acme.io`), which IngressRoute" in found


def test_the_default_backend_counts(app: App, shop: KmopChart) -> None:
    backend = {"service": {"name": "api", "port": {"name": "web"}}}
    draw(shop, deployment(), service(), thing("networking.k8s.io/v1", "Ingress", "all", {"defaultBackend": backend}))

    assert "leads to port 'web' of Service shop/api" in errors(app)[0]


def test_a_gateway_api_route_may_lead_to_another_namespace(app: App, shop: KmopChart) -> None:
    other = KmopChart(app, "other", namespace="other")
    draw(other, deployment(), service())
    refs = [{"name": "api", "namespace": "other", "port": 81}, {"name": "bucket", "kind": "Bucket", "group": "acme.io"}]
    draw(shop, thing("gateway.networking.k8s.io/v1", "HTTPRoute", "all", {"rules": [{"backendRefs": refs}]}))

    (found,) = errors(app)
    assert "leads to port 81 of Service other/api, which offers 80" in found


def test_an_exposed_service_passes(app: App, shop: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=Exposure(host="shop.acme.io"))
    Microservice(shop, "web", spec, platform=BEHIND)

    assert errors(app) == []


def test_two_ingresses_for_one_path_are_an_error(app: App, shop: KmopChart) -> None:
    for id, path in (("web", "/"), ("api", "/")):
        exposure = Exposure(host="shop.acme.io", paths=(path,))
        Microservice(shop, id, ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=exposure), platform=BEHIND)

    assert errors(app) == [
        (
            "shop/api/gateway: routes shop.acme.io /, which Ingress shop/web (shop/web/gateway) routes too; keep one of them "
            "[route-duplicate]"
        )
    ]


def test_other_hosts_paths_and_classes_are_other_routes(app: App, shop: KmopChart) -> None:
    internal = ingress("d")
    internal["spec"]["ingressClassName"] = "internal"
    draw(shop, deployment(), service(), ingress("a"), ingress("b", host="b.io"), ingress("c", path="/c"), internal)

    assert errors(app) == []


def test_a_canary_shares_its_path_on_purpose(app: App, shop: KmopChart) -> None:
    canary = ingress("canary")
    canary["metadata"]["annotations"] = {"nginx.ingress.kubernetes.io/canary": "true"}
    draw(shop, deployment(), service(), ingress("a"), canary)

    assert errors(app) == []


def custom(version: str, kind: str, name: str, **spec: object) -> dict[str, object]:
    return thing(version, kind, name, spec)


RULE = {"kind": "Rule", "match": "Host(`a.io`)"}
LEADING = {
    "IngressRoute": custom("traefik.io/v1alpha1", "IngressRoute", "a", routes=[{**RULE, "services": [{"name": "api", "port": 81}]}]),
    "TraefikService": custom("traefik.io/v1alpha1", "TraefikService", "a", weighted={"services": [{"name": "api", "port": 81}]}),
    "VirtualService": custom(
        "networking.istio.io/v1", "VirtualService", "a",
        http=[{"route": [{"destination": {"host": "api.shop.svc.cluster.local", "port": {"number": 81}}}]}],
    ),
    "TraefikService of copies": custom("traefik.io/v1alpha1", "TraefikService", "a", mirroring={"name": "other", "kind": "TraefikService", "mirrors": [{"name": "api", "port": 81}]}),
    "VirtualService of copies": custom(
        "networking.istio.io/v1", "VirtualService", "a",
        http=[{"mirrors": [{"destination": {"host": "api", "port": {"number": 81}}}]}],
    ),
    "HTTPRoute of copies": custom(
        "gateway.networking.k8s.io/v1", "HTTPRoute", "a",
        rules=[{"filters": [{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "api", "port": 81}}}]}],
    ),
    "Mapping": custom("getambassador.io/v3alpha1", "Mapping", "a", prefix="/", service="https://api.shop:81"),
    "VirtualServer": custom("k8s.nginx.org/v1", "VirtualServer", "a", upstreams=[{"service": "api", "port": 81}]),
    "VirtualServerRoute": custom("k8s.nginx.org/v1", "VirtualServerRoute", "a", upstreams=[{"service": "shop/api", "port": 81}]),
}  # fmt: skip


@pytest.mark.parametrize("kind", LEADING)
def test_the_routes_of_every_gateway_lead_to_ports_that_are_there(app: App, shop: KmopChart, kind: str) -> None:
    draw(shop, deployment(), service(), LEADING[kind])

    (found,) = errors(app)
    assert "leads to port 81 of Service shop/api, which offers 80; correct the port [route-backend]" in found


@pytest.mark.parametrize("kind", LEADING)
def test_the_routes_of_every_gateway_lead_to_services_that_are_there(app: App, shop: KmopChart, kind: str) -> None:
    draw(shop, LEADING[kind])

    (found,) = errors(app)
    assert "leads to the Service 'api', which this app does not draw in its namespace" in found


def test_a_virtual_service_may_lead_outside(app: App, shop: KmopChart) -> None:
    destination = {"host": "api.acme.io", "port": {"number": 443}}
    draw(
        shop, custom("networking.istio.io/v1", "VirtualService", "a", http=[{"route": [{"destination": destination}]}])
    )

    assert errors(app) == []


def http_route(name: str, **match: object) -> dict[str, object]:
    rules = [{"matches": [{"path": {"type": "PathPrefix", "value": "/"}, **match}], "backendRefs": []}]
    return custom("gateway.networking.k8s.io/v1", "HTTPRoute", name, parentRefs=[{"name": "edge"}], hostnames=["a.io"], rules=rules)  # fmt: skip


CLAIMING = {
    "HTTPRoute": (http_route("a"), http_route("b")),
    "IngressRoute": tuple(
        custom("traefik.io/v1alpha1", "IngressRoute", name, entryPoints=["web"], routes=[RULE]) for name in "ab"
    ),
    "Mapping": tuple(
        custom("getambassador.io/v3alpha1", "Mapping", name, hostname="a.io", prefix="/", service="https://www.a.io")
        for name in "ab"
    ),
    "VirtualServer": tuple(custom("k8s.nginx.org/v1", "VirtualServer", name, host="a.io") for name in "ab"),
}


@pytest.mark.parametrize("kind", CLAIMING)
def test_two_routes_of_any_gateway_for_the_same_are_an_error(app: App, shop: KmopChart, kind: str) -> None:
    draw(shop, *CLAIMING[kind])

    (found,) = errors(app)
    assert f"which {kind} shop/a" in found
    assert found.endswith("[route-duplicate]")


def test_other_conditions_parents_and_weights_are_other_claims(app: App, shop: KmopChart) -> None:
    other = http_route("c")
    other["spec"]["parentRefs"] = [{"name": "internal"}]  # pyright: ignore[reportIndexIssue]
    weighted = [
        custom("getambassador.io/v3alpha1", "Mapping", name, prefix="/", service="https://www.a.io", weight=50)
        for name in "de"
    ]
    draw(shop, http_route("a"), http_route("b", method="GET"), other, *weighted)

    assert errors(app) == []


def test_other_hostnames_and_entry_points_are_other_claims(app: App, shop: KmopChart) -> None:
    other = http_route("b")
    other["spec"]["hostnames"] = ["b.io"]  # pyright: ignore[reportIndexIssue]
    secure, plain = (
        custom("traefik.io/v1alpha1", "IngressRoute", name, entryPoints=[name], routes=[RULE])
        for name in ("websecure", "web")
    )
    draw(shop, http_route("a"), other, secure, plain)

    assert errors(app) == []


def included(app: App, shop: KmopChart, *, platform: Platform | None = None, accepts: Sequence[Peer] = ()) -> None:
    """A service without an exposure, and an Ingress of others that leads to it."""
    spec = ServiceSpec(image=Image("acme/api:1"), port=Port(8080, service_port=80))
    Microservice(shop, "api", spec, platform=platform, accepts=accepts)
    web = Worker(shop, "web", WorkerSpec(image=Image("acme/web:1")), uses=[ServiceRef("api", port=80).http()])
    assert web.facts.name == "web"
    model_of(app)
    foreign(Chart(app, "plain", namespace="shop", disable_resource_name_hashes=True), ingress())


def test_an_included_route_that_no_policy_admits_is_an_error(app: App, shop: KmopChart) -> None:
    included(app, shop)

    assert errors(app) == [
        (
            "plain/ingress-api-0: leads to port 80 of Service shop/api, but the NetworkPolicies of Deployment shop/api admit no "
            "gateway there; write the route as Exposure(…) of the service, or admit the pods of the gateway: "
            "accepts=[Pods.of(…, namespace=…)] [route-blocked]"
        )
    ]


NGINX = Pods.of({"app": "nginx"}, namespace="ingress-nginx")


@pytest.mark.parametrize("caller", [NGINX, Addresses.of("10.0.0.0/8"), Pods.of({"app": "nginx"})])
def test_an_included_route_of_an_admitted_gateway_passes(app: App, shop: KmopChart, caller: Peer) -> None:
    included(app, shop, accepts=[caller])

    assert errors(app) == []


@pytest.mark.parametrize(("namespace", "blocked"), [("ingress-nginx", False), ("traefik", True)])
def test_the_gateway_of_the_platform_must_be_admitted(app: App, namespace: str, *, blocked: bool) -> None:
    peers = Peers(ingress_controller=Pods.of({"app": "nginx"}, namespace=namespace))
    shop = KmopChart(app, "shop", namespace="shop", platform=Platform(peers=peers))
    spec = ServiceSpec(image=Image("acme/api:1"), port=Port(8080, service_port=80))
    Microservice(shop, "api", spec, accepts=[NGINX])
    foreign(shop, ingress())

    assert any("[route-blocked]" in each for each in errors(app)) is blocked


def test_without_policies_an_included_route_passes(app: App, shop: KmopChart) -> None:
    included(app, shop, platform=Platform(isolation="off"))

    assert errors(app) == []
