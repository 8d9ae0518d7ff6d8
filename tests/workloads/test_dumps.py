"""Dumps of stores to a bucket, and a task that restores one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from kmop_constructs import (
    Backup,
    CheckError,
    Credentials,
    ExistingSecret,
    ExistingService,
    ExternalHost,
    Image,
    KmopChart,
    MySql,
    MySqlSpec,
    Platform,
    Pods,
    Postgres,
    PostgresSpec,
    Provision,
    Redis,
    RedisSpec,
    Schedule,
    Size,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.components.data.base import ReadWriteVerbs
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.technology import MYSQL
from kmop_constructs.providers.aws import AwsIrsa
from kmop_constructs.providers.azure import AzureWorkloadIdentity
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.existing import ExistingMySql, ExistingPostgres
from kmop_constructs.providers.native import NativeMySqlProvider, NativePostgresProvider, NativeRedisProvider
from kmop_constructs.stores import S3, AzureBlob, Dump, DumpSpec, GoogleStorage, Pooler, Restore, VolumeSnapshots
from kmop_constructs.testing import Synthesized, synthesize

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

IMAGE = Image("postgres:17.6")
LOGIN = ExistingSecret("db", keys=("username", "password", "admin"))
LOGINS: dict[str, Any] = {"credentials": Credentials.of(LOGIN), "admin_password": LOGIN.key("admin")}
KEY = ExistingSecret("backups", keys=("id", "secret", "json", "ca.crt"))
TO = S3("acme-backups", folder="{namespace}", access_key=KEY.key("id"), secret_access_key=KEY.key("secret"))


def backup(to: Any = TO) -> Backup:
    return Backup(schedule=Schedule("0 2 * * *", time_zone="Europe/Berlin"), keep=timedelta(days=14), to=to)


def store(app: App, *, copies: Backup | None = None, **fields: Any) -> tuple[KmopChart, Postgres]:
    provision = Provision(storage=Size.gib(5), backup=copies)
    platform = Platform(postgres=NativePostgresProvider(provision=provision), **fields)
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    return chart, Postgres(chart, "db", PostgresSpec(version="17.6", database="orders", **LOGINS))


def pod(found: Synthesized, name: str = "db-dump") -> dict[str, Any]:
    spec: dict[str, Any] = found.one("CronJob", name)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


def variables(container: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def dump(app: App, to: Any, **fields: Any) -> dict[str, Any]:
    """The container that copies, for a bucket."""
    chart, db = store(app, **fields)
    Dump(chart, "copies", db, DumpSpec(backup=backup(to), image=IMAGE))
    found = pod(synthesize(app), "copies")
    return {**found["containers"][0], "account": found["serviceAccountName"]}


def test_a_native_store_with_a_backup_is_dumped(app: App, manifests: SnapshotAssertion) -> None:
    store(app, copies=backup())
    found = synthesize(app)
    assert found.one("CronJob", "db-dump")["spec"]["timeZone"] == "Europe/Berlin"
    assert [each for each in found.objects if each["metadata"]["name"] == "db-dump"] == manifests


def test_a_dump_is_read_back_before_it_is_copied(app: App) -> None:
    store(app, copies=backup())
    (writes,) = pod(synthesize(app))["initContainers"]
    assert writes["image"] == "postgres:17.6"
    assert writes["command"][2].splitlines() == [
        "pg_dump --format=custom --file=/dump/dump",
        "pg_restore --list /dump/dump > /dev/null",
    ]
    assert variables(writes)["PGDATABASE"] == "orders"


def test_old_dumps_are_deleted_only_after_a_new_one(app: App) -> None:
    store(app, copies=backup())
    (copies,) = pod(synthesize(app))["containers"]
    first, second, _ = copies["command"][2].splitlines()
    assert first.startswith("rclone copyto ")
    assert second == 'rclone delete --max-depth 1 --include "*.dump" --min-age "$KEEP" "$TARGET"'
    assert copies["command"][:2] == ["sh", "-euc"]
    assert variables(copies)["KEEP"] == "1209600s"


def test_the_disk_of_a_dump_is_that_of_the_store(app: App) -> None:
    store(app, copies=backup())
    found = pod(synthesize(app))
    assert {"name": "dump", "emptyDir": {"sizeLimit": "5Gi"}} in found["volumes"]
    assert found["containers"][0]["resources"]["limits"]["ephemeral-storage"] == "5Gi"


def test_a_store_with_dumps_has_a_backup(app: App) -> None:
    store(app, copies=backup(), require_backups=True)
    synthesize(app)


def test_mysql_proves_that_its_dump_is_complete(app: App) -> None:
    provider = NativeMySqlProvider(provision=Provision(storage=Size.gib(5), backup=backup()))
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(mysql=provider))
    MySql(chart, "db", MySqlSpec(version="8.4.6", **LOGINS))
    (writes,) = pod(synthesize(app))["initContainers"]
    assert 'tail -n 1 /dump/dump | grep -q "Dump completed"' in writes["command"][2]
    assert "DB_PASSWORD" in variables(writes)
    assert "$DB_PASSWORD" not in writes["command"][2].partition("mysqldump")[2], "not an argument that `ps` shows"


def test_a_dump_of_mysql_needs_no_right_on_the_server(app: App) -> None:
    """With the GTIDs of its server a dump locks all tables, and only the administrator restores it.

    The condition is in https://bugs.mysql.com/bug.php?id=115022 (``server_with_gtids_and_opt_purge_not_off``).
    """
    chart = KmopChart(app, "shop", namespace="shop")
    Dump(chart, "copies", VerifiedMySql(), DumpSpec(backup=backup(), image=Image("mysql:8.4.8")))
    (writes,) = pod(synthesize(app), "copies")["initContainers"]
    assert " --loose-set-gtid-purged=OFF " in writes["command"][2]


def test_a_dump_goes_past_a_pooler(app: App) -> None:
    """pg_dump sets what holds for its session, and a pooler in transaction mode gives it several."""
    sized = Provision(storage=Size.gib(20), instances=3, synchronous=True, pooler=Pooler(mode="transaction"))
    platform = Platform(postgres=CloudNativePg(provision=sized))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    login = Credentials(user="orders", password=LOGIN.key("password"))
    db = Postgres(chart, "db", PostgresSpec(version="17.6", database="orders", credentials=login))
    Dump(chart, "copies", db, DumpSpec(backup=backup(), image=IMAGE))
    Restore(chart, "restore", db, DumpSpec(backup=backup(), image=IMAGE))
    result = synthesize(app)
    assert variables(pod(result, "copies")["initContainers"][0])["PGHOST"] == "db-rw"
    assert not [each for each in result.notices if each.rule == "pooler-session"]
    (job,) = result.pick("Job")
    assert variables(job["spec"]["template"]["spec"]["containers"][0])["PGHOST"] == "db-rw"


@pytest.mark.parametrize(
    ("to", "settings"),
    [
        (TO, {"TYPE": "s3", "PROVIDER": "AWS", "ACCESS_KEY_ID": {"secretKeyRef": {"name": "backups", "key": "id"}}}),
        (
            S3("b-b", endpoint="https://minio.acme.io", access_key=KEY.key("id"), secret_access_key=KEY.key("secret")),
            {"PROVIDER": "Other", "ENDPOINT": "https://minio.acme.io"},
        ),
        (
            GoogleStorage("b-b", key=KEY.key("json")),
            {
                "TYPE": "google cloud storage",
                "SERVICE_ACCOUNT_CREDENTIALS": {"secretKeyRef": {"name": "backups", "key": "json"}},
            },
        ),
    ],
    ids=["s3", "other", "google"],
)
def test_every_bucket_has_the_settings_of_rclone(app: App, to: Any, settings: dict[str, Any]) -> None:
    found = variables(dump(app, to))
    assert {f"RCLONE_CONFIG_BUCKET_{name}": value for name, value in settings.items()}.items() <= found.items()


def test_the_folder_has_the_name_of_the_store(app: App) -> None:
    assert variables(dump(app, TO))["TARGET"] == "bucket:acme-backups/shop/db"


def test_placeholders_of_both_folders_are_filled(app: App) -> None:
    chart, db = store(app, environment="production")
    Dump(chart, "copies", db, DumpSpec(backup=backup(), image=IMAGE, folder="{environment}/orders"))
    found = variables(pod(synthesize(app), "copies")["containers"][0])
    assert found["TARGET"] == "bucket:acme-backups/shop/production/orders"


@pytest.mark.parametrize("folder", ["/", "../other", "", "a\nb", "a b"])
def test_a_folder_that_is_none_is_refused(folder: str) -> None:
    with pytest.raises(SpecError, match=r"DumpSpec.folder: not a folder"):
        DumpSpec(backup=backup(), image=IMAGE, folder=folder)


def test_each_container_has_one_login(app: App) -> None:
    store(app, copies=backup())
    found = pod(synthesize(app))
    writes, copies = variables(found["initContainers"][0]), variables(found["containers"][0])
    assert not any(name.startswith("RCLONE") for name in writes)
    assert not any(name.startswith("PG") for name in copies)


def test_two_stores_with_one_folder_are_found(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    for number, host in enumerate(("db.eu.acme.io", "db.us.acme.io")):
        managed = ExistingPostgres(host, database="orders", credentials=Credentials.of(LOGIN))
        Dump(chart, f"copies-{number}", managed, DumpSpec(backup=backup(), image=IMAGE, folder="db"))
    with pytest.raises(
        CheckError, match=r"writes copies to s3 acme-backups/shop/db, where those of ExistingPostgres.*copies-shared"
    ):
        synthesize(app)


def test_dumps_of_one_store_with_one_folder_are_found(app: App) -> None:
    """The one that keeps dumps for a week deletes those that the other one keeps for ten years."""
    chart, db = store(app)
    Dump(chart, "daily", db, DumpSpec(backup=backup(), image=IMAGE))
    yearly = Backup(schedule=Schedule("0 3 1 1 *"), keep=timedelta(days=3650), to=TO)
    Dump(chart, "yearly", db, DumpSpec(backup=yearly, image=IMAGE))
    with pytest.raises(CheckError) as caught:
        synthesize(app)
    what = "shop/yearly: writes copies to s3 acme-backups/shop/db, where those of shop/db by shop/daily are"
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("stores", "folders"),
    [
        (
            {"sales": ExistingPostgres("db.acme.io", database="sales", credentials=Credentials.of(LOGIN)),
             "billing": ExistingPostgres("db.acme.io", database="billing", credentials=Credentials.of(LOGIN))},
            ["db.acme.io/billing", "db.acme.io/sales"],
        ),
        (
            {name: ExistingPostgres(ExistingService("pg-rw", port=5432, namespace=name), database="app",
                                    credentials=Credentials.of(LOGIN)) for name in ("a", "b")},
            ["pg-rw.a/app", "pg-rw.b/app"],
        ),
        (
            {str(port): ExistingPostgres("db.acme.io", port=port, database="app", credentials=Credentials.of(LOGIN))
             for port in (5432, 5433)},
            ["db.acme.io/app", "db.acme.io-5433/app"],
        ),
        (
            {"sales": ExistingPostgres("db.acme.io", name="sales-db", database="sales", credentials=Credentials.of(LOGIN))},
            ["sales-db"],
        ),
    ],
    ids=["database", "namespace", "port", "name"],
)  # fmt: skip
def test_each_running_database_has_a_folder(app: App, stores: Any, folders: list[str]) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    for name, managed in stores.items():
        Dump(chart, f"copies-{name}", managed, DumpSpec(backup=backup(), image=IMAGE))
    found = synthesize(app).pick("CronJob")
    targets = [variables(pod(synthesize(app), each["metadata"]["name"])["containers"][0])["TARGET"] for each in found]
    assert sorted(targets) == [f"bucket:acme-backups/shop/{each}" for each in sorted(folders)]


def test_services_of_two_namespaces_are_two_databases(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    for name in ("a", "b"):
        there = ExistingService("pg-rw", port=5432, namespace=name)
        db = ExistingPostgres(there, database="app", credentials=Credentials.of(LOGIN))
        Worker(chart, name, WorkerSpec(image=IMAGE), uses=[db.read_write()])
    assert "database-shared" not in {each.rule for each in synthesize(app).notices}


def test_what_a_platform_may_lack_is_drawn_where_it_can_be(app: App) -> None:
    """The reason is that of a Redis, which nobody dumps."""
    store(app, copies=backup(), accepts_missing={"backup": "Velero copies the volumes of Redis"}, require_backups=True)
    found = synthesize(app)
    assert [each["metadata"]["name"] for each in found.pick("CronJob")] == ["db-dump"]
    assert "left-out" not in {each.rule for each in found.notices}


def test_a_dump_may_have_any_id(app: App) -> None:
    chart, db = store(app)
    Dump(chart, "dump", db, DumpSpec(backup=backup(), image=IMAGE))
    Restore(chart, "fetch", db, DumpSpec(backup=backup(), image=IMAGE))
    (first,) = pod(synthesize(app), "dump")["initContainers"]
    assert first["name"] == "dump-first"


def test_stores_of_two_clusters_with_one_folder_are_found() -> None:
    app = App()
    for environment in ("staging", "production"):
        provider = NativePostgresProvider(provision=Provision(storage=Size.gib(5), backup=backup()))
        platform = Platform(postgres=provider, environment=environment)
        chart = KmopChart(app, environment, namespace="shop", platform=platform)
        Postgres(chart, "db", PostgresSpec(version="17.6", database="orders", **LOGINS))
    with pytest.raises(CheckError, match=r"of another cluster are; give each a folder of its own"):
        synthesize(app)


def test_copies_of_an_operator_and_dumps_have_folders_of_their_own() -> None:
    app = App()
    operated = CloudNativePg(
        provision=Provision(
            storage=Size.gib(5),
            synchronous=True,
            backup=Backup(schedule=Schedule("@daily"), keep=timedelta(days=7), to=TO),
        )
    )
    native = NativePostgresProvider(provision=Provision(storage=Size.gib(5), backup=backup()))
    for name, provider, logins in (("staging", native, LOGINS), ("production", operated, {})):
        chart = KmopChart(app, name, namespace="shop", platform=Platform(postgres=provider, environment=name))
        Postgres(chart, "db", PostgresSpec(version="17.6", database="orders", **logins))
    with pytest.raises(CheckError, match="copies-shared"):
        synthesize(app)


def test_an_authority_is_a_file_of_the_copying_container(app: App) -> None:
    to = S3(
        "b-b",
        endpoint="https://minio.acme.io",
        access_key=KEY.key("id"),
        secret_access_key=KEY.key("secret"),
        authority=KEY.key("ca.crt"),
    )
    found = dump(app, to)
    assert variables(found)["RCLONE_CA_CERT"] == "/etc/bucket/ca.crt"
    assert "/etc/bucket/ca.crt" in {each["mountPath"] for each in found["volumeMounts"]}


def test_the_region_of_a_bucket_is_a_setting(app: App) -> None:
    to = S3("b-b", region="eu-central-1", access_key=KEY.key("id"), secret_access_key=KEY.key("secret"))
    assert variables(dump(app, to))["RCLONE_CONFIG_BUCKET_REGION"] == "eu-central-1"


def test_a_region_with_a_space_is_refused() -> None:
    with pytest.raises(SpecError, match=r"S3.region: not the name of a region, got .*; write it as 'eu-central-1'"):
        S3("b-b", region="eu central")


def test_a_cloud_identity_takes_the_place_of_keys(app: App) -> None:
    identity = AwsIrsa(account_id="123456789012", region="eu-west-1")
    found = dump(app, S3("acme-backups"), identity=identity)
    assert variables(found)["RCLONE_CONFIG_BUCKET_ENV_AUTH"] == "true"
    account = synthesize(app).one("ServiceAccount", found["account"])
    assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].endswith("role/db")


def test_azure_is_used_by_an_identity(app: App) -> None:
    client = "11111111-2222-3333-4444-555555555555"
    identity = AzureWorkloadIdentity(client_ids={"db": client})
    found = variables(dump(app, AzureBlob("https://acme.blob.core.windows.net/backups"), identity=identity))
    assert (found["RCLONE_CONFIG_BUCKET_ACCOUNT"], found["TARGET"]) == ("acme", "bucket:backups/db")


def test_the_policy_opens_the_store_and_the_bucket_only(app: App) -> None:
    to = S3(
        "b-b", endpoint="http://minio.storage.svc:9000", access_key=KEY.key("id"), secret_access_key=KEY.key("secret")
    )
    dump(app, to)
    egress = synthesize(app).one("NetworkPolicy", "copies")["spec"]["egress"]
    ports = [[each["port"] for each in rule["ports"]] for rule in egress]
    assert ports == [[53, 53], [5432], [9000]]
    assert all("to" in rule for rule in egress[1:])


def test_the_newest_dump_until_a_moment_is_restored(app: App, manifests: SnapshotAssertion) -> None:
    chart, db = store(app)
    moment = datetime(2026, 11, 27, 13, 4, tzinfo=timezone(timedelta(hours=1)))
    Restore(chart, "restore", db, DumpSpec(backup=backup(), image=IMAGE), until=moment)
    (job,) = [each for each in synthesize(app).objects if each["kind"] == "Job"]
    spec = job["spec"]["template"]["spec"]
    fetches, restores = spec["initContainers"][0], spec["containers"][0]
    assert variables(fetches)["UNTIL"] == "20261127T120401Z"
    assert "PGPASSWORD" not in variables(fetches)
    assert "--single-transaction" in restores["command"][2]
    assert not any(name.startswith("RCLONE") for name in variables(restores))
    assert [job] == manifests


def job_name(image: str) -> str:
    app = App()
    chart, db = store(app)
    Restore(
        chart, "restore", db, DumpSpec(backup=backup(), image=Image(image)), until=datetime(2026, 11, 1, tzinfo=UTC)
    )
    (job,) = synthesize(app).pick("Job")
    return str(job["metadata"]["name"])


def test_another_image_does_not_run_it_again() -> None:
    assert job_name("postgres:17.6") == job_name("postgres:17.7")


def test_a_restoration_is_a_notice_while_it_is_drawn(app: App) -> None:
    chart, db = store(app)
    Restore(chart, "restore", db, DumpSpec(backup=backup(), image=IMAGE))
    (notice,) = [each for each in synthesize(app).notices if each.rule == "restore-drawn"]
    assert notice.path == "shop/restore"
    assert "remove it from the app when it has run" in notice.message


def test_the_disk_of_a_restoration_is_that_of_the_store(app: App) -> None:
    chart, db = store(app)
    Restore(chart, "restore", db, DumpSpec(backup=backup(), image=IMAGE))
    (job,) = synthesize(app).pick("Job")
    assert {"name": "dump", "emptyDir": {"sizeLimit": "5Gi"}} in job["spec"]["template"]["spec"]["volumes"]


def restored_into(store: str, database: str) -> str:
    app = App()
    provider = NativePostgresProvider(provision=Provision(storage=Size.gib(5)))
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(postgres=provider))
    db = Postgres(chart, store, PostgresSpec(version="17.6", database=database, **LOGINS))
    Restore(chart, "restore", db, DumpSpec(backup=backup(), image=IMAGE, folder="orders-db"))
    (job,) = synthesize(app).pick("Job")
    return str(job["metadata"]["name"])


def test_another_store_is_another_job() -> None:
    """The template of a Job never changes, so the API server would refuse it under the same name."""
    names = {restored_into("orders-db", "orders"), restored_into("practice", "orders"), restored_into("practice", "b")}
    assert len(names) == 3


def test_another_generation_is_not_replaced_by_a_dump() -> None:
    names: set[str] = set()
    for generation in (1, 2):
        app = App()
        provider = CloudNativePg(provision=Provision(storage=Size.gib(5), synchronous=True))
        chart = KmopChart(app, "shop", namespace="shop", platform=Platform(postgres=provider))
        login = Credentials(user="orders", password=LOGIN.key("password"))
        db = Postgres(chart, "db", PostgresSpec(version="17.6", generation=generation, credentials=login))
        Restore(chart, "restore", db, DumpSpec(backup=backup(), image=IMAGE))
        names |= {str(each["metadata"]["name"]) for each in synthesize(app).pick("Job")}
    assert len(names) == 1


def test_another_moment_is_another_job(app: App) -> None:
    chart, db = store(app)
    spec = DumpSpec(backup=backup(), image=IMAGE)
    for number in (1, 2):
        Restore(chart, f"restore-{number}", db, spec, until=datetime(2026, 11, number, tzinfo=UTC))
    names = {each["metadata"]["name"][-8:] for each in synthesize(app).objects if each["kind"] == "Job"}
    assert len(names) == 2


def test_a_managed_store_can_be_dumped(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    managed = ExistingPostgres("db.acme.io", database="orders", credentials=Credentials.of(LOGIN))
    Dump(chart, "copies", managed, DumpSpec(backup=backup(), image=IMAGE))
    found = variables(pod(synthesize(app), "copies")["initContainers"][0])
    assert found["PGHOST"] == "db.acme.io"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: DumpSpec(backup=backup(VolumeSnapshots("csi")), image=IMAGE),
            "DumpSpec.backup.to: not a bucket, got VolumeSnapshots",
        ),
        (lambda: DumpSpec(backup=backup(None), image=IMAGE), "DumpSpec.backup.to: not a bucket, got NoneType"),
    ],
)
def test_copies_that_are_no_files_are_refused(make: Any, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        make()


def test_a_snapshot_of_a_native_store_is_refused(app: App) -> None:
    with pytest.raises(
        UnsupportedError, match=r"shop/db: provision.backup: PostgreSQL in native pods write dumps to a bucket"
    ):
        store(app, copies=backup(VolumeSnapshots("csi")))


def test_a_technology_without_dumps_is_refused(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(redis=NativeRedisProvider()))
    cache = Redis(chart, "cache", RedisSpec(version="7.4"))
    with pytest.raises(
        UnsupportedError, match=r"shop/copies: a dump of Redis is not supported, but of MySQL, PostgreSQL"
    ):
        Dump(chart, "copies", cache, DumpSpec(backup=backup(), image=IMAGE))


def verified(chart: KmopChart, **fields: Any) -> Postgres:
    """A database that speaks TLS with an authority of its own."""
    provider = CloudNativePg(provision=Provision(storage=Size.gib(5), synchronous=True))
    return Postgres(chart, "db", PostgresSpec(version="17.6"), platform=Platform(postgres=provider, **fields))


def test_a_dump_verifies_a_store_with_an_authority_of_its_own(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Dump(chart, "copies", verified(chart), DumpSpec(backup=backup(), image=IMAGE))
    found = pod(synthesize(app), "copies")
    (writes,), (copies,) = found["initContainers"], found["containers"]
    assert (variables(writes)["PGSSLMODE"], variables(writes)["PGSSLROOTCERT"]) == (
        "verify-full", "/etc/authorities/db-rw/ca.crt",
    )  # fmt: skip
    (mounted,) = [each["name"] for each in writes["volumeMounts"] if each["mountPath"] == "/etc/authorities/db-rw"]
    (secret,) = [each["secret"] for each in found["volumes"] if each["name"] == mounted]
    assert secret == {"secretName": "db-ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    assert mounted not in {each["name"] for each in copies["volumeMounts"]}


def test_a_restoration_verifies_the_store_too(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Restore(chart, "restore", verified(chart), DumpSpec(backup=backup(), image=IMAGE))
    (job,) = synthesize(app).pick("Job")
    (restores,) = job["spec"]["template"]["spec"]["containers"]
    assert variables(restores)["PGSSLROOTCERT"] == "/etc/authorities/db-rw/ca.crt"
    assert "/etc/authorities/db-rw" in {each["mountPath"] for each in restores["volumeMounts"]}


class VerifiedMySql(ReadWriteVerbs):
    """A MySQL that speaks TLS with an authority of its own."""

    def _store(self) -> Store:
        return Store(
            where="a MySQL with TLS",
            name="db",
            technology=MYSQL,
            call=ExternalHost("db.acme.io", port=3306).tcp(env=None),
            database="orders",
            credentials=Credentials.of(LOGIN),
            namespace="shop",
            tls=True,
            authority=KEY.key("ca.crt"),
        )


def test_the_tools_of_mysql_read_the_authority_from_a_file(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Dump(chart, "copies", VerifiedMySql(), DumpSpec(backup=backup(), image=Image("mysql:8.4.8")))
    (writes,) = pod(synthesize(app), "copies")["initContainers"]
    assert variables(writes)["DB_CA"] == "/etc/authorities/db.acme.io/ca.crt"
    lines = writes["command"][2].splitlines()
    assert lines.index("printf 'ssl-mode=VERIFY_IDENTITY\\nssl-ca=%s\\n' \"$DB_CA\" >> /tmp/client.cnf") == 3
    assert lines[2].endswith("> /tmp/client.cnf")
    assert lines[4].startswith("mysqldump ")


def test_an_authority_in_another_namespace_is_refused(app: App) -> None:
    chart = KmopChart(app, "reports", namespace="reports")
    with pytest.raises(
        SpecError, match=r"reports/copies: store: the Secret 'backups' of its authority is in the namespace 'shop'"
    ):
        Dump(
            chart, "copies", VerifiedMySql(), DumpSpec(backup=backup(), image=IMAGE), credentials=Credentials.of(LOGIN)
        )


def test_a_connection_string_of_azure_is_refused(app: App) -> None:
    to = AzureBlob("https://acme.blob.core.windows.net/backups", connection_string=KEY.key("json"))
    with pytest.raises(UnsupportedError, match=r"shop/copies: backup.to: rclone logs in to Azure by an identity"):
        dump(app, to)


def test_a_store_without_a_login_is_refused(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    with pytest.raises(SpecError, match=r"shop/copies: store: ExistingPostgres.* has no login; name one: credentials="):
        Dump(chart, "copies", ExistingPostgres("db.acme.io", database="o"), DumpSpec(backup=backup(), image=IMAGE))


def test_a_login_of_its_own_is_used(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    own = Credentials(user="backup", password=KEY.key("secret"))
    spec = DumpSpec(backup=backup(), image=IMAGE)
    Dump(chart, "copies", ExistingPostgres("db.acme.io", database="o"), spec, credentials=own)
    assert variables(pod(synthesize(app), "copies")["initContainers"][0])["PGUSER"] == "backup"


def test_parameters_that_a_tool_does_not_read_are_refused(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    managed = ExistingMySql(
        "db.acme.io", database="o", credentials=Credentials.of(LOGIN), parameters={"ssl-mode": "VERIFY_CA"}
    )
    with pytest.raises(SpecError, match=r"has parameters that MySQL's tools do not read from a URL, got ssl-mode"):
        Dump(chart, "copies", managed, DumpSpec(backup=backup(), image=IMAGE))


def test_a_store_of_another_namespace_needs_a_login_here(app: App) -> None:
    _, db = store(app)
    other = KmopChart(app, "other", namespace="other")
    with pytest.raises(
        SpecError, match=r"other/copies: store: its Secret 'db' is in the namespace 'shop'.*one of 'other'"
    ):
        Dump(other, "copies", db, DumpSpec(backup=backup(), image=IMAGE))


def test_pods_behind_another_port_are_named(app: App) -> None:
    peer = Pods.of({"app": "minio"}, namespace="storage", port=9000)
    to = S3(
        "b-b",
        endpoint="http://minio.storage.svc",
        peer=peer,
        access_key=KEY.key("id"),
        secret_access_key=KEY.key("secret"),
    )
    dump(app, to)
    rule = synthesize(app).one("NetworkPolicy", "copies")["spec"]["egress"][-1]
    assert [each["port"] for each in rule["ports"]] == [9000]
    assert rule["to"][0]["podSelector"]["matchLabels"] == {"app": "minio"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"endpoint": "https://10.0.0.5:9000"}, "S3.endpoint: a private address, which policies open only for a peer"),
        ({"endpoint": "https://minio.x.svc:99999"}, "S3.endpoint: has no such port"),
        ({"peer": Pods.of(namespace="storage")}, "S3.peer: set without endpoint"),
    ],
)
def test_a_server_that_cannot_be_reached_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        S3("acme", **fields)


@pytest.mark.parametrize("moment", [datetime.max.replace(tzinfo=UTC), datetime(900, 1, 1, tzinfo=UTC)])
def test_a_moment_of_no_dump_is_refused(app: App, moment: datetime) -> None:
    chart, db = store(app)
    with pytest.raises(SpecError, match="shop/restore: until: no moment of a dump"):
        Restore(chart, "restore", db, DumpSpec(backup=backup(), image=IMAGE), until=moment)


def test_a_class_is_no_store(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    with pytest.raises(SpecError, match=r"shop/copies: store: not a store that is read and written, got 'type'"):
        Dump(chart, "copies", ExistingPostgres, DumpSpec(backup=backup(), image=IMAGE))  # pyright: ignore[reportArgumentType]


def test_a_moment_without_a_time_zone_is_refused(app: App) -> None:
    chart, db = store(app)
    with pytest.raises(
        SpecError, match=r"shop/restore: until: not a moment with a time zone, got '2026-11-27 12:04:00'"
    ):
        Restore(chart, "restore", db, DumpSpec(backup=backup(), image=IMAGE), until=datetime(2026, 11, 27, 12, 4))  # noqa: DTZ001
