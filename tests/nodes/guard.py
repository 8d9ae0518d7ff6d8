"""Before anything is believed: a packet passes, and is dropped as soon as a policy forbids it."""

from __future__ import annotations

from tests.cluster.waiting import eventually
from tests.nodes.running import OUTSIDE, Cluster

LABELS = {"app": "guard"}
METADATA = {"name": "guard", "namespace": "default", "labels": LABELS}
CONTAINER = {"name": "guard", "image": "busybox:1", "command": ["/standin", "sleep"]}
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": METADATA, "spec": {"containers": [CONTAINER]}}
POLICY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": METADATA,
    "spec": {"podSelector": {"matchLabels": LABELS}, "policyTypes": ["Egress"]},
}


def prove_that_packets_are_dropped(cluster: Cluster) -> None:
    """Fail where policies do nothing on these nodes, or drop everything."""
    try:
        cluster.nodes.apply([POD])
        eventually(lambda: [] if passes(cluster) else ["no packet passes without a policy"], within=60)
        cluster.nodes.apply([POLICY])
        eventually(lambda: ["packets pass that a policy forbids"] if passes(cluster) else [], within=20)
    finally:
        cluster.kubectl(
            "-n", "default", "delete", "networkpolicy,pod", "guard", "--ignore-not-found", "--grace-period=1"
        )


def passes(cluster: Cluster) -> bool:
    address = ":".join(map(str, OUTSIDE))
    try:
        said = cluster.kubectl("-n", "default", "exec", "guard", "--", "/standin", "dial", "1s", address)
    except RuntimeError:  # it does not run yet
        return False
    return '"ok":true' in said
