"""Contributed variables come after those that they refer to."""

import re
from random import Random

from kmop_constructs import SecretKey, SpecError
from kmop_constructs.authors import Contribution
from kmop_constructs.core.contribution import merged, resolvable

import pytest
from hypothesis import given
from hypothesis import strategies as st

PASSWORD = SecretKey("db", "password")


def test_a_variable_comes_after_the_one_that_it_refers_to() -> None:
    env = {"DB_URL": "db://$(DB_USER)@host", "DB_USER": "shop", "A": "1"}
    assert list(resolvable("web", env)) == ["DB_USER", "DB_URL", "A"]


def test_a_reference_to_a_secret_counts_too() -> None:
    assert list(resolvable("web", {"A": "$(Z)", "Z": PASSWORD})) == ["Z", "A"]


def test_variables_without_references_keep_their_order() -> None:
    assert list(resolvable("web", {"B": "2", "C": PASSWORD, "A": "1"})) == ["B", "C", "A"]


def test_contributed_variables_without_references_are_sorted() -> None:
    env = {"B": "2", "C": PASSWORD, "A": "1"}
    assert list(merged("web", [Contribution(source="db", env=env)]).env) == ["A", "B", "C"]


def test_an_escaped_dollar_sign_is_no_reference() -> None:
    assert list(resolvable("web", {"A": "$$(Z)", "Z": "1"})) == ["A", "Z"]


def test_a_name_that_no_edge_contributes_is_left_alone() -> None:
    assert resolvable("web", {"A": "$(ELSEWHERE)"}) == {"A": "$(ELSEWHERE)"}


def test_a_variable_may_name_itself_as_kubernetes_allows() -> None:
    assert resolvable("web", {"A": "$(A):more"}) == {"A": "$(A):more"}


def test_a_circle_of_references_is_an_error_that_names_it() -> None:
    with pytest.raises(SpecError, match="web: the variables A and B refer to each other"):
        resolvable("web", {"A": "$(B)", "B": "$(A)", "C": "1"})


def test_references_reach_across_edges() -> None:
    user = Contribution(source="vault", env={"USER": "shop"})
    url = Contribution(source="db", env={"URL": "db://$(USER)@host"})
    assert list(merged("web", [url, user]).env) == ["USER", "URL"]


@st.composite
def variables(draw: st.DrawFn) -> dict[str, str]:
    """Variables that refer to others without a circle, under names in any order."""
    names = draw(st.permutations([f"V{number}" for number in range(draw(st.integers(1, 8)))]))
    below = [draw(st.lists(st.sampled_from(names[:place]), max_size=3)) if place else [] for place in range(len(names))]
    return {name: "/".join(f"$({each})" for each in found) for name, found in zip(names, below, strict=True)}


@given(variables(), st.randoms(use_true_random=False))
def test_a_variable_follows_those_that_it_refers_to(env: dict[str, str], random: Random) -> None:
    items = list(env.items())
    random.shuffle(items)
    placed = list(merged("web", [Contribution(source="db", env=dict(items))]).env)
    assert sorted(placed) == sorted(env)
    assert placed == list(merged("web", [Contribution(source="db", env=env)]).env)
    for name, text in env.items():
        assert all(placed.index(each) < placed.index(name) for each in re.findall(r"\$\((\w+)\)", text))
