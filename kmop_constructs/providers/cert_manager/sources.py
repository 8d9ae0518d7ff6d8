"""What an issuer of cert-manager signs with: itself, an authority in a Secret, or Vault."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import dns_subdomain, made_by, secret_name_of, text, texts

if TYPE_CHECKING:
    from kmop_constructs.typings import cert_manager_io
    from kmop_constructs.values.names import Named

__all__ = ["CertificateAuthority", "IssuerSource", "SelfSigned", "VaultAuthority", "key_of"]


class IssuerSource(Protocol):
    """What an issuer signs with."""

    def spec(self, name: str) -> cert_manager_io.ClusterIssuerSpec:
        """Return the ``spec`` of an issuer with this name."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfSigned:
    """Each certificate signs itself. It is for the root of an authority, as in `PrivateAuthority`.

    https://cert-manager.io/docs/configuration/selfsigned/
    """

    def spec(self, name: str) -> cert_manager_io.ClusterIssuerSpec:  # noqa: ARG002 - one form for all sources
        """Return the ``spec`` of an issuer with this name."""
        return {"selfSigned": {}}


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateAuthority:
    """An authority in a Secret with the keys ``tls.crt`` and ``tls.key``: its certificate and private key.

    The Secret is in the namespace of an `Issuer`; for a `ClusterIssuer` in that of cert-manager
    (https://cert-manager.io/docs/configuration/ca/).
    """

    secret: str | Named = field(kw_only=False)
    """Name of the Secret, or a construct with that ``name``."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", secret_name_of("CertificateAuthority.secret", self.secret))

    def spec(self, name: str) -> cert_manager_io.ClusterIssuerSpec:  # noqa: ARG002 - one form for all sources
        """Return the ``spec`` of an issuer with this name."""
        return {"ca": {"secretName": str(self.secret)}}


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultAuthority:
    """The secrets engine PKI of Vault, with a login as a ServiceAccount.

    cert-manager asks for a token of the account, so its own account needs ``create`` of ``serviceaccounts/token`` for it,
    in the namespace of the `Issuer`; for a `ClusterIssuer` in that of cert-manager. The role of the engine must allow the
    names of the certificates, and for workloads without a Service their URI (``allowed_uri_sans``)
    (https://cert-manager.io/docs/configuration/vault/).
    """

    server: str
    """Address of Vault, such as ``https://vault.vault.svc:8200``."""

    path: str
    """Path at which the engine signs, with its role: ``pki_int/sign/cluster``."""

    role: str
    """Role of the login."""

    account: str
    """Name of the ServiceAccount of the login."""

    mount: str = "/v1/auth/kubernetes"
    """Path of the login method. Default: ``/v1/auth/kubernetes``, the default of cert-manager."""

    audiences: tuple[str, ...] = ()
    """Further audiences of the token. Default: none; cert-manager adds ``vault://<namespace>/<issuer>``, for a `ClusterIssuer`
    ``vault://<issuer>``, and the role of Vault should have this as its ``audience``."""

    namespace: str | None = None
    """Namespace of Vault Enterprise. Default: none."""

    authority: SecretKey | None = None
    """Key of a Secret with the authority that verifies Vault's own certificate, in the namespace that `account` has. Default:
    the authorities in cert-manager's image."""

    def __post_init__(self) -> None:
        text("VaultAuthority.server", self.server)
        if not self.server.startswith(("https://", "http://")):
            raise bad("VaultAuthority.server", "not an address", self.server, "write https://host:port")
        for name in ("path", "role", "mount"):
            text(f"VaultAuthority.{name}", getattr(self, name))
        dns_subdomain("VaultAuthority.account", self.account)
        object.__setattr__(self, "audiences", texts("VaultAuthority.audiences", self.audiences))
        if self.namespace is not None:
            text("VaultAuthority.namespace", self.namespace)
        made_by("VaultAuthority.authority", self.authority, SecretKey, type(None), secret=True)

    def spec(self, name: str) -> cert_manager_io.ClusterIssuerSpec:  # noqa: ARG002 - one form for all sources
        """Return the ``spec`` of an issuer with this name."""
        account: cert_manager_io.ClusterIssuerVaultAuthKubernetesServiceAccountRef = {"name": self.account}
        if self.audiences:
            account["audiences"] = list(self.audiences)
        vault: cert_manager_io.ClusterIssuerVault = {
            "server": self.server,
            "path": self.path,
            "auth": {
                "kubernetes": {"mountPath": self.mount, "role": self.role, "serviceAccountRef": account},
            },
        }
        if self.namespace is not None:
            vault["namespace"] = self.namespace
        if self.authority is not None:
            vault["caBundleSecretRef"] = key_of(self.authority)
        return {"vault": vault}


def key_of(key: SecretKey) -> cert_manager_io.ClusterIssuerAcmePrivateKeySecretRef:
    """Return a reference to a key of a Secret."""
    return {"name": key.name, "key": key.key}
