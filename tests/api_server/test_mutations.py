"""A synth refuses what a real API server refuses, and accepts what it accepts.

`record.py` in this folder asked the servers, with strict field validation. `tests/cluster/test_mutations.py` asks them again,
and asks four times as much.
"""

from __future__ import annotations

from tests.api_server.answers import answers
from tests.api_server.exceptions import verdict
from tests.api_server.good import good
from tests.api_server.mutations import mutations
from tests.api_server.synth import SERVER_RULES, Synth
from tests.checks.test_sloppy import mutated

import pytest

MINORS = ("1.27", "1.37")


@pytest.fixture(scope="module")
def synth() -> Synth:
    return Synth()


@pytest.mark.parametrize("minor", MINORS)
def test_good_manifests_have_no_finding(synth: Synth, minor: str) -> None:
    found = [str(each) for item in good() for each in synth.findings(item, minor) if each.rule in SERVER_RULES]

    assert found == []


@pytest.mark.parametrize("minor", MINORS)
def test_synth_and_api_server_agree_on_every_mutation(synth: Synth, minor: str) -> None:
    known = answers()
    usual = {id_of: synth.usual(item, minor) for item in good() for id_of in [synth.id_of(item)]}
    wrong = [
        said
        for each in mutations(good())
        if (said := verdict(each.id, minor, known[each.id], synth.new(each.object, minor, usual))) is not None
    ]

    assert wrong == []


def test_no_value_makes_a_rule_fail(synth: Synth) -> None:
    """A value of any type, at any place, is a finding or none, and no error of a rule."""
    changed = [each for item in good() for each in mutated(item)][::61]  # which takes each wrong value in turn

    assert all(str(each) for item in changed for each in synth.findings(item, "1.30"))


def test_every_mutation_has_an_answer_of_both_servers() -> None:
    ids = [each.id for each in mutations(good())]

    assert len(ids) == len(set(ids)) > 1000
    assert {each: set(MINORS) for each in ids} == {name: set(given) for name, given in answers().items()}


@pytest.mark.parametrize("minor", MINORS)
def test_servers_refuse_a_half_of_the_mutations(minor: str) -> None:
    """Otherwise the comparison would show little."""
    refused = [name for name, given in answers().items() if given[minor][0] == "refused"]

    assert 0.4 < len(refused) / len(answers()) < 0.8
