"""External Secrets, with a namespace as the store that the apps name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.operators.objects import apply
from tests.operators.running import Running
from tests.operators.stored_secrets import CLUSTER

import pytest

SAFE = "safe"
"""The namespace that is a store."""


def cluster_store() -> list[Object]:
    """A namespace as a store of the shop, with an account that may write Secrets there."""
    account: Object = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": CLUSTER, "namespace": "shop"}}
    rbac = "rbac.authorization.k8s.io"
    role: Object = {
        "apiVersion": f"{rbac}/v1",
        "kind": "Role",
        "metadata": {"name": CLUSTER, "namespace": SAFE},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "delete", "get", "update"]}],
    }
    binding: Object = {
        "apiVersion": f"{rbac}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": CLUSTER, "namespace": SAFE},
        "roleRef": {"apiGroup": rbac, "kind": "Role", "name": CLUSTER},
        "subjects": [{"kind": "ServiceAccount", "name": CLUSTER, "namespace": "shop"}],
    }
    provider: Object = {
        "remoteNamespace": SAFE,
        "server": {"caProvider": {"type": "ConfigMap", "name": "kube-root-ca.crt", "key": "ca.crt"}},
        "auth": {"serviceAccount": {"name": CLUSTER}},
    }
    store: Object = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": CLUSTER, "namespace": "shop"},
        "spec": {"provider": {"kubernetes": provider}},
    }
    return [account, role, binding, store]


@pytest.fixture(scope="session")
def operator(external_secrets: Running) -> Running:
    """External Secrets, running."""
    return external_secrets


@pytest.fixture(scope="session")
def secrets(operator: Running, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> list[Object]:
    """What is drawn, on the cluster."""
    apply(cluster.api, [*cluster_store(), *drawn["external_secrets"]])
    operator.check()
    return drawn["external_secrets"]


@pytest.fixture(autouse=True)
def _operator_is_alive(operator: Running) -> Iterator[None]:
    yield
    operator.check()
