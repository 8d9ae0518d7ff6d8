"""Users of a database beside that of the application."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import made_by, one_of, texts

__all__ = ["DatabaseUser", "MongoRole", "MongoUser", "check_users"]

_POWERFUL = frozenset({"pg_execute_server_program", "pg_read_server_files", "pg_write_server_files"})

MongoRole: TypeAlias = Literal["dbAdmin", "read", "readWrite"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseUser:
    """A user with rights of its own: ``users={"reports": DatabaseUser(credentials=…, roles=("orders_reader",))}``.

    ``db.read_only(user="reports")`` is the edge. The user may log in, and has the rights of its roles. Rights on tables are granted
    to a role by the migration that creates the tables: ``GRANT SELECT ON sale TO orders_reader``.
    """

    credentials: Credentials
    """Name and password. The name is text, so that the user can be created under it."""

    roles: tuple[str, ...] = ()
    """Roles that the user is a member of. Each is created without a login; one that the server has, such as ``pg_read_all_data``, is
    used as it is (https://www.postgresql.org/docs/current/predefined-roles.html). Default: none, the user has no right on any
    table."""

    def __post_init__(self) -> None:
        made_by("DatabaseUser.credentials", self.credentials, Credentials, secret=True)
        user = _name_of("DatabaseUser", self.credentials)
        if user == "postgres" or user.startswith("pg_"):
            raise bad("DatabaseUser.credentials.user", "reserved for the server itself", user, "name another user")
        object.__setattr__(self, "roles", texts("DatabaseUser.roles", self.roles))
        for role in self.roles:
            _role_name("DatabaseUser.roles", role)
            if role in _POWERFUL:
                raise bad("DatabaseUser.roles", "as powerful as a superuser", role, "leave it to an administrator")
            if role == user:
                raise bad("DatabaseUser.roles", "the user itself", role, "name the role otherwise than the user")

    @property
    def created_roles(self) -> tuple[str, ...]:
        """Roles that the server does not have by itself."""
        return tuple(role for role in self.roles if not role.startswith("pg_"))

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
    return _role_name(f"{where}.credentials.user", user)


def _role_name(where: str, value: str) -> str:
    """Check the name of a user or role: it needs no quoting."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,62}", value):
        raise bad(where, "not the name of a user or role", value, "use at most 63 letters, digits, '_' and '-'")
    return value


def check_users(
    where: str, users: Mapping[str, DatabaseUser] | Mapping[str, MongoUser], owner: Credentials | None
) -> None:
    """Refuse two users of one name, and the name of the owner."""
    known = {owner.user: "the owner"} if owner is not None and isinstance(owner.user, str) else {}
    for name, user in users.items():
        at = f"{where}: users[{name!r}]"
        if user.name in known:
            raise bad(at, f"has the name of {known[user.name]}", user.name, "name another user")
        known[user.name] = f"the user {name!r}"
