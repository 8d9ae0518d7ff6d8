"""How each technology is dumped and restored, with the tools of its own image."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.backup import Backup
from kmop_constructs.components.data.spec import DatabaseName, LibPq, OptionalVariables, Password, UserName
from kmop_constructs.components.data.technology import MYSQL, POSTGRES
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.address import AuthorityFile, Host, PortNumber
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import made_by
from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage, check_folder
from kmop_constructs.values.quantity import Cpu, Size, seconds
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from kmop_constructs.components.data.spec import DataForm
    from kmop_constructs.components.data.technology import Technology

__all__ = ["COPIER", "DUMP", "DumpSpec", "DumpTool", "tool_of"]

COPIER = Image("docker.io/rclone/rclone:1.76.0")
"""rclone, which copies files to and from buckets (https://rclone.org)."""

DUMP = "/dump/dump"
"""The file in the pod."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DumpTool:
    """Commands of one technology. They find the store by the variables of `forms`, and read or write `DUMP`."""

    forms: tuple[DataForm, ...]
    """The variables."""

    login: str = ""
    """Shell commands before the others, which write down how to log in. Default: none, the tools read the variables."""

    verifies: str = ""
    """Shell commands after `login` for a store with an authority of its own, whose path is in ``DB_CA``. Default: none, the tools read
    the variables."""

    dump: str
    """Shell commands that write the dump, and fail where it cannot be read."""

    restore: str
    """Shell commands that replace what is in the database by what is in the dump."""

    def script(self, commands: str, *, verified: bool) -> str:
        """Return `dump` or `restore` with what comes before it. `verified` says that the store has an authority of its own."""
        return f"{self.login}{self.verifies if verified else ''}{commands}"


_MYSQL = (
    "umask 077\n"
    # An option file reads a backslash in quotes as an escape (https://dev.mysql.com/doc/refman/8.4/en/option-files.html).
    'quoted="$(printf \'%s\' "$DB_PASSWORD" | sed \'s/[\\\\"]/\\\\&/g\')"\n'
    'printf \'[client]\\nhost=%s\\nport=%s\\nuser=%s\\npassword="%s"\\n\' "$DB_HOST" "$DB_PORT" "$DB_USER" "$quoted" '
    "> /tmp/client.cnf\n"
)

_TOOLS: Mapping[str, DumpTool] = {
    # https://www.postgresql.org/docs/current/app-pgdump.html, app-pgrestore.html. Extensions are the superuser's: they stay.
    POSTGRES.name: DumpTool(
        forms=(LibPq(),),
        dump=f"pg_dump --format=custom --file={DUMP}\npg_restore --list {DUMP} > /dev/null\n",
        restore=(
            f"pg_restore --list {DUMP} | grep -v ' EXTENSION ' > /tmp/list\n"
            f'pg_restore --use-list=/tmp/list --clean --if-exists --no-owner --single-transaction --dbname="$PGDATABASE" {DUMP}\n'
        ),
    ),
    # https://dev.mysql.com/doc/refman/8.4/en/mysqldump.html: the last line of a whole dump says that it is complete. Without
    # set-gtid-purged=OFF a server with GTIDs, as each member of a group is one, locks all tables for the dump, and sets its GTIDs when
    # the dump is restored: both need rights on the whole server. `loose-` because the tools of MariaDB do not know it.
    MYSQL.name: DumpTool(
        forms=(
            Host("DB_HOST"),
            PortNumber("DB_PORT"),
            UserName("DB_USER"),
            Password("DB_PASSWORD"),
            DatabaseName("DB_NAME"),
            OptionalVariables(AuthorityFile("DB_CA")),
        ),
        login=_MYSQL,
        # https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode
        verifies="printf 'ssl-mode=VERIFY_IDENTITY\\nssl-ca=%s\\n' \"$DB_CA\" >> /tmp/client.cnf\n",
        dump=(
            f"mysqldump --defaults-extra-file=/tmp/client.cnf --single-transaction --routines --events --no-tablespaces "
            "--loose-set-gtid-purged=OFF "
            f'--result-file={DUMP} "$DB_NAME"\ntail -n 1 {DUMP} | grep -q "Dump completed"\n'
        ),
        restore=f'mysql --defaults-extra-file=/tmp/client.cnf "$DB_NAME" < {DUMP}\n',
    ),
}
"""The tool of each technology, by its name."""


def tool_of(where: str, technology: Technology) -> DumpTool:
    """Return the tool of a technology. Raises `UnsupportedError` if it has none."""
    if technology.name not in _TOOLS:
        raise UnsupportedError(
            f"{where}: a dump of {technology.name} is not supported, but of {', '.join(sorted(_TOOLS))}; copy its volume, or name an "
            "operator that makes copies"
        )
    return _TOOLS[technology.name]


@dataclass(frozen=True, kw_only=True, slots=True)
class DumpSpec:
    """Dumps of a store: ``DumpSpec(backup=Backup(…, to=S3("acme-backups")), image=Image("postgres:17.6"))``."""

    backup: Backup
    """When dumps are made, how long each is kept, and the bucket. Dumps of before `Backup.keep` are deleted after each new one."""

    image: Image
    """Image with the tools of the store, of its version: the official image of the server."""

    copier: Image = COPIER
    """Image of rclone. Default: the official one."""

    folder: str | None = None
    """Folder of the dumps, below that of the bucket, with its placeholders. No other dump may be written there, not of the same store
    either, because each deletes what it does not keep. Default: the name of the store; for a store that somebody else runs without a
    `name`, host and database: ``db.acme.io/sales``."""

    space: Size | None = None
    """Local disk for one dump; the pod is evicted if it needs more. Default: the storage of the store, if the platform's provider
    has it, else 10 GiB."""

    deadline: timedelta = timedelta(hours=6)
    """Maximum time of one run. Default: 6 hours."""

    resources: Resources = Resources(cpu=Cpu("100m"), memory=Size("256Mi"))
    """Requests and limits of each container. Default: 100m CPU and 256Mi memory; the local disk is `space`."""

    def __post_init__(self) -> None:
        made_by("DumpSpec.backup", self.backup, Backup)
        if not isinstance(self.backup.to, S3 | GoogleStorage | AzureBlob):
            got = type(self.backup.to).__name__
            raise UnsupportedError(
                f"DumpSpec.backup.to: not a bucket, got {got}; write Backup(…, to=S3('acme-backups')), or let an operator that makes "
                "snapshots run the store, such as CloudNativePG"
            )
        made_by("DumpSpec.image", self.image, Image)
        made_by("DumpSpec.copier", self.copier, Image)
        check_folder("DumpSpec.folder", self.folder)
        made_by("DumpSpec.space", self.space, Size, type(None))
        seconds("DumpSpec.deadline", self.deadline)
        made_by("DumpSpec.resources", self.resources, Resources)
