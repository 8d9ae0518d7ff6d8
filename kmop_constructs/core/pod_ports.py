"""The ports of pods that a call, or an entry from outside, leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.core.connection import Connection
    from kmop_constructs.core.subject import NamedPort, ServiceFacts
    from kmop_constructs.values.pods import Addresses, Pods
    from kmop_constructs.values.ports import Protocol

__all__ = ["called_ports", "counterparts", "entrances", "port_numbers", "shown_number", "shown_offer"]


def called_ports(ports: list[NamedPort], connection: Connection) -> list[NamedPort]:
    """Return the ports with the connection's transport protocol. tcp() may also call a port that is UDP only."""
    alike = [port for port in ports if port.spec.protocol == connection.transport]
    return alike if alike or connection.transport == "UDP" else ports


def counterparts(port: NamedPort, behind: ServiceFacts) -> list[tuple[int, Protocol]]:
    """Return the ports of the pods behind a Service. The Service refers to the port by name."""
    return [(each.number, each.spec.protocol) for each in behind.ports if each.name == port.name]


def entrances(facts: ServiceFacts, wanted: int | str, behind: ServiceFacts) -> list[tuple[int, Protocol]]:
    """Return the ports with a name, or with a number in each declared protocol; TCP if a number is not declared."""
    known = [port for port in facts.ports if wanted in (port.number, port.name)]
    if isinstance(wanted, int) and not known:
        return [(wanted, "TCP")]
    return [pair for port in known for pair in counterparts(port, behind)]


def port_numbers(peer: Pods | Addresses) -> tuple[int, ...]:
    """Return the ports of a peer that are numbers."""
    return tuple(port for port in peer.ports if isinstance(port, int))


def shown_number(number: int, connection: Connection) -> str:
    """Return a called port for a message."""
    return f"UDP {number}" if connection.transport == "UDP" else str(number)


def shown_offer(number: int, port: NamedPort, connection: Connection) -> str:
    """Return an offered port for a message about a call."""
    return f"{port.spec.protocol} {number}" if connection.transport == "UDP" else str(number)
