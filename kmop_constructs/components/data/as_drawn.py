"""What a provider has drawn of the spec of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass

if TYPE_CHECKING:
    from kmop_constructs.components.data.backup import FromBackup
    from kmop_constructs.components.data.store_spec import Provision

__all__ = ["AsDrawn"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AsDrawn:
    """Fact of a provider of stores: what it has drawn. The record of stores and checks read it.

    Without it a provider is taken to draw everything but what its ``leaves_out`` and `Cluster.accepts_missing` name.
    """

    provision: Provision | None
    """The provision without the fields that are left out. ``None`` for a store that somebody else runs."""

    generation: int = 1
    """The generation of the data. Default: 1."""

    recovery: FromBackup | None = None
    """Where the data of the generation comes from. Default: none, it began empty."""

    holder: str | None = None
    """Name of what holds the data: a StatefulSet, or the address of a store that somebody else runs. Default: the name of the store."""

    form: str | None = None
    """How the data is spread, such as ``sentinel`` or ``cluster``. Default: none, there is one form."""

    owner: str | None = None
    """Name of the user of the application, where it is created with an empty store alone. Default: not known, or created at any
    time."""
