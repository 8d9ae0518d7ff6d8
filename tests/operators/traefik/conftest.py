"""Traefik as a process, with everything that is drawn for it on the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.cluster.clusters import Cluster
from tests.operators.gateways.requests import Served, pods, served
from tests.operators.gateways.stage import Ports, Stage
from tests.operators.objects import apply
from tests.operators.running import started
from tests.operators.traefik import routes

import pytest

CUSTOM = Ports(http=18000, https=18443)
INGRESSES = Ports(http=18001, https=18444)
"""A second Traefik reads Ingresses: both would take the requests of hosts that no other route has."""

MIDDLEWARES = ("--providers.kubernetescrd", "--providers.kubernetescrd.allowemptyservices")
PROVIDERS = {
    CUSTOM: MIDDLEWARES,
    INGRESSES: (
        *MIDDLEWARES,
        "--providers.kubernetesingress",
        "--providers.kubernetesingress.allowemptyservices",
        "--providers.kubernetesingress.strictprefixmatching",
    ),
}


def flags(ports: Ports, stages: Iterable[Stage]) -> tuple[str, ...]:
    """Those of the Helm chart, with other ports, for the namespaces of some stages."""
    names = ",".join(name for each in stages for name in each.exposures)
    return (
        *PROVIDERS[ports],
        f"--providers.kubernetescrd.namespaces={names}",
        "--providers.providersthrottleduration=200ms",
        f"--entrypoints.web.address=:{ports.http}",
        f"--entrypoints.websecure.address=:{ports.https}",
        "--entrypoints.websecure.http.tls",
        "--global.checknewversion=false",
    )


@pytest.fixture(scope="session")
def traefik(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """Traefik, once it serves what is drawn."""
    folder = tmp_path_factory.mktemp("traefik")
    stages = routes.all_stages(folder)
    apply(cluster.api, [routes.CLASS, *(item for each in stages for item in routes.objects(each))])
    environment = {"KUBECONFIG": cluster.environment["KUBECONFIG"]}
    binary = program("traefik", "traefik")
    chosen = {CUSTOM: stages[:1], INGRESSES: stages[1:]}
    with ExitStack() as stack:
        running = [stack.enter_context(pods(folder))]
        for number, (ports, those) in enumerate(chosen.items()):
            options = {"environment": environment, "folder": folder, "name": f"traefik-{number}"}
            running.append(stack.enter_context(started(binary, *flags(ports, those), **options)))
        yield served([(each, ports) for ports, those in chosen.items() for each in those], *running)
