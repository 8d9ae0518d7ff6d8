"""A real Vault: its accounts are those of the cluster, its roles those that the library returns, its logins those of a database."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kmop_constructs.components.configuration.vault import VaultAccess
from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators import vault_reading
from tests.operators.objects import apply, namespace
from tests.operators.postgres import Postgres
from tests.operators.running import Running, started

import pytest

ROOT = "root-of-the-tests"
REVIEWER = "vault"
"""Namespace and ServiceAccount as which Vault asks the cluster whose token it has got."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    status: int
    body: Any

    @property
    def errors(self) -> str:
        return " ".join(map(str, self.body.get("errors", [])))


@dataclass(frozen=True, kw_only=True, slots=True)
class Vault:
    binary: Path
    running: Running
    authority: Path
    """The certificate of the authority of its own certificate."""
    cluster: Cluster

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None, *, token: str = ROOT) -> Reply:
        """One request. A refusal is a reply."""
        request = urllib.request.Request(
            f"{vault_reading.ADDRESS}/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Vault-Token": token} if token else {},
        )
        context = ssl.create_default_context(cafile=self.authority)
        try:
            with urllib.request.urlopen(request, timeout=60, context=context) as answer:
                return Reply(status=answer.status, body=json.loads(answer.read() or b"{}"))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(status=error.code, body=json.loads(error.read() or b"{}"))

    def do(self, method: str, path: str, **body: object) -> Any:
        """One request of the administrator, which must succeed."""
        reply = self.ask(method, path, body or None)
        assert reply.status < 300, f"{method} {path}: {reply.status} {reply.errors}"
        return reply.body

    def run(self, commands: str) -> None:
        """Run commands of a shell as the administrator."""
        self.running.check()
        environment = {
            "PATH": f"{self.binary.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.running.log.parent),
            "VAULT_TOKEN": ROOT,
            "VAULT_CACERT": str(self.authority),
        }
        done = subprocess.run(
            ["sh", "-eu"], input=commands, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"

    def log_in(self, role: str, account: tuple[str, str], *, audience: str = "vault") -> Reply:
        """Log in to a role with a new token of an account: namespace and name."""
        return self.ask(
            "POST", "auth/kubernetes/login", {"role": role, "jwt": token_of(self.cluster, account, audience)}, token=""
        )

    def client_token(self, access: VaultAccess) -> str:
        """Log in as the account that a role is for."""
        reply = self.log_in(access.role, (access.namespace, access.account), audience=access.audience)
        assert reply.status == 200, f"{access.role}: {reply.status} {reply.errors}"
        return reply.body["auth"]["client_token"]


def token_of(cluster: Cluster, account: tuple[str, str], audience: str | None) -> str:
    """A new token of a ServiceAccount, by namespace and name. Without an audience it is for the API server."""
    place, name = account
    spec: dict[str, object] = {"expirationSeconds": 3600, **({"audiences": [audience]} if audience else {})}
    answer = cluster.api.send(
        "POST",
        f"/api/v1/namespaces/{place}/serviceaccounts/{name}/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec},
    )
    assert answer.ok, f"token of {place}/{name}: {answer.status} {answer.message}"
    return answer.body["status"]["token"]


@pytest.fixture(scope="session")
def vault(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Vault]:
    """A Vault that knows the accounts of the cluster, with an engine of keys and one that signs."""
    binary, folder = program("vault", "vault"), tmp_path_factory.mktemp("vault")
    address = vault_reading.ADDRESS.partition("://")[2]
    flags = ("-dev", "-dev-tls", f"-dev-tls-cert-dir={folder}", "-dev-no-store-token")
    more = (f"-dev-root-token-id={ROOT}", f"-dev-listen-address={address}")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with started(binary, "server", *flags, *more, environment=environment, folder=folder, name="vault") as running:
        found = Vault(binary=binary, running=running, authority=folder / "vault-ca.pem", cluster=cluster)
        eventually(lambda: _not_ready(found))
        found.do("POST", "sys/mounts/kv", type="kv", options={"version": "2"})
        _know_accounts(found)
        _sign(found)
        yield found


@pytest.fixture(scope="session")
def roles(vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, VaultAccess]:
    """What the library returns for the administrator, by role. Its commands are run as they are."""
    found = vault_reading.roles(tmp_path_factory.mktemp("roles"))
    for each in found:
        vault.run(each.commands)
        for path in each.reads:
            if path.startswith("kv/"):
                vault.do("POST", path, data={"stripe": f"at {path}", "other": "not asked for"})
    return {each.role: each for each in found}


@pytest.fixture(scope="session")
def database(vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL in which Vault makes logins, each for the time that is declared."""
    with Postgres.started(tmp_path_factory.mktemp("postgres")) as postgres:
        vault.do("POST", "sys/mounts/database", type="database")
        vault.do(
            "POST",
            "database/config/shop",
            plugin_name="postgresql-database-plugin",
            allowed_roles="*",
            connection_url=postgres.url("{{username}}:{{password}}"),
            username=postgres.user,
            password=postgres.password,
        )
        long, short = (int(each.total_seconds()) for each in (vault_reading.LIFETIME, vault_reading.SHORT))
        for name, seconds in (("orders", long), ("payments", long), ("short", short)):
            make = "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"
            limits = {"default_ttl": f"{seconds}s", "max_ttl": f"{seconds}s"}
            vault.do("POST", f"database/roles/{name}", db_name="shop", creation_statements=[make], **limits)
        yield postgres


def authority_secrets(vault: Vault, places: set[str]) -> list[Object]:
    """The Secret with the authority of Vault's certificate, in each namespace."""
    text = vault.authority.read_text(encoding="utf-8")
    name, key = vault_reading.AUTHORITY.name, vault_reading.AUTHORITY.key
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": place},
            "stringData": {key: text},
        }
        for place in sorted(places)
    ]


def _not_ready(vault: Vault) -> list[str]:
    vault.running.check()
    if not vault.authority.exists():
        return ["no certificate yet"]
    try:
        status = vault.ask("GET", "sys/health").status
    except OSError as error:
        return [str(error)]
    return [] if status == 200 else [f"health: {status}"]


def _know_accounts(vault: Vault) -> None:
    """Have Vault ask the API server whose token it is, as an account with nothing but this right."""
    plane = vault.cluster.plane
    assert plane is not None
    account: Object = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": REVIEWER, "namespace": REVIEWER},
    }
    binding: Object = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "vault-reviews-tokens"},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "system:auth-delegator",
        },
        "subjects": [{"kind": "ServiceAccount", "name": REVIEWER, "namespace": REVIEWER}],
    }
    apply(vault.cluster.api, [namespace(REVIEWER), account, binding])
    vault.do("POST", "sys/auth/kubernetes", type="kubernetes")
    vault.do(
        "POST",
        "auth/kubernetes/config",
        kubernetes_host=plane.url,
        kubernetes_ca_cert=(plane.directory / "certs" / "apiserver.crt").read_text(encoding="utf-8"),
        token_reviewer_jwt=token_of(vault.cluster, (REVIEWER, REVIEWER), None),
        disable_local_ca_jwt=True,
    )


def _sign(vault: Vault) -> None:
    """Have Vault sign certificates for Services of one namespace."""
    vault.do("POST", "sys/mounts/pki", type="pki", config={"max_lease_ttl": "87600h"})
    vault.do("POST", "pki/root/generate/internal", common_name="Root in Vault", ttl="87600h")
    place = vault_reading.SIGNING
    vault.do(
        "POST",
        "pki/roles/cluster",
        allowed_domains=["payments", f"payments.{place}", f"{place}.svc", f"{place}.svc.cluster.local"],
        allow_bare_domains=True,
        allow_subdomains=True,
        require_cn=False,
        key_type="any",
        max_ttl="8760h",
    )
