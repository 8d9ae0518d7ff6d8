"""A pooler between callers and a database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.uses import PoolerLimits
from kmop_constructs.errors import bad
from kmop_constructs.values.names import frozen, made_by, mapping, one_of, texts
from kmop_constructs.values.quantity import whole
from kmop_constructs.values.resources import Resources

__all__ = ["PoolMode", "Pooler"]

PoolMode: TypeAlias = Literal["session", "transaction"]

_NUMBERS = frozenset(
    (
        "default_pool_size",
        "listen_backlog",
        "max_client_conn",
        "max_db_connections",
        "max_prepared_statements",
        "max_user_connections",
        "min_pool_size",
        "reserve_pool_size",
    )
)
"""Settings that are numbers of something (https://www.pgbouncer.org/config.html)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pooler:
    """A pooler that shares connections of the database among callers: ``Provision(pooler=Pooler(mode="transaction"))``.

    Callers use it without a change. An edge with ``session=True`` goes past a pooler of the mode ``transaction``.
    """

    instances: int = 2
    """Number of pods. Default: 2, so that one may be lost."""

    mode: PoolMode = "session"
    """How long a caller keeps a connection of the database: for its ``session``, or for one ``transaction``. The latter shares
    few connections among many callers; settings of a session, ``LISTEN`` and advisory locks do not work there. Default:
    ``session``, which every caller can use."""

    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings by their names in PgBouncer, such as ``{"default_pool_size": "20"}``. Default: none, those of the operator."""

    resources: Resources | None = None
    """Requests and limits of each pod. Default: an estimate, with a notice."""

    def __post_init__(self) -> None:
        whole("Pooler.instances", self.instances, lowest=1)
        one_of("Pooler.mode", self.mode, PoolMode)
        checked = dict(mapping("Pooler.settings", self.settings))
        texts("Pooler.settings", [*checked, *checked.values()])
        for name in sorted(_NUMBERS & checked.keys()):
            if not re.fullmatch("[0-9]+", checked[name]):
                raise bad(f"Pooler.settings[{name!r}]", "not a whole number", checked[name], "write it as '20'")
        object.__setattr__(self, "settings", frozen(dict(sorted(checked.items()))))
        made_by("Pooler.resources", self.resources, Resources, type(None))

    @property
    def limits(self) -> PoolerLimits:
        """The connections that all pods together accept and open.

        Where `settings` do not say it, PgBouncer's defaults hold (https://www.pgbouncer.org/config.html).
        """

        def total(name: str, default: int) -> int:
            return self.instances * int(self.settings.get(name, default))

        return PoolerLimits(clients=total("max_client_conn", 100), servers=total("default_pool_size", 20))
