"""The constructs of a service that others call, and of a worker without a Service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from kmop_constructs.core.findings import Finding
from kmop_constructs.errors import bad
from kmop_constructs.workloads.called import CalledWorkload
from kmop_constructs.workloads.plan import Plan, plan_service
from kmop_constructs.workloads.spec import ServiceSpec, WorkerSpec
from kmop_constructs.workloads.workload import Workload

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.base import Gateway
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.jobs import Intent
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["Microservice", "Worker"]


class Microservice(CalledWorkload):
    """A service: Deployment, Service, ServiceAccount, PodDisruptionBudget, NetworkPolicy, and the other parts of its spec.

    ``Microservice(self, "web", ServiceSpec(image=Image("nginxinc/nginx-unprivileged:1.27.2"), port=8080))``
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: ServiceSpec,
        *,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw a service.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the service unless `ServiceSpec.identity` sets another. Do not change it
                later: the objects would be replaced.
            spec: What to run.
            platform: Platform that draws the service. Default: the chart's platform, else `Platform()`.
            uses: Edges to what it uses: services, hosts, configuration. Default: none.
            accepts: Callers that another repository builds. Default: none, only callers of this app.

        Raises:
            SpecError: A value is wrong, or two values contradict each other.
            ConflictError: Two edges, or an edge and the spec, set different values for one key.
        """
        if not isinstance(spec, ServiceSpec):
            raise bad(id, "not a ServiceSpec", type(spec).__name__, "write ServiceSpec(image=…, port=…)")
        self.gateways: list[Gateway] = []
        """The routes from outside the cluster."""
        super().__init__(scope, id, spec, platform=platform, uses=uses, accepts=accepts)

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: ServiceSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:  # noqa: ARG003 - for overrides
        """Return the plan of the service; override it to change every service of a team. Pure, called once before drawing.

        Call ``super().plan(…)`` with another spec or other edges, or return ``dataclasses.replace`` of its result.
        """
        return replace(plan_service(facts, spec, uses), exposures=spec.exposures)

    @property
    def spec(self) -> ServiceSpec:
        """The spec that was given to the constructor."""
        return cast("ServiceSpec", self._spec)

    def _planned(self, facts: ServiceFacts, uses: Sequence[Edge]) -> Plan:
        plan = self.plan(facts, self.spec, self.platform, uses)
        if not isinstance(plan, Plan) or not any(port.spec.tls for port in plan.facts.ports) or not plan.exposures:
            return plan
        from kmop_constructs.components.api_gateway.port_tls import verified

        gateway = self.platform.gateway
        return replace(plan, exposures=tuple(verified(self.path, each, plan.facts, gateway) for each in plan.exposures))

    def _draw(self, accepts: tuple[Peer, ...]) -> None:
        super()._draw(accepts)
        facts, plan = self.facts, self.planned
        if not plan.exposures:
            return
        from kmop_constructs.components.api_gateway.targets import ways_of

        for exposure in plan.exposures:
            self._place.give(
                ways_of(facts, exposure), *_cut_off(facts, exposure, plan.template), *_login_in_plain(facts, exposure)
            )

    def _provide(self, intent: Intent) -> object:
        drawn = super()._provide(intent)
        if intent.job == "gateway":
            self.gateways.append(cast("Gateway", drawn))
        return drawn


def _cut_off(facts: ServiceFacts, exposure: Exposure, template: k8s.PodTemplateSpec) -> Iterator[Finding]:
    """Yield a notice where a request may take longer than a terminating pod has left."""
    pod = template.get("spec", {"containers": []})
    pause = next((_pause(each) for each in pod["containers"] if each["name"] == facts.container), 0)
    left = pod.get("terminationGracePeriodSeconds", 30) - pause
    if exposure.timeout is not None and exposure.timeout.total_seconds() > left:
        message = (
            f"the gateway waits {exposure.timeout.total_seconds():g} s for a response, but a terminating pod has {left} s left "
            "after its pause, so a rollout cuts requests off; shorten Exposure.timeout, or lengthen Shutdown(grace_period=…)"
        )
        yield Finding(path=facts.path, rule="timeout-cut-off", message=message, severity="notice")


def _login_in_plain(facts: ServiceFacts, exposure: Exposure) -> Iterator[Finding]:
    """An error where passwords, keys, tokens or cookies would travel over plain HTTP."""
    if exposure.auth is None or (what := _plain(exposure)) is None:
        return
    message = (
        f"exposure.auth: {type(exposure.auth).__name__} over plain HTTP: {what}; set tls=Tls.issued_by(…), or allow "
        "'login-plain-http' where TLS ends in front of the gateway"
    )
    yield Finding(path=facts.path, rule="login-plain-http", message=message)


def _plain(exposure: Exposure) -> str | None:
    """Return how clients come to send requests over plain HTTP. ``None`` if they do not."""
    if exposure.tls is None:
        return "tls is not set"
    if exposure.tls.redirect is False:
        return "Tls(redirect=False) leaves plain HTTP open"
    for redirect in exposure.redirects:
        scheme, host, _ = redirect.target
        if scheme == "http" and host is not None and any(_serves(each, host) for each in exposure.hosts):
            return f"the redirect of {redirect.path!r} leads to {redirect.to!r}, a host of the exposure"
    return None


def _serves(host: str, name: str) -> bool:
    return host == name or (host.startswith("*.") and name.endswith(host[1:]))


def _pause(container: k8s.Container) -> int:
    return container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)


class Worker(Workload):
    """A workload without a Service: it may call others, and is otherwise drawn like a service."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: WorkerSpec,
        *,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
    ) -> None:
        """Draw a worker; see `Microservice` for the arguments."""
        if not isinstance(spec, WorkerSpec):
            raise bad(id, "not a WorkerSpec", type(spec).__name__, "write WorkerSpec(image=…)")
        super().__init__(scope, id, spec, platform=platform, uses=uses)

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: WorkerSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:  # noqa: ARG003
        """Return the plan of the worker; override it to change every worker of a team. See `Microservice.plan`."""
        return plan_service(facts, spec, uses)

    @property
    def spec(self) -> WorkerSpec:
        """The spec that was given to the constructor."""
        return cast("WorkerSpec", self._spec)

    def _planned(self, facts: ServiceFacts, uses: Sequence[Edge]) -> Plan:
        return self.plan(facts, self.spec, self.platform, uses)
