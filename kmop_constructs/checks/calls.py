"""Calls through a Service reach pods that can answer: the caller's own pods, and all pods of a gRPC server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import Inventory, PodTemplate, inventory_of, plain_selector
from kmop_constructs.checks.outside import is_injected
from kmop_constructs.checks.scalers import scalers
from kmop_constructs.core.connection import ToService
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.plain import mapping, texts, whole, within

if TYPE_CHECKING:
    from kmop_constructs.checks.reading import Item
    from kmop_constructs.core.reading import Synthesis

__all__ = ["GRPC_REASON", "GRPC_RULE", "SELF_REASON", "SELF_RULE", "check"]

SELF_RULE = "self-call"
SELF_REASON = (
    "A service that is ready only after a call to itself never becomes ready: its Service has no address until a pod "
    "is ready."
)
GRPC_RULE = "grpc-one-pod"
GRPC_REASON = (
    "A gRPC client keeps one connection, and a Service connects it to one pod: the other pods get no requests from "
    "this client."
)

_MESH = {"istio-injection": "enabled", "istio.io/dataplane-mode": "ambient", "linkerd.io/inject": "enabled"}
"""Labels and annotations of a Namespace whose pods are in a service mesh, which balances each request."""


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find calls of services to themselves, and gRPC calls through a Service with one address for several pods."""
    inventory = inventory_of(synthesis)
    scaled: set[int] | None = None
    found: dict[str, Finding] = {}
    for declared in synthesis.facts(Declared):
        facts = declared.facts
        for connection in declared.connections:
            to = connection.to
            if not isinstance(to, ToService):
                continue
            own = to.service in facts.services and to.namespace in (None, facts.namespace)
            if not own and connection.speaks != "grpc":
                continue
            scope = facts.scope if to.namespace in (None, facts.namespace) else to.namespace
            service = inventory.at("", "Service", to.service, scope or "")
            if service is None:
                continue
            if own and to.service not in facts.shared and not service.spec.get("publishNotReadyAddresses"):
                behind = _behind(inventory, service)
                if any(_awaits(pods) for pods in behind):
                    yield Finding(path=facts.path, rule=SELF_RULE, message=_self(to.service), severity="notice")
            if own or service.spec.get("clusterIP") == "None":
                continue
            if scaled is None:
                scaled = {id(scaler.target) for scaler in scalers(inventory) if scaler.target is not None}
            behind = _behind(inventory, service)
            if sum(_pods_of(pods, scaled) for pods in behind) > 1 and not _in_mesh(inventory, behind):
                callee = inventory.declared_for(service.path)
                path = service.path if callee is None else callee.facts.path
                found[path] = Finding(path=path, rule=GRPC_RULE, message=_GRPC, severity="notice")
    yield from found.values()


def _behind(inventory: Inventory, service: Item) -> list[PodTemplate]:
    return inventory.selected(plain_selector(service.spec.get("selector")), service.scope)


def _awaits(pods: PodTemplate) -> bool:
    """Return whether pods are ready only after a check."""
    return any(container.get(key) for container in pods.containers for key in ("readinessProbe", "startupProbe"))


def _pods_of(pods: PodTemplate, scaled: set[int]) -> int:
    return 2 if id(pods.item) in scaled else whole(pods.item.spec.get("replicas"), 1)


def _in_mesh(inventory: Inventory, behind: list[PodTemplate]) -> bool:
    if any(is_injected(pods.metadata) for pods in behind):
        return True
    for namespace in inventory.of("", "Namespace"):
        metadata = mapping(namespace.object.get("metadata"))
        marks = {**texts(within(metadata, "labels")), **texts(within(metadata, "annotations"))}
        in_mesh = any(marks.get(key) == value for key, value in _MESH.items()) or "istio.io/rev" in marks
        if in_mesh and any(pods.item.namespace == namespace.name for pods in behind):
            return True
    return False


def _self(service: str) -> str:
    return (
        f"calls itself through the Service {service!r}, which leads to ready pods only: if a pod is ready only after this call, "
        "no pod becomes ready; call HeadlessService(publish_not_ready_addresses=True) or localhost, or allow 'self-call' if the check "
        "of readiness does not need the call"
    )


_GRPC = (
    "several pods are called over gRPC through a Service with one address, where the connection of a client stays with one pod; "
    "add a HeadlessService for clients that balance themselves (dns:///…), or allow 'grpc-one-pod' if a mesh balances, or "
    "clients reconnect often"
)
