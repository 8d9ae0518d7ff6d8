"""What KubeDB makes of a database, by name: Services, Secrets and labels of pods.

``ServiceName``, ``StandbyServiceName``, ``GoverningServiceName``, ``GetAuthSecretName``, ``CertificateName`` and ``OffshootSelectors`` of
each kind in https://github.com/kubedb/apimachinery/tree/v0.66.0/apis/kubedb/v1 (``postgres_helpers.go`` and others), ports in
https://github.com/kubedb/apimachinery/blob/v0.66.0/apis/kubedb/constants.go. The page
https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/postgres/clustering/streaming_replication.md shows them on a cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs.errors import bad

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject

__all__ = [
    "AUTH_KEYS",
    "CERTIFICATE_KEYS",
    "EXPORTER_PORT",
    "OPERATOR",
    "PLACE",
    "KubeDbKind",
    "auth_name",
    "certificate_name",
    "check_name",
    "init_name",
    "labels_of",
    "pods_name",
    "sentinel_name",
    "standby_name",
]

KubeDbKind: TypeAlias = Literal["Elasticsearch", "MariaDB", "MongoDB", "MySQL", "Postgres", "Redis", "RedisSentinel"]

_PLURALS: Mapping[KubeDbKind, str] = {
    "Elasticsearch": "elasticsearches",
    "MariaDB": "mariadbs",
    "MongoDB": "mongodbs",
    "MySQL": "mysqls",
    "Postgres": "postgreses",
    "Redis": "redises",
    "RedisSentinel": "redissentinels",
}

OPERATOR = {"app.kubernetes.io/instance": "kubedb"}
"""Label of the pods of KubeDB, by which its own policies admit them (``ensureHealthCheckerNetworkPolicy`` in
https://github.com/kubedb/apimachinery/blob/v0.66.0/pkg/network_policy/network_policy.go)."""

PLACE = "kubedb"
"""Namespace in which the guide installs KubeDB
(https://github.com/kubedb/docs/blob/v2026.7.10/docs/setup/install/kubedb/helm.md)."""

EXPORTER_PORT = 56790
"""Port of an exporter of metrics: the default of ``spec.monitor.prometheus.exporter.port`` in the definitions."""

AUTH_KEYS = ("username", "password")
"""Keys of the Secret of the administrator, which has the type ``kubernetes.io/basic-auth``
(https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/mysql/clustering/group-replication/index.md)."""

CERTIFICATE_KEYS = ("ca.crt", "tls.crt", "tls.key")

_LONGEST: Mapping[KubeDbKind, int] = {
    "Elasticsearch": 51,
    # MariaDBMaxClusterNameLength in https://github.com/kubedb/apimachinery/blob/v0.66.0/apis/kubedb/constants.go
    "MariaDB": 32,
    "MongoDB": 51,
    "MySQL": 51,
    "Postgres": 51,
    "Redis": 42,
}
"""The longest names. KubeDB cuts names of Secrets at 63 characters, so that ``<name>-server-cert``, of a Redis that of its Sentinels
too, would have another name than this room says (``NameWithSuffix`` of kmodules.xyz/client-go)."""


def check_name(subject: Subject, kind: KubeDbKind) -> str:
    """Return the checked name of a store."""
    longest = _LONGEST[kind]
    if len(subject.name) > longest:
        what = f"too long for a {kind} of KubeDB, which makes other names of it"
        raise bad(f"{subject.path}: name", what, subject.name, f"use at most {longest} characters")
    return subject.name


def labels_of(kind: KubeDbKind, store: str) -> dict[str, str]:
    """Return the labels of all pods of a database, whichever role they have at the moment.

    A policy by the label of the role would close a new primary until KubeDB has written that label.
    """
    return {
        "app.kubernetes.io/instance": store,
        "app.kubernetes.io/managed-by": "kubedb.com",
        "app.kubernetes.io/name": f"{_PLURALS[kind]}.kubedb.com",
    }


def standby_name(store: str) -> str:
    """Return the Service of the replicas."""
    return f"{store}-standby"


def pods_name(store: str) -> str:
    """Return the headless Service, which gives each pod a name."""
    return f"{store}-pods"


def sentinel_name(store: str) -> str:
    """Return the name of the Sentinels of a Redis, and of their Service."""
    return f"{store}-sentinel"


def auth_name(store: str) -> str:
    """Return the Secret of the administrator, where the spec names none."""
    return f"{store}-auth"


def certificate_name(store: str, alias: str = "server") -> str:
    """Return the Secret of a certificate."""
    return f"{store}-{alias}-cert"


def init_name(store: str) -> str:
    """Return the ConfigMap of the scripts that run at the first start."""
    return f"{store}-init"
