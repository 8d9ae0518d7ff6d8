"""Traffic of the pods among themselves, with the operator, and with the scraper of metrics.

The operator asks every instance for its role and configures the Sentinels (``UpdateRedisRoleLabel`` and ``SentinelMonitor`` in
https://github.com/OT-CONTAINER-KIT/redis-operator/blob/v0.26.0/internal/controller/common/redis/heal.go): ports 6379 and 26379.
Instances copy data from each other at 6379, Sentinels talk to each other at 26379 and to instances at 6379
(https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/), nodes of a cluster also at 16379
(https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#the-cluster-bus). The exporter serves 9121.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.declared import DeniedByDefault
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.core.network.lowering import policy_peers
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

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.redis_operator.names import Form
    from kmop_constructs.typings import k8s

__all__ = ["own_traffic"]

_PORTS: dict[str, tuple[int, ...]] = {
    "standalone": (PORT,),
    "sentinel": (PORT, SENTINEL_PORT),
    "cluster": (PORT, BUS_PORT),
}


def own_traffic(subject: Subject, form: Form, *, exporter: bool) -> Deferred:
    """Return the policy that admits the operator, the pods to each other, and the scraper to the exporter.

    What the pods call is open: each other, and DNS. In a namespace that denies connections by default, the policy says so.
    """
    operator = subject.cluster.operators.get("redis-operator")
    place = PLACE if operator is None else operator.namespace
    mine: k8s.LabelSelector = {"matchLabels": dict(labels_of_data(subject.name, form))}
    if form == "sentinel":
        mine = {"matchExpressions": [{"key": "app", "operator": "In", "values": list(apps(subject.name, form))}]}
    name = f"{subject.name}-own"
    rules: list[k8s.NetworkPolicyIngressRule] = [
        {
            "from": [
                {
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": place}},
                    "podSelector": {"matchLabels": OPERATOR},
                },
                {"podSelector": mine},
            ],
            "ports": [{"port": port, "protocol": "TCP"} for port in _PORTS[form]],
        }
    ]
    scraper = subject.cluster.peers.scraper
    if exporter and scraper is not None:
        rules.append({"from": policy_peers(scraper), "ports": [{"port": EXPORTER_PORT, "protocol": "TCP"}]})

    def draw(synthesis: Synthesis) -> k8s.NetworkPolicy:
        spec: k8s.NetworkPolicySpec = {"podSelector": mine, "policyTypes": ["Ingress"], "ingress": rules}
        if any(each.namespace == subject.namespace for each in synthesis.facts(DeniedByDefault)):
            spec["policyTypes"] = ["Ingress", "Egress"]
            spec["egress"] = [{}]
        metadata: k8s.ObjectMeta = {"name": name, "labels": dict(subject.labels)}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}

    return Deferred(api_version="networking.k8s.io/v1", kind="NetworkPolicy", name=name, draw=draw)
