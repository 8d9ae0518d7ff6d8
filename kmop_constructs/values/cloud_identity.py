"""The identity that a workload has in its cloud, as the application names it."""

from __future__ import annotations

import re
from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad

__all__ = ["CloudIdentity"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+=,.@-]*")
_LONGEST = 64
"""The longest name of a role of AWS, which is the longest of all clouds
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudIdentity:
    """Role or service account of the cloud that a workload acts as: ``CloudIdentity("orders")``.

    The platform's provider (`Platform.identity`) gives it to the pods, and opens the connections that the pods need to
    get its credentials.
    """

    name: str | None = field(default=None, kw_only=False)
    """Name of the role or service account, without account, project or path: the provider adds them. Default: the name of
    the workload."""

    def __post_init__(self) -> None:
        if self.name is None:
            return
        if not isinstance(self.name, str) or len(self.name) > _LONGEST or not _NAME.fullmatch(self.name):
            what = "not the name of a role or service account"
            rule = f"at most {_LONGEST} letters, digits and '_+=,.@-'; the provider of the platform adds account, project and path"
            raise bad("CloudIdentity.name", what, self.name, f"use {rule}")
