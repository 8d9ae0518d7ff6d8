"""Traefik as a process, with everything that is drawn for it on the cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.gateways import backends
from tests.operators.gateways.stage import PLAIN, Ports, Stage
from tests.operators.objects import apply
from tests.operators.running import Running, started
from tests.operators.traefik import routes

import pytest

PORTS = Ports(http=18000, https=18443)
FLAGS = (
    "--providers.kubernetescrd",
    "--providers.kubernetescrd.allowemptyservices",
    "--providers.providersthrottleduration=200ms",
    f"--entrypoints.web.address=:{PORTS.http}",
    f"--entrypoints.websecure.address=:{PORTS.https}",
    "--global.checknewversion=false",
    "--log.level=INFO",
)


@pytest.fixture(scope="session")
def backend(stage: Stage) -> Iterator[Running]:
    """The program that answers for the pods."""
    for end in ("crt", "key"):
        (stage.folder / f"tls.{end}").write_bytes((stage.folder / f"backend.{end}").read_bytes())
    python = Path(sys.executable)
    with started(python, str(backends.__file__), str(stage.folder), environment={}, folder=stage.folder, name="backend") as running:
        yield running


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return routes.stage(tmp_path_factory.mktemp("routes"))


@pytest.fixture(scope="session")
def traefik(cluster: Cluster, stage: Stage, backend: Running, program: Callable[[str, str], Path]) -> Iterator[Running]:
    """Traefik, once it serves what is drawn."""
    apply(cluster.api, routes.objects(stage))
    environment = {"KUBECONFIG": cluster.environment["KUBECONFIG"]}
    binary = program("traefik", "traefik")
    with started(binary, *FLAGS, environment=environment, folder=stage.folder, name="traefik") as running:
        door = stage.door(PLAIN, PORTS)

        def served() -> list[str]:
            running.check()
            backend.check()
            try:
                status = door.ask().status
            except OSError as error:
                return [str(error)]
            return [] if status == 200 else [f"status {status}"]

        eventually(served)
        yield running
