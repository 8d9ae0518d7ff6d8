"""Workloads (future pods) and Services, read from plain Kubernetes manifests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.plain import (
    Plain,
    PortProtocol,
    labels_at,
    list_at,
    mapping_at,
    name_of,
    port_at,
    port_number_at,
    protocol_at,
    text_at,
)

__all__ = [
    "POD_OWNERS",
    "ContainerPort",
    "NetworkPods",
    "Service",
    "ServicePort",
    "read_service",
    "read_workload",
]

POD_OWNERS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("argoproj.io", "Rollout"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): ("spec", "template"),
    ("", "Pod"): (),
    ("", "ReplicationController"): ("spec", "template"),
}
"""API group and kind of each object that creates pods, with the path of its pod template."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerPort:
    """A port that a container of a pod declares."""

    number: int
    """Port number, from 1 to 65535."""
    name: str | None = None
    """Name of the port, for Services and policies. Default: none."""
    protocol: PortProtocol = "TCP"
    """Transport protocol. Default: TCP."""

    def __str__(self) -> str:
        return f"{self.protocol} {self.number}" + (f" ({self.name})" if self.name else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkPods:
    """An object that creates pods, with the properties of these pods that matter for the network."""

    kind: str
    """Kubernetes kind, such as Deployment."""
    name: str
    """Name of the object."""
    namespace: str
    """Namespace of the object and of its pods."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    """Labels of the pods. Default: none."""
    ports: tuple[ContainerPort, ...] = field(default=(), hash=False)
    """Ports that the containers and native sidecars declare. Default: none."""
    host_network: bool = field(default=False, hash=False)
    """Whether the pods use the node's network. Default: false."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", MappingProxyType(dict(sorted(self.labels.items()))))

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def named_port(self, name: str, protocol: PortProtocol | None = None) -> ContainerPort | None:
        """Return the first port with this name, and with this protocol if one is given. None if there is none."""
        found = (port for port in self.ports if port.name == name and protocol in (None, port.protocol))
        return next(found, None)

    @property
    def distinct_ports(self) -> tuple[tuple[int, PortProtocol], ...]:
        """Return number and protocol of each declared port, once, in order of declaration."""
        found: dict[tuple[int, PortProtocol], None] = {(port.number, port.protocol): None for port in self.ports}
        return tuple(found)

    def declares(self, number: int, protocol: PortProtocol) -> bool:
        """Return whether a container declares the port. A process may also listen on other ports."""
        return any(port.number == number and port.protocol == protocol for port in self.ports)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServicePort:
    """A port of a Service, with its target."""

    number: int
    """Port number of the Service."""
    target: int | str
    """Number or name of the port of the pods."""
    name: str | None = None
    """Name of the port. Default: none."""
    protocol: PortProtocol = "TCP"
    """Transport protocol. Default: TCP."""

    def __str__(self) -> str:
        return f"{self.protocol} {self.number}" + (f" ({self.name})" if self.name else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A Service of the core API group."""

    name: str
    """Name of the object."""
    namespace: str
    """Namespace of the object and of the pods that it selects."""
    selector: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    """Labels that select the pods. Default: none, so no pods are selected."""
    ports: tuple[ServicePort, ...] = ()
    """Ports of the Service. Default: none."""
    headless: bool = False
    """Whether the Service has no address of its own (clusterIP None). Default: false."""
    external_name: str | None = None
    """DNS name to which an ExternalName Service leads. Default: none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "selector", MappingProxyType(dict(sorted(self.selector.items()))))

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def selects(self, workload: NetworkPods) -> bool:
        """Return whether the Service selects the pods of a workload. A Service without a selector selects nothing."""
        return (
            bool(self.selector)
            and workload.namespace == self.namespace
            and all(workload.labels.get(key) == value for key, value in self.selector.items())
        )


def read_workload(manifest: Plain, template: Plain, default_namespace: str) -> NetworkPods:
    """Read the workload of a manifest with this pod template.

    The pods of a Job have the Job's name as the labels `batch.kubernetes.io/job-name` and `job-name`, which the Job
    controller adds. Labels with values that only the cluster knows, such as pod-template-hash, are left out.

    Raises:
        SpecError: labels or ports are malformed.
    """
    kind = str(manifest["kind"])
    namespace, name = name_of(manifest, default_namespace)
    where = f"{kind} {namespace}/{name}"
    metadata = mapping_at(template.get("metadata"), f"{where}: pod metadata")
    labels = labels_at(metadata.get("labels"), f"{where}: pod labels")
    if kind == "Job":
        labels = {"batch.kubernetes.io/job-name": name, "job-name": name} | labels
    spec = mapping_at(template.get("spec"), f"{where}: pod spec")
    return NetworkPods(
        kind=kind,
        name=name,
        namespace=namespace,
        labels=labels,
        ports=tuple(container_ports(spec, where)),
        host_network=spec.get("hostNetwork") is True,
    )


def container_ports(pod_spec: Plain, where: str) -> Iterable[ContainerPort]:
    """Return the ports of all containers, then those of native sidecars: the order in which Kubernetes looks up a name."""
    containers = list_at(pod_spec.get("containers"), f"{where}: containers")
    init = list_at(pod_spec.get("initContainers"), f"{where}: initContainers")
    sidecars = [item for item in init if mapping_at(item, f"{where}: initContainers").get("restartPolicy") == "Always"]
    for container in [*containers, *sidecars]:
        fields = mapping_at(container, f"{where}: containers")
        at = f"{where}: ports of container {fields.get('name')}"
        for port in list_at(fields.get("ports"), at):
            entry = mapping_at(port, at)
            yield ContainerPort(
                number=port_number_at(entry.get("containerPort"), f"{at}: containerPort"),
                name=text_at(entry.get("name"), f"{at}: name"),
                protocol=protocol_at(entry.get("protocol"), f"{at}: protocol"),
            )


def read_service(manifest: Plain, default_namespace: str) -> Service:
    """Read the Service of a manifest.

    Raises:
        SpecError: the selector or a port is malformed.
    """
    namespace, name = name_of(manifest, default_namespace)
    where = f"Service {namespace}/{name}: spec"
    spec = mapping_at(manifest.get("spec"), where)
    external = spec.get("type") == "ExternalName"
    ports: list[ServicePort] = []
    for index, item in enumerate(list_at(spec.get("ports"), f"{where}.ports")):
        at = f"{where}.ports[{index}]"
        entry = mapping_at(item, at)
        number = port_number_at(entry.get("port"), f"{at}.port")
        target = entry.get("targetPort")
        ports.append(
            ServicePort(
                number=number,
                # The API server also accepts 0 and empty text for "the same port".
                target=port_at(target, f"{at}.targetPort") if target else number,
                name=text_at(entry.get("name"), f"{at}.name"),
                protocol=protocol_at(entry.get("protocol"), f"{at}.protocol"),
            )
        )
    return Service(
        name=name,
        namespace=namespace,
        selector={} if external else labels_at(spec.get("selector"), f"{where}.selector"),
        ports=tuple(ports),
        headless=spec.get("clusterIP") == "None",
        external_name=str(spec.get("externalName")) if external else None,
    )
