"""Where pods may run."""

from __future__ import annotations

from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.placement import HOSTS, ZONES, Placement, Spread, Toleration

import pytest


def test_pods_spread_softly_over_hosts_and_zones() -> None:
    assert Placement().spread == (HOSTS, ZONES)
    assert not HOSTS.required
    assert not ZONES.required


def test_a_spread_needs_a_node_label_and_a_skew() -> None:
    with pytest.raises(SpecError, match="^Spread.topology_key: not a label or annotation key, got ''"):
        Spread("")
    with pytest.raises(SpecError, match="^Spread.max_skew: not a whole number from 1"):
        Spread("zone", max_skew=0)


def test_a_taint_with_a_value_has_a_key() -> None:
    with pytest.raises(SpecError, match="^Toleration.value: set without a key"):
        Toleration(value="gpu")


def test_an_effect_that_kubernetes_does_not_know_is_refused() -> None:
    with pytest.raises(SpecError, match="^Toleration.effect: .*, got 'noSchedule'; use 'NoSchedule' or "):
        Toleration("gpu", effect=cast(Any, "noSchedule"))


@pytest.mark.parametrize("field", ["tolerations", "spread"])
def test_one_value_is_not_a_list(field: str) -> None:
    with pytest.raises(SpecError, match=f"^Placement.{field}: a single value instead of a list"):
        Placement(**{field: cast(Any, Toleration())})


def test_node_labels_and_priority_classes_are_checked() -> None:
    with pytest.raises(SpecError, match=r"^Placement.node_selector\['disk'\]: not a valid name, got 'a b'"):
        Placement(node_selector={"disk": "a b"})
    with pytest.raises(SpecError, match="^Placement.priority_class: not a valid name, got 'High'"):
        Placement(priority_class="High")
