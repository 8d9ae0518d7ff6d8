"""The protocols of providers of accounts and permissions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.security import Account, ClusterPermission, Permission

    from constructs import Construct

__all__ = ["AccountFactory", "ClusterPermissionsFactory", "PermissionsFactory"]


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
