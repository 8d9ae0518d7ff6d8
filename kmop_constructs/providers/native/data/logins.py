"""The checked users, passwords and databases of native stores."""

from __future__ import annotations

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.technology import Technology, database_name
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import SecretKey

__all__ = ["Logins", "logins", "own_database", "own_password", "own_user"]


def own_password(where: str, name: str, value: SecretKey) -> SecretKey:
    """Check that a password is a reference."""
    if not isinstance(value, SecretKey):
        got = type(value).__name__
        raise SpecError(
            f"{where}: {name}: the value would be readable in the output, got a {got}; write SecretKey(name, key)"
        )
    return value


def own_user(where: str, credentials: Credentials, *, taken: str) -> str | SecretKey:
    """Return the application's user; `taken` is the name of the administrator, which is refused."""
    user = _user(where, credentials)
    if user == taken:
        raise bad(
            f"{where}: credentials.user",
            "the name of the administrator",
            taken,
            "name another user for the application",
        )
    return user


def _user(where: str, credentials: Credentials) -> str | SecretKey:
    if not isinstance(credentials, Credentials):
        got = type(credentials).__name__
        raise SpecError(f"{where}: credentials: not Credentials, got a {got}; write Credentials.of(secret)")
    if credentials.user is None:
        raise SpecError(f"{where}: credentials: the user is not set, got None; write Credentials(user=…, password=…)")
    return credentials.user


@dataclass(frozen=True, kw_only=True, slots=True)
class Logins:
    """The users of a database."""

    user: str | SecretKey | None
    """The user of the application; ``None`` where callers log in as the administrator."""

    password: SecretKey
    """The password that callers log in with."""

    admin_password: SecretKey
    """The password of the administrator; the same as `password` where callers log in as the administrator."""


def logins(where: str, credentials: Credentials, admin_password: SecretKey | None, *, administrator: str) -> Logins:
    """Return the checked users: one of the application and the administrator, or only the administrator."""
    if admin_password is not None:
        user = own_user(where, credentials, taken=administrator)
        admin_password = own_password(where, "admin_password", admin_password)
        return Logins(user=user, password=credentials.password, admin_password=admin_password)
    user = _user(where, credentials)
    if user != administrator:
        got = f"the user {user!r}" if isinstance(user, str) else "a user name from a Secret"
        raise SpecError(
            f"{where}: admin_password: not set, so callers must log in as {administrator!r}, got {got}; set admin_password, or "
            f"write Credentials(user={administrator!r}, …)"
        )
    return Logins(user=None, password=credentials.password, admin_password=credentials.password)


def own_database(where: str, name: str, technology: Technology) -> str:
    """Return the checked name of the application's database."""
    return database_name(f"{where}: database", name, reserved=technology.reserved)
