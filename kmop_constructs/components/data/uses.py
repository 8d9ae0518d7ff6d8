"""Facts about stores and their callers, for checks."""

from __future__ import annotations

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.contribution import CallerFact

__all__ = ["StoreDrawn", "UsesStore"]


@dataclass(frozen=True, kw_only=True, slots=True)
class UsesStore(CallerFact):
    """A workload that has an edge to a store."""

    caller: str
    """Construct path of the workload."""

    kind: str
    """Kind of the workload, such as ``Deployment`` or ``Job``."""

    application: tuple[tuple[str, str], ...]
    """Labels that all versions and parts of the application of the caller have."""

    store: str
    """Construct path or description of the store."""

    verb: str
    """The verb: ``read_write``, ``read_only`` or ``connect``."""

    database: str | None
    """The database. None for a store without databases."""

    mode: str | None = None
    """The mode of the pooler that the caller connects through. Default: none, it connects to the database."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreDrawn:
    """A store of the app that a provider with a provision draws."""

    path: str
    """Construct path of the store."""

    has_backup: bool
    """Whether its provision has a backup."""

    requires_backup: bool
    """Whether its platform requires one."""
