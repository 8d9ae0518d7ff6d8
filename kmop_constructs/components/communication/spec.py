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
    """Every connection is closed that neither an edge nor `accepts` declares."""

    level: Isolation
    """The closed directions: ``full`` (both), ``ingress_only`` or ``off`` (none). What stays open must also stay open in a namespace
    that denies by default; elsewhere nothing is drawn for ``off``."""

    connections: tuple[Connection, ...] = ()
    """Connections of the workload's edges. Default: none."""
