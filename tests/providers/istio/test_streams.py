"""Streams by Istio: servers beside those of HTTP, and those that a platform team owns."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmop_constructs import (
    Exposure,
    Image,
    KmopChart,
    Microservice,
    PathRoute,
    Platform,
    Port,
    ServiceSpec,
    SpecError,
    Tls,
    UnsupportedError,
)
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.exposure import ExistingEntry, Listener, StreamListener, TcpExposure, TlsPassthrough
from kmop_constructs.providers.istio import IstioEntry, IstioGateway, IstioGatewayOptions
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid
from tests.providers.plain_http import allow_plain_http

import pytest
from cdk8s import App

PORTS = (Port(8080), Port.tcp(5672, name="amqp"), Port.tcp(5671, name="amqps", tls=True))


@pytest.fixture
def edge(app: App) -> KmopChart:
    return KmopChart(app, "edge", namespace="edge")


def mq(chart: KmopChart, gateway: GatewayFactory = IstioGateway, **fields: Any) -> Microservice:
    spec = ServiceSpec(image=Image("acme/mq:1"), port=PORTS, **fields)
    return Microservice(chart, "mq", spec, platform=Platform(gateway=gateway))


def test_servers_of_streams_are_beside_those_of_http(chart: KmopChart) -> None:
    exposure = Exposure(host="shop.acme.io", tls=Tls.secret("shop"), paths=(PathRoute("/", port=8080),))
    streams = (TcpExposure("amqp", listener=5672), TlsPassthrough("mq.acme.io", port="amqps"))
    allow_plain_http(mq(chart, exposure=exposure, streams=streams))
    result = synthesize(chart)
    servers = result.one("Gateway")["spec"]["servers"]
    assert [(each["port"]["number"], each["port"]["protocol"]) for each in servers] == [
        (80, "HTTP"),
        (443, "HTTPS"),
        (443, "TLS"),
        (5672, "TCP"),
    ]
    assert_valid(result.objects, "1.30")


def test_a_stream_attaches_to_the_gateway_of_an_entry(chart: KmopChart) -> None:
    options = IstioGatewayOptions(entry=ExistingEntry("public", namespace="edge"))
    mq(chart, partial(IstioGateway, options=options), streams=(TcpExposure("amqp", listener=5672),))
    result = synthesize(chart)
    assert result.one("VirtualService")["spec"]["gateways"] == ["edge/public"]
    assert not result.pick("Gateway")


def test_an_entry_has_servers_for_streams(edge: KmopChart) -> None:
    listeners = [
        Listener("shop.acme.io", tls=Tls.secret("shop")),
        StreamListener(5672, routes_from=("shop",)),
        StreamListener(443, protocol="TLS", host="mq.acme.io", routes_from=("shop",)),
    ]
    IstioEntry(edge, "public", listeners=listeners)
    servers = synthesize(edge).one("Gateway")["spec"]["servers"]
    assert [each["hosts"] for each in servers[-2:]] == [["shop/mq.acme.io"], ["shop/*"]]


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
        IstioEntry(edge, "public", listeners=taken)


def test_an_entry_has_no_listener_for_udp(edge: KmopChart) -> None:
    with pytest.raises(UnsupportedError, match="no protocol UDP"):
        IstioEntry(edge, "public", listeners=[StreamListener(53, protocol="UDP")])
