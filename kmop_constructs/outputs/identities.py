"""Identities of a cloud that an app needs, for whoever creates them: Terraform, a pipeline, a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.security.identity import CloudAccess
from kmop_constructs.core.place import place_of
from kmop_constructs.workloads.platform import Platform

if TYPE_CHECKING:
    from constructs import IConstruct

__all__ = ["BoundIdentity", "CloudIdentities", "cloud_identities"]


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class BoundIdentity:
    """A ServiceAccount of one cluster, and the identity of the cloud that its pods act as."""

    environment: str
    """Environment of the cluster. Empty if its platform sets none."""

    region: str
    """Region of the cluster. Empty if its platform sets none."""

    cluster: str
    """Name of the cluster. Empty if its platform sets none."""

    namespace: str
    """Namespace of the ServiceAccount. Empty if its chart sets none."""

    account: str
    """Name of the ServiceAccount."""

    identity: str
    """The identity as its cloud names it: a role, a service account, a client id or a principal."""

    provider: str
    """Class of the platform's provider, such as ``AwsPodIdentity``."""

    @property
    def subject(self) -> str:
        """Subject of the tokens of the ServiceAccount, for trust policies and federated credentials.

        https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens
        """
        return f"system:serviceaccount:{self.namespace}:{self.account}"


class CloudIdentities(tuple[BoundIdentity, ...]):
    """The identities of an app, sorted, each once."""

    __slots__ = ()

    def to_json(self) -> str:
        """Return a JSON array with one object for each identity: its fields and its ``subject``."""
        fields = ("environment", "region", "cluster", "namespace", "account", "subject", "identity", "provider")
        return json.dumps([{name: getattr(each, name) for name in fields} for each in self], indent=2) + "\n"


def cloud_identities(construct: IConstruct) -> CloudIdentities:
    """Return the identities of the workloads at and below a construct: an app, a chart or a service.

    EKS Pod Identity needs an association for each, IAM roles for service accounts a trust policy, Google a binding of
    ``roles/iam.workloadIdentityUser``, or of roles to the principal, and Entra a federated credential. See
    ``docs/cloud-identity.md``.

    Raises `CheckError` with all errors of the app, like ``app.synth()``. Writes no files.
    """
    place = place_of(construct)
    below = f"{place.path}/" if place.path else ""
    with place.model.synthesized() as synthesis:
        every = [each for view in synthesis.clusters for each in view.facts(CloudAccess)]
    return CloudIdentities(sorted({_bound(each) for each in every if f"{each.facts.path}/".startswith(below)}))


def _bound(access: CloudAccess) -> BoundIdentity:
    facts, cluster = access.facts, access.facts.cluster
    return BoundIdentity(
        environment=cluster.environment or "",
        region=cluster.region or "",
        cluster=cluster.name or "",
        namespace=facts.namespace or "",
        account=facts.account,
        identity=access.granted.identity,
        provider=type(Platform.of(cluster).identity).__name__,
    )
