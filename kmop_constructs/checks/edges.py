"""Declared calls between services can be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kmop_constructs.core.flows import flows_of

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = [
    "CLUSTER_REASON",
    "CLUSTER_RULE",
    "NAMESPACE_REASON",
    "NAMESPACE_RULE",
    "PEER_REASON",
    "PEER_RULE",
    "PORT_REASON",
    "PORT_RULE",
    "START_REASON",
    "START_RULE",
    "TARGET_REASON",
    "TARGET_RULE",
    "check",
]

TARGET_RULE = "edge-without-target"
TARGET_REASON = "A call to a service that this app does not have; its policy would open nothing."
CLUSTER_RULE = "edge-across-clusters"
CLUSTER_REASON = "A call to a Service of another cluster: Service names and policies do not work across clusters."
PORT_RULE = "edge-port"
PORT_REASON = "A call to a port that the service does not offer."
NAMESPACE_RULE = "namespace-unknown"
NAMESPACE_REASON = "Policies refer to namespaces; between charts without a namespace they cannot select the pods."
START_RULE = "start-never"
START_REASON = (
    "A service never starts if it waits at start for a service that waits for it, or for a port that is not TCP."
)
PEER_RULE = "peer-unknown"
PEER_REASON = (
    "Something outside the app must be reached or admitted, but its pods or addresses are not set on the platform."
)


def check(synthesis: Synthesis) -> Sequence[Finding]:
    """Return the declared connections with policies that cannot be drawn."""
    return flows_of(synthesis).problems
