"""Traffic of the pods of a Cluster among themselves and with the operator.

The operator connects to the ports 8000 and 5432 of every instance, and instances to each other
(https://cloudnative-pg.io/documentation/1.30/networking/). Jobs and poolers of a Cluster have its label too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.providers.cloudnativepg.names import CLUSTER, OPERATOR, PLACE, SERVICE_PORT, STATUS_PORT

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import k8s

__all__ = ["own_traffic"]


def own_traffic(subject: Subject, cluster: str) -> k8s.NetworkPolicy:
    """Return the policy that admits the operator and the pods of the Cluster to each other."""
    operator = subject.cluster.operators.get("cloudnativepg")
    place = PLACE if operator is None else operator.namespace
    mine = {CLUSTER: cluster}
    ports: list[k8s.NetworkPolicyPort] = [
        {"port": SERVICE_PORT, "protocol": "TCP"},
        {"port": STATUS_PORT, "protocol": "TCP"},
    ]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": f"{cluster}-own", "labels": dict(subject.labels)},
        "spec": {
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
        },
    }
