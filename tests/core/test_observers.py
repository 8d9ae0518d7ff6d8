"""Pods from outside that connect where a workload connects."""

from __future__ import annotations

from kmop_constructs.core.connection import Connection, ToHost, ToService
from kmop_constructs.core.declared import Observer
from kmop_constructs.core.observers import admitted
from kmop_constructs.core.openings import Opening
from kmop_constructs.values.pods import Pods

WORKER = Pods.of({"app": "worker"})
OPERATOR = Pods.of({"app": "keda-operator"}, namespace="keda")
QUEUE = Connection(to=ToService("queue", namespace="shop"), port=5672)


def opening(connection: Connection | None) -> Opening:
    return Opening(end=WORKER, ports=((5672, "TCP"),), connection=connection)


def test_an_observer_enters_where_the_workload_does() -> None:
    found = admitted([Observer(connection=QUEUE, peer=OPERATOR)], {"queue": [opening(QUEUE)], "web": [opening(None)]})
    assert found == {"queue": [Opening(end=OPERATOR, ports=((5672, "TCP"),))]}


def test_another_port_or_service_is_not_opened() -> None:
    others = [
        Connection(to=ToService("queue", namespace="shop"), port=15672),
        Connection(to=ToService("queue", namespace="other"), port=5672),
        Connection(to=ToService("audit", namespace="shop"), port=5672),
    ]
    observers = [Observer(connection=QUEUE, peer=OPERATOR)]
    assert admitted(observers, {number: [opening(each)] for number, each in enumerate(others)}) == {}


def test_a_wait_for_the_callee_is_the_same_connection() -> None:
    waiting = Connection(to=QUEUE.to, port=5672, awaited=True)
    assert list(admitted([Observer(connection=QUEUE, peer=OPERATOR)], {"queue": [opening(waiting)]})) == ["queue"]


def test_a_host_outside_opens_nothing() -> None:
    outside = Connection(to=ToHost("mq.acme.io"), port=5672)
    observers = [Observer(connection=outside, peer=OPERATOR)]
    assert admitted(observers, {"queue": [opening(outside), opening(QUEUE)]}) == {}
