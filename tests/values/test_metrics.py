"""Where a service shows its metrics."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.metrics import Metrics

import pytest


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Metrics(path="metrics"),
            "Metrics.path: a path without a leading slash, got 'metrics'; write '/metrics'",
        ),
        (lambda: Metrics(path=cast(Any, None)), "Metrics.path: not text, got None"),
        (lambda: Metrics(port=0), "Metrics.port: not a whole number from 1 to 65535"),
        (lambda: Metrics(port="Admin"), "Metrics.port: not a port name, got 'Admin'"),
        (lambda: Metrics(interval=timedelta(milliseconds=100)), "Metrics.interval: not a whole number of seconds"),
    ],
)
def test_an_endpoint_that_cannot_be_scraped_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError, match=f"^{message}"):
        make()
