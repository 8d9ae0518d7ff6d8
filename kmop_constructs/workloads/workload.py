"""The base of every workload: a spec becomes a plan, and providers draw the plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import Parameter, signature
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from kmop_constructs.components.security.identity import CloudAccess
from kmop_constructs.core.contribution import CallerFact
from kmop_constructs.core.declared import Declared, Inlet
from kmop_constructs.core.derived import derive_construct, shared_by
from kmop_constructs.core.findings import HalfDrawn
from kmop_constructs.core.identity import settled
from kmop_constructs.core.jobs import Intent
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, give, place_of
from kmop_constructs.core.subject import PodOwner, accepted_ports
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import made_by, several
from kmop_constructs.values.pods import Addresses, Peer, Pods
from kmop_constructs.values.service import Service
from kmop_constructs.values.tool import Dotted
from kmop_constructs.workloads.handles import Handles
from kmop_constructs.workloads.plan import Plan, is_deployment
from kmop_constructs.workloads.platform import Platform, placed_platform

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.workload import PodFields

__all__ = ["Workload"]

_NATIVE = Dotted("kmop_constructs.providers.native.orchestration:NativeWorkload")
"""Draws the workloads for which the platform has no job: StatefulSets, Jobs and CronJobs."""


class Workload(Handles, Placed, Construct):
    """A construct that runs pods. Use a subclass, such as `Microservice` or `Worker`."""

    workload: ClassVar[tuple[str, str]] = ("apps/v1", "Deployment")
    """``apiVersion`` and ``kind`` of the object that runs the pods."""

    _drawer: ClassVar[Callable[..., Any]] = _NATIVE
    """Draws the object that runs the pods, where the platform has no job for it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: PodFields,
        *,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Plan and draw the workload; see the subclasses."""
        self._place = place_of(scope).child(id)
        if self._place.chart is None:
            raise SpecError(f"{self.path}: needs a chart above it, got {type(scope).__name__}; put it into one")
        if hasattr(uses, "contribution"):
            got = type(uses).__name__
            raise bad(f"{self.path}: uses", "a single edge, but a list is required", got, "write uses=[…]")
        uses = several(f"{self.path}: uses", uses)
        for edge in uses:
            if not callable(getattr(edge, "contribution", None)):
                raise bad(
                    f"{self.path}: uses",
                    "not an edge",
                    type(edge).__name__,
                    _edges_hint(edge),
                )
        callers = several(f"{self.path}: accepts", accepts)
        for caller in callers:
            made_by(f"{self.path}: accepts", caller, Pods, Addresses)
        self.platform = placed_platform(self._place, platform)
        """The platform that draws the workload."""
        self._spec = spec
        facts = settled(self._place, id, spec, cluster=self.platform, workload=self.workload)
        planned: object = self._planned(facts, uses)
        if not isinstance(planned, Plan):
            where = f"{self.path}: {type(self).__name__}.plan()"
            raise bad(where, "returned no Plan", planned, "return super().plan(…), or dataclasses.replace(…) of it")
        self.planned: Plan = planned
        """The plan of the workload."""
        self.facts: ServiceFacts = self.planned.facts
        """Names, labels and ports of the workload."""
        for caller in callers:
            accepted_ports(self.facts, caller)  # an error at this line, before the synth
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        try:
            self._draw(callers)
        except Exception as error:
            self._place.give(HalfDrawn(path=self.path, error=str(error)))
            raise

    @property
    def gives(self) -> tuple[object, ...]:
        """Facts for the construct that draws this workload. Empty, because a workload adds its facts itself."""
        return ()

    @property
    def spec(self) -> PodFields:
        """The spec that was given to the constructor."""
        return self._spec

    def manifest(self, kind: str, name: str | None = None) -> Manifest:
        """Return a drawn object by its kind, to patch a field that no spec has: ``web.manifest("NetworkPolicy")``.

        An object of the workload itself is preferred to objects of additional parts, such as a login.

        Args:
            kind: Kind of the object, as in ``kind:``.
            name: Name of the object. Default: any; the kind must then be unique.

        Raises:
            SpecError: Not exactly one object matches. The message lists the objects.
        """
        model, chart = self._place.model, self._place.chart
        places = (self._place, *(each for each in shared_by(self._place) if each.chart is chart))
        mine = [cast("Manifest", each) for place in places for each in model.inside.get(id(place), ())]
        found = [each for each in mine if each.kind == kind and name in (None, each.name)]
        own = [each for each in found if each.place.parent is self._place]
        found = own if len(own) == 1 else found
        if not found and (near := [each.kind for each in mine if each.kind.lower() == kind.lower()]):
            raise SpecError(f"{self.path}: no drawn object has this kind, got {kind!r}; write {near[0]!r}")
        if len(found) != 1:
            there = ", ".join(f"{each.kind} {each.name!r}" for each in mine)
            wanted = kind if name is None else f"{kind} {name!r}"
            raise SpecError(
                f"{self.path}: not exactly one object matches, got {len(found)} for {wanted}; name one of: {there}"
            )
        return found[0]

    def _planned(self, facts: ServiceFacts, uses: Sequence[Edge]) -> Plan:
        raise NotImplementedError

    def _draw(self, accepts: tuple[Peer, ...]) -> None:
        plan = self.planned
        if plan.config_map is not None:
            Manifest(self, "files", plan.config_map)
        self.facts = self._draw_workload(plan)
        for intent in plan.intents:
            self._provide(intent)
        if plan.cloud_identity is not None and plan.granted is not None:
            self._place.give(CloudAccess(facts=self.facts, intent=plan.cloud_identity, granted=plan.granted))
        self._place.give(
            *plan.notices,
            *plan.gives,
            Declared(
                facts=self.facts,
                isolation=plan.isolation,
                connections=plan.connections,
                accepts=accepts,
                needs_api_server=plan.token,
                external=plan.external,
                unordered=plan.unordered,
                peers=plan.peers,
                scraped=plan.scraped,
            ),
        )
        for each in plan.gives:
            if isinstance(each, CallerFact):
                each.derive(self._place)

    def _draw_workload(self, plan: Plan) -> ServiceFacts:
        """Draw the object that runs the pods, and return the facts with the `PodOwner` of its provider."""
        facts, kind = plan.facts, plan.workload["kind"]
        if is_deployment(plan.workload):
            drawn = self._provide(Intent(job="workload", id="deployment", value=plan.workload))
        else:
            intent = Intent(job="workload", id=kind.lower(), value=plan.workload)
            drawn = self._known(self._drawer(self, intent.id, service=facts, intent=plan.workload), intent)
        self.runs: Construct = cast("Construct", drawn)
        """The construct that runs the pods."""
        owner = next((each for each in getattr(drawn, "gives", ()) if isinstance(each, PodOwner)), None)
        if owner is None:
            return facts
        return replace(facts, owner=owner, workload=(owner.api_version, owner.kind))

    def _provide(self, intent: Intent) -> object:
        """Draw an intent with the platform's provider, and add the facts that it gives."""
        provider = self.platform.provider(self.path, intent)
        name = intent.value.name if isinstance(intent.value, Service) else None
        if name in self.facts.shared and intent.job in ("discovery", "load_balancer"):
            return self._share(intent, str(name), provider)
        return self._known(provider(self, intent.id, service=self.facts, intent=intent.value), intent)

    def _known(self, drawn: object, intent: Intent) -> object:
        gives = self._gives(drawn, intent)
        give(cast("Construct", drawn), *gives)
        self.platform.close_made(cast("Construct", self), gives)
        return drawn

    def _gives(self, drawn: object, intent: Intent) -> tuple[object, ...]:
        """Return the facts that a provider gives for a drawn construct."""
        if not isinstance(drawn, Construct):
            raise bad(f"{self.path}: {intent.job}", "the provider did not return a construct", type(drawn).__name__,
                      "return the construct that it draws")  # fmt: skip
        return several(f"{self.path}: {intent.job}: gives", getattr(drawn, "gives", ()))

    def _share(self, intent: Intent, name: str, provider: Callable[..., Any]) -> object:
        """Draw a Service that every version of an application shares; each version would draw the same one."""
        facts = self.facts
        ports = tuple(port for port in facts.ports if port.spec.exposed)
        says: dict[str, object] = {
            "its application": dict(facts.application),
            "the Service": intent.value,
            # The container port may differ: the Service refers to it by name.
            "its ports": [(port.name, port.service_name, port.offered, port.spec.protocol, port.spec.app_protocol, port.spec.node_port) for port in ports],
        }  # fmt: skip
        drawn = derive_construct(
            self._place,
            ("Service", facts.scope, name),
            lambda scope, id: provider(scope, id, service=facts, intent=intent.value),
            says=says,
            hint="give every version the same Identity(app_name=…), the same Service(shared=True, …) and the same ports",
        )
        # Callers of the Service reach each version, on the container ports of that version.
        offered = tuple(port.name for port in ports)
        gives = self._gives(drawn, intent)
        self._place.give(*(replace(each, to=self.path, ports=offered) for each in gives if isinstance(each, Inlet)))
        return drawn


def _edges_hint(given: object) -> str:
    """Return what to write instead of an object that is not an edge: the edges that it has."""
    if found := ", ".join(f"{_named(given)}.{each}" for each in _edges_of(type(given))):
        return f"write one of its edges: {found}"
    return "write an edge, such as ServiceRef('payments', port=8080).http()"


def _edges_of(kind: type) -> list[str]:
    """Return the methods of a class that return an edge by their annotations, as calls."""
    found: dict[str, str] = {}
    for name, method in ((name, each) for base in kind.__mro__ for name, each in vars(base).items()):
        returned = getattr(method, "__annotations__", {}).get("return")
        if name.startswith("_") or not isinstance(method, FunctionType) or not isinstance(returned, str):
            continue
        if _is_edge(returned, method):
            needed = [
                each
                for each in list(signature(method).parameters.values())[1:]
                if each.default is Parameter.empty and each.kind is not Parameter.VAR_KEYWORD
            ]
            found.setdefault(name, f"{name}({'…' if needed else ''})")
    return list(found.values())


def _is_edge(returned: str, method: FunctionType) -> bool:
    known = method.__globals__.get(returned)
    return hasattr(known, "contribution") if known is not None else returned in ("Call", "StoreEdge", "Edge")


def _named(edge: object) -> str:
    """Return the name of a value that is not an edge, for a message."""
    return str(
        getattr(getattr(edge, "facts", edge), "name", None) or getattr(edge, "host", None) or "payments"
    ).replace("-", "_")
