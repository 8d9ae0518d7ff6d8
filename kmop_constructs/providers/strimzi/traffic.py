"""Traffic of the pods of a Kafka among themselves and with the operators.

Strimzi writes NetworkPolicies of its own: nodes accept each other and the cluster operator at 9090 and 9091, the entity operator at 9091, the
cluster operator at 8443, and callers as the listener says (``generateNetworkPolicy`` in
https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/cluster-operator/src/main/java/io/strimzi/operator/cluster/model/KafkaCluster.java).
They close nothing that pods call. Those here open the same, for an installation that writes none
(``STRIMZI_NETWORK_POLICY_GENERATION``), and say what the pods may call: nodes read certificates from the API server
(``KubernetesSecretConfigProvider`` in
https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/cluster-operator/src/main/java/io/strimzi/operator/cluster/model/KafkaBrokerConfigurationBuilder.java).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.kafka.strimzi import node_labels
from kmop_constructs.components.data.own_traffic import OwnTraffic, of_operator, tcp
from kmop_constructs.providers.strimzi.names import (
    AGENT_PORT,
    CONTROL_PORT,
    OPERATOR,
    PLACE,
    REPLICATION_PORT,
    entity_labels,
)
from kmop_constructs.values.pods import Pods

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject

__all__ = ["entity_traffic", "node_traffic"]


def node_traffic(subject: Subject) -> OwnTraffic:
    """Return the traffic of brokers and controllers."""
    operator = of_operator(subject, "strimzi", OPERATOR, PLACE)
    mine = Pods(labels=node_labels(subject.name))
    among = tcp(mine, CONTROL_PORT, REPLICATION_PORT)
    return OwnTraffic(
        subject=subject,
        name=f"{subject.name}-own",
        pods={"matchLabels": dict(mine.labels)},
        accepts=(
            tcp(operator, CONTROL_PORT, REPLICATION_PORT, AGENT_PORT),
            among,
            tcp(Pods(labels=entity_labels(subject.name)), REPLICATION_PORT),
        ),
        calls=(among,),
        uses_api=True,
    )


def entity_traffic(subject: Subject) -> OwnTraffic:
    """Return the traffic of the topic operator and the user operator. Nothing calls them but the kubelet of their node."""
    return OwnTraffic(
        subject=subject,
        name=f"{subject.name}-entity-own",
        pods={"matchLabels": entity_labels(subject.name)},
        accepts=(),
        calls=(tcp(Pods(labels=node_labels(subject.name)), REPLICATION_PORT),),
        uses_api=True,
    )
