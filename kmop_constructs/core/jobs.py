"""What a plan asks of a provider, and what a provider answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["Drawn", "Intent", "Provider"]

I_contra = TypeVar("I_contra", contravariant=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """One thing of a plan that a provider of the platform draws."""

    job: str
    """The job: a field of the platform, or a `Job` that it has been given."""

    id: str
    """The id of what is drawn, below the workload."""

    value: Any
    """What is asked: what the job's providers take as ``intent``."""

    outside: bool = False
    """Whether it is asked of a job that comes from outside the package. Default: no."""


class Drawn(Protocol):
    """What a provider draws: a `Manifest`, or a construct with manifests below it."""

    @property
    def gives(self) -> Sequence[object]:
        """The facts that follow from it: `Inlet`, `Forward`, `PodOwner`, `MakesSecret` and the like, or an author's own."""
        ...


class Provider(Protocol[I_contra]):
    """A class, or a `functools.partial` of one, that draws what a workload's plan asks of a job."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: I_contra) -> Drawn:
        """Draw it."""
        ...
