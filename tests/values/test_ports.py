"""Ports of containers and Services."""

from __future__ import annotations

from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.ports import Port, unserved

import pytest
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(-5, 70_000))
def test_a_port_is_taken_from_1_to_65535(number: int) -> None:
    if 1 <= number <= 65535:
        assert Port(number).number == Port(80, service_port=number).offered == number
        assert Port(80, node_port=number).node_port == number
    else:
        for make in (lambda: Port(number), lambda: Port(80, service_port=number), lambda: Port(80, node_port=number)):
            with pytest.raises(SpecError, match=rf"^Port.*: not a whole number from 1 to 65535, got {number};"):
                make()


@pytest.mark.parametrize("number", ["80", 80.0, True, None])
def test_a_port_that_is_no_whole_number_is_refused(number: object) -> None:
    with pytest.raises(SpecError, match="not a whole number"):
        Port(cast(Any, number))


@pytest.mark.parametrize("name", ["80", "a_b", "averyveryverylong", "a--b", "-a", "HTTP", ""])
def test_a_port_name_that_the_api_server_refuses_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match=r"^Port.name: not a port name, got "):
        Port(80, name=name)


def test_a_transport_in_lower_case_is_refused() -> None:
    with pytest.raises(SpecError, match="Port.protocol: .*, got 'tcp'; use 'TCP' or 'UDP' or 'SCTP'"):
        Port(80, protocol=cast(Any, "tcp"))
    with pytest.raises(SpecError, match="Port.speaks: .*, got 'HTTP'; use 'http' or 'grpc' or 'tcp'"):
        Port(80, speaks=cast(Any, "HTTP"))


def test_the_service_port_is_the_container_port_by_default() -> None:
    assert Port(8080).offered == 8080
    assert Port(8080, service_port=80).offered == 80


def test_http_over_udp_is_refused() -> None:
    assert Port(53, protocol="UDP") == Port.udp(53)
    assert Port.udp(53).speaks == "tcp"
    assert (Port.grpc(1).speaks, Port.tcp(1).speaks, Port(1).speaks) == ("grpc", "tcp", "http")


@pytest.mark.parametrize("said", [{"service_port": 80}, {"node_port": 30080}, {"app_protocol": "h2c"}])
def test_an_unexposed_port_refuses_settings_of_a_service(said: dict[str, Any]) -> None:
    ((name, value),) = said.items()
    what = rf"set on a port that no Service offers \(exposed=False\), got {value!r}"
    with pytest.raises(SpecError, match=f"^Port.{name}: {what}; remove it, or remove exposed=False"):
        Port(8080, exposed=False, **said)
    assert Port(8080, exposed=False, name="admin").offered == 8080


@pytest.mark.parametrize(
    ("port", "what"),
    [
        (Port(80, node_port=30080), "port 80 sets node_port, but no Service offers the port, got 30080"),
        (Port(80, service_port=81), "port 80 sets service_port, but no Service offers the port, got 81"),
        (Port(80, app_protocol="h2c"), "port 80 sets app_protocol, but no Service offers the port, got 'h2c'"),
        (Port(80, exposed=False), "port 80 sets exposed, but no Service offers the port, got False"),
    ],
)
def test_a_port_without_a_service_refuses_settings_of_one(port: Port, what: str) -> None:
    with pytest.raises(SpecError, match=f"^field: {what}; remove it"):
        unserved("field", (port,))
    assert unserved("field", [Port(80)]) == (Port(80),)
