"""What `Microservice` and `Worker` share: a spec becomes a plan, and the plan is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import kmop_constructs.checks  # noqa: F401  # pyright: ignore[reportUnusedImport] - every app with a workload is checked
from kmop_constructs.components.orchestration.native import NativeWorkload
from kmop_constructs.components.security.native import NativeAccount, NativePermissions
from kmop_constructs.core.declared import Declared, Forward, Inlet
from kmop_constructs.core.identity import settled
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.microservice.handles import Handles
from kmop_constructs.microservice.plan import Plan, is_deployment
from kmop_constructs.microservice.platform import Platform
from kmop_constructs.values.callers import Caller
from kmop_constructs.values.names import made_by, several

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.values.workload import PodFields

__all__ = ["Workload"]


class Workload(Handles, Placed, Construct):
    """A construct that runs pods. Use `Microservice` or `Worker`."""

    workload: ClassVar[tuple[str, str]] = ("apps/v1", "Deployment")
    """``apiVersion`` and ``kind`` of what runs the pods."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: PodFields,
        *,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Caller] = (),
    ) -> None:
        """Plan and draw; see the subclasses."""
        self._place = place_of(scope).child(id)
        if self._place.chart is None:
            raise SpecError(f"{self.path}: needs a chart above it, got {type(scope).__name__}; put it into one")
        if hasattr(uses, "contribution"):
            got = type(uses).__name__
            raise bad(f"{self.path}: uses", "one edge where a list is wanted", got, "write uses=[…]")
        uses = several(f"{self.path}: uses", uses)
        for edge in uses:
            if not callable(getattr(edge, "contribution", None)):
                raise bad(
                    f"{self.path}: uses",
                    "not an edge",
                    type(edge).__name__,
                    f"write an edge of it, such as {_named(edge)}.http()",
                )
        made_by(f"{self.path}: platform", platform, Platform, type(None))
        callers = several(f"{self.path}: accepts", accepts)
        for caller in callers:
            made_by(f"{self.path}: accepts", caller, Caller)
        self.platform = platform or Platform.of(self._place.chart.cluster)
        """The platform that it is drawn for."""
        self._spec = spec
        facts = settled(self._place, id, spec, cluster=self.platform, workload=self.workload)
        self.planned: Plan = self._planned(facts, uses)
        """What was planned."""
        self.facts: ServiceFacts = self.planned.facts
        """Its names, labels and ports."""
        created(self._place, lambda: Construct.__init__(self, scope, id))
        try:
            self._draw(callers)
        except Exception as error:
            self._place.model.failed[self.path] = str(error)
            raise

    @property
    def spec(self) -> PodFields:
        """What was asked."""
        return self._spec

    def manifest(self, kind: str, name: str | None = None) -> Manifest:
        """The object of a kind that was drawn for it, to patch what no field says: ``web.manifest("NetworkPolicy")``.

        One of the service itself goes before those of what stands beside it, such as a login.

        Raises `SpecError` with what there is, unless it is exactly one.
        """
        below = f"{self.path}/"
        mine = [each for each in self._place.model.manifests if each.path.startswith(below)]
        found = [each for each in mine if each.kind == kind and name in (None, each.name)]
        own = [each for each in found if "/" not in each.path.removeprefix(below)]
        found = own if len(own) == 1 else found
        if not found and (near := [each.kind for each in mine if each.kind.lower() == kind.lower()]):
            raise SpecError(f"{self.path}: has no {kind!r}; write {near[0]!r}")
        if len(found) != 1:
            there = ", ".join(f"{each.kind} {each.name!r}" for each in mine)
            wanted = kind if name is None else f"{kind} {name!r}"
            raise SpecError(
                f"{self.path}: has {len(found)} objects that are {wanted}; there is {there}: name one of them"
            )
        return found[0]

    def _planned(self, facts: ServiceFacts, uses: Sequence[Edge]) -> Plan:
        raise NotImplementedError

    @property
    def _routed_on(self) -> tuple[Forward, ...]:
        """Who comes in to other Services by routes of this one, known once `_inlets` has been asked."""
        return ()

    def _inlets(self) -> tuple[list[Inlet], bool]:
        """Who comes in from outside, and whether that is unknown although it is exposed."""
        return [], False

    def _draw(self, accepts: tuple[Caller, ...]) -> None:
        plan, facts, platform = self.planned, self.facts, self.platform
        if plan.account is not None:
            NativeAccount(self, "account", service=facts, intent=plan.account, token=plan.token)
        if plan.permissions:
            NativePermissions(self, "permissions", service=facts, permissions=plan.permissions)
        if plan.config_map is not None:
            Manifest(self, "files", plan.config_map)
        if is_deployment(plan.workload):
            self.runs: Manifest = platform.workload(self, "deployment", service=facts, intent=plan.workload)
            """What runs the pods."""
        else:
            self.runs = NativeWorkload(self, plan.workload["kind"].lower(), service=facts, intent=plan.workload)
        if plan.budget is not None:
            platform.budget(self, "budget", service=facts, intent=plan.budget)
        if plan.autoscaling is not None:
            platform.autoscaler(self, "autoscaler", service=facts, intent=plan.autoscaling)
        inlets, unknown = self._inlets()
        if plan.isolation != "off":
            platform.network(self, "network", service=facts, intent=plan.isolation)
        model = self._place.model
        model.notices.extend(plan.notices)
        model.declared.append(
            Declared(
                facts=facts,
                isolation=plan.isolation,
                egress=plan.egress,
                accepts=accepts,
                inlets=tuple(inlets),
                forwards=self._routed_on,
                gateway_unknown=unknown,
                needs_api_server=plan.token,
                external=plan.external,
                peers=plan.peers,
                scraped=plan.scraped,
            )
        )
        model.changed()


def _named(edge: object) -> str:
    """What somebody calls a thing that is no edge, as far as it has a name."""
    return str(
        getattr(getattr(edge, "facts", edge), "name", None) or getattr(edge, "host", None) or "payments"
    ).replace("-", "_")
