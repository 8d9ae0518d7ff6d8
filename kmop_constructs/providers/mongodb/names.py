"""What the operator makes of a MongoDBCommunity, by name.

The headless Service ``<store>-svc`` and the label ``app`` of its pods (``buildService`` in
https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/mongodb-community-operator/controllers/replica_set_controller.go),
the Secret ``<store>-config`` with the configuration of the agents (``AutomationConfigSecretName`` in
https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/mongodb-community-operator/api/v1/mongodbcommunity_types.go), and a
Secret with the connection strings of each user
(https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/docs/mongodbcommunity/deploy-configure.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.technology import MONGO, database_name
from kmop_constructs.errors import SpecError, bad

if TYPE_CHECKING:
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.components.data.store_spec import MongoSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.env import SecretKey

__all__ = [
    "APP",
    "CONNECTION_KEYS",
    "PORT",
    "VOTERS",
    "Login",
    "check_name",
    "configuration_name",
    "database_of",
    "logins",
    "owner_of",
    "service_name",
]

APP = "app"
"""Label of the pods, with the name of the Service."""

PORT = 27017

VOTERS = 7
"""The most members that vote (https://www.mongodb.com/docs/manual/reference/limits/#replica-sets)."""

CONNECTION_KEYS = ("connectionString.standard", "connectionString.standardSrv", "password", "username")
"""Keys of the Secret with the connection strings of a user."""

_LONGEST = 52
"""The longest name of a StatefulSet: its pods have a label with the name and a hash of ten characters
(https://github.com/kubernetes/kubernetes/issues/64023)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """A user of the replica set."""

    name: str
    database: str
    """The database that stores the user, and that its roles are for."""

    roles: tuple[str, ...]
    password: SecretKey
    slug: str
    """The part of the name in the names of Secrets."""

    store: str

    @property
    def scram_name(self) -> str:
        """Name of the credentials; the operator adds ``-scram-credentials`` for the name of their Secret."""
        return f"{self.store}-{self.slug}"

    @property
    def connection_name(self) -> str:
        """Name of the Secret with the connection strings."""
        return f"{self.store}-{self.slug}-connection"


def check_name(subject: Subject) -> None:
    """Check the name of a store, which is also the name of the StatefulSet and of the replica set."""
    if len(subject.name) > _LONGEST:
        what = "too long for a StatefulSet, whose pods have it in a label"
        raise bad(f"{subject.path}: name", what, subject.name, f"use at most {_LONGEST} characters")


def service_name(store: str) -> str:
    """Return the name of the headless Service."""
    return f"{store}-svc"


def configuration_name(store: str) -> str:
    """Return the name of the Secret that the agents read."""
    return f"{store}-config"


def database_of(subject: Subject, spec: MongoSpec) -> str:
    """Return the database of the application, which also stores its users."""
    name = spec.database or subject.id.replace("-", "_")
    return database_name(f"{subject.path}: database", name, reserved=MONGO.reserved)


def owner_of(subject: Subject, spec: MongoSpec) -> Credentials:
    """Return the login of the application."""
    login = spec.credentials
    if login is None:
        raise SpecError(
            f"{subject.path}: credentials: not set, and the operator makes no password; write Credentials(user='orders', "
            "password=…)"
        )
    if not isinstance(login.user, str):
        got = "None" if login.user is None else "a reference to a Secret"
        what = "the name of the user is not text, and the operator creates the user under it"
        raise bad(f"{subject.path}: credentials.user", what, got, "write Credentials(user='orders', password=…)")
    return login


def logins(subject: Subject, spec: MongoSpec) -> tuple[Login, ...]:
    """Return the users: that of the application, the further ones, and the administrator if the spec has its password."""
    found = tuple(_logins(subject, spec))
    where = f"{subject.path}: users"
    seen: set[str] = set()
    for each in found:
        if each.slug in seen:
            what = f"not unique in the names of Secrets, in which it is {each.slug!r}"
            raise bad(where, what, each.name, "name one of the users otherwise")
        seen.add(each.slug)
        if each.password.name == each.connection_name:
            what = "the Secret of a password has the name of the Secret that the operator makes for its user"
            raise bad(where, what, each.password.name, "name the Secret of the password otherwise")
    return found


def _logins(subject: Subject, spec: MongoSpec) -> Iterator[Login]:
    owner, database, store = owner_of(subject, spec), database_of(subject, spec), subject.name
    yield _login(subject, store, database, ("readWrite",), owner)
    for user in spec.users.values():
        yield _login(subject, store, database, tuple(sorted(user.roles)), user.credentials)
    if spec.admin_password is not None:
        password = spec.admin_password
        yield Login(name="root", database="admin", roles=("root",), password=password, slug="admin-root", store=store)


def _login(subject: Subject, store: str, database: str, roles: tuple[str, ...], credentials: Credentials) -> Login:
    name = str(credentials.user)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not slug:
        what = "has no letter or digit, of which the names of its Secrets are made"
        raise bad(f"{subject.path}: users", what, name, "name the user otherwise")
    return Login(name=name, database=database, roles=roles, password=credentials.password, slug=slug, store=store)
