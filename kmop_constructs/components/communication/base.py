"""The protocol of a provider of network isolation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.components.communication.spec import Closed
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["NetworkFactory"]


class NetworkFactory(Protocol):
    """A class, or a `functools.partial` of one, that closes every connection that is not declared."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Closed) -> Drawn:
        """Draw the isolation of a workload. `flows_of` returns the declared connections of the whole app.

        Raises `UnsupportedError` where it cannot enforce a restriction of an edge.
        """
        ...
