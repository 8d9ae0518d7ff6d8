"""Health checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.probes import NO_PROBE, Exec, GrpcCheck, Health, HttpGet, ProbeTiming, TcpSocket

import pytest


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: HttpGet("healthz"), "HttpGet.path"),
        (lambda: Health(path="healthz"), "Health.path"),
        (lambda: Health(liveness_path="healthz"), "Health.liveness_path"),
    ],
)
def test_a_path_without_a_slash_is_refused_with_a_suggestion(make: Callable[[], object], field: str) -> None:
    with pytest.raises(SpecError, match=f"^{field}: a path without a leading slash, got 'healthz'; write '/healthz'"):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: HttpGet("/", port=0),
        lambda: HttpGet("/", port=70_000),
        lambda: HttpGet("/", port="HTTP"),
        lambda: TcpSocket(port=-1),
        lambda: TcpSocket(port="a_b"),
        lambda: GrpcCheck(port=65536),
        lambda: GrpcCheck(port=cast(Any, "grpc")),
    ],
)
def test_a_check_on_a_port_that_cannot_exist_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match=r"^(HttpGet|TcpSocket|GrpcCheck).port: not a "):
        make()


def test_a_check_in_words_that_kubernetes_does_not_know_is_refused() -> None:
    with pytest.raises(SpecError, match="HttpGet.scheme: .*, got 'https'; use 'HTTP' or 'HTTPS'"):
        HttpGet("/", scheme=cast(Any, "https"))
    with pytest.raises(SpecError, match="HttpGet.headers: not text, got 1; write '1'"):
        HttpGet("/", headers=cast(Any, {"X-Probe": 1}))


def test_a_command_is_a_list_of_words() -> None:
    assert Exec(cast(Any, ["ls", "/"])).command == ("ls", "/")
    with pytest.raises(
        SpecError, match=r"Exec.command: a single value instead of a list, got 'ls /'; write \['ls', '/'\]"
    ):
        Exec(cast(Any, "ls /"))
    with pytest.raises(SpecError, match="Exec.command: no command"):
        Exec(())


@pytest.mark.parametrize(
    "make",
    [
        lambda: ProbeTiming(period=timedelta(0)),
        lambda: ProbeTiming(period=timedelta(milliseconds=500)),
        lambda: ProbeTiming(timeout=timedelta(0)),
        lambda: ProbeTiming(failures=0),
        lambda: ProbeTiming(initial_delay=timedelta(seconds=-1)),
        lambda: ProbeTiming(period=cast(Any, 10)),
    ],
)
def test_a_timing_that_no_kubelet_can_keep_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match=r"^ProbeTiming.\w+: .*, got .*; "):
        make()


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ({"path": "/a"}, "readiness"),
        ({"liveness_path": "/a"}, "liveness"),
        ({"grpc_liveness": "live"}, "liveness"),
    ],
)
def test_one_check_in_two_forms_is_refused(short: dict[str, str], full: str) -> None:
    with pytest.raises(SpecError, match=f"^Health.{full}: set together with {next(iter(short))}; keep one of them"):
        Health(**cast(Any, {**short, full: NO_PROBE}))


def test_one_liveness_check_is_enough() -> None:
    with pytest.raises(SpecError, match="set together with grpc_liveness"):
        Health(liveness_path="/a", grpc_liveness="live")


@pytest.mark.parametrize("field", ["readiness", "liveness", "startup"])
def test_a_path_is_no_check_in_full(field: str) -> None:
    with pytest.raises(SpecError, match=rf"^Health.{field}: .*, got '/healthz'; write HttpGet\(…\) or TcpSocket\(…\)"):
        Health(**{field: cast(Any, "/healthz")})


def test_a_start_up_budget_beside_a_failure_count_is_refused() -> None:
    counted = TcpSocket(timing=ProbeTiming(failures=3))
    with pytest.raises(SpecError, match="^Health.startup_budget: set together with the failures of the startup check"):
        Health(startup=counted, startup_budget=timedelta(minutes=1))
    with pytest.raises(SpecError, match="^Health.startup_budget: has no effect with startup=NO_PROBE"):
        Health(startup=NO_PROBE, startup_budget=timedelta(minutes=1))
    assert Health(startup=counted).startup == counted
    assert Health(startup=TcpSocket(), startup_budget=timedelta(minutes=1)).startup == TcpSocket()


@pytest.mark.parametrize("every", [5, timedelta(seconds=5)])
def test_a_period_has_a_short_form(every: int | timedelta) -> None:
    timing = ProbeTiming(period=timedelta(seconds=5))
    for check in (
        HttpGet("/x", every=every),
        TcpSocket(every=every),
        GrpcCheck(every=every),
        Exec(("ls",), every=every),
    ):
        assert check.timing == timing
        assert replace(check) == check


def test_a_short_period_shortens_the_timeout() -> None:
    assert HttpGet("/x", every=2).timing == ProbeTiming(period=timedelta(seconds=2), timeout=timedelta(seconds=2))


def test_a_period_beside_a_timing_is_refused() -> None:
    with pytest.raises(SpecError, match=r"HttpGet.every: given beside timing; keep one of them"):
        HttpGet("/x", every=5, timing=ProbeTiming())
