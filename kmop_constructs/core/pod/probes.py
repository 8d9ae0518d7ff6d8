"""Probes of a container, from one health path or from complete checks."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.probes import Exec, GrpcCheck, Health, HttpGet, NoProbe, ProbeTiming, TcpSocket
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.core.subject import NamedPort, ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.probes import Probe

__all__ = ["add_probes", "http_scheme"]

STARTUP_PERIOD_SECONDS = 5
"""Period of the start-up check, in seconds. It is short, because a late result delays every rollout."""


FAILURES = 3
"""Number of failures in a row before a check counts as failed, the default of Kubernetes."""


def add_probes(
    container: k8s.Container, facts: ServiceFacts, health: Health | None, *, liveness_grace: int | None = None
) -> None:
    """Add the three probes to a container. With `liveness_grace`, a failed liveness check has its own grace period."""
    checks = health or Health()
    port = facts.ports[0] if facts.ports else None
    readiness = _chosen(checks.readiness, _short_readiness(checks, port))
    liveness = _chosen(checks.liveness, _short_liveness(checks, port))
    startup = _chosen(checks.startup, _startup(readiness))
    if startup is not None:
        container["startupProbe"] = _drawn(facts, "startup", startup, _startup_failures(checks, startup))
    if liveness is not None:
        container["livenessProbe"] = _drawn(facts, "liveness", liveness)
        if liveness_grace is not None:
            container["livenessProbe"]["terminationGracePeriodSeconds"] = liveness_grace
    if readiness is not None:
        container["readinessProbe"] = _drawn(facts, "readiness", readiness)


def _chosen(full: Probe | NoProbe | None, short: Probe | None) -> Probe | None:
    if isinstance(full, NoProbe):
        return None
    return short if full is None else full


def _short_readiness(health: Health, port: NamedPort | None) -> Probe | None:
    return HttpGet(health.path) if health.path is not None else _default(port)


def _short_liveness(health: Health, port: NamedPort | None) -> Probe | None:
    if health.liveness_path is not None:
        return HttpGet(health.liveness_path)
    if health.grpc_liveness is not None:
        return GrpcCheck(health.grpc_liveness)
    return _default(port)


def _default(port: NamedPort | None) -> Probe | None:
    if port is None or port.spec.protocol != "TCP":
        return None
    return GrpcCheck() if port.spec.speaks == "grpc" and not port.spec.tls else TcpSocket()


def _startup(readiness: Probe | None) -> Probe | None:
    if readiness is None:
        return None
    before = readiness.timing or ProbeTiming()
    period = before.period.__class__(seconds=STARTUP_PERIOD_SECONDS)
    return replace(readiness, timing=ProbeTiming(period=period, timeout=min(before.timeout, period)), every=None)


def _startup_failures(health: Health, startup: Probe) -> int:
    timing = startup.timing or ProbeTiming()
    return timing.failures or math.ceil(health.startup_budget / timing.period)


def _drawn(facts: ServiceFacts, sort: str, check: Probe, failures: int | None = None) -> k8s.Probe:
    timing = check.timing or ProbeTiming()
    probe: k8s.Probe = {}
    match check:
        case HttpGet():
            port = _port(facts, sort, check.port, http=True)
            probe["httpGet"] = {"path": check.path, "port": port}
            scheme = http_scheme(facts, f"health.{sort}", check, port)
            if scheme != "HTTP":
                probe["httpGet"]["scheme"] = scheme
            if check.headers:
                probe["httpGet"]["httpHeaders"] = [{"name": k, "value": v} for k, v in check.headers.items()]
        case TcpSocket():
            probe["tcpSocket"] = {"port": _port(facts, sort, check.port)}
        case GrpcCheck():
            number = check.port if check.port is not None else _main(facts, sort).number
            _check_plain(facts, sort, number)
            probe["grpc"] = {"port": number}
            if check.service is not None:
                probe["grpc"]["service"] = check.service
        case Exec():
            probe["exec"] = {"command": list(check.command)}
    delay = seconds("initial_delay", timing.initial_delay, lowest=0)
    if delay:
        probe["initialDelaySeconds"] = delay
    probe["periodSeconds"] = seconds("period", timing.period)
    probe["timeoutSeconds"] = seconds("timeout", timing.timeout)
    probe["failureThreshold"] = failures or timing.failures or FAILURES
    return probe


def http_scheme(facts: ServiceFacts, where: str, check: HttpGet, port: int | str | None) -> str:
    """Return the scheme of a request of the kubelet: as written, else that of the port.

    Raises `SpecError` for a request that a port with TLS would refuse.
    """
    found = next((each for each in facts.ports if port in (each.name, each.number)), None)
    if found is None or not found.spec.tls:
        return check.scheme or "HTTP"
    if found.spec.client_certificates:
        what = f"an HTTP check of the port {found.name!r}, which requires a certificate that the kubelet does not have"
        hint = "leave it out for a check over TCP, or name another port: HttpGet(…, port=…)"
        raise bad(f"{facts.path}: {where}", what, check.path, hint)
    if check.scheme == "HTTP":
        what = f"a check over plain HTTP of the port {found.name!r}, which speaks TLS"
        raise bad(f"{facts.path}: {where}.scheme", what, check.scheme, "leave scheme out")
    return "HTTPS"


def _check_plain(facts: ServiceFacts, sort: str, number: int) -> None:
    """Refuse a gRPC check of a port with TLS: that probe speaks plain text.

    (https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-a-grpc-liveness-probe)
    """
    if any(each.number == number and each.spec.tls for each in facts.ports):
        what = "a gRPC check of a port with TLS, but the kubelet's gRPC check has no TLS"
        hint = "leave it out for a check over TCP, or name a port without TLS: GrpcCheck(port=…)"
        raise bad(f"{facts.path}: health.{sort}", what, number, hint)


def _main(facts: ServiceFacts, sort: str) -> NamedPort:
    if not facts.ports:
        raise SpecError(
            f"{facts.path}: the {sort} check has no port, and the container has none; set the port of the check"
        )
    return facts.ports[0]


def _port(facts: ServiceFacts, sort: str, port: int | str | None, *, http: bool = False) -> int | str:
    """The port of a check over TCP, which is no UDP port; for HTTP, a gRPC port only where the check names it."""
    names = [each.name for each in facts.ports]
    found = _main(facts, sort) if port is None else next((each for each in facts.ports if port == each.name), None)
    if found is not None and found.spec.protocol != "TCP":
        where = f"{facts.path}: health.{sort}.port"
        raise bad(
            where, f"a check over TCP of a {found.spec.protocol} port", found.name, "name a TCP port, or write NO_PROBE"
        )
    if port is None:
        assert found is not None
        if http and found.spec.speaks == "grpc":
            raise bad(f"{facts.path}: health.{sort}", "an HTTP check of the gRPC port", found.name,
                      "write GrpcCheck(), or name the port of the HTTP check: HttpGet(…, port=…)")  # fmt: skip
        return found.name
    if isinstance(port, str) and port not in names:
        raise bad(
            f"{facts.path}: health.{sort}.port", "not the name of a port", port, f"use one of {names}, or a number"
        )
    return port
