"""Pods from outside the app that connect where a workload of the app connects."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from kmop_constructs.core.connection import Connection, ToService
from kmop_constructs.core.openings import Opening

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kmop_constructs.core.declared import Observer
    from kmop_constructs.values.pods import Peer

__all__ = ["admitted"]

K = TypeVar("K")


def admitted(observers: Iterable[Observer], accepted: Mapping[K, Sequence[Opening]]) -> Mapping[K, list[Opening]]:
    """Return what each callee opens for observers. `accepted` has what the callees accept from workloads of the app."""
    peers: dict[tuple[object, ...], list[Peer]] = {}
    for observer in observers:
        if isinstance(observer.connection.to, ToService):
            peers.setdefault(_key(observer.connection), []).append(observer.peer)
    found: dict[K, list[Opening]] = {}
    for callee, openings in accepted.items() if peers else ():
        for opening in openings:
            for peer in () if opening.connection is None else peers.get(_key(opening.connection), ()):
                found.setdefault(callee, []).append(Opening(end=peer, ports=opening.ports))
    return found


def _key(connection: Connection) -> tuple[object, ...]:
    to = connection.to
    return (to.service, to.namespace, connection.port) if isinstance(to, ToService) else ()
