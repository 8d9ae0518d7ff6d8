"""Ports: the container's port, and how a Service offers it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Literal

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.values.names import dns_label, flag, made_by, one_of, port_name, several, text
from kmop_constructs.values.quantity import whole

__all__ = ["Port", "Protocol"]

Protocol = Literal["TCP", "UDP", "SCTP"]
Speaks = Literal["http", "grpc", "tcp"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Port:
    """A port that a container listens on: ``Port(8080)``, ``Port.grpc(9090)``, ``Port.tcp(6379)``, ``Port.udp(53)``."""

    number: int = field(kw_only=False)
    """Port number of the container, from 1 to 65535."""

    name: str | None = None
    """Name of the port in the pod, at most 15 characters, and in the Service. Default: the value of `speaks` (``http``, ``grpc``), else the
    protocol in lower case; with TLS ``https``, ``grpcs`` or ``tls``, because Istio reads the protocol from the name
    (https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/). If several ports have the same default, ``-`` and the number follow."""

    service_port: int | None = None
    """Port number of the Service for this container port, from 1 to 65535. Default: `number`."""

    service_port_name: str | None = None
    """Name of the port in the Services, at most 63 characters; set it to keep the port name of an existing Service.
    Default: the name of the port in the pod."""

    protocol: Protocol = "TCP"
    """Transport protocol: ``TCP``, ``UDP`` or ``SCTP``. Default: ``TCP``."""

    speaks: Speaks = "http"
    """Application protocol: ``http``, ``grpc`` or ``tcp``. It decides the default probe and the form of the address that
    callers get. Default: ``http``; always ``tcp`` for UDP and SCTP."""

    tls: bool = False
    """Whether the process speaks TLS on the port. Callers then get an ``https`` address and the authority, checks of health
    over HTTP use HTTPS, and gateways verify the certificate (`ServiceCertificate`). Default: false."""

    client_certificates: bool = False
    """Whether the process requires a certificate of each client (mutual TLS). Each caller of this app then needs one
    (`ServiceCertificate`), and checks of health on the port are over TCP, because the kubelet has no certificate. Needs
    `tls`. Default: false."""

    app_protocol: str | None = None
    """``appProtocol`` of the Service's port, such as ``kubernetes.io/h2c``. Default: not set."""

    node_port: int | None = None
    """Port on every node, for Services of type NodePort and LoadBalancer. Default: chosen by the cluster."""

    host_port: int | None = None
    """Port of the node that leads to the container port (``hostPort``), from 1 to 65535, only for a `NodeAgent`. Only
    namespaces of the Pod Security level *privileged* admit it. Default: none."""

    container: str | None = None
    """Name of the sidecar that listens on the port, such as an exporter or a proxy. Default: the app's own container."""

    exposed: bool = True
    """Whether the Service offers the port. Default: true; use ``False`` for ports that only probes or metrics use."""

    def __post_init__(self) -> None:
        whole("Port", self.number, lowest=1, highest=65535)
        if self.name is not None:
            port_name("Port.name", self.name)
        if self.service_port is not None:
            whole("Port.service_port", self.service_port, lowest=1, highest=65535)
        if self.node_port is not None:
            whole("Port.node_port", self.node_port, lowest=1, highest=65535)
        if self.host_port is not None:
            whole("Port.host_port", self.host_port, lowest=1, highest=65535)
        if self.container is not None:
            dns_label("Port.container", self.container)
        one_of("Port.protocol", self.protocol, Protocol)
        one_of("Port.speaks", self.speaks, Speaks)
        if self.app_protocol is not None:
            text("Port.app_protocol", self.app_protocol)
        self._check_tls()
        if self.service_port_name is not None:
            dns_label("Port.service_port_name", self.service_port_name)
        for said in ("service_port", "service_port_name", "node_port", "app_protocol"):
            if not self.exposed and getattr(self, said) is not None:
                what = "set on a port that no Service offers (exposed=False)"
                raise bad(f"Port.{said}", what, getattr(self, said), "remove it, or remove exposed=False")
        if self.protocol != "TCP" and self.speaks != "tcp":
            object.__setattr__(self, "speaks", "tcp")

    def _check_tls(self) -> None:
        for said in ("exposed", "tls", "client_certificates"):
            flag(f"Port.{said}", getattr(self, said))
        if self.tls and self.protocol != "TCP":
            raise bad("Port.tls", "TLS needs TCP", self.protocol, "leave tls out: for DTLS and QUIC there is no field")
        if self.client_certificates and not self.tls:
            what = "set on a port without TLS"
            raise bad("Port.client_certificates", what, True, "add tls=True, or leave it out")

    @staticmethod
    def grpc(
        number: int,
        *,
        name: str | None = None,
        service_port: int | None = None,
        app_protocol: str | None = None,
        tls: bool = False,
        client_certificates: bool = False,
    ) -> Port:
        """Return a gRPC port. Its probes use the gRPC health protocol; with `tls` TCP, because that probe has no TLS."""
        return Port(
            number,
            name=name,
            service_port=service_port,
            speaks="grpc",
            app_protocol=app_protocol,
            tls=tls,
            client_certificates=client_certificates,
        )

    @staticmethod
    def tcp(
        number: int,
        *,
        name: str | None = None,
        service_port: int | None = None,
        app_protocol: str | None = None,
        tls: bool = False,
        client_certificates: bool = False,
    ) -> Port:
        """Return a TCP port with an unknown application protocol."""
        return Port(
            number,
            name=name,
            service_port=service_port,
            speaks="tcp",
            app_protocol=app_protocol,
            tls=tls,
            client_certificates=client_certificates,
        )

    @staticmethod
    def udp(
        number: int, *, name: str | None = None, service_port: int | None = None, app_protocol: str | None = None
    ) -> Port:
        """Return a UDP port."""
        return Port(
            number, name=name, service_port=service_port, protocol="UDP", speaks="tcp", app_protocol=app_protocol
        )

    @property
    def offered(self) -> int:
        """Port number under which a Service offers this port."""
        return self.number if self.service_port is None else self.service_port


def unserved(where: str, ports: Iterable[Port]) -> tuple[Port, ...]:
    """Check ports of a workload without a Service. Fields that only a Service uses are an error."""
    checked = several(where, ports)
    for port in checked:
        made_by(where, port, Port)
        for name in ("service_port", "service_port_name", "node_port", "app_protocol"):
            if getattr(port, name) is not None:
                what = f"port {port.number} sets {name}, but no Service offers the port"
                raise bad(where, what, getattr(port, name), "remove it")
        if not port.exposed:
            what = f"port {port.number} sets exposed, but no Service offers the port"
            raise bad(where, what, port.exposed, "remove it")
    return checked
