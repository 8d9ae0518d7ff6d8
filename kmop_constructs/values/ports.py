"""Ports: what a container listens on and how a Service offers it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from kmop_constructs.errors import bad
from kmop_constructs.values.names import flag, made_by, one_of, port_name, several, text
from kmop_constructs.values.quantity import whole

__all__ = ["Port", "Protocol"]

Protocol = Literal["TCP", "UDP", "SCTP"]
Speaks = Literal["http", "grpc", "tcp"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Port:
    """A port that a container listens on: ``Port(8080)``, ``Port.grpc(9090)``, ``Port.tcp(6379)``, ``Port.udp(53)``."""

    number: int = field(kw_only=False)
    """The container's port, 1 to 65535."""

    name: str | None = None
    """Its name in the pod and in the Service. Default: what it speaks (``http``, ``grpc``), else its protocol
    in lower case; with several ports of one sort, followed by ``-`` and the number."""

    service_port: int | None = None
    """The port of the Service that leads here. Default: the same number."""

    protocol: Protocol = "TCP"
    """The transport. Default: TCP."""

    speaks: Speaks = "http"
    """What is spoken on it: decides the default probe and the form of the address that callers get. Default: http."""

    app_protocol: str | None = None
    """``appProtocol`` of the Service's port, such as ``kubernetes.io/h2c``. Default: left out."""

    node_port: int | None = None
    """The port on every node, for Services of type NodePort and LoadBalancer. Default: chosen by the cluster."""

    exposed: bool = True
    """Whether the Service offers it. Default: yes; ``False`` for ports that only probes use."""

    def __post_init__(self) -> None:
        whole("Port", self.number, lowest=1, highest=65535)
        if self.name is not None:
            port_name("Port.name", self.name)
        if self.service_port is not None:
            whole("Port.service_port", self.service_port, lowest=1, highest=65535)
        if self.node_port is not None:
            whole("Port.node_port", self.node_port, lowest=1, highest=65535)
        one_of("Port.protocol", self.protocol, Protocol)
        one_of("Port.speaks", self.speaks, Speaks)
        if self.app_protocol is not None:
            text("Port.app_protocol", self.app_protocol)
        flag("Port.exposed", self.exposed)
        for said in ("service_port", "node_port", "app_protocol"):
            if not self.exposed and getattr(self, said) is not None:
                what = "given for a port that no Service offers (exposed=False)"
                raise bad(f"Port.{said}", what, getattr(self, said), "leave it out, or leave out exposed=False")
        if self.protocol != "TCP" and self.speaks != "tcp":
            object.__setattr__(self, "speaks", "tcp")

    @staticmethod
    def grpc(
        number: int, *, name: str | None = None, service_port: int | None = None, app_protocol: str | None = None
    ) -> Port:
        """A gRPC port: its probes use the gRPC health protocol."""
        return Port(number, name=name, service_port=service_port, speaks="grpc", app_protocol=app_protocol)

    @staticmethod
    def tcp(
        number: int, *, name: str | None = None, service_port: int | None = None, app_protocol: str | None = None
    ) -> Port:
        """A port of which only TCP is known."""
        return Port(number, name=name, service_port=service_port, speaks="tcp", app_protocol=app_protocol)

    @staticmethod
    def udp(
        number: int, *, name: str | None = None, service_port: int | None = None, app_protocol: str | None = None
    ) -> Port:
        """A UDP port."""
        return Port(
            number, name=name, service_port=service_port, protocol="UDP", speaks="tcp", app_protocol=app_protocol
        )

    @property
    def offered(self) -> int:
        """The number under which a Service offers it."""
        return self.number if self.service_port is None else self.service_port


def unserved(where: str, ports: Iterable[Port]) -> tuple[Port, ...]:
    """A tuple of ports in front of which no Service stands: what only a Service knows would change nothing."""
    checked = several(where, ports)
    for port in checked:
        made_by(where, port, Port)
        for name in ("service_port", "node_port", "app_protocol"):
            if getattr(port, name) is not None:
                what = f"{name} of the port {port.number}, which no Service offers"
                raise bad(where, what, getattr(port, name), "leave it out")
        if not port.exposed:
            what = f"exposed of the port {port.number}, which no Service offers anyway"
            raise bad(where, what, port.exposed, "leave it out")
    return checked
