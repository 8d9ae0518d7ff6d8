"""The specs of a service and a worker: plain values that compare by content and need neither a cluster nor Node.js."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.spec import Exposure
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import made_by, one_or_several
from kmop_constructs.values.ports import Port, unserved
from kmop_constructs.values.service import HeadlessService, LoadBalancer, NodePort, Service
from kmop_constructs.values.workload import WorkloadSpec

__all__ = ["ServiceSpec", "WorkerSpec"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceSpec(WorkloadSpec):
    """A service that others call. Only image and port are required: ``ServiceSpec(image=Image("acme/web:1.4"), port=8080)``."""

    port: int | Port | Sequence[int | Port]
    """One port or several, the main one first. A number means HTTP; use `Port.grpc`, `Port.tcp` or `Port.udp` for another
    protocol."""

    service: Service | Sequence[Service] = Service()
    """One Service of the pods or several, the main one first: `Service`, `HeadlessService`, `LoadBalancer` or `NodePort`. Each
    further one needs a name of its own. Default: a ClusterIP Service with the name of the workload."""

    exposure: Exposure | Sequence[Exposure] | None = None
    """Routes from outside the cluster, one or several; with several, each needs its own name. Default: none, not reachable
    from outside."""

    def __post_init__(self) -> None:
        WorkloadSpec.__post_init__(self)
        for name in ("port", "service", "exposure"):
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
            if getattr(self, name) == ():
                raise SpecError(f"ServiceSpec.{name}: empty; write at least one, or leave it out")
        self._check_ports()
        for service in self._written_services:
            made_by("ServiceSpec.service", service, Service)
        for service in self._written_services[1:]:
            if service.name is None and not service.shared:
                raise SpecError("ServiceSpec.service: each further Service needs a name, got none; set name=…")
        for exposure in self.exposures:
            made_by("ServiceSpec.exposure", exposure, Exposure)
        if isinstance(self._written_services[0], HeadlessService):
            for port in self.ports:
                if port.offered != port.number:
                    raise bad("ServiceSpec.port", f"a headless Service cannot translate ports, and callers connect to {port.number} "
                              "directly", port.offered, "leave service_port out")  # fmt: skip
        if not any(port.exposed for port in self.ports):
            raise SpecError(
                "ServiceSpec.port: no port is exposed, so no caller could reach it; write a WorkerSpec instead"
            )
        self._check_node_ports()

    def _check_ports(self) -> None:
        """Turn numbers into ports, and refuse anything else."""
        ports: list[Port] = []
        for port in one_or_several(self.port):
            if not isinstance(port, int | Port) or isinstance(port, bool):
                raise bad("ServiceSpec.port", "not a port", port, "write a number, or Port.grpc(9090)")
            ports.append(Port(port) if isinstance(port, int) else port)
        object.__setattr__(self, "port", tuple(ports) if isinstance(self.port, tuple) else ports[0])

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
        return () if self.exposure is None else one_or_several(self.exposure)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port, the main one first."""
        return cast("tuple[Port, ...]", one_or_several(self.port))

    @property
    def services(self) -> tuple[Service, ...]:
        """Every Service, the main one first."""
        return self._written_services

    @property
    def _written_services(self) -> tuple[Service, ...]:
        return one_or_several(self.service)


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
