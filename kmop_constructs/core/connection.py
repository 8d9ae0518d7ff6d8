"""A connection as written in an edge: callee, port, protocol, allowed requests. Providers of isolation draw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import timedelta
from types import NoneType
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import (
    dns_label,
    flag,
    hostname,
    made_by,
    one_of,
    service_name,
    several,
    url_path,
)
from kmop_constructs.values.pods import Addresses, Pods, cidrs
from kmop_constructs.values.ports import Protocol as Transport
from kmop_constructs.values.quantity import seconds, whole

__all__ = [
    "Connection",
    "Endpoint",
    "Request",
    "Resilience",
    "Speaks",
    "ToHost",
    "ToNode",
    "ToService",
    "Transport",
]

Speaks: TypeAlias = Literal["http", "grpc", "tcp", "udp"]
"""Application protocol of a connection."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToService:
    """A Service: one of this app, found by name when the app is synthesized, or one from outside it, with its pods."""

    service: str = field(kw_only=False)
    """Name of the Service."""

    namespace: str | None = None
    """Namespace of the Service. Default: the caller's namespace; the Service must then be in the caller's chart."""

    pods: Pods | None = None
    """Pods of a Service from outside this app. Default: none, the Service is one of this app."""

    def __post_init__(self) -> None:
        service_name("ToService.service", self.service)
        made_by("ToService.pods", self.pods, Pods, NoneType)
        if self.namespace is not None:
            dns_label("ToService.namespace", self.namespace)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToNode:
    """The pod of a `NodeAgent` of this app on the caller's own node, by the address of that node."""

    agent: str = field(kw_only=False)
    """Name of the agent."""

    namespace: str | None = None
    """Namespace of the agent. Default: the caller's namespace; the agent must then be in the caller's chart."""

    def __post_init__(self) -> None:
        dns_label("ToNode.agent", self.agent)
        if self.namespace is not None:
            dns_label("ToNode.namespace", self.namespace)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToHost:
    """A host outside the cluster."""

    host: str = field(kw_only=False)
    """Host name."""

    cidrs: tuple[str, ...] = ()
    """Address ranges of the host. Default: none; every public address is opened. A host of a private network needs its ranges."""

    def __post_init__(self) -> None:
        hostname("ToHost.host", self.host)
        object.__setattr__(self, "cidrs", cidrs("ToHost.cidrs", self.cidrs))
        check_ranges("ToHost", self.host, self.cidrs)


_PRIVATE = (
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "private",
    "svc",
)
"""Domains of private networks (https://www.rfc-editor.org/rfc/rfc6762#appendix-G, https://www.rfc-editor.org/rfc/rfc8375,
https://www.icann.org/en/board-activities-and-meetings/materials/approved-resolutions-special-meeting-of-the-icann-board-29-07-2024-en)."""


def check_ranges(where: str, host: str, ranges: tuple[str, ...]) -> None:
    """Refuse a host of a private network without its address ranges: public addresses would be opened, and not the host's.

    Raises `SpecError`.
    """
    if ranges:
        return
    if "." not in host:
        hint = "write ServiceRef or ExistingService for a Service of the cluster, or the address ranges: cidrs=('10.20.0.0/24',)"
        raise bad(where, "a name without a domain, which no public resolver knows", host, hint)
    if host.rstrip(".").lower().endswith(tuple(f".{domain}" for domain in _PRIVATE)):
        raise bad(where, "a name of a private network, whose addresses are not known", host,
                  "write its address ranges: cidrs=('10.20.0.0/24',)")  # fmt: skip


Endpoint: TypeAlias = ToService | ToNode | ToHost | Pods | Addresses
"""Other end of a connection."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """An operation that a caller may request: HTTP methods and a path, or a gRPC method as the path."""

    path: str = field(kw_only=False)
    """Path of the request, with a leading slash. ``*`` as the last part matches every path below."""

    methods: tuple[str, ...] = ()
    """HTTP methods in capitals. Default: every method."""

    def __post_init__(self) -> None:
        url_path("Request.path", self.path)
        object.__setattr__(self, "methods", several("Request.methods", self.methods))
        for method in self.methods:
            if not isinstance(method, str) or not method.isalpha() or method != method.upper():
                raise bad("Request.methods", "not an HTTP method", method, "write it in capitals, such as 'GET'")


@dataclass(frozen=True, kw_only=True, slots=True)
class Resilience:
    """Handling of failed requests by a service mesh between caller and callee. At least one field is needed."""

    timeout: timedelta | None = None
    """Longest time for one request, in whole seconds, at least 1. Default: no limit."""

    retries: int = 0
    """Number of retries of a failed request, from 0. Default: 0."""

    def __post_init__(self) -> None:
        if self.timeout is not None:
            seconds("Resilience.timeout", self.timeout)
        whole("Resilience.retries", self.retries)
        if self.timeout is None and not self.retries:
            raise SpecError("Resilience: timeout and retries are not set; set one of them, or leave it out")


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """A connection that a workload opens, as written in its edge."""

    to: Endpoint
    """Callee."""

    port: int | None = None
    """Port number. For a Service of this app: the Service port, or the container port if it is headless. For pods: the
    container port. For a node or host: its port. Default: not set, the ports of the pods or addresses, or every port. A
    Service needs a port."""

    speaks: Speaks = "tcp"
    """Application protocol. Default: ``tcp``."""

    tls: bool = False
    """Whether the caller uses TLS. Default: false."""

    path: str = ""
    """Common prefix of the paths that the caller requests. Default: none."""

    may: tuple[Request, ...] = ()
    """Requests that the caller may make. A provider of isolation that cannot enforce them gives an error. Default: none,
    every request is allowed."""

    resilience: Resilience | None = None
    """Timeout and retries of requests. A provider that does not support them gives an error. Default: none."""

    awaited: bool = False
    """Whether the start of the caller waits until the callee accepts this connection, see `Call.before_start`. Default:
    false, the caller starts at once."""

    presents: bool = False
    """Whether the edge itself gives the caller a certificate for the callee, beside that of its workload. Default: false."""

    def __post_init__(self) -> None:
        made_by("Connection.to", self.to, ToService, ToNode, ToHost, Pods, Addresses)
        if self.port is not None:
            whole("Connection.port", self.port, lowest=1, highest=65535)
        elif isinstance(self.to, ToService):
            raise SpecError(f"Connection.port: not set for the Service {self.to.service!r}; set one of its ports")
        elif isinstance(self.to, ToNode):
            raise SpecError(
                f"Connection.port: not set for the agent {self.to.agent!r}; set one of its ports on the node"
            )
        if isinstance(self.to, Pods | Addresses):
            _check_peer_ports(self.to.ports, self.port)
        one_of("Connection.speaks", self.speaks, Speaks)
        flag("Connection.tls", self.tls)
        if self.path != "":
            url_path("Connection.path", self.path)
        object.__setattr__(self, "may", several("Connection.may", self.may))
        for each in self.may:
            made_by("Connection.may", each, Request)
        made_by("Connection.resilience", self.resilience, Resilience, NoneType)
        flag("Connection.awaited", self.awaited)
        flag("Connection.presents", self.presents)

    @property
    def transport(self) -> Transport:
        """Transport protocol: ``UDP`` for ``udp``, else ``TCP``."""
        return "UDP" if self.speaks == "udp" else "TCP"


def _check_peer_ports(ports: Sequence[int | str], port: int | None) -> None:
    """Refuse ports of a callee that would be ignored: without any port, a policy opens all of them."""
    for each in ports:
        if isinstance(each, str):
            what = "a port by name, which is only known where the pods are declared"
            raise bad("Connection.to", what, each, "write its number")
    if port is not None and ports and port not in ports:
        what = f"not one of the ports of the callee, {', '.join(map(str, ports))}"
        raise bad("Connection.port", what, port, "use one of them, or leave the ports of the callee out")
