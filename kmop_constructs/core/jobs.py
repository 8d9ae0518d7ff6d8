"""Intents (the input of providers) and the protocol of providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from kmop_constructs._dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["Drawn", "Intent", "Provider"]

I_contra = TypeVar("I_contra", contravariant=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """One part of a plan, drawn by a provider of the platform."""

    job: str
    """Name of the job: a field of `Platform`, or the name of a `Job` that the platform has."""

    id: str
    """Id of the drawn construct, below the workload."""

    value: Any
    """Input of the provider, passed as its argument ``intent``."""

    outside: bool = False
    """Whether the job comes from outside this library. Default: false."""


class Drawn(Protocol):
    """Result of a provider: a `Manifest`, or a construct with manifests below it."""

    @property
    def gives(self) -> Sequence[object]:
        """Facts that follow from the drawn objects: `Inlet`, `Forward`, `PodOwner`, `MakesSecret` …, or an author's own."""
        ...


class Provider(Protocol[I_contra]):
    """A class, or a `functools.partial` of one, that draws an intent of a workload's plan."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: I_contra) -> Drawn:
        """Draw the intent."""
        ...
