"""MongoDB by the official image.

Facts of the image, from https://github.com/docker-library/mongo (8.0/Dockerfile and docker-entrypoint.sh): user and
group 999; data in ``/data/db``; everything else it writes is in ``/tmp``. While the database is created, a server
listens only on the loopback address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import ReadOnlyVerbs
from kmop_constructs.components.data.first_start import FIRST, MONGO_OWNER, mongo_users, password_variables
from kmop_constructs.components.data.store_spec import MongoSpec
from kmop_constructs.components.data.technology import MONGO
from kmop_constructs.components.data.users import MongoUser, check_users, name_of, writers_of
from kmop_constructs.errors import SpecError, shown
from kmop_constructs.providers.native.data.logins import own_database, own_password, own_user
from kmop_constructs.providers.native.data.pod import Ids, PodOfImage, check_arguments, init_files, settings_of
from kmop_constructs.providers.native.data.provider import NativeStoreProvider, database_of
from kmop_constructs.providers.native.data.store import NativeData, NativeDataOptions
from kmop_constructs.values.files import FileSource, Text
from kmop_constructs.values.names import made_by, mapping
from kmop_constructs.values.ports import Port
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from kmop_constructs.components.data.base import StoreNames
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.env import EnvValue, SecretKey
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.workloads.platform import Platform
    from kmop_constructs.workloads.stateful import StatefulSpec

    from constructs import Construct

__all__ = ["NativeMongo", "NativeMongoProvider"]

GUESS = Resources(cpu=Cpu("250m"), memory=Size("1Gi"))


class NativeMongo(NativeData, ReadOnlyVerbs):
    """A MongoDB in one pod, without a replica set and so without transactions: ``db.read_write()`` is the edge for callers.

    One pod has no fail-over and no replica: every drain of its node is an outage, which the notice ``single-replica``
    reports. All checks are TCP: the server listens on the network only when it can answer, and each run of ``mongosh``
    costs about a second of CPU and a log file.
    """

    technology = MONGO

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: Image,
        storage: Size | None,
        credentials: Credentials | None,
        admin_password: SecretKey | None,
        database: str | None = None,
        storage_class: str | None = None,
        resources: Resources | None = None,
        settings: Mapping[str, str] | None = None,
        init_scripts: Mapping[str, FileSource] | None = None,
        users: Mapping[str, MongoUser] | None = None,
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
            image: The official image, version 6 or newer, such as ``Image("mongo:8.0.13")``.
            storage: Size of the claim. An existing claim can only grow. ``None`` for data that is deleted with the pod.
            credentials: The user of the application. It is created in the database when the volume is empty, and may read and
                write only that database. ``None`` for no login: every caller that the policies allow has full access.
            admin_password: The password of the user ``root`` of the database ``admin``. No edge gives it to callers.
                ``None`` without a login.
            database: Name of the database. Default: the id, with ``_`` in place of ``-``.
            storage_class: Name of the StorageClass. Immutable. Default: the default StorageClass of the cluster.
            resources: Requests and limits. Default: an estimate, with a notice.
            settings: Options of ``mongod``: ``{"wiredTigerCacheSizeGB": "1"}``. Default: those of the image.
            init_scripts: Scripts by file name (``10-indexes.js``) that run in the database when the volume is empty.
                Default: none.
            users: Further users by a name for edges, created when the volume is empty. Only with a login. Default: none.
            options: Options of native pods. Default: `NativeDataOptions()`.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.
            uses: Edges to what the store itself uses. Default: none.
            accepts: Callers that another repository builds. Default: none, only callers of this app.
        """
        where, wanted = check_arguments(
            scope,
            id,
            technology=MONGO,
            image=image,
            storage=storage,
            storage_class=storage_class,
            resources=resources,
            guess=GUESS,
            options=options,
            reads_files=True,
        )
        name = own_database(where, database or id.replace("-", "_"), MONGO)
        env: dict[str, EnvValue] = {"MONGO_INITDB_DATABASE": name}
        files: dict[str, FileSource] = {}
        own: dict[str, FileSource] = {}
        further = _checked_users(where, {} if users is None else users, credentials)
        if credentials is not None and admin_password is not None:
            user = own_user(where, credentials, taken="root")
            admin = own_password(where, "admin_password", admin_password)
            passwords = {"MONGO_INITDB_ROOT_PASSWORD": admin, "APPLICATION_PASSWORD": credentials.password}
            variables = password_variables(further)
            passwords |= {variable: further[name].credentials.password for name, variable in variables.items()}
            held, files = wanted.passwords(passwords)
            env |= {"MONGO_INITDB_ROOT_USERNAME": "root", "APPLICATION_USER": user, **held}
            own[f"{FIRST}.js"] = Text(MONGO_OWNER + mongo_users(further))
        elif credentials is not None or admin_password is not None:
            missing, given = ("admin_password", "credentials") if credentials else ("credentials", "admin_password")
            raise SpecError(f"{where}: {missing}: not set, got {given}; set both, or None for both for no login")
        elif further:
            raise SpecError(f"{where}: users: set, but the store has no login; set credentials and admin_password")
        spec = wanted.spec(
            PodOfImage(
                ids=Ids(user=999, group=999),
                ports=[Port.tcp(MONGO.port, name="mongodb")],
                data="/data/db",
                folder="db",
                env=env,
                args=[part for key, value in settings_of(where, settings).items() for part in (f"--{key}", value)],
                files={**files, **init_files(where, own, init_scripts)},
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
            users={name: user.credentials for name, user in further.items()},
            writers=writers_of(further),
        )

    def _needs(self, spec: StatefulSpec) -> tuple[tuple[int, ...], str] | None:  # noqa: ARG002
        # https://www.mongodb.com/docs/manual/release-notes/6.0-compatibility/#legacy-mongo-shell-removed
        return None if self.credentials is None else ((6,), "the script that creates the user runs in mongosh")


def _checked_users(where: str, users: Mapping[str, MongoUser], owner: Credentials | None) -> dict[str, MongoUser]:
    found = dict(mapping(f"{where}: users", users))
    for name, user in found.items():
        made_by(f"{where}: users[{shown(name)}]", user, MongoUser)
    check_users(where, found, name_of(owner))
    return dict(sorted(found.items()))


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeMongoProvider(NativeStoreProvider):
    """Draws `Mongo` as `NativeMongo`. Default provider of a platform, without an operator.

    ``Platform(mongo=NativeMongoProvider(provision=Provision(storage=Size.gib(20))))``
    """

    technology = MONGO
    job = "mongo"
    repository = "mongo"

    def names(self, subject: Subject, spec: MongoSpec, /) -> StoreNames:
        """Return the names that callers will use."""
        users = {name: user.credentials for name, user in spec.users.items()}
        database = database_of(subject, spec.database)
        return self.store_names(subject, database=database, credentials=spec.credentials, users=users)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: MongoSpec, accepts: tuple[Peer, ...]
    ) -> NativeMongo:
        """Draw the store. The platform calls this."""
        provision, notices = self.provisioned(subject, intent)
        store = NativeMongo(
            scope,
            id,
            **self.in_pods(subject, intent, provision, accepts),
            storage=self.storage(subject, provision),
            credentials=intent.credentials,
            admin_password=intent.admin_password,
            database=database_of(subject, intent.database),
            settings=intent.settings,
            init_scripts=intent.init_scripts,
            users=intent.users,
        )
        return self.told(store, notices, provision)
