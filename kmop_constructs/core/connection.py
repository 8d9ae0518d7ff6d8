"""A connection as it was written: who is called, how, and what may be asked there. Whoever reads it lowers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.cluster import Peer, cidrs
from kmop_constructs.values.names import (
    dns_label,
    flag,
    hostname,
    label_map,
    made_by,
    one_of,
    service_name,
    several,
    url_path,
)
from kmop_constructs.values.ports import Protocol as Transport
from kmop_constructs.values.quantity import seconds, whole

__all__ = [
    "Connection",
    "Endpoint",
    "Request",
    "Resilience",
    "Speaks",
    "ToHost",
    "ToPeer",
    "ToPods",
    "ToService",
    "Transport",
]

Speaks: TypeAlias = Literal["http", "grpc", "tcp", "udp"]
"""What is spoken on a connection."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToService:
    """A Service of this app, found by name when the app is synthesized."""

    service: str = field(kw_only=False)
    """Name of the Service."""

    namespace: str | None = None
    """Its namespace. Default: the caller's own, and then it is in the caller's chart."""

    def __post_init__(self) -> None:
        service_name("ToService.service", self.service)
        if self.namespace is not None:
            dns_label("ToService.namespace", self.namespace)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToPods:
    """Pods that this app does not draw, behind a Service or not."""

    pod_labels: Mapping[str, str]
    """Their labels; empty for every pod of the namespace."""

    namespace: str | None = None
    """Their namespace. Default: the caller's own."""

    service: str | None = None
    """Name of the Service in front of them. Default: not known."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pod_labels", label_map("ToPods.pod_labels", self.pod_labels))
        if self.namespace is not None:
            dns_label("ToPods.namespace", self.namespace)
        if self.service is not None:
            service_name("ToPods.service", self.service)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToHost:
    """A host outside the cluster."""

    host: str = field(kw_only=False)
    """Host name."""

    cidrs: tuple[str, ...] = ()
    """The address ranges of the host. Default: public addresses; a host of a private network needs its ranges."""

    def __post_init__(self) -> None:
        hostname("ToHost.host", self.host)
        object.__setattr__(self, "cidrs", cidrs("ToHost.cidrs", self.cidrs))
        check_ranges("ToHost", self.host, self.cidrs)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToPeer:
    """A peer of the platform, or addresses."""

    peer: Peer = field(kw_only=False)
    """Who."""

    def __post_init__(self) -> None:
        made_by("ToPeer.peer", self.peer, Peer)


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


Endpoint: TypeAlias = ToService | ToPods | ToHost | ToPeer
"""Who is at the other end of a connection."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """An operation that a caller may ask for: an HTTP method and path, or a gRPC method as its path."""

    path: str = field(kw_only=False)
    """The path; ``*`` as its last part stands for everything below."""

    methods: tuple[str, ...] = ()
    """HTTP methods. Default: every method."""

    def __post_init__(self) -> None:
        url_path("Request.path", self.path)
        object.__setattr__(self, "methods", several("Request.methods", self.methods))
        for method in self.methods:
            if not isinstance(method, str) or not method.isalpha() or method != method.upper():
                raise bad("Request.methods", "not an HTTP method", method, "write it in capitals, such as 'GET'")


@dataclass(frozen=True, kw_only=True, slots=True)
class Resilience:
    """What is done when a connection fails, by whoever stands between the two: a mesh."""

    timeout: timedelta | None = None
    """How long one request may take. Default: no limit."""

    retries: int = 0
    """How often a request is tried again. Default: never."""

    def __post_init__(self) -> None:
        if self.timeout is not None:
            seconds("Resilience.timeout", self.timeout)
        whole("Resilience.retries", self.retries)
        if self.timeout is None and not self.retries:
            raise SpecError("Resilience: says nothing; set timeout or retries, or leave it out")


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """A connection that a workload opens, as its edge says it."""

    to: Endpoint
    """Who is at the other end."""

    port: int | None = None
    """The port: of a Service its Service port (of a headless one the container's), of pods a container port, else the port of
    the address. Default: every port; of a peer the ports that it says. A Service needs one."""

    speaks: Speaks = "tcp"
    """What is spoken. Default: TCP."""

    tls: bool = False
    """Whether the caller speaks TLS. Default: no."""

    path: str = ""
    """The path that the callers' URLs begin with. Default: none."""

    may: tuple[Request, ...] = ()
    """What the caller may ask for there. A provider of isolation that cannot hold callers to it refuses it. Default:
    everything."""

    resilience: Resilience | None = None
    """What is done when it fails. A provider that cannot do it refuses it. Default: nothing."""

    awaited: bool = False
    """The caller starts only when it is accepted. Default: it starts at once."""

    def __post_init__(self) -> None:
        made_by("Connection.to", self.to, ToService, ToPods, ToHost, ToPeer)
        if self.port is not None:
            whole("Connection.port", self.port, lowest=1, highest=65535)
        elif isinstance(self.to, ToService):
            raise SpecError(f"Connection.port: not set for the Service {self.to.service!r}; name one of its ports")
        one_of("Connection.speaks", self.speaks, Speaks)
        flag("Connection.tls", self.tls)
        if self.path != "":
            url_path("Connection.path", self.path)
        object.__setattr__(self, "may", several("Connection.may", self.may))
        for each in self.may:
            made_by("Connection.may", each, Request)
        made_by("Connection.resilience", self.resilience, Resilience, type(None))
        flag("Connection.awaited", self.awaited)

    @property
    def transport(self) -> Transport:
        """What it is in the words of a port."""
        return "UDP" if self.speaks == "udp" else "TCP"
