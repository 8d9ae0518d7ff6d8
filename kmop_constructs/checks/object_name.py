"""Objects have names that the API server accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.errors import SpecError
from kmop_constructs.values.names import dns_label, dns_subdomain, service_name

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "object-name"
REASON = (
    "The API server refuses an object with an invalid name, or refuses its pods because their labels would be too long."
)

_PATH_SEGMENTS = frozenset(
    {
        ("certificates.k8s.io", "ClusterTrustBundle"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("rbac.authorization.k8s.io", "Role"),
        ("rbac.authorization.k8s.io", "RoleBinding"),
    }
)
"""Kinds with names that may hold colons and capitals, such as ``system:auth-delegator``
(https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names)."""

_OPENSHIFT = ".openshift.io"
"""API groups of OpenShift, which has names such as ``htpasswd:anna`` and ``web:latest``."""

_LONGEST = {("apps", "StatefulSet"): 52, ("batch", "CronJob"): 52, ("batch", "Job"): 63}
"""Longest names: pods and revisions add up to 11 characters, and are label values of at most 63 characters.
For CronJobs see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/."""


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find names of objects and namespaces that break the rules of their kind."""
    for item in inventory_of(synthesis).items:
        for what, name, problem in _problems(item):
            yield item.finding(RULE, f"its {what} {problem}, got {name!r}; rename it", always=True)


def _problems(item: Item) -> Iterator[tuple[str, str, str]]:
    name = item.name
    if not name:
        return
    if (item.group, item.kind) in _PATH_SEGMENTS or item.group.endswith(_OPENSHIFT):
        if name in (".", "..") or "/" in name or "%" in name:
            yield "name", name, "may not be '.' or '..' and may not hold '/' or '%'"
        return
    core = item.group == ""
    check, rule = dns_subdomain, "is not at most 253 lower-case letters, digits, '-' and '.'"
    if core and item.kind == "Service":
        check, rule = service_name, "is not at most 63 lower-case letters, digits and '-', starting with a letter"
    elif core and item.kind == "Namespace":
        check, rule = dns_label, "is not at most 63 lower-case letters, digits and '-'"
    if not _good(check, name):
        yield "name", name, rule
    longest = _LONGEST.get((item.group, item.kind))
    if longest is not None and len(name) > longest:
        yield "name", name, f"is longer than {longest} characters"
    if item.namespace is not None and not _good(dns_label, item.namespace):
        yield "namespace", item.namespace, "is not at most 63 lower-case letters, digits and '-'"


def _good(check: Callable[[str, str], str], name: str) -> bool:
    try:
        check("", name)
    except SpecError:
        return False
    return True
