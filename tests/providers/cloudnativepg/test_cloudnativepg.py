"""PostgreSQL by CloudNativePG: what is drawn, what callers get, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from kmop_constructs import (
    Addresses,
    Backup,
    CheckError,
    Credentials,
    Image,
    KmopChart,
    Microservice,
    NativeNamespace,
    Operator,
    Peers,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Resources,
    Schedule,
    SecretKey,
    ServiceSpec,
    Size,
    SpecError,
    Task,
    TaskSpec,
    Text,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.outputs import cloud_identities
from kmop_constructs.providers.aws import AwsIrsa
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.stores import S3, AzureBlob, DatabaseUser, FromBackup, GoogleStorage, Pooler, VolumeSnapshots
from kmop_constructs.testing import Synthesized, synthesize
from kmop_constructs.variables import Jdbc, LibPq
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

IMAGE = Image("ghcr.io/acme/orders:1.4.2")
PROVISION = Provision(storage=Size.gib(20), synchronous=True, resources=Resources.of("1", "2Gi"))
ORDERS = PostgresSpec(version="17.6", database="orders")
KEYS: dict[str, Any] = {
    "access_key": SecretKey("s3", "id", external=True),
    "secret_access_key": SecretKey("s3", "key", external=True),
}
REPORTS = DatabaseUser(
    credentials=Credentials(user="reports", password=SecretKey("reports", "password", external=True)),
    roles=("orders_reader",),
)


SALES = Credentials(user="sales", password=SecretKey("sales", "password", external=True))


def backup(to: Any, **more: Any) -> Backup:
    given: dict[str, Any] = {"schedule": Schedule("0 2 * * *"), "keep": timedelta(days=14), **more}
    return Backup(to=to, **given)


def provision(**more: Any) -> Provision:
    return PROVISION.overridden(Provision(**more))


def shop(app: App, provided: Provision = PROVISION, **more: Any) -> KmopChart:
    """A chart on a platform with CloudNativePG."""
    left_out = more.pop("leaves_out", ())
    platform = Platform(postgres=CloudNativePg(provision=provided, leaves_out=left_out), **more)
    return KmopChart(app, "shop", namespace="shop", platform=platform)


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result


def cluster(app: App, name: str = "orders-db") -> dict[str, Any]:
    return drawn(app).one("Cluster", name)["spec"]


def env(result: Synthesized, name: str, kind: str = "Deployment") -> dict[str, Any]:
    """The variables of a workload; a reference as ``secret/key``."""
    (found,) = (each for each in result.objects if each["kind"] == kind and each["metadata"]["name"].startswith(name))
    variables = found["spec"]["template"]["spec"]["containers"][0]["env"]

    def shown(each: dict[str, Any]) -> str:
        key = each.get("valueFrom", {}).get("secretKeyRef")
        return f"{key['name']}/{key['key']}" if key else each["value"]

    return {each["name"]: shown(each) for each in variables}


def test_three_instances_are_spread_and_acknowledge_together(app: App) -> None:
    Postgres(shop(app), "orders-db", ORDERS)
    spec = cluster(app)
    assert (spec["instances"], spec["enablePDB"], spec["enableSuperuserAccess"]) == (3, True, False)
    assert spec["imageName"] == "ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie"
    assert spec["postgresql"]["synchronous"] == {
        "method": "any",
        "number": 1,
        "dataDurability": "required",
        "failoverQuorum": True,
    }
    assert spec["affinity"]["topologyKey"] == "kubernetes.io/hostname"
    (spread,) = spec["topologySpreadConstraints"]
    assert (spread["topologyKey"], spread["labelSelector"]) == (
        "topology.kubernetes.io/zone",
        {"matchLabels": {"cnpg.io/cluster": "orders-db"}},
    )
    assert spec["bootstrap"]["initdb"] == {
        "database": "orders",
        "owner": "orders",
        "dataChecksums": True,
        "encoding": "UTF8",
    }
    assert spec["resources"]["requests"]["memory"] == "2Gi"


def test_a_caller_gets_the_login_that_the_operator_makes(app: App) -> None:
    chart = shop(app)
    db = Postgres(chart, "orders-db", ORDERS)
    Microservice(chart, "orders", ServiceSpec(image=IMAGE, port=8080), uses=[db.read_write()])
    result = drawn(app)
    authority = "/etc/authorities/orders-db-rw/ca.crt"
    assert env(result, "orders") == {
        "ORDERS_DB_CA_FILE": authority,
        "ORDERS_DB_HOST": "orders-db-rw",
        "ORDERS_DB_NAME": "orders",
        "ORDERS_DB_PASSWORD": "orders-db-app/password",
        "ORDERS_DB_PORT": "5432",
        "ORDERS_DB_USER": "orders-db-app/username",
        "ORDERS_DB_URL": "postgresql://$(ORDERS_DB_USER):$(ORDERS_DB_PASSWORD)@orders-db-rw:5432/orders"
        f"?sslmode=verify-full&sslrootcert={authority}",
    }
    volumes = result.one("Deployment", "orders")["spec"]["template"]["spec"]["volumes"]
    (mounted,) = (each["secret"] for each in volumes if "secret" in each)
    assert mounted == {"secretName": "orders-db-ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    assert result.required == ()


def test_policies_admit_callers_the_operator_and_instances_alone(app: App) -> None:
    chart = shop(app, operators={"cloudnativepg": Operator("databases")})
    db = Postgres(chart, "orders-db", ORDERS)
    Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[db.read_write()])
    Worker(chart, "reports", WorkerSpec(image=IMAGE), uses=[db.read_only()])
    result = drawn(app)

    def callers(policy: str) -> list[str]:
        rules = result.one("NetworkPolicy", policy)["spec"].get("ingress", [])
        return [peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for rule in rules for peer in rule["from"]]

    assert (callers("orders-db-rw"), callers("orders-db-ro")) == (["orders"], ["reports"])
    (own,) = result.one("NetworkPolicy", "orders-db-own")["spec"]["ingress"]
    assert [each["port"] for each in own["ports"]] == [5432, 8000]
    operator, instances = own["from"]
    assert operator["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "databases"}
    assert instances == {"podSelector": {"matchLabels": {"cnpg.io/cluster": "orders-db"}}}


def test_pods_of_a_closed_namespace_reach_what_they_need(app: App) -> None:
    """Jobs that make an instance have the label of the cluster alone."""
    chart = shop(app)
    NativeNamespace(chart, "namespace")
    Postgres(chart, "orders-db", ORDERS)
    result = drawn(app)
    own = result.one("NetworkPolicy", "orders-db-own")["spec"]
    assert own["podSelector"] == {"matchLabels": {"cnpg.io/cluster": "orders-db"}}
    *known, everything = own["egress"]
    assert [{each["port"] for each in rule["ports"]} for rule in known] == [{53}, {5432, 8000}]
    assert everything["to"][0] == {"namespaceSelector": {}}


def test_secrets_that_the_operator_reads_are_required(app: App) -> None:
    chart = shop(app, provision(backup=backup(S3("acme-backups", **KEYS))))
    Postgres(chart, "orders-db", replace(ORDERS, users={"reports": REPORTS}))
    found = {each.name: (each.keys, each.readers) for each in drawn(app).required}
    assert found["reports"] == (("password", "username"), ("shop/orders-db",))
    assert found["s3"] == (("id", "key"), ("shop/orders-db",))


@pytest.mark.parametrize(
    ("users", "message"),
    [
        (
            {"a_b": replace(REPORTS, roles=()), "a-b": DatabaseUser(credentials=SALES)},
            "users: has the same name as 'a.b' as an object, .*, got 'a.b'; use another name for one of them",
        ),
        (
            {"a": replace(REPORTS, roles=("Reader",)), "b": DatabaseUser(credentials=SALES, roles=("reader",))},
            "users: roles: has the same name as 'Reader' as an object, .*, got 'reader'",
        ),
        ({"a b": REPORTS}, "users: cannot be a part of the name of an object, got 'a b'; use letters"),
    ],
)
def test_users_and_roles_have_objects_of_their_own(app: App, users: dict[str, DatabaseUser], message: str) -> None:
    with pytest.raises(SpecError, match=f"shop/orders-db: {message}"):
        Postgres(shop(app), "orders-db", replace(ORDERS, users=users))


@pytest.mark.parametrize(
    "until",
    [
        datetime.min.replace(tzinfo=timezone(timedelta(hours=12))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_a_moment_before_and_after_all_years_is_refused(until: datetime) -> None:
    with pytest.raises(SpecError, match="FromBackup.until: no moment of UTC, whose years are 1 to 9999, got"):
        FromBackup(1, until=until)


def test_a_role_of_the_server_is_not_created(app: App) -> None:
    reader = replace(REPORTS, roles=("pg_read_all_data",))
    Postgres(shop(app), "orders-db", replace(ORDERS, users={"reports": reader}))
    (role,) = drawn(app).pick("DatabaseRole")
    assert role["spec"]["inRoles"] == ["pg_read_all_data"]


def test_both_generations_have_the_cloud_identity(app: App) -> None:
    identity = AwsIrsa(account_id="123456789012", region="eu-west-1")
    chart = shop(app, provision(backup=backup(S3("acme-backups"))), identity=identity)
    Postgres(chart, "orders-db", replace(ORDERS, generation=2, recovery=FromBackup(1)))
    assert [each.account for each in cloud_identities(app)] == ["orders-db", "orders-db-2"]


def test_pods_never_reach_the_metadata_of_a_cloud(app: App) -> None:
    """Where the API server is not known, everything else is open to them."""
    Postgres(shop(app), "orders-db", ORDERS)
    *_, everything = drawn(app).one("NetworkPolicy", "orders-db-own")["spec"]["egress"]
    blocks = [each["ipBlock"] for each in everything["to"] if "ipBlock" in each]
    assert {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]} in blocks


def reached(app: App, provided: Provision = PROVISION, **more: Any) -> list[dict[str, Any]]:
    """What the pods of a Cluster may call, on a platform that knows the API server."""
    peers = Peers(api_server=Addresses.of("192.0.2.10", port=6443))
    chart = shop(app, provided, peers=peers, **more)
    Postgres(chart, "orders-db", ORDERS)
    result = drawn(app)
    own = result.one("NetworkPolicy", "orders-db-own")["spec"]
    assert own["policyTypes"] == ["Ingress", "Egress"]
    assert "store-egress" not in {each.rule for each in result.notices}
    found: list[dict[str, Any]] = own["egress"]
    return found


def test_instances_call_each_other_dns_and_the_api_server(app: App) -> None:
    mine = {"podSelector": {"matchLabels": {"cnpg.io/cluster": "orders-db"}}}
    tcp = [{"port": port, "protocol": "TCP"} for port in (5432, 8000)]
    assert reached(app) == [
        {"ports": [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]},
        {"ports": tcp, "to": [mine]},
        {"ports": [{"port": 6443, "protocol": "TCP"}], "to": [{"ipBlock": {"cidr": "192.0.2.10/32"}}]},
    ]


@pytest.mark.parametrize(
    ("to", "port", "peer"),
    [
        (S3("acme-backups", **KEYS), 443, "0.0.0.0/0"),
        (S3("b-b", endpoint="http://minio.storage.svc:9000", **KEYS), 9000, "storage"),
        (GoogleStorage("b-b", key=SecretKey("g", "key", external=True)), 443, "0.0.0.0/0"),
    ],
    ids=["s3", "minio", "google"],
)
def test_instances_call_the_bucket(app: App, to: Any, port: int, peer: str) -> None:
    (rule,) = [
        each
        for each in reached(app, provision(backup=backup(to)))
        if each["ports"] == [{"port": port, "protocol": "TCP"}]
    ]
    assert peer in str(rule["to"])


def test_without_an_api_server_the_open_side_is_a_notice(app: App) -> None:
    Postgres(shop(app), "orders-db", ORDERS)
    result = drawn(app)
    (notice,) = [each for each in result.notices if each.rule == "store-egress"]
    assert notice.path == "shop/orders-db"
    assert "so they may call every address but those of a cloud's metadata" in notice.message


def test_a_platform_that_closes_one_way_has_no_notice(app: App) -> None:
    Postgres(shop(app, isolation="ingress_only"), "orders-db", ORDERS)
    assert "store-egress" not in {each.rule for each in drawn(app).notices}


def test_a_login_of_the_spec_is_the_owners(app: App) -> None:
    chart = shop(app)
    login = Credentials(user="shop", password=SecretKey("orders-login", "password", external=True))
    db = Postgres(chart, "orders-db", PostgresSpec(version="17", credentials=login))
    Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[db.read_write(env=LibPq())])
    result = drawn(app)
    initdb = result.one("Cluster")["spec"]["bootstrap"]["initdb"]
    assert (initdb["owner"], initdb["secret"]) == ("shop", {"name": "orders-login"})
    assert env(result, "orders") == {
        "PGDATABASE": "orders_db",
        "PGHOST": "orders-db-rw",
        "PGPASSWORD": "orders-login/password",
        "PGPORT": "5432",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/etc/authorities/orders-db-rw/ca.crt",
        "PGUSER": "shop",
    }


def test_users_are_created_with_their_roles(app: App) -> None:
    chart = shop(app)
    db = Postgres(chart, "orders-db", PostgresSpec(version="17", users={"reports": REPORTS}))
    Worker(chart, "reports", WorkerSpec(image=IMAGE), uses=[db.read_only(user="reports", env=Jdbc("DB"))])
    result = drawn(app)
    roles = {each["metadata"]["name"]: each["spec"] for each in result.objects if each["kind"] == "DatabaseRole"}
    common = {"cluster": {"name": "orders-db"}, "databaseRoleReclaimPolicy": "retain"}
    assert roles == {
        "orders-db-role-orders-reader": {**common, "name": "orders_reader", "login": False},
        "orders-db-user-reports": {
            **common,
            "name": "reports",
            "login": True,
            "passwordSecret": {"name": "reports"},
            "inRoles": ["orders_reader"],
        },
    }
    assert env(result, "reports") == {
        "DB_PASSWORD": "reports/password",
        "DB_URL": "jdbc:postgresql://orders-db-ro:5432/orders_db?sslmode=verify-full&sslrootcert="
        "/etc/authorities/orders-db-ro/ca.crt",
        "DB_USERNAME": "reports",
    }


def test_extensions_and_scripts_are_made_in_the_database(app: App) -> None:
    scripts = {"20.sql": Text("SELECT 1;\n"), "10.sql": Text("SELECT 0;\n")}
    spec = PostgresSpec(version="17", extensions=("pg_trgm",), init_scripts=scripts)
    Postgres(shop(app), "orders-db", spec)
    result = drawn(app)
    database = result.one("Database")["spec"]
    assert (database["name"], database["owner"], database["databaseReclaimPolicy"]) == (
        "orders_db",
        "orders_db",
        "retain",
    )
    assert database["extensions"] == [{"name": "pg_trgm", "ensure": "present"}]
    references = result.one("Cluster")["spec"]["bootstrap"]["initdb"]["postInitApplicationSQLRefs"]
    assert references == {"configMapRefs": [{"name": "orders-db-init", "key": each} for each in ("10.sql", "20.sql")]}
    assert set(result.one("ConfigMap")["data"]) == {"10.sql", "20.sql"}


@pytest.mark.parametrize(
    ("region", "credentials", "variables"),
    [
        ("eu-central-1", None, [{"name": "AWS_DEFAULT_REGION", "value": "eu-central-1"}]),
        (SecretKey("s3", "region", external=True), {"name": "s3", "key": "region"}, None),
    ],
    ids=["text", "secret"],
)
def test_the_region_of_a_bucket_is_drawn(app: App, region: Any, credentials: Any, variables: Any) -> None:
    """The ObjectStore has a field for a key of a Secret; text is a variable of the container that writes the copies."""
    Postgres(shop(app, provision(backup=backup(S3("acme-backups", region=region, **KEYS)))), "orders-db", ORDERS)
    spec = drawn(app).one("ObjectStore")["spec"]
    assert spec["configuration"]["s3Credentials"].get("region") == credentials
    assert spec.get("instanceSidecarConfiguration", {}).get("env") == variables


@pytest.mark.parametrize(
    ("to", "path", "login"),
    [
        (
            S3("acme-backups", folder="{namespace}/pg", **KEYS),
            "s3://acme-backups/shop/pg/",
            {
                "s3Credentials": {
                    "accessKeyId": {"name": "s3", "key": "id"},
                    "secretAccessKey": {"name": "s3", "key": "key"},
                }
            },
        ),
        (
            GoogleStorage("acme-backups", key=SecretKey("gcs", "key.json", external=True)),
            "gs://acme-backups/",
            {"googleCredentials": {"applicationCredentials": {"name": "gcs", "key": "key.json"}}},
        ),
        (
            AzureBlob(
                "https://acme.blob.core.windows.net/pg", connection_string=SecretKey("blob", "text", external=True)
            ),
            "https://acme.blob.core.windows.net/pg/",
            {"azureCredentials": {"connectionString": {"name": "blob", "key": "text"}}},
        ),
    ],
    ids=["s3", "google", "azure"],
)
def test_copies_are_written_by_the_plugin(app: App, to: Any, path: str, login: dict[str, Any]) -> None:
    Postgres(shop(app, provision(backup=backup(to))), "orders-db", ORDERS)
    result = drawn(app)
    store = result.one("ObjectStore", "orders-db")["spec"]
    assert store["retentionPolicy"] == "14d"
    assert store["configuration"] == {
        "destinationPath": path,
        "data": {"compression": "gzip"},
        "wal": {"compression": "gzip"},
        **login,
    }
    spec = result.one("Cluster")["spec"]
    assert "backup" not in spec  # what is built in is deprecated
    assert spec["plugins"] == [
        {
            "name": "barman-cloud.cloudnative-pg.io",
            "isWALArchiver": True,
            "parameters": {"barmanObjectName": "orders-db", "serverName": "orders-db"},
        }
    ]
    assert result.one("ScheduledBackup")["spec"] == {
        "cluster": {"name": "orders-db"},
        "schedule": "0 0 2 * * *",
        "immediate": True,
        "backupOwnerReference": "self",
        "method": "plugin",
        "pluginConfiguration": {"name": "barman-cloud.cloudnative-pg.io"},
    }


def test_without_keys_the_pods_have_an_identity_of_the_cloud(app: App) -> None:
    identity = AwsIrsa(account_id="123456789012", region="eu-west-1")
    Postgres(shop(app, provision(backup=backup(S3("acme-backups"))), identity=identity), "orders-db", ORDERS)
    result = drawn(app)
    assert result.one("ObjectStore")["spec"]["configuration"]["s3Credentials"] == {"inheritFromIAMRole": True}
    annotations = result.one("Cluster")["spec"]["serviceAccountTemplate"]["metadata"]["annotations"]
    assert annotations["eks.amazonaws.com/role-arn"] == "arn:aws:iam::123456789012:role/orders-db"


def test_snapshots_need_a_word_on_their_deletion(app: App) -> None:
    provided = provision(backup=backup(VolumeSnapshots("csi")))
    with pytest.raises(UnsupportedError, match="CloudNativePG deletes no snapshots"):
        Postgres(shop(App(), provided), "orders-db", ORDERS)
    Postgres(shop(app, provided, leaves_out=("keep",)), "orders-db", ORDERS)
    result = drawn(app)
    assert result.one("Cluster")["spec"]["backup"]["volumeSnapshot"]["className"] == "csi"
    assert result.one("ScheduledBackup")["spec"]["method"] == "volumeSnapshot"


@pytest.mark.parametrize(
    ("schedule", "written"),
    [(Schedule("@daily"), "0 0 0 * * *"), (Schedule("30 1 * * sun", time_zone="UTC"), "0 30 1 * * sun")],
)
def test_a_schedule_has_seconds(app: App, schedule: Schedule, written: str) -> None:
    Postgres(shop(app, provision(backup=backup(S3("acme-backups", **KEYS), schedule=schedule))), "orders-db", ORDERS)
    assert drawn(app).one("ScheduledBackup")["spec"]["schedule"] == written


def test_a_new_generation_is_recovered_beside_the_old_one(app: App) -> None:
    chart = shop(app, provision(backup=backup(S3("acme-backups", **KEYS))))
    until = datetime(2026, 11, 27, 13, 5, tzinfo=timezone(timedelta(hours=1)))
    db = Postgres(chart, "orders-db", PostgresSpec(version="17", generation=2, recovery=FromBackup(1, until=until)))
    Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[db.read_write()])
    result = drawn(app)

    old, new = result.one("Cluster", "orders-db")["spec"], result.one("Cluster", "orders-db-2")["spec"]

    assert "initdb" in old["bootstrap"]
    assert new["bootstrap"] == {
        "recovery": {
            "source": "orders-db",
            "database": "orders_db",
            "owner": "orders_db",
            "recoveryTarget": {"targetTime": "2026-11-27T12:05:00Z"},
        }
    }
    (origin,) = new["externalClusters"]
    assert origin["plugin"]["parameters"] == {"barmanObjectName": "orders-db", "serverName": "orders-db"}
    assert [each["plugins"][0]["parameters"]["serverName"] for each in (old, new)] == ["orders-db", "orders-db-2"]
    assert env(result, "orders")["ORDERS_DB_HOST"] == "orders-db-2-rw"


def test_the_old_generation_goes_by_a_word(app: App) -> None:
    chart = shop(app, provision(backup=backup(S3("acme-backups", **KEYS))))
    spec = PostgresSpec(version="17", generation=2, recovery=FromBackup(1, keep_source=False))
    Postgres(chart, "orders-db", spec)
    names = [each["metadata"]["name"] for each in drawn(app).objects if each["kind"] == "Cluster"]
    assert names == ["orders-db-2"]


def test_callers_use_the_pooler_and_its_name_is_in_the_certificate(app: App) -> None:
    chart = shop(app, provision(pooler=Pooler(mode="transaction", settings={"default_pool_size": "20"})))
    db = Postgres(chart, "orders-db", ORDERS)
    Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[db.read_write()])
    Task(chart, "migrate", TaskSpec(image=IMAGE), uses=[db.read_write(session=True)])
    result = drawn(app)
    pooler = result.one("Pooler", "orders-db-pooler-rw")["spec"]
    assert pooler["pgbouncer"] == {"poolMode": "transaction", "parameters": {"default_pool_size": "20"}}
    assert (pooler["instances"], pooler["type"]) == (2, "rw")
    assert result.one("PodDisruptionBudget", "orders-db-pooler-rw")["spec"]["maxUnavailable"] == 1
    assert env(result, "orders")["ORDERS_DB_HOST"] == "orders-db-pooler-rw"
    assert env(result, "migrate", "Job")["ORDERS_DB_HOST"] == "orders-db-rw"
    names = result.one("Cluster")["spec"]["certificates"]["serverAltDNSNames"]
    assert {"orders-db-pooler-rw", "orders-db-pooler-ro.shop.svc.cluster.local"} <= set(names)
    (rule,) = result.one("NetworkPolicy", "orders-db-pooler-rw")["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": dict.fromkeys(NAME_LABELS, "orders")}}]


NAME_LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/instance")


def test_a_migration_through_a_transaction_pooler_is_found(app: App) -> None:
    chart = shop(app, provision(pooler=Pooler(mode="transaction")))
    db = Postgres(chart, "orders-db", ORDERS)
    Task(chart, "migrate", TaskSpec(image=IMAGE), uses=[db.read_write()])
    with pytest.raises(CheckError, match=r"read_write\(session=True\).*\[pooler-session\]"):
        synthesize(app)


def test_mirrors_and_pull_secrets_are_those_of_the_platform(app: App) -> None:
    Postgres(shop(app, registries={"ghcr.io": "mirror.acme.io"}, pull_secrets=("pull",)), "orders-db", ORDERS)
    spec = cluster(app)
    assert spec["imageName"] == "mirror.acme.io/cloudnative-pg/postgresql:17.6-standard-trixie"
    assert spec["imagePullSecrets"] == [{"name": "pull"}]


def test_poolers_have_the_pull_secrets_of_the_platform(app: App, caplog: pytest.LogCaptureFixture) -> None:
    """The operator takes the image of its poolers from its own installation (PGBOUNCER_IMAGE_NAME)."""
    chart = shop(app, provision(pooler=Pooler()), registries={"ghcr.io": "mirror.acme.io"}, pull_secrets=("pull",))
    Postgres(chart, "orders-db", ORDERS)
    pods = [each["spec"]["template"] for each in drawn(app).objects if each["kind"] == "Pooler"]
    assert [each["spec"]["imagePullSecrets"] for each in pods] == [[{"name": "pull"}]] * 2
    assert [each for each in caplog.messages if "[images-of-operator]" in each]


def test_the_template_of_a_pooler_has_no_labels(app: App) -> None:
    """The operator overwrites both (pkg/specs/pgbouncer/deployments.go)."""
    Postgres(shop(app, provision(pooler=Pooler())), "orders-db", ORDERS)
    assert "metadata" not in drawn(app).one("Pooler", "orders-db-pooler-rw")["spec"]["template"]


@pytest.mark.parametrize("name", ["max_clients", "logfile", "admin_users", "auth_user", "pool_mode"])
def test_a_setting_that_the_webhook_of_poolers_refuses_is_refused(app: App, name: str) -> None:
    chart = shop(app, provision(pooler=Pooler(settings={name: "1"})))
    with pytest.raises(SpecError, match=f"pooler.settings: not a setting that CloudNativePG accepts.*, got '{name}'"):
        Postgres(chart, "orders-db", ORDERS)


def test_a_number_of_a_pooler_is_a_number() -> None:
    with pytest.raises(SpecError, match="'default_pool_size'.*: not a whole number, got 'many'; write it as '20'"):
        Pooler(settings={"default_pool_size": "many"})


@pytest.mark.parametrize(("length", "fits"), [(48, True), (49, False)])
def test_the_name_of_a_snapshot_is_the_value_of_a_label(app: App, length: int, fits: bool) -> None:
    chart = shop(app, provision(backup=backup(VolumeSnapshots("csi"))), leaves_out=("keep",))
    if fits:
        Postgres(chart, "a" * length, ORDERS)
        assert len(f"{drawn(app).one('ScheduledBackup')['metadata']['name']}-20261127020000") == 63
    else:
        with pytest.raises(SpecError, match="name: too long for snapshots, .*; use at most 48 characters"):
            Postgres(chart, "a" * length, ORDERS)


@pytest.mark.parametrize("choice", ["Allow", "Replace"])
def test_two_copies_at_once_are_refused(app: App, choice: Any) -> None:
    schedule = Schedule("0 2 * * *", concurrency=choice)
    chart = shop(app, provision(backup=backup(S3("acme-backups", **KEYS), schedule=schedule)))
    with pytest.raises(UnsupportedError, match=f"schedule.concurrency: CloudNativePG makes one copy.*, got '{choice}'"):
        Postgres(chart, "orders-db", ORDERS)


@pytest.mark.parametrize(
    ("provided", "rule"),
    [
        (Provision(synchronous=None, storage=Size.gib(1)), "replication-asynchronous"),
        (Provision(instances=1, storage=Size.gib(1)), "single-replica"),
        (Provision(storage=Size.gib(1)), "resources-guessed"),
    ],
)
def test_what_is_not_decided_is_a_notice(
    app: App, caplog: pytest.LogCaptureFixture, provided: Provision, rule: str
) -> None:
    Postgres(shop(app, provided), "orders-db", ORDERS)
    synthesize(app)
    assert [each for each in caplog.messages if f"[{rule}]" in each and "shop/orders-db" in each]


@pytest.mark.parametrize(
    ("spec", "provided", "message"),
    [
        (PostgresSpec(version="17"), Provision(), "shop/orders-db: provision.storage: not set"),
        (PostgresSpec(version="latest"), PROVISION, "shop/orders-db: version: not a version"),
        (
            PostgresSpec(version="17"),
            Provision(storage=Size.gib(1), instances=1, synchronous=True),
            "shop/orders-db: provision.synchronous: set for one instance",
        ),
        (
            PostgresSpec(version="17", settings={"ssl": "off"}),
            PROVISION,
            "shop/orders-db: settings: set by CloudNativePG itself",
        ),
        (
            PostgresSpec(version="17", settings={"a b": "1"}),
            PROVISION,
            "shop/orders-db: settings: not the name of a setting",
        ),
        (
            PostgresSpec(version="17", admin_password=SecretKey("a", "b")),
            PROVISION,
            "shop/orders-db: admin_password: CloudNativePG gives the superuser no login",
        ),
        (
            PostgresSpec(
                version="17", credentials=Credentials(user=SecretKey("a", "username"), password=SecretKey("a", "b"))
            ),
            PROVISION,
            "shop/orders-db: credentials.user: the name of the owner is not text",
        ),
        (
            PostgresSpec(version="17", credentials=Credentials(user="shop", password=SecretKey("a", "b"))),
            PROVISION,
            "shop/orders-db: credentials.password: not the key of a password that CloudNativePG reads",
        ),
        (
            PostgresSpec(version="17", generation=2, recovery=FromBackup(1)),
            PROVISION,
            "shop/orders-db: recovery: there are no copies in a bucket",
        ),
        (
            PostgresSpec(
                version="17",
                users={
                    "x": DatabaseUser(credentials=Credentials(user="orders_db", password=SecretKey("a", "password")))
                },
            ),
            PROVISION,
            "shop/orders-db: users['x']: has the name of the owner",
        ),
        (
            PostgresSpec(version="17"),
            provision(backup=Backup(schedule=Schedule("@daily"), keep=timedelta(days=1))),
            "shop/orders-db: provision.backup.to: not set",
        ),
        (
            PostgresSpec(version="17"),
            provision(
                backup=backup(S3("acme-backups", **KEYS), schedule=Schedule("@daily", time_zone="Europe/Berlin"))
            ),
            "shop/orders-db: provision.backup.schedule: has a time zone, and CloudNativePG plans in UTC",
        ),
        (
            PostgresSpec(version="17"),
            provision(backup=backup(S3("acme-backups", **KEYS), keep=timedelta(hours=30))),
            "shop/orders-db: provision.backup.keep: not whole days",
        ),
        (
            PostgresSpec(version="17", init_scripts={"a.sql": SecretKey("a", "b")}),
            PROVISION,
            "init_scripts['a.sql']: not a script that CloudNativePG reads",
        ),
    ],
)
def test_what_the_operator_cannot_do_is_an_error(
    app: App, spec: PostgresSpec, provided: Provision, message: str
) -> None:
    with pytest.raises(SpecError) as raised:
        Postgres(shop(app, provided), "orders-db", spec)
    assert str(raised.value).startswith(message)


def test_a_name_that_the_webhook_refuses_is_an_error(app: App) -> None:
    with pytest.raises(SpecError, match="too long for a Cluster"):
        Postgres(shop(app), "a" * 51, ORDERS)


def test_callers_in_another_namespace_name_their_own_objects(app: App) -> None:
    chart = shop(app)
    db = Postgres(chart, "orders-db", ORDERS)
    billing = KmopChart(app, "billing", namespace="billing")
    login = Credentials(user="orders", password=SecretKey("orders-db", "password", external=True))
    with pytest.raises(SpecError, match=r"pods read only objects of their own namespace.*credentials=…"):
        Worker(billing, "a", WorkerSpec(image=IMAGE), uses=[db.read_write()])
    with pytest.raises(SpecError, match=r"of its authority is in the namespace 'shop'.*authority=…"):
        Worker(billing, "b", WorkerSpec(image=IMAGE), uses=[db.read_write(credentials=login)])
    mine = SecretKey("orders-db-ca", "ca.crt", external=True)
    Worker(billing, "c", WorkerSpec(image=IMAGE), uses=[db.read_write(credentials=login, authority=mine, env=LibPq())])
