"""A copy of a Secret of another namespace, read with rights on exactly that Secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.manifest import Manifest

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.spec import SecretOrigin
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import external_secrets_io as eso
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["draw_copy_store"]

_RBAC = "rbac.authorization.k8s.io"


def draw_copy_store(scope: Construct, subject: Subject, origin: SecretOrigin) -> str:
    """Draw a SecretStore that is the namespace of the origin, with an account that may get one Secret there, and return its name.

    The account is in the namespace of the copy; the Role and its binding are in that of the origin. The right to create a
    SelfSubjectRulesReview, which the operator uses to check the store, is that of every account (``system:basic-user``).
    https://external-secrets.io/latest/provider/kubernetes/
    """
    account = name = f"{subject.name}-copy"
    labels = dict(subject.labels)
    # Dots are in no name of a namespace, so that two copies never have the same name.
    right = f"{origin.name}.{subject.namespace}.{subject.name}"
    holder: k8s.ServiceAccount = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": account, "labels": labels},
        "automountServiceAccountToken": False,
    }
    role: k8s.Role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": right, "namespace": origin.namespace, "labels": labels},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": [origin.name], "verbs": ["get"]}],
    }
    binding: k8s.RoleBinding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": right, "namespace": origin.namespace, "labels": labels},
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": right},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": str(subject.namespace)}],
    }
    store: eso.SecretStore = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "provider": {
                "kubernetes": {
                    "remoteNamespace": origin.namespace,
                    "server": {"caProvider": {"type": "ConfigMap", "name": "kube-root-ca.crt", "key": "ca.crt"}},
                    "auth": {"serviceAccount": {"name": account}},
                }
            }
        },
    }
    Manifest(scope, "copy-account", holder)
    Manifest(scope, "copy-role", role)
    Manifest(scope, "copy-binding", binding)
    Manifest(scope, "copy-store", store)
    return name
