"""The specs of a service and a worker: plain values that compare by content and need neither a cluster nor Node.js."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.spec import Exposure
from kmop_constructs.components.api_gateway.streams import Stream, check_streams
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import made_by, one_or_several, several
from kmop_constructs.values.ports import Port, unserved
from kmop_constructs.values.service import HeadlessService, LoadBalancer, NodePort, Service
from kmop_constructs.values.workload import WorkloadSpec

__all__ = ["ServedSpec", "ServiceSpec", "WorkerSpec", "settle_services"]


class ServedSpec(Protocol):
    """A spec with ports that Services offer."""

    @property
    def port(self) -> int | Port | Sequence[int | Port] | None:
        """One port or several."""
        ...

    @property
    def service(self) -> Service | Sequence[Service]:
        """One Service or several."""
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
    """Check the ports and Services of a spec, and set numbers as `Port`s. `needs_port` refuses a spec without a port."""
    for name in ("port", "service"):
        if isinstance(getattr(spec, name), list):
            object.__setattr__(spec, name, tuple(getattr(spec, name)))
        if getattr(spec, name) == ():
            raise SpecError(f"{where}.{name}: empty; write at least one")
    if needs_port or spec.port is not None:
        _settle_ports(where, spec)
    main, *more = one_or_several(spec.service)
    for service in (main, *more):
        made_by(f"{where}.service", service, Service)
    for service in more:
        if service.name is None and not service.shared:
            raise SpecError(f"{where}.service: each further Service needs a name, got none; set name=…")
    for port in spec.ports:
        spec.check_port(f"{where}.port", port)
        if isinstance(main, HeadlessService) and port.offered != port.number:
            raise bad(f"{where}.port", f"a headless Service cannot translate ports, and callers connect to {port.number} "
                      "directly", port.offered, "leave service_port out")  # fmt: skip
    _check_node_ports(where, spec)
    exposed = [port for port in spec.ports if port.exposed]
    for service in (main, *more):
        if isinstance(service, LoadBalancer | NodePort) and service.port == () and len(exposed) > 1:
            kind = type(service).__name__
            raise SpecError(f"{where}.service: {kind} would open {len(exposed)} ports to clients outside the cluster; name those "
                            f"that it offers: {kind}(port={exposed[0].number})")  # fmt: skip


def _settle_ports(where: str, spec: ServedSpec) -> None:
    ports: list[Port] = []
    for port in one_or_several(spec.port):
        if not isinstance(port, int | Port) or isinstance(port, bool):
            raise bad(f"{where}.port", "not a port", port, "write a number, or Port.grpc(9090)")
        ports.append(Port(port) if isinstance(port, int) else port)
    object.__setattr__(spec, "port", tuple(ports) if isinstance(spec.port, tuple) else ports[0])


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

    port: int | Port | Sequence[int | Port]
    """One port or several, the main one first. A number means HTTP; use `Port.grpc`, `Port.tcp` or `Port.udp` for another
    protocol."""

    service: Service | Sequence[Service] = Service()
    """One Service of the pods or several, the main one first: `Service`, `HeadlessService`, `LoadBalancer` or `NodePort`. Each
    further one needs a name of its own. Default: a ClusterIP Service with the name of the workload."""

    exposure: Exposure | Sequence[Exposure] | None = None
    """Routes from outside the cluster, one or several; with several, each needs its own name. Default: none, not reachable
    from outside."""

    streams: tuple[Stream, ...] = ()
    """Routes from outside the cluster besides HTTP, by the same gateway: `TcpExposure`, `TlsPassthrough`, `UdpExposure`.
    Default: none."""

    def __post_init__(self) -> None:
        WorkloadSpec.__post_init__(self)
        if isinstance(self.exposure, list):
            object.__setattr__(self, "exposure", tuple(self.exposure))
        settle_services("ServiceSpec", self)
        for exposure in self.exposures:
            made_by("ServiceSpec.exposure", exposure, Exposure)
        object.__setattr__(self, "streams", several("ServiceSpec.streams", self.streams))
        check_streams("ServiceSpec.streams", self.streams)
        if not any(port.exposed for port in self.ports):
            raise SpecError(
                "ServiceSpec.port: no port is exposed, so no caller could reach it; write a WorkerSpec instead"
            )

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
        for port in self.container_ports:
            self.check_port("WorkerSpec.container_ports", port)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every container port."""
        return self.container_ports
