"""Roles of AWS IAM: their names, their ARNs, and the settings of AWS SDKs that precede an identity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs.components.security.identity import name_by_pattern
from kmop_constructs.errors import bad

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cloud_identity import CloudIdentity

__all__ = ["STATIC_KEYS", "Partition", "arn", "check_account_id", "role_name"]

Partition: TypeAlias = Literal["aws", "aws-cn", "aws-us-gov"]
"""Groups of regions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html."""

STATIC_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""Variables with keys, which the SDKs use before the token of an account and before the agent of the node:
https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html#credentialProviderChain."""

_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE = re.compile(r"(?:[!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,64}")
"""Path and name of a role: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html."""


def check_account_id(where: str, value: str) -> None:
    """Check the id of an AWS account: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html."""
    if not isinstance(value, str) or not _ACCOUNT.fullmatch(value):
        raise bad(where, "not the id of an AWS account", value, "write its 12 digits as text")


def role_name(pattern: str, *, service: ServiceFacts, intent: CloudIdentity) -> str:
    """Return the path and name of a role. Raises `SpecError` for a name that IAM does not accept."""
    role = name_by_pattern(pattern, service=service, intent=intent)
    if not _ROLE.fullmatch(role):
        what = "not the name of a role of IAM, which has at most 64 letters, digits and '_+=,.@-', behind a path such as 'apps/'"
        raise bad(
            f"{service.path}: cloud_identity", what, role, "shorten CloudIdentity(…), or the pattern of the platform"
        )
    return role


def arn(partition: Partition, account_id: str, role: str) -> str:
    """Return the ARN of a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html."""
    return f"arn:{partition}:iam::{account_id}:role/{role}"
