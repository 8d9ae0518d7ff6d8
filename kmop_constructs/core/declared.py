"""What one service or worker declares of its connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Egress
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.values.callers import Caller
    from kmop_constructs.values.cluster import Isolation, Peer

__all__ = ["Declared"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What one service or worker declares: whom it calls and who may call it."""

    facts: ServiceFacts
    """Who declares it."""

    isolation: Isolation
    """What its NetworkPolicy closes."""

    egress: tuple[Egress, ...] = ()
    """Whom it calls."""

    accepts: tuple[Caller, ...] = ()
    """Callers that another repository builds."""

    inlets: tuple[tuple[Peer, tuple[int, ...]], ...] = ()
    """Peers of the platform, or addresses outside, that are let in on container ports."""

    gateway_unknown: bool = False
    """It is exposed, and nobody has said which pods requests come from."""

    needs_api_server: bool = False
    """Its pods talk to the Kubernetes API."""
