"""A Service that an edge describes as one from outside the app, and that the app draws, is as the edge describes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kmop_constructs.checks.network import network_of
from kmop_constructs.core.connection import ToService
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.connection import Connection
    from kmop_constructs.core.network.workloads import NetworkPods, Service
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.values.pods import Pods

__all__ = ["REASON", "RULE", "check"]

RULE = "existing-service"
REASON = (
    "An `ExistingService` opens the egress to the wrong pods or port if its labels or container port differ from those "
    "of the Service that the app draws."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Compare the pods of edges to Services from outside the app with those of the app's own Services of the same name."""
    calls = [
        (declared.facts, connection, connection.to, connection.to.pods)
        for declared in synthesis.facts(Declared)
        for connection in declared.connections
        if isinstance(connection.to, ToService) and connection.to.pods is not None
    ]
    if not calls:
        return
    topology = network_of(synthesis).topology
    services = {(service.namespace, service.name): service for service in topology.services}
    for facts, connection, to, pods in calls:
        service = services.get((to.namespace or facts.scope, to.service))
        if service is None or not service.selector:
            continue
        problem = _problem(service, topology.backends(service), connection, pods)
        if problem is not None:
            yield Finding(
                path=facts.path, rule=RULE, message=f"calls the Service {to.service!r}, which this app draws: {problem}"
            )


def _problem(service: Service, behind: Sequence[NetworkPods], connection: Connection, pods: Pods) -> str | None:
    for workload in behind:
        for label, value in pods.labels.items():
            if workload.labels.get(label) != value:
                known = ", ".join(f"{name}={text}" for name, text in workload.labels.items())
                return f"its pods do not have the label {label}={value}, they have {known}; correct pod_labels"
    named = {(each.name, each.number) for workload in behind for each in workload.ports}
    targets = {port.target for port in service.ports}
    ports = {each for each in targets if isinstance(each, int)} | {number for name, number in named if name in targets}
    if ports and connection.port is not None and connection.port not in ports:
        known = ", ".join(str(port) for port in sorted(ports))
        return f"its ports lead to {known} of the pods, and not to {connection.port}; set pod_port={min(ports)}"
    return None
