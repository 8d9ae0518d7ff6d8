"""How a new version replaces the old one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from kmop_constructs.errors import SpecError
from kmop_constructs.values.rollout import Recreate, RollingUpdate

import pytest


def test_a_rollout_that_could_replace_no_pod_is_refused() -> None:
    with pytest.raises(SpecError, match="^RollingUpdate: max_surge and max_unavailable are both 0"):
        RollingUpdate(max_surge=0)
    assert RollingUpdate(max_surge=0, max_unavailable=1).max_surge == 0


def test_a_surge_has_one_form() -> None:
    with pytest.raises(SpecError, match="set together with max_surge_percent"):
        RollingUpdate(max_surge=1, max_surge_percent=25)


@pytest.mark.parametrize(
    "make",
    [
        lambda: RollingUpdate(max_surge_percent=0),
        lambda: RollingUpdate(max_surge_percent=101),
        lambda: RollingUpdate(max_surge=-1),
        lambda: RollingUpdate(max_unavailable=-1),
        lambda: RollingUpdate(revision_history_limit=-1),
        lambda: RollingUpdate(min_ready=timedelta(seconds=-1)),
        lambda: Recreate(revision_history_limit=-1),
        lambda: Recreate(progress_deadline=timedelta(0)),
    ],
)
def test_a_number_out_of_range_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match=r"^(RollingUpdate|Recreate)\.\w+: not a whole number .*, got .*; write "):
        make()


def test_a_deadline_that_passes_before_a_pod_can_count_is_refused() -> None:
    with pytest.raises(
        SpecError, match="^RollingUpdate.progress_deadline: not above min_ready, got '0:10:00'; raise it"
    ):
        RollingUpdate(min_ready=timedelta(minutes=10))
    RollingUpdate(min_ready=timedelta(minutes=10), progress_deadline=timedelta(minutes=11))
