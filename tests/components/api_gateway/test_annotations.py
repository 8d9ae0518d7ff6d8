"""Annotations of routes and of Services: nobody overwrites in silence what another wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from kmop_constructs import (
    CheckError,
    ConflictError,
    Exposure,
    Image,
    KmopChart,
    Manifest,
    Microservice,
    PathRoute,
    Platform,
    Pods,
    Service,
    ServiceSpec,
    Tls,
    allow,
)
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.components.api_gateway.service_annotations import annotate_service
from kmop_constructs.core.subject import ServiceFacts
from kmop_constructs.exposure import DnsRecord
from kmop_constructs.providers.envoy_gateway import EnvoyGateway
from kmop_constructs.providers.gateway_api import GatewayApi
from kmop_constructs.providers.haproxy import HaproxyGateway
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from kmop_constructs.providers.istio import IstioGateway
from kmop_constructs.providers.kong import KongGateway
from kmop_constructs.providers.native import NativeGateway
from kmop_constructs.providers.traefik import TraefikGateway, TraefikIngressGateway
from kmop_constructs.testing import Synthesized, synthesize
from tests.components.api_gateway.contract import cases

import cdk8s
import pytest
from cdk8s import App
from constructs import Construct

HOST = Exposure(host="web.acme.io")
SPEC = ServiceSpec(image=Image("acme/web:1"), port=8080)
SLOW = replace(HOST, timeout=timedelta(seconds=5), paths=("/", PathRoute("/beta", service="canary")))
TTL = "external-dns.kubernetes.io/ttl"
RECORD = DnsRecord(target="lb.acme.io", ttl=timedelta(minutes=1))


def chart_of(app: App, gateway: GatewayFactory = KongGateway) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=gateway))


def case_of(provider: type[object]) -> GatewayFactory:
    return next(case.gateway for case in cases() if case.name == provider.__name__)


@pytest.mark.parametrize(
    "provider",
    [
        NativeGateway, HaproxyGateway, IngressNginxGateway, TraefikIngressGateway, TraefikGateway, KongGateway, GatewayApi,
        EnvoyGateway, IstioGateway,
    ],
)  # fmt: skip
def test_an_annotation_unlike_that_of_the_gateway_is_a_conflict(app: App, provider: type[object]) -> None:
    exposure = replace(HOST, dns=RECORD, annotations={TTL: "120"})
    message = rf"^shop/web: exposure.annotations\['{TTL}'\]: the gateway writes '60' for the route 'web', got '120'; remove it"
    with pytest.raises(ConflictError, match=message):
        Microservice(chart_of(app, case_of(provider)), "web", replace(SPEC, exposure=exposure))


@pytest.mark.parametrize("provider", [NativeGateway, HaproxyGateway, IngressNginxGateway, KongGateway, IstioGateway])
def test_an_annotation_equal_to_that_of_the_gateway_is_no_conflict(app: App, provider: type[object]) -> None:
    chart = chart_of(app, case_of(provider))
    Microservice(chart, "web", replace(SPEC, exposure=replace(HOST, dns=RECORD, annotations={TTL: "60"})))
    assert synthesize(chart).objects


@pytest.mark.parametrize(
    ("gateway", "exposure", "key", "field"),
    [
        (NativeGateway, replace(HOST, tls=Tls.issued_by("a")), "cert-manager.io/cluster-issuer", "a"),
        (TraefikIngressGateway, HOST, "traefik.ingress.kubernetes.io/router.entrypoints", "web"),
        (IngressNginxGateway, replace(HOST, timeout=timedelta(seconds=5)), "nginx.ingress.kubernetes.io/proxy-read-timeout", "5"),
        (HaproxyGateway, replace(HOST, timeout=timedelta(seconds=5)), "haproxy.org/timeout-server", "5s"),
    ],
)  # fmt: skip
def test_the_conflict_shows_the_field(
    app: App, gateway: GatewayFactory, exposure: Exposure, key: str, field: str
) -> None:
    with pytest.raises(ConflictError, match=rf"exposure.annotations\['{key}'\]: the gateway writes '{field}'"):
        Microservice(chart_of(app, gateway), "web", replace(SPEC, exposure=replace(exposure, annotations={key: "x"})))


def both(app: App, *, canary_first: bool) -> Synthesized:
    chart = chart_of(app)
    draws: list[Callable[[], object]] = [
        lambda: Microservice(chart, "canary", SPEC),
        lambda: Microservice(chart, "web", replace(SPEC, exposure=SLOW)),
    ]
    for draw in draws if canary_first else reversed(draws):
        draw()
    return synthesize(chart)


def test_a_service_that_is_declared_later_is_annotated_alike(tmp_path: object) -> None:
    first = both(App(outdir=f"{tmp_path}/a"), canary_first=True)
    later = both(App(outdir=f"{tmp_path}/b"), canary_first=False)
    assert first.one("Service", "canary")["metadata"]["annotations"]["konghq.com/read-timeout"] == "5000"
    assert later.objects == first.objects


@pytest.mark.parametrize("canary_first", [True, False])
def test_another_value_at_the_service_itself_is_a_conflict(app: App, canary_first: bool) -> None:
    own = replace(SPEC, service=Service(annotations={"konghq.com/read-timeout": "9"}))
    chart = chart_of(app)
    specs = {"canary": own, "web": replace(SPEC, exposure=SLOW)}
    for name in sorted(specs, reverse=not canary_first):
        Microservice(chart, name, specs[name])
    message = (
        r"shop/web/gateway: requests annotations on the Service 'canary' for which the object itself has another value: "
        r"konghq.com/read-timeout='5000' \(there '9'\); .*\[annotation-conflict\]"
    )
    with pytest.raises(CheckError, match=message):
        synthesize(chart)


def test_an_annotation_that_is_added_later_is_a_conflict(app: App) -> None:
    chart = chart_of(app)
    web = Microservice(chart, "web", replace(SPEC, exposure=replace(HOST, timeout=timedelta(seconds=5))))
    web.manifest("Service").metadata.add_annotation("konghq.com/read-timeout", "9")
    message = (
        r"shop/web/gateway: requests annotations on the Service 'web' for which the object itself has another value: "
        r"konghq.com/read-timeout='5000' \(there '9'\)"
    )
    with pytest.raises(CheckError, match=message):
        synthesize(chart)


class Steering(Manifest):
    """A gateway that wants an annotation on a Service of another name."""

    controllers = (Pods.of(namespace="edge"),)

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure, value: str) -> None:
        """Draw."""
        super().__init__(scope, id, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": intent.hosts[0]}})
        annotate_service(self, service, {"acme.io/way": value}, name="other")


def test_different_annotations_for_one_service_are_a_conflict(app: App) -> None:
    left, right = (partial(Steering, value=value) for value in ("left", "right"))
    chart = chart_of(app)
    Microservice(chart, "b", replace(SPEC, exposure=Exposure(host="b.io")), platform=Platform(gateway=right))
    Microservice(chart, "a", replace(SPEC, exposure=HOST), platform=Platform(gateway=left))
    message = (
        r"shop/b/gateway: requests annotations on the Service 'other' for which shop/a/gateway has another value: "
        r"acme.io/way='right' \(there 'left'\); .*\[annotation-conflict\]"
    )
    with pytest.raises(CheckError, match=message):
        synthesize(chart)


def steered(app: App) -> KmopChart:
    """Three services, two of which have a gateway that annotates the third, each in its own way."""
    chart = chart_of(app)
    Microservice(chart, "other", SPEC)
    for id, value in (("a", "left"), ("b", "right")):
        gateway = partial(Steering, value=value)
        spec = replace(SPEC, exposure=Exposure(host=f"{id}.io"))
        Microservice(chart, id, spec, platform=Platform(gateway=gateway))
    return chart


@pytest.mark.parametrize(("gone", "left"), [("a", "right"), ("b", "left")])
def test_what_a_removed_service_wants_is_no_conflict(app: App, gone: str, left: str) -> None:
    chart = steered(app)
    chart.node.try_remove_child(gone)
    assert synthesize(chart).one("Service", "other")["metadata"]["annotations"] == {"acme.io/way": left}


def test_annotations_that_only_removed_services_want_are_gone(app: App) -> None:
    chart = steered(app)
    for gone in ("a", "b"):
        chart.node.try_remove_child(gone)
    assert "annotations" not in synthesize(chart).one("Service", "other")["metadata"]


def test_a_missing_service_is_a_finding_at_synth(app: App) -> None:
    chart = chart_of(app)
    Microservice(chart, "web", replace(SPEC, exposure=HOST), platform=Platform(gateway=partial(Steering, value="left")))
    with pytest.raises(CheckError, match=r"shop/web/gateway: the gateway needs annotations on the Service 'other' \(acme.io/way\)"):  # fmt: skip
        app.synth()


def test_a_service_that_only_removed_ones_steer_is_not_missed(app: App) -> None:
    chart = chart_of(app)
    Microservice(chart, "web", replace(SPEC, exposure=HOST), platform=Platform(gateway=partial(Steering, value="left")))
    chart.node.try_remove_child("web")
    assert synthesize(chart).objects == ()


def test_a_service_of_others_is_not_annotated_and_may_be_allowed(app: App) -> None:
    chart = chart_of(app)
    web = Microservice(chart, "web", replace(SPEC, exposure=HOST), platform=Platform(gateway=partial(Steering, value="a")))  # fmt: skip
    other = cdk8s.ApiObject(
        chart, "other", api_version="v1", kind="Service", metadata=cdk8s.ApiObjectMetadata(name="other")
    )
    other.add_json_patch(cdk8s.JsonPatch.add("/spec", {"type": "ExternalName", "externalName": "other.acme.io"}))
    with pytest.raises(CheckError, match="service-annotation"):
        app.synth()
    allow(web, "service-annotation", reason="the annotations are written where it is drawn")
    app.synth()
