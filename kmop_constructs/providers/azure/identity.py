"""Microsoft Entra Workload ID: https://azure.github.io/azure-workload-identity/docs/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.security.identity import PATTERN_FIELDS, POD_ANNOTATION, Granted, name_by_pattern
from kmop_constructs.core.connection import Connection, ToHost
from kmop_constructs.errors import SpecError, bad, shown
from kmop_constructs.values.names import frozen, hostname, mapping, text
from kmop_constructs.values.pattern import check_pattern
from kmop_constructs.values.pods import cidrs

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cloud_identity import CloudIdentity

__all__ = ["AzureWorkloadIdentity"]

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html
_CLIENT = "azure.workload.identity/client-id"
_TENANT = "azure.workload.identity/tenant-id"
_USE = "azure.workload.identity/use"

_OTHER_CREDENTIALS = (
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_TENANT_ID",
)
"""With the first two, the SDKs use the credentials of the environment before the token:
https://learn.microsoft.com/en-us/dotnet/azure/sdk/authentication/credential-chains#defaultazurecredential-overview.
The webhook does not replace the others:
https://github.com/Azure/azure-workload-identity/blob/main/pkg/webhook/webhook.go."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AzureWorkloadIdentity:
    """Gives pods an identity of Microsoft Entra: ``AzureWorkloadIdentity(client_ids={"orders": "<client id>"})``.

    The ServiceAccount names the client id, and a webhook adds a token of the account to pods with the label
    ``azure.workload.identity/use``. The SDK exchanges it at Entra. The identity must have a federated credential for the
    ServiceAccount.
    """

    client_ids: Mapping[str, str]
    """Client ids of the identities, by name. The name is that of `CloudIdentity`, completed by `key`."""

    key: str = "{name}"
    """Pattern of the name in `client_ids`. Fields: ``{name}``, ``{namespace}``, ``{environment}``, ``{region}`` and
    ``{cluster}``. Default: ``{name}``."""

    tenant: str | None = None
    """Id of the tenant of the identities. Default: that of the webhook's configuration."""

    authority: str = "login.microsoftonline.com"
    """Host at which tokens are exchanged, the ``AZURE_AUTHORITY_HOST`` of the webhook. Default: that of the public cloud;
    ``login.microsoftonline.us`` and ``login.partner.microsoftonline.cn`` are those of the national clouds
    (https://learn.microsoft.com/en-us/entra/identity-platform/authentication-national-cloud)."""

    authority_ranges: tuple[str, ...] = ()
    """Address ranges of `authority`. Default: none; the policy opens port 443 of every public address."""

    def __post_init__(self) -> None:
        ids = mapping("AzureWorkloadIdentity.client_ids", self.client_ids)
        for name, client in ids.items():
            text("AzureWorkloadIdentity.client_ids", name)
            _check_guid(f"AzureWorkloadIdentity.client_ids[{shown(name)}]", client)
        object.__setattr__(self, "client_ids", frozen(dict(sorted(ids.items()))))
        check_pattern("AzureWorkloadIdentity.key", self.key, PATTERN_FIELDS)
        if self.tenant is not None:
            _check_guid("AzureWorkloadIdentity.tenant", self.tenant)
        hostname("AzureWorkloadIdentity.authority", self.authority)
        object.__setattr__(
            self, "authority_ranges", cidrs("AzureWorkloadIdentity.authority_ranges", self.authority_ranges)
        )

    def grant(self, *, service: ServiceFacts, intent: CloudIdentity) -> Granted:
        """Return the annotations of the account, the label of the pods, and the connection to Entra.

        Raises `SpecError` if `client_ids` does not have the identity, or a field of the pattern is not known.
        """
        name = name_by_pattern(self.key, service=service, intent=intent)
        client = self.client_ids.get(name)
        if client is None:
            known = ", ".join(self.client_ids) or "none"
            raise SpecError(
                f"{service.path}: cloud_identity: AzureWorkloadIdentity.client_ids has no such name, got {name!r}; add its client "
                f"id on the platform, or use one of: {known}"
            )
        annotations = {_CLIENT: client}
        if self.tenant is not None:
            annotations[_TENANT] = self.tenant
        to = ToHost(self.authority, cidrs=self.authority_ranges)
        return Granted(
            identity=client,
            account_annotations=annotations,
            pod_labels={_USE: "true"},
            # The webhook reads the account when a pod is created, so another identity needs new pods:
            # https://azure.github.io/azure-workload-identity/docs/concepts.html.
            pod_annotations={POD_ANNOTATION: client},
            connections=(Connection(to=to, port=443, speaks="http", tls=True),),
            overridden_by=_OTHER_CREDENTIALS,
        )


def _check_guid(where: str, value: str) -> None:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise bad(where, "not an id of Entra", value, "write it as 00000000-0000-0000-0000-000000000000")
