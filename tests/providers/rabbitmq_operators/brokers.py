"""A RabbitMQ of its operators, as a test writes it, and what a test reads of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import Image, KmopChart, Platform, Provision, RabbitMq, RabbitMqSpec, Resources, Size, WorkerSpec
from kmop_constructs.messaging import Binding, DeadLetters, Exchange, Queue
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.rabbitmq_operators import RabbitMqOperators
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

from cdk8s import App

PROVISION = Provision(storage=Size.gib(20), resources=Resources.of("1", "2Gi"))
OPERATORS = RabbitMqOperators(provision=PROVISION)
SPEC = RabbitMqSpec(version="4.1.4")
WORKER = WorkerSpec(image=Image("acme/billing:1"), resources=Resources.of("100m", "256Mi"))


def shop(app: App, *, given: dict[str, Any] | None = None, **more: Any) -> KmopChart:
    """A chart on a platform with both operators."""
    fields: dict[str, Any] = {"certificates": CertManager(issuer="internal-ca"), **more}
    platform = Platform(rabbitmq=replace(OPERATORS, **(given or {})), kubernetes="1.31", **fields)
    return KmopChart(app, "shop", namespace="shop", platform=platform)


def topology(chart: KmopChart, spec: RabbitMqSpec = SPEC) -> tuple[Exchange, Queue]:
    """An exchange and a queue of a RabbitMQ in the chart."""
    broker = RabbitMq(chart, "events", spec)
    orders = Exchange(chart, "orders", broker)
    failed = Queue(chart, "failed", broker, dead_letters=None)
    billing = Queue(chart, "billing", broker, dead_letters=DeadLetters(failed))
    Binding(chart, "billing-orders", orders, billing, key="order.*")
    return orders, billing


def drawn(app: App) -> Synthesized:
    """The objects of the app, valid for the definitions."""
    result = synthesize(app)
    assert_valid(result.objects, "1.31")
    return result


def every(result: Synthesized, kind: str) -> list[dict[str, Any]]:
    """All objects of a kind."""
    return [each for each in result.objects if each["kind"] == kind]


def rights(result: Synthesized, user: str) -> dict[str, str]:
    """The rights of a user."""
    spec = result.one("Permission", user)["spec"]
    assert spec["userReference"] == {"name": user}
    return spec["permissions"]
