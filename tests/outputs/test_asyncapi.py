"""The document of AsyncAPI, held against its schema, which ``tests/outputs/data`` has."""

from __future__ import annotations

import json
import lzma
from dataclasses import replace
from pathlib import Path
from typing import Any

from kmop_constructs import KmopChart, Microservice, SpecError, Worker
from kmop_constructs.messaging import Compacted, Forever, Kafka, Topic
from kmop_constructs.outputs import asyncapi_document
from kmop_constructs.providers.existing import ExistingKafka, ExistingTopic
from tests.providers.strimzi.kafkas import SERVICE, SPEC, WORKER, shop
from tests.providers.strimzi.test_connect import orders as outbox
from tests.providers.strimzi.test_connect import shop as shop_with_outbox

import pytest
from cdk8s import App
from jsonschema import Draft7Validator

SCHEMA = json.loads(lzma.decompress((Path(__file__).parent / "data/asyncapi-3.0.0.json.xz").read_bytes()))


def document(app: App) -> dict[str, Any]:
    """The document of an app, valid for the schema, with references that lead somewhere."""
    found = asyncapi_document(app, title="shop", version="1.4.2")
    validator: Any = Draft7Validator(SCHEMA)
    errors = [each.message for each in validator.iter_errors(found)]
    assert errors == []
    for each in found.get("operations", {}).values():
        assert each["channel"]["$ref"].removeprefix("#/channels/") in found["channels"]
    for each in found.get("channels", {}).values():
        assert all(one["$ref"].removeprefix("#/servers/") in found["servers"] for one in each["servers"])
    return found


def small(app: App) -> KmopChart:
    chart = shop(app)
    topic = Topic(chart, "orders", Kafka(chart, "events", SPEC), partitions=12, keep=Compacted(), key="order id")
    Microservice(chart, "web", SERVICE, uses=[topic.produce()])
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    return chart


def test_the_document_has_servers_channels_and_operations(app: App) -> None:
    small(app)
    kafka = {"bindingVersion": "0.5.0"}
    assert document(app) == {
        "asyncapi": "3.0.0",
        "info": {"title": "shop", "version": "1.4.2"},
        "servers": {
            "shop.events": {
                "host": "events-kafka-bootstrap.shop.svc:9093",
                "protocol": "kafka-secure",
                "security": [{"type": "scramSha512"}],
                "bindings": {"kafka": kafka},
            }
        },
        "channels": {
            "shop.events.orders": {
                "address": "orders",
                "servers": [{"$ref": "#/servers/shop.events"}],
                "messages": {
                    "record": {
                        "name": "orders",
                        "bindings": {"kafka": {"key": {"type": "string", "description": "order id"}, **kafka}},
                    }
                },
                "bindings": {
                    "kafka": {
                        "topic": "orders",
                        "partitions": 12,
                        "replicas": 3,
                        "topicConfiguration": {"cleanup.policy": ["compact"]},
                        **kafka,
                    }
                },
            }
        },
        "operations": {
            "shop.billing.receive.orders": {
                "action": "receive",
                "channel": {"$ref": "#/channels/shop.events.orders"},
                "title": "shop/billing",
                "bindings": {"kafka": {"groupId": {"type": "string", "enum": ["billing"]}, **kafka}},
            },
            "shop.web.send.orders": {
                "action": "send",
                "channel": {"$ref": "#/channels/shop.events.orders"},
                "title": "shop/web",
            },
        },
    }


def test_the_order_of_constructs_does_not_matter(app: App) -> None:
    small(app)
    other = App()
    chart = shop(other)
    kafka = Kafka(chart, "events", SPEC)
    topic = Topic(chart, "orders", kafka, partitions=12, keep=Compacted(), key="order id")
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    Microservice(chart, "web", SERVICE, uses=[topic.produce()])
    assert json.dumps(document(app)) == json.dumps(document(other))


def test_a_topic_that_nothing_uses_has_its_server(app: App) -> None:
    chart = shop(app)
    Topic(chart, "orders", Kafka(chart, "events", SPEC), partitions=1, keep=Forever())
    found = document(app)
    assert found["servers"]["shop.events"]["host"] == "events-kafka-bootstrap.shop.svc:9093"
    assert "operations" not in found


def test_topics_of_others_are_channels_too(app: App) -> None:
    chart = shop(app)
    kafka = ExistingKafka("main", bootstrap=("b-1.acme.io:9092",), tls=False, mechanism=None)
    Worker(chart, "billing", WORKER, uses=[ExistingTopic("orders", kafka).consume(group="billing")])
    found = document(app)
    (server,) = found["servers"].values()
    assert server == {
        "host": "b-1.acme.io:9092",
        "protocol": "kafka",
        "bindings": {"kafka": {"bindingVersion": "0.5.0"}},
    }
    (channel,) = found["channels"].values()
    assert channel["bindings"]["kafka"] == {"topic": "orders", "bindingVersion": "0.5.0"}


def test_an_outbox_is_a_producer_without_its_own_topics(app: App) -> None:
    outbox(shop_with_outbox(app))
    found = document(app)
    assert list(found["channels"]) == ["shop.events.orders"]
    assert list(found["operations"]) == ["shop.orders-outbox.send.orders"]


def test_an_app_without_topics_has_an_empty_document(app: App) -> None:
    Worker(shop(app), "billing", replace(WORKER))
    assert document(app) == {"asyncapi": "3.0.0", "info": {"title": "shop", "version": "1.4.2"}}


def test_the_title_is_text(app: App) -> None:
    Worker(shop(app), "billing", WORKER)
    with pytest.raises(SpecError, match="asyncapi_document: title"):
        asyncapi_document(app, title="", version="1")
