"""Probes: a failing dependency must not restart the fleet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kmop_constructs import NO_PROBE, Exec, GrpcCheck, Health, HttpGet, Port, ProbeTiming, SpecError, TcpSocket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Draw = Callable[..., dict[str, Any]]

TIMING = {"periodSeconds": 10, "timeoutSeconds": 3, "failureThreshold": 3}
STARTUP = {"periodSeconds": 5, "timeoutSeconds": 3, "failureThreshold": 60}
HTTP = {"httpGet": {"path": "/healthz", "port": "http"}}
TCP = {"tcpSocket": {"port": "http"}}
LIVE = {**TIMING, "terminationGracePeriodSeconds": 20}
"""Ten seconds more than the pause: a container that hangs is not waited for."""


def probes(container: dict[str, Any]) -> list[Any]:
    return [container.get(f"{each}Probe") for each in ("startup", "readiness", "liveness")]


def test_the_health_path_is_not_for_liveness(container: Draw) -> None:
    assert probes(container(health="/healthz")) == [{**HTTP, **STARTUP}, {**HTTP, **TIMING}, {**TCP, **LIVE}]


def test_without_a_path_all_are_tcp(container: Draw) -> None:
    assert probes(container()) == [{**TCP, **STARTUP}, {**TCP, **TIMING}, {**TCP, **LIVE}]


def test_without_a_path_all_probes_of_a_grpc_port_are_grpc(container: Draw) -> None:
    grpc = {"grpc": {"port": 9090}}
    drawn = probes(container(port=Port.grpc(9090)))
    assert drawn == [{**grpc, **STARTUP}, {**grpc, **TIMING}, {**grpc, **LIVE}]


def test_a_named_grpc_service_decides_on_restarts_alone(container: Draw) -> None:
    startup, readiness, liveness = probes(container(port=Port.grpc(9090), health=Health(grpc_liveness="liveness")))
    assert liveness["grpc"] == {"port": 9090, "service": "liveness"}
    assert startup["grpc"] == readiness["grpc"] == {"port": 9090}


def test_a_liveness_path_is_used_for_liveness_alone(container: Draw) -> None:
    startup, readiness, liveness = probes(container(health=Health(path="/ready", liveness_path="/live")))
    assert [each["httpGet"]["path"] for each in (startup, readiness, liveness)] == ["/ready", "/ready", "/live"]


@pytest.mark.parametrize("port", [None, Port.udp(53)])
def test_what_has_no_tcp_port_has_no_probe_by_default(container: Draw, port: Port | None) -> None:
    assert probes(container(port=port)) == [None, None, None]


def test_a_worker_may_be_checked_by_a_command(container: Draw) -> None:
    drawn = probes(container(port=None, health=Health(readiness=Exec(("check", "ready")))))
    assert drawn[:2] == [{"exec": {"command": ["check", "ready"]}, **each} for each in (STARTUP, TIMING)]
    assert drawn[2] is None


def test_a_check_needs_a_port_that_exists(container: Draw) -> None:
    with pytest.raises(
        SpecError, match="^shop/web: the startup check has no port, and the container has none|readiness"
    ):
        container(port=None, health="/healthz")
    with pytest.raises(SpecError, match=r"^shop/web: health.\w+.port: not the name of a port, got 'admin'; use one of"):
        container(health=Health(readiness=TcpSocket(port="admin")))


def test_a_check_may_have_a_port_of_its_own(container: Draw) -> None:
    health = Health(readiness=HttpGet("/ready", port="admin", headers={"X-Probe": "1"}, scheme="HTTPS"),
                    liveness=GrpcCheck(port=9999))  # fmt: skip
    _, readiness, liveness = probes(container(health=health, port=(8080, Port(9000, name="admin", exposed=False))))
    assert readiness["httpGet"] == {
        "path": "/ready",
        "port": "admin",
        "scheme": "HTTPS",
        "httpHeaders": [{"name": "X-Probe", "value": "1"}],
    }
    assert liveness["grpc"] == {"port": 9999}


def test_a_check_can_be_left_out_by_name(container: Draw) -> None:
    assert probes(container(health=Health(liveness=NO_PROBE)))[2] is None
    assert probes(container(health=Health(readiness=NO_PROBE)))[:2] == [None, None]
    assert probes(container(health=Health(startup=NO_PROBE)))[0] is None


def test_a_timing_is_written_in_seconds(container: Draw) -> None:
    timing = ProbeTiming(
        period=timedelta(minutes=1), timeout=timedelta(seconds=7), failures=2, initial_delay=timedelta(seconds=5)
    )
    startup, readiness, _ = probes(container(health=Health(readiness=HttpGet("/", timing=timing))))
    assert readiness == {
        "httpGet": {"path": "/", "port": "http"},
        "initialDelaySeconds": 5,
        "periodSeconds": 60,
        "timeoutSeconds": 7,
        "failureThreshold": 2,
    }
    assert (startup["periodSeconds"], startup["timeoutSeconds"], startup["failureThreshold"]) == (5, 5, 60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(5, 3600), st.integers(3, 100))
def test_a_container_may_take_its_whole_budget_to_start(container: Draw, budget: int, period: int) -> None:
    said = timedelta(seconds=budget)
    by_default, *_ = probes(container(health=Health(startup_budget=said)))
    slow = TcpSocket(timing=ProbeTiming(period=timedelta(seconds=period)))
    in_full, *_ = probes(container(health=Health(startup=slow, startup_budget=said)))
    for probe in (by_default, in_full):
        lasts = probe["periodSeconds"] * probe["failureThreshold"]
        assert budget <= lasts < budget + probe["periodSeconds"]


@pytest.mark.parametrize("failures", [1, 3, 30])
def test_a_startup_check_keeps_its_own_failure_threshold(container: Draw, failures: int) -> None:
    startup = TcpSocket(timing=ProbeTiming(failures=failures))
    assert probes(container(health=Health(startup=startup)))[0]["failureThreshold"] == failures
