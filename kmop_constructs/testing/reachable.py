"""Assertions about reachability, from the synthesized NetworkPolicies."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from kmop_constructs.core.declared import Declared
from kmop_constructs.core.made import MakesService
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.network.policies import NAMESPACE_NAME_LABEL
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.testing.synthesized import Synthesized, facts_below, outside_pods, synthesize
from kmop_constructs.values.pods import Addresses, Pods
from kmop_constructs.values.ports import Protocol
from kmop_constructs.workloads.projection import Projection
from kmop_constructs.workloads.queues import Exchange, Queue
from kmop_constructs.workloads.stores import (
    Elasticsearch,
    Etcd,
    Kafka,
    Mongo,
    MySql,
    Postgres,
    RabbitMq,
    Redis,
)
from kmop_constructs.workloads.topics import Topic
from kmop_constructs.workloads.workload import Workload

if TYPE_CHECKING:
    from kmop_constructs.core.network.label_selectors import LabelSelector
    from kmop_constructs.core.network.policies import PolicyPeer
    from kmop_constructs.core.reachability import Topology

    from constructs import IConstruct

__all__ = ["End", "assert_blocked", "assert_reachable"]

Kept: TypeAlias = (
    Elasticsearch | Etcd | Kafka | Mongo | MySql | Postgres | RabbitMq | Redis | Topic | Exchange | Queue | Projection
)
"""A store, or what is in one: its topic, exchange or queue, or a projection."""

End: TypeAlias = Workload | Kept | Pods | Addresses | str
"""One end of a connection: a service or worker; or a store, whose pods an operator may make; or `Pods` with namespace and labels, such as
``web.gateways[0].controllers[0]``; or `Addresses` of one range; or a name, such as ``web``, ``shop/web``, ``Deployment/shop/web``; or an address or range as text."""

_KEPT = (Elasticsearch, Etcd, Kafka, Mongo, MySql, Postgres, RabbitMq, Redis, Topic, Exchange, Queue, Projection)


def assert_reachable(
    source: End, destination: End, port: int | str | None = None, *, within: Synthesized | IConstruct | None = None
) -> None:
    """Fail unless `source` may connect to `destination`: the source's egress and the destination's ingress must allow it.

    Args:
        source: Caller: a service or worker, pods, addresses, or the name of one of them.
        destination: Callee: a service or worker, pods, addresses, or the name of one of them; or a store: one of its Services is enough, such
            as that of its replicas.
        port: Service port or container port, by number or name. Default: the main port of the destination if it is a
            construct; for a name or address a port is needed.
        within: App or other construct, or a result of `synthesize`. Default: the app of the source or destination; needed
            if both are names or addresses.

    The result follows from all NetworkPolicies of the app. Policies of a service mesh, and policies that exist in the
    cluster but not in the app, are not considered. Raises an ``AssertionError`` that names the policies that allow or
    deny the connection.
    """
    result = _result(within, source, destination)
    if isinstance(destination, _KEPT):
        _assert_one_reachable(result, source, destination, port)
        return
    to, number, protocol = _destination(destination, port)
    if number is None:
        raise SpecError("assert_reachable: no port, and the destination is not a construct; set port")
    verdict = _topology(result, source, destination).verdict(_name(source), to, number, protocol)
    assert verdict.allowed, f"{_shown(source)} cannot reach {_shown(destination)} on {number}: {verdict.reason}"


def assert_blocked(
    source: End, destination: End, port: int | str | None = None, *, within: Synthesized | IConstruct | None = None
) -> None:
    """Fail if `source` may connect to `destination` on `port`: the egress or the ingress must close it.

    Args:
        source: Caller: a service or worker, pods, addresses, or the name of one of them.
        destination: Callee: a service or worker, pods, addresses, or the name of one of them.
        port: Service port or container port, by number or name. Default: every port, declared or not, must be closed.
        within: App or other construct, or a result of `synthesize`. Default: the app of the source or destination; needed
            if both are names or addresses.

    The result follows from all NetworkPolicies of the app, as for `assert_reachable`. `Pods` without labels mean every pod of
    the namespace, and `Pods.anywhere` those of every namespace: none of them may connect. With labels, they have these labels and no others.
    """
    result = _result(within, source, destination)
    sources = _meant(result, source)
    destinations = (
        [each for each, _ in _made(result, destination)]
        if isinstance(destination, _KEPT)
        else _meant(result, destination)
    )
    topology = _topology(result, *sources, *destinations)
    for one, other in product(sources, destinations):
        to, number, protocol = _destination(other, port)
        if port is None:
            opened = topology.open_ports(_name(one), to)
            listed = ", ".join(str(each) for each in opened)
            assert not opened, f"{_shown(one)} can reach {_shown(other)} on {listed}"
        else:
            assert number is not None
            verdict = topology.verdict(_name(one), to, number, protocol)
            assert verdict.blocked, f"{_shown(one)} can reach {_shown(other)} on {number}: {verdict.reason}"


def _assert_one_reachable(result: Synthesized, source: End, store: Kept, port: int | str | None) -> None:
    made = _made(result, store)
    topology = _topology(result, source, *(each for each, _ in made))
    verdicts = [topology.verdict(_name(source), _name(each), own if port is None else port) for each, own in made]
    if not any(each.allowed for each in verdicts):
        reasons = "; ".join(dict.fromkeys(each.reason for each in verdicts))
        raise AssertionError(f"{_shown(source)} cannot reach {_shown(store)}: {reasons}")


def _made(result: Synthesized, kept: Kept) -> list[tuple[End, int]]:
    """Return the pods of a store with their main ports: those of this app, and those that an operator makes for its Services."""
    path = _store_of(kept).path
    found: dict[str, tuple[End, int]] = {}
    for facts in facts_below(result, Declared, path):
        if facts.facts.services:
            name = "/".join(each for each in (facts.facts.workload[1], facts.facts.namespace, facts.facts.name) if each)
            found.setdefault(name, (name, facts.facts.port(None).number))
    for made in facts_below(result, MakesService, path):
        pods = Pods(labels=made.pod_labels, namespace=made.subject.namespace)
        found.setdefault(_name(pods), (pods, made.ports[0].number))
    if not found:
        do = "write an address of it: '203.0.113.9'"
        raise bad(
            "assert_reachable, assert_blocked", "a store that somebody else runs, without pods in this app", path, do
        )
    return list(found.values())


def _store_of(kept: Kept) -> Postgres | MySql | Mongo | Redis | Elasticsearch | Etcd | RabbitMq | Kafka:
    if isinstance(kept, Topic):
        return kept.kafka
    if isinstance(kept, Exchange | Queue):
        return kept.broker
    return kept.store if isinstance(kept, Projection) else kept


def _meant(result: Synthesized, end: End) -> list[End]:
    """Return an end. Pods without labels, or in every namespace, are many: also those that rules of policies select.

    Pods with some of the labels that an operator gives to pods of a store are those too.
    """
    if isinstance(end, _KEPT):
        return [each for each, _ in _made(result, end)]
    if not isinstance(end, Pods):
        return [end]
    outside_pods(end)
    found: dict[str, End] = {_name(end): end}
    for made in facts_below(result, MakesService, ""):
        if end.labels.items() <= made.pod_labels.items() and (
            end.everywhere or made.subject.namespace == end.namespace
        ):
            pods = Pods(labels=made.pod_labels, namespace=made.subject.namespace)
            found.setdefault(_name(pods), pods)
    for policy in result.topology.policies:
        for rule in (*(policy.ingress or ()), *(policy.egress or ())):
            for peer in rule.peers:
                more = None if peer.ip_block is not None else _narrowed(end, peer, policy.namespace)
                if more is not None:
                    found.setdefault(_name(more), more)
    return list(found.values())


def _narrowed(pods: Pods, peer: PolicyPeer, near: str) -> Pods | None:
    """Return the pods that both an end and a peer of a rule select. ``None`` if there are none."""
    labels = dict(pods.labels) or _examples(peer.pods)
    namespace = near
    if peer.namespaces is not None:
        namespace = _examples(peer.namespaces).get(NAMESPACE_NAME_LABEL) or pods.namespace
    if (peer.pods is not None and not peer.pods.matches(labels)) or (pods.namespace or namespace) != namespace:
        return None
    return Pods(labels=labels, namespace=namespace, everywhere=namespace is None)


def _examples(selector: LabelSelector | None) -> dict[str, str]:
    """Return labels that a selector matches, where its requirements have such labels."""
    if selector is None:
        return {}
    wanted = {
        each.key: (*each.values, "any")[0] for each in selector.match_expressions if each.operator in ("Exists", "In")
    }
    return {**wanted, **dict(selector.match_labels)}


def _result(within: Synthesized | IConstruct | None, *ends: End) -> Synthesized:
    if isinstance(within, Synthesized):
        return within
    scope = within or next((end for end in ends if isinstance(end, (Workload, _KEPT))), None)
    if scope is None:
        raise SpecError(
            "assert_reachable, assert_blocked: neither end is a construct, so the app is unknown; set within=app"
        )
    return synthesize(scope)


def _topology(result: Synthesized, *ends: End) -> Topology:
    peers = [end for end in ends if isinstance(end, Pods)]
    return result.topology_with(peers) if peers else result.topology


def _name(end: End) -> str:
    if isinstance(end, str):
        return end
    if isinstance(end, Pods):
        pods = outside_pods(end)
        return f"{pods.kind}/{pods.namespace}/{pods.name}"
    if isinstance(end, Addresses):
        one, *more = (*end.ranges, *end.excluding)
        if more:
            what = "several ranges of addresses"
            raise bad("assert_reachable, assert_blocked", what, ", ".join((one, *more)), "write one of them")
        return one
    if isinstance(end, _KEPT):
        raise bad(
            "assert_reachable, assert_blocked",
            "a store as the caller of another end",
            _store_of(end).path,
            "write its pods: Pods.of(…)",
        )
    if not isinstance(end, Workload):
        raise bad("assert_reachable, assert_blocked", "not a service, a store, a name or an address", type(end).__name__,
                  "write the service, its name, or for an external host one of its addresses: '203.0.113.9'")  # fmt: skip
    kind, facts = end.facts.workload[1], end.facts
    # The name of a Job ends with a hash of its pods.
    name = end.runs.name if isinstance(end.runs, Manifest) else facts.name
    return f"{kind}/{facts.namespace}/{name}" if facts.namespace else f"{kind}/{name}"


def _destination(end: End, port: int | str | None) -> tuple[str, int | str | None, Protocol | None]:
    """Return the name of an end, its port and the protocol of the port; of two protocols with one number, TCP."""
    if isinstance(end, str) or not isinstance(end, Workload):
        return _name(end), port, None
    try:
        own = end.facts.port(port)
    except SpecError:
        return _name(end), port, None
    same = {each.spec.protocol for each in end.facts.ports if each.number == own.number and isinstance(port, int)}
    return _name(end), own.number, "TCP" if "TCP" in same else own.spec.protocol


def _shown(end: End) -> str:
    if isinstance(end, Pods):
        where = "every namespace" if end.namespace is None else f"namespace {end.namespace!r}"
        return f"the pods {dict(end.labels)} of {where}"
    return end.path if isinstance(end, (Workload, _KEPT)) else _name(end)
