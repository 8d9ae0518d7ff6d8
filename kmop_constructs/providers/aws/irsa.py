"""IAM roles for service accounts: https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.security.identity import PATTERN_FIELDS, POD_ANNOTATION, Granted
from kmop_constructs.core.connection import Connection, ToHost
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.aws.roles import STATIC_KEYS, Partition, arn, check_account_id, role_name
from kmop_constructs.values.names import flag, one_of, text
from kmop_constructs.values.pattern import check_pattern
from kmop_constructs.values.pods import cidrs

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cloud_identity import CloudIdentity

__all__ = ["AwsIrsa"]

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]+")
_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))
_ROLE_ARN = "eks.amazonaws.com/role-arn"
"""https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html"""
_REGIONAL = "eks.amazonaws.com/sts-regional-endpoints"
"""https://docs.aws.amazon.com/eks/latest/userguide/configure-sts-endpoint.html"""
_AUDIENCE = "eks.amazonaws.com/audience"
"""https://github.com/aws/amazon-eks-pod-identity-webhook#eks-walkthrough"""
_INJECTED = ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
"""The webhook leaves a container as it is that has one of these already:
https://github.com/aws/amazon-eks-pod-identity-webhook/blob/master/pkg/handler/handler.go."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsIrsa:
    """Gives pods of EKS a role of IAM by their ServiceAccount (IRSA): ``Platform(identity=AwsIrsa(account_id="123456789012"))``.

    The ServiceAccount names the role. A webhook of EKS adds a token of the account to the pods, and the SDK exchanges it at
    STS for credentials. The role must trust the OIDC provider of the cluster and this ServiceAccount.
    """

    account_id: str
    """Id of the AWS account of the roles: 12 digits."""

    role: str = "{name}"
    """Pattern of the role's name, which may have a path (``apps/{environment}-{name}``). Fields: ``{name}``,
    ``{namespace}``, ``{environment}``, ``{region}`` and ``{cluster}``. Default: ``{name}``, as `CloudIdentity` names it."""

    partition: Partition = "aws"
    """Partition of the account. Default: ``aws``."""

    region: str | None = None
    """Region of STS, such as ``eu-west-1``. Default: the region of the platform."""

    regional_endpoint: bool = True
    """Whether the SDK calls STS in the region of the cluster. With false, it calls the global endpoint, which only the
    partition ``aws`` has. Default: true, as in EKS."""

    audience: str | None = None
    """Audience of the token. Default: that of the webhook, ``sts.amazonaws.com``."""

    sts_ranges: tuple[str, ...] = ()
    """Address ranges of STS, for a VPC endpoint: its private addresses are not opened otherwise. Default: none; the policy
    opens port 443 of every public address."""

    def __post_init__(self) -> None:
        check_account_id("AwsIrsa.account_id", self.account_id)
        check_pattern("AwsIrsa.role", self.role, PATTERN_FIELDS)
        one_of("AwsIrsa.partition", self.partition, Partition)
        flag("AwsIrsa.regional_endpoint", self.regional_endpoint)
        if self.audience is not None:
            text("AwsIrsa.audience", self.audience)
        object.__setattr__(self, "sts_ranges", cidrs("AwsIrsa.sts_ranges", self.sts_ranges))
        if self.region is not None:
            self._check_region("AwsIrsa.region", self.region)
        if not self.regional_endpoint:
            if self.partition != "aws":
                what = f"the partition {self.partition} has no global endpoint"
                raise bad("AwsIrsa.regional_endpoint", what, False, "leave it out")
            if self.region is not None:
                raise bad("AwsIrsa.region", "has no effect with regional_endpoint=False", self.region, "leave it out")

    def grant(self, *, service: ServiceFacts, intent: CloudIdentity) -> Granted:
        """Return the annotations of the account, and the connection to STS.

        Raises `SpecError` if a field of the pattern, or the region of STS, is not known.
        """
        role = arn(self.partition, self.account_id, role_name(self.role, service=service, intent=intent))
        annotations = {_ROLE_ARN: role, _REGIONAL: "true" if self.regional_endpoint else "false"}
        if self.audience is not None:
            annotations[_AUDIENCE] = self.audience
        to = ToHost(self._sts(service), cidrs=self.sts_ranges)
        return Granted(
            identity=role,
            account_annotations=annotations,
            # The webhook reads the account when a pod is created, so another role needs new pods.
            pod_annotations={POD_ANNOTATION: role},
            connections=(Connection(to=to, port=443, speaks="http", tls=True),),
            overridden_by=(*STATIC_KEYS, *_INJECTED),
        )

    def _sts(self, service: ServiceFacts) -> str:
        """Return the host of STS: https://docs.aws.amazon.com/general/latest/gr/sts.html."""
        if not self.regional_endpoint:
            return "sts.amazonaws.com"
        region = self.region or service.cluster.region
        if region is None:
            raise SpecError(
                f"{service.path}: cloud_identity: the region of STS is not known; set the region of the cluster, "
                "Platform(region='eu-west-1'), or AwsIrsa(region=…)"
            )
        self._check_region(f"{service.path}: cloud_identity: region of the platform", region)
        return f"sts.{region}.amazonaws.com{'.cn' if self.partition == 'aws-cn' else ''}"

    def _check_region(self, where: str, region: str) -> None:
        if not isinstance(region, str) or not _REGION.fullmatch(region):
            raise bad(where, "not a region of AWS", region, "write one such as AwsIrsa(region='eu-west-1')")
        partition = next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")
        if partition != self.partition:
            raise bad(where, f"a region of the partition {partition}, but AwsIrsa.partition is {self.partition}", region,
                      "correct one of them")  # fmt: skip
