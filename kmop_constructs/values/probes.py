"""Health checks (probes): start-up, readiness and liveness of a container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import frozen, made_by, mapping, one_of, port_name, text, texts, url_path
from kmop_constructs.values.quantity import seconds, whole

__all__ = ["NO_PROBE", "Exec", "GrpcCheck", "Health", "HttpGet", "NoProbe", "Probe", "ProbeTiming", "TcpSocket"]

Scheme: TypeAlias = Literal["HTTP", "HTTPS"]

_STARTUP_BUDGET = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeTiming:
    """Timing of a check: how often it runs, and how many failures in a row it may have."""

    period: timedelta = timedelta(seconds=10)
    """Time between two checks, in whole seconds. Default: 10 seconds."""

    timeout: timedelta = timedelta(seconds=3)
    """Time after which a check without an answer has failed, in whole seconds. The next check waits until this check has
    ended, so checks with a timeout above `period` never overlap
    (https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/prober/worker.go).
    Default: 3 seconds."""

    failures: int | None = None
    """Number of failures in a row before the check counts as failed, from 1. Default: 3; for a start-up check, as many
    as fit into `Health.startup_budget`."""

    initial_delay: timedelta = timedelta(0)
    """Time before the first check, in whole seconds. Default: 0; other checks wait for the start-up check anyway."""

    def __post_init__(self) -> None:
        seconds("ProbeTiming.period", self.period)
        seconds("ProbeTiming.timeout", self.timeout)
        seconds("ProbeTiming.initial_delay", self.initial_delay, lowest=0)
        if self.failures is not None:
            whole("ProbeTiming.failures", self.failures, lowest=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpGet:
    """Check by an HTTP GET request: healthy if the status is from 200 to 399."""

    path: str = field(kw_only=False)
    """URL path, optionally with a query, such as ``/healthz``."""

    port: int | str | None = None
    """Container port by number or name. Default: the service's main port."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Request headers. Default: none."""

    scheme: Scheme | None = None
    """Scheme of the request, ``HTTP`` or ``HTTPS``. HTTPS does not verify the certificate. Default: ``HTTPS`` for a port
    with TLS (`Port.tls`), else ``HTTP``."""

    timing: ProbeTiming | None = None
    """Period, timeout and failures of this check. Default: the defaults of `ProbeTiming`: every 10 seconds, timeout 3
    seconds, 3 failures."""

    every: int | timedelta | None = None
    """Time between two checks, in seconds or as a `timedelta`: short for ``timing=ProbeTiming(period=…)``. Default: 10 seconds."""

    def __post_init__(self) -> None:
        url_path("HttpGet.path", self.path)
        _timing(self)
        _port("HttpGet.port", self.port)
        texts("HttpGet.headers", list(mapping("HttpGet.headers", self.headers)))
        texts("HttpGet.headers", self.headers.values())
        object.__setattr__(self, "headers", frozen(self.headers))
        if self.scheme is not None:
            one_of("HttpGet.scheme", self.scheme, Scheme)


@dataclass(frozen=True, kw_only=True, slots=True)
class TcpSocket:
    """Check by a TCP connection: healthy if the port accepts it."""

    port: int | str | None = None
    """Container port by number or name. Default: the service's main port."""

    timing: ProbeTiming | None = None
    """Period, timeout and failures of this check. Default: the defaults of `ProbeTiming`: every 10 seconds, timeout 3
    seconds, 3 failures."""

    every: int | timedelta | None = None
    """Time between two checks, in seconds or as a `timedelta`: short for ``timing=ProbeTiming(period=…)``. Default: 10 seconds."""

    def __post_init__(self) -> None:
        _port("TcpSocket.port", self.port)
        _timing(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class GrpcCheck:
    """Check by the gRPC health protocol: healthy if the answer is SERVING.

    The protocol: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
    """

    service: str | None = field(default=None, kw_only=False)
    """Service name sent in the request. Default: none, which checks the server as a whole."""

    port: int | None = None
    """Container port by number; Kubernetes accepts no port name here. Default: the service's main port."""

    timing: ProbeTiming | None = None
    """Period, timeout and failures of this check. Default: the defaults of `ProbeTiming`: every 10 seconds, timeout 3
    seconds, 3 failures."""

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
    """Check by a command in the container: healthy if it exits with 0. The most costly check: each run starts a process."""

    command: tuple[str, ...] = field(kw_only=False)
    """Command and arguments. They run without a shell."""

    timing: ProbeTiming | None = None
    """Period, timeout and failures of this check. Default: the defaults of `ProbeTiming`: every 10 seconds, timeout 3
    seconds, 3 failures."""

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
"""No check, as an explicit choice: turns off one check of `Health`, as in ``Health(liveness=NO_PROBE)``."""

Probe: TypeAlias = HttpGet | TcpSocket | GrpcCheck | Exec


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """The three health checks of a container. ``health="/healthz"`` is short for ``Health(path="/healthz")``."""

    path: str | None = None
    """HTTP path of the readiness and start-up checks. Liveness does not use it: it only checks that the port accepts
    connections, so that a failing database does not restart every pod. Default: none; all three checks use TCP, or the
    gRPC health protocol (for the server as a whole) if the port speaks gRPC."""

    liveness_path: str | None = None
    """HTTP path that reports whether this process must be restarted. Default: none; liveness is a TCP check."""

    grpc_liveness: str | None = None
    """Name of the gRPC health service that reports whether this process must be restarted, such as ``liveness``.
    Default: none, which checks the server as a whole."""

    readiness: Probe | NoProbe | None = None
    """Readiness check with all its settings. Default: follows from `path`."""

    liveness: Probe | NoProbe | None = None
    """Liveness check with all its settings. Default: follows from `liveness_path` or `grpc_liveness`; else a TCP check,
    or for a gRPC port the gRPC health check of the server as a whole. If the server's health depends on a database, set
    `grpc_liveness`, so that a failing database does not restart the pods."""

    startup: Probe | NoProbe | None = None
    """Start-up check with all its settings; the other checks wait for it. Default: the readiness check, every 5
    seconds. If readiness waits for other systems, a pod that starts during their outage is restarted after
    `startup_budget`; then use the path of liveness here, ``HttpGet("/live", every=5)``."""

    startup_budget: timedelta = _STARTUP_BUDGET
    """Time for the container to start before it is restarted, in whole seconds, at least 5. It sets the number of
    failures of the start-up check, so it cannot be combined with a `startup` check that sets `failures`. Default: 5
    minutes."""

    liveness_grace_period: timedelta | None = None
    """Time for a container to end after its liveness check failed, including the pause of `Shutdown`, in whole seconds
    from 1. A container that hangs ignores the signal and is only replaced after this time. Default: the pause and 10
    seconds; the whole `Shutdown.grace_period` if that is shorter, if the pod has a claim (a store may have data to write)
    or if ``hooks.pre_stop`` is set."""

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
        if self.liveness_grace_period is not None:
            seconds("Health.liveness_grace_period", self.liveness_grace_period)
            if isinstance(self.liveness, NoProbe):
                raise SpecError("Health.liveness_grace_period: has no effect with liveness=NO_PROBE; keep one of them")
        for short, full in (("path", "readiness"), ("liveness_path", "liveness"), ("grpc_liveness", "liveness")):
            if getattr(self, short) is not None and getattr(self, full) is not None:
                raise SpecError(f"Health.{full}: set together with {short}; keep one of them")
        if self.liveness_path is not None and self.grpc_liveness is not None:
            raise SpecError("Health.liveness_path: set together with grpc_liveness; keep one of them")

    def _check_budget(self) -> None:
        """Refuse a start-up budget that would have no effect."""
        if self.startup_budget == _STARTUP_BUDGET or self.startup is None:
            return
        if isinstance(self.startup, NoProbe):
            raise SpecError("Health.startup_budget: has no effect with startup=NO_PROBE; keep one of them")
        failures = self.startup.timing.failures if self.startup.timing is not None else None
        if failures is not None:
            what = "set together with the failures of the startup check"
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
