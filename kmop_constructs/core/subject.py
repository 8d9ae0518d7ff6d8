"""What is known of a service or worker once its names are settled: a frozen value that providers draw from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kmop_constructs.errors import SpecError
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.ports import Port

__all__ = ["NamedPort", "PodOwner", "ServiceFacts", "Subject", "scope_name"]


def scope_name(namespace: str | None, chart: str) -> str:
    """The namespace; where none is written, a stand-in for whatever ``kubectl -n`` says, one for each chart path."""
    return namespace or f"(namespace of chart {chart})"


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedPort:
    """A port whose name and Service port are settled."""

    name: str
    number: int
    offered: int
    spec: Port


@dataclass(frozen=True, kw_only=True, slots=True)
class PodOwner:
    """What runs the pods of a workload, as its provider drew it: what an autoscaler scales and a budget protects."""

    api_version: str
    """``apiVersion``."""

    kind: str
    """``kind``."""

    name: str
    """``metadata.name``."""

    selector: Mapping[str, str]
    """What selects its pods."""

    template: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    """The pod template, without what is known at synth only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Who something is drawn for: a service, or what has no pods of its own, such as a store that an operator runs."""

    path: str
    """The construct path."""

    id: str
    """The construct's id."""

    name: str
    """Its name, and that of everything which has no other."""

    namespace: str | None
    """The namespace, where the chart names one."""

    chart: str
    """The chart's path: two without a namespace share one if they share a chart."""

    labels: Mapping[str, str]
    """Labels of every object that is drawn for it."""

    cluster: Cluster
    """The cluster it is drawn for."""

    @property
    def scope(self) -> str:
        """The namespace; where none is written, a stand-in for whatever ``kubectl -n`` says, one for each chart."""
        return scope_name(self.namespace, self.chart)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceFacts(Subject):
    """Names, ports and labels of one workload and its Services."""

    selector: Mapping[str, str]
    """What selects its pods, and never changes."""

    application: Mapping[str, str]
    """What selects the pods of every version of its application: ``app.kubernetes.io/name`` alone."""

    pod_labels: Mapping[str, str]
    """Labels of its pods."""

    ports: tuple[NamedPort, ...]
    """Container ports; the first is the main one."""

    services: tuple[str, ...]
    """Names of its Services; the first is the one that edges use."""

    shared: frozenset[str]
    """Names of those that lead to every version of its application."""

    headless: frozenset[str]
    """Names of those without an address: callers connect to the ports of the pods themselves."""

    container: str
    """Name of the app's own container."""

    workload: tuple[str, str]
    """``apiVersion`` and ``kind`` of what runs its pods. It is called `name`, unless its provider says otherwise."""

    owner: PodOwner | None = None
    """What runs its pods, once its provider has drawn it."""

    account: str
    """Name of its ServiceAccount."""

    def offered(self, port: NamedPort, service: str) -> int:
        """The number under which one of its Services offers a port."""
        return port.number if service in self.headless else port.offered

    @property
    def main_port(self) -> NamedPort:
        """The first port."""
        if not self.ports:
            raise SpecError(f"{self.path}: has no port; give its spec one")
        return self.ports[0]

    def port(self, wanted: int | str | None) -> NamedPort:
        """A port by its Service port, its container port or its name; the main one for ``None``."""
        if wanted is None:
            return self.main_port
        for key in ("offered", "number", "name"):
            for port in self.ports:
                if getattr(port, key) == wanted:
                    return port
        known = ", ".join(f"{port.offered} ({port.name})" for port in self.ports) or "none"
        raise SpecError(f"{self.path}: has no port {wanted!r}; its ports are {known}: name one of them")
