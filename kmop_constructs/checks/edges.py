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
TARGET_REASON = "An edge calls a service that this app does not have; the policy for the call would open nothing."
CLUSTER_RULE = "edge-across-clusters"
CLUSTER_REASON = "An edge calls a Service of another cluster: Service names and policies do not work across clusters."
PORT_RULE = "edge-port"
PORT_REASON = "An edge calls a port that the service does not offer."
NAMESPACE_RULE = "namespace-unknown"
NAMESPACE_REASON = (
    "NetworkPolicies select pods of other charts by namespace; they cannot select pods of a chart without a namespace."
)
START_RULE = "start-never"
START_REASON = (
    "A service never starts if its start waits for a port that is not TCP, or if services wait for each other at start."
)
PEER_RULE = "peer-unknown"
PEER_REASON = (
    "A service must call or admit something outside the app, but the platform does not set its pods or addresses."
)


def check(synthesis: Synthesis) -> Sequence[Finding]:
    """Return the declared connections with policies that cannot be drawn."""
    return flows_of(synthesis).problems
