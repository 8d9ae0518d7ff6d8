"""What Strimzi and its provider refuse, each by path, field and value."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import Backup, Credentials, ExistingSecret, Microservice, Provision, Schedule, SpecError
from kmop_constructs.messaging import Kafka, KafkaSpec
from kmop_constructs.providers.strimzi import Controllers, Strimzi
from kmop_constructs.stores import Pooler
from tests.providers.strimzi.kafkas import SERVICE, SPEC, orders, shop

import pytest
from cdk8s import App

LOGIN = ExistingSecret("kafka")
BACKUP = Backup(schedule=Schedule("0 3 * * *"), keep=timedelta(days=7))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (replace(SPEC, provision=Provision(backup=BACKUP)), r"provision\.backup: Strimzi makes no copies.*leaves_out=\('backup',\)"),
        (replace(SPEC, provision=Provision(synchronous=False)), r"provision\.synchronous: all copies that are in sync.*got False"),
        (replace(SPEC, provision=Provision(instances=2, synchronous=True)), "with 2 brokers one copy must be enough"),
        (replace(SPEC, provision=Provision(pooler=Pooler())), r"provision\.pooler: Kafka has no sessions"),
        (replace(SPEC, version="4.1.1"), "events: version: Strimzi 1.2 runs Kafka 4.2.0, 4.2.1, 4.3.0, 4.3.1, got '4.1.1'"),
        (replace(SPEC, version="4.3"), "version: Strimzi 1.2 runs Kafka .*got '4.3'"),
        (replace(SPEC, admin_password=LOGIN.key("admin")), r"admin_password: the operators of Strimzi.*leaves_out=\('admin_password',\)"),
        (replace(SPEC, settings={"ssl.client.auth": "none"}), "settings: set by Strimzi itself, got 'ssl.client.auth'"),
        (replace(SPEC, settings={"super.users": "User:eve"}), "settings: set by Strimzi itself, got 'super.users'"),
        (replace(SPEC, settings={"delete.topic.enable": "true"}), r"set by the library.*Strimzi\(deletes_topics=True\)"),
        (replace(SPEC, settings={"auto.create.topics.enable": "true"}), "topics are constructs, Topic"),
        (replace(SPEC, settings={"allow.everyone.if.no.acl.found": "true"}), "users have the rights of their edges alone"),
    ],
)  # fmt: skip
def test_a_wrong_spec_is_an_error(app: App, spec: KafkaSpec, message: str) -> None:
    with pytest.raises(SpecError, match=f"shop/events.*{message}|{message}"):
        Kafka(shop(app), "events", spec)


def test_storage_is_required(app: App) -> None:
    with pytest.raises(SpecError, match=r"shop/events: provision\.storage: not set.*Strimzi\(provision=…\)"):
        Kafka(shop(app, given={"provision": Provision()}), "events", SPEC)


def test_names_of_pods_must_fit(app: App) -> None:
    with pytest.raises(
        SpecError, match="name: too long, because names of pods have it twice.*use at most 23 characters"
    ):
        Kafka(shop(app), "events-of-the-whole-shop", SPEC)


def test_the_longest_name_fits_a_pod(app: App) -> None:
    name = "e" * 23
    Kafka(shop(app), name, SPEC)
    assert len(f"{name}-{name}-controllers-100") <= 63


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"controllers": 3}, "Strimzi.controllers"),
        ({"elsewhere": "vault"}, "Strimzi.elsewhere.*got 'vault'"),
        ({"leaves_out": ("replicas",)}, "Strimzi.leaves_out.*got 'replicas'"),
        ({"zones": "yes"}, "Strimzi.zones"),
        ({"deletes_topics": 1}, "Strimzi.deletes_topics"),
        ({"provision": None}, "Strimzi.provision"),
    ],
)
def test_a_wrong_option_is_an_error(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Strimzi(**given)


def test_an_even_number_of_controllers_is_an_error() -> None:
    with pytest.raises(SpecError, match="Controllers.instances: an even number, and half of it is no majority, got 4"):
        Controllers(instances=4)


def test_more_copies_than_brokers_is_an_error(app: App) -> None:
    with pytest.raises(
        SpecError, match="shop/orders: replicas: more copies than brokers, of which this Kafka has 3, got 5"
    ):
        orders(shop(app), replicas=5)


def test_a_login_needs_a_name_as_text(app: App) -> None:
    chart = shop(app)
    topic = orders(chart)
    with pytest.raises(
        SpecError, match=r"credentials\.user: the name of the user is not text.*a reference to a Secret"
    ):
        Microservice(chart, "web", SERVICE, uses=[topic.produce(credentials=Credentials.of(LOGIN))])


def test_no_message_has_a_password(app: App) -> None:
    with pytest.raises(SpecError) as caught:
        KafkaSpec(version="4.3.1", admin_password="hunter2-canary")  # pyright: ignore[reportArgumentType]
    assert "canary" not in str(caught.value)
    with pytest.raises(SpecError) as other:
        orders(shop(app)).produce(credentials="hunter2-canary")  # pyright: ignore[reportArgumentType]
    assert "canary" not in str(other.value)
