"""PostgreSQL by KubeDB: what is drawn, and what callers get."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs import (
    Backup,
    Credentials,
    Image,
    KmopChart,
    Platform,
    Postgres,
    Provision,
    Schedule,
    SecretKey,
    Size,
    Text,
    Worker,
)
from kmop_constructs.providers.native import NativePostgresProvider
from kmop_constructs.stores import S3, DatabaseUser, Dump, DumpSpec
from kmop_constructs.testing import synthesize
from kmop_constructs.values.env import ConfigKey
from tests.providers.kubedb.stores import (
    PROVISION,
    SPECS,
    TLS,
    WORKER,
    container,
    drawn,
    env,
    labels,
    login,
    provision,
    resource,
    rules,
    shop,
    shown,
    store,
)

import pytest
from cdk8s import App

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

KIND = "Postgres"
ORDERS = SPECS[KIND]
REPORTS = DatabaseUser(credentials=login("reports"), roles=("orders_reader",))


def scripts(app: App) -> dict[str, str]:
    return drawn(app).one("ConfigMap", "orders-db-init")["data"]


def test_a_secure_store_is_drawn_whole(app: App, manifests: SnapshotAssertion) -> None:
    """Everything that a store with TLS, two users, an extension and settings is drawn as."""
    chart = shop(app, KIND, provision(synchronous=True, storage_class="fast"), {"tls": TLS})
    spec = replace(ORDERS, users={"reports": REPORTS}, extensions=("pg_trgm",), settings={"max_connections": "200"})
    store(chart, KIND, spec)
    result = drawn(app)
    assert {"ConfigMap", "NetworkPolicy", "Postgres"} <= {each["kind"] for each in result.objects}
    assert result == manifests


def test_a_caller_gets_the_service_of_the_primary(app: App) -> None:
    chart = shop(app, KIND)
    Worker(chart, "orders", WORKER, uses=[store(chart, KIND).read_write()])
    assert env(drawn(app), "orders") == {
        "ORDERS_DB_HOST": "orders-db",
        "ORDERS_DB_NAME": "orders",
        "ORDERS_DB_PASSWORD": "orders-login/password",
        "ORDERS_DB_PORT": "5432",
        "ORDERS_DB_URL": "postgresql://orders:$(ORDERS_DB_PASSWORD)@orders-db:5432/orders",
        "ORDERS_DB_USER": "orders",
    }


def test_a_reader_gets_the_service_of_the_replicas(app: App) -> None:
    chart = shop(app, KIND)
    Worker(chart, "reports", WORKER, uses=[store(chart, KIND).read_only(env="URL")])
    result = drawn(app)
    assert env(result, "reports")["URL"].endswith("@orders-db-standby:5432/orders")
    ((ports, _),) = rules(result, "orders-db-standby")
    assert ports == [5432]


def test_one_instance_has_no_replicas(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = shop(app, KIND, provision(instances=1))
    db = store(chart, KIND, replace(ORDERS, users={"reports": REPORTS}))
    Worker(chart, "reports", WORKER, uses=[db.read_only(user="reports", env="URL")])
    assert "@orders-db:5432" in env(drawn(app), "reports")["URL"]
    assert [each for each in caplog.messages if "[read-only-primary]" in each]
    assert "streamingMode" not in resource(app, KIND)


def test_a_script_creates_the_user_of_the_application(app: App) -> None:
    store(shop(app, KIND), KIND)
    (text,) = scripts(app).values()
    assert "CREATE ROLE :\"user\" LOGIN PASSWORD :'password';" in text
    assert 'REVOKE ALL ON DATABASE :"database" FROM PUBLIC;' in text
    assert "SUPERUSER" not in text
    assert resource(app, KIND)["init"] == {"script": {"configMap": {"name": "orders-db-init"}}}
    assert shown(container(app, KIND)["env"]) == {
        "POSTGRES_DB": "orders",
        "ENABLE_CHECKSUM": "true",
        "APPLICATION_USER": "orders",
        "APPLICATION_PASSWORD": "orders-login/password",
    }


def test_no_variable_is_one_that_kubedb_refuses(app: App) -> None:
    """``forbiddenPostgresEnvVars`` in pkg/webhooks/kubedb/v1/postgres.go."""
    store(shop(app, KIND), KIND)
    assert not {"POSTGRES_PASSWORD", "POSTGRES_USER"} & set(shown(container(app, KIND)["env"]))


def test_a_user_has_a_login_and_roles_of_its_own(app: App) -> None:
    store(shop(app, KIND), KIND, replace(ORDERS, users={"reports": REPORTS}, extensions=("pg_trgm",)))
    text = scripts(app)["00-application.sh"]
    assert 'CREATE ROLE "orders_reader" NOLOGIN;' in text
    assert 'CREATE ROLE "reports" LOGIN PASSWORD :\'password\' IN ROLE "orders_reader";' in text
    assert 'CREATE EXTENSION IF NOT EXISTS "pg_trgm";' in text
    assert shown(container(app, KIND)["env"])["USER_1_PASSWORD"] == "reports-login/password"


def test_the_name_of_a_user_may_be_in_a_secret(app: App) -> None:
    login = Credentials(user=SecretKey("orders-login", "username"), password=SecretKey("orders-login", "password"))
    store(shop(app, KIND), KIND, replace(ORDERS, credentials=login))
    assert shown(container(app, KIND)["env"])["APPLICATION_USER"] == "orders-login/username"


def test_scripts_run_after_that_of_the_users(app: App) -> None:
    given = {"10-schema.sql": Text("SET ROLE orders;\n"), "20-data.sql": ConfigKey("seed", "data.sql", external=True)}
    store(shop(app, KIND), KIND, replace(ORDERS, init_scripts=given))
    assert sorted(scripts(app)) == ["00-application.sh", "10-schema.sql"]
    assert resource(app, KIND)["init"]["script"] == {
        "projected": {
            "sources": [
                {"configMap": {"name": "orders-db-init"}},
                {"configMap": {"name": "seed", "items": [{"key": "data.sql", "path": "20-data.sql"}]}},
            ]
        }
    }


def test_a_superuser_is_an_explicit_word(app: App) -> None:
    chart = shop(app, KIND, given={"superuser": True})
    Worker(chart, "orders", WORKER, uses=[store(chart, KIND, replace(ORDERS, credentials=None)).read_write()])
    result = drawn(app)
    found = env(result, "orders")
    assert (found["ORDERS_DB_USER"], found["ORDERS_DB_PASSWORD"]) == (
        "orders-db-auth/username",
        "orders-db-auth/password",
    )
    assert "init" not in resource(app, KIND)
    assert "orders-db-auth" not in {each.name for each in result.required}


def test_a_transaction_is_on_the_disk_of_a_second_instance(app: App) -> None:
    """By default KubeDB waits for ``RemoteWrite``, which a crash of the replica's node loses (postgres_helpers.go)."""
    store(shop(app, KIND, provision(synchronous=True)), KIND)
    found = resource(app, KIND)
    assert found["streamingMode"] == "Synchronous"
    assert found["synchronousReplicationConfig"] == {"mode": "Any", "numSyncReplicas": 1, "commitLevel": "On"}


def test_asynchronous_replication_is_decided(app: App, caplog: pytest.LogCaptureFixture) -> None:
    store(shop(app, KIND, provision(synchronous=False)), KIND)
    found = resource(app, KIND)
    assert found["streamingMode"] == "Asynchronous"
    assert "synchronousReplicationConfig" not in found
    assert not [each for each in caplog.messages if "[replication-asynchronous]" in each]


def test_undecided_replication_is_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    store(shop(app, KIND), KIND)
    drawn(app)
    assert [each for each in caplog.messages if "[replication-asynchronous]" in each]


def test_logins_need_the_strong_mechanism(app: App) -> None:
    """KubeDB's own default below version 18 is md5."""
    store(shop(app, KIND), KIND)
    assert resource(app, KIND)["clientAuthMode"] == "scram"


@pytest.mark.parametrize(("given", "mode"), [({}, "disable"), ({"tls": TLS}, "verify-full")])
def test_replicas_verify_the_primary(app: App, given: dict[str, object], mode: str) -> None:
    store(shop(app, KIND, given=given), KIND)
    assert resource(app, KIND)["sslMode"] == mode


def test_settings_are_lines_of_a_file(app: App) -> None:
    settings = {"work_mem": "64MB", "max_connections": "200", "search_path": "o'brien"}
    store(shop(app, KIND), KIND, replace(ORDERS, settings=settings))
    assert resource(app, KIND)["configuration"]["inline"] == {
        "user.conf": "max_connections = '200'\nsearch_path = 'o''brien'\nwork_mem = '64MB'\n"
    }


def test_coordinators_reach_each_other(app: App) -> None:
    store(shop(app, KIND), KIND)
    ((ports, peers),) = [each for each in rules(drawn(app), "orders-db-own") if 2380 in each[0]]
    assert ports == [2379, 2380, 2384, 5432]
    assert peers == [{"podSelector": {"matchLabels": labels(KIND)}}]


def test_a_generation_is_left_out_by_a_word(app: App, caplog: pytest.LogCaptureFixture) -> None:
    store(shop(app, KIND, given={"leaves_out": ("generation",)}), KIND, replace(ORDERS, generation=2))
    assert drawn(app).one(KIND)["metadata"]["name"] == "orders-db"
    assert [each for each in caplog.messages if "[left-out]" in each and "generation" in each]


def test_a_dump_has_the_login_of_the_application(app: App) -> None:
    chart = shop(app, KIND, given={"tls": TLS})
    bucket = S3(
        "acme-backups",
        access_key=SecretKey("bucket", "id", external=True),
        secret_access_key=SecretKey("bucket", "key", external=True),
    )
    copies = Backup(schedule=Schedule("0 2 * * *"), keep=timedelta(days=14), to=bucket)
    Dump(chart, "copies", store(chart, KIND), DumpSpec(backup=copies, image=Image("postgres:17.9")))
    pod = drawn(app).one("CronJob", "copies")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    found = shown(pod["initContainers"][0]["env"])
    assert (found["PGHOST"], found["PGUSER"], found["PGPASSWORD"]) == ("orders-db", "orders", "orders-login/password")
    assert (found["PGSSLMODE"], found["PGSSLROOTCERT"]) == ("verify-full", "/etc/authorities/orders-db/ca.crt")


def test_a_spec_overrides_the_platform(app: App) -> None:
    own = Provision(instances=5, storage=Size.gib(40))
    store(shop(app, KIND), KIND, replace(ORDERS, provision=own))
    found = resource(app, KIND)
    assert (found["replicas"], found["storage"]["resources"]["requests"]["storage"]) == (5, "40Gi")


def test_variables_stay_when_the_provider_changes() -> None:
    def variables(platform: Platform | None) -> set[str]:
        app = App()
        chart = shop(app, KIND) if platform is None else KmopChart(app, "shop", namespace="shop", platform=platform)
        admin = login("root").password
        db = Postgres(chart, "orders-db", replace(ORDERS, users={"reports": REPORTS}, admin_password=admin))
        Worker(chart, "orders", WORKER, uses=[db.read_write()])
        Worker(chart, "reports", WORKER, uses=[db.read_only(user="reports")])
        result = synthesize(app)
        return {f"{name}/{each}" for name in ("orders", "reports") for each in env(result, name)}

    assert variables(None) == variables(Platform(postgres=NativePostgresProvider(provision=PROVISION)))
