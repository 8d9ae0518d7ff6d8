"""An app team owns listeners of the platform's Gateway: both sides, in two namespaces."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmop_constructs import (
    CheckError,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Port,
    ServiceSpec,
    SpecError,
    Tls,
    UnsupportedError,
)
from kmop_constructs.exposure import (
    DnsRecord,
    ExistingEntry,
    Listener,
    MutualTls,
    StreamListener,
    TcpExposure,
    TlsPassthrough,
)
from kmop_constructs.providers.envoy_gateway import EnvoyEntry, EnvoyEntryOptions, EnvoyGateway, EnvoyGatewayOptions
from kmop_constructs.providers.gateway_api import GatewayApiEntry, GatewayApiEntryOptions, GatewayApiOptions
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid
from tests.providers.gateway_api.services import behind, envoy, example

import pytest
from cdk8s import App

PUBLIC = ExistingEntry("public", namespace="edge")
OWN: dict[str, Any] = {"gateway_class": None, "entry": PUBLIC, "listener_set": "shop"}
SECURE = Exposure(host="shop.acme.io", tls=Tls.issued_by("letsencrypt"))


@pytest.fixture
def edge(app: App) -> KmopChart:
    return KmopChart(app, "edge", namespace="edge")


def test_routes_attach_to_the_listeners_of_their_set(chart: KmopChart) -> None:
    behind(example(**OWN), chart, "web", SECURE)
    result = synthesize(chart)
    drawn = result.one("ListenerSet")
    assert drawn["spec"]["parentRef"] == {"name": "public", "namespace": "edge"}
    assert [each["name"] for each in drawn["spec"]["listeners"]] == ["http-shop-acme-io", "https-shop-acme-io"]
    assert result.one("HTTPRoute", "web")["spec"]["parentRefs"] == [
        {
            "group": "gateway.networking.k8s.io",
            "kind": "ListenerSet",
            "name": "shop",
            "sectionName": "https-shop-acme-io",
        }
    ]
    assert not result.pick("Gateway")
    assert_valid(result.objects, "1.30")


def test_the_certificate_is_that_of_the_team(chart: KmopChart) -> None:
    behind(example(**OWN), chart, "web", SECURE)
    result = synthesize(chart)
    assert result.one("Certificate", "shop-acme-io-tls")
    secure = result.one("ListenerSet")["spec"]["listeners"][1]
    assert secure["tls"]["certificateRefs"] == [{"kind": "Secret", "name": "shop-acme-io-tls"}]


def test_the_gateway_accepts_sets_of_named_namespaces(edge: KmopChart) -> None:
    options = GatewayApiEntryOptions(gateway_class="example", listeners_from=("shop", "blog"))
    GatewayApiEntry(edge, "public", listeners=[Listener("acme.io")], options=options)
    result = synthesize(edge)
    assert result.one("Gateway")["spec"]["allowedListeners"] == {
        "namespaces": {
            "from": "Selector",
            "selector": {
                "matchExpressions": [
                    {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["blog", "shop"]}
                ]
            },
        }
    }
    assert_valid(result.objects, "1.30")


def test_streams_have_listeners_in_the_set(chart: KmopChart) -> None:
    platform = Platform(gateway=envoy(**{**OWN, "gateway_class": "eg"}))
    spec = ServiceSpec(
        image=Image("acme/mq:1"), port=Port.tcp(5672, name="amqp"), streams=(TcpExposure(listener=5672),)
    )
    Microservice(chart, "mq", spec, platform=platform)
    result = synthesize(chart)
    assert [each["name"] for each in result.one("ListenerSet")["spec"]["listeners"]] == ["tcp-5672"]
    assert result.one("TCPRoute")["spec"]["parentRefs"][0]["kind"] == "ListenerSet"


def test_the_policy_of_a_listener_targets_the_set(chart: KmopChart) -> None:
    exposure = Exposure(host="shop.acme.io", tls=Tls.secret("shop", min_version="1.3"))
    behind(envoy(**{**OWN, "gateway_class": "eg"}), chart, "web", exposure)
    target = synthesize(chart).one("ClientTrafficPolicy")["spec"]["targetRefs"][0]
    assert (target["kind"], target["name"], target["sectionName"]) == ("ListenerSet", "shop", "https-shop-acme-io")


def test_two_namespaces_with_one_host_are_an_error(app: App) -> None:
    for name in ("shop", "blog"):
        chart = KmopChart(app, name, namespace=name)
        behind(example(**OWN), chart, "web", Exposure(host="acme.io"))
    with pytest.raises(CheckError, match=r"'http-acme-io' with .*the ListenerSet; a host of a Gateway"):
        synthesize(app)


def test_the_target_of_a_record_belongs_to_the_gateway(chart: KmopChart) -> None:
    with pytest.raises(UnsupportedError, match=r"leave out DnsRecord\.target"):
        behind(example(**OWN), chart, "web", Exposure(host="acme.io", dns=DnsRecord(target="lb.acme.io")))


def test_the_authority_of_clients_belongs_to_the_gateway(chart: KmopChart) -> None:
    tls = Tls.secret("shop", mutual=MutualTls(ca_config_map="partners-ca"))
    with pytest.raises(UnsupportedError, match="the authority is a field of the Gateway"):
        behind(example(**OWN), chart, "web", Exposure(host="acme.io", tls=tls))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"listener_set": "a"}, "not allowed without entry"),
        (
            {"listener_set": "a", "entry": PUBLIC, "section": "b"},
            "section: not allowed with listener_set",
        ),
    ],
)
def test_a_set_needs_a_gateway_of_another_team(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        GatewayApiOptions(**options)


def test_an_entry_has_listeners_for_streams(edge: KmopChart, chart: KmopChart) -> None:
    entry = EnvoyEntry(
        edge,
        "public",
        listeners=[
            Listener("acme.io"),
            StreamListener(5672, routes_from=("shop",)),
            StreamListener(443, protocol="TLS", host="mq.acme.io", routes_from=("shop",)),
            StreamListener(53, protocol="UDP"),
        ],
        options=EnvoyEntryOptions(),
    )
    names = [each["name"] for each in synthesize(edge).one("Gateway")["spec"]["listeners"]]
    assert names == ["http-acme-io", "tcp-5672", "tls-443-mq-acme-io", "udp-53"]
    options = EnvoyGatewayOptions(entry=entry.entry)
    spec = ServiceSpec(
        image=Image("acme/mq:1"),
        port=Port.tcp(5671, name="amqps", tls=True),
        streams=(TcpExposure(listener=5672, name="plain"), TlsPassthrough("mq.acme.io")),
    )
    Microservice(chart, "mq", spec, platform=Platform(gateway=partial(EnvoyGateway, options=options)))
    result = synthesize(chart)
    parent = {"name": "public", "namespace": "edge"}
    assert result.one("TCPRoute")["spec"]["parentRefs"] == [{**parent, "sectionName": "tcp-5672"}]
    assert result.one("TLSRoute")["spec"]["parentRefs"] == [{**parent, "sectionName": "tls-443-mq-acme-io"}]


@pytest.mark.parametrize(
    "taken",
    [
        [StreamListener(5672), StreamListener(5672)],
        [StreamListener(80), Listener("acme.io")],
        [StreamListener(443, protocol="TLS", host="acme.io"), Listener("acme.io", tls=Tls.secret("a"))],
    ],
)
def test_listeners_of_one_port_do_not_collide(edge: KmopChart, taken: list[Any]) -> None:
    with pytest.raises(SpecError, match="a port has one protocol, and each host of TLS one listener"):
        EnvoyEntry(edge, "public", listeners=taken)
