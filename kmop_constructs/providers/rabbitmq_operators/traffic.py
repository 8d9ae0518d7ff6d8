"""Traffic of the nodes of a RabbitMQ among themselves and with both operators.

The operators write no NetworkPolicy. They act by the HTTP API of the nodes: the topology operator by the Service, the cluster operator also by
the name of each node (``getClientInfoForPod`` in
https://github.com/rabbitmq/cluster-operator/blob/v2.22.3/internal/rabbitmqclient/client.go). From RabbitMQ 4.1 on nodes find each other
without the API of Kubernetes (``ShouldCreatePeerDiscoveryRBAC`` in
https://github.com/rabbitmq/cluster-operator/blob/v2.22.3/internal/resource/rabbitmq_resource_builder.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.own_traffic import OwnTraffic, of_operator, tcp
from kmop_constructs.providers.rabbitmq_operators import names
from kmop_constructs.values.pods import Pods

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject

__all__ = ["node_traffic"]


def node_traffic(subject: Subject, *, tls: bool) -> OwnTraffic:
    """Return the traffic of the nodes."""
    mine = Pods(labels=names.node_labels(subject.name))
    among = tcp(mine, *names.NODE_PORTS)
    management = names.management_port(tls=tls)
    operators = (
        of_operator(subject, "rabbitmq-operators", labels, names.PLACE)
        for labels in (names.CLUSTER_OPERATOR, names.TOPOLOGY_OPERATOR)
    )
    return OwnTraffic(
        subject=subject,
        name=f"{subject.name}-own",
        pods={"matchLabels": dict(mine.labels)},
        accepts=(among, *(tcp(each, management) for each in operators)),
        calls=(among,),
    )
