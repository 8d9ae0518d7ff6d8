"""Names, labels and ports of a service or worker: a frozen value from which providers draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.certificate import HeldCertificate
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.pods import Peer
from kmop_constructs.values.ports import Port

__all__ = ["NamedPort", "PodOwner", "ServiceFacts", "Subject", "accepted_ports", "scope_name"]


def scope_name(namespace: str | None, chart: str) -> str:
    """Return the namespace, or a placeholder for the namespace of ``kubectl -n`` that is unique to the chart's path."""
    return namespace or f"(namespace of chart {chart})"


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedPort:
    """A port with its final name and Service port."""

    name: str
    """Name of the port in the pod and in the Services: `Port.name`, or its default."""
    number: int
    """Container port number."""
    offered: int
    """Port number of the Services: `Port.service_port`, or the container port."""
    spec: Port
    """The `Port` as written in the spec."""

    @property
    def service_name(self) -> str:
        """Name of the port in the Services: `Port.service_port_name`, or the name in the pod."""
        return self.spec.service_port_name or self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class PodOwner:
    """The object that runs the pods of a workload, as its provider drew it. Autoscalers and budgets refer to it."""

    api_version: str
    """``apiVersion`` of the object, such as ``apps/v1``."""

    kind: str
    """Kind of the object, such as ``Deployment``."""

    name: str
    """Name of the object."""

    selector: Mapping[str, str]
    """Labels that select the pods."""

    template: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    """Pod template of the object, with ``metadata`` and ``spec``. It lacks what is only known at synth, such as the
    checksum of configuration. Default: empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Owner of a drawn object: a service, or something without pods of its own, such as a store run by an operator."""

    path: str
    """Construct path."""

    id: str
    """Id of the construct."""

    name: str
    """Name of the subject, and default name of its objects."""

    namespace: str | None
    """Namespace. ``None`` if the chart sets none."""

    chart: str
    """Construct path of the chart. Subjects without a namespace share one if they are in the same chart."""

    labels: Mapping[str, str]
    """Labels of all objects that are drawn for the subject."""

    cluster: Cluster
    """Cluster for which the subject is drawn."""

    @property
    def scope(self) -> str:
        """Namespace, or a placeholder for the namespace of ``kubectl -n`` that is unique to the chart."""
        return scope_name(self.namespace, self.chart)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceFacts(Subject):
    """Names, labels and ports of one workload and its Services."""

    selector: Mapping[str, str]
    """Labels that select the workload's pods. They never change."""

    application: Mapping[str, str]
    """Labels that select the pods of all versions of the application: only ``app.kubernetes.io/name``."""

    pod_labels: Mapping[str, str]
    """Labels of the pods."""

    workload_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the object that runs the pods: `labels`, and ``app.kubernetes.io/version``, which changes with the image.
    Default: empty, for pods that an operator creates."""

    ports: tuple[NamedPort, ...]
    """Container ports. The first is the main port."""

    services: tuple[str, ...]
    """Names of the Services. Edges use the first."""

    shared: frozenset[str]
    """Names of the Services that select all versions of the application."""

    headless: frozenset[str]
    """Names of the headless Services. Their callers connect to the ports of the pods."""

    container: str
    """Name of the app's own container."""

    workload: tuple[str, str]
    """``apiVersion`` and ``kind`` of the object that runs the pods. Its name is `name`, unless its provider names it
    otherwise."""

    owner: PodOwner | None = None
    """The object that runs the pods, as its provider drew it. Default: ``None``, until the workload is drawn."""

    account: str
    """Name of the ServiceAccount."""

    host_network: bool = False
    """Whether the pods use the network of their node, where NetworkPolicies do not select them. Default: false."""

    limited: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]], hash=False)
    """Names of the ports that a Service offers, by the name of the Service. Default: none; a Service that is not here
    offers each exposed port."""

    certificate: HeldCertificate | None = None
    """Certificate of the workload. Default: none."""

    def node_port(self, port: NamedPort) -> int | None:
        """Return the port of the node that leads to a port of the pods. ``None`` if there is none."""
        return port.number if self.host_network else port.spec.host_port

    def offers(self, port: NamedPort, service: str) -> bool:
        """Return whether one of the Services offers a port."""
        return port.spec.exposed and port.name in self.limited.get(service, (port.name,))

    def offered(self, port: NamedPort, service: str) -> int:
        """Return the port number under which one of the Services offers a port."""
        return port.number if service in self.headless else port.offered

    @property
    def main_port(self) -> NamedPort:
        """The first port. An error if there is none."""
        if not self.ports:
            raise SpecError(f"{self.path}: has no port; add a port to its spec")
        return self.ports[0]

    def port(self, wanted: int | str | None) -> NamedPort:
        """Return a port by its Service port, its container port or one of its names. ``None`` returns the main port."""
        if wanted is None:
            return self.main_port
        for key in ("offered", "number", "name", "service_name"):
            for port in self.ports:
                if getattr(port, key) == wanted:
                    return port
        known = ", ".join(f"{port.offered} ({port.name})" for port in self.ports) or "none"
        raise SpecError(f"{self.path}: has no port {wanted!r}; use one of its ports: {known}")


def accepted_ports(facts: ServiceFacts, caller: Peer) -> list[NamedPort]:
    """Return the ports that are opened for a caller from outside this app.

    Raises `SpecError` if it names a port that the pods do not have.
    """
    return [_accepted_port(facts, wanted) for wanted in caller.ports] or [
        port for port in facts.ports if port.spec.exposed
    ]


def _accepted_port(facts: ServiceFacts, wanted: int | str) -> NamedPort:
    for port in facts.ports:
        if wanted in (port.number, port.name):
            return port
    known = ", ".join(f"{port.number} ({port.name})" for port in facts.ports) or "none"
    behind = next((f"{port.number}, which the Service offers as {wanted}"
                   for port in facts.ports if port.spec.exposed and port.offered == wanted), None)  # fmt: skip
    what = "accepts a caller on a port that it does not have"
    raise bad(facts.path, what, wanted, f"use one of its container ports: {behind or known}")
