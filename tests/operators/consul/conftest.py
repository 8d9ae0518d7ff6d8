"""Consul with ACLs and certificates, the policies that the library returns, and its own command as the client of each service."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.clusters import Done
from tests.cluster.waiting import eventually
from tests.operators import configuration_clients as clients
from tests.operators.authorities import Authority
from tests.operators.containers import Container, container_of
from tests.operators.running import Running, started
from tools.control_plane.binaries import Binaries

import pytest

MANAGER = "5e1e7b1c-7a8f-4d5e-9a53-0d2f6f0c7e11"
"""The token of the administrator."""

KEYS = {
    "config/billing/colour": "of-billing",
    "config/billing-admin/colour": "of-an-administrator",
    "config/local/colour": "of-local",
    "config/catalog/colour": "of-catalog",
    "config/catalog,test/colour": "of-catalog-in-test",
    "config/catalog-admin/colour": "of-an-administrator",
    "config/application/colour": "of-all",
    "other/colour": "of-others",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Consul:
    program: Path
    running: Running
    folder: Path
    tokens: dict[str, str]
    """The token of each service, which its Secret has."""
    containers: dict[str, Container]
    """What is drawn for each service."""

    def administrate(self, *arguments: str, text: str | None = None) -> Done:
        """Run the command of Consul as the administrator, on the port of an agent."""
        return self.command(MANAGER, *arguments, text=text)

    def command(self, token: str, *arguments: str, text: str | None = None) -> Done:
        environment = {"CONSUL_HTTP_ADDR": f"127.0.0.1:{clients.AGENT_PORT}", "CONSUL_HTTP_TOKEN": token}
        done = subprocess.run(
            [self.program, *arguments], input=text, env=environment, capture_output=True, text=True, check=False
        )
        return Done(status=done.returncode, out=done.stdout, err=done.stderr)

    def run(self, service: str, *arguments: str) -> Done:
        """Run the command of Consul in the container that is drawn for a service."""
        self.running.check()
        hosts = {clients.CONSUL_HOST: "127.0.0.1"}
        return self.containers[service].run(self.program, *arguments, hosts=hosts, folder=self.folder)


@pytest.fixture(scope="session")
def consul(
    binaries: Binaries, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Consul]:
    del binaries  # the fixture that says whether a server may run here
    binary, folder = program("consul", "consul"), tmp_path_factory.mktemp("consul")
    authority = Authority.made(folder)
    server = authority.sign("consul", hosts=[clients.SERVER_NAME])
    settings = {
        "server": True,
        "bootstrap_expect": 1,
        "data_dir": str(folder / "data"),
        "bind_addr": "127.0.0.1",
        "log_level": "warn",
        "disable_update_check": True,
        "ports": {"http": clients.AGENT_PORT, "https": clients.CONSUL_PORT, "grpc": -1, "grpc_tls": -1, "dns": -1},
        "tls": {"https": {"cert_file": str(server.certificate), "key_file": str(server.key)}},
        "acl": {"enabled": True, "default_policy": "deny", "tokens": {"initial_management": MANAGER}},
    }
    (folder / "consul.json").write_text(json.dumps(settings), encoding="utf-8")
    flags = ("agent", f"-config-file={folder / 'consul.json'}")
    with started(binary, *flags, environment=os.environ, folder=folder, name="consul") as running:
        found = Consul(program=binary, running=running, folder=folder, tokens={}, containers={})
        eventually(lambda: _not_ready(found))
        _prepare(found)
        secrets = {(f"{name}-consul", "token"): token for name, token in found.tokens.items()}
        secrets["consul", "ca.crt"] = authority.own.certificate.read_text(encoding="utf-8")
        result = clients.consul(folder / "drawn")
        found.containers.update(
            {name: container_of(result.one("Deployment", name), secrets) for name in clients.CONSUL_EDGES}
        )
        yield found


def _not_ready(consul: Consul) -> list[str]:
    consul.running.check()
    done = consul.administrate("kv", "put", "ready", "yes")
    return [] if done.status == 0 else [done.said]


def _prepare(consul: Consul) -> None:
    """Have keys of several services, and for each edge its policy as the library returns it and a token with this policy."""
    for key, value in KEYS.items():
        done = consul.administrate("kv", "put", key, value)
        assert done.status == 0, done.said
    for name, edge in clients.CONSUL_EDGES.items():
        made = consul.administrate("acl", "policy", "create", "-name", name, "-rules", "-", text=edge.policy)
        assert made.status == 0, made.said
        token = consul.administrate("acl", "token", "create", "-policy-name", name, "-format=json")
        assert token.status == 0, token.said
        consul.tokens[name] = json.loads(token.out)["SecretID"]
