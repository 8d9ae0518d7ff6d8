"""Stores that a platform finds running: the front of a store is then a name for what a cloud or another team has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, UnsupportedError
from kmop_constructs.providers.existing.stores import (
    ExistingElasticsearch,
    ExistingMongo,
    ExistingMySql,
    ExistingPostgres,
    ExistingRabbitMq,
    ExistingRedis,
)
from kmop_constructs.values.names import frozen, made_by, mapping, one_of, several

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import StoreSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.callers import Caller

__all__ = ["ExistingStore", "ExistingStoreProvider"]

ExistingStore: TypeAlias = (
    ExistingElasticsearch | ExistingMongo | ExistingMySql | ExistingPostgres | ExistingRabbitMq | ExistingRedis
)

NotOurs: TypeAlias = Literal["settings", "init_scripts", "provision", "accepts"]
"""What a spec may say and only whoever runs the store can do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingStoreProvider:
    """Draws nothing: callers of a store get the address and login of one that something else runs.

    ``Platform(postgres=ExistingStoreProvider({"orders-db": ExistingPostgres("db.acme.io", database="orders", …)}))``
    """

    stores: Mapping[str, ExistingStore] = field(kw_only=False)
    """What runs, by the name of the store."""

    leaves_out: tuple[NotOurs, ...] = ()
    """What specs say and is left to whoever runs the store, each with a notice. Default: nothing; it is refused."""

    def __post_init__(self) -> None:
        stores = mapping("ExistingStoreProvider.stores", self.stores)
        for name, store in stores.items():
            kinds = cast("tuple[type, ...]", ExistingStore.__args__)
            made_by(f"ExistingStoreProvider.stores[{name!r}]", store, *kinds)
        object.__setattr__(self, "stores", frozen(dict(sorted(stores.items()))))
        object.__setattr__(self, "leaves_out", several("ExistingStoreProvider.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of("ExistingStoreProvider.leaves_out", each, NotOurs)

    def names(self, subject: Subject, spec: StoreSpec, /) -> StoreNames:
        """The address and login of what runs."""
        there = self.stores.get(subject.name)
        if there is None:
            known = ", ".join(map(repr, self.stores)) or "none"
            raise SpecError(f"{subject.path}: nothing that runs is named {subject.name!r}; the platform's provider knows {known}: "
                            "add it to ExistingStoreProvider.stores")  # fmt: skip
        names = there.store_names()
        wanted = getattr(spec, "database", None)
        if wanted is not None and wanted != names.primary.database:
            raise SpecError(f"{subject.path}: database: {wanted!r}, and the one that runs is {names.primary.database!r}; make "
                            "the two agree")  # fmt: skip
        return names

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: StoreSpec, accepts: tuple[Caller, ...]
    ) -> _Runs:
        """Draw nothing, and say what is left to whoever runs it.

        Raises `UnsupportedError` where the spec says what only they can do, and it is not left out by name.
        """
        notices: list[Finding] = []
        for name in _said(intent, accepts):
            if name not in self.leaves_out:
                raise UnsupportedError(
                    f"{subject.path}: {name}: something else runs this store, so nobody here can do it; leave it to them by "
                    f"name: ExistingStoreProvider(…, leaves_out=({name!r},))"
                )
            message = (
                f"{name} of its spec is left to whoever runs it, as the platform's provider says by name (leaves_out)"
            )
            notices.append(Finding(path=subject.path, rule="left-out", severity="notice", message=message))
        return _Runs(scope, id, tuple(notices))


class _Runs(Placed, Construct):
    """A store that is drawn nowhere."""

    def __init__(self, scope: Construct, id: str, gives: tuple[object, ...]) -> None:
        self._place = place_of(scope).child(id)
        self.gives = gives
        """What is left out."""
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))


def _said(spec: Any, accepts: tuple[Caller, ...]) -> Iterator[NotOurs]:
    if spec.settings:
        yield "settings"
    if getattr(spec, "init_scripts", None):
        yield "init_scripts"
    if spec.provision is not None:
        yield "provision"
    if accepts:
        yield "accepts"
