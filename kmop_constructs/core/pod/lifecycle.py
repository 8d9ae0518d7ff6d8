"""Lifecycle hooks of the app's container, and the pause before its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.findings import Finding
from kmop_constructs.core.pod.probes import http_scheme
from kmop_constructs.errors import bad
from kmop_constructs.values.probes import Exec, Health, HttpGet
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.workload import RunningFields

__all__ = ["lifecycle", "liveness_grace"]

_PAUSE_SINCE = 30
"""The sleep hook is on by default since Kubernetes 1.30 (KEP-3960)."""

_TIME_TO_END = 10
"""Seconds that a container has after the pause, if its liveness check failed. One that hangs does not use them."""


def lifecycle(facts: ServiceFacts, spec: RunningFields, notices: list[Finding]) -> k8s.Lifecycle:
    """Return the hooks of the spec, and the pause if the spec has no pre-stop hook."""
    drawn: k8s.Lifecycle = {}
    if spec.hooks.post_start is not None:
        drawn["postStart"] = _handler(facts, "post_start", spec.hooks.post_start)
    if spec.hooks.pre_stop is not None:
        drawn["preStop"] = _handler(facts, "pre_stop", spec.hooks.pre_stop)
        return drawn
    pause = seconds("pause", spec.shutdown.pause, lowest=0)
    if not facts.services or not pause:
        return drawn
    if facts.cluster.at_least(_PAUSE_SINCE):
        drawn["preStop"] = {"sleep": {"seconds": pause}}
    elif spec.shutdown.pause_command:
        drawn["preStop"] = {"exec": {"command": list(spec.shutdown.pause_command)}}
    else:
        message = (
            f"Kubernetes {facts.cluster.version} has no built-in pause before a pod ends, so a rollout may lose requests; set a "
            f"command of the image: shutdown=Shutdown(pause_command=('sleep', '{pause}'))"
        )
        notices.append(Finding(path=facts.path, rule="no-pause", severity="notice", message=message))
    return drawn


def liveness_grace(facts: ServiceFacts, spec: RunningFields, *, has_claim: bool) -> int | None:
    """Return the seconds that the app's container has to end after a failed liveness check, if they differ from the pod's.

    The kubelet runs the pre-stop hook in this time too
    (https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#probe-level-terminationgraceperiodseconds).
    """
    pause = seconds("pause", spec.shutdown.pause, lowest=0) if facts.services and spec.hooks.pre_stop is None else 0
    grace = seconds("grace_period", spec.shutdown.grace_period, lowest=0)
    own = spec.health.liveness_grace_period if isinstance(spec.health, Health) else None
    if own is not None:
        written = seconds("liveness_grace_period", own)
        if written <= pause:
            where = f"{facts.path}: health.liveness_grace_period"
            raise bad(where, f"not longer than the pause of {pause} s, so the process would be killed without a signal",
                      f"{written} s", "raise it, or shorten Shutdown(pause=…)")  # fmt: skip
        return written
    if has_claim or spec.hooks.pre_stop is not None or pause + _TIME_TO_END >= grace:
        return None
    return pause + _TIME_TO_END


def _handler(facts: ServiceFacts, name: str, hook: Exec | HttpGet) -> k8s.LifecycleHandler:
    if isinstance(hook, Exec):
        return {"exec": {"command": list(hook.command)}}
    names = [port.name for port in facts.ports]
    port = hook.port if hook.port is not None else (names[0] if names else None)
    scheme = http_scheme(facts, f"hooks.{name}", hook, port)
    if port is None or (isinstance(port, str) and port not in names):
        raise bad(
            f"{facts.path}: hooks.{name}.port", "not the name of a port", port, f"use one of {names}, or a number"
        )
    action: k8s.HTTPGetAction = {"path": hook.path, "port": port}
    if scheme != "HTTP":
        action["scheme"] = scheme
    if hook.headers:
        action["httpHeaders"] = [{"name": key, "value": value} for key, value in hook.headers.items()]
    return {"httpGet": action}
