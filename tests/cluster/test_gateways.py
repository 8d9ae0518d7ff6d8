"""The API server takes whatever a gateway draws: every intent of the contract, with the rules between fields too."""

from __future__ import annotations

from kmop_constructs import SpecError
from kmop_constructs.components.api_gateway.features import FEATURES
from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.prerequisites import NEWER
from tests.cluster.strict import refusals
from tests.components.api_gateway.contract import Case, cases, drawn
from tests.components.api_gateway.intents import INTENTS

import pytest

ALIKE = {
    (kind, name)
    for kind in ("Deployment", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount")
    for name in ("web", "web-canary", "web-next")
}
"""What is drawn alike for every intent, and is tried with every system."""


def is_defined(item: Object, minor: int) -> bool:
    """Whether a server of a minor version takes the definition of the object's kind."""
    return NEWER.get((item["apiVersion"].partition("/")[0], item["kind"]), minor) <= minor


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_server_takes_every_intent_that_a_gateway_draws(case: Case, cluster: Cluster) -> None:
    found: dict[str, list[str]] = {}
    taken = 0
    for name in FEATURES:
        intent = INTENTS[name]
        for number, exposure in enumerate((intent.exposure, *intent.changed)):
            try:
                result = drawn(exposure, case.gateway)
            except SpecError:
                continue
            taken += 1
            known = [each for each in result.objects if is_defined(each, cluster.number)]
            mine = [each for each in known if (each["kind"], each["metadata"]["name"]) not in ALIKE]
            said = refusals(cluster.api, mine, minor=cluster.number, written_for_another=True)
            if said:
                found[f"{name} {number}"] = said
    assert found == {}
    assert taken > 5
