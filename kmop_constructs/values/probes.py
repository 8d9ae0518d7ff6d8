"""Health: which checks decide that a container has started, is ready, and must be restarted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import frozen, made_by, mapping, one_of, port_name, text, texts, url_path
from kmop_constructs.values.quantity import seconds, whole

__all__ = ["NO_PROBE", "Exec", "GrpcCheck", "Health", "HttpGet", "NoProbe", "Probe", "ProbeTiming", "TcpSocket"]

Scheme: TypeAlias = Literal["HTTP", "HTTPS"]

_STARTUP_BUDGET = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeTiming:
    """How often a check runs and how often it may fail."""

    period: timedelta = timedelta(seconds=10)
    """Time between two checks. Default: 10 seconds."""

    timeout: timedelta = timedelta(seconds=3)
    """A check that takes longer has failed. Default: 3 seconds."""

    failures: int | None = None
    """Failures in a row before it counts. Default: 3; for a start-up check, as many as its budget allows."""

    initial_delay: timedelta = timedelta(0)
    """Time before the first check. Default: none; the start-up check holds back the others."""

    def __post_init__(self) -> None:
        period = seconds("ProbeTiming.period", self.period)
        if seconds("ProbeTiming.timeout", self.timeout) > period:
            raise bad("ProbeTiming.timeout", f"longer than the period of {period} s", str(self.timeout), "shorten it")
        seconds("ProbeTiming.initial_delay", self.initial_delay, lowest=0)
        if self.failures is not None:
            whole("ProbeTiming.failures", self.failures, lowest=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpGet:
    """Healthy while a GET answers with a status from 200 to 399."""

    path: str = field(kw_only=False)
    """The path, with a query if need be, such as ``/healthz``."""

    port: int | str | None = None
    """Container port by number or name. Default: the service's main port."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Request headers. Default: none."""

    scheme: Scheme = "HTTP"
    """HTTPS does not check the certificate. Default: HTTP."""

    timing: ProbeTiming | None = None
    """Default: see `ProbeTiming`."""

    every: int | timedelta | None = None
    """Time between two checks, in seconds or as a `timedelta`: short for ``timing=ProbeTiming(period=…)``. Default: 10 seconds."""

    def __post_init__(self) -> None:
        url_path("HttpGet.path", self.path)
        _timing(self)
        _port("HttpGet.port", self.port)
        texts("HttpGet.headers", list(mapping("HttpGet.headers", self.headers)))
        texts("HttpGet.headers", self.headers.values())
        object.__setattr__(self, "headers", frozen(self.headers))
        one_of("HttpGet.scheme", self.scheme, Scheme)


@dataclass(frozen=True, kw_only=True, slots=True)
class TcpSocket:
    """Healthy while the port accepts connections."""

    port: int | str | None = None
    """Container port by number or name. Default: the service's main port."""

    timing: ProbeTiming | None = None
    """Default: see `ProbeTiming`."""

    every: int | timedelta | None = None
    """Time between two checks, in seconds or as a `timedelta`: short for ``timing=ProbeTiming(period=…)``. Default: 10 seconds."""

    def __post_init__(self) -> None:
        _port("TcpSocket.port", self.port)
        _timing(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class GrpcCheck:
    """Healthy while the gRPC health service answers SERVING.

    The protocol: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
    """

    service: str | None = field(default=None, kw_only=False)
    """The name sent in the request. Default: none, which asks for the server as a whole."""

    port: int | None = None
    """Container port; Kubernetes takes no name here. Default: the service's main port."""

    timing: ProbeTiming | None = None
    """Default: see `ProbeTiming`."""

    every: int | timedelta | None = None
    """Time between two checks, in seconds or as a `timedelta`: short for ``timing=ProbeTiming(period=…)``. Default: 10 seconds."""

    def __post_init__(self) -> None:
        if self.service is not None:
            text("GrpcCheck.service", self.service)
        _timing(self)
        if self.port is not None:
            whole("GrpcCheck.port", self.port, lowest=1, highest=65535)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exec:
    """Healthy while a command in the container exits with 0. The costliest kind: a new process each time."""

    command: tuple[str, ...] = field(kw_only=False)
    """The command and its arguments; no shell is involved."""

    timing: ProbeTiming | None = None
    """Default: see `ProbeTiming`."""

    every: int | timedelta | None = None
    """Time between two checks, in seconds or as a `timedelta`: short for ``timing=ProbeTiming(period=…)``. Default: 10 seconds."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "command", texts("Exec.command", self.command))
        _timing(self)
        if not self.command:
            raise bad("Exec.command", "no command", self.command, "name the program to run")


@dataclass(frozen=True, slots=True)
class NoProbe:
    """The type of `NO_PROBE`."""


NO_PROBE = NoProbe()
"""No check of this sort, written on purpose."""

Probe: TypeAlias = HttpGet | TcpSocket | GrpcCheck | Exec


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """The three checks of a container. ``health="/healthz"`` is short for ``Health(path="/healthz")``."""

    path: str | None = None
    """An HTTP path for readiness and start-up. Liveness does not use it: it only looks whether the port accepts
    connections, so that a failing database does not restart every pod. Default: TCP checks, or gRPC health checks
    (all three of the server as a whole) where the port speaks gRPC."""

    liveness_path: str | None = None
    """A path that says whether this process, alone, must be restarted. Default: a TCP check."""

    grpc_liveness: str | None = None
    """The gRPC health service that says whether this process must be restarted, such as ``liveness``.
    Default: the server as a whole."""

    readiness: Probe | NoProbe | None = None
    """The readiness check in full. Default: made from `path`."""

    liveness: Probe | NoProbe | None = None
    """The liveness check in full. Default: made from `liveness_path` or `grpc_liveness`, else TCP, or for a gRPC port
    the gRPC health check of the server as a whole: name a service with `grpc_liveness` where that one fails with a
    database."""

    startup: Probe | NoProbe | None = None
    """The start-up check in full; the others wait for it. Default: the readiness check, every 5 seconds."""

    startup_budget: timedelta = _STARTUP_BUDGET
    """How long the container may take to start before it is restarted. It sets how often the start-up check may fail, so
    a `startup` check that says that itself refuses it. Default: 5 minutes."""

    def __post_init__(self) -> None:
        for name in ("readiness", "liveness", "startup"):
            made_by(f"Health.{name}", getattr(self, name), HttpGet, TcpSocket, GrpcCheck, Exec, NoProbe, type(None))
        for name in ("path", "liveness_path"):
            if getattr(self, name) is not None:
                url_path(f"Health.{name}", getattr(self, name))
        if self.grpc_liveness is not None:
            text("Health.grpc_liveness", self.grpc_liveness)
        seconds("Health.startup_budget", self.startup_budget, lowest=5)
        self._check_budget()
        for short, full in (("path", "readiness"), ("liveness_path", "liveness"), ("grpc_liveness", "liveness")):
            if getattr(self, short) is not None and getattr(self, full) is not None:
                raise SpecError(f"Health.{full}: given in full and as {short}; keep one of them")
        if self.liveness_path is not None and self.grpc_liveness is not None:
            raise SpecError("Health.liveness_path: given together with grpc_liveness; keep one of them")

    def _check_budget(self) -> None:
        """A budget beside what says the same, or beside no check at all, would change nothing."""
        if self.startup_budget == _STARTUP_BUDGET or self.startup is None:
            return
        if isinstance(self.startup, NoProbe):
            raise SpecError("Health.startup_budget: given with startup=NO_PROBE, which has none; keep one of them")
        failures = self.startup.timing.failures if self.startup.timing is not None else None
        if failures is not None:
            what = "given beside a startup check that says how often it may fail"
            raise bad("Health.startup_budget", what, str(self.startup_budget), "keep one of them")


def _timing(check: Probe) -> None:
    """Check the timing, and set it where the short form gives it."""
    name = type(check).__name__
    made_by(f"{name}.timing", check.timing, ProbeTiming, type(None))
    if check.every is None:
        return
    if isinstance(check.every, timedelta):
        period = timedelta(seconds=seconds(f"{name}.every", check.every))
    else:
        period = timedelta(seconds=whole(f"{name}.every", check.every, lowest=1))
    timing = ProbeTiming(period=period, timeout=min(period, ProbeTiming().timeout))
    if check.timing not in (None, timing):
        raise SpecError(f"{name}.every: given beside timing; keep one of them")
    object.__setattr__(check, "timing", timing)


def _port(where: str, value: int | str | None) -> None:
    if isinstance(value, str):
        port_name(where, value)
    elif value is not None:
        whole(where, value, lowest=1, highest=65535)
