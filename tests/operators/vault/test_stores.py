"""External Secrets reads from a real Vault what is drawn for a store there, and nothing else."""

from __future__ import annotations

import base64
import copy
import time
from collections.abc import Mapping

from kmop_constructs.components.configuration.vault import VaultAccess
from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.objects import apply
from tests.operators.postgres import Postgres
from tests.operators.running import Running
from tests.operators.vault_server import Vault, authority_secrets

import pytest

PLACES = {
    "vault-orders": "kv/data/production/orders",
    "vault-billing": "kv/data/production/billing",
    "vault-staging": "kv/data/staging/staging",
}
"""The path of the key of each namespace."""


@pytest.fixture(scope="module")
def stores(
    external_secrets: Running,
    vault: Vault,
    roles: Mapping[str, VaultAccess],
    database: Postgres,
    cluster: Cluster,
    drawn: Mapping[str, list[Object]],
) -> list[Object]:
    """What is drawn for stores in Vault, on the cluster, when Vault has the roles."""
    del external_secrets, roles, database
    found = [each for each in drawn["vault"] if each["metadata"].get("namespace") in PLACES]
    apply(cluster.api, [*authority_secrets(vault, set(PLACES)), *found])
    return found


def one(objects: list[Object], kind: str, place: str) -> Object:
    (found,) = [
        each
        for each in objects
        if (each["kind"], each["metadata"]["namespace"], each["metadata"]["name"]) == (kind, place, "stripe")
    ]
    return copy.deepcopy(found)


def content(api: Api, place: str, name: str) -> dict[str, str]:
    """The keys of a Secret, when it is there."""
    path = f"/api/v1/namespaces/{place}/secrets/{name}"
    eventually(lambda: [] if api.exists(path) else [f"{place}/{name}: absent"], within=120)
    return {key: base64.b64decode(value).decode() for key, value in api.get(path)["data"].items()}


def refusal(api: Api, item: Object) -> str:
    """The event that tells why no Secret is made, when there is one."""
    place, name = item["metadata"]["namespace"], item["metadata"]["name"]
    found: list[str] = []

    def silent() -> list[str]:
        conditions = api.get(api.path_of(item)).get("status", {}).get("conditions", [])
        failed = [each for each in conditions if (each["type"], each["status"]) == ("Ready", "False")]
        events = api.items(f"/api/v1/namespaces/{place}/events")
        found[:] = [each["message"] for each in events if failed and each["involvedObject"]["name"] == name]
        return [] if found else [f"{name}: {conditions}"]

    eventually(silent, within=120)
    return " ".join(found)


@pytest.mark.parametrize("place", PLACES)
def test_a_store_in_vault_gives_exactly_the_drawn_key(place: str, stores: list[Object], cluster: Cluster) -> None:
    assert one(stores, "ExternalSecret", place)["spec"]["secretStoreRef"]["kind"] == "SecretStore"

    assert content(cluster.api, place, "stripe") == {"STRIPE_KEY": f"at {PLACES[place]}"}


def test_a_login_from_vault_works_after_it_is_read(stores: list[Object], cluster: Cluster, database: Postgres) -> None:
    """The operator must not end the token that got it: Vault would end the login too."""
    assert stores
    login = content(cluster.api, "vault-orders", "orders-db")

    time.sleep(5)

    assert set(login) == {"username", "password"}
    assert database.lets_in(login["username"], login["password"])


def test_a_store_of_another_namespace_gets_nothing(stores: list[Object], cluster: Cluster) -> None:
    """The same store with the same name of its account, applied in another namespace."""
    store, secret = one(stores, "SecretStore", "vault-orders"), one(stores, "ExternalSecret", "vault-orders")
    for item in (store, secret):
        item["metadata"] |= {"namespace": "vault-billing", "name": "taken"}
    secret["spec"]["secretStoreRef"]["name"] = secret["spec"]["target"]["name"] = "taken"
    apply(cluster.api, [store, secret])

    assert store["spec"]["provider"]["vault"]["auth"]["kubernetes"]["role"] == "vault-orders-stripe"
    assert "is not ready" in refusal(cluster.api, secret)
    assert "namespace not authorized" in refusal(cluster.api, store)
    assert not cluster.api.exists("/api/v1/namespaces/vault-billing/secrets/taken")


def test_a_store_gives_no_other_path(stores: list[Object], cluster: Cluster) -> None:
    secret = one(stores, "ExternalSecret", "vault-billing")
    secret["metadata"]["name"] = secret["spec"]["target"]["name"] = "beside"
    secret["spec"]["data"][0]["remoteRef"]["key"] = "production/orders"
    apply(cluster.api, [secret])

    assert "permission denied" in refusal(cluster.api, secret)
    assert not cluster.api.exists("/api/v1/namespaces/vault-billing/secrets/beside")
