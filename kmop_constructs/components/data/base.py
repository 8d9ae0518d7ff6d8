"""The verbs of stores, and protocols for code that accepts any form of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.address import DEFAULT_ENV
from kmop_constructs.values.pods import Peer

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store, StoreEdge
    from kmop_constructs.components.data.spec import Credentials, DataEnv
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import Subject

    from constructs import Construct

__all__ = [
    "ConnectVerbs",
    "Connects",
    "ReadOnlyVerbs",
    "ReadWriteVerbs",
    "ReadsOnly",
    "ReadsWrites",
    "StoreNames",
    "StoreProvider",
]

S_contra = TypeVar("S_contra", contravariant=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreNames:
    """The addresses and login of a store, known before it is drawn."""

    primary: Store
    """The address for reads and writes."""

    reader: Store | None = None
    """The address of read replicas. Default: none, there are no replicas."""


class StoreProvider(Protocol[S_contra]):
    """A value of the platform that draws a store, such as `NativePostgresProvider`.

    `names` is pure, because edges are resolved in constructors before anything is drawn. It must agree with what is
    drawn.
    """

    def names(self, subject: Subject, spec: S_contra, /) -> StoreNames:
        """Return the names that callers will use."""
        ...

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: S_contra, accepts: tuple[Peer, ...]
    ) -> Drawn:
        """Draw the store. Raises `UnsupportedError` for a field of the spec that it does not support."""
        ...


class ReadsWrites(Protocol):
    """A store that is read and written: a parameter type for functions that accept any form of it."""

    def read_write(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> StoreEdge:
        """Return an edge for callers that read and write."""
        ...


class ReadsOnly(ReadsWrites, Protocol):
    """A store that some callers only read."""

    def read_only(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> StoreEdge:
        """Return an edge for callers that only read."""
        ...


class Connects(Protocol):
    """A message broker. Its address does not tell publishers from consumers."""

    def connect(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> StoreEdge:
        """Return an edge for callers."""
        ...


class _Verbs:
    """Base of the verbs of every store."""

    __slots__ = ()

    def _store(self) -> Store:
        raise NotImplementedError


class ReadWriteVerbs(_Verbs):
    """Mixin for stores that are read and written."""

    __slots__ = ()

    def read_write(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> StoreEdge:
        """Return an edge for callers that read and write: address and login as variables, and network policies on both sides.

        Args:
            env: The variables. Default: ``NAME_HOST``, ``NAME_PORT``, ``NAME_USER``, ``NAME_PASSWORD``, ``NAME_URL`` and
                the variable of the database name, as far as the store has them; NAME is the store's name in upper case.
            credentials: Another login, such as a user with fewer rights, or a Secret in the caller's namespace. Default:
                the login of the store.
        """
        return self._store().connection("read_write", env, credentials)


class ReadOnlyVerbs(ReadWriteVerbs):
    """Mixin for stores that may have read replicas."""

    __slots__ = ()

    def read_only(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> StoreEdge:
        """Return an edge for callers that only read, from replicas; see `read_write`.

        Raises `UnsupportedError` where the store has no replicas.
        """
        store = self._reader()
        if store is None:
            owner = self._store()
            raise UnsupportedError(
                f"{owner.where}: read_only: the store has no read replicas; use read_write, with credentials=… of a user "
                f"that may only read, or {owner.technology.name} run by {owner.technology.replicas}"
            )
        return store.connection("read_only", env, credentials)

    def _reader(self) -> Store | None:
        return None


class ConnectVerbs(_Verbs):
    """Mixin for message brokers."""

    __slots__ = ()

    def connect(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> StoreEdge:
        """Return an edge for callers that publish and consume: address and login as variables, and network policies on both sides.

        The permissions of the broker's users decide which queues a user may use. See `ReadWriteVerbs.read_write` for
        the arguments.
        """
        return self._store().connection("connect", env, credentials)
