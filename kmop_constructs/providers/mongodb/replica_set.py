"""The replica set of a store, and the objects that its pods need.

The operator merges ``statefulSet.spec`` into the StatefulSet that it makes, containers by name (``pkg/util/merge`` in
https://github.com/mongodb/mongodb-kubernetes/tree/1.10.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.mongod_options import mongod_options
from kmop_constructs.core.pod.containers import resources
from kmop_constructs.providers.mongodb.names import APP, VOTERS, Login, configuration_name, service_name
from kmop_constructs.values.security import Permission

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import MongoSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import k8s, mongodbcommunity_mongodb_com
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.quantity import Size
    from kmop_constructs.values.resources import Resources

__all__ = ["Wanted", "budget", "permissions", "replica_set"]

_USER = 2000
"""User and group of the volumes in the images of the project (``DefaultPodSecurityContext`` in
https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/pkg/kube/podtemplatespec/podspec_template.go)."""

_END = 600
"""Seconds that ``mongod`` has to end: the project's own value for its other pods of MongoDB (``DefaultPodTerminationPeriodSeconds`` in
https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/pkg/util/constants.go)."""

_SERVER, _AGENT = "mongod", "mongodb-agent"
_FIRST = ("mongod-posthook", "mongodb-agent-readinessprobe")
"""Names of the containers (``BuildMongoDBReplicaSetStatefulSetModificationFunction`` in
https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/mongodb-community-operator/controllers/construct/mongodbstatefulset.go)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Everything that a replica set is drawn from."""

    subject: Subject
    spec: MongoSpec
    members: int
    storage: Size
    storage_class: str | None
    resources: Resources
    image: Image | None
    """Image of the server. Default: none, the operator's installation names it."""

    logins: tuple[Login, ...]
    certificate: str | None
    """Name of the Secret with the certificate of the members. ``None`` without TLS."""

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the pods by which the operator selects them."""
        return {APP: service_name(self.subject.name)}


def replica_set(wanted: Wanted) -> mongodbcommunity_mongodb_com.MongoDBCommunity:
    """Return the replica set."""
    subject = wanted.subject
    security: mongodbcommunity_mongodb_com.MongoDBCommunitySecurity = {
        "authentication": {"modes": ["SCRAM-SHA-256"]},
    }
    if wanted.certificate is not None:
        # https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/docs/mongodbcommunity/secure.md: the keys tls.crt, tls.key and
        # ca.crt, which cert-manager writes into one Secret. The operator passes a renewal on to the members.
        named: mongodbcommunity_mongodb_com.MongoDBCommunitySecurityAuthenticationAgentCertificateSecretRef = {
            "name": wanted.certificate
        }
        security["tls"] = {"enabled": True, "certificateKeySecretRef": named, "caCertificateSecretRef": named}
    spec: mongodbcommunity_mongodb_com.MongoDBCommunitySpec = {
        "type": "ReplicaSet",
        "members": wanted.members,
        "version": wanted.spec.version,
        "clusterDomain": subject.cluster.domain,
        "security": security,
        "users": [_user(each) for each in wanted.logins],
        # By default the agent writes to a file (https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/docs/mongodbcommunity/logging.md).
        "agent": {"logFile": "/dev/stdout"},
        "statefulSet": {"metadata": {"labels": dict(subject.labels)}, "spec": _stateful_set(wanted)},
    }
    options = mongod_options(subject, wanted.spec.settings)
    if options:
        spec["additionalMongodConfig"] = options
    metadata: k8s.ObjectMeta = {"name": subject.name, "labels": dict(subject.labels)}
    return {
        "apiVersion": "mongodbcommunity.mongodb.com/v1",
        "kind": "MongoDBCommunity",
        "metadata": metadata,
        "spec": spec,
    }


def _user(login: Login) -> mongodbcommunity_mongodb_com.MongoDBCommunityUser:
    """Return a user, stored in its own database, where clients look for it that are given the database alone."""
    return {
        "name": login.name,
        "db": login.database,
        "passwordSecretRef": {"name": login.password.name, "key": login.password.key},
        "roles": [{"name": each, "db": login.database} for each in login.roles],
        "scramCredentialsSecretName": login.scram_name,
        "connectionStringSecretName": login.connection_name,
    }


def _stateful_set(wanted: Wanted) -> dict[str, Any]:
    subject = wanted.subject
    spread: list[k8s.TopologySpreadConstraint] = [
        {
            "labelSelector": {"matchLabels": wanted.labels},
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
    context: k8s.SecurityContext = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    # An empty map replaces the operator's own limits too: half a CPU, one at most, 500 MB.
    server: dict[str, Any] = {
        "name": _SERVER,
        "resources": {"requests": {}, "limits": {}, **resources(wanted.resources)},
        "securityContext": context,
    }
    if wanted.image is not None:
        server["image"] = wanted.image.url_from(subject.cluster.registries)
    pod: dict[str, Any] = {
        "automountServiceAccountToken": True,
        "containers": [server, {"name": _AGENT, "securityContext": context}],
        "enableServiceLinks": False,
        "initContainers": [{"name": each, "securityContext": context} for each in _FIRST],
        "securityContext": {
            "fsGroup": _USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "serviceAccountName": subject.name,
        "terminationGracePeriodSeconds": _END,
        "topologySpreadConstraints": spread,
    }
    if subject.cluster.pull_secrets:
        pod["imagePullSecrets"] = [{"name": each} for each in subject.cluster.pull_secrets]
    return {
        # Without the labels of the store: a workload of its name would select the members.
        "template": {"spec": pod},
        "volumeClaimTemplates": _claims(wanted),
    }


def _claims(wanted: Wanted) -> list[dict[str, Any]]:
    """Return the claims. That of the logs has the operator's own size, 2 GB."""
    data: dict[str, Any] = {"resources": {"requests": {"storage": str(wanted.storage)}}}
    claims: list[dict[str, Any]] = [{"metadata": {"name": "data-volume"}, "spec": data}]
    if wanted.storage_class is not None:
        data["storageClassName"] = wanted.storage_class
        claims.append({"metadata": {"name": "logs-volume"}, "spec": {"storageClassName": wanted.storage_class}})
    return claims


def permissions(wanted: Wanted) -> tuple[Permission, ...]:
    """Return what the pods may do with the API.

    The agent reads its configuration; a pod writes its state to an annotation of itself, and deletes itself for a new version of the
    server (https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/helm_chart/templates/database-roles.yaml, there for every
    Secret and pod of the namespace). Pods of the largest set are named, so that a change of the size changes no role.
    """
    name = wanted.subject.name
    pods = tuple(f"{name}-{number}" for number in range(VOTERS))
    return (
        Permission(("get",), ("secrets",), resource_names=(configuration_name(name),)),
        Permission(("get", "patch", "delete"), ("pods",), resource_names=pods),
    )


def budget(wanted: Wanted) -> k8s.PodDisruptionBudget:
    """Return the budget, because the operator makes none.

    A pod that is not ready counts: it may be a member that answers while its agent still works.
    """
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": wanted.subject.name, "labels": dict(wanted.subject.labels)},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": wanted.labels}},
    }
