"""Disruption budgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.disruption import MaxUnavailable, MinAvailable

import pytest


@pytest.mark.parametrize("make", [lambda: MaxUnavailable(0), lambda: MinAvailable(percent=100)])
def test_a_budget_that_blocks_every_eviction_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match="a budget that blocks every eviction, got (0|100); "):
        make()


@pytest.mark.parametrize("budget", [MaxUnavailable, MinAvailable])
def test_a_budget_is_a_number_of_pods_or_a_share_and_not_both(budget: type[MaxUnavailable]) -> None:
    what = f"^{budget.__name__}: neither pods nor percent is set, got pods=None and percent=None; set one of them"
    with pytest.raises(SpecError, match=what):
        budget()
    what = f"^{budget.__name__}: both pods and percent are set, got pods=1 and percent=50; set one of them"
    with pytest.raises(SpecError, match=what):
        budget(1, percent=50)


@pytest.mark.parametrize(
    "make",
    [
        lambda: MaxUnavailable(-1),
        lambda: MaxUnavailable(percent=0),
        lambda: MaxUnavailable(percent=101),
        lambda: MinAvailable(-1),
        lambda: MinAvailable(percent=0),
        lambda: MinAvailable(cast(Any, "50%")),
    ],
)
def test_a_number_out_of_range_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match=r"^M\w+Available|^MaxUnavailable"):
        make()


def test_a_budget_that_lets_pods_go_is_taken() -> None:
    assert MaxUnavailable(percent=100).percent == 100
    assert MinAvailable(0).pods == 0
    assert MinAvailable(percent=99).percent == 99
