"""What the operators of RabbitMQ cannot do is an error, or a notice where the platform says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    Credentials,
    ExistingSecret,
    KmopChart,
    Platform,
    Provision,
    RabbitMq,
    Schedule,
    Size,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.providers.rabbitmq_operators import RabbitMqOperators
from kmop_constructs.stores import Pooler
from kmop_constructs.testing import synthesize
from kmop_constructs.values.metrics import Metrics
from tests.providers.rabbitmq_operators.brokers import OPERATORS, PROVISION, SPEC, shop

import pytest
from cdk8s import App

LOGIN = Credentials.of(ExistingSecret("events"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"instances": 2}, "shop/events: provision.instances: an even number.*got 2"),
        ({"storage": None}, "shop/events: provision.storage: not set"),
        ({"synchronous": False}, "shop/events: provision.synchronous: a majority of the nodes has a message"),
        ({"synchronous": True, "instances": 1}, "shop/events: provision.synchronous: set for one node"),
        ({"pooler": Pooler()}, "shop/events: provision.pooler: RabbitMQ has none"),
    ],
)
def test_a_provision_that_no_broker_can_have(app: App, changed: dict[str, Any], message: str) -> None:
    chart = shop(app, given={"provision": replace(PROVISION, **changed)})
    with pytest.raises((SpecError, UnsupportedError), match=message):
        RabbitMq(chart, "events", SPEC)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"version": "3.13.7"}, "shop/events: version: not a version from 4.1 on, .*got '3.13.7'"),
        ({"version": "latest"}, "shop/events: version: .*got 'latest'"),
        ({"settings": {"default_user": "x"}}, "shop/events: settings: set by the operator, got 'default_user'"),
        ({"settings": {"listeners.tcp.1": "1"}}, "set by the operator, got 'listeners.tcp.1'"),
        ({"settings": {"a": "1\n2"}}, "its value has a line break, got 'a'"),
    ],
)
def test_a_spec_that_the_operator_refuses(app: App, changed: dict[str, Any], message: str) -> None:
    chart = shop(app)
    with pytest.raises(SpecError, match=message):
        RabbitMq(chart, "events", replace(SPEC, **changed))


@pytest.mark.parametrize(
    ("name", "changed"), [("credentials", {"credentials": LOGIN}), ("metrics", {"metrics": Metrics()})]
)
def test_a_field_is_ignored_by_a_word(
    app: App, caplog: pytest.LogCaptureFixture, name: str, changed: dict[str, Any]
) -> None:
    spec = replace(SPEC, **changed)
    with pytest.raises(
        UnsupportedError, match=rf"shop/events: {name}: .*RabbitMqOperators\(leaves_out=\('{name}',\)\)"
    ):
        RabbitMq(shop(App()), "events", spec)
    RabbitMq(shop(app, given={"leaves_out": (name,)}), "events", spec)
    synthesize(app)
    assert [each for each in caplog.messages if f"{name} is left out" in each]


def test_a_backup_is_refused(app: App) -> None:
    backup = Backup(schedule=Schedule("0 3 * * *"), keep=timedelta(days=7))
    chart = shop(app, given={"provision": replace(PROVISION, backup=backup)})
    with pytest.raises(UnsupportedError, match="provision.backup: the operators make no copies of messages"):
        RabbitMq(chart, "events", SPEC)


@pytest.mark.parametrize(
    ("field", "value"), [("leaves_out", ("provision",)), ("elsewhere", "access"), ("zones", 1), ("deletes_queues", 1)]
)
def test_a_wrong_option_is_an_error(field: str, value: object) -> None:
    with pytest.raises(SpecError, match=f"RabbitMqOperators.{field}"):
        replace(OPERATORS, **{field: value})


def test_names_with_the_namespace_need_one(app: App) -> None:
    platform = Platform(rabbitmq=RabbitMqOperators(provision=Provision(storage=Size.gib(1))))
    with pytest.raises(
        SpecError, match="shop/events: certificate: both operators call nodes by names with the namespace"
    ):
        RabbitMq(KmopChart(app, "shop", platform=platform), "events", SPEC)


def test_a_long_name_is_an_error(app: App) -> None:
    with pytest.raises(SpecError, match="name: too long for the StatefulSet of the operator"):
        RabbitMq(shop(app), "e" * 46, SPEC)
