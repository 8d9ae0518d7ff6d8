"""Life-cycle hooks."""

from __future__ import annotations

from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.hooks import Hooks
from kmop_constructs.values.probes import TcpSocket

import pytest


@pytest.mark.parametrize("field", ["post_start", "pre_stop"])
@pytest.mark.parametrize("wrong", ["sleep 5", ("sleep", "5"), TcpSocket()])
def test_a_hook_is_a_command_or_a_request(field: str, wrong: object) -> None:
    with pytest.raises(SpecError, match=rf"^Hooks.{field}: .*; write Exec\(…\) or HttpGet\(…\)"):
        Hooks(**{field: cast(Any, wrong)})
