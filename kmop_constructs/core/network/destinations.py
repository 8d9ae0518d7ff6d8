"""Destination of a connection: the pods or addresses, and their port, behind a name and port of a caller's request."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.network.inventory import Backends, NetworkObjects, full_name
from kmop_constructs.core.network.policies import IpBlock, IpNetwork
from kmop_constructs.core.network.ranges import SPECIAL_RANGES
from kmop_constructs.core.network.workloads import NetworkPods, Service, ServicePort
from kmop_constructs.core.plain import PortProtocol
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.pods import within

__all__ = [
    "Destinations",
    "End",
    "Endpoint",
    "OutsideEnd",
    "ReachedPort",
    "address_blocks",
]

Endpoint = str | NetworkPods | ipaddress.IPv4Address | ipaddress.IPv6Address | IpNetwork
"""One end of a connection: a workload or its name, or an address or range outside of the cluster."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideEnd:
    """One end of a connection, outside of the cluster."""

    label: str
    """Name of the end in messages."""
    blocks: tuple[IpBlock, ...]
    """Address ranges of the end."""

    def __str__(self) -> str:
        return self.label


End = NetworkPods | OutsideEnd
"""One end of a connection, after its name was looked up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReachedPort:
    """A port at which a connection arrives."""

    end: End
    """Pods or addresses."""
    port: int
    """Port of the pods or addresses."""
    protocol: PortProtocol = "TCP"
    """Transport protocol. Default: TCP."""
    via: str = ""
    """Description of the Service that leads to the port, for messages. Default: empty, no Service."""


def address_blocks(field: str, cidrs: Iterable[str]) -> tuple[IpBlock, ...]:
    """Parse address ranges.

    Raises:
        SpecError: a text is not an address range.
    """
    blocks: list[IpBlock] = []
    for cidr in cidrs:
        try:
            blocks.append(IpBlock(cidr=ipaddress.ip_network(cidr)))
        except ValueError:
            raise bad(field, "is not an address range", cidr, "write one such as 10.244.0.0/16") from None
    return tuple(blocks)


EVERYWHERE: Final = address_blocks("everywhere", ("0.0.0.0/0", "::/0"))
"""All addresses."""

PUBLIC: Final = tuple(
    IpBlock(
        cidr=ipaddress.ip_network(cidr),
        excepts=tuple(ipaddress.ip_network(each) for each in SPECIAL_RANGES if within(each, cidr)),
    )
    for cidr in ("0.0.0.0/0", "2000::/3")
)
"""Addresses that a host on the internet may have."""


class Destinations:
    """Lookup of names and ports in an inventory."""

    def __init__(self, inventory: NetworkObjects) -> None:
        self._all = inventory

    def source(self, source: Endpoint, field: str = "source") -> End:
        """Return the source of a connection.

        Raises:
            SpecError: the name is unknown or ambiguous, or only a Service has it.
        """
        found = self._addresses(source)
        return found or (source if isinstance(source, NetworkPods) else self.workload(str(source), field))

    def workload(self, name: str, field: str) -> NetworkPods:
        """Return a workload by name.

        Raises:
            SpecError: the name is unknown or ambiguous, or only a Service has it.
        """
        named = self._all.look_up(name, field)
        if named.workload is None:
            pods = ", ".join(full_name(item) for item in self._all.behind(named.service)) if named.service else ""
            raise bad(
                field, "is a Service, not a workload", name, f"write {pods}" if pods else "write a workload's name"
            )
        return named.workload

    def ends(self, destination: Endpoint) -> tuple[End, ...]:
        """Return all workloads and addresses of a destination.

        Raises:
            SpecError: the name is unknown or ambiguous, or it is a Service that selects no pods.
        """
        callee = self._callee(destination)
        if isinstance(callee, OutsideEnd):
            return (callee,)
        ends: list[End] = [callee.workload] if callee.workload else []
        if callee.service:
            followed = self._followed(callee.service)
            found = (followed,) if isinstance(followed, OutsideEnd) else self._all.behind(followed)
            ends += found
            if not ends:
                raise leads_nowhere(callee.service)
        return tuple(ends)

    def targets(self, destination: Endpoint, port: int | str, protocol: PortProtocol | None) -> tuple[ReachedPort, ...]:
        """Return the targets of a connection to a port of a destination.

        Raises:
            SpecError: the name is unknown or ambiguous, or it has no such port or no pods.
        """
        callee = self._callee(destination)
        if isinstance(callee, OutsideEnd):
            return (outside(callee, port, protocol or "TCP"),)
        service, workload = callee.service, callee.workload
        found = self._through(service, port, protocol) if service else ()
        if found:
            return found
        if workload and isinstance(port, int):
            return (ReachedPort(end=workload, port=port, protocol=protocol or "TCP"),)
        if workload and isinstance(port, str) and (declared := workload.named_port(port, protocol)):
            return (ReachedPort(end=workload, port=declared.number, protocol=declared.protocol),)
        ports = [*(service.ports if service else ()), *(workload.ports if workload else ())]
        shown = ", ".join(dict.fromkeys(map(str, ports))) or "none"
        wanted = f"{protocol} {port}" if protocol else port
        raise bad("port", f"{callee} has no such port", wanted, f"write one of its ports: {shown}")

    def _through(self, service: Service, port: int | str, protocol: PortProtocol | None) -> tuple[ReachedPort, ...]:
        """Return the targets of a connection through a Service. Empty if the Service has no such port."""
        followed = self._followed(service)
        if isinstance(followed, OutsideEnd):
            return outside_targets(service, followed, port, protocol)
        entry = service_port(followed, port, protocol)
        if followed.headless and isinstance(port, int):
            return self._headless_targets(followed, port, protocol or "TCP")
        return self._service_targets(service, followed, entry) if entry else ()

    def _addresses(self, endpoint: Endpoint) -> OutsideEnd | None:
        """Parse an address or range as one end of a connection. None if it is not an address."""
        if isinstance(endpoint, NetworkPods):
            return None
        try:
            network = ipaddress.ip_network(endpoint, strict=False)
        except ValueError:
            return None
        return OutsideEnd(label=str(endpoint), blocks=(IpBlock(cidr=network),))

    def _callee(self, destination: Endpoint) -> OutsideEnd | Backends:
        if isinstance(destination, NetworkPods):
            return Backends(workload=destination)
        return self._addresses(destination) or self._all.look_up(str(destination), "destination")

    def _followed(self, service: Service) -> Service | OutsideEnd:
        """Return the Service behind an ExternalName, or the addresses of a Service that selects no pods."""
        seen: set[str] = set()
        while service.external_name is not None:
            name, _, rest = service.external_name.rstrip(".").partition(".")
            namespace, _, zone = rest.partition(".")
            inside = self._all.service(name, namespace) if zone == "svc" or zone.startswith("svc.") else None
            if inside is None:
                return OutsideEnd(label=f"{service.external_name} (address unknown)", blocks=PUBLIC)
            if str(inside) in seen:
                raise bad(f"Service {service}", "leads back to itself", service.external_name, "use another host name")
            seen.add(str(inside))
            service = inside
        if not service.selector:
            return OutsideEnd(label=f"what Service {service} leads to (addresses unknown)", blocks=EVERYWHERE)
        return service

    def _service_targets(self, called: Service, service: Service, entry: ServicePort) -> tuple[ReachedPort, ...]:
        """Return the pods behind a port of a Service. Pods without the named port are not backends."""
        pods = self._all.behind(service)
        targets: list[ReachedPort] = []
        for pod in pods:
            number = entry.target
            if isinstance(number, str):
                declared = pod.named_port(number, entry.protocol)
                number = declared.number if declared else 0
            if number:
                via = f"Service {called} port {entry.number} leads to {entry.protocol} {number} of {pod}"
                targets.append(ReachedPort(end=pod, port=number, protocol=entry.protocol, via=via))
        if pods and not targets:
            what = f"no pod behind port {entry.number} has a {entry.protocol} port with this name"
            raise bad(f"Service {service}", what, entry.target, "declare the port on a container")
        if not targets:
            raise leads_nowhere(service)
        return tuple(targets)

    def _headless_targets(self, service: Service, port: int, protocol: PortProtocol) -> tuple[ReachedPort, ...]:
        """Return the pods of a headless Service. Its name resolves to their addresses, so a number is a port of the pods."""
        via = f"headless Service {service} leads to {protocol} {port} of"
        pods = self._all.behind(service)
        if not pods:
            raise leads_nowhere(service)
        return tuple(ReachedPort(end=pod, port=port, protocol=protocol, via=f"{via} {pod}") for pod in pods)


def outside(addresses: OutsideEnd, port: int | str, protocol: PortProtocol) -> ReachedPort:
    """Return a port of addresses outside of the cluster."""
    if isinstance(port, str):
        raise bad("port", f"{addresses} is outside of the cluster, where ports have no names", port, "write a number")
    return ReachedPort(end=addresses, port=port, protocol=protocol)


def outside_targets(
    service: Service, addresses: OutsideEnd, port: int | str, protocol: PortProtocol | None
) -> tuple[ReachedPort, ...]:
    """Return the targets of a connection through a Service without pods. An ExternalName does not translate port numbers."""
    entry = service_port(service, port, protocol)
    if service.external_name is not None and (entry is None or isinstance(port, int)):
        return (outside(addresses, port, protocol or "TCP"),)
    if entry is None:
        return ()
    translated = service.external_name is None and isinstance(entry.target, int)
    return (outside(addresses, entry.target if translated else entry.number, entry.protocol),)


def service_port(service: Service, port: int | str, protocol: PortProtocol | None) -> ServicePort | None:
    """Return a port of a Service by name, or by number and protocol (default: TCP). None if there is none."""
    for entry in service.ports:
        if isinstance(port, str):
            if entry.name == port and protocol in (None, entry.protocol):
                return entry
        elif entry.number == port and entry.protocol == (protocol or "TCP"):
            return entry
    return None


def leads_nowhere(service: Service) -> SpecError:
    """Return the error for a Service without known pods."""
    labels = ", ".join(f"{key}={value}" for key, value in service.selector.items())
    do = "correct the selector, or pass the pods that an operator creates as workloads"
    return bad(f"Service {service}", "selects no pods", labels, do)
