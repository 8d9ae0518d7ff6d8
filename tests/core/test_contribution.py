"""Merging what many edges add: unification, in which order plays no part."""

from __future__ import annotations

import itertools
from typing import Any, cast

from kmop_constructs import Addresses, Pods
from kmop_constructs.core.connection import Connection, ToHost, ToService
from kmop_constructs.core.contribution import Contribution, merged
from kmop_constructs.errors import ConflictError, SpecError
from kmop_constructs.values.container import Container
from kmop_constructs.values.env import ConfigMapEnv, SecretEnv, SecretKey
from kmop_constructs.values.files import Text
from kmop_constructs.values.image import Image
from kmop_constructs.values.security import ClusterPermission, Permission
from kmop_constructs.values.volumes import EmptyDir

import pytest
from hypothesis import given
from hypothesis import strategies as st

names = st.sampled_from(["A", "B", "C"])
values = st.sampled_from(["1", "2"]) | st.builds(SecretKey, st.just("s"), st.sampled_from(["1", "2"]))
connections = st.sampled_from(
    [
        Connection(to=ToService("a"), port=80),
        Connection(to=ToService("a", namespace="b"), port=80, speaks="http", path="/v1"),
        Connection(to=Pods.of({"x": "y"}), port=80),
        Connection(to=ToHost("acme.io"), port=443, tls=True),
        Connection(to=Addresses.anywhere(), port=443),
    ]
)


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "env": st.dictionaries(names, values, max_size=2),
    "env_from": st.lists(st.sampled_from([ConfigMapEnv("a"), SecretEnv("a")]), max_size=2).map(tuple),
    "files": st.dictionaries(st.sampled_from(["/a", "/b"]), st.builds(Text, st.sampled_from("xy")), max_size=1),
    "volumes": st.dictionaries(st.just("/v"), st.builds(EmptyDir, st.sampled_from("xy")), max_size=1),
    "connections": st.lists(connections, max_size=2).map(tuple),
    "permissions": st.sampled_from([(), (Permission(("get",), ("pods",)),)]),
    "cluster_permissions": st.sampled_from([(), (ClusterPermission(("get",), ("nodes",)),)]),
    "pod_labels": st.dictionaries(st.just("l"), st.sampled_from("xy"), max_size=1),
    "pod_annotations": st.dictionaries(st.just("n"), st.sampled_from("xy"), max_size=1),
}


def named(parts: list[dict[str, Any]]) -> list[Contribution]:
    return [Contribution(source=f"edge{number}", **part) for number, part in enumerate(parts)]


contributions = st.lists(st.fixed_dictionaries(FIELDS), min_size=1, max_size=4).map(named)


def outcome(parts: list[Contribution]) -> object:
    try:
        return merged("shop/web", parts)
    except ConflictError as error:
        return str(error)


@given(contributions)
def test_the_order_of_edges_never_shows(parts: list[Contribution]) -> None:
    outcomes = [outcome(list(order)) for order in itertools.permutations(parts)]
    assert all(repr(each) == repr(outcomes[0]) for each in outcomes)


@given(contributions)
def test_using_an_edge_twice_adds_nothing(parts: list[Contribution]) -> None:
    assert repr(outcome(parts + parts)) == repr(outcome(parts))


@given(contributions)
def test_nothing_that_an_edge_adds_gets_lost(parts: list[Contribution]) -> None:
    try:
        united = merged("shop/web", parts)
    except ConflictError:
        return
    for part in parts:
        assert part.env.items() <= united.env.items()
        assert part.files.items() <= united.files.items()
        assert part.pod_labels.items() <= united.pod_labels.items()
        assert set(part.connections) <= set(united.connections)
        assert set(part.env_from) <= set(united.env_from)
        assert set(part.permissions) <= set(united.permissions)
        assert set(part.cluster_permissions) <= set(united.cluster_permissions)


@pytest.mark.parametrize(
    ("field", "what", "one", "other"),
    [
        ("env", "variable 'A'", {"A": "1"}, {"A": "2"}),
        ("files", "file '/a'", {"/a": Text("1")}, {"/a": Text("2")}),
        ("volumes", "volume '/a'", {"/a": EmptyDir("a")}, {"/a": EmptyDir("b")}),
        (
            "init_containers",
            "container 'a'",
            (Container("a", image=Image("a:1")),),
            (Container("a", image=Image("a:2")),),
        ),
        ("pod_labels", "pod label 'a'", {"a": "1"}, {"a": "2"}),
        ("pod_annotations", "pod annotation 'a'", {"a": "1"}, {"a": "2"}),
    ],
)
def test_two_values_for_one_key_conflict_by_both_sources(field: str, what: str, one: object, other: object) -> None:
    """The message names both."""
    parts = [
        Contribution(source="payments.http()", **cast(Any, {field: one})),
        Contribution(source="vault.as_env()", **cast(Any, {field: other})),
    ]
    message = rf"^shop/web: {what} has two values, one from payments.http\(\) and one from vault.as_env\(\); rename or"
    with pytest.raises(ConflictError, match=message):
        merged("shop/web", parts)
    with pytest.raises(ConflictError, match=message):
        merged("shop/web", parts[::-1])


def test_a_conflict_shows_no_value() -> None:
    parts = [Contribution(source=each, env={"PASSWORD": f"hunter2-{each}"}) for each in ("a", "b")]
    with pytest.raises(ConflictError) as caught:
        merged("shop/web", parts)
    assert "hunter2" not in str(caught.value)


def test_what_an_edge_adds_is_checked_under_its_own_name() -> None:
    with pytest.raises(SpecError, match=r"^mine.use\(\): env: not a valid name, got '1A'"):
        Contribution(source="mine.use()", env={"1A": "x"})
    with pytest.raises(SpecError, match=r"^mine.use\(\): files: not an absolute path, got 'a'"):
        Contribution(source="mine.use()", files={"a": Text("x")})


def test_a_variable_comes_after_those_that_its_text_refers_to() -> None:
    parts = [
        Contribution(source="a", env={"A": "$(Z)/$(M)", "M": "$(N)", "B": "$$(Z)"}),
        Contribution(source="z", env={"Z": "1", "N": "$(A_SPEC)"}),
    ]
    for order in itertools.permutations(parts):
        assert list(merged("web", order).env) == ["N", "M", "Z", "A", "B"]


def test_variables_that_refer_to_each_other_are_refused() -> None:
    parts = [Contribution(source="a", env={"A": "$(B)"}), Contribution(source="b", env={"B": "$(C)", "C": "x$(A)"})]
    with pytest.raises(SpecError, match="^shop/web: the variables A and B and C refer to each other"):
        merged("shop/web", parts)


def test_variables_are_sorted_by_name() -> None:
    parts = [Contribution(source="b", env={"Z": "1", "B": "2"}), Contribution(source="a", env={"A": "3"})]
    assert list(merged("web", parts).env) == ["A", "B", "Z"]
