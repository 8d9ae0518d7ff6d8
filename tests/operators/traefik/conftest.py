"""Traefik as a process, with everything that is drawn for it on the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.cluster.clusters import Cluster
from tests.operators.gateways.requests import Served, served
from tests.operators.gateways.stage import Ports, Stage
from tests.operators.objects import apply
from tests.operators.running import Running, started
from tests.operators.traefik import routes

import pytest


def flags(ports: Ports, stage: Stage) -> tuple[str, ...]:
    """Those of the Helm chart with other ports, for the namespaces of one stage: the route of every host is there once."""
    names = ",".join(stage.exposures)
    return (
        "--providers.kubernetescrd",
        f"--providers.kubernetescrd.namespaces={names}",
        "--providers.kubernetescrd.allowemptyservices",
        "--providers.kubernetesingress",
        f"--providers.kubernetesingress.namespaces={names}",
        "--providers.kubernetesingress.allowemptyservices",
        "--providers.kubernetesingress.strictprefixmatching",
        "--providers.providersthrottleduration=200ms",
        f"--entrypoints.web.address=:{ports.http}",
        f"--entrypoints.websecure.address=:{ports.https}",
        "--entrypoints.websecure.http.tls",
        "--global.checknewversion=false",
    )


@pytest.fixture(scope="session")
def traefik(cluster: Cluster, program: Callable[[str, str], Path], front: Path, pods: Running) -> Iterator[Served]:
    """Traefik, once it serves what is drawn."""
    stages = routes.all_stages(front)
    apply(cluster.api, [routes.CLASS, *(item for each in stages for item in routes.objects(each))])
    environment = {"KUBECONFIG": cluster.environment["KUBECONFIG"]}
    binary = program("traefik", "traefik")
    found: list[tuple[Stage, Ports]] = []
    with ExitStack() as stack:
        running = [pods]
        for number, stage in enumerate(stages):
            ports = Ports(http=28000 + number, https=28440 + number)
            process = started(
                binary, *flags(ports, stage), environment=environment, folder=front, name=f"traefik-{number}"
            )
            running.append(stack.enter_context(process))
            found.append((stage, ports))
        yield served(found, *running)
