"""How a pod ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.shutdown import Shutdown

import pytest
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 100), st.integers(0, 100))
def test_the_pause_leaves_the_process_some_of_the_grace_period(pause: int, grace: int) -> None:
    pauses, whole = timedelta(seconds=pause), timedelta(seconds=grace)
    if pause and grace <= pause:
        with pytest.raises(SpecError, match=f"^Shutdown.grace_period: not longer than the pause of {pause} s"):
            Shutdown(pause=pauses, grace_period=whole)
    else:
        assert Shutdown(pause=pauses, grace_period=whole).grace_period == whole


def test_a_pause_command_is_a_list_of_words() -> None:
    with pytest.raises(SpecError, match=r"Shutdown.pause_command: .*, got 'sleep 10'; write \['sleep', '10'\]"):
        Shutdown(pause_command=cast(Any, "sleep 10"))


@pytest.mark.parametrize("wrong", [10, timedelta(seconds=-1), timedelta(milliseconds=1)])
def test_a_pause_that_is_no_duration_in_seconds_is_refused(wrong: object) -> None:
    with pytest.raises(SpecError, match="^Shutdown.pause: not a "):
        Shutdown(pause=cast(Any, wrong))
