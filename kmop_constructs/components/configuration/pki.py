"""What a role of Vault's PKI engine may sign, for the certificate of exactly one workload."""

from __future__ import annotations

import shlex
from datetime import timedelta

from kmop_constructs._dataclass import dataclass

__all__ = ["SigningRole"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningRole:
    """A role of Vault's PKI engine that signs the names of one workload and no others.

    https://developer.hashicorp.com/vault/api-docs/secret/pki#create-update-role
    """

    mount: str
    """Mount path of the PKI engine, such as ``pki``."""

    name: str
    """Name of the role."""

    names: tuple[str, ...]
    """DNS names that may be signed, each exactly; one with a wildcard too. Empty for a workload without a Service."""

    uris: tuple[str, ...] = ()
    """URIs that may be signed. Default: none."""

    key: str
    """Algorithm and size of the private key, such as ``ECDSA-256``."""

    server: bool
    """Whether the certificate is for a server too. All are for clients."""

    duration: timedelta
    """Longest time for which a certificate is valid."""

    @property
    def path(self) -> str:
        """Path of the API at which a certificate is issued."""
        return f"{self.mount}/issue/{self.name}"

    def command(self, space: str) -> str:
        """Return the command of ``vault`` that writes the role. `space` is the option of its namespace, or empty."""
        algorithm, _, size = self.key.partition("-")
        fields = [
            f"allowed_domains={','.join(self.names)}",
            "allow_bare_domains=true",
            "allow_subdomains=false",
            f"allow_wildcard_certificates={str(any(each.startswith('*') for each in self.names)).lower()}",
            "allow_localhost=false",
            "allow_ip_sans=false",
            "require_cn=false",
            f"server_flag={str(self.server).lower()}",
            "client_flag=true",
            "key_usage=DigitalSignature,KeyEncipherment",
            f"key_type={'ec' if algorithm == 'ECDSA' else 'rsa'}",
            f"key_bits={size}",
            f"max_ttl={self.duration // timedelta(seconds=1)}s",
        ]
        if self.uris:
            fields.append(f"allowed_uri_sans={','.join(self.uris)}")
        lines = " \\\n".join(f"  {shlex.quote(each)}" for each in fields)
        return f"vault write{space} {self.mount}/roles/{self.name} \\\n{lines}\n"
