"""What is asked of any store of data: who may log in, and the variables in which a caller wants address and login."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.address import DefaultEnv, EnvForm, Host, HostPort, PortNumber, Template, Url
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import env_name, made_by, several

__all__ = [
    "Credentials",
    "DataEnv",
    "DataForm",
    "DatabaseName",
    "Keyed",
    "Password",
    "Prefix",
    "UserName",
    "data_forms",
]


@runtime_checkable
class Keyed(Protocol):
    """A Secret whose keys can be named: `NativeSecret`, `ExistingSecret`, and what else has the method."""

    def key(self, key: str) -> SecretKey:
        """A reference to one key."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """A user and where the password is. Both stay references: no value passes through this library.

    ``Credentials.of(ExistingSecret("orders-db"))`` reads the keys ``username`` and ``password``, as Secrets of type
    ``kubernetes.io/basic-auth`` have them.
    """

    user: str | SecretKey | None = None
    """The user's name, or the key of a Secret that holds it. Default: none, for what knows a password alone (Redis)."""

    password: SecretKey
    """The key of the Secret that holds the password, in the namespace of the pods that read it."""

    def __post_init__(self) -> None:
        made_by("Credentials.user", self.user, str, SecretKey, type(None))
        if self.user == "":
            raise SpecError("Credentials.user: empty; leave it out where there is none")
        if not isinstance(self.password, SecretKey):
            got = type(self.password).__name__
            raise SpecError(f"Credentials.password: would be readable in the output, got a {got}; write SecretKey(…)")

    @staticmethod
    def of(secret: Keyed, *, user: str = "username", password: str = "password") -> Credentials:
        """The keys of one Secret that hold user and password."""
        if not isinstance(secret, Keyed):
            got = type(secret).__name__
            raise bad("Credentials.of", "not a Secret whose keys can be named", got, "write ExistingSecret(name)")
        return Credentials(user=secret.key(user), password=secret.key(password))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Named:
    name: str = field(kw_only=False)
    """Name of the variable."""

    def __post_init__(self) -> None:
        env_name(type(self).__name__, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class UserName(_Named):
    """The variable holds the user's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Password(_Named):
    """The variable holds the password, by reference to the Secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseName(_Named):
    """The variable holds the name of the database, or of the virtual host."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prefix(_Named):
    """Every default variable, under another prefix: ``Prefix("DB")`` gives ``DB_HOST``, ``DB_PORT`` and so on."""


DataForm: TypeAlias = EnvForm | UserName | Password | DatabaseName | Prefix
"""One variable, or all under a prefix. The text of a `Template` may hold ``{database}``, ``{user}`` and ``{password}``
besides what it may hold anyway."""

DataEnv: TypeAlias = str | DataForm | Sequence[str | DataForm] | DefaultEnv | None
"""The variables that a caller gets. Text names the one that holds the URL; ``None`` is for no variable at all."""


def data_forms(where: str, names: str | DataForm | Sequence[str | DataForm]) -> tuple[DataForm, ...]:
    """What `names` asks for, checked."""
    forms = (Url, HostPort, Host, PortNumber, Template, UserName, Password, DatabaseName, Prefix)
    asked = (names,) if isinstance(names, (str, *forms)) else several(f"{where}: env", names)
    for item in asked:
        made_by(f"{where}: env", item, str, *forms)
    return tuple(Url(item) if isinstance(item, str) else item for item in asked)
