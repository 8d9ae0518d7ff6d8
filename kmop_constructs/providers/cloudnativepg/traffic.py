"""Traffic of the pods of a Cluster among themselves and with the operator.

The operator connects to the ports 8000 and 5432 of every instance, and instances to each other
(https://cloudnative-pg.io/documentation/1.30/networking/). Jobs and poolers of a Cluster have its label too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.declared import DeniedByDefault
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.providers.cloudnativepg.names import CLUSTER, OPERATOR, PLACE, SERVICE_PORT, STATUS_PORT

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import k8s

__all__ = ["own_traffic"]


def own_traffic(subject: Subject, cluster: str) -> Deferred:
    """Return the policy that admits the operator and the pods of the Cluster to each other.

    What instances, poolers and jobs call is open: the API server, DNS, and the bucket of the copies. In a namespace that denies
    connections by default, the policy says so.
    """
    operator = subject.cluster.operators.get("cloudnativepg")
    place = PLACE if operator is None else operator.namespace
    mine = {CLUSTER: cluster}
    ports: list[k8s.NetworkPolicyPort] = [
        {"port": SERVICE_PORT, "protocol": "TCP"},
        {"port": STATUS_PORT, "protocol": "TCP"},
    ]
    name = f"{cluster}-own"

    def draw(synthesis: Synthesis) -> k8s.NetworkPolicy:
        spec: k8s.NetworkPolicySpec = {
            "podSelector": {"matchLabels": mine},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [
                        {
                            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": place}},
                            "podSelector": {"matchLabels": OPERATOR},
                        },
                        {"podSelector": {"matchLabels": mine}},
                    ],
                    "ports": ports,
                }
            ],
        }
        if any(each.namespace == subject.namespace for each in synthesis.facts(DeniedByDefault)):
            spec["policyTypes"] = ["Ingress", "Egress"]
            spec["egress"] = [{}]
        metadata: k8s.ObjectMeta = {"name": name, "labels": dict(subject.labels)}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}

    return Deferred(api_version="networking.k8s.io/v1", kind="NetworkPolicy", name=name, draw=draw)
