"""The page about scaling draws what it says."""

from __future__ import annotations

from pathlib import Path

from kmop_constructs.testing import Synthesized, synthesize
from tests.docs.test_pages import Page

import pytest


@pytest.fixture
def rendered(tmp_path: Path) -> Synthesized:
    return synthesize(Page("scaling", tmp_path).scope["app"])


@pytest.fixture
def keda(tmp_path: Path) -> Page:
    return Page("scaling-keda", tmp_path)


def test_the_page_of_keda_draws_its_table(keda: Page) -> None:
    drawn = {each["kind"] for each in synthesize(keda.scope["app"]).objects}
    section = keda.text.partition("## What is drawn")[2].partition("## ")[0]
    for kind in ("ScaledObject", "TriggerAuthentication", "NetworkPolicy"):
        assert f"| `{kind}`" in section
        assert kind in drawn


def test_each_worker_has_the_login_of_its_edge(rendered: Synthesized) -> None:
    names = sorted(each["metadata"]["name"] for each in rendered.objects if each["kind"] == "TriggerAuthentication")
    assert names == ["mailer-queue", "reports-queue"]


def test_the_queue_is_that_of_the_edge(rendered: Synthesized) -> None:
    spec = rendered.one("ScaledObject", "mailer")["spec"]
    assert spec["triggers"][0]["metadata"]["host"] == "amqp://queue.shop.svc:5672/%2F"
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (2, 20)


def test_the_pause_is_an_annotation(keda: Page) -> None:
    annotations = synthesize(keda.scope["app"]).one("ScaledObject", "mailer")["metadata"]["annotations"]
    assert annotations == {"autoscaling.keda.sh/paused-replicas": "3"}


def test_a_staging_without_keda_has_a_fixed_number(rendered: Synthesized) -> None:
    assert rendered.one("Deployment", "mailer", namespace="staging")["spec"]["replicas"] == 2


def test_the_service_always_has_a_pod(rendered: Synthesized) -> None:
    triggers = [each["type"] for each in rendered.one("ScaledObject", "web")["spec"]["triggers"]]
    assert triggers == ["cron", "prometheus", "cpu"]
