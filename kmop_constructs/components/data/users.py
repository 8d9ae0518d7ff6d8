"""Users of a database beside that of the application."""

from __future__ import annotations

from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.technology import database_name
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import made_by, one_of, texts

__all__ = ["DatabaseUser", "MongoRole", "MongoUser"]

MongoRole: TypeAlias = Literal["dbAdmin", "read", "readWrite"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseUser:
    """A user with rights of its own: ``users={"reports": DatabaseUser(password=…, roles=("orders_reader",))}``.

    ``db.read_only(user="reports")`` is the edge. The user may log in, and has the rights of its roles. Rights on tables are granted
    to a role by the migration that creates the tables: ``GRANT SELECT ON sale TO orders_reader``.
    """

    credentials: Credentials
    """Name and password. The name is text, so that the user can be created under it."""

    roles: tuple[str, ...] = ()
    """Roles that the user is a member of. Each is created without a login. Default: none, the user has no right on any table."""

    def __post_init__(self) -> None:
        made_by("DatabaseUser.credentials", self.credentials, Credentials, secret=True)
        user = _name_of("DatabaseUser", self.credentials)
        object.__setattr__(self, "roles", texts("DatabaseUser.roles", self.roles))
        for role in self.roles:
            database_name("DatabaseUser.roles", role)
            if role == user:
                raise bad("DatabaseUser.roles", "the user itself", role, "name the role otherwise than the user")

    @property
    def name(self) -> str:
        """Name of the user."""
        return str(self.credentials.user)


@dataclass(frozen=True, kw_only=True, slots=True)
class MongoUser:
    """A user of a MongoDB database: ``users={"reports": MongoUser(credentials=Credentials(user="reports", password=…))}``.

    ``db.read_only(user="reports")`` is the edge. The user is stored in the database of the application, and its roles are for that
    database alone.
    """

    credentials: Credentials
    """Name and password. The name is text, so that the user can be created under it."""

    roles: tuple[MongoRole, ...] = ("read",)
    """Built-in roles (https://www.mongodb.com/docs/manual/reference/built-in-roles/#database-user-roles): ``read``, ``readWrite``, or
    ``dbAdmin`` for indexes and statistics. Those that can grant roles, ``userAdmin`` and ``dbOwner``, are not supported.
    Default: ``read``."""

    def __post_init__(self) -> None:
        made_by("MongoUser.credentials", self.credentials, Credentials, secret=True)
        _name_of("MongoUser", self.credentials)
        object.__setattr__(self, "roles", texts("MongoUser.roles", self.roles))
        if not self.roles:
            raise bad("MongoUser.roles", "empty, so the user could read nothing", (), "leave it out for 'read'")
        for role in self.roles:
            one_of("MongoUser.roles", role, MongoRole)

    @property
    def name(self) -> str:
        """Name of the user."""
        return str(self.credentials.user)


def _name_of(where: str, credentials: Credentials) -> str:
    """Return the checked name of a user."""
    user = credentials.user
    if not isinstance(user, str):
        got = "None" if user is None else "a reference to a Secret"
        raise SpecError(
            f"{where}.credentials: the name of the user is not text, got {got}; write Credentials(user='reports', …)"
        )
    return database_name(f"{where}.credentials.user", user)
