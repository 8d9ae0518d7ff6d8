"""Users of a database beside that of the application."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import made_by, one_of, texts

__all__ = [
    "DatabaseUser",
    "MongoRole",
    "MongoUser",
    "check_postgres_name",
    "check_postgres_users",
    "check_users",
    "name_of",
    "writers_of",
]

_POWERFUL = frozenset({"pg_execute_server_program", "pg_read_server_files", "pg_write_server_files"})

_PREDEFINED: Mapping[str, int] = {
    "pg_checkpoint": 15,
    "pg_create_subscription": 16,
    "pg_maintain": 17,
    "pg_monitor": 10,
    "pg_read_all_data": 14,
    "pg_read_all_settings": 10,
    "pg_read_all_stats": 10,
    "pg_signal_autovacuum_worker": 18,
    "pg_signal_backend": 10,
    "pg_stat_scan_tables": 10,
    "pg_use_reserved_connections": 16,
    "pg_write_all_data": 14,
}
"""Roles that PostgreSQL has by itself and that others can be members of, each with the first major version that has it
(https://www.postgresql.org/docs/18/predefined-roles.html)."""

_NOBODY = frozenset({"none", "public"})
"""Names that no user or role can have, quoted or not (``RoleSpec`` in
https://github.com/postgres/postgres/blob/REL_18_0/src/backend/parser/gram.y)."""

_SUPERUSER = "postgres"
"""Name of the superuser in the images."""

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
    """Roles that the user is a member of. Each is created without a login, so it must not be the owner or another user; one that the
    server has, such as ``pg_read_all_data``, is used as it is (https://www.postgresql.org/docs/18/predefined-roles.html). Default:
    none, the user has no right on any table."""

    def __post_init__(self) -> None:
        made_by("DatabaseUser.credentials", self.credentials, Credentials, secret=True)
        user = _name_of("DatabaseUser", self.credentials)
        check_postgres_name("DatabaseUser.credentials.user", user)
        if user == _SUPERUSER:
            raise bad("DatabaseUser.credentials.user", "reserved for the server itself", user, "name another user")
        object.__setattr__(self, "roles", texts("DatabaseUser.roles", self.roles))
        for role in self.roles:
            _role_name("DatabaseUser.roles", role)
            if role in _POWERFUL or role == _SUPERUSER:
                raise bad("DatabaseUser.roles", "as powerful as a superuser", role, "leave it to an administrator")
            if role not in _PREDEFINED:
                _refuse_unknown(role)
            if role == user:
                raise bad("DatabaseUser.roles", "the user itself", role, "name the role otherwise than the user")

    @property
    def created_roles(self) -> tuple[str, ...]:
        """Roles that the server does not have by itself."""
        return tuple(role for role in self.roles if role not in _PREDEFINED)

    @property
    def writes(self) -> bool:
        """Whether one of its roles writes every table. What migrations grant to the others is not known."""
        return "pg_write_all_data" in self.roles

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
    def writes(self) -> bool:
        """Whether one of its roles changes data: all but ``read`` do."""
        return any(role != "read" for role in self.roles)

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


def _refuse_unknown(role: str) -> None:
    """Refuse a role that PostgreSQL neither has nor creates."""
    if role.startswith("pg_"):
        what = "not a role of PostgreSQL that has members, and no other name begins with pg_"
        raise bad("DatabaseUser.roles", what, role, f"use one of {', '.join(_PREDEFINED)}, or another name")
    check_postgres_name("DatabaseUser.roles", role)


def name_of(login: Credentials | None) -> str | None:
    """Return the user of a login, where it is text."""
    return login.user if isinstance(login, Credentials) and isinstance(login.user, str) else None


def writers_of(users: Mapping[str, DatabaseUser] | Mapping[str, MongoUser]) -> frozenset[str]:
    """Return the users whose roles write data, by the name for edges."""
    return frozenset(name for name, user in users.items() if user.writes)


def check_users(where: str, users: Mapping[str, DatabaseUser] | Mapping[str, MongoUser], owner: str | None) -> None:
    """Refuse two users of one name, and the name of the owner. `owner` is its name, if that is known."""
    known = {} if owner is None else {owner: "the owner"}
    for name, user in users.items():
        at = f"{where}: users[{name!r}]"
        if user.name in known:
            raise bad(at, f"has the name of {known[user.name]}", user.name, "name another user")
        known[user.name] = f"the user {name!r}"


def check_postgres_name(where: str, name: str) -> None:
    """Refuse the name of a user or role that no PostgreSQL creates.

    https://www.postgresql.org/docs/18/sql-createrole.html: names that begin with ``pg_`` are those of the server.
    """
    if name.startswith("pg_") or name in _NOBODY:
        raise bad(where, "reserved for the server itself", name, "use another name")


def check_postgres_users(
    where: str, users: Mapping[str, DatabaseUser], owner: str | None, *, version: str | None = None
) -> None:
    """Refuse users and roles that a PostgreSQL cannot have together.

    A role is created without a login: under the name of the owner or of another user it would lock that one out, or the first start of
    a server would fail on it. `version` is that of the server, if it is known.
    """
    if owner is not None:
        check_postgres_name(f"{where}: credentials.user", owner)
    check_users(where, users, owner)
    logins = {user.name: f"the user {name!r}" for name, user in users.items()}
    if owner is not None:
        logins[owner] = "the owner of the database"
    major = re.match(r"\d+", version or "")
    for name, user in users.items():
        at = f"{where}: users[{name!r}].roles"
        for role in user.roles:
            if role in logins:
                what = f"{logins[role]}, and a role is created without a login"
                raise bad(at, what, role, "name a role of its own, and grant it rights in the migration")
            if major is not None and _PREDEFINED.get(role, 0) > int(major[0]):
                what = f"a role of PostgreSQL {_PREDEFINED[role]}, which {version} does not have"
                raise bad(at, what, role, "remove it, or use a newer version")
