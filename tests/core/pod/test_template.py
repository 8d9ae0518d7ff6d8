"""Pod templates: labels, annotations, placement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmop_constructs import ConflictError, Permission, Placement
from kmop_constructs.authors import Contribution
from kmop_constructs.core.pod.template import PodPlan
from kmop_constructs.placement import Spread, Toleration

import pytest

Draw = Callable[..., dict[str, Any]]
Plan = Callable[..., PodPlan]


def metadata(plan: PodPlan) -> Any:
    return plan.template.get("metadata")


def test_pods_carry_the_labels_that_select_them_whatever_an_edge_adds(draw: Plan) -> None:
    labels = metadata(draw(Contribution(source="mesh", pod_labels={"mesh": "on"}), labels={"team": "a"}))["labels"]
    assert labels == {
        "mesh": "on",
        "team": "a",
        "app.kubernetes.io/name": "web",
        "app.kubernetes.io/instance": "web",
        "app.kubernetes.io/version": "1.0",
    }


@pytest.mark.parametrize("key", ["app.kubernetes.io/name", "team"])
def test_an_edge_cannot_change_a_label_of_the_service(draw: Plan, key: str) -> None:
    with pytest.raises(ConflictError, match=f"^shop/web: an edge sets the pod label '{key}', which this library sets"):
        draw(Contribution(source="mesh", pod_labels={key: "x"}), labels={"team": "a"})


def test_annotations_of_edges_and_of_the_spec_stand_side_by_side(draw: Plan) -> None:
    edge = Contribution(source="mesh", pod_annotations={"mesh": "on", "same": "x"})
    assert metadata(draw(edge, pod_annotations={"note": "y", "same": "x"}))["annotations"] == {
        "mesh": "on",
        "note": "y",
        "same": "x",
    }
    with pytest.raises(ConflictError, match="^shop/web: pod annotation 'mesh' has two values"):
        draw(edge, pod_annotations={"mesh": "off"})
    assert "annotations" not in metadata(draw())


def test_pods_spread_softly_and_each_revision_by_itself(pod: Draw) -> None:
    selector = {"app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "web"}
    assert pod()["topologySpreadConstraints"] == [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": selector},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]


def test_placement_is_written_as_given(pod: Draw) -> None:
    placement = Placement(
        node_selector={"disk": "ssd"},
        tolerations=(Toleration("gpu", effect="NoSchedule"), Toleration("team", value="a"), Toleration()),
        spread=(Spread("rack", max_skew=2, required=True),),
        priority_class="high",
    )
    drawn = pod(placement=placement)
    assert drawn["nodeSelector"] == {"disk": "ssd"}
    assert drawn["tolerations"] == [
        {"operator": "Exists", "key": "gpu", "effect": "NoSchedule"},
        {"operator": "Equal", "key": "team", "value": "a"},
        {"operator": "Exists"},
    ]
    assert [
        (each["topologyKey"], each["maxSkew"], each["whenUnsatisfiable"]) for each in drawn["topologySpreadConstraints"]
    ] == [("rack", 2, "DoNotSchedule")]
    assert drawn["priorityClassName"] == "high"
    assert "topologySpreadConstraints" not in pod(placement=Placement(spread=()))


def test_a_token_is_mounted_where_an_edge_needs_the_api(pod: Draw) -> None:
    edge = Contribution(source="leader", permissions=(Permission(("get",), ("leases",)),))
    assert pod(edge)["automountServiceAccountToken"]
    assert not pod()["automountServiceAccountToken"]
