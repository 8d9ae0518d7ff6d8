"""Traffic of the pods among themselves, with the operator, and with the scraper of metrics.

The operator asks every instance for its role and configures the Sentinels (``UpdateRedisRoleLabel`` and ``SentinelMonitor`` in
https://github.com/OT-CONTAINER-KIT/redis-operator/blob/v0.26.0/internal/controller/common/redis/heal.go): ports 6379 and 26379.
Instances copy data from each other at 6379, Sentinels talk to each other at 26379 and to instances at 6379
(https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/), nodes of a cluster also at 16379
(https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#the-cluster-bus). The exporter serves 9121.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.own_traffic import OwnTraffic, of_operator, tcp
from kmop_constructs.core.openings import Opening
from kmop_constructs.providers.redis_operator.names import (
    BUS_PORT,
    EXPORTER_PORT,
    OPERATOR,
    PLACE,
    PORT,
    SENTINEL_PORT,
    apps,
    labels_of_data,
)
from kmop_constructs.values.pods import Pods

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.redis_operator.names import Form
    from kmop_constructs.typings import k8s

__all__ = ["own_traffic"]

_PORTS: dict[str, tuple[int, ...]] = {
    "standalone": (PORT,),
    "sentinel": (PORT, SENTINEL_PORT),
    "cluster": (PORT, BUS_PORT),
}


def own_traffic(subject: Subject, form: Form, *, exporter: bool) -> OwnTraffic:
    """Return the traffic of the pods of a Redis, and of the scraper to the exporter."""
    operator = of_operator(subject, "redis-operator", OPERATOR, PLACE)
    mine = [Pods(labels=labels_of_data(subject.name, form))]
    selector: k8s.LabelSelector = {"matchLabels": dict(mine[0].labels)}
    if form == "sentinel":
        named = apps(subject.name, form)
        mine = [Pods(labels={"app": each}) for each in named]
        selector = {"matchExpressions": [{"key": "app", "operator": "In", "values": list(named)}]}
    among = tuple(tcp(each, *_PORTS[form]) for each in mine)
    accepts = [tcp(operator, *_PORTS[form]), *among]
    scraper = subject.cluster.peers.scraper
    if exporter and scraper is not None:
        accepts.append(Opening(end=scraper, ports=((EXPORTER_PORT, "TCP"),)))
    return OwnTraffic(subject=subject, name=f"{subject.name}-own", pods=selector, accepts=tuple(accepts), calls=among)
