"""A Kafka of Strimzi, as a test writes it, and what a test reads of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import (
    Image,
    KmopChart,
    Platform,
    Provision,
    Resources,
    ServiceSpec,
    Size,
    WorkerSpec,
)
from kmop_constructs.messaging import Compacted, Kafka, KafkaSpec, Topic
from kmop_constructs.providers.strimzi import Strimzi
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

from cdk8s import App

PROVISION = Provision(storage=Size.gib(100), resources=Resources.of("1", "8Gi"))
STRIMZI = Strimzi(provision=PROVISION)
SPEC = KafkaSpec(version="4.3.1")
RESOURCES = Resources.of("100m", "256Mi")
SERVICE = ServiceSpec(image=Image("acme/shop:1"), port=8080, resources=RESOURCES)
WORKER = WorkerSpec(image=Image("acme/billing:1"), resources=RESOURCES)


def shop(app: App, *, given: dict[str, Any] | None = None, **more: Any) -> KmopChart:
    """A chart on a platform with Strimzi."""
    platform = Platform(kafka=replace(STRIMZI, **(given or {})), kubernetes="1.31", **more)
    return KmopChart(app, "shop", namespace="shop", platform=platform)


def orders(chart: KmopChart, spec: KafkaSpec = SPEC, **more: Any) -> Topic:
    """A topic of a Kafka in the chart."""
    given: dict[str, Any] = {"partitions": 12, "keep": Compacted(), "key": "order id", **more}
    return Topic(chart, "orders", Kafka(chart, "events", spec), **given)


def drawn(app: App) -> Synthesized:
    """The objects of the app, valid for the definitions."""
    result = synthesize(app)
    assert_valid(result.objects, "1.31")
    return result


def every(result: Synthesized, kind: str) -> list[dict[str, Any]]:
    """All objects of a kind."""
    return [each for each in result.objects if each["kind"] == kind]


def env(result: Synthesized, name: str) -> dict[str, Any]:
    """The variables of a workload; a reference as ``secret/key``."""
    variables = result.one("Deployment", name)["spec"]["template"]["spec"]["containers"][0]["env"]

    def shown(each: dict[str, Any]) -> str:
        key = each.get("valueFrom", {}).get("secretKeyRef")
        return f"{key['name']}/{key['key']}" if key else each["value"]

    return {each["name"]: shown(each) for each in variables}


def acls(result: Synthesized, user: str) -> list[str]:
    """The rights of a user, one text for each."""
    found = result.one("KafkaUser", user)["spec"]["authorization"]
    assert found["type"] == "simple"
    return [
        f"{each['resource']['type']} {each['resource']['patternType']} {each['resource']['name']}: {' '.join(each['operations'])}"
        for each in found["acls"]
    ]
