"""What services declare of each other can be drawn."""

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
TARGET_REASON = "A call to a service of this app that is not there; its policy would open nothing."
CLUSTER_RULE = "edge-across-clusters"
CLUSTER_REASON = "A call to a Service of another cluster: neither its name nor a policy reaches there."
PORT_RULE = "edge-port"
PORT_REASON = "A call to a port that the service does not offer."
NAMESPACE_RULE = "namespace-unknown"
NAMESPACE_REASON = "Policies name namespaces; between charts that name none, they cannot say whom they let in."
START_RULE = "start-never"
START_REASON = (
    "A service that waits with its start for one that waits for it, or for a port that is not TCP, never starts."
)
PEER_RULE = "peer-unknown"
PEER_REASON = "Something outside the app must be reached or let in, and nobody has said which pods or addresses it has."


def check(synthesis: Synthesis) -> Sequence[Finding]:
    """Declared connections whose policies cannot be drawn."""
    return flows_of(synthesis).problems
