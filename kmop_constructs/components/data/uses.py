"""Facts about stores and their callers, for checks."""

from __future__ import annotations

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.contribution import CallerFact

__all__ = ["CopiesVolumes", "MadeForStore", "PoolerLimits", "StoreData", "StoreDrawn", "UsesStore"]


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

    primary: bool = True
    """Whether the caller connects to the instance that writes. Default: true; false for replicas."""

    user: str | None = None
    """The login, as text that tells it from others. Default: none."""

    connections: int | None = None
    """The most connections that one pod of the caller opens. Default: not known."""

    variables: str = ""
    """Text that tells two edges of one caller apart: their variables. Default: empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolerLimits:
    """How many connections a pooler accepts and opens."""

    clients: int
    """The most connections of callers, of all its pods together."""

    servers: int
    """The most connections to the database for each login, of all its pods together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreData:
    """Where the data of a store is, and what of it cannot change freely. A record of stores has it."""

    technology: str
    """Name of the technology."""

    provider: str
    """What holds the data: the name of the provider's class."""

    version: str
    """Version of the software."""

    generation: int = 1
    """Number of the current data. Default: 1."""

    storage: str | None = None
    """Size of each volume. Default: not known."""

    storage_class: str | None = None
    """StorageClass of the volumes. Default: not known, that of the cluster."""

    primary: str | None = None
    """Name of the cluster that writes, of those that have the data together. Default: none, it is in one cluster."""

    holder: str | None = None
    """Name of what holds the data at its provider, or its address. Default: not known."""

    form: str | None = None
    """How the data is spread, such as ``sentinel`` or ``cluster``. Default: none, the provider has one form."""

    keeps_data: bool = True
    """Whether the data outlives the pods. Default: true; false for a cache."""

    database: str | None = None
    """Name of the database. Default: none, the technology has no databases."""

    owner: str | None = None
    """Name of the user who is created with an empty store alone. Default: not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreDrawn:
    """A store of the app."""

    path: str
    """Construct path of the store."""

    scope: str
    """Namespace, or its placeholder: `Subject.scope`."""

    data: StoreData
    """Where its data is."""

    record: str | None = None
    """File of the record of stores. Default: none."""

    promoted: bool = False
    """Whether the app says how another cluster takes over (`Sites.promotion`). Default: false."""

    upgrades: bool = False
    """Whether the provider changes the data to a newer major version by itself. Default: false."""

    volumes_restore: bool = True
    """Whether a copy of its volumes can be restored at all. Default: true."""

    kept: tuple[int, ...] = ()
    """Earlier generations of its data that are drawn beside it. Default: none."""

    has_backup: bool
    """Whether its provider draws copies of the data, or somebody else runs the store."""

    requires_backup: bool
    """Whether its platform requires one."""

    limit: int | None = None
    """The most connections that one instance accepts from applications. Default: not known."""

    pooler: PoolerLimits | None = None
    """The limits of its pooler. Default: none, there is no pooler."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeForStore:
    """The label of what an operator makes for a store: its pods, claims, Secrets and Services."""

    store: str
    """Construct path of the store."""

    label: tuple[str, str]
    """Key and value, which no other object of the namespace has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CopiesVolumes:
    """A backup of a namespace that copies the volumes of stores which have no copies of their own, while they run."""

    backup: str
    """Construct path of the backup."""

    scope: str
    """Namespace that is copied, or its placeholder: `Subject.scope`."""

    counts_for: tuple[str, ...] = ()
    """Construct paths of the stores for which such a copy is their backup. Default: none."""
