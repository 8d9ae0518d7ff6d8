"""Operators that the tests of several tools use: each runs once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.cluster.clusters import Cluster
from tests.operators.gateways import backends
from tests.operators.gateways.certificates import make_certificates
from tests.operators.gateways.login import Logins, provider
from tests.operators.kubernetes_service import forwarded, hosts, with_mounts
from tests.operators.running import Running, started
from tools.operators.recipes import PROGRAMS

import pytest

PYTHON = PROGRAMS / "python"

CERT_MANAGER = "cert-manager"
"""The namespace in which it reads the Secrets of a ClusterIssuer."""


@pytest.fixture(scope="session")
def cert_manager(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    flags = ("--kubeconfig", cluster.environment["KUBECONFIG"], "--cluster-resource-namespace", CERT_MANAGER)
    binary, folder = program("cert_manager", "cert-manager"), tmp_path_factory.mktemp("cert-manager")
    with started(binary, *flags, environment=cluster.environment, folder=folder, name="cert-manager") as running:
        yield running


@pytest.fixture(scope="session")
def external_secrets(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    assert cluster.plane is not None
    folder, name = tmp_path_factory.mktemp("external-secrets"), "external-secrets"
    command, before = with_mounts(program("external_secrets", name), {"/etc/hosts": hosts(folder)})
    flags = ("--metrics-addr=127.0.0.1:18083", "--loglevel=debug")
    with (
        forwarded(cluster.plane.url),
        started(command, *before, *flags, environment=cluster.environment, folder=folder, name=name) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the certificates of clients and pods, for every gateway."""
    folder = tmp_path_factory.mktemp("front")
    make_certificates(folder)
    return folder


@pytest.fixture(scope="session")
def pods(front: Path) -> Iterator[Running]:
    """The programs that answer for the pods behind every gateway."""
    program, arguments = Path(sys.executable), (str(backends.__file__), str(front))
    grpc = Path(backends.__file__).parent / "grpc_pods.py"
    with (
        started(PYTHON, str(grpc), environment={}, folder=front, name="grpc-pods"),
        started(program, *arguments, environment={}, folder=front, name="pods") as running,
    ):
        yield running


@pytest.fixture(scope="session")
def openid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real OpenID provider. The folder has its authority, `ca.crt`."""
    folder = tmp_path_factory.mktemp("openid")
    with provider(PROGRAMS / "uvicorn", folder):
        yield folder


@pytest.fixture(scope="session")
def logins(
    program: Callable[[str, str], Path], openid: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Logins]:
    """The logins of scenes. One of them runs at a time, whatever the gateway, because each answers for every address."""
    binary, authority = program("oauth2_proxy", "oauth2-proxy"), (openid / "ca.crt").read_text(encoding="utf-8")
    found = Logins(program=binary, folder=tmp_path_factory.mktemp("logins"), authority=authority)
    yield found
    found.stack.close()
