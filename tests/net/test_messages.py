"""No system costs more messages than recorded: ``python -m tests.net.record`` records anew."""

from __future__ import annotations

from functools import cache

from tests.cluster.systems import SYSTEMS
from tests.net.messages import Cost, costs, recorded

import pytest

# Objects of cdk8s-plus cost many messages each, and it is not ours to mend.
OURS = [name for name in SYSTEMS if name != "mixed_with_cdk8s_plus"]


@cache
def found() -> dict[str, Cost]:
    return costs()


def test_every_system_has_its_cost_recorded() -> None:
    assert list(recorded()) == SYSTEMS


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_costs_no_more_than_recorded(name: str) -> None:
    assert found()[name].messages <= recorded()[name].messages


@pytest.mark.parametrize("name", OURS)
def test_a_system_costs_no_more_than_its_parts(name: str) -> None:
    cost = found()[name]
    assert cost.messages <= cost.allowed, cost
