"""A native PostgreSQL whose changes are read: a Job gives the user its rights, makes the publication, and sets the cap of the log.

It waits for the table, which a migration makes, runs ``psql`` of the image of the database as the superuser, and can run at any time again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs.components.data.connection import Login
from kmop_constructs.components.data.spec import Credentials, Prefix
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.native.data.setup_job import KEPT
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.workloads.platform import Platform
from kmop_constructs.workloads.task import Task, TaskSpec

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.kafka.outbox import Capture
    from kmop_constructs.components.data.store_spec import PostgresSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.image import Image

    from constructs import Construct

__all__ = ["check_settings", "prepare"]

_RESOURCES = Resources(cpu=Cpu("10m"), memory=Size("64Mi"))
_SCRIPT = """\
set -eu
export PGPASSWORD="$ADMIN_PASSWORD"
run() {
  psql --no-psqlrc --set=ON_ERROR_STOP=1 --host="$ADMIN_HOST" --port="$ADMIN_PORT" --username="$ADMIN_USER" --dbname="$DATABASE" "$@"
}
tries=0
until [ "$(run --tuples-only --no-align --command="SELECT to_regclass('$TABLE') IS NOT NULL")" = t ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 340 ] || { echo "the table $TABLE does not exist" >&2; exit 1; }
  sleep 10
done
run <<SQL
$STATEMENTS
SQL
"""


def check_settings(subject: Subject, spec: PostgresSpec) -> None:
    """Refuse a server whose log has no changes: ``wal_level`` of the images is ``replica``."""
    level = spec.settings.get("wal_level")
    if level != "logical":
        raise bad(f"{subject.path}: settings['wal_level']", "its changes are read from its log, which then lacks them", level,
                  "write PostgresSpec(settings={'wal_level': 'logical'}, …)")  # fmt: skip


def prepare(
    scope: Construct, id: str, *, subject: Subject, store: Store, image: Image, spec: PostgresSpec, intent: Capture
) -> Task:
    """Draw the Job."""
    if spec.admin_password is None:
        raise SpecError(
            f"{subject.path}: of: admin_password: not set, and the superuser prepares the database; set admin_password=…"
        )
    admin = Credentials(user="postgres", password=spec.admin_password)
    task = TaskSpec(
        image=image,
        command=("sh", "-c", _SCRIPT),
        env={
            "DATABASE": intent.database,
            "TABLE": f'"{intent.schema}"."{intent.table}"',
            "STATEMENTS": "\n".join(_statements(intent)),
        },
        resources=_RESOURCES,
        retries=3,
        deadline=timedelta(hours=1),
        keep=KEPT,
    )
    edge = store.connection("read_write", Prefix("ADMIN"), Login(credentials=admin))
    return Task(scope, id, task, platform=Platform.of(subject.cluster), uses=[edge])


def _statements(intent: Capture) -> list[str]:
    """Return statements that change nothing when they run again. Names are plain (`sql_name`)."""
    table, name = f'"{intent.schema}"."{intent.table}"', intent.publication
    found = [
        f"ALTER SYSTEM SET max_slot_wal_keep_size = '{intent.kept.in_bytes // 2**20}MB';",
        "SELECT pg_reload_conf();",
        f'ALTER ROLE "{intent.user}" REPLICATION;',
        f'GRANT USAGE ON SCHEMA "{intent.schema}" TO "{intent.user}";',
        f'GRANT SELECT ON {table} TO "{intent.user}";',
    ]
    if not intent.made:
        create = f"CREATE PUBLICATION \"{name}\" WITH (publish = ''insert'')"
        missing = f"NOT EXISTS (SELECT FROM pg_publication WHERE pubname = '{name}')"
        found.append(f"SELECT '{create}' WHERE {missing} \\gexec")
        found.append(f'ALTER PUBLICATION "{name}" SET TABLE {table};')
    return found
