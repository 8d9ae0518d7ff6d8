"""What is asked of isolation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.core.connection import Connection
    from kmop_constructs.values.cluster import Isolation

__all__ = ["Closed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """Every connection is closed that no edge and no caller has declared."""

    level: Isolation
    """Which directions: ``full`` or ``ingress_only``. What it leaves open must stay open where the namespace denies by default;
    for ``off`` that is everything, and elsewhere nothing is drawn."""

    connections: tuple[Connection, ...] = ()
    """What the workload's edges say. Default: it has none."""
