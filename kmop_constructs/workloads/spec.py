"""The specs of a service and a worker: plain values that compare by content and need neither a cluster nor Node.js."""

from __future__ import annotations

from dataclasses import dataclass

from kmop_constructs.components.api_gateway.spec import Exposure
from kmop_constructs.errors import SpecError, bad, shown
from kmop_constructs.values.names import made_by, several
from kmop_constructs.values.ports import Port, unserved
from kmop_constructs.values.service import HeadlessService, LoadBalancer, NodePort, Service
from kmop_constructs.values.workload import WorkloadSpec

__all__ = ["ServiceSpec", "WorkerSpec"]


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
        if isinstance(self.port, int):
            object.__setattr__(self, "port", Port(self.port))
        elif not isinstance(self.port, Port):
            raise bad("ServiceSpec.port", "not a port", self.port, "write a number, or Port.grpc(9090)")
        made_by("ServiceSpec.service", self.service, Service)
        object.__setattr__(self, "extra_ports", several("ServiceSpec.extra_ports", self.extra_ports))
        object.__setattr__(self, "extra_services", several("ServiceSpec.extra_services", self.extra_services))
        self._check_exposure()
        for port in self.extra_ports:
            if not isinstance(port, Port):
                example = shown(port) if isinstance(port, int) else "…"
                raise bad("ServiceSpec.extra_ports", "not a Port", port, f"write Port({example})")
        for service in self.extra_services:
            made_by("ServiceSpec.extra_services", service, Service)
            if service.name is None and not service.shared:
                raise SpecError("ServiceSpec.extra_services: each further Service needs a name, got none; set name=…")
        if isinstance(self.service, HeadlessService):
            for port in self.ports:
                if port.offered != port.number:
                    raise bad("ServiceSpec.port", f"a headless Service cannot translate ports, and callers connect to {port.number} "
                              "directly", port.offered, "leave service_port out")  # fmt: skip
        if not any(port.exposed for port in self.ports):
            raise SpecError(
                "ServiceSpec.port: no port is exposed, so no caller could reach it; write a WorkerSpec instead"
            )
        self._check_node_ports()

    def _check_exposure(self) -> None:
        if isinstance(self.exposure, list | tuple):
            object.__setattr__(self, "exposure", tuple(self.exposure))
        elif self.exposure is not None:
            made_by("ServiceSpec.exposure", self.exposure, Exposure)
        for exposure in self.exposures:
            made_by("ServiceSpec.exposure", exposure, Exposure)

    def _check_node_ports(self) -> None:
        """Refuse a node port without a Service that has node ports."""
        outside = any(isinstance(each, LoadBalancer | NodePort) for each in self.services)
        for port in self.ports:
            if port.node_port is not None and not outside:
                what = "node_port has no effect, because no Service is a NodePort or a LoadBalancer"
                raise bad("ServiceSpec.port", what, port.node_port, "set service=NodePort(), or leave it out")

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

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every container port."""
        return self.container_ports
