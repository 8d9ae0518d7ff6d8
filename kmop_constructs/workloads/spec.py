"""What is asked of a service or worker: plain values, comparable, without a cluster and without Node."""

from __future__ import annotations

from dataclasses import dataclass

from kmop_constructs.components.api_gateway.spec import Exposure
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import made_by, several
from kmop_constructs.values.ports import Port, unserved
from kmop_constructs.values.service import HeadlessService, LoadBalancer, NodePort, Service
from kmop_constructs.values.workload import WorkloadSpec

__all__ = ["ServiceSpec", "WorkerSpec"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceSpec(WorkloadSpec):
    """A service that others call. Image and port are enough: ``ServiceSpec(image=Image("acme/web:1.4"), port=8080)``."""

    port: int | Port
    """The main port. A number speaks HTTP; `Port.grpc`, `Port.tcp` and `Port.udp` say otherwise."""

    extra_ports: tuple[Port, ...] = ()
    """Further ports. Default: none."""

    service: Service = Service()
    """The Service in front of it: `Service`, `HeadlessService`, `LoadBalancer` or `NodePort`. Default: ClusterIP,
    named like the workload."""

    extra_services: tuple[Service, ...] = ()
    """Further Services on the same pods, each with a name of its own. Default: none."""

    exposure: Exposure | tuple[Exposure, ...] | None = None
    """How requests from outside the cluster reach it; several routes need a name each. Default: not at all."""

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
                example = repr(port) if isinstance(port, int) else "…"
                raise bad("ServiceSpec.extra_ports", "not a Port", port, f"write Port({example})")
        for service in self.extra_services:
            made_by("ServiceSpec.extra_services", service, Service)
            if service.name is None and not service.shared:
                raise SpecError("ServiceSpec.extra_services: a second Service needs a name of its own; give it name=…")
        if isinstance(self.service, HeadlessService):
            for port in self.ports:
                if port.offered != port.number:
                    raise bad("ServiceSpec.port", f"the Service is headless, so that callers connect to {port.number}, and "
                              "no port can be translated", port.offered, "leave service_port out")  # fmt: skip
        if not any(port.exposed for port in self.ports):
            raise SpecError("ServiceSpec.port: no port is exposed, so nobody could call it; write a WorkerSpec instead")
        self._check_node_ports()

    def _check_exposure(self) -> None:
        if isinstance(self.exposure, list | tuple):
            object.__setattr__(self, "exposure", tuple(self.exposure))
        elif self.exposure is not None:
            made_by("ServiceSpec.exposure", self.exposure, Exposure)
        for exposure in self.exposures:
            made_by("ServiceSpec.exposure", exposure, Exposure)

    def _check_node_ports(self) -> None:
        """A port of the nodes needs a Service that has some."""
        outside = any(isinstance(each, LoadBalancer | NodePort) for each in self.services)
        for port in self.ports:
            if port.node_port is not None and not outside:
                what = "node_port changes nothing, because no Service is a NodePort or a LoadBalancer"
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
    """A workload that nobody calls: no Service, and therefore nothing to expose."""

    container_ports: tuple[Port, ...] = ()
    """Ports that its container listens on all the same, such as one for metrics. Default: none."""

    def __post_init__(self) -> None:
        WorkloadSpec.__post_init__(self)
        object.__setattr__(self, "container_ports", unserved("WorkerSpec.container_ports", self.container_ports))

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every container port."""
        return self.container_ports
