"""What a workload may open and accept, and the calls between services: the results of `core.flows`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.connection import Connection, ToHost
from kmop_constructs.values.pods import Addresses, Pods

if TYPE_CHECKING:
    from kmop_constructs.values.ports import Protocol

__all__ = ["Edge", "End", "Opening"]


End: TypeAlias = Pods | Addresses | ToHost | None
"""Other end of an opening; pods without a namespace are in that of the workload. ``None`` for every address and pod."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """A connection that a workload may open or accept."""

    end: End
    """Other end of the connection."""

    ports: tuple[tuple[int, Protocol], ...]
    """Ports of the callee's pods, with their transport protocols. Empty for every port."""

    connection: Connection | None = None
    """Connection as written in the edge. Default: ``None``, for openings without an edge in the app."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A declared call between two services of the app."""

    caller: str
    """Construct path of the caller."""

    callee: str
    """Construct path of the callee."""

    port: int
    """Container port of the callee."""

    protocol: Protocol = "TCP"
    """Transport protocol. Default: TCP."""
