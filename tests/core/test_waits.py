"""Services that wait with their start for each other, or for what never comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmop_constructs import Identity, Image, Port, Service, ServiceRef
from kmop_constructs.authors import ServiceFacts
from kmop_constructs.core.connection import Connection, ToService
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.flows import Flows
from kmop_constructs.core.network.lowering import lowered
from kmop_constructs.core.openings import Edge
from kmop_constructs.core.waits import circles

import pytest

Facts = Callable[..., ServiceFacts]
Waits = dict[str, list[frozenset[str]]]

NC = Image("busybox:1.37")


def waits(facts: ServiceFacts, *services: str, port: int = 8080, awaited: bool = True) -> Declared:
    connections = tuple(Connection(to=ToService(each), port=port, awaited=awaited) for each in services)
    return Declared(facts=facts, isolation="full", connections=connections)


def problems(*each: Declared) -> list[str]:
    return [str(finding) for finding in Flows(each).problems]


def test_a_call_before_the_start_opens_the_same_as_others(facts: Facts) -> None:
    web, api = facts("web"), facts("api")
    call = ServiceRef("api", port=8080).http()
    (waiting,) = call.before_start(NC).contribution(web).connections
    assert waiting == Connection(to=ToService("api"), port=8080, speaks="http", awaited=True)
    both = Declared(facts=web, isolation="full", connections=(*call.contribution(web).connections, waiting))
    flows = Flows([both, waits(api)])
    assert flows.edges == [Edge(caller="shop/web", callee="shop/api", port=8080)]
    called = Flows([waits(web, "api", awaited=False), waits(api)])
    assert lowered(flows.egress(web)) == lowered(called.egress(web))
    assert flows.problems == []


def test_a_circle_of_waits_is_a_problem_that_names_all_services(facts: Facts) -> None:
    a, b, c = facts("a"), facts("b"), facts("c")
    expected = (
        "shop/a: waits at start for shop/b, which waits for shop/c, which waits for shop/a, so none of them ever starts; "
        "remove before_start() from one of them [start-never]"
    )
    assert problems(waits(c, "a"), waits(a, "b"), waits(b, "c"), waits(facts("web"), "a")) == [expected]
    assert problems(waits(a, "b"), waits(b, "c"), waits(c, "a", awaited=False)) == []


def test_a_service_that_waits_for_itself_never_starts(facts: Facts) -> None:
    (problem,) = problems(waits(facts("a"), "a"))
    assert problem.startswith("shop/a: waits at start for shop/a, so none of them ever starts; ")


def test_another_version_behind_the_service_ends_a_wait(facts: Facts) -> None:
    shared: dict[str, Any] = {"identity": Identity(app_name="web"), "service": Service(shared=True)}
    one, two = facts("web-v1", **shared), facts("web-v2", **shared)
    assert problems(waits(one, "web"), waits(two)) == []
    (problem,) = problems(waits(one, "web"), waits(two, "web"))
    assert problem.startswith("shop/web-v1: waits at start for shop/web-v1, so none of them ever starts; ")


def test_a_wait_needs_a_tcp_port(facts: Facts) -> None:
    web, dns = facts("web"), waits(facts("dns", port=Port.udp(53)))
    (problem,) = problems(waits(web, "dns", port=53), dns)
    assert problem == (
        "shop/web: waits at start for port 53 of 'dns', but a wait needs a TCP port, got UDP; remove "
        "before_start(), or wait for a TCP port [start-never]"
    )
    assert problems(waits(web, "dns", port=53, awaited=False), dns) == []
    both = waits(facts("dns", port=(Port.udp(53), Port.tcp(53))))
    assert problems(waits(web, "dns", port=53), both) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, []),
        ({"a": ["b"], "b": ["c"]}, []),
        ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}, [("a", "b"), ("c", "d")]),
        ({"b": ["x", "a"], "a": ["b"]}, [("a", "b")]),
        ({"a": ["bc"], "b": ["a"]}, []),
        ({"a": ["bc"], "b": ["a"], "c": ["a"]}, [("a", "b")]),
    ],
)
def test_a_circle_is_found_once_if_no_other_service_ends_it(
    said: dict[str, list[str]], expected: list[tuple[str, ...]]
) -> None:
    written: Waits = {who: [frozenset(each) for each in waits] for who, waits in said.items()}
    assert circles(written) == expected
