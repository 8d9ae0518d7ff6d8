"""Names of what Strimzi makes of a Kafka, of this app or of another team: Services, labels of pods, and the authority.

``KafkaResources`` in
https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/api/src/main/java/io/strimzi/api/kafka/model/kafka/KafkaResources.java, and ``Labels`` in
https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/operator-common/src/main/java/io/strimzi/operator/common/model/Labels.java.
"""

from __future__ import annotations

from kmop_constructs.values.env import SecretKey

__all__ = ["CLUSTER", "PORT", "authority_of", "bootstrap_of", "broker_labels", "brokers_of", "node_labels"]

CLUSTER = "strimzi.io/cluster"
"""Label of all objects of a Kafka. Without it on a topic, a user or a pool of nodes, no operator acts on it."""

PORT = 9093
"""Port of the listener with TLS, in Strimzi's examples and in what this library draws."""


def bootstrap_of(name: str) -> str:
    """Return the name of the Service that clients ask first."""
    return f"{name}-kafka-bootstrap"


def brokers_of(name: str) -> str:
    """Return the name of the headless Service whose names the brokers tell clients."""
    return f"{name}-kafka-brokers"


def authority_of(name: str, *, external: bool = False) -> SecretKey:
    """Return the authority of the certificates that the brokers serve with. `external` says that another team has the Kafka."""
    return SecretKey(f"{name}-cluster-ca-cert", "ca.crt", external=external)


def node_labels(name: str) -> dict[str, str]:
    """Return the labels of all brokers and controllers. Pods of the entity operator have others."""
    return {CLUSTER: name, "strimzi.io/name": f"{name}-kafka"}


def broker_labels(name: str) -> dict[str, str]:
    """Return the labels of all brokers."""
    return {**node_labels(name), "strimzi.io/broker-role": "true"}
