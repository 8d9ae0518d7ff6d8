"""What can be said of data, whoever runs it: the verbs, and protocols for code that takes any form of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.address import DEFAULT_ENV

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Connection, Store
    from kmop_constructs.components.data.spec import Credentials, DataEnv
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.callers import Caller

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
    """Under what names callers find a store and log in to it, known before it is drawn."""

    primary: Store
    """Where it is read and written."""

    reader: Store | None = None
    """Where its replicas are read. Default: it has none."""


class StoreProvider(Protocol[S_contra]):
    """A value of the platform that draws a store, such as `NativePostgresProvider`.

    `names` is pure: edges are resolved in constructors, before anything is drawn, and it agrees with what is drawn.
    """

    def names(self, subject: Subject, spec: S_contra, /) -> StoreNames:
        """Under what names callers will find it."""
        ...

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: S_contra, accepts: tuple[Caller, ...]
    ) -> Drawn:
        """Draw it. Raises `UnsupportedError` where it cannot do what is asked."""
        ...


class ReadsWrites(Protocol):
    """Data that is read and written: what a function takes that does not care who runs it."""

    def read_write(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> Connection:
        """An edge for callers that read and write."""
        ...


class ReadsOnly(ReadsWrites, Protocol):
    """Data that some callers only read."""

    def read_only(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> Connection:
        """An edge for callers that only read."""
        ...


class Connects(Protocol):
    """A broker, of which an address cannot say who publishes and who consumes."""

    def connect(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> Connection:
        """An edge for callers."""
        ...


class _Verbs:
    """What every form offers."""

    __slots__ = ()

    def _store(self) -> Store:
        raise NotImplementedError


class ReadWriteVerbs(_Verbs):
    """Mixed into what is read and written."""

    __slots__ = ()

    def read_write(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> Connection:
        """An edge for callers that read and write: address and login as variables, and both policies.

        Args:
            env: The variables. Default: ``NAME_HOST``, ``NAME_PORT``, ``NAME_USER``, ``NAME_PASSWORD``, ``NAME_URL`` and
                the name of the database, NAME being the store's in upper case; those that it has.
            credentials: Another login, such as a user of less rights, or a Secret in the caller's namespace. Default:
                that of the store.
        """
        return self._store().connection("read_write", env, credentials)


class ReadOnlyVerbs(ReadWriteVerbs):
    """Mixed into what may have replicas to read from."""

    __slots__ = ()

    def read_only(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> Connection:
        """An edge for callers that only read, from replicas; see `read_write`.

        Raises `UnsupportedError` where there is no replica.
        """
        store = self._reader()
        if store is None:
            owner = self._store()
            raise UnsupportedError(
                f"{owner.where}: read_only: it has no replicas to read from; use read_write, with credentials=… of a user "
                f"who may only read, or {owner.technology.name} run by {owner.technology.replicas}"
            )
        return store.connection("read_only", env, credentials)

    def _reader(self) -> Store | None:
        return None


class ConnectVerbs(_Verbs):
    """Mixed into brokers."""

    __slots__ = ()

    def connect(self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None) -> Connection:
        """An edge for callers that publish and consume: address and login as variables, and both policies.

        What a user may do with which queue is the broker's to say, by the user's permissions. See
        `ReadWriteVerbs.read_write` for the arguments.
        """
        return self._store().connection("connect", env, credentials)
