"""Vault lets the accounts that are drawn read exactly what they need, with the roles that the library returns."""

from __future__ import annotations

import time
from collections.abc import Mapping

from kmop_constructs.components.configuration.vault import VaultAccess
from tests.cluster.api import Object
from tests.operators.postgres import Postgres
from tests.operators.vault_server import Reply, Vault

import pytest

pytestmark = pytest.mark.usefixtures("accounts")

ORDERS, BILLING = "vault-orders-stripe", "vault-billing-stripe"
ROLES = (
    BILLING,
    "vault-orders-orders-db",
    ORDERS,
    "vault-payments-payments-db",
    "vault-payments-short-db",
    "vault-payments-stripe",
    "vault-staging-stripe",
)


SIGNING = ("vault-secured-mail-tls", "vault-secured-payments-tls", "vault-secured-store-tls")


def test_the_roles_are_those_that_are_tested(roles: Mapping[str, VaultAccess]) -> None:
    assert tuple(sorted(roles)) == tuple(sorted((*ROLES, *SIGNING)))


@pytest.mark.parametrize("role", ROLES)
def test_an_account_reads_exactly_its_own_paths(
    role: str, roles: Mapping[str, VaultAccess], vault: Vault, database: Postgres
) -> None:
    """Every path that any role reads is tried with its token."""
    del database
    token = vault.client_token(roles[role])
    paths = sorted({path for each in roles.values() for path in each.reads})

    replies = {path: vault.ask("GET", path, token=token).status for path in paths}

    assert replies == {path: 200 if path in roles[role].reads else 403 for path in paths}
    assert len(paths) == len(ROLES)


@pytest.mark.parametrize("role", [ORDERS, BILLING, "vault-payments-stripe"])
def test_an_account_that_reads_can_do_nothing_else(role: str, roles: Mapping[str, VaultAccess], vault: Vault) -> None:
    token, (path,) = vault.client_token(roles[role]), roles[role].reads
    listed = path.replace("/data/", "/metadata/")

    tried = {
        "write": vault.ask("POST", path, {"data": {"stripe": "mine"}}, token=token),
        "delete": vault.ask("DELETE", path, token=token),
        "metadata": vault.ask("GET", listed, token=token),
        "list": vault.ask("LIST", listed.rpartition("/")[0], token=token),
        "below": vault.ask("GET", f"{path}/more", token=token),
        "beside": vault.ask("GET", f"{path}-admin", token=token),
        "policies": vault.ask("GET", f"sys/policies/acl/{role}", token=token),
    }

    assert {name: reply.status for name, reply in tried.items()} == dict.fromkeys(tried, 403)
    assert vault.do("GET", path)["data"]["data"]["stripe"] == f"at {path}"


def test_the_same_account_of_another_namespace_is_refused(
    accounts: list[Object], roles: Mapping[str, VaultAccess], vault: Vault
) -> None:
    names = [each["metadata"]["name"] for each in accounts]
    assert names.count(roles[ORDERS].account) > 1

    refused = vault.log_in(ORDERS, (roles[BILLING].namespace, roles[ORDERS].account))

    assert (refused.status, refused.errors) == (403, "namespace not authorized")


def test_another_account_of_the_namespace_is_refused(roles: Mapping[str, VaultAccess], vault: Vault) -> None:
    """The account of the pods that use the values, which do not talk to Vault."""
    refused = vault.log_in(ORDERS, (roles[ORDERS].namespace, "web"))

    assert (refused.status, refused.errors) == (403, "service account name not authorized")


def test_a_token_for_another_audience_is_refused(roles: Mapping[str, VaultAccess], vault: Vault) -> None:
    access = roles[ORDERS]
    for audience in ("https://kubernetes.default.svc", "another"):
        refused = vault.log_in(ORDERS, (access.namespace, access.account), audience=audience)
        assert refused.status == 403, audience


def test_an_environment_reads_only_its_own_paths(roles: Mapping[str, VaultAccess], vault: Vault) -> None:
    """The same program draws both: only `{environment}` differs in the path."""
    token = vault.client_token(roles["vault-staging-stripe"])
    own = vault.ask("GET", "kv/data/staging/staging", token=token)
    (production,) = roles[ORDERS].reads

    assert own.body["data"]["data"]["stripe"] == "at kv/data/staging/staging"
    assert vault.ask("GET", production, token=token).status == 403
    assert vault.ask("GET", production.replace("production", "staging"), token=token).status == 403


def test_a_role_without_audience_lets_in_any_token(roles: Mapping[str, VaultAccess], vault: Vault) -> None:
    """Why every role has an audience: else a token that the account gave to another system opens Vault too."""
    access, role = roles[ORDERS], "auth/kubernetes/role/without-audience"
    fields = vault.do("GET", f"auth/kubernetes/role/{ORDERS}")["data"]
    vault.do("POST", role, **{name: value for name, value in fields.items() if name.startswith("bound_service")})

    let_in = vault.log_in("without-audience", (access.namespace, access.account), audience="another")

    assert let_in.status == 200, let_in.errors


@pytest.mark.parametrize("role", SIGNING)
def test_an_account_gets_certificates_of_its_role_only(
    role: str, roles: Mapping[str, VaultAccess], vault: Vault
) -> None:
    """Every role that signs is tried with its token, with a name that the role may sign."""
    token = vault.client_token(roles[role])

    replies = {other: issue(vault, roles[other], token).status for other in SIGNING}

    assert replies == {other: 200 if other == role else 403 for other in SIGNING}


@pytest.mark.parametrize(
    "name",
    ["orders.vault-secured.svc", "a.payments.vault-secured.svc", "*.payments", "payments.other.svc", "localhost"],
)
def test_a_role_signs_no_other_name(name: str, roles: Mapping[str, VaultAccess], vault: Vault) -> None:
    access = roles["vault-secured-payments-tls"]

    refused = issue(vault, access, vault.client_token(access), alt_names=name)

    assert refused.status == 400
    assert "not allowed by this role" in refused.errors


@pytest.mark.parametrize(
    "field", [{"ip_sans": "10.0.0.1"}, {"uri_sans": "spiffe://cluster.local/ns/x/sa/y"}, {"ttl": "2h"}]
)
def test_a_role_signs_no_address_and_for_no_longer(
    field: dict[str, str], roles: Mapping[str, VaultAccess], vault: Vault
) -> None:
    access = roles["vault-secured-payments-tls"]

    given = issue(vault, access, vault.client_token(access), **field)

    if "ttl" not in field:
        assert given.status == 400
        return
    length = given.body["data"]["expiration"] - time.time()
    assert length <= 3600, "the time limit of the role holds"


def test_pods_with_names_of_their_own_get_a_wildcard(roles: Mapping[str, VaultAccess], vault: Vault) -> None:
    access = roles["vault-secured-store-tls"]
    token = vault.client_token(access)

    given = issue(vault, access, token, alt_names=",".join(access.signs[0].names))
    refused = issue(vault, access, token, alt_names="*.store.vault-secured.svc")

    assert given.status == 200, given.errors
    assert (given.body["data"]["private_key_type"], refused.status) == ("ec", 400)


def issue(vault: Vault, access: VaultAccess, token: str, **fields: str) -> Reply:
    (role,) = access.signs
    names = {"alt_names": role.names[0]} if role.names else {"uri_sans": role.uris[0]}
    return vault.ask("POST", role.path, {**names, **fields}, token=token)
