"""Objects that several services need, and that are drawn once."""

from __future__ import annotations

from kmop_constructs import CheckError, ConflictError, Image, KmopChart, Manifest, Microservice, ServiceSpec
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.core.model import Synthesis
from kmop_constructs.core.place import place_of
from kmop_constructs.core.sharing import draws_once, gathered, parts_of
from kmop_constructs.testing import synthesize

import pytest

KEY = ("ConfigMap", "shop", "common")


def need(web: Microservice, color: str = "red") -> None:
    """A ConfigMap that all of them need."""
    if draws_once(place_of(web), web.path, KEY, {"the color": color}):
        Manifest(web, "common", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "common"}})


def add(web: Microservice) -> None:
    """A ConfigMap to which each of them adds a key."""

    def drawn(synthesis: Synthesis) -> dict[str, object]:
        data = {part: "there" for _, part in parts_of(synthesis, KEY, str)}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "common"}, "data": data}

    if gathered(place_of(web), web.path, KEY, web.facts.name):
        Manifest(web, "common", Deferred(api_version="v1", kind="ConfigMap", name="common", draw=drawn))


def services(chart: KmopChart, *names: str) -> list[Microservice]:
    return [Microservice(chart, name, ServiceSpec(image=Image("acme/web:1"), port=80)) for name in names]


def test_the_first_draws_it_and_the_others_do_not(chart: KmopChart) -> None:
    for web in services(chart, "a", "b"):
        need(web)
    assert len(synthesize(chart).pick("ConfigMap")) == 1


def test_two_that_say_different_things_are_a_conflict(chart: KmopChart) -> None:
    one, other = services(chart, "a", "b")
    need(one)
    with pytest.raises(
        ConflictError, match="shop/b: shares the ConfigMap 'common' with shop/a, and the two differ in the color"
    ):
        need(other, "blue")


@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "a", "b")])
def test_parts_are_in_the_order_of_paths_whoever_came_first(chart: KmopChart, names: tuple[str, ...]) -> None:
    for web in services(chart, *names):
        add(web)
    assert list(synthesize(chart).one("ConfigMap")["data"]) == ["a", "b", "c"]


def test_the_part_of_one_that_was_taken_out_of_the_tree_is_gone(chart: KmopChart) -> None:
    for web in services(chart, "a", "b"):
        add(web)
    chart.node.try_remove_child("b")
    assert list(synthesize(chart).one("ConfigMap")["data"]) == ["a"]


@pytest.mark.parametrize("share", [need, add])
def test_an_object_whose_drawer_was_taken_out_of_the_tree_is_an_error(chart: KmopChart, share: object) -> None:
    assert callable(share)
    for web in services(chart, "a", "b"):
        share(web)
    chart.node.try_remove_child("a")
    with pytest.raises(
        CheckError, match=r"shop/b: needs the ConfigMap 'common', which shop/a drew.*\[shared-object-gone\]"
    ):
        synthesize(chart)


@pytest.mark.parametrize("share", [need, add])
def test_an_object_that_nobody_needs_any_more_is_no_error(chart: KmopChart, share: object) -> None:
    assert callable(share)
    for web in services(chart, "a", "b"):
        share(web)
    chart.node.try_remove_child("a")
    chart.node.try_remove_child("b")
    assert synthesize(chart).pick("ConfigMap") == []
