"""Secrets of others are masked wherever they stand."""

from __future__ import annotations

from kmop_constructs import KmopChart, Manifest, SpecError
from kmop_constructs.patch import Replace
from kmop_constructs.testing import synthesize

import pytest

SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"pin": "hunter2"}}


@pytest.mark.parametrize("kind", ["List", "SecretList"])
def test_a_secret_within_a_list_is_masked(chart: KmopChart, kind: str) -> None:
    Manifest(chart, "list", {"apiVersion": "v1", "kind": kind, "metadata": {"name": "l"}, "items": [SECRET]})
    assert "hunter2" not in synthesize(chart).yaml()
    assert "hunter2" in synthesize(chart).yaml(mask_secrets=False)


def test_items_of_a_secret_list_need_no_kind_to_be_masked(chart: KmopChart) -> None:
    item = {key: value for key, value in SECRET.items() if key not in ("apiVersion", "kind")}
    Manifest(chart, "list", {"apiVersion": "v1", "kind": "SecretList", "metadata": {"name": "l"}, "items": [item]})
    result = synthesize(chart)
    assert "hunter2" not in result.yaml()
    assert "kind: Secret\n" not in result.yaml()


def test_what_kubectl_last_applied_is_masked(chart: KmopChart) -> None:
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": '{"stringData":{"pin":"hunter2"}}', "a": "b"}
    Manifest(chart, "s", {**SECRET, "metadata": {"name": "s", "annotations": annotations}})
    text = synthesize(chart).yaml()
    assert "hunter2" not in text
    assert "a: b" in text


def test_a_patch_of_a_list_shows_no_value(chart: KmopChart) -> None:
    made = Manifest(chart, "list", {"apiVersion": "v1", "kind": "List", "metadata": {"name": "l"}, "items": [SECRET]})
    with pytest.raises(SpecError) as caught:
        made.patch(Replace("/items/0/stringData/pin", "hunter2\x00"))
    assert "hunter2" not in str(caught.value)
