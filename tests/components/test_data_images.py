"""What is peculiar to each technology: what its image is told."""

from kmop_constructs import (
    Image,
    KmopChart,
    Metrics,
    Microservice,
    Peer,
    Peers,
    Platform,
    Resources,
    ServiceSpec,
    Size,
)
from kmop_constructs.testing import assert_reachable, synthesize
from tests.components.data_stores import (
    app_of,
    elasticsearch,
    env,
    mongo,
    mysql,
    pod,
    postgres,
    rabbitmq,
    redis,
    stateful_set,
)

from cdk8s import App


def test_postgres_makes_a_database_whose_owner_is_no_superuser(chart: KmopChart) -> None:
    db = postgres(chart, settings={"max_connections": "200"})
    assert env(db) == {
        "PGDATA": "/var/lib/postgresql/data/pgdata",
        "POSTGRES_DB": "orders",
        "POSTGRES_INITDB_ARGS": "--auth=scram-sha-256 --data-checksums",
        "POSTGRES_PASSWORD": "login/admin",
        "APPLICATION_USER": "login/username",
        "APPLICATION_PASSWORD": "login/password",
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
        "MYSQL_PASSWORD": "login/password",
        "MYSQL_ROOT_HOST": "localhost",
        "MYSQL_ROOT_PASSWORD": "login/admin",
    }
    assert app_of(db)["args"] == ["--max-connections=200"]


def test_mongo_makes_a_user_of_one_database(chart: KmopChart) -> None:
    db = mongo(chart, settings={"wiredTigerCacheSizeGB": "1"})
    assert env(db)["MONGO_INITDB_ROOT_PASSWORD"] == "login/admin"
    assert env(db)["APPLICATION_PASSWORD"] == "login/password"
    assert app_of(db)["args"] == ["--wiredTigerCacheSizeGB", "1"]
    assert 'role: "readWrite", db: db.getName()' in synthesize(db).one("ConfigMap")["data"]["00-application.js"]


def test_redis_with_storage_logs_every_write_and_refuses_what_does_not_fit(chart: KmopChart) -> None:
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


def test_elasticsearch_is_one_secured_node_whose_configuration_is_writable(chart: KmopChart) -> None:
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
    platform = Platform(peers=Peers(scraper=Peer(namespace="monitoring")))
    store = rabbitmq(KmopChart(app, "shop", namespace="shop", platform=platform), metrics=Metrics())
    assert synthesize(store).one("NetworkPolicy")["spec"]["ingress"][0]["ports"] == [{"port": 15692, "protocol": "TCP"}]
    assert [each["port"] for each in synthesize(store).one("Service", "db")["spec"]["ports"]] == [5672]
