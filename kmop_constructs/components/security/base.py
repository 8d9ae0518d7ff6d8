"""The protocols of providers of accounts, permissions and certificates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.certificate import CertificateNames, ServiceCertificate
    from kmop_constructs.values.env import ConfigKey, SecretKey
    from kmop_constructs.values.security import Account, ClusterPermission, Permission

    from constructs import Construct

__all__ = ["AccountFactory", "CertificateProvider", "ClusterPermissionsFactory", "PermissionsFactory"]


class AccountFactory(Protocol):
    """A class, or a `functools.partial` of one, that gives a workload an identity."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Account) -> Drawn:
        """Draw the account. `Account.token` says whether the pods get the API token."""
        ...


class PermissionsFactory(Protocol):
    """A class, or a `functools.partial` of one, that lets the account of a workload use the Kubernetes API."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Sequence[Permission]) -> Drawn:
        """Draw the permissions of a workload's account."""
        ...


class ClusterPermissionsFactory(Protocol):
    """A class, or a `functools.partial` of one, that gives the account of a workload cluster-wide permissions."""

    def __call__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Sequence[ClusterPermission]
    ) -> Drawn:
        """Draw the cluster-wide permissions of a workload's account."""
        ...


class CertificateProvider(Protocol):
    """A value of the platform that makes the certificates of workloads, such as ``CertManager(issuer="internal-ca")``.

    `names` and `authority` are pure, because pods and edges refer to the Secret before anything is drawn. They must agree
    with what is drawn.
    """

    @property
    def authority(self) -> ConfigKey | SecretKey | None:
        """ConfigMap or Secret with the authority of its certificates, in each namespace of a caller. ``None`` for none."""
        ...

    def names(self, service: ServiceFacts, certificate: ServiceCertificate, /) -> CertificateNames:
        """Return the Secret of a certificate and its authority.

        Raises `UnsupportedError` for a field of the certificate that it does not support.
        """
        ...

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: ServiceCertificate) -> Drawn:
        """Draw what makes the Secret; nothing for a Secret that exists (`CertificateNames.exists`)."""
        ...
