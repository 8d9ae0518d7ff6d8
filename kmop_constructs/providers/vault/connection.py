"""The connection of Vault Secrets Operator to a Vault: an object of the app, or one of the platform team."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.derived import derive
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.errors import bad
from kmop_constructs.values.names import dns_label, dns_subdomain, flag, hostname, secret_name, text
from kmop_constructs.values.server_url import server_url

if TYPE_CHECKING:
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import secrets_hashicorp_com

__all__ = ["VaultServer", "connection_name", "draw_connection"]


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultServer:
    """A Vault, for which a VaultConnection is drawn in each namespace that reads from it: ``VaultServer("https://vault.acme.io")``.

    https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/sources/vault#vault-connection-custom-resource
    """

    address: str = field(kw_only=False)
    """Address, with ``https://``."""

    ca_secret: str | None = None
    """Name of a Secret of the namespace with the authority of Vault's certificate as ``ca.crt``. Default: none, the
    authorities that the operator's image knows."""

    server_name: str | None = None
    """Host name in Vault's certificate. Default: the host of the address."""

    name: str = "vault"
    """Name of the VaultConnection. Default: ``vault``."""

    plain_text: bool = False
    """Allow an ``http://`` address, by which tokens and values can be read on the network. Default: false."""

    def __post_init__(self) -> None:
        where = "VaultServer"
        flag(f"{where}.plain_text", self.plain_text)
        found = server_url(
            f"{where}.address", self.address, what="an address of Vault", example="https://vault.acme.io"
        )
        if found.scheme == "http" and not self.plain_text:
            do = "use https://, or accept that tokens and values can be read on the network: plain_text=True"
            raise bad(f"{where}.address", "not encrypted", self.address, do)
        if self.ca_secret is not None:
            secret_name(f"{where}.ca_secret", self.ca_secret)
        if self.server_name is not None:
            hostname(f"{where}.server_name", self.server_name)
        dns_subdomain(f"{where}.name", self.name)


def connection_name(where: str, value: str) -> str:
    """Check the name of a VaultConnection of somebody else: ``name``, or ``namespace/name``."""
    namespace, _, name = text(where, value).rpartition("/")
    if namespace:
        dns_label(where, namespace)
    dns_subdomain(where, name)
    return value


def draw_connection(place: Place, subject: Subject, server: VaultServer) -> str:
    """Draw the VaultConnection of a namespace, once for all that use it, and return its name."""
    derive(
        place,
        ("VaultConnection", subject.scope, server.name),
        Deferred(
            api_version="secrets.hashicorp.com/v1beta1",
            kind="VaultConnection",
            name=server.name,
            namespace=subject.namespace,
            draw=lambda _: _literal(subject, server),
        ),
        says={"address": server.address, "ca_secret": server.ca_secret, "server_name": server.server_name},
        hint="use the same VaultServer for both, or another name: VaultServer(…, name=…)",
    )
    return server.name


def _literal(subject: Subject, server: VaultServer) -> secrets_hashicorp_com.VaultConnection:
    spec: secrets_hashicorp_com.VaultConnectionSpec = {"address": server.address, "skipTLSVerify": False}
    if server.ca_secret is not None:
        spec["caCertSecretRef"] = server.ca_secret
    if server.server_name is not None:
        spec["tlsServerName"] = server.server_name
    metadata: secrets_hashicorp_com.ObjectMeta = {"name": server.name}
    if subject.namespace is not None:
        metadata["namespace"] = subject.namespace
    return {
        "apiVersion": "secrets.hashicorp.com/v1beta1",
        "kind": "VaultConnection",
        "metadata": metadata,
        "spec": spec,
    }
