"""Values that External Secrets writes to a store."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmop_constructs import (
    CheckError,
    ExistingSecret,
    Generated,
    InlineSecret,
    KmopChart,
    Platform,
    RemoteKey,
    RemoteSecrets,
    SpecError,
)
from kmop_constructs.outputs import vault_access
from kmop_constructs.providers.external_secrets import (
    ClusterSecretStore,
    ExternalSecrets,
    FakeStore,
    PushSecret,
    VaultStore,
)
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

VAULT = VaultStore(server="https://vault.acme.io:8200")
TO = {"password": RemoteKey("kv/{environment}/db", "password")}


def chart_of(app: App) -> KmopChart:
    platform = Platform(environment="production", secrets=partial(ExternalSecrets, store=VAULT))
    return KmopChart(app, "shop", namespace="shop", platform=platform)


def test_a_generated_password_is_written_to_vault(app: App) -> None:
    """The key has no mount, because External Secrets adds it to the path of the metadata."""
    chart = chart_of(app)
    password = RemoteSecrets(chart, "db", keys={"password": Generated()})
    PushSecret(chart, "db-push", secret=password, keys=TO, store=VAULT)
    found = synthesize(chart)
    assert_valid(found.objects, "1.30")
    spec = found.one("PushSecret")["spec"]
    assert spec == {
        "refreshInterval": "1h0m0s",
        "updatePolicy": "Replace",
        "deletionPolicy": "None",
        "secretStoreRefs": [{"name": "db-push", "kind": "SecretStore"}],
        "selector": {"secret": {"name": "db"}},
        "data": [
            {
                "match": {
                    "secretKey": "password",
                    "remoteRef": {"remoteKey": "production/db", "property": "password"},
                }
            }
        ],
    }


def test_its_role_writes_exactly_that_path(app: App) -> None:
    PushSecret(chart_of(app), "push", secret=ExistingSecret("db"), keys=TO, store=VAULT)
    (access,) = vault_access(app)
    capabilities = '"create", "read", "update"'
    assert access.policy == (
        f'path "kv/data/production/db" {{\n  capabilities = [{capabilities}]\n}}\n'
        f'path "kv/metadata/production/db" {{\n  capabilities = [{capabilities}]\n}}\n'
    )


def test_a_value_can_be_kept_and_the_store_named(app: App) -> None:
    PushSecret(chart_of(app), "push", secret=ExistingSecret("db"), keys=TO, store="vault-prod", existing="keep")
    spec = synthesize(app).one("PushSecret")["spec"]
    assert spec["updatePolicy"] == "IfNotExists"
    assert spec["secretStoreRefs"] == [{"name": "vault-prod", "kind": "ClusterSecretStore"}]
    assert spec["data"][0]["match"]["remoteRef"]["remoteKey"] == "kv/production/db"


@pytest.mark.parametrize("existing", [True, False])
def test_values_are_deleted_in_a_store_that_stays(app: App, existing: bool) -> None:
    """The operator deletes the values before the PushSecret, as the account of the store."""
    chart = chart_of(app)
    store = "vault-prod" if existing else ClusterSecretStore(chart, "vault-prod", provider=VAULT, namespaces=["shop"])
    PushSecret(chart, "push", secret=ExistingSecret("db"), keys=TO, store=store, removed="delete")
    assert synthesize(app).one("PushSecret")["spec"]["deletionPolicy"] == "Delete"


def test_values_cannot_be_deleted_as_an_account_that_goes(app: App) -> None:
    with pytest.raises(SpecError, match=r"push: removed: the account of this store is removed together .*SecretStore"):
        PushSecret(chart_of(app), "push", secret=ExistingSecret("db"), keys=TO, store=VAULT, removed="delete")


def test_two_that_write_one_value_are_found(app: App) -> None:
    chart = chart_of(app)
    for name in ("one", "two"):
        PushSecret(chart, name, secret=ExistingSecret(name), keys=TO, store=VAULT)
    with pytest.raises(CheckError, match=r"writes kv/production/db \(password\) of the store .*shop/one writes too"):
        synthesize(app)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"keys": {}}, "keys: empty"),
        ({"keys": {"other": RemoteKey("kv/db", "password")}}, "db: unknown key"),
        (
            {"keys": {"password": RemoteKey("kv/db", "password", version="2")}},
            "a version, which the store itself gives",
        ),
        ({"keys": {"password": "hunter2"}}, "not an allowed value"),
        ({"secret": "hunter2"}, "push: secret: not an allowed value"),
        ({"store": FakeStore({"kv/db": {"a": InlineSecret("hunter2")}})}, "not a store that can be written"),
        ({"existing": "maybe"}, "push: existing: not an allowed value"),
        ({"removed": "maybe"}, "push: removed: not an allowed value"),
    ],
)
def test_a_wrong_argument_is_an_error(app: App, wrong: dict[str, Any], reason: str) -> None:
    right: dict[str, Any] = {"secret": ExistingSecret("db", keys=("password",)), "keys": TO, "store": VAULT}
    with pytest.raises(SpecError, match=reason) as caught:
        PushSecret(chart_of(app), "push", **{**right, **wrong})
    assert "hunter2" not in str(caught.value)
