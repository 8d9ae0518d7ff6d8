"""The verbs of stores, and protocols for code that accepts any form of a store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.connection import Login
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.address import DEFAULT_ENV
from kmop_constructs.values.pods import Peer

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store, StoreEdge
    from kmop_constructs.components.data.etcd import EtcdStore
    from kmop_constructs.components.data.spec import Credentials, DataEnv
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.certificate import Trust

    from constructs import Construct

__all__ = [
    "ConnectVerbs",
    "Connects",
    "ReadOnlyVerbs",
    "ReadWriteVerbs",
    "ReadsOnly",
    "ReadsWrites",
    "RunningStore",
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

    etcd: EtcdStore | None = None
    """How clients of an etcd connect that is not one Service of the app: several addresses, certificates by their Secrets. Default:
    none, by `primary`."""


@runtime_checkable
class RunningStore(Protocol):
    """A store that is already running, for `ExistingStoreProvider`: ``ExistingPostgres(…)`` and the others of its kind."""

    def store_names(self) -> StoreNames:
        """Return address and login."""
        ...


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

    def read_write(
        self,
        *,
        env: DataEnv = DEFAULT_ENV,
        credentials: Credentials | None = None,
        user: str | None = None,
        authority: Trust | None = None,
        session: bool = False,
        connections: int | None = None,
    ) -> StoreEdge:
        """Return an edge for callers that read and write: address and login as variables, and network policies on both sides.

        Args:
            env: The variables. Default: ``NAME_HOST``, ``NAME_PORT``, ``NAME_USER``, ``NAME_PASSWORD``, ``NAME_URL`` and
                the variable of the database name, as far as the store has them; NAME is the store's name in upper case.
            credentials: Another login, such as a user with fewer rights, or a Secret in the caller's namespace. Default:
                the login of the store.
            user: One of the further users of the store, such as those of `PostgresSpec.users`. Default: none, the owner.
            authority: The authority of the server's certificate in the caller's namespace. Default: that of the store, if it
                has one; callers in its namespace can read it.
            session: Whether the caller needs a session of its own: a migration with locks, ``LISTEN``, settings of a session. It
                then goes past a pooler. Default: false.
            connections: The most connections that one pod of the caller opens, the size of its pool. The rule ``store-connections``
                compares those of all pods with what the server accepts. Default: not known, and not counted.
        """
        login = Login(credentials=credentials, user=user, authority=authority, session=session, connections=connections)
        return self._store().connection("read_write", env, login)


class ReadOnlyVerbs(ReadWriteVerbs):
    """Mixin for stores that may have read replicas."""

    __slots__ = ()

    def read_only(
        self,
        *,
        env: DataEnv = DEFAULT_ENV,
        credentials: Credentials | None = None,
        user: str | None = None,
        authority: Trust | None = None,
        session: bool = False,
        connections: int | None = None,
    ) -> StoreEdge:
        """Return an edge for callers that only read, from replicas; see `read_write` for the arguments.

        Without replicas the caller reads from the primary, if it names a login (`user` or `credentials`), which then is what keeps
        it from writing; the notice ``read-only-primary`` says so. The same is true of MongoDB, whose drivers find the primary from
        every address.

        Raises `UnsupportedError` where only the login would keep the caller from writing, and it names none. Raises `SpecError` where
        it then names that of the owner, or of a user whose roles in the spec write.
        """
        login = Login(credentials=credentials, user=user, authority=authority, session=session, connections=connections)
        replicas, primary = self._reader(), self._store()
        if replicas is not None and not replicas.writable:
            return replicas.connection("read_only", env, login)
        store = replicas or primary
        if user is None and credentials is None and replicas is not None:
            raise UnsupportedError(
                f"{store.where}: read_only: {store.technology.name} takes writes at the address of its replicas too, so only a login "
                "keeps a caller from writing; name one that may only read: user=… or credentials=…"
            )
        if user is None and credentials is None:
            raise UnsupportedError(
                f"{store.where}: read_only: the store has no read replicas; name a login that may only read: user=… or "
                f"credentials=…, or use {store.technology.name} run by {store.technology.replicas}"
            )
        store.check_reader(login)
        return replace(store.connection("read_only", env, login), from_primary=replicas is None)

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
        return self._store().connection("connect", env, Login(credentials=credentials))
