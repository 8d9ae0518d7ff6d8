"""Who can log in to what is run here, and to which database, checked."""

from __future__ import annotations

from dataclasses import dataclass

from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.technology import Technology, database_name
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import SecretKey

__all__ = ["Logins", "logins", "own_database", "own_password", "own_user"]


def own_password(where: str, name: str, value: SecretKey) -> SecretKey:
    """A password by reference."""
    if not isinstance(value, SecretKey):
        got = type(value).__name__
        raise SpecError(f"{where}: {name}: would be readable in the output, got a {got}; write SecretKey(name, key)")
    return value


def own_user(where: str, credentials: Credentials, *, taken: str) -> str | SecretKey:
    """The user that is made for the application; `taken` is the administrator's name."""
    user = _user(where, credentials)
    if user == taken:
        raise bad(f"{where}: credentials.user", "the administrator", taken, "name a user of the application's own")
    return user


def _user(where: str, credentials: Credentials) -> str | SecretKey:
    if not isinstance(credentials, Credentials):
        got = type(credentials).__name__
        raise SpecError(f"{where}: credentials: not Credentials, got a {got}; write Credentials.of(secret)")
    if credentials.user is None:
        raise SpecError(f"{where}: credentials: names no user; write Credentials(user=…, password=…)")
    return credentials.user


@dataclass(frozen=True, kw_only=True, slots=True)
class Logins:
    """Who can log in to a database."""

    user: str | SecretKey | None
    """The application's user, where it has one."""

    password: SecretKey
    """The password of whom callers log in as."""

    admin_password: SecretKey
    """The administrator's, which is the same where callers are the administrator."""


def logins(where: str, credentials: Credentials, admin_password: SecretKey | None, *, administrator: str) -> Logins:
    """Who can log in: a user of the application's own and the administrator, or the administrator alone."""
    if admin_password is not None:
        user = own_user(where, credentials, taken=administrator)
        admin_password = own_password(where, "admin_password", admin_password)
        return Logins(user=user, password=credentials.password, admin_password=admin_password)
    user = _user(where, credentials)
    if user != administrator:
        got = f"the user {user!r}" if isinstance(user, str) else "a user whose name a Secret holds"
        raise SpecError(
            f"{where}: admin_password: left out, so that callers log in as {administrator!r}, got {got}; give it, or "
            f"write Credentials(user={administrator!r}, …)"
        )
    return Logins(user=None, password=credentials.password, admin_password=credentials.password)


def own_database(where: str, name: str, technology: Technology) -> str:
    """The database that is made for the application."""
    return database_name(f"{where}: database", name, reserved=technology.reserved)
