"""Properties of kinds that no manifest shows: which have no namespace, and which must be applied first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kmop_constructs.core.tools import served_kind
from kmop_constructs.errors import ConflictError
from kmop_constructs.values.tool import Kind, Tool

__all__ = ["KnownKinds", "install_rank", "is_cluster_scoped", "know_tools"]

KnownKinds = Mapping[tuple[str, str], Kind]
"""Kinds of tools, by group and name."""


class _HasTools(Protocol):
    tools: dict[str, Tool]
    kinds: dict[tuple[str, str], Kind]


def know_tools(model: _HasTools, where: str, cluster: object) -> None:
    """Record the tools of a platform, so that their kinds are known and their rules are checked in this app.

    Raises `ConflictError` if the app has a different tool of that name, or a different definition of one of the kinds.
    """
    tools: tuple[Tool, ...] = getattr(cluster, "tools", ())
    for tool in tools:
        if model.tools.setdefault(tool.name, tool) != tool:
            raise ConflictError(
                f"{where}: platform.tools: {tool.name!r} differs from the tool of that name that this app already has; use one "
                "value for both, or rename one of them"
            )
        for kind in tool.kinds:
            if model.kinds.setdefault((kind.group, kind.name), kind) != kind:
                raise ConflictError(
                    f"{where}: platform.tools: {tool.name!r} defines {kind.name} in {kind.group} differently from another tool of "
                    "this app; make the two equal"
                )


_CLUSTER_SCOPED = frozenset(
    {
        "admissionregistration.k8s.io/MutatingAdmissionPolicy",
        "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
        "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
        "apiextensions.k8s.io/CustomResourceDefinition",
        "apiregistration.k8s.io/APIService",
        "authentication.k8s.io/SelfSubjectReview",
        "authentication.k8s.io/TokenReview",
        "authorization.k8s.io/SelfSubjectAccessReview",
        "authorization.k8s.io/SelfSubjectRulesReview",
        "authorization.k8s.io/SubjectAccessReview",
        "certificates.k8s.io/CertificateSigningRequest",
        "certificates.k8s.io/ClusterTrustBundle",
        "flowcontrol.apiserver.k8s.io/FlowSchema",
        "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
        "internal.apiserver.k8s.io/StorageVersion",
        "networking.k8s.io/IPAddress",
        "networking.k8s.io/IngressClass",
        "networking.k8s.io/ServiceCIDR",
        "node.k8s.io/RuntimeClass",
        "rbac.authorization.k8s.io/ClusterRole",
        "rbac.authorization.k8s.io/ClusterRoleBinding",
        "resource.k8s.io/DeviceClass",
        "resource.k8s.io/DeviceTaintRule",
        "resource.k8s.io/ResourceSlice",
        "scheduling.k8s.io/PriorityClass",
        "storage.k8s.io/CSIDriver",
        "storage.k8s.io/CSINode",
        "storage.k8s.io/StorageClass",
        "storage.k8s.io/VolumeAttachment",
        "storage.k8s.io/VolumeAttributesClass",
        "storagemigration.k8s.io/StorageVersionMigration",
        "/ComponentStatus",
        "/Namespace",
        "/Node",
        "/PersistentVolume",
    }
)
"""Native kinds of Kubernetes 1.27 to 1.37."""

_ORDER = (
    "Namespace",
    "ResourceQuota",
    "LimitRange",
    "CustomResourceDefinition",
    "PriorityClass",
    "StorageClass",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "NetworkPolicy",
    "Secret",
    "ConfigMap",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Service",
    "PodDisruptionBudget",
    "StatefulSet",
    "Deployment",
    "DaemonSet",
    "HorizontalPodAutoscaler",
    "Job",
    "CronJob",
    "Ingress",
)
"""Order of kinds: objects that others need come first, as in Helm's install order; policies come before their pods."""

_RANK = {kind: rank for rank, kind in enumerate(_ORDER)}


def install_rank(kind: str, group: str = "", known: KnownKinds | None = None) -> float:
    """Return the position of a kind in a file. Unknown kinds come last."""
    told = (known or {}).get((group, kind))
    if told is not None:
        return len(_ORDER) if told.before is None else _RANK.get(told.before, len(_ORDER)) - 0.5
    return _RANK.get(kind, len(_ORDER))


def is_cluster_scoped(api_version: str, kind: str, known: KnownKinds | None = None) -> bool:
    """Return whether objects of a kind have no namespace. Unknown kinds are namespaced, unless the manifest says otherwise."""
    group = api_version.rpartition("/")[0]
    told = (known or {}).get((group, kind))
    if told is None:
        told = served_kind(group, kind)
    return told.cluster_scoped if told is not None else f"{group}/{kind}" in _CLUSTER_SCOPED
