"""cert-manager, with a certificate authority of the tests under the name of the issuer that the apps use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from apps.gateways import TLS
from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.operators.cert_manager.certificates import AUTHORITY
from tests.operators.objects import apply
from tests.operators.running import Running
from tests.operators.shared import CERT_MANAGER

import pytest

ISSUER = "cert-manager.io/v1"


def issuers() -> list[Object]:
    """An authority that signs itself, and the issuer of the apps, which signs with it."""
    assert TLS.issuer is not None
    root: Object = {
        "isCA": True,
        "commonName": AUTHORITY,
        "secretName": "root",
        "privateKey": {"algorithm": "ECDSA", "size": 256},
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "self-signed"},
    }
    return [
        {
            "apiVersion": ISSUER,
            "kind": "ClusterIssuer",
            "metadata": {"name": "self-signed"},
            "spec": {"selfSigned": {}},
        },
        {
            "apiVersion": ISSUER,
            "kind": "Certificate",
            "metadata": {"name": "root", "namespace": CERT_MANAGER},
            "spec": root,
        },
        {
            "apiVersion": ISSUER,
            "kind": "ClusterIssuer",
            "metadata": {"name": TLS.issuer},
            "spec": {"ca": {"secretName": "root"}},
        },
    ]


@pytest.fixture(scope="session")
def operator(cert_manager: Running, cluster: Cluster) -> Running:
    """cert-manager, running, with the issuers."""
    apply(cluster.api, issuers())
    return cert_manager


@pytest.fixture(scope="session")
def shops(operator: Running, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> list[Object]:
    """What is drawn, on the cluster."""
    apply(cluster.api, drawn["cert_manager"])
    return drawn["cert_manager"]


@pytest.fixture(autouse=True)
def _operator_is_alive(operator: Running) -> Iterator[None]:
    yield
    operator.check()
