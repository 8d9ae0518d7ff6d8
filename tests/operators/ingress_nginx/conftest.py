"""nginx with the directives that stand for ingress-nginx, and the gateways after it, with the same system behind each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from kmop_constructs.providers.envoy_gateway import EnvoyGateway
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from kmop_constructs.providers.traefik import TraefikGateway
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.envoy_gateway.running import PORTS
from tests.operators.gateways.door import OK, Door
from tests.operators.gateways.requests import Served
from tests.operators.ingress_nginx.cluster_objects import Ingresses
from tests.operators.ingress_nginx.configuration import configuration
from tests.operators.ingress_nginx.program import nginx
from tests.operators.ingress_nginx.system import System
from tests.operators.objects import apply
from tests.operators.running import Running, started

import pytest

OLD = {"http": 29000, "https": 29443}
WITHOUT_LOGIN = 401
"""The status of a host with a login."""
NOT_BY_ENVOY = frozenset({"burst", "limited"})
"""Services with a rate limit, for which Envoy Gateway needs a service of its own."""
NEW = {"http": 29001, "https": 29444}


@pytest.fixture(scope="session")
def before(front: Path, pods: Running) -> Iterator[Door]:
    """The system behind nginx."""
    try:
        program = nginx()
    except FileNotFoundError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
    system = System(namespace="leaving-nginx", folder=front, users_key="auth", by_hand={"legacy"})
    folder = front / "nginx"
    folder.mkdir()
    file = folder / "nginx.conf"
    objects = system.objects(IngressNginxGateway)
    file.write_text(configuration(Ingresses(objects=objects, folder=folder), OLD), encoding="utf-8")
    flags = ("-c", str(file), "-p", str(folder))
    with started(program, *flags, environment={}, folder=folder, name="nginx") as running:
        yield _serving(system, running, **OLD)


@pytest.fixture(scope="session")
def traefik_after(cluster: Cluster, program: Callable[[str, str], Path], front: Path, pods: Running) -> Iterator[Door]:
    """The system behind Traefik."""
    system = System(namespace="leaving-traefik", folder=front, users_key="users")
    apply(cluster.api, system.objects(TraefikGateway))
    flags = (
        "--providers.kubernetescrd",
        f"--providers.kubernetescrd.namespaces={system.namespace}",
        "--providers.kubernetescrd.allowemptyservices",
        "--providers.providersthrottleduration=200ms",
        f"--entrypoints.web.address=:{NEW['http']}",
        f"--entrypoints.websecure.address=:{NEW['https']}",
        "--entrypoints.websecure.http.tls",
        "--global.checknewversion=false",
    )
    environment = {"KUBECONFIG": cluster.environment["KUBECONFIG"]}
    binary = program("traefik", "traefik")
    with started(binary, *flags, environment=environment, folder=front, name="traefik-after") as running:
        yield _serving(system, running, **NEW)


@pytest.fixture(scope="session")
def envoy_after(cluster: Cluster, envoy_gateway: Served, front: Path) -> Door:
    """The system behind the Envoy of Envoy Gateway."""
    system = System(namespace="leaving-envoy", folder=front, users_key=".htpasswd", without=NOT_BY_ENVOY)
    apply(cluster.api, system.objects(EnvoyGateway))
    return _serving(system, http=PORTS.http, https=PORTS.https)


def _serving(system: System, *running: Running, http: int, https: int) -> Door:
    """Wait until every host is served. Other pods of a share come later than the first ones."""
    door = system.door(http=http, https=https)
    shares = {"split.acme.io": 30}

    def problems() -> list[str]:
        for each in running:
            each.check()
        found: list[str] = []
        for host, path, tls in system.served():
            try:
                statuses = {door.ask(path, host=host, tls=tls).status for _ in range(shares.get(host, 1))}
            except OSError as error:
                return [f"{host}: {error}"]
            found += [f"{host}: status {status}" for status in statuses if status not in (OK, WITHOUT_LOGIN)]
        return found

    eventually(problems)
    return door
