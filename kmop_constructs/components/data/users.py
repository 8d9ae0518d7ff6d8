"""Users of a database beside the one that owns it."""

from __future__ import annotations

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.technology import database_name
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import made_by, texts

__all__ = ["DatabaseUser"]


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
        user = self.credentials.user
        if not isinstance(user, str):
            got = "None" if user is None else "a reference to a Secret"
            raise SpecError(
                f"DatabaseUser.credentials: the name of the user is not text, got {got}; write Credentials(user='reports', …)"
            )
        database_name("DatabaseUser.credentials.user", user)
        object.__setattr__(self, "roles", texts("DatabaseUser.roles", self.roles))
        for role in self.roles:
            database_name("DatabaseUser.roles", role)
            if role == user:
                raise bad("DatabaseUser.roles", "the user itself", role, "name the role otherwise than the user")

    @property
    def name(self) -> str:
        """Name of the user."""
        return str(self.credentials.user)
