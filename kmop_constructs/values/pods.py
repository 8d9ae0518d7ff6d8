"""The other end of a connection: pods by label, or addresses outside the cluster."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import field
from types import NoneType
from typing import TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad, cut
from kmop_constructs.values.names import dns_label, flag, label_map, made_by, one_or_several, port_name, several, texts
from kmop_constructs.values.quantity import whole

__all__ = ["Addresses", "Peer", "Pods", "check_peer", "cidrs", "port_keys", "within"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pods:
    """Pods at the other end of a connection: `Pods.of`, `Pods.of_service`, or `Pods.anywhere` for those of every namespace."""

    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the pods. Default: none, every pod of the namespace."""

    namespace: str | None = None
    """Namespace of the pods. Default: the namespace of the service that admits or calls them."""

    everywhere: bool = False
    """Whether pods of every namespace match. Default: false."""

    ports: tuple[int | str, ...] = ()
    """Container ports of the callee, by number or name. Default: if these pods are callers, every port that the Services of
    the callee offer; if they are the callee, the ports of the edge."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", label_map("Pods.labels", self.labels))
        if self.namespace is not None:
            dns_label("Pods.namespace", self.namespace)
        flag("Pods.everywhere", self.everywhere)
        if self.everywhere and self.namespace is not None:
            raise SpecError(
                "Pods: both namespace and everywhere are set; write Pods.of(…, namespace=…) or Pods.anywhere(…)"
            )
        object.__setattr__(self, "ports", port_keys("Pods.ports", self.ports))

    @staticmethod
    def of(
        labels: Mapping[str, str] | None = None,
        *,
        namespace: str | None = None,
        port: int | str | Sequence[int | str] = (),
    ) -> Pods:
        """Return the pods of one namespace that have these labels.

        Args:
            labels: Labels of the pods. Default: none, every pod of the namespace.
            namespace: Namespace of the pods. Default: the namespace of the service that admits or calls them. A value for a
                whole cluster, such as `Peers.scraper`, needs a namespace.
            port: Container ports of the callee, one or several, by number or name. Default: see `Pods.ports`.
        """
        return Pods(labels={} if labels is None else labels, namespace=namespace, ports=one_or_several(port))

    @staticmethod
    def of_service(name: str, *, namespace: str | None = None, port: int | str | Sequence[int | str] = ()) -> Pods:
        """Return the pods of a service of this library, by its name: those with the label ``app.kubernetes.io/name``.

        `namespace` and `port` are those of `Pods.of`.
        """
        return Pods.of({"app.kubernetes.io/name": name}, namespace=namespace, port=port)

    @staticmethod
    def anywhere(labels: Mapping[str, str] | None = None, *, port: int | str | Sequence[int | str] = ()) -> Pods:
        """Return the pods of every namespace that have these labels. Default: every pod of the cluster.

        `port` is that of `Pods.of`.
        """
        return Pods(labels={} if labels is None else labels, everywhere=True, ports=one_or_several(port))


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """Addresses at the other end of a connection: `Addresses.of`, or `Addresses.anywhere` for all.

    Do not use them for pods: which address of a pod the other side sees depends on the network plug-in.
    """

    ranges: tuple[str, ...]
    """Address ranges, such as ``10.20.0.0/16``. A single address is a range too."""

    excluding: tuple[str, ...] = ()
    """Ranges within `ranges` that are left out. Default: none."""

    ports: tuple[int | str, ...] = ()
    """Ports, as for `Pods.ports`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranges", cidrs("Addresses.ranges", self.ranges))
        object.__setattr__(self, "excluding", cidrs("Addresses.excluding", self.excluding))
        object.__setattr__(self, "ports", port_keys("Addresses.ports", self.ports))
        if not self.ranges:
            raise SpecError("Addresses.ranges: empty; write at least one range, such as '10.20.0.0/16'")
        for inner in self.excluding:
            if not any(within(inner, outer) for outer in self.ranges):
                raise bad(
                    "Addresses.excluding", "not within any of the ranges", inner, "remove it, or widen the ranges"
                )
            for outer in self.ranges:
                if within(outer, inner):
                    raise bad(
                        "Addresses.excluding", f"excludes all of {outer}", inner, f"remove {outer} from the ranges"
                    )

    @staticmethod
    def of(*ranges: str, excluding: Sequence[str] = (), port: int | str | Sequence[int | str] = ()) -> Addresses:
        """Return addresses by their ranges, such as ``10.20.0.0/16``.

        Args:
            ranges: Address ranges, at least one.
            excluding: Ranges within them that are left out. Default: none.
            port: Ports of the callee, one or several. Default: see `Pods.ports`.
        """
        return Addresses(ranges=ranges, excluding=several("Addresses.excluding", excluding), ports=one_or_several(port))

    @staticmethod
    def anywhere(*, port: int | str | Sequence[int | str] = ()) -> Addresses:
        """Return every address, IPv4 and IPv6. `port` is that of `Addresses.of`."""
        return Addresses(ranges=("0.0.0.0/0", "::/0"), ports=one_or_several(port))


Peer: TypeAlias = Pods | Addresses
"""The other end of a connection."""


def check_peer(where: str, value: object, *, called: bool = False) -> None:
    """Check a peer of a whole cluster; ``None`` is one that is not known.

    Its pods need a namespace, because it has no namespace of its own. Only a peer that is `called` has ports, as numbers.
    """
    made_by(where, value, Pods, Addresses, NoneType)
    if not isinstance(value, Pods | Addresses):
        return
    if isinstance(value, Pods) and value.namespace is None and not value.everywhere:
        raise bad(where, "pods without a namespace, which is needed here", ", ".join(f"{key}={text}" for key, text in value.labels.items()),
                  "write Pods.of(…, namespace=…), or Pods.anywhere(…) for every namespace")  # fmt: skip
    if value.ports and not called:
        raise bad(
            where,
            "has ports, but only callers are named here, and the callee knows its ports",
            value.ports[0],
            "leave port out",
        )
    for port in value.ports:
        if isinstance(port, str):
            raise bad(
                where, "a port by name, which is only known where the pods are declared", port, "write its number"
            )


def port_keys(where: str, value: int | str | Sequence[int | str]) -> tuple[int | str, ...]:
    """Return one or several ports by number or name as a tuple. Raises `SpecError` for what is neither."""
    ports = one_or_several(value)
    for port in ports:
        if isinstance(port, str):
            port_name(where, port)
        else:
            whole(where, port, lowest=1, highest=65535)
    return ports


def within(inner: str, outer: str) -> bool:
    """Return whether the address range `inner` is part of `outer` or equal to it."""
    one, other = ipaddress.ip_network(inner), ipaddress.ip_network(outer)
    if isinstance(one, ipaddress.IPv4Network) and isinstance(other, ipaddress.IPv4Network):
        return one.subnet_of(other)
    if isinstance(one, ipaddress.IPv6Network) and isinstance(other, ipaddress.IPv6Network):
        return one.subnet_of(other)
    return False


def cidrs(where: str, value: tuple[str, ...]) -> tuple[str, ...]:
    """Check address ranges and return them in Kubernetes' form. A single address becomes a range of one address."""
    checked: list[str] = []
    for item in texts(where, value):
        try:
            checked.append(str(ipaddress.ip_network(item)))
        except ValueError as error:
            raise bad(
                where, f"not an address range ({cut(str(error))})", item, "write one such as '10.0.0.0/8'"
            ) from None
    return tuple(checked)
