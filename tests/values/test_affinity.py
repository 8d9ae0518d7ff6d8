"""Where pods stand in relation to others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.affinity import ONE_PER_HOST, Apart, Beside, OnNodes

import pytest


def test_one_per_host_is_strict() -> None:
    assert Apart() == ONE_PER_HOST
    assert ONE_PER_HOST.required


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Apart(topology_key=""), "Apart.topology_key: not a label or annotation key"),
        (lambda: Apart(pod_labels={"a": "b c"}), r"Apart.pod_labels\['a'\]: not a valid name"),
        (lambda: Beside({}), "Beside.pod_labels: empty"),
        (lambda: Beside(cast(Any, "cache")), "Beside.pod_labels: not a mapping"),
        (lambda: OnNodes({}), "OnNodes: no label"),
        (lambda: OnNodes({"disk": ("a b",)}), r"OnNodes\['disk'\]: not a valid name, got 'a b'"),
        (
            lambda: OnNodes(cast(Any, {"disk": "ssd"})),
            r"OnNodes\['disk'\]: a single value instead of a list, got 'ssd'",
        ),
        (lambda: Apart(required=False, weight=0), "Apart.weight: not a whole number from 1 to 100, got 0"),
        (lambda: Beside({"a": "b"}, weight=101), "Beside.weight: not a whole number from 1 to 100, got 101"),
        (lambda: Apart(weight=1), "Apart.weight: has no effect on a required rule, got 1"),
        (lambda: OnNodes({"disk": ("ssd",)}, weight=50), "OnNodes.weight: has no effect on a required rule, got 50"),
    ],
)
def test_an_empty_or_impossible_affinity_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError, match=f"^{message}"):
        make()
