"""What a gateway passes on besides HTTP: what is checked before it is drawn, and who may connect."""

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
    Pods,
    Port,
    ServiceSpec,
    SpecError,
    StatefulService,
    StatefulSpec,
    Tls,
    UnsupportedError,
)
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.components.api_gateway.streams import Stream
from kmop_constructs.exposure import StreamListener, TcpExposure, TlsPassthrough, UdpExposure
from kmop_constructs.providers.envoy_gateway import EnvoyGateway
from kmop_constructs.providers.haproxy import HaproxyGateway
from kmop_constructs.providers.istio import IstioGateway
from kmop_constructs.providers.traefik import TraefikGateway, TraefikGatewayOptions
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize

import pytest
from cdk8s import App

PORTS = (Port.tcp(5672, name="amqp"), Port.tcp(5671, name="amqps", tls=True), Port.udp(5353, name="dns"), Port(80))
AMQP = TcpExposure("amqp", listener=5672)
AMQPS = TlsPassthrough("mq.acme.io", port="amqps")
DNS = UdpExposure("dns", listener=53)
ENVOY = EnvoyGateway
TRAEFIK = partial(TraefikGateway, options=TraefikGatewayOptions(entry_points={"5672/tcp": "amqp", "53/udp": "dns"}))


@pytest.fixture
def chart(app: App) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop")


def mq(
    chart: KmopChart, *streams: Stream, name: str = "mq", gateway: GatewayFactory = ENVOY, **fields: Any
) -> Microservice:
    spec = ServiceSpec(image=Image("acme/mq:1"), port=PORTS, streams=streams, **fields)
    return Microservice(chart, name, spec, platform=Platform(gateway=gateway))


def test_only_the_gateway_reaches_the_port_of_a_stream(chart: KmopChart) -> None:
    service = mq(chart, AMQP, DNS)
    gateway = service.gateways[0].controllers[0]
    assert_reachable(gateway, service, "amqp")
    assert_reachable(gateway, service, "dns")
    assert_blocked(gateway, service, "amqps")
    assert_blocked(Pods.of({"app": "stranger"}, namespace="elsewhere"), service, "amqp")


def test_a_stateful_service_has_streams(chart: KmopChart) -> None:
    spec = StatefulSpec(image=Image("acme/mq:1"), port=PORTS, streams=(AMQP,))
    StatefulService(chart, "mq", spec, platform=Platform(gateway=ENVOY))
    assert synthesize(chart).one("TCPRoute")["metadata"]["name"] == "mq-amqp"


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (TcpExposure("missing", listener=1), "has no port 'missing'"),
        (TcpExposure("dns", listener=1), "the protocol of the port 'dns' is not TCP, got 'UDP'"),
        (UdpExposure("amqp", listener=1), "the protocol of the port 'amqp' is not UDP, got 'TCP'"),
        (TlsPassthrough("a.io", port="amqp"), "TLS leads to a port without TLS, got 'amqp'"),
    ],
)
def test_a_stream_needs_a_port_of_its_protocol(chart: KmopChart, stream: Stream, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        mq(chart, stream)


@pytest.mark.parametrize(
    ("streams", "message"),
    [
        ((AMQP, TcpExposure("amqps", listener=5672)), "two streams from one listener"),
        ((AMQPS, TcpExposure("amqp", listener=443)), "two streams from one listener"),
        ((AMQPS, TlsPassthrough("mq.acme.io", port="amqps")), "the host leads to two ports from the listener 443"),
    ],
)
def test_a_listener_leads_to_one_port_of_a_service(streams: tuple[Stream, ...], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        ServiceSpec(image=Image("acme/mq:1"), port=PORTS, streams=streams)


def test_a_listener_may_have_both_transport_protocols(chart: KmopChart) -> None:
    mq(chart, TcpExposure("amqp", listener=53), DNS)
    assert [each["name"] for each in synthesize(chart).one("Gateway")["spec"]["listeners"]] == ["tcp-53", "udp-53"]


@pytest.mark.parametrize("gateway", [ENVOY, TRAEFIK, IstioGateway])
def test_a_listener_of_two_services_names_both(chart: KmopChart, gateway: GatewayFactory) -> None:
    mq(chart, AMQP, gateway=gateway)
    mq(chart, AMQP, name="other", gateway=gateway)
    with pytest.raises(CheckError, match=r"shop/other.*shares the listener '5672/tcp' with shop/mq"):
        synthesize(chart)


@pytest.mark.parametrize("gateway", [ENVOY, TRAEFIK, IstioGateway])
def test_a_host_of_two_services_names_both(chart: KmopChart, gateway: GatewayFactory) -> None:
    mq(chart, AMQPS, gateway=gateway)
    mq(chart, AMQPS, name="other", gateway=gateway)
    with pytest.raises(CheckError, match=r"shop/other.*'mq\.acme\.io:443' with shop/mq"):
        synthesize(chart)


def test_services_share_the_listener_of_passed_tls(chart: KmopChart) -> None:
    mq(chart, AMQPS)
    mq(chart, TlsPassthrough("other.acme.io", port="amqps"), name="other")
    assert len(synthesize(chart).one("Gateway")["spec"]["listeners"]) == 2


def test_tls_of_a_host_ends_in_one_place(chart: KmopChart) -> None:
    mq(chart, AMQPS)
    mq(chart, name="web", exposure=Exposure(host="mq.acme.io", tls=Tls.secret("a"), paths=("/",)))
    with pytest.raises(CheckError, match=r"'mq\.acme\.io:443'"):
        synthesize(chart)


def test_http_and_tcp_do_not_share_a_listener(chart: KmopChart) -> None:
    mq(chart, TcpExposure("amqp", listener=80), exposure=Exposure(host="mq.acme.io"))
    with pytest.raises(CheckError, match=r"the listener '80/tcp' .* its protocol"):
        synthesize(chart)


def test_a_gateway_of_http_names_those_that_can(chart: KmopChart) -> None:
    with pytest.raises(
        UnsupportedError, match=r"streams: TcpExposure: HaproxyGateway cannot route a TCP port.*Traefik"
    ):
        mq(chart, AMQP, gateway=HaproxyGateway)


def test_a_function_that_draws_no_streams_is_an_error(chart: KmopChart) -> None:
    def ours(*args: Any, **keywords: Any) -> EnvoyGateway:
        return EnvoyGateway(*args, **keywords)

    with pytest.raises(SpecError, match="set the attribute STREAMS"):
        mq(chart, AMQP, gateway=ours)


def test_two_streams_of_a_port_need_two_names(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match="duplicate route name, got 'mq-amqp'"):
        mq(chart, AMQP, TcpExposure("amqp", listener=5673))


def test_two_streams_of_a_port_have_two_names(chart: KmopChart) -> None:
    mq(chart, AMQP, TcpExposure("amqp", listener=5673, name="second"))
    assert [each["metadata"]["name"] for each in synthesize(chart).pick("TCPRoute")] == ["mq-amqp", "second"]


@pytest.mark.parametrize(("protocol", "host"), [("TLS", None), ("TCP", "a.io")])
def test_only_a_listener_of_tls_has_a_host(protocol: Any, host: str | None) -> None:
    with pytest.raises(SpecError, match=r"StreamListener\.host"):
        StreamListener(443, protocol=protocol, host=host)
