"""Exposure by a plain Ingress."""

from datetime import timedelta
from functools import partial
from typing import Any

from kmop_constructs import (
    CheckError,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    NativeGateway,
    NativeGatewayOptions,
    PathRoute,
    Peer,
    Peers,
    Platform,
    Port,
    ServiceSpec,
    Size,
    SpecError,
    Tls,
    UnsupportedError,
)
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize

import pytest

CONTROLLER = Peers(ingress_controller=Peer(namespace="ingress-nginx", pod_labels={"app": "controller"}))
KNOWN = Platform(peers=CONTROLLER)


def exposed(chart: KmopChart, exposure: Exposure, platform: Platform = KNOWN) -> Synthesized:
    spec = ServiceSpec(
        image=Image("acme/web:1"),
        port=8080,
        extra_ports=(Port(9000, name="admin", service_port=90),),
        exposure=exposure,
    )
    return synthesize(Microservice(chart, "web", spec, platform=platform))


def ingress(chart: KmopChart, exposure: Exposure, **named: Any) -> dict[str, Any]:
    return exposed(chart, exposure, **named).one("Ingress")


def test_a_host_leads_to_the_main_port_by_name(chart: KmopChart) -> None:
    rules = ingress(chart, Exposure(host="web.acme.io"))["spec"]["rules"]
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    assert rules == [
        {"host": "web.acme.io", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    ]


def test_paths_lead_to_ports_of_their_own(chart: KmopChart) -> None:
    exposure = Exposure(host="web.acme.io", paths=("/api", PathRoute("/admin", match="Exact", port="admin")))
    paths = ingress(chart, exposure)["spec"]["rules"][0]["http"]["paths"]
    assert [(each["path"], each["pathType"], each["backend"]["service"]["port"]["name"]) for each in paths] == [
        ("/api", "Prefix", "http"),
        ("/admin", "Exact", "admin"),
    ]


def test_a_certificate_of_an_issuer_is_asked_for_by_annotation(chart: KmopChart) -> None:
    drawn = ingress(chart, Exposure(host="web.acme.io", tls=Tls.issued_by("letsencrypt-prod")))
    assert drawn["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt-prod"}
    assert drawn["spec"]["tls"] == [{"hosts": ["web.acme.io"], "secretName": "web-acme-io-tls"}]


def test_an_issuer_of_the_namespace_has_its_own_annotation(chart: KmopChart) -> None:
    drawn = ingress(chart, Exposure(host="web.acme.io", tls=Tls.issued_by("own", kind="Issuer")))
    assert drawn["metadata"]["annotations"] == {"cert-manager.io/issuer": "own"}


def test_an_existing_certificate_is_named_and_nothing_is_asked_for(chart: KmopChart) -> None:
    drawn = ingress(chart, Exposure(host="web.acme.io", tls=Tls.secret("wildcard")))
    assert "annotations" not in drawn["metadata"]
    assert drawn["spec"]["tls"][0]["secretName"] == "wildcard"


def test_the_class_is_an_option_of_the_provider(chart: KmopChart) -> None:
    gateway = partial(NativeGateway, options=NativeGatewayOptions(ingress_class="haproxy"))
    drawn = ingress(chart, Exposure(host="web.acme.io"), platform=Platform(peers=CONTROLLER, gateway=gateway))
    assert drawn["spec"]["ingressClassName"] == "haproxy"


def test_the_controller_is_let_in_on_the_routed_port_only(chart: KmopChart) -> None:
    result = exposed(chart, Exposure(host="web.acme.io"))
    peers = {
        "from": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}},
                "podSelector": {"matchLabels": {"app": "controller"}},
            }
        ],
        "ports": [{"port": 8080, "protocol": "TCP"}],
    }
    assert result.one("NetworkPolicy")["spec"]["ingress"] == [peers]


def test_nobody_knows_the_controller_so_the_synth_fails(chart: KmopChart) -> None:
    with pytest.raises(CheckError, match=r"shop/web: is exposed, and nobody has said which pods.*\[peer-unknown\]"):
        exposed(chart, Exposure(host="web.acme.io"), platform=Platform())


def test_without_isolation_nobody_needs_to_know_the_controller(chart: KmopChart) -> None:
    result = exposed(chart, Exposure(host="web.acme.io"), platform=Platform(isolation="off"))
    assert result.pick("NetworkPolicy") == []


def test_the_gateway_reaches_the_service_and_other_pods_do_not(chart: KmopChart) -> None:
    peers = Peers(ingress_controller=Peer(namespace="shop", pod_labels={"app.kubernetes.io/name": "proxy"}))
    platform = Platform(peers=peers)
    proxy = Microservice(chart, "proxy", ServiceSpec(image=Image("acme/proxy:1"), port=80), platform=platform)
    other = Microservice(chart, "other", ServiceSpec(image=Image("acme/other:1"), port=80), platform=platform)
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=Exposure(host="web.acme.io"))
    web = Microservice(chart, "web", spec, platform=Platform(peers=peers))
    policy = synthesize(web).one("NetworkPolicy", "web")["spec"]["ingress"][0]
    assert policy["from"][0]["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "proxy"}}
    assert_blocked(other, web)
    with pytest.raises(AssertionError, match="egress of shop/proxy"):
        assert_reachable(proxy, web)


@pytest.mark.parametrize(
    ("exposure", "message"),
    [
        ({"host": "https://web"}, r"Exposure.host: not a host name, got 'https://web'; write it in lower case"),
        ({"host": "web.acme.io", "paths": ("api",)}, r"PathRoute.path: a path without a slash in front, got 'api'"),
        ({"host": "web.acme.io", "paths": "/api"}, r"Exposure.paths: one value where a list is wanted, got '/api'"),
        ({"host": "web.acme.io", "paths": ()}, r"Exposure.paths: empty, so nothing would be reached"),
    ],
)
def test_a_wrong_exposure_is_an_error_at_its_line(exposure: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Exposure(**exposure)


def test_a_route_to_a_port_that_is_not_there_names_those_that_are(chart: KmopChart) -> None:
    exposure = Exposure(host="web.acme.io", paths=(PathRoute("/", port="grpc"),))
    with pytest.raises(SpecError, match=r"shop/web: has no port 'grpc'; its ports are 8080 \(http\), 90 \(admin\)"):
        exposed(chart, exposure)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"weight": 10}, "weight"),
        ({"timeout": timedelta(seconds=5)}, "timeout"),
        ({"max_body_size": Size("10Mi")}, "max_body_size"),
        ({"paths": (PathRoute("/", rewrite="/v1"),)}, "rewrite"),
        ({"paths": (PathRoute("/", headers={"x-beta": "1"}),)}, "headers"),
        ({"paths": (PathRoute("/", method="POST"),)}, "method"),
    ],
)
def test_what_a_plain_ingress_cannot_say_is_refused_by_its_name(
    chart: KmopChart, asked: dict[str, Any], named: str
) -> None:
    with pytest.raises(
        UnsupportedError, match=f"shop/web/gateway: a plain Ingress cannot express {named}, and no provider"
    ):
        exposed(chart, Exposure(host="web.acme.io", **asked))
