"""What several constructs need together, and what they say of each other."""

from __future__ import annotations

from itertools import permutations

from kmop_constructs import CheckError, Image, KmopChart, Manifest, Microservice, ServiceSpec
from kmop_constructs.core.derived import agree, contribute, derive, derive_construct, first_of, parts_of
from kmop_constructs.core.facts import Facts, sorted_by_value
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.core.place import place_of
from kmop_constructs.core.reading import Synthesis
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

KEY = ("ConfigMap", "shop", "common")


def config(**data: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "common"}, "data": data}


def need(web: Microservice, color: str = "red") -> None:
    """A ConfigMap that all of them need."""
    drawn = Deferred(api_version="v1", kind="ConfigMap", name="common", draw=lambda _: config(color=color))
    derive(place_of(web), KEY, drawn, says={"the color": color})


def add(web: Microservice) -> None:
    """A ConfigMap to which each of them adds a key."""

    def draw(synthesis: Synthesis) -> dict[str, object]:
        return config(**{part: "there" for _, part in parts_of(synthesis, KEY, str)})

    drawn = Deferred(api_version="v1", kind="ConfigMap", name="common", draw=draw)
    derive(place_of(web), KEY, drawn, part=web.facts.name)


def services(chart: KmopChart, *names: str) -> list[Microservice]:
    return [Microservice(chart, name, ServiceSpec(image=Image("acme/web:1"), port=80)) for name in names]


def found(app: App) -> str:
    with pytest.raises(CheckError) as caught:
        app.synth()
    return str(caught.value)


def test_it_is_drawn_once_below_the_chart(chart: KmopChart) -> None:
    for web in services(chart, "a", "b"):
        need(web)
    assert len(synthesize(chart).pick("ConfigMap")) == 1
    assert chart.node.try_find_child("ConfigMap:common") is not None


@pytest.mark.parametrize("order", list(permutations(("a", "b", "c"))))
def test_parts_are_in_the_order_of_paths(chart: KmopChart, order: tuple[str, ...]) -> None:
    for web in services(chart, *order):
        add(web)
    assert list(synthesize(chart).one("ConfigMap")["data"]) == ["a", "b", "c"]


@pytest.mark.parametrize("gone", ["a", "b"])
def test_it_is_drawn_while_a_construct_needs_it(chart: KmopChart, gone: str) -> None:
    for web in services(chart, "a", "b"):
        need(web)
    chart.node.try_remove_child(gone)
    assert synthesize(chart).one("ConfigMap")["data"] == {"color": "red"}


def test_the_part_of_a_removed_construct_is_gone(chart: KmopChart) -> None:
    for web in services(chart, "a", "b"):
        add(web)
    chart.node.try_remove_child("a")
    assert list(synthesize(chart).one("ConfigMap")["data"]) == ["b"]


def test_an_object_that_is_not_needed_is_not_drawn(chart: KmopChart) -> None:
    for web in services(chart, "a", "b"):
        need(web)
    chart.node.try_remove_child("a")
    chart.node.try_remove_child("b")
    assert synthesize(chart).pick("ConfigMap") == []


def test_a_disagreement_names_both_constructs(app: App, chart: KmopChart) -> None:
    one, other = services(chart, "a", "b")
    need(other, "blue")
    need(one)
    expected = (
        "shop/b: shares the ConfigMap 'common' with shop/a, but the two differ in the color; make them agree "
        "[shared-object]"
    )
    assert expected in found(app)


def test_the_remaining_constructs_define_the_object(chart: KmopChart) -> None:
    one, other = services(chart, "a", "b")
    need(one)
    need(other, "blue")
    chart.node.try_remove_child("a")
    assert synthesize(chart).one("ConfigMap")["data"] == {"color": "blue"}


def test_what_replaces_a_construct_needs_nothing_of_it(chart: KmopChart) -> None:
    need(services(chart, "a")[0])
    chart.node.try_remove_child("a")
    services(chart, "a")
    assert synthesize(chart).pick("ConfigMap") == []


def test_of_two_charts_of_a_namespace_the_first_by_path_has_it(app: App) -> None:
    for id in ("two", "one"):
        need(services(KmopChart(app, id, namespace="shop"), f"web-{id}")[0])
    app.synth()
    charts = {chart.node.id: [each["kind"] for each in chart.to_json()] for chart in app.charts}
    assert "ConfigMap" in charts["one"]
    assert "ConfigMap" not in charts["two"]


def test_a_derived_object_that_was_taken_out_is_missed(app: App, chart: KmopChart) -> None:
    need(services(chart, "a")[0])
    chart.node.try_remove_child("ConfigMap:common")
    assert "shop/a: needs the ConfigMap 'common', which was removed from the tree" in found(app)


def test_a_derived_construct_is_made_once(chart: KmopChart) -> None:
    made = [
        derive_construct(place_of(web), KEY, lambda scope, id: Manifest(scope, id, config()), says={"the color": "red"})
        for web in services(chart, "a", "b")
    ]
    assert made[0] is made[1]
    assert len(synthesize(chart).pick("ConfigMap")) == 1


def test_the_remaining_constructs_define_a_derived_construct(chart: KmopChart) -> None:
    for web, color in zip(services(chart, "a", "b"), ("red", "blue"), strict=True):
        derive_construct(
            place_of(web),
            KEY,
            lambda scope, id, color=color: Manifest(scope, id, config(color=color)),
            says={"the color": color},
        )
    chart.node.try_remove_child("a")
    assert synthesize(chart).one("ConfigMap")["data"] == {"color": "blue"}


def test_a_difference_is_found_once_and_one_object_is_drawn(app: App, chart: KmopChart) -> None:
    for web, color in zip(services(chart, "a", "b"), ("red", "blue"), strict=True):
        derive_construct(
            place_of(web),
            KEY,
            lambda scope, id, color=color: Manifest(scope, id, config(color=color)),
            says={"the color": color},
        )
    message = found(app)
    assert message.startswith("1 finding")
    assert "the two differ in the color" in message


def test_what_only_a_dead_derived_thing_needs_is_not_drawn(chart: KmopChart) -> None:
    inner = ("ConfigMap", "shop", "inner")
    literal = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "inner"}}
    (web,) = services(chart, "a")
    login = derive_construct(
        place_of(web),
        ("Login", "shop", "login"),
        lambda scope, id: Microservice(
            scope, id.replace(":", "-").lower(), ServiceSpec(image=Image("acme/b:1"), port=80)
        ),
        says={},
    )
    drawn = Deferred(api_version="v1", kind="ConfigMap", name="inner", draw=lambda _: literal)
    derive(place_of(login), inner, drawn)
    assert len(synthesize(chart).pick("ConfigMap")) == 1
    chart.node.try_remove_child("a")
    assert synthesize(chart).objects == ()


def test_agreement_alone_draws_nothing(app: App, chart: KmopChart) -> None:
    for web, color in zip(services(chart, "a", "b"), ("red", "blue"), strict=True):
        agree(place_of(web), ("host", "shop", "acme.io"), {"the color": color}, hint="paint one")
    assert "shares the host 'acme.io' with shop/a, but the two differ in the color; paint one" in found(app)


def test_the_first_to_add_is_the_first_by_path(chart: KmopChart) -> None:
    for web in services(chart, "b", "a"):
        contribute(place_of(web), KEY, value=True)
    firsts: list[str | None] = []

    def draw(synthesis: Synthesis) -> dict[str, object]:
        firsts.append(first_of(synthesis, KEY))
        return config()

    Manifest(chart, "probe", Deferred(api_version="v1", kind="ConfigMap", name="common", draw=draw))
    synthesize(chart)
    chart.node.try_remove_child("a")
    synthesize(chart)
    assert firsts == ["shop/a", "shop/b"]


def test_facts_are_sorted_by_path_and_value() -> None:
    class Giver:
        def __init__(self, path: str) -> None:
            self.path = path

    facts, here, there = Facts(), Giver("a"), Giver("b")
    facts.give(there, "x")
    facts.give(here, "z", "y")
    assert [each.fact for each in sorted_by_value(facts.of(str), lambda _: True)] == ["y", "z", "x"]
    assert [each.fact for each in sorted_by_value(facts.of(str), lambda giver: giver is there)] == ["x"]
    assert facts.of(int) == []
