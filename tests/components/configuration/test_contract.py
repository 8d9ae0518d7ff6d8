"""What holds for every provider of secrets: each feature is drawn as its documentation says, or refused."""

from __future__ import annotations

from kmop_constructs import KmopChart, Platform, RemoteSecrets, UnsupportedError
from kmop_constructs.authors import Can, Cannot, MakesSecret
from kmop_constructs.components.configuration.base import FEATURES, SecretFeature
from kmop_constructs.core.capability import providers_with
from kmop_constructs.core.place import place_of
from kmop_constructs.core.tools import providers_of
from tests.apps.schemas import assert_valid
from tests.components.configuration.contract import INTENTS, Case, cases, drawn

import pytest
from cdk8s import App

CASES = cases()
EVERY = [pytest.param(case, name, id=f"{case.name}-{name}") for case in CASES for name in FEATURES]
ABLE = [
    pytest.param(case, name, id=f"{case.name}-{name}")
    for case in CASES
    for name in FEATURES
    if isinstance(case.provider.SUPPORTS.get(name), Can)
]


def test_every_provider_and_feature_is_in_the_contract() -> None:
    assert {case.provider for case in CASES} == set(providers_of("secrets"))
    assert list(INTENTS) == list(FEATURES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_provider_has_an_entry_for_every_feature(case: Case) -> None:
    assert set(case.provider.SUPPORTS) == set(FEATURES)
    for name, support in case.provider.SUPPORTS.items():
        cited = support.source.startswith("https://")
        assert cited or (isinstance(support, Cannot) and len(support.why) > 20), name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_provider_has_an_expectation_for_what_it_can(case: Case) -> None:
    can = {name for name, support in case.provider.SUPPORTS.items() if isinstance(support, Can)}
    assert set(case.expected) == can
    assert {name for name, found in case.expected.items() if not found} <= case.same


@pytest.mark.parametrize(("case", "name"), EVERY)
def test_a_feature_is_drawn_as_documented_or_an_error(case: Case, name: SecretFeature) -> None:
    """The error names the providers that support it."""
    intent = INTENTS[name][0]
    if isinstance(case.provider.SUPPORTS[name], Cannot):
        with pytest.raises(UnsupportedError) as caught:
            drawn(intent, case.secrets)
        message = next(line for line in str(caught.value).splitlines() if f"cannot {FEATURES[name]}, " in line)
        for other in providers_with("secrets", name, but=case.name):
            assert other in message
        return
    objects = drawn(intent, case.secrets).objects
    for expected in case.expected[name]:
        assert expected.holds(objects), f"{expected} is not in {objects}"
    assert_valid(objects, "1.30")


@pytest.mark.parametrize(("case", "name"), ABLE)
def test_a_feature_changes_the_output(case: Case, name: SecretFeature) -> None:
    if name in case.same:
        return
    try:
        objects = drawn(INTENTS[name][1], case.secrets).objects
    except UnsupportedError:
        return  # the other value is a feature that the provider refuses
    assert not all(expected.holds(objects) for expected in case.expected[name])


@pytest.mark.parametrize(("case", "name"), ABLE)
def test_a_provider_makes_the_secret_with_its_keys(case: Case, name: SecretFeature) -> None:
    """The fact is what references, checksums and rules read."""
    intent = INTENTS[name][0]
    chart = KmopChart(App(), "shop", namespace="shop", platform=Platform(secrets=case.secrets))
    secrets = RemoteSecrets(chart, "keys", keys=intent.keys, **intent.settings)
    with place_of(chart).model.synthesized() as synthesis:
        (made,) = [given.fact for each in synthesis.clusters for given in each.given(MakesSecret)]
    assert (made.name, made.scope, set(made.keys)) == ("keys", "shop", set(intent.keys))
    assert made.lifetime == next((each.lifetime for each in secrets.spec.leased.values()), None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_feature_needs_must_be_named(case: Case) -> None:
    for name, support in case.provider.SUPPORTS.items():
        if isinstance(support, Can) and support.needs is not None:
            assert case.plain is not None
            with pytest.raises(UnsupportedError, match="it needs ") as caught:
                drawn(INTENTS[name][0], case.plain)
            assert support.needs in str(caught.value)
