"""Traffic of the nodes of an Elasticsearch among themselves and with the operator.

The operator connects to the port 9200 of every node, and nodes to the port 9300 of each other
(https://www.elastic.co/docs/deploy-manage/security/k8s-network-policies). A node that ends announces it through the Service of all
nodes, port 9200 (https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/pod-prestop-hook).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.declared import DeniedByDefault
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.providers.eck.names import CLUSTER, HTTP_PORT, OPERATOR, PLACE, TRANSPORT_PORT

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import k8s

__all__ = ["own_traffic"]


def own_traffic(subject: Subject) -> Deferred:
    """Return the policy that admits the operator and the nodes to each other.

    What nodes call is open: DNS, and the bucket of the copies. In a namespace that denies connections by default, the policy says
    so.
    """
    operator = subject.cluster.operators.get("eck")
    place = PLACE if operator is None else operator.namespace
    mine = {CLUSTER: subject.name}
    http: k8s.NetworkPolicyPort = {"port": HTTP_PORT, "protocol": "TCP"}
    transport: k8s.NetworkPolicyPort = {"port": TRANSPORT_PORT, "protocol": "TCP"}
    name = f"{subject.name}-own"

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
                        }
                    ],
                    "ports": [http],
                },
                {"from": [{"podSelector": {"matchLabels": mine}}], "ports": [http, transport]},
            ],
        }
        if any(each.namespace == subject.namespace for each in synthesis.facts(DeniedByDefault)):
            spec["policyTypes"] = ["Ingress", "Egress"]
            spec["egress"] = [{}]
        metadata: k8s.ObjectMeta = {"name": name, "labels": dict(subject.labels)}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}

    return Deferred(api_version="networking.k8s.io/v1", kind="NetworkPolicy", name=name, draw=draw)
