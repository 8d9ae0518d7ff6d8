"""A real Vault Secrets Operator, with a real Vault in which the roles are those that the library returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from kmop_constructs.components.configuration.vault import VaultAccess
from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.operators.objects import apply
from tests.operators.postgres import Postgres
from tests.operators.running import Running, started
from tests.operators.vault_server import Vault, authority_secrets

import pytest

PLACE = "vault-secrets-operator-system"
"""Namespace of the operator, where it keeps the key by which it compares values."""


@pytest.fixture(scope="session")
def operator(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    binary = program("vault_secrets_operator", "vault-secrets-operator")
    folder = tmp_path_factory.mktemp("vault-secrets-operator")
    space: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PLACE}}
    apply(cluster.api, [space])
    flags = ("-leader-elect=false", "-metrics-bind-address=0", "-health-probe-bind-address=0")
    own = {"OPERATOR_NAMESPACE": PLACE, "OPERATOR_POD_UID": "00000000-0000-0000-0000-000000000001"}
    environment = {**cluster.environment, **own}
    with started(binary, *flags, environment=environment, folder=folder, name="vault-secrets-operator") as running:
        yield running


@pytest.fixture(scope="session")
def copied(
    operator: Running,
    vault: Vault,
    roles: Mapping[str, VaultAccess],
    database: Postgres,
    cluster: Cluster,
    drawn: Mapping[str, list[Object]],
) -> list[Object]:
    """What is drawn for the operator, on the cluster."""
    del roles, database
    found = drawn["vault_secrets_operator"]
    places = {each["metadata"]["namespace"] for each in found}
    apply(cluster.api, [*authority_secrets(vault, places), *found])
    operator.check()
    return found


@pytest.fixture(autouse=True)
def _both_are_alive(operator: Running, vault: Vault) -> Iterator[None]:
    yield
    operator.check()
    vault.running.check()
