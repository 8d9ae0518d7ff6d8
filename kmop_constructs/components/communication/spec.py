"""Which connections of a workload are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass

if TYPE_CHECKING:
    from kmop_constructs.core.connection import Connection
    from kmop_constructs.values.cluster import Isolation

__all__ = ["Closed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """Closes every connection that neither an edge nor `accepts` declares."""

    level: Isolation
    """The closed directions: ``full`` (both), ``ingress_only`` or ``off`` (none). In a namespace that denies
    connections by default, the provider must draw a policy that opens the other directions. In other namespaces, it
    draws nothing for ``off``."""

    connections: tuple[Connection, ...] = ()
    """Connections of the workload's edges. Default: none."""

    opens_calls: bool = True
    """Whether the provider opens all calls of the pods where `level` does not close them and the namespace denies connections by
    default. Default: true; false if another policy opens what the pods call."""
