"""Copies in another namespace, and values that are written to a store."""

from __future__ import annotations

import copy

from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.external_secrets.conftest import SAFE, cluster_store
from tests.operators.external_secrets.test_secrets import PRODUCTION, all_ready, renamed
from tests.operators.objects import apply
from tests.operators.secret_objects import condition, exists, pick, secret_of, values
from tests.operators.stored_secrets import CLUSTER

import pytest

COPIER = "system:serviceaccount:billing:shop-db-copy"
FINALIZER = "pushsecret.externalsecrets.io/finalizer"


@pytest.fixture(autouse=True)
def _everything_is_ready(cluster: Cluster, secrets: list[Object]) -> None:
    all_ready(cluster.api, secrets)
    pushed = [each for each in secrets if each["kind"] == "PushSecret"]
    eventually(lambda: [problem for item in pushed for problem in not_pushed(cluster.api, item)])


def not_pushed(api: Api, item: Object) -> list[str]:
    found = condition(api, item, "Ready")
    return [] if found == ("True", "Synced") else [f"{item['metadata']['name']}: {found}"]


def pushed_as(secrets: list[Object], name: str, other: str) -> Object:
    """A PushSecret with another name, which writes to another place of its store."""
    item = copy.deepcopy(pick(secrets, "PushSecret", "shop", name))
    item["metadata"]["name"] = other
    item["spec"]["data"][0]["match"]["remoteRef"]["remoteKey"] = other
    return item


def deleting(api: Api, item: Object) -> bool:
    return "deletionTimestamp" in api.get(api.path_of(item))["metadata"]


def test_a_copy_has_the_generated_values(cluster: Cluster, secrets: list[Object]) -> None:
    assert pick(secrets, "SecretStore", "billing", "shop-db-copy")["spec"]["provider"]["kubernetes"]
    assert values(cluster.api, "billing", "shop-db") == values(cluster.api, "shop", "db")


def test_a_copy_follows_an_origin_that_is_made_again(cluster: Cluster, secrets: list[Object]) -> None:
    """Only a person who deletes the ExternalSecret and the Secret gets another password."""
    origin, before = pick(secrets, "ExternalSecret", "shop", "db"), values(cluster.api, "shop", "db")
    for path in (cluster.api.path_of(origin), "/api/v1/namespaces/shop/secrets/db"):
        assert cluster.api.send("DELETE", path).ok
    apply(cluster.api, [origin])
    eventually(lambda: [] if exists(cluster.api, "shop", "db") else ["not made again"])
    after = values(cluster.api, "shop", "db")
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())

    eventually(lambda: [] if values(cluster.api, "billing", "shop-db") == after else ["the copy is old"])


def test_a_copy_of_stored_keys_is_read_from_the_store(cluster: Cluster, secrets: list[Object]) -> None:
    drawn = pick(secrets, "ExternalSecret", "billing", "shop-stripe")
    assert drawn["spec"]["secretStoreRef"] == {"name": "shop-stripe", "kind": "SecretStore"}
    assert values(cluster.api, "billing", "shop-stripe")["STRIPE_KEY"] == PRODUCTION["stripe"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/namespaces/shop/secrets/db", 200),
        ("/api/v1/namespaces/shop/secrets/stripe", 403),
        ("/api/v1/namespaces/shop/secrets", 403),
        ("/api/v1/namespaces/billing/secrets/shop-db", 403),
    ],
    ids=["origin", "another", "list", "own-namespace"],
)
def test_the_account_of_a_copy_reads_one_secret(
    path: str, status: int, cluster: Cluster, secrets: list[Object]
) -> None:
    assert pick(secrets, "ServiceAccount", "billing", "shop-db-copy")
    assert cluster.api.send("GET", path, as_user=COPIER).status == status


def test_a_copy_of_another_secret_is_refused(cluster: Cluster, secrets: list[Object]) -> None:
    """The store of a copy, asked for a Secret that its account may not read."""
    item = renamed(pick(secrets, "ExternalSecret", "billing", "shop-db"), "stolen")
    for each in item["spec"]["data"]:
        each["remoteRef"] = {"key": "stripe", "property": "STRIPE_KEY"}
    apply(cluster.api, [item])

    eventually(lambda: [] if condition(cluster.api, item, "Ready")[0] == "False" else ["not refused"])
    assert not exists(cluster.api, "billing", "stolen")


def test_a_pushed_password_is_read_from_the_store(cluster: Cluster, secrets: list[Object]) -> None:
    """Written by the shop, read by another namespace from the store that both name."""
    password = values(cluster.api, "shop", "login")["password"]
    assert len(password) == 24
    assert values(cluster.api, "billing", "partner-login") == {"password": password}


def test_a_pushed_password_is_at_its_place(cluster: Cluster, secrets: list[Object]) -> None:
    password = values(cluster.api, "shop", "login")["password"]
    assert values(cluster.api, SAFE, "login-copy") == {"token": password}


def test_a_value_that_the_store_has_can_be_kept(cluster: Cluster, secrets: list[Object]) -> None:
    assert pick(secrets, "PushSecret", "shop", "keep-login")["spec"]["updatePolicy"] == "IfNotExists"
    assert values(cluster.api, "shop", "shelf-login") == {"password": "of-somebody-else"}


def test_a_pushed_value_goes_with_its_object(cluster: Cluster, secrets: list[Object]) -> None:
    """`removed="delete"`."""
    item = pushed_as(secrets, "copy-login", "login-with-an-end")
    apply(cluster.api, [item])
    eventually(lambda: [] if exists(cluster.api, SAFE, "login-with-an-end") else ["not written"])

    assert cluster.api.send("DELETE", cluster.api.path_of(item)).ok

    eventually(lambda: ["still there"] if exists(cluster.api, SAFE, "login-with-an-end") else [])
    eventually(lambda: ["still there"] if cluster.api.exists(cluster.api.path_of(item)) else [])


def test_a_pushed_value_stays_by_default(cluster: Cluster, secrets: list[Object]) -> None:
    item = pushed_as(secrets, "stay-login", "login-that-stays")
    apply(cluster.api, [item])
    eventually(lambda: [] if exists(cluster.api, SAFE, "login-that-stays") else ["not written"])

    assert cluster.api.send("DELETE", cluster.api.path_of(item)).ok

    eventually(lambda: ["still there"] if cluster.api.exists(cluster.api.path_of(item)) else [])
    assert values(cluster.api, SAFE, "login-that-stays")["token"] == values(cluster.api, "shop", "login")["password"]


def test_a_push_that_deletes_waits_for_its_account(cluster: Cluster, secrets: list[Object]) -> None:
    """It is never gone when its account is deleted first: so a store value, which has its own account, cannot delete."""
    item = pushed_as(secrets, "copy-login", "login-without-account")
    apply(cluster.api, [item])
    eventually(lambda: [] if exists(cluster.api, SAFE, "login-without-account") else ["not written"])
    account = next(each for each in cluster_store() if each["kind"] == "ServiceAccount")
    assert account["metadata"]["name"] == CLUSTER
    assert cluster.api.send("DELETE", cluster.api.path_of(account)).ok
    assert cluster.api.send("DELETE", cluster.api.path_of(item)).ok

    eventually(lambda: [] if condition(cluster.api, item, "Ready") == ("False", "Errored") else ["no error yet"])
    assert deleting(cluster.api, item)
    assert secret_of(cluster.api, SAFE, "login-without-account")

    apply(cluster.api, [account])
    eventually(lambda: ["still there"] if cluster.api.exists(cluster.api.path_of(item)) else [])
