"""Stores of clouds, read as a ServiceAccount with an identity of the cloud."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.placeholders import fill_placeholders
from kmop_constructs.errors import bad
from kmop_constructs.values.names import text

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.external_secrets.values import AccountRef
    from kmop_constructs.typings import external_secrets_io as eso

__all__ = ["AwsParameterStore", "AwsSecretsManager", "AzureKeyVault", "GoogleSecretManager"]

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _filled(where: str, template: str, subject: Subject) -> str:
    return fill_placeholders(where, template, subject.cluster, {"namespace": subject.namespace, "name": subject.name})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Aws:
    """A store of AWS, read with the role of an account (IRSA)."""

    has_account: ClassVar[bool] = True
    _service: ClassVar[Literal["SecretsManager", "ParameterStore"]]

    region: str
    """Region of the store, such as ``eu-west-1``."""

    role: str
    """Role of IAM that the account takes, as an ARN. ``{namespace}``, ``{name}`` (of the Secret), ``{environment}``,
    ``{region}`` and ``{cluster}`` are replaced: ``arn:aws:iam::123456789012:role/{namespace}-{name}`` is one role for each
    Secret."""

    def __post_init__(self) -> None:
        where = type(self).__name__
        text(f"{where}.region", self.region)
        text(f"{where}.role", self.role)
        if not _ROLE.fullmatch(self.role):
            raise bad(
                f"{where}.role", "not the ARN of a role", self.role, "write 'arn:aws:iam::123456789012:role/NAME'"
            )

    def annotations(self, subject: Subject, /) -> Mapping[str, str]:
        """Return the annotation with the role."""
        return {"eks.amazonaws.com/role-arn": _filled(f"{type(self).__name__}.role", self.role, subject)}

    def provider(self, subject: Subject, account: AccountRef, /) -> Mapping[str, Any]:  # noqa: ARG002
        """Return ``provider.aws``."""
        auth: eso.ClusterSecretStoreProviderAwsAuth = {"jwt": {"serviceAccountRef": account}}
        found: eso.ClusterSecretStoreProviderAws = {"service": self._service, "region": self.region, "auth": auth}
        return {"aws": found}

    def key(self, where: str, path: str, /) -> str:  # noqa: ARG002 - names are free
        """Return the name unchanged."""
        return path


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsSecretsManager(_Aws):
    """AWS Secrets Manager, read with the role of an account: ``AwsSecretsManager(region="eu-west-1", role="arn:aws:iam::…")``.

    Each `RemoteSecrets` gets an account and a SecretStore of its own.
    https://external-secrets.io/latest/provider/aws-access/
    """

    _service: ClassVar[Literal["SecretsManager", "ParameterStore"]] = "SecretsManager"


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsParameterStore(_Aws):
    """The Parameter Store of AWS Systems Manager, read with the role of an account.

    Each `RemoteSecrets` gets an account and a SecretStore of its own.
    https://external-secrets.io/latest/provider/aws-parameter-store/
    """

    _service: ClassVar[Literal["SecretsManager", "ParameterStore"]] = "ParameterStore"


@dataclass(frozen=True, kw_only=True, slots=True)
class GoogleSecretManager:
    """Google Secret Manager, read with Workload Identity: ``GoogleSecretManager(project="acme-production")``.

    Each `RemoteSecrets` gets an account and a SecretStore of its own.
    https://external-secrets.io/latest/provider/google-secrets-manager/
    """

    has_account: ClassVar[bool] = True

    project: str
    """Id of the project with the secrets."""

    account: str | None = None
    """Service account of Google that the account acts as, such as ``{name}@acme-production.iam.gserviceaccount.com``. Placeholders
    as in `AwsSecretsManager.role`. Default: none; roles of IAM are granted to the account of Kubernetes itself."""

    def __post_init__(self) -> None:
        text("GoogleSecretManager.project", self.project)
        if self.account is not None and "@" not in text("GoogleSecretManager.account", self.account):
            raise bad("GoogleSecretManager.account", "not the address of a service account", self.account,
                      "write 'name@project.iam.gserviceaccount.com'")  # fmt: skip

    def annotations(self, subject: Subject, /) -> Mapping[str, str]:
        """Return the annotation with the service account of Google."""
        if self.account is None:
            return {}
        return {"iam.gke.io/gcp-service-account": _filled("GoogleSecretManager.account", self.account, subject)}

    def provider(self, subject: Subject, account: AccountRef, /) -> Mapping[str, Any]:  # noqa: ARG002
        """Return ``provider.gcpsm``."""
        return {"gcpsm": {"projectID": self.project, "auth": {"workloadIdentity": {"serviceAccountRef": account}}}}

    def key(self, where: str, path: str, /) -> str:
        """Return the name, which must have no slash."""
        if "/" in path:
            raise bad(where, "not the name of a secret of Google", path, "use letters, digits, '-' and '_'")
        return path


@dataclass(frozen=True, kw_only=True, slots=True)
class AzureKeyVault:
    """Azure Key Vault, read with Workload Identity: ``AzureKeyVault(url=…, client="…", tenant="…")``.

    Each `RemoteSecrets` gets an account and a SecretStore of its own; the identity trusts each account by a federated
    credential. https://external-secrets.io/latest/provider/azure-key-vault/
    """

    has_account: ClassVar[bool] = True

    url: str
    """Address of the vault, such as ``https://acme.vault.azure.net``."""

    client: str
    """Client id of the identity, a GUID."""

    tenant: str
    """Id of the tenant, a GUID."""

    def __post_init__(self) -> None:
        if not text("AzureKeyVault.url", self.url).startswith("https://"):
            raise bad("AzureKeyVault.url", "not an address", self.url, "write it as 'https://acme.vault.azure.net'")
        for name in ("client", "tenant"):
            value = text(f"AzureKeyVault.{name}", getattr(self, name))
            if not _GUID.fullmatch(value):  # a wrong value may be the password of the client
                raise bad(f"AzureKeyVault.{name}", "not a GUID", value, "write the id, not its name", secret=True)

    def annotations(self, subject: Subject, /) -> Mapping[str, str]:  # noqa: ARG002 - the same for every subject
        """Return the annotations with the identity."""
        return {"azure.workload.identity/client-id": self.client, "azure.workload.identity/tenant-id": self.tenant}

    def provider(self, subject: Subject, account: AccountRef, /) -> Mapping[str, Any]:  # noqa: ARG002
        """Return ``provider.azurekv``."""
        found: eso.ClusterSecretStoreProviderAzurekv = {
            "authType": "WorkloadIdentity",
            "vaultUrl": self.url,
            "serviceAccountRef": account,
        }
        return {"azurekv": found}

    def key(self, where: str, path: str, /) -> str:
        """Return the name, which may have a type before it: ``secret/NAME``."""
        if path.count("/") > 1:
            raise bad(where, "not the name of a secret of Azure", path, "use letters, digits and '-'")
        return path
