"""The number of pods of a workload: its autoscaler, its disruption budget, and notices about both. Pure, without the engine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from kmop_constructs.components.data.kafka.projection import FirstRead
from kmop_constructs.components.data.kafka.rights import UsesTopic
from kmop_constructs.components.data.rabbitmq.rights import UsesQueue
from kmop_constructs.components.data.uses import UsesStore
from kmop_constructs.components.fault_tolerance.spec import WorkScaling
from kmop_constructs.core.broker import GroupOfTopic, UsesBroker
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.tools import providers_of
from kmop_constructs.errors import SpecError, UnsupportedError
from kmop_constructs.values.disruption import MaxUnavailable, MinAvailable, NoBudget
from kmop_constructs.values.event_scaling import EventScaling, QueueLength, TopicLag
from kmop_constructs.values.rollout import Recreate
from kmop_constructs.values.scaling import Autoscaling, Replicas
from kmop_constructs.values.workload import WorkloadSpec
from kmop_constructs.workloads.platform import Platform

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.event_scaling import Scaling
    from kmop_constructs.workloads.plan import Plan

__all__ = ["FEATURE", "ZERO_RULE", "with_known_scaling", "with_scaling"]

FEATURE = "event_scaling"
"""Name of the feature in `Cluster.accepts_missing`."""

ZERO_RULE = "scaled-to-zero"

RABBITMQ = "RabbitMQ"
"""The technology of the brokers that have a `QueueLength`."""

S = TypeVar("S", bound=WorkloadSpec)


def with_known_scaling(facts: ServiceFacts, spec: S) -> tuple[S, tuple[Finding, ...]]:
    """Return the spec with a scaling that the platform can draw, and notices.

    Raises `UnsupportedError` for an `EventScaling` without a provider, unless the platform accepts that it is missing: then the number
    of pods is fixed.
    """
    scaling = spec.scaling
    if not isinstance(scaling, EventScaling) or Platform.of(facts.cluster).event_autoscaler is not None:
        return spec, ()
    reason = facts.cluster.accepts_missing.get(FEATURE)
    if reason is None:
        tools = Platform.of(facts.cluster).tools
        able = ", ".join(each.__name__ for each in providers_of("event_autoscaler", *tools))
        raise UnsupportedError(
            f"{facts.path}: scaling: the platform has no provider of EventScaling, and Kubernetes itself follows the use of CPU and "
            f"memory alone; set one, Platform(event_autoscaler=…): {able}; or write Autoscaling(…), or set "
            f"Platform(accepts_missing={{'{FEATURE}': …}}) where the cluster has none"
        )
    fixed = Replicas(max(1, scaling.min_replicas))
    message = f"the number of pods is fixed, {fixed.count}, because the platform accepts that EventScaling is missing: {reason}"
    notice = Finding(path=facts.path, rule="left-out", severity="notice", message=message)
    return replace(spec, scaling=fixed), (notice,)


def with_scaling(plan: Plan, spec: WorkloadSpec) -> Plan:
    """Return the plan with what depends on the number of pods: budget, autoscaler and notices."""
    facts, scaling = plan.facts, spec.scaling
    budget, notices = _budget(facts, spec, scaling)
    work: WorkScaling | None = None
    if isinstance(scaling, EventScaling):
        work = WorkScaling(scaling=scaling, brokers=tuple(_brokers(facts, scaling, plan.gives)))
        if scaling.may_be_zero and facts.services:
            notices = [*notices, Finding(path=facts.path, rule=ZERO_RULE, message=_zero(scaling))]
    autoscaling = scaling if isinstance(scaling, Autoscaling) else None
    return replace(plan, budget=budget, autoscaling=autoscaling, work_scaling=work, notices=(*plan.notices, *notices))


def _zero(scaling: EventScaling) -> str:
    how = "min_replicas=0" if scaling.idle_replicas is None else "idle_replicas=0"
    return (
        f"has a Service and may have no pod ({how}): requests then fail, because triggers start pods and requests do not; leave it "
        f"out, write a WorkerSpec if nothing calls it, or allow {ZERO_RULE!r} with the reason"
    )


def _brokers(
    facts: ServiceFacts, scaling: EventScaling, given: Sequence[object]
) -> Iterator[UsesBroker | GroupOfTopic | None]:
    """Yield the broker of each trigger, from the edges of the workload."""
    queues = [each for each in given if isinstance(each, UsesBroker) and each.technology == RABBITMQ]
    topics = [each for each in given if isinstance(each, UsesTopic) and each.use.group is not None]
    begins = {(each.topic, each.group): each.offset for each in given if isinstance(each, FirstRead)}
    for trigger in scaling.triggers:
        if isinstance(trigger, QueueLength):
            broker = _broker(facts, trigger, queues)
            _check_queue(facts, trigger, broker, given)
            yield broker
        else:
            yield _group(facts, trigger, topics, begins) if isinstance(trigger, TopicLag) else None


def _group(
    facts: ServiceFacts, trigger: TopicLag, known: Sequence[UsesTopic], begins: Mapping[tuple[str, str], str]
) -> GroupOfTopic:
    """Return the group in which the workload reads the topic of a trigger, with the login of its edge."""
    where = f"{facts.path}: scaling: TopicLag({trigger.topic!r})"
    topics = [each for each in known if each.use.topic == trigger.topic]
    if not topics:
        got = ", ".join(sorted({repr(each.use.topic) for each in known})) or "none"
        raise SpecError(f"{where}: no edge of a consumer leads to this topic, whose group and login it needs, got {got}; add one: "
                        "uses=[orders.consume(group=…)]")  # fmt: skip
    topics = _chosen(f"{where}: kafka", trigger.kafka, [(each.name, each.kafka, each) for each in topics])
    topics = _chosen(f"{where}: group", trigger.group, [(str(each.use.group), "", each) for each in topics])
    first = topics[0]
    if len({(each.user, each.user_key, each.password) for each in topics}) > 1:
        raise SpecError(f"{where}: two edges lead to {first.kafka} with different logins; use one of them for both")
    if first.bootstrap is None:
        raise SpecError(f"{where}: {first.kafka} cannot be read from outside the workload: the chart sets no namespace, which its address "
                        "needs; set one: KmopChart(…, namespace=…)")  # fmt: skip
    begin = begins.get((first.use.topic, str(first.use.group)))
    if begin is not None and trigger.first_read not in (None, begin):
        raise SpecError(
            f"{where}: first_read: the projection begins at {begin!r}, got {trigger.first_read!r}; leave it out"
        )
    return GroupOfTopic(
        topic=first.use.topic,
        group=str(first.use.group),
        first_read=begin,
        name=first.name,
        broker=first.kafka,
        servers=first.bootstrap,
        connections=first.connections,
        tls=first.tls,
        mechanism=first.mechanism,
        user=first.user if first.user_key is None else first.user_key,
        password=first.password,
        authority=first.authority,
    )


def _chosen(where: str, wanted: str | None, known: Sequence[tuple[str, str, UsesTopic]]) -> list[UsesTopic]:
    """Return the edges with a name, or all if they have one name and mean one thing. `known` has name, meaning and edge."""
    names = ", ".join(sorted({repr(name) for name, _, _ in known}))
    fitting = [each for each in known if wanted in (None, each[0])]
    if not fitting:
        raise SpecError(
            f"{where}: no edge of a consumer has it, got {wanted!r}; write one of {names}, or add its edge to uses"
        )
    if len({(name, meaning) for name, meaning, _ in fitting}) > 1:
        raise SpecError(f"{where}: edges of consumers lead to several, got {names}; write the name of one")
    return [each for _, _, each in fitting]


def _broker(facts: ServiceFacts, trigger: QueueLength, known: Sequence[UsesBroker]) -> UsesBroker:
    where = f"{facts.path}: scaling: QueueLength({trigger.queue!r})"
    if not known:
        raise SpecError(f"{where}: no edge leads to a RabbitMQ, whose address and login it needs, got none; add one: "
                        "uses=[queue.connect()]")  # fmt: skip
    names = ", ".join(sorted({repr(each.name) for each in known}))
    fitting = [each for each in known if trigger.broker in (None, each.name)]
    if not fitting:
        raise SpecError(
            f"{where}: broker: no edge leads to it, got {trigger.broker!r}; write one of {names}, or add its edge to uses"
        )
    if len({(each.broker, each.name) for each in fitting}) > 1:
        raise SpecError(f"{where}: edges lead to several brokers, got {names}; name the one of the queue: broker=…")
    if len({(each.user, each.password) for each in fitting}) > 1:
        raise SpecError(
            f"{where}: two edges lead to {fitting[0].broker} with different logins; use one of them for both"
        )
    if fitting[0].unreadable is not None:
        raise SpecError(
            f"{where}: {fitting[0].broker} cannot be read from outside the workload: {fitting[0].unreadable}"
        )
    return fitting[0]


def _check_queue(facts: ServiceFacts, trigger: QueueLength, broker: UsesBroker, given: Sequence[object]) -> None:
    """Refuse a queue that no edge names, where each edge names one: its length could not be read, or nobody here takes it."""
    known = {each.use.name for each in given if isinstance(each, UsesQueue) and each.use.operation == "subscribe"
             and each.broker == broker.broker}  # fmt: skip
    any_queue = any(
        isinstance(each, UsesStore) and each.verb == "connect" and each.store == broker.broker for each in given
    )
    if known and not any_queue and trigger.queue not in known:
        raise SpecError(f"{facts.path}: scaling: QueueLength({trigger.queue!r}): no edge leads to this queue, got "
                        f"{', '.join(map(repr, sorted(known)))}; write one of them, or add its edge: uses=[queue.subscribe()]")  # fmt: skip


def _budget(
    facts: ServiceFacts, spec: WorkloadSpec, scaling: Scaling
) -> tuple[MaxUnavailable | MinAvailable | None, list[Finding]]:
    chosen = spec.disruption
    # A scaling with work runs no pod or at least one; the budget is for the pods that run.
    fewest = scaling.count if isinstance(scaling, Replicas) else max(1, scaling.min_replicas)
    if isinstance(chosen, NoBudget) or fewest == 0:
        return None, []
    if chosen is None and isinstance(scaling, Replicas) and fewest == 1:
        message = (
            "runs one pod without a disruption budget, so every drain of its node is an outage; "
            + (
                "use Replicas(2)"
                if facts.workload[1] == "Deployment" and not isinstance(getattr(spec, "rollout", None), Recreate)
                else "run more pods if the software can share data"
            )
            + ", or allow 'single-replica' with the reason"
        )
        return None, [Finding(path=facts.path, rule="single-replica", message=message, severity="notice")]
    if chosen is None and not isinstance(scaling, Replicas) and scaling.min_replicas == 1:
        message = "may run one pod, and then every drain of its node is an outage; use min_replicas=2, or allow 'single-replica' with the reason"
        return MaxUnavailable(1), [Finding(path=facts.path, rule="single-replica", message=message, severity="notice")]
    if isinstance(chosen, MinAvailable):
        kept = chosen.pods if chosen.pods is not None else math.ceil((chosen.percent or 0) * fewest / 100)
        if kept >= fewest:
            raise SpecError(
                f"{facts.path}: disruption: the budget blocks every eviction, got {kept} of {fewest} pods that must "
                f"stay; use MaxUnavailable(1), or run more than {kept} pods"
            )
    return chosen or MaxUnavailable(1), []
