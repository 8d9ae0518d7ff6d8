"""Traffic of the nodes of an Elasticsearch among themselves and with the operator.

The operator connects to the port 9200 of every node, and nodes to the port 9300 of each other
(https://www.elastic.co/docs/deploy-manage/security/k8s-network-policies). A node that ends announces it through the Service of all
nodes, port 9200 (https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/pod-prestop-hook).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.bucket import server_of
from kmop_constructs.components.data.own_traffic import OwnTraffic, of_operator, opening_of, tcp
from kmop_constructs.providers.eck.names import CLUSTER, HTTP_PORT, OPERATOR, PLACE, TRANSPORT_PORT
from kmop_constructs.values.object_store import VolumeSnapshots
from kmop_constructs.values.pods import Pods

if TYPE_CHECKING:
    from kmop_constructs.components.data.backup import Backup
    from kmop_constructs.core.subject import Subject

__all__ = ["own_traffic"]


def own_traffic(subject: Subject, backup: Backup | None) -> OwnTraffic:
    """Return the traffic of the nodes of an Elasticsearch. `backup` is what the operator makes copies by."""
    operator = of_operator(subject, "eck", OPERATOR, PLACE)
    mine = Pods(labels={CLUSTER: subject.name})
    among = tcp(mine, HTTP_PORT, TRANSPORT_PORT)
    calls = [among]
    if backup is not None and backup.to is not None and not isinstance(backup.to, VolumeSnapshots):
        calls.append(opening_of(server_of(backup.to)))
    return OwnTraffic(
        subject=subject,
        name=f"{subject.name}-own",
        pods={"matchLabels": dict(mine.labels)},
        accepts=(tcp(operator, HTTP_PORT), among),
        calls=tuple(calls),
    )
