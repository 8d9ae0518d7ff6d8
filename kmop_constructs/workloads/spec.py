"""The specs of a service and a worker: plain values that compare by content and need neither a cluster nor Node.js."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kmop_constructs.components.api_gateway.spec import Exposure
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import made_by, several
from kmop_constructs.values.ports import Port, unserved
from kmop_constructs.values.service import HeadlessService, LoadBalancer, NodePort, Service
from kmop_constructs.values.workload import WorkloadSpec

__all__ = ["ServedSpec", "ServiceSpec", "WorkerSpec", "settle_services"]


class ServedSpec(Protocol):
    """A spec with ports that Services offer."""

    @property
    def port(self) -> int | Port | None:
        """The main port."""
        ...

    @property
    def extra_ports(self) -> tuple[Port, ...]:
        """Further ports."""
        ...

    @property
    def service(self) -> Service:
        """The main Service."""
        ...

    @property
    def extra_services(self) -> tuple[Service, ...]:
        """Further Services."""
        ...

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port."""
        ...

    @property
    def services(self) -> tuple[Service, ...]:
        """Every Service."""
        ...

    def check_port(self, where: str, port: Port) -> None:
        """Refuse a port that the pods cannot have."""
        ...


def settle_services(where: str, spec: ServedSpec, *, needs_port: bool = True) -> None:
    """Check the ports and Services of a spec, and set a number as a `Port`. `needs_port` refuses a spec without a port."""
    if isinstance(spec.port, int):
        object.__setattr__(spec, "port", Port(spec.port))
    elif not isinstance(spec.port, Port) and (needs_port or spec.port is not None):
        raise bad(f"{where}.port", "not a port", spec.port, "write a number, or Port.grpc(9090)")
    made_by(f"{where}.service", spec.service, Service)
    object.__setattr__(spec, "extra_ports", several(f"{where}.extra_ports", spec.extra_ports))
    object.__setattr__(spec, "extra_services", several(f"{where}.extra_services", spec.extra_services))
    for port in spec.extra_ports:
        if not isinstance(port, Port):
            example = repr(port) if isinstance(port, int) else "…"
            raise bad(f"{where}.extra_ports", "not a Port", port, f"write Port({example})")
    for port in spec.ports:
        spec.check_port(f"{where}.port", port)
    for service in spec.extra_services:
        made_by(f"{where}.extra_services", service, Service)
        if service.name is None and not service.shared:
            raise SpecError(f"{where}.extra_services: each further Service needs a name, got none; set name=…")
    if isinstance(spec.service, HeadlessService):
        for port in spec.ports:
            if port.offered != port.number:
                raise bad(f"{where}.port", f"a headless Service cannot translate ports, and callers connect to {port.number} "
                          "directly", port.offered, "leave service_port out")  # fmt: skip
    _check_node_ports(where, spec)


def _check_node_ports(where: str, spec: ServedSpec) -> None:
    """Refuse a node port without a Service that has node ports."""
    outside = any(isinstance(each, LoadBalancer | NodePort) for each in spec.services)
    for port in spec.ports:
        if port.node_port is not None and not outside:
            what = "node_port has no effect, because no Service is a NodePort or a LoadBalancer"
            raise bad(f"{where}.port", what, port.node_port, "set service=NodePort(), or leave it out")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceSpec(WorkloadSpec):
    """A service that others call. Only image and port are required: ``ServiceSpec(image=Image("acme/web:1.4"), port=8080)``."""

    port: int | Port
    """The main port. A number means HTTP; use `Port.grpc`, `Port.tcp` or `Port.udp` for another protocol."""

    extra_ports: tuple[Port, ...] = ()
    """Further ports. Default: none."""

    service: Service = Service()
    """The Service of the pods: `Service`, `HeadlessService`, `LoadBalancer` or `NodePort`. Default: a ClusterIP Service
    with the name of the workload."""

    extra_services: tuple[Service, ...] = ()
    """Further Services of the same pods, each with its own name. Default: none."""

    exposure: Exposure | tuple[Exposure, ...] | None = None
    """Routes from outside the cluster; with several, each needs its own name. Default: none, not reachable from
    outside."""

    def __post_init__(self) -> None:
        WorkloadSpec.__post_init__(self)
        settle_services("ServiceSpec", self)
        self._check_exposure()
        if not any(port.exposed for port in self.ports):
            raise SpecError(
                "ServiceSpec.port: no port is exposed, so no caller could reach it; write a WorkerSpec instead"
            )

    def _check_exposure(self) -> None:
        if isinstance(self.exposure, list | tuple):
            object.__setattr__(self, "exposure", tuple(self.exposure))
        elif self.exposure is not None:
            made_by("ServiceSpec.exposure", self.exposure, Exposure)
        for exposure in self.exposures:
            made_by("ServiceSpec.exposure", exposure, Exposure)

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """Every route."""
        if self.exposure is None:
            return ()
        return self.exposure if isinstance(self.exposure, tuple) else (self.exposure,)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port, the main one first."""
        main = Port(self.port) if isinstance(self.port, int) else self.port
        return (main, *self.extra_ports)

    @property
    def services(self) -> tuple[Service, ...]:
        """Every Service, the main one first."""
        return (self.service, *self.extra_services)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerSpec(WorkloadSpec):
    """A workload without a Service, and so without routes from outside: ``WorkerSpec(image=Image("acme/mailer:1.0"))``."""

    container_ports: tuple[Port, ...] = ()
    """Ports that the container listens on, such as one for metrics. Default: none."""

    def __post_init__(self) -> None:
        WorkloadSpec.__post_init__(self)
        object.__setattr__(self, "container_ports", unserved("WorkerSpec.container_ports", self.container_ports))
        for port in self.container_ports:
            self.check_port("WorkerSpec.container_ports", port)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every container port."""
        return self.container_ports
