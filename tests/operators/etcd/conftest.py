"""etcd with users and certificates, the roles that the library returns, and etcdctl as the client of each service."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.clusters import Done
from tests.cluster.waiting import eventually
from tests.operators import configuration_clients as clients
from tests.operators.authorities import Authority, Pair
from tests.operators.containers import Container, container_of
from tests.operators.running import Running, started
from tools.control_plane.binaries import Binaries

import pytest

ADDRESS = f"https://127.0.0.1:{clients.ETCD_PORT}"
PASSWORD = "of-billing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Etcd:
    etcdctl: Path
    running: Running
    authority: Authority
    root: Pair
    folder: Path
    containers: dict[str, Container]
    """What is drawn for each service."""

    def administrate(self, commands: str) -> Done:
        """Run commands of a shell as the user root."""
        environment = {
            "PATH": f"{self.etcdctl.parent}{os.pathsep}{os.environ['PATH']}",
            "ETCDCTL_COMMAND_TIMEOUT": "60s",
            "ETCDCTL_ENDPOINTS": ADDRESS,
            "ETCDCTL_CACERT": str(self.authority.own.certificate),
            "ETCDCTL_CERT": str(self.root.certificate),
            "ETCDCTL_KEY": str(self.root.key),
        }
        done = subprocess.run(
            ["sh", "-eu"], input=commands, env=environment, capture_output=True, text=True, check=False
        )
        return Done(status=done.returncode, out=done.stdout, err=done.stderr)

    def run(self, service: str, *arguments: str, seconds: int = 60) -> Done:
        """Run etcdctl in the container that is drawn for a service, for a limited time."""
        self.running.check()
        hosts = {clients.ETCD_HOST: "127.0.0.1"}
        limits = (f"--command-timeout={seconds}s", f"--dial-timeout={seconds}s")
        return self.containers[service].run(self.etcdctl, *limits, *arguments, hosts=hosts, folder=self.folder)


@pytest.fixture(scope="session")
def etcd(
    binaries: Binaries, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Etcd]:
    folder = tmp_path_factory.mktemp("etcd")
    authority = Authority.made(folder)
    server = authority.sign("etcd", hosts=[clients.ETCD_HOST], addresses=["127.0.0.1"])
    secrets = {("billing-etcd", "username"): "billing", ("billing-etcd", "password"): PASSWORD}
    for name, user in (("router", "router"), ("billing", "nobody")):
        own = authority.sign(user)
        files = {"ca.crt": authority.own.certificate, "tls.crt": own.certificate, "tls.key": own.key}
        secrets |= {(f"{name}-etcd", key): file.read_text(encoding="utf-8") for key, file in files.items()}
    result = clients.etcd(folder / "drawn")
    flags = (
        f"--data-dir={folder / 'data'}",
        f"--listen-client-urls={ADDRESS}",
        f"--advertise-client-urls={ADDRESS}",
        "--listen-peer-urls=http://127.0.0.1:2381",
        "--initial-advertise-peer-urls=http://127.0.0.1:2381",
        "--initial-cluster=default=http://127.0.0.1:2381",
        f"--cert-file={server.certificate}",
        f"--key-file={server.key}",
        f"--trusted-ca-file={authority.own.certificate}",
        "--client-cert-auth",
        "--bcrypt-cost=4",
        "--unsafe-no-fsync",
        "--log-level=warn",
    )
    program_of_server = Path(binaries.path("etcd"))
    with started(program_of_server, *flags, environment=os.environ, folder=folder, name="etcd") as running:
        found = Etcd(
            etcdctl=program("etcd", "etcdctl"),
            running=running,
            authority=authority,
            root=authority.sign("root"),
            folder=folder,
            containers={name: container_of(result.one("Deployment", name), secrets) for name in clients.ETCD_EDGES},
        )
        eventually(lambda: _not_ready(found))
        _prepare(found)
        yield found


def _not_ready(etcd: Etcd) -> list[str]:
    etcd.running.check()
    done = etcd.administrate("etcdctl endpoint health")
    return [] if done.status == 0 else [done.said]


def _prepare(etcd: Etcd) -> None:
    """Have keys of several services, the roles as the library returns them, and a user for each."""
    lines = [
        *(f"etcdctl put {edge.prefix}colour of-{name}" for name, edge in clients.ETCD_EDGES.items()),
        "etcdctl put /config/router-admin/colour of-an-administrator",
        "etcdctl user add root --no-password",
        "etcdctl user grant-role root root",
        *(edge.role_commands(name) for name, edge in clients.ETCD_EDGES.items()),
        "etcdctl user add router --no-password",
        f"etcdctl user add billing:{PASSWORD}",
        *(f"etcdctl user grant-role {name} {name}" for name in clients.ETCD_EDGES),
        "etcdctl auth enable",
    ]
    done = etcd.administrate("\n".join(lines))
    assert done.status == 0, done.said
