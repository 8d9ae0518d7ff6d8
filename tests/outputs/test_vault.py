"""Roles and policies of Vault, as whoever administrates Vault applies them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from kmop_constructs import Generated, KmopChart, Leased, Platform, RemoteKey, RemoteSecrets, SpecError
from kmop_constructs.components.configuration.vault import VaultAccess
from kmop_constructs.outputs import vault_access
from kmop_constructs.outputs.vault import joined
from kmop_constructs.providers.external_secrets import ExternalSecrets, VaultStore

import pytest
from cdk8s import App

PATH = RemoteKey("kv/{environment}/orders", "stripe")


def chart_of(app: App, name: str, **platform: Any) -> KmopChart:
    store = VaultStore(server="https://vault.acme.io:8200")
    fields: dict[str, Any] = {"environment": "production", **platform}
    found = Platform(secrets=partial(ExternalSecrets, store=store), **fields)
    return KmopChart(app, name, namespace="shop", platform=found)


def test_a_role_reads_exact_paths(app: App) -> None:
    lease = Leased("database/creds/orders", "password", lifetime=timedelta(hours=2))
    RemoteSecrets(chart_of(app, "shop"), "keys", keys={"A": PATH, "DB_PASSWORD": lease})
    (access,) = vault_access(app)
    assert access.policy == (
        'path "database/creds/orders" {\n  capabilities = ["read"]\n}\n'
        'path "kv/data/production/orders" {\n  capabilities = ["read"]\n}\n'
    )
    assert access.commands == (
        "export VAULT_ADDR=https://vault.acme.io:8200\n"
        f"vault policy write shop-keys - <<'EOF'\n{access.policy}EOF\n"
        "vault write auth/kubernetes/role/shop-keys \\\n"
        "  bound_service_account_names=keys-secrets \\\n"
        "  bound_service_account_namespaces=shop \\\n"
        "  audience=vault \\\n"
        "  token_policies=shop-keys \\\n"
        "  token_ttl=7200s \\\n"
        "  token_max_ttl=7200s\n"
    )


def test_roles_are_sorted_and_need_a_store(app: App) -> None:
    chart = chart_of(app, "shop")
    for name in ("b", "a"):
        RemoteSecrets(chart, name, keys={"A": PATH})
    RemoteSecrets(chart, "c", keys={"A": Generated()})
    assert [each.role for each in vault_access(app)] == ["shop-a", "shop-b"]


def test_equal_roles_of_two_clusters_are_one(app: App) -> None:
    for region in ("eu-1", "eu-2"):
        RemoteSecrets(chart_of(app, region, region=region), "keys", keys={"A": PATH})
    assert [each.reads for each in vault_access(app)] == [("kv/data/production/orders",)]


def test_a_role_that_differs_between_clusters_is_refused(app: App) -> None:
    for region in ("eu-1", "eu-2"):
        RemoteSecrets(chart_of(app, region, region=region), "keys", keys={"A": RemoteKey("kv/{region}/a", "b")})
    with pytest.raises(SpecError, match="the role 'shop-keys' has other accounts or paths in another cluster"):
        vault_access(app)


def test_an_account_that_reads_for_two_has_one_role() -> None:
    one = VaultAccess(server=None, role="orders", account="orders", namespace="shop", reads=("kv/data/a",))
    other = replace(one, reads=("kv/data/b",), lifetime=timedelta(hours=1))
    assert joined(one, other).reads == ("kv/data/a", "kv/data/b")
    assert joined(one, other).lifetime == timedelta(hours=1)
    with pytest.raises(SpecError, match="the role 'orders' is bound to two accounts, got shop/orders and shop/web"):
        joined(one, replace(one, account="web"))
