"""PostgreSQL by the official image.

Facts of the image, from https://github.com/docker-library/postgres (17/bookworm, 18/bookworm, 18/alpine3.22 and their
docker-entrypoint.sh): user and group 999 on Debian, 70 on Alpine; ``/var/run/postgresql`` for the socket; stops fast
and cleanly on SIGINT, which is its STOPSIGNAL. Up to 17 data is in ``/var/lib/postgresql/data``, from 18 on elsewhere;
a custom ``PGDATA`` works for all. While the database is created, a server listens only on the socket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import ReadOnlyVerbs
from kmop_constructs.components.data.first_start import FIRST, POSTGRES_OWNER, password_variables, postgres_users
from kmop_constructs.components.data.kafka.outbox import MakesPublication
from kmop_constructs.components.data.store_spec import PostgresSpec
from kmop_constructs.components.data.technology import POSTGRES
from kmop_constructs.components.data.users import DatabaseUser, check_postgres_users, name_of, writers_of
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError, shown
from kmop_constructs.providers.native.data.bitnami import bitnami_postgres
from kmop_constructs.providers.native.data.capture import check_settings, prepare
from kmop_constructs.providers.native.data.logins import Logins, logins, own_database
from kmop_constructs.providers.native.data.pod import (
    Ids,
    PodOfImage,
    StoreArguments,
    alpine,
    check_arguments,
    init_files,
    settings_of,
)
from kmop_constructs.providers.native.data.provider import NativeStoreProvider, database_of, login_of
from kmop_constructs.providers.native.data.store import NativeData, NativeDataOptions
from kmop_constructs.values.files import FileSource, Text
from kmop_constructs.values.names import made_by, mapping, texts
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Exec, Health
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.volumes import EmptyDir

if TYPE_CHECKING:
    from kmop_constructs.components.data.base import StoreNames
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.kafka.outbox import Capture
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.env import SecretKey
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["NativePostgres", "NativePostgresProvider"]

GUESS = Resources(cpu=Cpu("250m"), memory=Size("512Mi"))


class NativePostgres(NativeData, ReadOnlyVerbs):
    """A PostgreSQL database in one pod: ``db.read_write()`` is the edge for callers.

    One pod has no fail-over and no replica: every drain of its node is an outage, which the notice ``single-replica``
    reports. An operator such as CloudNativePG runs several replicas.
    """

    technology = POSTGRES

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: Image,
        storage: Size | None,
        credentials: Credentials,
        admin_password: SecretKey | None,
        database: str | None = None,
        storage_class: str | None = None,
        resources: Resources | None = None,
        settings: Mapping[str, str] | None = None,
        init_scripts: Mapping[str, FileSource] | None = None,
        users: Mapping[str, DatabaseUser] | None = None,
        extensions: Sequence[str] = (),
        options: NativeDataOptions | None = None,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw the database.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the store unless `options` set another. Do not change it later: the objects
                would be replaced.
            image: The official image or a compatible one, such as ``Image("postgres:17.6")``; or the image of Bitnami
                (`NativeDataOptions.image_profile`).
            storage: Size of the claim. An existing claim can only grow. ``None`` for data that is deleted with the pod.
            credentials: The user of the application. It is created when the volume is empty, owns the database, and is not a
                superuser. A later change of the Secret does not change the password in the database.
            admin_password: The password of the superuser ``postgres``. No edge gives it to callers. ``None`` without a user
                of the application: `credentials` are then those of the superuser.
            database: Name of the database. Default: the id, with ``_`` in place of ``-``; where callers are the superuser,
                only the server's own database.
            storage_class: Name of the StorageClass. Immutable. Default: the default StorageClass of the cluster.
            resources: Requests and limits. Default: an estimate, with a notice.
            settings: Server settings: ``{"max_connections": "200"}``. Default: those of the image.
            init_scripts: Scripts by file name (``10-schema.sql``) that the superuser runs in the database when the volume is
                empty. Default: none.
            users: Further users by a name for edges, created when the volume is empty. Only with the official image and
                `admin_password`. Default: none.
            extensions: Extensions that are created in the database when the volume is empty; the image must have them. Only with
                the official image. Default: none.
            options: Options of native pods. Default: `NativeDataOptions()`.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.
            uses: Edges to what the store itself uses. Default: none.
            accepts: Callers that another repository builds. Default: none, only callers of this app.
        """
        where, wanted = check_arguments(
            scope,
            id,
            technology=POSTGRES,
            image=image,
            storage=storage,
            storage_class=storage_class,
            resources=resources,
            guess=GUESS,
            options=options,
            profiles=("official", "bitnami"),
            reads_files=True,
        )
        who = logins(where, credentials, admin_password, administrator="postgres")
        name = database
        if name is not None or who.user is not None:
            name = own_database(where, database or id.replace("-", "_"), POSTGRES)
        settings = settings_of(where, settings)
        also = _Also(
            users=_checked_users(where, {} if users is None else users, credentials),
            extensions=texts(f"{where}: extensions", extensions),
        )
        if also and (wanted.profile == "bitnami" or who.user is None):
            field = "users" if also.users else "extensions"
            raise SpecError(
                f"{where}: {field}: only the official image with admin_password creates them; write a script: init_scripts=…"
            )
        if wanted.profile == "bitnami":
            pod = bitnami_postgres(wanted, who, name, settings, init_scripts)
        else:
            pod = _official(wanted, who, name, settings, init_scripts, also)
        spec = wanted.spec(pod)
        super().__init__(
            scope,
            id,
            spec,
            database=name,
            credentials=credentials,
            guessed=resources is None,
            platform=platform,
            uses=uses,
            accepts=accepts,
            users={name: user.credentials for name, user in also.users.items()},
            writers=writers_of(also.users),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Also:
    """What is created beside the application's user."""

    users: Mapping[str, DatabaseUser]
    extensions: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.users or self.extensions)

    @property
    def variables(self) -> dict[str, str]:
        """The variable with the password of each user, by the name of the user for edges."""
        return password_variables(self.users)


def _checked_users(where: str, users: Mapping[str, DatabaseUser], owner: Credentials) -> dict[str, DatabaseUser]:
    found = dict(mapping(f"{where}: users", users))
    for name, user in found.items():
        made_by(f"{where}: users[{shown(name)}]", user, DatabaseUser)
    check_postgres_users(where, found, name_of(owner))
    return dict(sorted(found.items()))


def _official(
    wanted: StoreArguments,
    who: Logins,
    database: str | None,
    settings: Mapping[str, str],
    init_scripts: Mapping[str, FileSource] | None,
    also: _Also,
) -> PodOfImage:
    passwords = {"POSTGRES_PASSWORD": who.admin_password}
    own: dict[str, FileSource] = {}
    if who.user is not None:
        passwords["APPLICATION_PASSWORD"] = who.password
        passwords |= {variable: also.users[name].credentials.password for name, variable in also.variables.items()}
        own[f"{FIRST}.sh"] = Text(POSTGRES_OWNER + postgres_users(also.users, also.extensions))
    held, files = wanted.passwords(passwords)
    return PodOfImage(
        ids=Ids(user=70, group=70) if alpine(wanted.image) else Ids(user=999, group=999),
        ports=[Port.tcp(POSTGRES.port, name="postgresql")],
        data="/var/lib/postgresql/data",
        scratch={
            "/var/run/postgresql": EmptyDir("run"),
            # Parallel queries share memory there; the default of container runtimes is 64 MiB.
            "/dev/shm": EmptyDir("shm", memory=True),  # noqa: S108 - a path in the container
        },
        env={
            "PGDATA": "/var/lib/postgresql/data/pgdata",
            **({} if database is None else {"POSTGRES_DB": database}),
            "POSTGRES_INITDB_ARGS": "--auth=scram-sha-256 --data-checksums",
            **({} if who.user is None else {"APPLICATION_USER": who.user}),
            **held,
        },
        args=[part for key, value in settings.items() for part in ("-c", f"{key}={value}")],
        files={**files, **init_files(wanted.where, own, init_scripts)},
        # By TCP: while the database is created, only the socket answers. A server in recovery accepts connections and
        # refuses them, which is no reason for a restart, so liveness is TCP.
        health=Health(readiness=Exec(("pg_isready", "--host=127.0.0.1", f"--port={POSTGRES.port}"))),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class NativePostgresProvider(NativeStoreProvider):
    """Draws `Postgres` as `NativePostgres`. Default provider of a platform, without an operator.

    ``Platform(postgres=NativePostgresProvider(provision=Provision(storage=Size.gib(20))))``
    """

    technology = POSTGRES
    job = "postgres"
    repository = "postgres"

    def names(self, subject: Subject, spec: PostgresSpec, /) -> StoreNames:
        """Return the names that callers will use."""
        users = {name: user.credentials for name, user in spec.users.items()}
        database = database_of(subject, spec.database)
        return self.store_names(subject, database=database, credentials=spec.credentials, users=users)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: PostgresSpec, accepts: tuple[Peer, ...]
    ) -> NativePostgres:
        """Draw the store. The platform calls this."""
        login = login_of(subject, intent.credentials, also=", and admin_password=…")
        provision, notices = self.provisioned(subject, intent, dumps=True)
        notices += self.only_generation(subject, intent.generation)
        store = NativePostgres(
            scope,
            id,
            **self.in_pods(subject, intent, provision, accepts),
            storage=self.storage(subject, provision),
            credentials=login,
            admin_password=intent.admin_password,
            database=database_of(subject, intent.database),
            settings=intent.settings,
            init_scripts=intent.init_scripts,
            users=intent.users,
            extensions=intent.extensions,
        )
        self.dumped(scope, id, store, intent, provision)
        return self.told(store, notices, provision)

    def source(self, subject: Subject, spec: PostgresSpec, /) -> Store:
        """Return the address, for a reader of changes. The platform calls this."""
        check_settings(subject, spec)
        return self.names(subject, spec).primary

    def fails_over(self, spec: PostgresSpec, /) -> bool:
        """Return that there is one instance, so no other one takes over."""
        del spec
        return False

    def capture(
        self, scope: Construct, id: str, /, *, subject: Subject, store: Subject, spec: PostgresSpec, intent: Capture
    ) -> Drawn:
        """Draw the Job that prepares the database. The platform calls this."""
        if not intent.made:
            made = MakesPublication(store=store.path, name=intent.publication, table=f"{intent.schema}.{intent.table}")
            place_of(scope).give(made)
        names = self.names(store, spec).primary
        return prepare(
            scope,
            f"{subject.name}-{id}",
            subject=subject,
            store=names,
            image=self.image(spec),
            spec=spec,
            intent=intent,
        )
