"""Names, ports and keys that only the provider needs; others are in ``components/data/kafka/strimzi.py``.

Keys of the Secret of a user: ``KafkaUserModel`` in
https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/user-operator/src/main/java/io/strimzi/operator/user/model/KafkaUserModel.java.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.kafka.strimzi import CLUSTER
from kmop_constructs.errors import bad

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject

__all__ = [
    "ACCESS_KEYS",
    "AGENT_PORT",
    "CONTROL_PORT",
    "LISTENER",
    "OPERATOR",
    "PLACE",
    "REPLICATION_PORT",
    "USER_KEYS",
    "check_name",
    "entity_labels",
    "pool_of",
]

OPERATOR = {"strimzi.io/kind": "cluster-operator"}
"""Labels of the pods of the cluster operator."""

PLACE = "strimzi"
"""Namespace of the cluster operator, unless the platform names another. Its manifests name none that is meant to stay."""

LISTENER = "tls"
CONTROL_PORT, REPLICATION_PORT, AGENT_PORT = 9090, 9091, 8443
"""``CONTROLPLANE_PORT``, ``REPLICATION_PORT`` and ``KAFKA_AGENT_PORT`` in
https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/cluster-operator/src/main/java/io/strimzi/operator/cluster/model/KafkaCluster.java."""

USER_KEYS = ("password", "sasl.jaas.config")
ACCESS_KEYS = (
    "bootstrap.servers",
    "password",
    "sasl.jaas.config",
    "sasl.mechanism",
    "security.protocol",
    "ssl.truststore.crt",
    "username",
)
"""Keys of the Secret that the Access Operator makes, as far as pods may read them
(https://github.com/strimzi/kafka-access-operator/blob/0.3.0/README.md)."""

_LONGEST_POD = 63
_POOLS = ("brokers", "controllers")


def check_name(subject: Subject) -> str:
    """Return the name of the Kafka. Names of pods are those of Kafka, pool and node, and also their host names."""
    name = subject.name
    longest = max(f"{name}-{pool_of(name, each)}-100" for each in _POOLS)
    if len(longest) > _LONGEST_POD:
        most = (_LONGEST_POD - len("--controllers-100")) // 2
        rule = f"use at most {most} characters"
        raise bad(f"{subject.path}: name", "too long, because names of pods have it twice", name, rule)
    return name


def pool_of(name: str, role: str) -> str:
    """Return the name of a pool of nodes. It has the name of the Kafka, because pools of one namespace need different names."""
    return f"{name}-{role}"


def entity_labels(name: str) -> dict[str, str]:
    """Return the labels of the topic operator and the user operator, which are one pod."""
    return {CLUSTER: name, "strimzi.io/name": f"{name}-entity-operator"}
