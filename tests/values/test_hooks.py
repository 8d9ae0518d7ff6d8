"""Life-cycle hooks."""

from __future__ import annotations

from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.hooks import Hooks
from kmop_constructs.values.probes import Exec, HttpGet, ProbeTiming, TcpSocket

import pytest


@pytest.mark.parametrize("field", ["post_start", "pre_stop"])
@pytest.mark.parametrize("wrong", ["sleep 5", ("sleep", "5"), TcpSocket()])
def test_a_hook_is_a_command_or_a_request(field: str, wrong: object) -> None:
    with pytest.raises(SpecError, match=rf"^Hooks.{field}: .*; write Exec\(…\) or HttpGet\(…\)"):
        Hooks(**{field: cast(Any, wrong)})


def test_a_hook_has_no_timing_since_it_runs_once() -> None:
    for hook in (HttpGet("/", timing=ProbeTiming()), Exec(("ls",), timing=ProbeTiming())):
        with pytest.raises(SpecError, match="^Hooks.post_start: has a timing, which only checks have"):
            Hooks(post_start=hook)
