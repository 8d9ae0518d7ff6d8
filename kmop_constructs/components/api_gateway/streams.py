"""What a gateway passes on besides HTTP: a TCP port, TLS that it does not end, a UDP port."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_subdomain, frozen, hostname, made_by, mapping, text, texts
from kmop_constructs.values.pods import cidrs
from kmop_constructs.values.quantity import whole

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

__all__ = [
    "STREAMS",
    "Protocol",
    "Stream",
    "TcpExposure",
    "TlsPassthrough",
    "UdpExposure",
    "check_streams",
    "listener_key",
    "listener_names",
    "settled_streams",
]

Protocol: TypeAlias = Literal["TCP", "TLS", "UDP"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TcpExposure:
    """A listener of the gateway whose TCP connections lead to a port of the service: ``TcpExposure("amqp", listener=5672)``.

    The gateway reads nothing of them, so a listener leads to one service, and there are no hosts, paths or logins.
    """

    port: int | str | None = field(kw_only=False, default=None)
    """Port of the service, by number or name; its protocol is TCP. Default: the main port."""

    listener: int
    """Port on which the gateway listens, from 1 to 65535."""

    name: str | None = None
    """Name of the route's object. Default: the names of the service and of its port, ``mq-amqp``."""

    allow_from: tuple[str, ...] = ()
    """Client address ranges (CIDR) that are allowed, as the gateway sees the addresses. Default: all."""

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "allow_from", cidrs("TcpExposure.allow_from", self.allow_from))

    @property
    def protocol(self) -> Protocol:
        """``TCP``, the protocol of the listener."""
        return "TCP"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Empty: every connection of the listener leads to the service."""
        return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TlsPassthrough:
    """Hosts whose TLS connections the gateway passes on as they are: ``TlsPassthrough("mq.acme.io", port="amqps")``.

    It reads the host in the first message of the client (SNI), and the service ends TLS with a certificate of its own. So
    services share the listener, and clients see the certificate of the service.
    """

    host: str = field(kw_only=False)
    """The host name. Wildcards are not allowed."""

    aliases: tuple[str, ...] = ()
    """Further host names that lead to the same port. Default: none."""

    port: int | str | None = None
    """Port of the service, by number or name; the process speaks TLS on it (`Port.tls`). Default: the main port."""

    listener: int = 443
    """Port on which the gateway listens, from 1 to 65535. Default: 443."""

    name: str | None = None
    """Name of the route's object. Default: the names of the service and of its port, ``mq-amqps``."""

    allow_from: tuple[str, ...] = ()
    """Client address ranges (CIDR) that are allowed, as the gateway sees the addresses. Default: all."""

    def __post_init__(self) -> None:
        hostname("TlsPassthrough.host", self.host)
        object.__setattr__(self, "aliases", texts("TlsPassthrough.aliases", self.aliases))
        for alias in self.aliases:
            hostname("TlsPassthrough.aliases", alias)
        if len(set(self.hosts)) != len(self.hosts):
            twice = next(host for host in self.hosts if self.hosts.count(host) > 1)
            raise bad("TlsPassthrough.aliases", "duplicate host", twice, "keep one of them")
        _check(self)
        object.__setattr__(self, "allow_from", cidrs("TlsPassthrough.allow_from", self.allow_from))

    @property
    def protocol(self) -> Protocol:
        """``TLS``, the protocol of the listener."""
        return "TLS"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host name."""
        return (self.host, *self.aliases)


@dataclass(frozen=True, kw_only=True, slots=True)
class UdpExposure:
    """A listener of the gateway whose UDP datagrams lead to a port of the service: ``UdpExposure("dns", listener=53)``.

    It has no field for client addresses, because no gateway here compares those of UDP.
    """

    port: int | str | None = field(kw_only=False, default=None)
    """Port of the service, by number or name; its protocol is UDP. Default: the main port."""

    listener: int
    """Port on which the gateway listens, from 1 to 65535."""

    name: str | None = None
    """Name of the route's object. Default: the names of the service and of its port, ``dns-dns``."""

    def __post_init__(self) -> None:
        _check(self)

    @property
    def protocol(self) -> Protocol:
        """``UDP``, the protocol of the listener."""
        return "UDP"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Empty: every datagram of the listener leads to the service."""
        return ()


Stream: TypeAlias = TcpExposure | TlsPassthrough | UdpExposure
"""What a gateway passes on besides HTTP."""

STREAMS = (TcpExposure, TlsPassthrough, UdpExposure)
"""The classes of `Stream`."""


def listener_key(stream: Stream) -> str:
    """Return port and transport protocol of a stream's listener: ``5672/tcp``, ``53/udp``."""
    return f"{stream.listener}/{'udp' if stream.protocol == 'UDP' else 'tcp'}"


def listener_names(where: str, names: Mapping[str, str]) -> Mapping[str, str]:
    """Check names of listeners that an installation has, by port and transport protocol, and return them frozen."""
    for key, name in mapping(where, names).items():
        port, _, protocol = key.partition("/")
        if not port.isdigit() or not 0 < int(port) < 65536 or protocol not in ("tcp", "udp"):
            raise bad(where, "not a port and a protocol", key, "write one such as '5672/tcp' or '53/udp'")
        if not text(f"{where}[{key!r}]", name):
            raise SpecError(f"{where}[{key!r}]: empty, got ''; name the listener")
    return frozen(names)


def check_streams(where: str, streams: Iterable[Stream]) -> None:
    """Refuse streams of one service of which the gateway could pass on only one.

    Raises:
        SpecError: Two lead from one listener, or one host of a listener, or have one name.
    """
    taken: dict[str, Stream] = {}
    hosts: set[tuple[str, int]] = set()
    for stream in streams:
        made_by(where, stream, *STREAMS)
        before = taken.setdefault(listener_key(stream), stream)
        shared = isinstance(stream, TlsPassthrough) and isinstance(before, TlsPassthrough)
        if before is not stream and not shared:
            what = "two streams from one listener, which leads to one port"
            raise bad(where, what, listener_key(stream), "use another listener for one of them")
        for host in stream.hosts:
            if (host, stream.listener) in hosts:
                raise bad(where, f"the host leads to two ports from the listener {stream.listener}", host, "keep one")
            hosts.add((host, stream.listener))


def settled_streams(service: ServiceFacts, streams: Iterable[Stream]) -> Iterator[tuple[str, Stream]]:
    """Yield the streams of a service with the names of their routes.

    Raises:
        SpecError: The service has no such port, or one of another protocol; or two routes have one name.
    """
    names: set[str] = set()
    for stream in streams:
        kind, own = type(stream).__name__, service.port(stream.port)
        where, wanted = f"{service.path}: streams: {kind}.port", "UDP" if stream.protocol == "UDP" else "TCP"
        if own.spec.protocol != wanted:
            raise bad(where, f"the protocol of the port {own.name!r} is not {wanted}", own.spec.protocol,
                      f"name a port of that protocol: Port.{wanted.lower()}(…)")  # fmt: skip
        if stream.protocol == "TLS" and not own.spec.tls:
            raise bad(
                where, "TLS leads to a port without TLS", own.name, "set tls=True of the port, or use TcpExposure"
            )
        name = stream.name or f"{service.name}-{own.name}"
        if name in names:
            raise bad(f"{service.path}: streams", "duplicate route name", name, f"set another: {kind}(…, name=…)")
        names.add(name)
        yield name, replace(stream, name=name)


def _check(stream: Stream) -> None:
    kind = type(stream).__name__
    if isinstance(stream.port, str):
        if not text(f"{kind}.port", stream.port):
            raise SpecError(f"{kind}.port: empty, got ''; write its number or its name")
    elif stream.port is not None:
        whole(f"{kind}.port", stream.port, lowest=1, highest=65535)
    whole(f"{kind}.listener", stream.listener, lowest=1, highest=65535)
    if stream.name is not None:
        dns_subdomain(f"{kind}.name", stream.name)
