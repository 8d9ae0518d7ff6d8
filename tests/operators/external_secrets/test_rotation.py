"""What changes in the store, and what changes for the pods."""

from __future__ import annotations

from collections.abc import Iterator

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.external_secrets.stores import GONE, read_again, restore, write
from tests.operators.external_secrets.test_secrets import all_ready, of
from tests.operators.secret_objects import (
    condition,
    exists,
    pick,
    read_keys,
    replaced,
    secret_of,
    settled,
    values,
)

import pytest

ORDERS = "kv/production/orders"
NEW = {"stripe": "sk-second", "webhook": "wh-second"}
RELOAD = "secret.reloader.stakater.com/reload"
STORES = ("stripe", "once", "gone", "mixed")
WORKLOADS = ("orders", "catalog", "front", "hooks", "ledger", "report")


@pytest.fixture(autouse=True)
def _the_values_are_those_that_are_drawn(cluster: Cluster, secrets: list[Object]) -> Iterator[None]:
    all_ready(cluster.api, secrets)
    yield
    for name in STORES:
        restore(cluster.api, secrets, "shop", name)
    wanted = {"STRIPE_KEY": "sk-production"}
    eventually(lambda: [] if values(cluster.api, "shop", "gone") == wanted else ["gone: not as before"])


def changed(cluster: Cluster, name: str, key: str, value: str) -> None:
    """Wait until a Secret of the shop has a value."""
    eventually(lambda: [] if values(cluster.api, "shop", name).get(key) == value else [f"{name}: an old {key}"])


def test_a_new_value_reaches_every_key_of_its_secret(cluster: Cluster, secrets: list[Object]) -> None:
    before = secret_of(cluster.api, "shop", "mail")
    write(cluster.api, secrets, "shop", "stripe", ORDERS, NEW)

    changed(cluster, "stripe", "STRIPE_KEY", NEW["stripe"])

    assert values(cluster.api, "shop", "stripe") == {"STRIPE_KEY": NEW["stripe"], "WEBHOOK_KEY": NEW["webhook"]}
    assert (
        secret_of(cluster.api, "shop", "mail")["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    )


def test_a_new_value_alone_replaces_no_pod(cluster: Cluster, secrets: list[Object]) -> None:
    """No pod template has a checksum of a value that only the store has: what replaces pods is Reloader."""
    settled(cluster.api, "shop", WORKLOADS)

    def change() -> None:
        write(cluster.api, secrets, "shop", "stripe", ORDERS, NEW)
        changed(cluster, "stripe", "STRIPE_KEY", NEW["stripe"])

    assert replaced(cluster.api, "shop", "front", change) == set()


def test_reloader_gets_exactly_what_can_change(cluster: Cluster, secrets: list[Object]) -> None:
    """The Secrets that the annotation of a workload names are those of its pods that the operator writes again."""
    listed = [each for each in secrets if each["kind"] == "ExternalSecret" and each["metadata"]["namespace"] == "shop"]
    again = {each["metadata"]["name"] for each in listed if each["spec"]["refreshPolicy"] == "Periodic"}
    for kind, name in (
        ("Deployment", "orders"),
        ("Deployment", "hooks"),
        ("Deployment", "catalog"),
        ("StatefulSet", "ledger"),
    ):
        item = pick(secrets, kind, "shop", name)
        read = {secret for _, secret, _ in read_keys([item])}
        named = cluster.api.get(cluster.api.path_of(item))["metadata"].get("annotations", {}).get(RELOAD, "")
        assert set(named.split(",")) - {""} == read & again, name


def test_what_is_read_once_stays(cluster: Cluster, secrets: list[Object]) -> None:
    """Keys that are read once, alone and beside a generated password."""
    before = [secret_of(cluster.api, "shop", name)["data"] for name in ("once", "mixed")]
    for name in ("stripe", "once", "mixed"):
        write(cluster.api, secrets, "shop", name, ORDERS, NEW)
    changed(cluster, "stripe", "STRIPE_KEY", NEW["stripe"])
    read_again(cluster.api, of(secrets, "stripe"))

    assert [secret_of(cluster.api, "shop", name)["data"] for name in ("once", "mixed")] == before


def test_a_secret_deleted_in_the_store_keeps_its_value(cluster: Cluster, secrets: list[Object]) -> None:
    """The operator says that it cannot read it, and the pods still start."""
    before = secret_of(cluster.api, "shop", "stripe")
    write(cluster.api, secrets, "shop", "stripe", ORDERS, GONE)
    item = of(secrets, "stripe")

    eventually(lambda: [] if condition(cluster.api, item, "Ready")[0] == "False" else ["still Ready"])

    after = secret_of(cluster.api, "shop", "stripe")
    assert (after["metadata"]["uid"], after["data"]) == (before["metadata"]["uid"], before["data"])


def test_a_secret_goes_with_that_of_the_store(cluster: Cluster, secrets: list[Object]) -> None:
    """`remote_deleted="delete"`; when the store has it again, so has the cluster."""
    write(cluster.api, secrets, "shop", "gone", ORDERS, GONE)
    eventually(lambda: ["still there"] if exists(cluster.api, "shop", "gone") else [])
    item, deleted = of(secrets, "gone"), ("True", "SecretDeleted")
    eventually(lambda: [] if condition(cluster.api, item, "Ready") == deleted else ["the operator does not say so"])

    write(cluster.api, secrets, "shop", "gone", ORDERS, NEW)
    changed(cluster, "gone", "STRIPE_KEY", NEW["stripe"])
