"""Traffic of the members among themselves.

A member connects to the port 27017 of each other one (https://www.mongodb.com/docs/manual/core/security-network/), and the agent in
each pod does so too. The operator connects to no pod: it reads annotations that the pods write on themselves
(https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/docs/mongodbcommunity/architecture.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.declared import DeniedByDefault
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.providers.mongodb.names import APP, PORT, service_name

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import k8s

__all__ = ["own_traffic"]


def own_traffic(subject: Subject) -> Deferred:
    """Return the policy that admits the members to each other.

    What members call is open: each other, DNS, and the API server, from which the agents read their configuration. In a
    namespace that denies connections by default, the policy says so.
    """
    mine = {APP: service_name(subject.name)}
    name = f"{subject.name}-own"

    def draw(synthesis: Synthesis) -> k8s.NetworkPolicy:
        spec: k8s.NetworkPolicySpec = {
            "podSelector": {"matchLabels": mine},
            "policyTypes": ["Ingress"],
            "ingress": [
                {"from": [{"podSelector": {"matchLabels": mine}}], "ports": [{"port": PORT, "protocol": "TCP"}]}
            ],
        }
        if any(each.namespace == subject.namespace for each in synthesis.facts(DeniedByDefault)):
            spec["policyTypes"] = ["Ingress", "Egress"]
            spec["egress"] = [{}]
        metadata: k8s.ObjectMeta = {"name": name, "labels": dict(subject.labels)}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}

    return Deferred(api_version="networking.k8s.io/v1", kind="NetworkPolicy", name=name, draw=draw)
