"""Logins for a limited time: Vault makes them in a real PostgreSQL, and they live as long as the library takes them to live."""

from __future__ import annotations

import time
from collections.abc import Mapping

from kmop_constructs.components.configuration.vault import VaultAccess
from tests.cluster.waiting import eventually
from tests.operators import vault_reading
from tests.operators.postgres import Postgres
from tests.operators.vault_server import Reply, Vault

import pytest

pytestmark = pytest.mark.usefixtures("accounts")

LONG = int(vault_reading.LIFETIME.total_seconds())
SHORT = int(vault_reading.SHORT.total_seconds())
BY_STORE, BY_OPERATOR, BRIEF = "vault-orders-orders-db", "vault-payments-payments-db", "vault-payments-short-db"


def lease(vault: Vault, access: VaultAccess, token: str) -> Reply:
    (path,) = [each for each in access.reads if each.startswith("database/")]
    found = vault.ask("GET", path, token=token)
    assert found.status == 200, found.errors
    return found


def works(database: Postgres, found: Reply) -> bool:
    return database.lets_in(found.body["data"]["username"], found.body["data"]["password"])


@pytest.mark.parametrize("role", [BY_STORE, BY_OPERATOR])
def test_a_login_works_and_has_the_declared_lifetime(
    role: str, roles: Mapping[str, VaultAccess], vault: Vault, database: Postgres
) -> None:
    found = lease(vault, roles[role], vault.client_token(roles[role]))

    assert works(database, found)
    assert roles[role].lifetime == vault_reading.LIFETIME
    assert found.body["lease_duration"] == LONG


@pytest.mark.parametrize("role", [BY_STORE, BY_OPERATOR])
def test_a_token_lives_as_long_as_the_login_it_got(
    role: str, roles: Mapping[str, VaultAccess], vault: Vault, database: Postgres
) -> None:
    """It must: Vault ends the logins of a token with the token."""
    token = vault.client_token(roles[role])
    found = lease(vault, roles[role], token)
    assert works(database, found)
    own = vault.ask("GET", "auth/token/lookup-self", token=token).body["data"]
    assert own["ttl"] >= found.body["lease_duration"] - 5

    assert vault.ask("POST", "auth/token/revoke-self", {}, token=token).status == 204

    eventually(lambda: ["the login still works"] if works(database, found) else [])


def test_an_operator_renews_its_token_without_a_last_day(roles: Mapping[str, VaultAccess], vault: Vault) -> None:
    token = vault.client_token(roles[BY_OPERATOR])
    own = vault.ask("GET", "auth/token/lookup-self", token=token).body["data"]

    renewed = vault.ask("POST", "auth/token/renew-self", {}, token=token)

    assert (own["period"], own["explicit_max_ttl"]) == (LONG, 0)
    assert (renewed.body["auth"]["renewable"], renewed.body["auth"]["lease_duration"]) == (True, LONG)


def test_a_token_that_only_reads_has_a_last_day(roles: Mapping[str, VaultAccess], vault: Vault) -> None:
    token = vault.client_token(roles["vault-orders-stripe"])
    time.sleep(2)

    renewed = vault.ask("POST", "auth/token/renew-self", {}, token=token)

    assert renewed.body["auth"]["lease_duration"] < 20 * 60


def test_an_operator_may_end_a_login(roles: Mapping[str, VaultAccess], vault: Vault, database: Postgres) -> None:
    """With `VaultSecrets(revoke=True)`, and not the account of a store."""
    token = vault.client_token(roles[BY_OPERATOR])
    found = lease(vault, roles[BY_OPERATOR], token)
    body = {"lease_id": found.body["lease_id"]}
    other = vault.client_token(roles[BY_STORE])
    assert vault.ask("PUT", "sys/leases/revoke", body, token=other).status == 403
    assert works(database, found)

    assert vault.ask("PUT", "sys/leases/revoke", body, token=token).status == 204

    eventually(lambda: ["the login still works"] if works(database, found) else [])


def test_a_login_ends_with_its_lifetime_not_before(
    roles: Mapping[str, VaultAccess], vault: Vault, database: Postgres
) -> None:
    """The rule `lease-too-short` counts on the time, and refuses pods that would need longer than this one."""
    found, begin = lease(vault, roles[BRIEF], vault.client_token(roles[BRIEF])), time.monotonic()
    time.sleep(SHORT - 10 - (time.monotonic() - begin))
    assert works(database, found)

    eventually(lambda: ["the login still works"] if works(database, found) else [], within=40)

    assert time.monotonic() - begin >= SHORT - 1
