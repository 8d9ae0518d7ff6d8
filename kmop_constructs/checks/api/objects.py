"""Rules between the fields of configuration, roles and namespaces' limits."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress

from kmop_constructs.checks.api.fields import unique
from kmop_constructs.checks.api.formats import amount, dns_subdomain
from kmop_constructs.checks.api.problems import NOTHING, At, Problems
from kmop_constructs.checks.api.walk import Check
from kmop_constructs.core.plain import Plain, mapping, within

__all__ = ["HOOKS"]

_RBAC = "rbac.authorization.k8s.io"
_KEYS: Mapping[str, tuple[str, ...]] = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
"""Keys of Secrets, by type."""


def _config_map(value: Plain, at: At, problems: Problems) -> None:
    for key in mapping(value.get("data")).keys() & mapping(value.get("binaryData")).keys():
        problems.invalid(((at, "data"), key), "is a key of binaryData too", NOTHING, "rename or remove one of the two")


def _secret(value: Plain, at: At, problems: Problems) -> None:
    kind, data, texts = value.get("type"), mapping(value.get("data")), mapping(value.get("stringData"))
    for key in _KEYS.get(str(kind), ()):
        if key not in data and key not in texts:
            problems.invalid(((at, "data"), key), f"is missing for the type {kind!r}", NOTHING, "add the key")
        elif key.startswith(".docker"):
            text = texts.get(key)
            with suppress(ValueError):  # a finding of the schema
                text = b64decode(data[key]).decode() if text is None else text
            try:
                wrong = not isinstance(json.loads(text or ""), dict)
            except ValueError:
                wrong = True
            if wrong:
                problems.invalid(
                    ((at, "data"), key), "is not a JSON object", NOTHING, "write the text of a config.json of Docker"
                )
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & {*data, *texts}:
        problems.invalid(
            (at, "data"), f"has neither username nor password, and the type is {kind!r}", NOTHING, "add them"
        )
    account = "kubernetes.io/service-account.name"
    if kind == "kubernetes.io/service-account-token" and not within(value, "metadata", "annotations", account):
        place: At = (((at, "metadata"), "annotations"), account)
        problems.invalid(place, f"is missing for the type {kind!r}", NOTHING, "write the name of the ServiceAccount")


def _rule(value: Plain, at: At, problems: Problems) -> None:
    paths = value.get("nonResourceURLs")
    if not value.get("verbs"):
        problems.invalid((at, "verbs"), "is empty", NOTHING, "write at least one verb, such as get")
    if paths:
        if problems.kind == "Role":
            problems.invalid((at, "nonResourceURLs"), "is not possible in a Role", NOTHING, "use a ClusterRole")
        elif value.get("apiGroups") or value.get("resources") or value.get("resourceNames"):
            problems.invalid(at, "has nonResourceURLs beside resources", NOTHING, "write two rules")
        return
    for field, example in (("apiGroups", "'' for the core group"), ("resources", "such as 'pods'")):
        if not value.get(field):
            problems.invalid((at, field), "is empty", NOTHING, f"write at least one, {example}")


def _role_reference(value: Plain, at: At, problems: Problems) -> None:
    kinds = ("ClusterRole",) if problems.kind == "ClusterRoleBinding" else ("ClusterRole", "Role")
    if value.get("kind") not in kinds:
        problems.invalid((at, "kind"), "is not a kind of a role", value.get("kind"), f"write {' or '.join(kinds)}")
    if value.get("apiGroup") not in (None, "", _RBAC):
        problems.invalid((at, "apiGroup"), "is not the group of roles", value.get("apiGroup"), f"write {_RBAC!r}")


def _subject(value: Plain, at: At, problems: Problems) -> None:
    kind, group = value.get("kind"), value.get("apiGroup") or ""
    if kind not in ("Group", "ServiceAccount", "User"):
        problems.invalid((at, "kind"), "is not a kind of a subject", kind, "write ServiceAccount, User or Group")
    elif kind == "ServiceAccount":
        if group:
            problems.invalid((at, "apiGroup"), "is not possible for a ServiceAccount", group, "remove it")
        if dns_subdomain(value.get("name") or ""):
            problems.invalid((at, "name"), str(dns_subdomain(value.get("name") or "")), value.get("name"), "correct it")
        if problems.kind == "ClusterRoleBinding" and not value.get("namespace"):
            problems.invalid((at, "namespace"), "is missing for a ServiceAccount", NOTHING, "set it")
    elif group not in ("", _RBAC):
        problems.invalid((at, "apiGroup"), f"is not the group of a {kind}", group, f"write {_RBAC!r}")


def _quota(value: Plain, at: At, problems: Problems) -> None:
    for name, limit in mapping(value.get("hard")).items():
        if limit is not None and amount(limit) < 0:
            problems.invalid(((at, "hard"), name), "is less than zero", limit, "write a positive amount")


def _namespace(value: Plain, at: At, problems: Problems) -> None:
    for mode in ("audit", "enforce", "warn"):
        label = f"pod-security.kubernetes.io/{mode}"
        level = within(value, "metadata", "labels", label)
        if isinstance(level, str) and level not in ("baseline", "privileged", "restricted"):
            place: At = (((at, "metadata"), "labels"), label)
            problems.invalid(place, "is not a Pod Security level", level, "write privileged, baseline or restricted")


def _limit_range(value: Plain, at: At, problems: Problems) -> None:
    unique(value.get("limits"), "type", (at, "limits"), problems)


def _limit_range_item(value: Plain, at: At, problems: Problems) -> None:
    """The amounts of one resource must not be in the wrong order."""
    order = ("min", "defaultRequest", "default", "max")
    for lower, higher in ((a, b) for index, a in enumerate(order) for b in order[index + 1 :]):
        for name in mapping(value.get(lower)).keys() & mapping(value.get(higher)).keys():
            least, most = value[lower][name], value[higher][name]
            if amount(least) > amount(most):
                place: At = ((at, lower), name)
                problems.invalid(place, f"is more than {higher} {most!r}", least, "correct one of the two")


HOOKS: Mapping[str, Check] = {
    "core.v1.ConfigMap": _config_map,
    "core.v1.LimitRangeItem": _limit_range_item,
    "core.v1.LimitRangeSpec": _limit_range,
    "core.v1.Namespace": _namespace,
    "core.v1.ResourceQuotaSpec": _quota,
    "core.v1.Secret": _secret,
    "rbac.v1.PolicyRule": _rule,
    "rbac.v1.RoleRef": _role_reference,
    "rbac.v1.Subject": _subject,
}
"""Rules by definition, for values with the right fields and types."""
