"""Workload Identity Federation for GKE: https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.security.identity import PATTERN_FIELDS, Granted, name_by_pattern
from kmop_constructs.core.connection import Connection
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.values.pattern import check_pattern
from kmop_constructs.values.pods import Addresses

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cloud_identity import CloudIdentity

__all__ = ["GoogleWorkloadIdentity"]

_ANNOTATION = "iam.gke.io/gcp-service-account"
"""https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#kubernetes-sa-to-iam"""
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
"""https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin"""
_SERVICE_ACCOUNT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
"""https://cloud.google.com/iam/docs/service-accounts-create#creating"""
_EMAIL = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com")

_METADATA = (
    Connection(to=Addresses.of("169.254.169.254/32"), port=80, speaks="http"),
    Connection(to=Addresses.of("169.254.169.252/32"), port=988, speaks="http"),
)
"""The metadata server of GKE. Clusters with Dataplane V2 compare the first address, others the second, to which the node has
translated it: https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GoogleWorkloadIdentity:
    """Gives pods of GKE an identity of Google Cloud: ``Platform(identity=GoogleWorkloadIdentity(project="acme-prod"))``.

    The pods get tokens from the metadata server of GKE on their node. They act as a service account of IAM, which must admit
    their ServiceAccount (``roles/iam.workloadIdentityUser``), or directly as their ServiceAccount (`service_account` is
    ``None``), which Google recommends where the APIs accept it.
    """

    project: str
    """Id of the project, of the cluster's workload pool and of the service accounts."""

    service_account: str | None = "{name}"
    """Pattern of the service account: a name in `project`, or a whole address such as
    ``{name}@acme-identities.iam.gserviceaccount.com``. Fields: ``{name}``, ``{namespace}``, ``{environment}``,
    ``{region}`` and ``{cluster}``. ``None``: no service account; roles are granted to the principal of the ServiceAccount.
    Default: ``{name}``."""

    project_number: str | None = None
    """Number of `project`, which the principal of a ServiceAccount has: needed with ``service_account=None``. Default: not
    set."""

    def __post_init__(self) -> None:
        if not isinstance(self.project, str) or not _PROJECT.fullmatch(self.project):
            raise bad("GoogleWorkloadIdentity.project", "not the id of a project", self.project,
                      "use 6 to 30 lower-case letters, digits and '-', starting with a letter")  # fmt: skip
        number = self.project_number
        if number is not None and not (isinstance(number, str) and number.isascii() and number.isdigit()):
            raise bad("GoogleWorkloadIdentity.project_number", "not the number of a project", number,
                      "write its digits as text")  # fmt: skip
        if self.service_account is not None:
            check_pattern("GoogleWorkloadIdentity.service_account", self.service_account, PATTERN_FIELDS)
            if number is not None:
                raise bad("GoogleWorkloadIdentity.project_number", "has no effect with a service account", number,
                          "leave it out, or write service_account=None")  # fmt: skip
        elif number is None:
            raise SpecError("GoogleWorkloadIdentity.project_number: not set, but service_account=None needs it for the "
                            "principal; set it: project_number='123456789012'")  # fmt: skip

    def grant(self, *, service: ServiceFacts, intent: CloudIdentity) -> Granted:
        """Return the annotation of the account, and the connections to the metadata server.

        Raises `UnsupportedError` for pods on the network of their node, and `SpecError` if a field of the pattern is not known.
        """
        if service.host_network:
            # https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#restrictions
            raise UnsupportedError(
                f"{service.path}: cloud_identity: GoogleWorkloadIdentity cannot give an identity to pods on the network of "
                "their node, which get that of the node; leave out host_network=True, or cloud_identity"
            )
        address = self._address(service, intent)
        return Granted(
            identity=self._principal(service, intent) if address is None else address,
            account_annotations={} if address is None else {_ANNOTATION: address},
            connections=_METADATA,
            # https://cloud.google.com/docs/authentication/application-default-credentials#order
            overridden_by=("GOOGLE_APPLICATION_CREDENTIALS",),
        )

    def _address(self, service: ServiceFacts, intent: CloudIdentity) -> str | None:
        if self.service_account is None:
            return None
        where = f"{service.path}: cloud_identity"
        name = name_by_pattern(self.service_account, service=service, intent=intent)
        if "@" in name:
            if not _EMAIL.fullmatch(name):
                raise bad(where, "not the address of a service account", name,
                          "write the pattern as '{name}@<project>.iam.gserviceaccount.com'")  # fmt: skip
            return name
        if not _SERVICE_ACCOUNT.fullmatch(name):
            what = "not the name of a service account of Google, which has 6 to 30 lower-case letters, digits and '-'"
            raise bad(where, what, name, "write another one: CloudIdentity('…'), or change the pattern of the platform")
        return f"{name}@{self.project}.iam.gserviceaccount.com"

    def _principal(self, service: ServiceFacts, intent: CloudIdentity) -> str:
        """Return the principal of the ServiceAccount.

        https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#kubernetes-resources-iam-policies
        """
        where = f"{service.path}: cloud_identity"
        if intent.name not in (None, service.account):
            what = f"has no effect, because the identity is the ServiceAccount {service.account!r} itself (service_account=None)"
            raise bad(f"{where}.name", what, intent.name, "write CloudIdentity()")
        if service.namespace is None:
            raise SpecError(f"{where}: the principal needs the namespace, but the chart {service.chart!r} sets none; set it: "
                            "KmopChart(…, namespace=…)")  # fmt: skip
        pool = f"projects/{self.project_number}/locations/global/workloadIdentityPools/{self.project}.svc.id.goog"
        return f"principal://iam.googleapis.com/{pool}/subject/ns/{service.namespace}/sa/{service.account}"
