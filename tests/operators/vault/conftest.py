"""What is drawn for readers of Vault, on the cluster: only their accounts matter here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.operators import vault_reading
from tests.operators.objects import apply
from tests.operators.vault_server import Vault

import pytest


@pytest.fixture(scope="session")
def accounts(cluster: Cluster, drawn: Mapping[str, list[Object]]) -> list[Object]:
    """The ServiceAccounts that are drawn, on the cluster."""
    found = [each for each in vault_reading.on_cluster(drawn["vault"]) if each["kind"] == "ServiceAccount"]
    apply(cluster.api, found)
    return found


@pytest.fixture(autouse=True)
def _vault_is_alive(vault: Vault) -> Iterator[None]:
    yield
    vault.running.check()
