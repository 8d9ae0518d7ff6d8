"""Streams by Traefik and NGINX: listeners that the options name."""

from __future__ import annotations

from functools import partial

from kmop_constructs import Image, KmopChart, Microservice, Platform, Port, ServiceSpec, SpecError
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.exposure import TcpExposure, TlsPassthrough
from kmop_constructs.providers.nginx import NginxGateway, NginxGatewayOptions
from kmop_constructs.providers.traefik import TraefikGateway, TraefikGatewayOptions
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid

import pytest

PORT = Port.tcp(5671, name="amqps", tls=True)


def spec(*streams: TcpExposure | TlsPassthrough) -> ServiceSpec:
    return ServiceSpec(image=Image("acme/mq:1"), port=PORT, streams=streams)


@pytest.mark.parametrize(
    ("gateway", "message"),
    [
        (TraefikGateway, "entry_points: no entry point for '5672/tcp', got none"),
        (NginxGateway, "listeners: no listener for '5672/tcp', got none"),
    ],
)
def test_a_listener_needs_its_name(chart: KmopChart, gateway: GatewayFactory, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Microservice(chart, "mq", spec(TcpExposure(listener=5672)), platform=Platform(gateway=gateway))


@pytest.mark.parametrize("key", ["5672", "5672/sctp", "0/tcp", "amqp/tcp"])
def test_a_listener_is_a_port_and_a_protocol(key: str) -> None:
    with pytest.raises(SpecError, match="not a port and a protocol"):
        TraefikGatewayOptions(entry_points={key: "amqp"})
    with pytest.raises(SpecError, match="not a port and a protocol"):
        NginxGatewayOptions(listeners={key: "amqp"})


def test_the_class_is_on_the_route_of_a_stream(chart: KmopChart) -> None:
    options = TraefikGatewayOptions(ingress_class="internal", entry_points={"5672/tcp": "amqp"})
    platform = Platform(gateway=partial(TraefikGateway, options=options))
    Microservice(chart, "mq", spec(TcpExposure(listener=5672)), platform=platform)
    assert synthesize(chart).one("IngressRouteTCP")["spec"]["ingressClassName"] == "internal"


def test_nginx_draws_one_server_for_each_host(chart: KmopChart) -> None:
    platform = Platform(gateway=partial(NginxGateway, options=NginxGatewayOptions(tls_passthrough=True)))
    stream = TlsPassthrough("mq.acme.io", aliases=("amqp.acme.io",))
    Microservice(chart, "mq", spec(stream), platform=platform)
    result = synthesize(chart)
    hosts = [each["spec"]["host"] for each in result.pick("TransportServer")]
    assert sorted(hosts) == ["amqp.acme.io", "mq.acme.io"]
    assert_valid(result.objects, "1.30")
