"""Strimzi's own classes read each object that is drawn for it: every field is known, none is deprecated, and each value is read as written."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from apps import orders_operators
from kmop_constructs.testing import synthesize
from tests.ledger.not_run import build_kafka

import pytest
from cdk8s import App

Read = Callable[[list[Any]], list[list[str]]]
KINDS = ("Kafka", "KafkaConnect", "KafkaConnector", "KafkaNodePool", "KafkaTopic", "KafkaUser")
"""Those of the cluster operator; the class of KafkaAccess is in no package."""


@pytest.fixture
def drawn(app: App) -> list[Any]:
    build_kafka(app)
    mine = orders_operators.build(App())
    return [each for result in (synthesize(app), synthesize(mine)) for each in result.objects if each["kind"] in KINDS]


def test_each_field_is_known_and_current(drawn: list[Any], read: Read) -> None:
    assert {each["kind"] for each in drawn} == {*KINDS}
    named = [f"{each['kind']}/{each['metadata']['name']}" for each in drawn]
    assert {name: found for name, found in zip(named, read(drawn), strict=True) if found} == {}


def test_what_is_wrong_is_found(drawn: list[Any], read: Read) -> None:
    (kafka, *_), (user, *_) = (
        [deepcopy(each) for each in drawn if each["kind"] == kind] for kind in ("Kafka", "KafkaUser")
    )
    kafka["spec"]["kafka"]["listenes"] = []
    user["spec"]["authorization"]["acls"][0]["operation"] = "Read"
    found = read([kafka, user, {"kind": "KafkaPod"}])
    assert [len(each) for each in found] == [1, 1, 1]
    assert found[0][0].endswith("/listenes: not known")
    assert "operation" in found[1][0]
    assert found[2] == ["no class of this kind"]
