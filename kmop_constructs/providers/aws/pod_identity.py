"""EKS Pod Identity: https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.security.identity import PATTERN_FIELDS, Granted
from kmop_constructs.core.connection import Connection
from kmop_constructs.errors import bad
from kmop_constructs.providers.aws.roles import STATIC_KEYS, Partition, arn, check_account_id, role_name
from kmop_constructs.values.names import one_of
from kmop_constructs.values.pattern import check_pattern
from kmop_constructs.values.pods import Addresses

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cloud_identity import CloudIdentity

__all__ = ["AwsPodIdentity"]

_AGENT = Addresses.of("169.254.170.23/32", "fd00:ec2::23/128")
"""The agent of each node, on IPv4 and IPv6:
https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html#pod-id-considerations."""
_AGENT_PORT = 80
"""The pods get ``http://169.254.170.23/v1/credentials``: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html."""
_EARLIER = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""The first comes before the agent in the chain of the SDKs, the others are another agent:
https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html#credentialProviderChain,
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsPodIdentity:
    """Gives pods of EKS a role of IAM by an association in EKS (Pod Identity): ``Platform(identity=AwsPodIdentity())``.

    The pods get credentials from the agent of their node, and the ServiceAccount has no annotation. The association of
    namespace, ServiceAccount and role is made in EKS: `kmop_constructs.outputs.cloud_identities` lists what is needed.
    """

    account_id: str | None = None
    """Id of the AWS account of the roles, 12 digits, with which outputs name roles by their ARN. Default: not set; outputs
    have the name of the role."""

    role: str = "{name}"
    """Pattern of the role's name, which may have a path. Fields as in `AwsIrsa.role`. Default: ``{name}``."""

    partition: Partition = "aws"
    """Partition of the account, used with `account_id`. Default: ``aws``."""

    def __post_init__(self) -> None:
        if self.account_id is not None:
            check_account_id("AwsPodIdentity.account_id", self.account_id)
        check_pattern("AwsPodIdentity.role", self.role, PATTERN_FIELDS)
        one_of("AwsPodIdentity.partition", self.partition, Partition)
        if self.partition != "aws" and self.account_id is None:
            raise bad(
                "AwsPodIdentity.partition", "has no effect without account_id", self.partition, "set account_id too"
            )

    def grant(self, *, service: ServiceFacts, intent: CloudIdentity) -> Granted:
        """Return the connection to the agent of the node. Raises `SpecError` if a field of the pattern is not known."""
        role = role_name(self.role, service=service, intent=intent)
        return Granted(
            identity=role if self.account_id is None else arn(self.partition, self.account_id, role),
            connections=(Connection(to=_AGENT, port=_AGENT_PORT, speaks="http"),),
            overridden_by=(*STATIC_KEYS, *_EARLIER),
        )
