"""MySQL by the official image.

Facts of the image, from https://github.com/docker-library/mysql (8.4/Dockerfile.oracle and docker-entrypoint.sh): user
and group 999; ``/var/run/mysqld`` for socket and process id; while the database is created, a server listens only on
the socket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import ReadOnlyVerbs
from kmop_constructs.components.data.store_spec import MySqlSpec
from kmop_constructs.components.data.technology import MYSQL
from kmop_constructs.providers.native.data.logins import logins, own_database
from kmop_constructs.providers.native.data.pod import Ids, PodOfImage, check_arguments, init_files, settings_of
from kmop_constructs.providers.native.data.provider import NativeStoreProvider, database_of, login_of
from kmop_constructs.providers.native.data.store import NativeData, NativeDataOptions
from kmop_constructs.values.files import FileSource
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Exec, Health, ProbeTiming
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.volumes import EmptyDir

if TYPE_CHECKING:
    from kmop_constructs.components.data.base import StoreNames
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.env import EnvValue, SecretKey
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["NativeMySql", "NativeMySqlProvider"]

GUESS = Resources(cpu=Cpu("250m"), memory=Size("1Gi"))

PING = ("mysqladmin", "ping", "--host=127.0.0.1")
"""Succeeds when the server answers, also with a refusal (https://dev.mysql.com/doc/refman/8.4/en/mysqladmin.html), so
it needs no login. By TCP: while the database is created, only the socket answers. Not a bare TCP check: the server
counts connections without a handshake, and finally blocks the host (``max_connect_errors``)."""


class NativeMySql(NativeData, ReadOnlyVerbs):
    """A MySQL database in one pod: ``db.read_write()`` is the edge for callers.

    One pod has no fail-over and no replica: every drain of its node is an outage, which the notice ``single-replica``
    reports.
    """

    technology = MYSQL

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
            image: The official image or a compatible one, such as ``Image("mysql:8.4.6")``.
            storage: Size of the claim. An existing claim can only grow. ``None`` for data that is deleted with the pod.
            credentials: The user of the application. It is created when the volume is empty, and has all rights in the
                database and none outside of it. Neither name nor password may hold a ``'`` or a backslash, because the image
                puts them into SQL unquoted.
            admin_password: The password of ``root``, who can log in only from inside the pod. ``None`` without a user of the
                application: `credentials` are then those of ``root``, who can log in from everywhere.
            database: Name of the database. Default: the id, with ``_`` in place of ``-``; none where callers are ``root``, so
                that scripts can create it.
            storage_class: Name of the StorageClass. Immutable. Default: the default StorageClass of the cluster.
            resources: Requests and limits. Default: an estimate, with a notice.
            settings: Server settings: ``{"innodb-buffer-pool-size": "2G"}``. Default: those of the image.
            init_scripts: Scripts by file name (``10-schema.sql``) that ``root`` runs in the database when the volume is
                empty. Default: none.
            options: Options of native pods. Default: `NativeDataOptions()`.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.
            uses: Edges to what the store itself uses. Default: none.
            accepts: Callers that another repository builds. Default: none, only callers of this app.
        """
        where, wanted = check_arguments(
            scope,
            id,
            technology=MYSQL,
            image=image,
            storage=storage,
            storage_class=storage_class,
            resources=resources,
            guess=GUESS,
            options=options,
            reads_files=True,
        )
        who = logins(where, credentials, admin_password, administrator="root")
        name = database
        if name is not None or who.user is not None:
            name = own_database(where, database or id.replace("-", "_"), MYSQL)
        env: dict[str, EnvValue] = {}
        passwords = {"MYSQL_ROOT_PASSWORD": who.admin_password}
        if name is not None:
            env["MYSQL_DATABASE"] = name
        if who.user is not None:
            env |= {"MYSQL_USER": who.user, "MYSQL_ROOT_HOST": "localhost"}
            passwords["MYSQL_PASSWORD"] = who.password
        held, files = wanted.passwords(passwords)
        spec = wanted.spec(
            PodOfImage(
                ids=Ids(user=999, group=999),
                ports=[Port.tcp(MYSQL.port, name="mysql")],
                data="/var/lib/mysql",
                folder="mysql",
                scratch={"/var/run/mysqld": EmptyDir("run")},
                env={**env, **held},
                args=[f"--{key}={value}" for key, value in settings_of(where, settings).items()],
                files={**files, **init_files(where, {}, init_scripts)},
                health=Health(
                    readiness=Exec(PING),
                    liveness=Exec(
                        PING,
                        timing=ProbeTiming(period=timedelta(seconds=20), timeout=timedelta(seconds=10), failures=6),
                    ),
                ),
            )
        )
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
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeMySqlProvider(NativeStoreProvider):
    """Draws `MySql` as `NativeMySql`. Default provider of a platform, without an operator.

    ``Platform(mysql=NativeMySqlProvider(provision=Provision(storage=Size.gib(20))))``
    """

    technology = MYSQL
    job = "mysql"
    repository = "mysql"

    def names(self, subject: Subject, spec: MySqlSpec, /) -> StoreNames:
        """Return the names that callers will use."""
        return self.store_names(subject, database=database_of(subject, spec.database), credentials=spec.credentials)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: MySqlSpec, accepts: tuple[Peer, ...]
    ) -> NativeMySql:
        """Draw the store. The platform calls this."""
        login = login_of(subject, intent.credentials, also=", and admin_password=…")
        provision, notices = self.provisioned(subject, intent, dumps=True)
        store = NativeMySql(
            scope,
            id,
            **self.in_pods(subject, intent, provision, accepts),
            storage=self.storage(subject, provision),
            credentials=login,
            admin_password=intent.admin_password,
            database=database_of(subject, intent.database),
            settings=intent.settings,
            init_scripts=intent.init_scripts,
        )
        self.dumped(scope, id, store, intent, provision)
        return self.told(store, notices, provision)
