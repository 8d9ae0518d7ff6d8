"""The code of the pages about outboxes and projections runs, and draws what the pages say."""

from __future__ import annotations

from pathlib import Path

from kmop_constructs.testing import synthesize
from tests.docs.test_pages import Page


def test_the_page_of_outboxes_draws_its_table(tmp_path: Path) -> None:
    rendered = synthesize(Page("messaging/outbox", tmp_path).scope["app"])
    names = {(each["kind"], each["metadata"]["name"]) for each in rendered.objects}
    assert {
        ("KafkaConnect", "orders-outbox"),
        ("KafkaConnector", "orders-outbox"),
        ("KafkaTopic", "orders-outbox-configs"),
        ("KafkaTopic", "orders-outbox-heartbeat"),
        ("KafkaTopic", "orders-outbox-offsets"),
        ("KafkaTopic", "orders-outbox-status"),
        ("KafkaUser", "orders-outbox"),
        ("NetworkPolicy", "orders-outbox"),
        ("Publication", "orders-db-orders-outbox"),
        ("Role", "orders-outbox"),
        ("Deployment", "orders-outbox"),
    } <= names
    assert [name for kind, name in names if kind == "Job" and name.startswith("orders-outbox-changes-")]


def test_the_page_of_projections_draws_both_generations(tmp_path: Path) -> None:
    page = Page("messaging/projections", tmp_path)
    rendered = synthesize(page.scope["app"])
    names = {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in rendered.pick("Deployment")}
    assert {("shop", "billing-view"), ("rebuilt", "billing-view"), ("rebuilt", "billing-view-2")} <= names
    assert set(page.scope["document"]["channels"]) == {"rebuilt.events.orders", "shop.events.orders"}
