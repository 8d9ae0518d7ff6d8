"""Traefik as a process, with everything that is drawn for it on the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.gateways.requests import Served, served
from tests.operators.gateways.scenes import Scenes, ServedScenes
from tests.operators.gateways.stage import Ports, Stage, users
from tests.operators.kubernetes_service import with_mounts
from tests.operators.objects import apply
from tests.operators.running import Running, started
from tests.operators.traefik import routes

import pytest


def flags(ports: Ports, namespaces: Iterable[str]) -> tuple[str, ...]:
    """Those of the Helm chart with other ports, for some namespaces: the route of every host is there once."""
    names = ",".join(namespaces)
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
                binary, *flags(ports, stage.exposures), environment=environment, folder=front, name=f"traefik-{number}"
            )
            running.append(stack.enter_context(process))
            found.append((stage, ports))
        yield served(found, *running)


@pytest.fixture(scope="session")
def scenes(cluster: Cluster, program: Callable[[str, str], Path], front: Path, pods: Running) -> Iterator[ServedScenes]:
    """Traefik, once it serves the scenes, in which several exposures are beside each other."""
    every = routes.all_scenes(front)
    objects = [item for each in every for item in (*each.secrets(), *users(each.namespaces, "users"), *each.objects())]
    apply(cluster.api, [routes.CLASS, *objects])
    environment = {"KUBECONFIG": cluster.environment["KUBECONFIG"]}
    ports = Ports(http=28100, https=28540)
    command, before = with_mounts(program("traefik", "traefik"), {"/etc/hosts": _hosts(front, every)})
    names = [name for each in every for name in each.namespaces]
    found = ServedScenes(scenes={each.case.name: (each, ports) for each in every})
    with started(
        command, *before, *flags(ports, names), environment=environment, folder=front, name="traefik-scenes"
    ) as running:
        for each in (pods, running):
            eventually(found.missing)
            each.check()
        yield found


def _hosts(folder: Path, scenes: Iterable[Scenes]) -> Path:
    """A file for ``/etc/hosts``, because there is no DNS of the cluster."""
    found = folder / "scenes-hosts"
    names = {name: address for each in scenes for name, address in each.hosts().items()}
    found.write_text("".join(f"{address} {name}\n" for name, address in names.items()), encoding="utf-8")
    return found
