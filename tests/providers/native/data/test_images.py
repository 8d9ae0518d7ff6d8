"""What is peculiar to each technology: what its image is told."""

import os
import re
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

from kmop_constructs import (
    CheckError,
    Credentials,
    EmptyDir,
    Health,
    Image,
    KmopChart,
    Metrics,
    Microservice,
    Peers,
    Platform,
    Pods,
    Resources,
    SecretKey,
    ServiceSpec,
    Size,
    SpecError,
    TcpSocket,
    UnsupportedError,
    allow,
)
from kmop_constructs.components.data.first_start import POSTGRES_OWNER
from kmop_constructs.providers.native import NativeDataOptions
from kmop_constructs.stores import MongoUser
from kmop_constructs.testing import assert_reachable, synthesize
from tests.components.data.stores import (
    DATABASES,
    LOGIN,
    Make,
    app_of,
    elasticsearch,
    env,
    mongo,
    mounts,
    mysql,
    pod,
    postgres,
    rabbitmq,
    redis,
    stateful_set,
)

import pytest
from cdk8s import App


def test_the_owner_of_a_postgres_database_is_no_superuser(chart: KmopChart) -> None:
    db = postgres(chart, settings={"max_connections": "200"})
    assert env(db) == {
        "PGDATA": "/var/lib/postgresql/data/pgdata",
        "POSTGRES_DB": "orders",
        "POSTGRES_INITDB_ARGS": "--auth=scram-sha-256 --data-checksums",
        "POSTGRES_PASSWORD_FILE": "/run/secrets/admin",
        "APPLICATION_USER": "login/username",
        "APPLICATION_PASSWORD_FILE": "/run/secrets/password",
    }
    assert app_of(db)["args"] == ["-c", "max_connections=200"]
    script = synthesize(db).one("ConfigMap")["data"]["00-application.sh"]
    assert "CREATE ROLE :\"user\" LOGIN PASSWORD :'password';" in script
    assert "SUPERUSER" not in script


def test_mysql_lets_root_in_from_inside_the_pod_only(chart: KmopChart) -> None:
    db = mysql(chart, settings={"max-connections": "200"})
    assert env(db) == {
        "MYSQL_DATABASE": "orders",
        "MYSQL_USER": "login/username",
        "MYSQL_PASSWORD_FILE": "/run/secrets/password",
        "MYSQL_ROOT_HOST": "localhost",
        "MYSQL_ROOT_PASSWORD_FILE": "/run/secrets/admin",
    }
    assert app_of(db)["args"] == ["--max-connections=200"]


def test_mongo_makes_a_user_of_one_database(chart: KmopChart) -> None:
    db = mongo(chart, settings={"wiredTigerCacheSizeGB": "1"})
    assert env(db)["MONGO_INITDB_ROOT_PASSWORD_FILE"] == "/run/secrets/admin"
    assert env(db)["APPLICATION_PASSWORD_FILE"] == "/run/secrets/password"
    assert app_of(db)["args"] == ["--wiredTigerCacheSizeGB", "1"]
    assert 'role: "readWrite", db: db.getName()' in synthesize(db).one("ConfigMap")["data"]["00-application.js"]


def test_mongo_makes_further_users_of_its_database(chart: KmopChart) -> None:
    known = Credentials(user="reports", password=SecretKey("reports", "password", external=True))
    db = mongo(chart, users={"reports": MongoUser(credentials=known)})
    assert env(db)["USER_1_PASSWORD_FILE"] == "/run/secrets/reports.password"
    script = synthesize(db).one("ConfigMap")["data"]["00-application.js"]
    assert 'user: "reports",' in script
    assert 'roles: [{ role: "read", db: db.getName() }],' in script
    assert db.read_only(user="reports").store.credentials == known


def test_mongo_without_a_login_has_no_further_users(chart: KmopChart) -> None:
    known = Credentials(user="reports", password=SecretKey("reports", "password", external=True))
    users = {"reports": MongoUser(credentials=known)}
    with pytest.raises(SpecError, match="shop/db: users: set, but the store has no login"):
        mongo(chart, credentials=None, admin_password=None, users=users)


def test_redis_with_storage_logs_writes_and_does_not_evict(chart: KmopChart) -> None:
    assert app_of(redis(chart, resources=Resources(memory=Size.gib(1))))["args"] == [
        "--appendonly", "yes", "--maxmemory", "805306368", "--maxmemory-policy", "noeviction",
        "--requirepass", "$(REDISCLI_AUTH)",
    ]  # fmt: skip


def test_redis_without_storage_is_a_cache(chart: KmopChart) -> None:
    store = redis(chart, storage=None, password=None)
    assert app_of(store)["args"] == [
        "--save", "", "--appendonly", "no", "--maxmemory", "201326592", "--maxmemory-policy", "allkeys-lru",
    ]  # fmt: skip
    assert "volumeClaimTemplates" not in stateful_set(store)
    assert env(store) == {}


def test_a_setting_of_the_caller_wins_over_ours(chart: KmopChart) -> None:
    args = app_of(redis(chart, settings={"maxmemory": "100mb", "maxmemory-policy": "volatile-ttl"}))["args"]
    assert args[args.index("--maxmemory") + 1] == "100mb"
    assert args[args.index("--maxmemory-policy") + 1] == "volatile-ttl"


def test_elasticsearch_is_one_node_with_security(chart: KmopChart) -> None:
    store = elasticsearch(chart, settings={"action.auto_create_index": "false"})
    assert env(store) == {
        "cluster.name": "db",
        "discovery.type": "single-node",
        "ingest.geoip.downloader.enabled": "false",
        "node.name": None,
        "node.store.allow_mmap": "false",
        "readiness.port": "8080",
        "xpack.security.autoconfiguration.enabled": "false",
        "xpack.security.enabled": "true",
        "action.auto_create_index": "false",
        "ELASTIC_PASSWORD": "login/password",
    }
    copies = pod(store)["initContainers"][0]
    assert copies["command"] == ["cp", "-R", "/usr/share/elasticsearch/config/.", "/config/"]
    assert copies["image"] == app_of(store)["image"]


def test_elasticsearch_without_a_password_has_security_off(chart: KmopChart) -> None:
    assert env(elasticsearch(chart, password=None))["xpack.security.enabled"] == "false"


def test_rabbitmq_stops_publishers_before_memory_and_disk_are_full(chart: KmopChart) -> None:
    store = rabbitmq(
        chart, storage=Size.gib(4), resources=Resources(memory=Size.gib(1)), settings={"channel_max": "64"}
    )
    assert synthesize(store).one("ConfigMap")["data"]["90-service.conf"].splitlines() == [
        "channel_max = 64",
        "disk_free_limit.absolute = 1073741824",
        "vm_memory_high_watermark.absolute = 644245094",
    ]
    assert env(store)["RABBITMQ_DEFAULT_PASS"] == "login/password"


def test_rabbitmq_offers_its_ui_where_the_image_has_one(chart: KmopChart) -> None:
    store = rabbitmq(chart, "rabbitmq:4.1.4-management")
    web = Microservice(
        chart,
        "web",
        ServiceSpec(image=Image("acme/web:1.4"), port=8080),
        uses=[store.http(port=15672, env="UI_URL")],
    )
    assert [each["port"] for each in synthesize(store).one("Service", "db")["spec"]["ports"]] == [5672, 15672]
    assert_reachable(web, store, 15672)


def test_rabbitmq_shows_its_metrics_to_the_scraper_alone(app: App) -> None:
    platform = Platform(peers=Peers(scraper=Pods.of(namespace="monitoring")))
    store = rabbitmq(KmopChart(app, "shop", namespace="shop", platform=platform), metrics=Metrics())
    assert synthesize(store).one("NetworkPolicy")["spec"]["ingress"][0]["ports"] == [{"port": 15692, "protocol": "TCP"}]
    assert [each["port"] for each in synthesize(store).one("Service", "db")["spec"]["ports"]] == [5672]


@pytest.mark.parametrize("make", DATABASES)
def test_passwords_are_files_for_the_group_of_the_volumes_only(chart: KmopChart, make: Make) -> None:
    db = make(chart)
    paths = [value for name, value in env(db).items() if name.endswith("_FILE")]
    assert sorted(paths) == ["/run/secrets/admin", "/run/secrets/password"]
    assert set(paths) <= set(mounts(db))
    (volume,) = [each["secret"] for each in pod(db)["volumes"] if "secret" in each]
    assert {each["mode"] for each in volume["items"]} == {0o440}
    assert pod(db)["securityContext"]["fsGroup"] == 999
    assert "login/password" not in env(db).values()


@pytest.mark.parametrize("make", DATABASES)
def test_passwords_are_variables_with_the_option(chart: KmopChart, make: Make) -> None:
    db = make(chart, options=NativeDataOptions(passwords="variables"))
    assert {"login/admin", "login/password"} <= set(env(db).values())
    assert not [name for name in env(db) if name.endswith("_FILE")]
    assert not [each for each in pod(db)["volumes"] if "secret" in each]


def test_two_passwords_under_one_key_of_two_secrets_are_two_files(chart: KmopChart) -> None:
    db = postgres(chart, admin_password=SecretKey("root", "password", external=True))
    assert env(db)["POSTGRES_PASSWORD_FILE"] == "/run/secrets/root.password"
    assert env(db)["APPLICATION_PASSWORD_FILE"] == "/run/secrets/login.password"


@pytest.mark.parametrize("make", [redis, elasticsearch, rabbitmq])
def test_a_password_from_a_file_is_refused_where_the_image_reads_none(chart: KmopChart, make: Make) -> None:
    with pytest.raises(UnsupportedError, match="options.passwords: the image of .* reads no password from a file"):
        make(chart, options=NativeDataOptions(passwords="files"))


@pytest.mark.parametrize("password", ["plain", "with 'quotes\" and $(echo more) \\\\"])
def test_the_script_of_postgres_hands_on_the_password_as_it_is(tmp_path: Path, password: str) -> None:
    [word] = re.findall(r"\\set password `(.*)`", POSTGRES_OWNER)
    file = tmp_path / "password"
    file.write_text(password, encoding="utf-8")
    for variables in ({"APPLICATION_PASSWORD": password}, {"APPLICATION_PASSWORD_FILE": str(file)}):
        done = subprocess.run(
            ["sh", "-c", word], env={"PATH": os.defpath, **variables}, capture_output=True, check=True
        )
        assert done.stdout.decode() == password


def test_callers_of_mysql_may_be_root_from_every_host(chart: KmopChart) -> None:
    root = Credentials(user="root", password=LOGIN.key("password"))
    db = mysql(chart, credentials=root, admin_password=None, database=None)
    assert env(db) == {"MYSQL_ROOT_PASSWORD_FILE": "/run/secrets/password"}
    assert db.database is None


def test_callers_of_postgres_may_be_its_only_user(chart: KmopChart) -> None:
    root = Credentials(user="postgres", password=LOGIN.key("password"))
    db = postgres(chart, credentials=root, admin_password=None)
    assert env(db)["POSTGRES_PASSWORD_FILE"] == "/run/secrets/password"
    assert env(db)["POSTGRES_DB"] == "orders"
    assert not [name for name in env(db) if name.startswith("APPLICATION")]
    assert not synthesize(db).pick("ConfigMap")


def test_mongo_without_any_login_makes_no_user(chart: KmopChart) -> None:
    db = mongo(chart, credentials=None, admin_password=None)
    assert env(db) == {"MONGO_INITDB_DATABASE": "orders"}
    assert not synthesize(db).pick("ConfigMap")
    web = Microservice(
        chart, "web", ServiceSpec(image=Image("acme/web:1.4"), port=8080), uses=[db.read_write(env="URL")]
    )
    container = synthesize(web).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "URL", "value": "mongodb://db:27017/orders"}]


@pytest.mark.parametrize("make", DATABASES)
def test_data_without_storage_ends_with_the_pod(chart: KmopChart, make: Make) -> None:
    db = make(chart, storage=None)
    assert "volumeClaimTemplates" not in stateful_set(db)
    assert {"name": "data", "emptyDir": {}} in pod(db)["volumes"]


def test_data_at_the_default_limit_of_local_disk_is_a_notice(chart: KmopChart) -> None:
    (notice,) = [each for each in synthesize(postgres(chart, storage=None)).notices if each.rule == "data-evicted"]
    assert "data and logs are above 1Gi" in notice.message


@pytest.mark.parametrize(
    "make",
    [
        postgres,
        partial(redis, storage=None),
        partial(postgres, storage=None, resources=Resources(ephemeral_storage_limit=Size.gib(5))),
    ],
)
def test_no_notice_where_data_has_a_place(chart: KmopChart, make: Make) -> None:
    assert "data-evicted" not in {each.rule for each in synthesize(make(chart)).notices}


def test_rabbitmq_without_storage_keeps_queues_in_the_pod(chart: KmopChart) -> None:
    """Without a claim, the free space that RabbitMQ measures is that of the node."""
    broker = rabbitmq(chart, storage=None)
    assert "volumeClaimTemplates" not in stateful_set(broker)
    (config,) = synthesize(broker).one("ConfigMap")["data"].values()
    assert "disk_free_limit" not in config


def test_rabbitmq_without_a_login_admits_its_guest(chart: KmopChart) -> None:
    broker = rabbitmq(chart, credentials=None)
    assert env(broker) == {"RABBITMQ_DEFAULT_VHOST": "/"}
    (config,) = synthesize(broker).one("ConfigMap")["data"].values()
    assert "loopback_users.guest = false\n" in config
    web = Microservice(
        chart, "web", ServiceSpec(image=Image("acme/web:1.4"), port=8080), uses=[broker.connect(env="URL")]
    )
    container = synthesize(web).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "URL", "value": "amqp://db:5672/%2F"}]


def test_a_writable_path_of_a_store_can_be_in_memory(chart: KmopChart) -> None:
    fast = EmptyDir("fast", memory=True, size_limit=Size("64Mi"))
    db = postgres(chart, options=NativeDataOptions(volumes={"/tmp": fast}))
    assert mounts(db)["/tmp"] == "fast"
    assert {"name": "fast", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}} in pod(db)["volumes"]


def test_options_do_not_move_the_data(chart: KmopChart) -> None:
    options = NativeDataOptions(volumes={"/data": EmptyDir("fast", memory=True)})
    with pytest.raises(SpecError, match="shop/db: options.volumes: the path of the data, .*, got '/data'"):
        redis(chart, options=options)


@pytest.mark.parametrize(
    ("make", "image", "why"),
    [
        (
            rabbitmq,
            "rabbitmq:3.6-management",
            "RabbitMQ 3.6, but rabbitmq-diagnostics and metrics are part of it, from 3.8",
        ),
        (mongo, "mongo:4.4.29", "MongoDB 4.4.29, but the script that creates the user runs in mongosh, from 6 on"),
        (
            elasticsearch,
            "elasticsearch:7.17.0",
            "Elasticsearch 7.17.0, but its checks use the readiness port, from 8.2 on",
        ),
    ],
)
def test_an_image_that_is_too_old_is_a_finding(chart: KmopChart, make: Make, image: str, why: str) -> None:
    store = make(chart, image)
    with pytest.raises(CheckError, match=rf"shop/db: the image is {why}.*\[image-version\]"):
        synthesize(chart)
    allow(store, "image-version", reason="a fork of acme has what is needed")
    assert synthesize(chart)


@pytest.mark.parametrize(
    ("make", "image"),
    [
        (rabbitmq, "rabbitmq:3-management"),
        (mongo, "mongo:6"),
        (elasticsearch, "elasticsearch:8"),
        (mongo, "mongo:jammy"),
        (mongo, "ghcr.io/acme/reviews-data:1.2"),
    ],
)
def test_a_tag_of_the_newest_version_is_no_finding(chart: KmopChart, make: Make, image: str) -> None:
    assert synthesize(make(chart, image))


def test_an_old_image_works_where_nothing_new_is_drawn(chart: KmopChart) -> None:
    no_login = mongo(chart, "mongo:4.4.29", credentials=None, admin_password=None)
    assert synthesize(no_login)
    other = KmopChart(chart, "other", namespace="other")
    options = NativeDataOptions(health=Health(liveness=TcpSocket()))
    assert synthesize(rabbitmq(other, "rabbitmq:3.6.8", options=options))


def test_elasticsearch_of_three_nodes_forms_a_cluster(chart: KmopChart) -> None:
    store = elasticsearch(chart, password=None, replicas=3)
    variables = env(store)
    assert variables["cluster.initial_master_nodes"] == "db-0,db-1,db-2"
    assert variables["discovery.seed_hosts"] == stateful_set(store)["serviceName"] == "db-peers"
    assert "discovery.type" not in variables
    assert (stateful_set(store)["replicas"], stateful_set(store)["podManagementPolicy"]) == (3, "Parallel")
    assert_reachable(store, store, 9300)
    assert synthesize(store).one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert app_of(store)["lifecycle"] == {"preStop": {"sleep": {"seconds": 10}}}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"replicas": 3}, "password: a cluster of 3 nodes with security needs certificates"),
        ({"replicas": 2, "password": None}, "replicas: an even number, and half of it is no majority, got 2"),
        ({"replicas": 0}, "replicas"),
    ],
)
def test_elasticsearch_refuses_a_cluster_that_could_not_form(
    chart: KmopChart, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError, match=f"shop/db: {message}"):
        elasticsearch(chart, **more)
