"""The custom resources of each form, and the budget beside them.

They have no labels of the library, because the operator puts the labels of a resource on its pods and into the selectors of its
Services (``GetRedisLabels`` in
https://github.com/OT-CONTAINER-KIT/redis-operator/blob/v0.26.0/internal/controller/common/labels.go): a workload of the same name would
select the pods.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.checksum import ANNOTATION
from kmop_constructs.core.pod.containers import resources
from kmop_constructs.providers.redis_operator.names import (
    EXPORTER_PORT,
    MASTER,
    PORT,
    SENTINEL_PORT,
    SENTINELS,
    labels_of_data,
    labels_of_sentinels,
)
from kmop_constructs.values.certificate import AUTHORITY, CERTIFICATE, PRIVATE_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.components.data.store_spec import RedisSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.redis_operator.names import Form
    from kmop_constructs.typings import k8s, redis_redis_opstreelabs_in
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.quantity import Size
    from kmop_constructs.values.resources import Resources

__all__ = ["Wanted", "budget", "cluster", "config_name", "replication", "sentinel", "standalone"]

_USER = 1000
"""User and group in the images of the project (https://redis-operator.opstree.dev/docs/getting-started/replication/)."""

_END = 120
"""Seconds to write data at the end, as for native pods."""

_LOOKUPS = "1Gi"
"""Size of the claim for the list of nodes of a cluster, as in the examples of the project."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Everything that the resources of a store are drawn from."""

    subject: Subject
    spec: RedisSpec
    form: Form
    instances: int
    """Instances, or copies of each shard of a cluster."""

    shards: int
    storage: Size | None
    """Size of the claim with the data. ``None`` for a cache."""

    storage_class: str | None
    resources: Resources
    image: Image
    sentinel_image: Image
    exporter: Image | None
    certificate: str | None
    """Name of the Secret with the certificate. ``None`` without TLS."""

    configuration: str
    """Text of the file that the server includes."""

    @property
    def name(self) -> str:
        """Name of the resources."""
        return self.subject.name


def config_name(store: str) -> str:
    """Return the name of the ConfigMap with the configuration."""
    return f"{store}-redis"


def standalone(wanted: Wanted) -> redis_redis_opstreelabs_in.Redis:
    """Return a single Redis."""
    spec: redis_redis_opstreelabs_in.RedisSpec = {
        "kubernetesConfig": _pods(wanted, wanted.image),
        "redisConfig": {"additionalRedisConfig": config_name(wanted.name)},
        "podSecurityContext": _pod_context(),
        "securityContext": _context(),
        "serviceAccountName": wanted.name,
        "livenessProbe": _alive(PORT),
        "terminationGracePeriodSeconds": _END,
    }
    _add_optional(spec, wanted)
    return {
        "apiVersion": "redis.redis.opstreelabs.in/v1beta2",
        "kind": "Redis",
        "metadata": _metadata(wanted),
        "spec": spec,
    }


def replication(wanted: Wanted) -> redis_redis_opstreelabs_in.RedisReplication:
    """Return a primary with replicas."""
    spec: redis_redis_opstreelabs_in.RedisReplicationSpec = {
        "clusterSize": wanted.instances,
        "kubernetesConfig": _pods(wanted, wanted.image),
        "redisConfig": {"additionalRedisConfig": config_name(wanted.name)},
        "podSecurityContext": _pod_context(),
        "securityContext": _context(),
        "serviceAccountName": wanted.name,
        "livenessProbe": _alive(PORT),
        "terminationGracePeriodSeconds": _END,
        "topologySpreadConstraints": _spread(labels_of_data(wanted.name, wanted.form)),
    }
    _add_optional(spec, wanted)
    return {
        "apiVersion": "redis.redis.opstreelabs.in/v1beta2",
        "kind": "RedisReplication",
        "metadata": _metadata(wanted),
        "spec": spec,
    }


def sentinel(wanted: Wanted) -> redis_redis_opstreelabs_in.RedisSentinel:
    """Return the Sentinels of a replication. A resource of their own, because those within a replication have neither TLS nor password."""
    watched: redis_redis_opstreelabs_in.RedisSentinelRedisSentinelConfig = {
        "redisReplicationName": wanted.name,
        "masterGroupName": MASTER,
        "quorum": str(SENTINELS // 2 + 1),
    }
    password = wanted.spec.password
    if password is not None:
        watched["redisReplicationPassword"] = {"secretKeyRef": {"name": password.name, "key": password.key}}
    pods = _pods(wanted, wanted.sentinel_image)
    del pods["resources"]
    pods["resources"] = {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}}
    spec: redis_redis_opstreelabs_in.RedisSentinelSpec = {
        "clusterSize": SENTINELS,
        "kubernetesConfig": pods,
        "redisSentinelConfig": watched,
        "podSecurityContext": _pod_context(),
        "securityContext": _context(),
        "serviceAccountName": wanted.name,
        "livenessProbe": _alive(SENTINEL_PORT),
        "topologySpreadConstraints": _spread(labels_of_sentinels(wanted.name)),
    }
    if wanted.certificate is not None:
        spec["TLS"] = _tls(wanted.certificate)
    return {
        "apiVersion": "redis.redis.opstreelabs.in/v1beta2",
        "kind": "RedisSentinel",
        "metadata": {"name": wanted.name},
        "spec": spec,
    }


def cluster(wanted: Wanted) -> redis_redis_opstreelabs_in.RedisCluster:
    """Return a cluster: shards, each with a leader and followers.

    The list of nodes has a claim in a cache too: a node that has forgotten it is none of the cluster.
    """
    spec: redis_redis_opstreelabs_in.RedisClusterSpec = {
        "clusterSize": wanted.shards,
        "clusterVersion": "v7",
        "kubernetesConfig": _pods(wanted, wanted.image),
        "persistenceEnabled": wanted.storage is not None,
        "podSecurityContext": _pod_context(),
        "serviceAccountName": wanted.name,
        "redisLeader": _part(wanted, wanted.shards),
        "redisFollower": _part(wanted, wanted.shards * (wanted.instances - 1)),
        "storage": {
            "keepAfterDelete": True,
            "nodeConfVolume": True,
            "nodeConfVolumeClaimTemplate": _claim(wanted, _LOOKUPS),
        },
    }
    if wanted.storage is not None:
        spec["storage"]["volumeClaimTemplate"] = _claim(wanted, str(wanted.storage))
    if wanted.certificate is not None:
        spec["TLS"] = _tls(wanted.certificate)
    if wanted.exporter is not None:
        spec["redisExporter"] = _exporter(wanted, wanted.exporter)
    return {
        "apiVersion": "redis.redis.opstreelabs.in/v1beta2",
        "kind": "RedisCluster",
        "metadata": _metadata(wanted),
        "spec": spec,
    }


def _add_optional(
    spec: redis_redis_opstreelabs_in.RedisSpec | redis_redis_opstreelabs_in.RedisReplicationSpec, wanted: Wanted
) -> None:
    """Add what a single Redis and a replication have only where it is wanted."""
    if wanted.storage is not None:
        claim = _claim(wanted, str(wanted.storage))
        storage: redis_redis_opstreelabs_in.RedisStorage = {"keepAfterDelete": True, "volumeClaimTemplate": claim}
        spec["storage"] = storage
    if wanted.certificate is not None:
        spec["TLS"] = _tls(wanted.certificate)
    if wanted.exporter is not None:
        spec["redisExporter"] = _exporter(wanted, wanted.exporter)


def _part(wanted: Wanted, replicas: int) -> redis_redis_opstreelabs_in.RedisClusterRedisFollower:
    return {
        "replicas": replicas,
        "redisConfig": {"additionalRedisConfig": config_name(wanted.name)},
        "securityContext": _context(),
        "livenessProbe": _alive(PORT),
        "terminationGracePeriodSeconds": _END,
        "topologySpreadConstraints": _spread(labels_of_data(wanted.name, wanted.form)),
    }


def budget(wanted: Wanted, name: str, labels: Mapping[str, str]) -> k8s.PodDisruptionBudget:
    """Return the budget of some pods.

    That of the operator counts leaders and followers of a cluster apart, so that a drain could take both copies of a shard.
    """
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "labels": dict(wanted.subject.labels)},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": dict(labels)}},
    }


def _metadata(wanted: Wanted) -> k8s.ObjectMeta:
    """Return the metadata. The operator puts annotations on the pods, so that another configuration rolls them."""
    digest = hashlib.sha256(wanted.configuration.encode()).hexdigest()[:32]
    return {"name": wanted.name, "annotations": {ANNOTATION: digest}}


def _pods(wanted: Wanted, image: Image) -> redis_redis_opstreelabs_in.RedisKubernetesConfig:
    cluster = wanted.subject.cluster
    found: redis_redis_opstreelabs_in.RedisKubernetesConfig = {
        "image": image.url_from(cluster.registries),
        "resources": resources(wanted.resources),
    }
    if cluster.pull_secrets:
        found["imagePullSecrets"] = [{"name": each} for each in cluster.pull_secrets]
    if wanted.spec.password is not None:
        found["redisSecret"] = {"name": wanted.spec.password.name, "key": wanted.spec.password.key}
    return found


def _claim(wanted: Wanted, size: str) -> redis_redis_opstreelabs_in.RedisStorageVolumeClaimTemplate:
    spec: k8s.PersistentVolumeClaimSpec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
    }
    if wanted.storage_class is not None:
        spec["storageClassName"] = wanted.storage_class
    return {"spec": spec}


def _tls(secret: str) -> redis_redis_opstreelabs_in.RedisTLS:
    return {"ca": AUTHORITY, "cert": CERTIFICATE, "key": PRIVATE_KEY, "secret": {"secretName": secret}}


def _exporter(wanted: Wanted, image: Image) -> redis_redis_opstreelabs_in.RedisRedisExporter:
    return {
        "enabled": True,
        "image": image.url_from(wanted.subject.cluster.registries),
        "port": EXPORTER_PORT,
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": _context(),
    }


def _context() -> k8s.SecurityContext:
    """Return the context of a container. Its script writes the configuration to ``/etc/redis``, so the root is not read-only."""
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def _pod_context() -> k8s.PodSecurityContext:
    return {
        "fsGroup": _USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "runAsGroup": _USER,
        "runAsNonRoot": True,
        "runAsUser": _USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _alive(port: int) -> k8s.Probe:
    """Return a check by TCP: a server that loads its data does not answer PONG, by which the operator's own check restarts it."""
    return {"tcpSocket": {"port": port}, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6}


def _spread(labels: Mapping[str, str]) -> list[k8s.TopologySpreadConstraint]:
    return [
        {
            "labelSelector": {"matchLabels": dict(labels)},
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
