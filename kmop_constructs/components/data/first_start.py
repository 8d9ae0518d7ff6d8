"""Scripts that create the users of an application when a database starts for the first time.

They run where a server listens and knows its administrator: in the images of Docker's library, and in images of operators that take
the same scripts. Names and passwords are variables of the container: ``APPLICATION_USER``, ``APPLICATION_PASSWORD`` and, for further
users, ``USER_1_PASSWORD`` and so on. A password may be a file instead, named by the same variable with ``_FILE``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.components.data.users import DatabaseUser, MongoUser

__all__ = ["FIRST", "MONGO_OWNER", "POSTGRES_OWNER", "mongo_users", "password_variables", "postgres_users"]

FIRST = "00-application"
"""Name, without extension, of the script that creates the application's user."""

POSTGRES_OWNER = """\
# The application's user owns its database, and is no superuser.
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\\set user `printf %s "$APPLICATION_USER"`
\\set password `printf %s "${APPLICATION_PASSWORD-$(cat "$APPLICATION_PASSWORD_FILE")}"`
\\set database `printf %s "$POSTGRES_DB"`
CREATE ROLE :"user" LOGIN PASSWORD :'password';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
ALTER DATABASE :"database" OWNER TO :"user";
SQL
"""

_POSTGRES_USER = """\
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\\set password `printf %s "${{{variable}-$(cat "${variable}_FILE")}}"`
\\set database `printf %s "$POSTGRES_DB"`
CREATE ROLE "{name}" LOGIN PASSWORD :'password'{roles};
GRANT CONNECT ON DATABASE :"database" TO "{name}";
SQL
"""

_AS_SUPERUSER = """\
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
{statements}
SQL
"""

MONGO_OWNER = """\
// The application's user reads and writes its own database, and no other.
db.createUser({
  user: process.env.APPLICATION_USER,
  pwd: process.env.APPLICATION_PASSWORD ?? fs.readFileSync(process.env.APPLICATION_PASSWORD_FILE, "utf8"),
  roles: [{ role: "readWrite", db: db.getName() }],
});
"""

_MONGO_USER = """\
db.createUser({{
  user: {name},
  pwd: process.env.{variable} ?? fs.readFileSync(process.env.{variable}_FILE, "utf8"),
  roles: [{roles}],
}});
"""


def password_variables(users: Iterable[str]) -> dict[str, str]:
    """Return the variable with the password of each further user, by the name of the user for edges."""
    return {name: f"USER_{number}_PASSWORD" for number, name in enumerate(users, start=1)}


def postgres_users(users: Mapping[str, DatabaseUser], extensions: Iterable[str]) -> str:
    """Return the shell commands that create extensions, roles and further users of PostgreSQL. Empty if there are none."""
    statements = [
        f'CREATE ROLE "{role}" NOLOGIN;' for role in sorted({r for u in users.values() for r in u.created_roles})
    ]
    statements += [f'CREATE EXTENSION IF NOT EXISTS "{each}";' for each in sorted(extensions)]
    parts = [_AS_SUPERUSER.format(statements="\n".join(statements))] if statements else []
    for name, variable in password_variables(users).items():
        user = users[name]
        roles = " IN ROLE " + ", ".join(f'"{role}"' for role in sorted(user.roles)) if user.roles else ""
        parts.append(_POSTGRES_USER.format(variable=variable, name=user.name, roles=roles))
    return "".join(parts)


def mongo_users(users: Mapping[str, MongoUser]) -> str:
    """Return the commands of ``mongosh`` that create further users. Name and roles need no escape: `MongoUser` checks them."""
    parts: list[str] = []
    for name, variable in password_variables(users).items():
        user = users[name]
        roles = ", ".join(f'{{ role: "{role}", db: db.getName() }}' for role in sorted(user.roles))
        parts.append(_MONGO_USER.format(name=json.dumps(user.name), variable=variable, roles=roles))
    return "".join(parts)
