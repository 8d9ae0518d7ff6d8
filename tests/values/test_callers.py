"""Callers that another repository builds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.callers import Caller

import pytest


def test_a_service_is_known_by_its_name_label() -> None:
    assert Caller.service("web", namespace="shop").pod_labels == {"app.kubernetes.io/name": "web"}


@pytest.mark.parametrize(
    "make",
    [
        lambda: Caller(cidrs=("10.0.0.0/8",), namespace="a"),
        lambda: Caller(cidrs=("10.0.0.0/8",), pod_labels={"a": "b"}),
        lambda: Caller(cidrs=("10.0.0.0/8",), all_namespaces=True),
        lambda: Caller.pods({"a": "b"}, namespace="a", all_namespaces=True),
        Caller.addresses,
    ],
)
def test_a_caller_that_contradicts_itself_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match="^Caller"):
        make()


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Caller.service("a b"), r"Caller.pod_labels\['app.kubernetes.io/name'\]"),
        (lambda: Caller.service("a", namespace="A"), "Caller.namespace"),
        (lambda: Caller.service("a", port=0), "Caller.port"),
        (lambda: Caller.service("a", port="HTTP"), "Caller.port"),
        (lambda: Caller.addresses("10.0.0.1/8"), "Caller.cidrs"),
        (lambda: Caller.pods(cast(Any, None)), "Caller.pod_labels"),
    ],
)
def test_a_caller_by_a_name_that_cannot_exist_is_refused(make: Callable[[], object], field: str) -> None:
    with pytest.raises(SpecError, match=f"^{field}: not a"):
        make()
