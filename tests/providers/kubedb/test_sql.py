"""MySQL and MariaDB by KubeDB: groups whose members agree on each transaction."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kmop_constructs import Backup, ExistingSecret, Image, Schedule, Text, UnsupportedError, Worker
from kmop_constructs.stores import S3, Dump, DumpSpec, Restore
from tests.providers.kubedb.stores import (
    SPECS,
    TLS,
    WORKER,
    container,
    drawn,
    env,
    labels,
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

LOGIN = ExistingSecret("copies")
COPIES = DumpSpec(
    backup=Backup(
        schedule=Schedule("0 2 * * *"),
        keep=timedelta(days=14),
        to=S3("acme-backups", access_key=LOGIN.key("id"), secret_access_key=LOGIN.key("secret")),
    ),
    image=Image("mysql:8.4.8"),
)

both = pytest.mark.parametrize("kind", ["MySQL", "MariaDB"])


@both
def test_a_secure_store_is_drawn_whole(app: App, manifests: SnapshotAssertion, kind: str) -> None:
    chart = shop(app, kind, given={"tls": TLS})
    store(chart, kind, replace(SPECS[kind], settings={"max_connections": "300"}))
    result = drawn(app)
    assert result.one(kind, "orders-db")["spec"]["requireSSL"] is True
    assert result == manifests


def test_members_of_mysql_are_a_group_with_one_primary(app: App) -> None:
    store(shop(app, "MySQL"), "MySQL")
    found = resource(app, "MySQL")["topology"]
    assert (found["mode"], found["group"]["mode"]) == ("GroupReplication", "Single-Primary")
    assert uuid.UUID(found["group"]["name"]).version == 4


def test_the_name_of_a_group_stays(app: App) -> None:
    """The webhook makes another name for an object that has none, and members of another group do not join."""
    store(shop(app, "MySQL"), "MySQL")
    first = resource(app, "MySQL")["topology"]["group"]["name"]
    other = App()
    store(shop(other, "MySQL"), "MySQL")
    assert resource(other, "MySQL")["topology"]["group"]["name"] == first


def test_nodes_of_mariadb_are_a_galera_cluster(app: App) -> None:
    store(shop(app, "MariaDB"), "MariaDB")
    assert resource(app, "MariaDB")["topology"] == {"mode": "GaleraCluster"}


@both
def test_one_instance_has_no_topology(app: App, kind: str) -> None:
    store(shop(app, kind, provision(instances=1)), kind)
    assert "topology" not in resource(app, kind)


@pytest.mark.parametrize(("kind", "prefix"), [("MySQL", "MYSQL"), ("MariaDB", "MARIADB")])
def test_the_image_creates_the_user_of_the_application(app: App, kind: str, prefix: str) -> None:
    store(shop(app, kind), kind)
    assert shown(container(app, kind)["env"]) == {
        f"{prefix}_DATABASE": "orders",
        f"{prefix}_USER": "orders",
        f"{prefix}_PASSWORD": "orders-login/password",
    }


@both
def test_no_variable_is_one_that_kubedb_refuses(app: App, kind: str) -> None:
    """``forbiddenMySQLEnvVars`` in pkg/webhooks/kubedb/v1/mysql.go, and the same in mariadb.go."""
    store(shop(app, kind), kind)
    assert not [each for each in shown(container(app, kind)["env"]) if "ROOT" in each or "EMPTY" in each]


@both
def test_a_superuser_is_an_explicit_word(app: App, kind: str) -> None:
    chart = shop(app, kind, given={"superuser": True})
    Worker(chart, "orders", WORKER, uses=[store(chart, kind, replace(SPECS[kind], credentials=None)).read_write()])
    found = env(drawn(app), "orders")
    assert (found["ORDERS_DB_USER"], found["ORDERS_DB_PASSWORD"]) == (
        "orders-db-auth/username",
        "orders-db-auth/password",
    )
    assert set(shown(container(app, kind)["env"])) <= {"MYSQL_DATABASE", "MARIADB_DATABASE"}


@both
def test_a_caller_gets_the_service_of_the_primary(app: App, kind: str) -> None:
    chart = shop(app, kind)
    Worker(chart, "orders", WORKER, uses=[store(chart, kind).read_write(env="URL")])
    assert env(drawn(app), "orders")["URL"].endswith("@orders-db:3306/orders")


def test_a_reader_of_mysql_gets_the_service_of_the_replicas(app: App) -> None:
    chart = shop(app, "MySQL")
    Worker(chart, "reports", WORKER, uses=[store(chart, "MySQL").read_only(env="URL")])
    assert env(drawn(app), "reports")["URL"].endswith("@orders-db-standby:3306/orders")


def test_nodes_of_mariadb_all_take_writes(app: App) -> None:
    """There is no Service of replicas, so that only a login of its own keeps a caller from writing."""
    db = store(shop(app, "MariaDB"), "MariaDB")
    with pytest.raises(UnsupportedError, match="read_only: the store has no read replicas"):
        db.read_only()


@pytest.mark.parametrize(("kind", "ports"), [("MySQL", [3306, 33060, 33061]), ("MariaDB", [3306, 4444, 4567, 4568])])
def test_members_reach_each_other(app: App, kind: str, ports: list[int]) -> None:
    store(shop(app, kind), kind)
    mine = [{"podSelector": {"matchLabels": labels(kind)}}]
    found = drawn(app).one("NetworkPolicy", "orders-db-own")["spec"]["ingress"]
    among = [each["ports"] for each in found if each["from"] == mine]
    assert sorted(each["port"] for part in among for each in part if each["protocol"] == "TCP") == ports
    by_udp = [each["port"] for part in among for each in part if each["protocol"] == "UDP"]
    assert by_udp == ([4567] if kind == "MariaDB" else [])


@both
def test_one_instance_needs_no_port_of_a_group(app: App, kind: str) -> None:
    store(shop(app, kind, provision(instances=1)), kind)
    assert {port for ports, _ in rules(drawn(app), "orders-db-own") for port in ports} == {3306}


@pytest.mark.parametrize(("kind", "file"), [("MySQL", "my.cnf"), ("MariaDB", "md.cnf")])
def test_settings_are_lines_of_an_option_file(app: App, kind: str, file: str) -> None:
    settings = {"max_connections": "300", "innodb-buffer-pool-size": "2G"}
    store(shop(app, kind), kind, replace(SPECS[kind], settings=settings))
    assert resource(app, kind)["configuration"]["inline"] == {
        file: "[mysqld]\ninnodb-buffer-pool-size = 2G\nmax_connections = 300\n"
    }


@both
def test_scripts_are_those_of_the_spec(app: App, kind: str) -> None:
    given: dict[str, Any] = {"10-schema.sql": Text("CREATE TABLE a (b INT);\n")}
    store(shop(app, kind), kind, replace(SPECS[kind], init_scripts=given))
    assert list(drawn(app).one("ConfigMap", "orders-db-init")["data"]) == ["10-schema.sql"]
    assert resource(app, kind)["init"] == {"script": {"configMap": {"name": "orders-db-init"}}}


@both
def test_agreement_is_an_option(app: App, kind: str) -> None:
    store(shop(app, kind, provision(synchronous=True)), kind)
    assert resource(app, kind)["replicas"] == 3


@pytest.mark.parametrize("draws", [Dump, Restore])
def test_a_mysql_is_dumped_by_the_user_of_the_application(app: App, draws: Any) -> None:
    chart = shop(app, "MySQL", given={"tls": TLS})
    draws(chart, "copies", store(chart, "MySQL"), COPIES)
    (task,) = [each for each in drawn(app).objects if each["kind"] in ("CronJob", "Job")]
    spec = task["spec"] if task["kind"] == "Job" else task["spec"]["jobTemplate"]["spec"]
    pod = spec["template"]["spec"]
    found = [shown(each["env"]) for each in (*pod["initContainers"], *pod["containers"]) if "DB_CA" in str(each["env"])]
    assert [(each["DB_HOST"], each["DB_USER"]) for each in found] == [("orders-db", "orders")]


@pytest.mark.parametrize("draws", [Dump, Restore])
def test_a_mariadb_is_not_dumped_by_tools_of_mysql(app: App, draws: Any) -> None:
    chart = shop(app, "MariaDB")
    db = store(chart, "MariaDB")
    with pytest.raises(
        UnsupportedError, match=r"shop/copies: store: shop/orders-db: .*mariadb-dump and mariadb in their place"
    ):
        draws(chart, "copies", db, COPIES)
