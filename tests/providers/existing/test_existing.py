"""Data that something else runs: addresses, policies and variables of the caller's side alone."""

import subprocess
import sys
from typing import Any

from kmop_constructs import (
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    ExistingService,
    ExternalHost,
    Image,
    KmopChart,
    Metrics,
    Microservice,
    Platform,
    Postgres,
    PostgresSpec,
    RabbitMq,
    RabbitMqSpec,
    Redis,
    RedisSpec,
    SecretKey,
    ServiceSpec,
    Size,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.providers.etcd import EtcdCertificates, ExistingEtcd
from kmop_constructs.providers.existing import (
    ExistingElasticsearch,
    ExistingMongo,
    ExistingMySql,
    ExistingPostgres,
    ExistingRabbitMq,
    ExistingRedis,
    ExistingStoreProvider,
)
from kmop_constructs.providers.native import NativePostgresProvider
from kmop_constructs.stores import DatabaseUser, Etcd, EtcdSpec
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

WEB = ServiceSpec(image=Image("acme/web:1.4"), port=8080)
LOGIN = Credentials.of(ExistingSecret("login"))


def wrong(value: object) -> Any:
    """What a caller without a type checker may write."""
    return value


def env(service: Microservice) -> dict[str, Any]:
    container = synthesize(service).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    return {each["name"]: each.get("value") for each in container.get("env", [])}


def egress(service: Microservice) -> list[Any]:
    return synthesize(service).one("NetworkPolicy")["spec"]["egress"][1:]


def test_a_host_outside_is_reached_on_the_technologys_port(chart: KmopChart) -> None:
    db = ExistingMySql("db.acme.io", database="orders", credentials=LOGIN)
    web = Microservice(chart, "web", WEB, uses=[db.read_write(env="URL")])
    assert env(web)["URL"] == "mysql://$(DB_USER):$(DB_PASSWORD)@db.acme.io:3306/orders"
    assert egress(web)[0]["ports"] == [{"port": 3306, "protocol": "TCP"}]


def test_another_port_is_in_address_and_policy(chart: KmopChart) -> None:
    db = ExistingPostgres("db.acme.io", port=6432, database="orders")
    web = Microservice(chart, "web", WEB, uses=[db.read_write()])
    assert env(web)["DB_URL"] == "postgresql://db.acme.io:6432/orders"
    assert egress(web)[0]["ports"] == [{"port": 6432, "protocol": "TCP"}]


def test_a_private_host_is_opened_by_its_address_ranges(chart: KmopChart) -> None:
    at = ExternalHost("db.acme.internal", port=5432, cidrs=("10.20.0.0/24",))
    web = Microservice(chart, "web", WEB, uses=[ExistingPostgres(at, database="orders").read_write()])
    assert egress(web)[0]["to"] == [{"ipBlock": {"cidr": "10.20.0.0/24"}}]


def test_a_service_of_the_cluster_is_opened_by_its_pods(chart: KmopChart) -> None:
    at = ExistingService("pg-rw", port=5432, namespace="data", pod_labels={"cnpg.io/cluster": "pg"})
    db = ExistingPostgres(at, database="orders", credentials=LOGIN, name="orders-db")
    web = Microservice(chart, "web", WEB, uses=[db.read_write()])
    assert env(web)["ORDERS_DB_HOST"] == "pg-rw.data.svc"
    assert egress(web)[0]["to"][0]["podSelector"] == {"matchLabels": {"cnpg.io/cluster": "pg"}}


def test_without_credentials_there_is_no_login_among_the_variables(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB, uses=[ExistingMongo("db.acme.io", database="orders").read_write()])
    assert set(env(web)) == {"DB_HOST", "DB_PORT", "DB_NAME", "DB_URL"}
    assert env(web)["DB_URL"] == "mongodb://db.acme.io:27017/orders"


@pytest.mark.parametrize(
    ("edge", "url"),
    [
        (
            ExistingPostgres("a.io", database="o", parameters={"sslmode": "verify-full"}).read_write(),
            "postgresql://a.io:5432/o?sslmode=verify-full",
        ),
        (
            ExistingMongo("a.io", database="o", parameters={"authSource": "admin", "tls": "true"}).read_write(),
            "mongodb://a.io:27017/o?authSource=admin&tls=true",
        ),
        (ExistingRedis("a.io", tls=True).read_write(), "rediss://a.io:6379"),
        (ExistingElasticsearch("a.io", port=443, tls=True).read_write(), "https://a.io:443"),
        (ExistingRabbitMq("a.io", port=5671, tls=True, virtual_host="shop").connect(), "amqps://a.io:5671/shop"),
    ],
)
def test_the_url_has_parameters_and_tls(chart: KmopChart, edge: Any, url: str) -> None:
    assert env(Microservice(chart, "web", WEB, uses=[edge]))["A_URL"] == url


def test_a_redis_user_is_in_the_url(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB, uses=[ExistingRedis("a.io", credentials=LOGIN).read_write()])
    assert env(web)["A_URL"] == "redis://$(A_USER):$(A_PASSWORD)@a.io:6379"


def test_read_only_goes_to_the_replicas(chart: KmopChart) -> None:
    db = ExistingPostgres("db.acme.io", read_only_host="db-ro.acme.io", database="orders")
    web = Microservice(chart, "web", WEB, uses=[db.read_only()])
    assert env(web)["DB_HOST"] == "db-ro.acme.io"


def test_read_only_without_replicas_is_unsupported() -> None:
    with pytest.raises(UnsupportedError, match="the store has no read replicas.*PostgreSQL run by CloudNativePG"):
        ExistingPostgres("db.acme.io", database="orders").read_only()


def test_stores_are_values_that_are_compared_and_hashed() -> None:
    one, two = (ExistingPostgres("db.acme.io", database="o", credentials=LOGIN) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExistingPostgres("pg.data.svc", database="o"), "a Service of the cluster.*write ExistingService"),
        (lambda: ExistingPostgres("pg.data.svc.cluster.local", database="o"), "a Service of the cluster"),
        (lambda: ExistingPostgres("https://db", database="o"), "not a host name"),
        (lambda: ExistingPostgres(ExternalHost("db.io", port=5432), port=1, database="o"), "the host already has a port"),
        (lambda: ExistingPostgres("db.io", port=70000, database="o"), "not a whole number"),
        (lambda: ExistingPostgres("db.io", database="a/b"), "ExistingPostgres.database: not the name of a database"),
        (lambda: ExistingPostgres("db.io", database="o", name="A B"), "ExistingPostgres.name"),
        (lambda: ExistingPostgres("db.io", database="o", credentials=wrong("x")), "write Credentials"),
        (lambda: ExistingPostgres("db.io", database="o", read_only_host="x.svc"), "a Service of the cluster"),
        (lambda: ExistingMySql(wrong(5), database="o"), "ExistingMySql.host: not an allowed value"),
        (lambda: ExistingMySql("db.io", database="o", parameters=wrong({"a": 1})), "ExistingMySql.parameters: not text"),
        (lambda: ExistingRabbitMq("db.io", virtual_host=""), "virtual_host: empty"),
        (lambda: ExistingRedis("10.0.0.5").read_write(), "no variable name can be made of this name, got"),
    ],
)  # fmt: skip
def test_wrong_values_are_errors_where_they_are_written(make: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        make()


def test_stores_and_their_edges_need_no_engine() -> None:
    program = (
        "import sys, kmop_constructs as k\n"
        "from kmop_constructs.providers.existing import ExistingPostgres\n"
        "from kmop_constructs.variables import Prefix\n"
        "login = k.Credentials(user='u', password=k.SecretKey('s', 'p'))\n"
        "ExistingPostgres('db.io', database='o', credentials=login).read_write(env=Prefix('DB'))\n"
        "sys.exit('jsii' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def etcd_on(app: App, store: ExistingEtcd, spec: EtcdSpec, **more: Any) -> tuple[KmopChart, Etcd]:
    platform = Platform(etcd=ExistingStoreProvider({"config": store}, **more))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    return chart, Etcd(chart, "config", spec)


def test_a_running_etcd_is_the_one_of_the_app(app: App) -> None:
    """The app says `Etcd`, and the platform that somebody else runs it: members, authority and client certificate are its own."""

    def key(name: str) -> SecretKey:
        return SecretKey("etcd", name, external=True)

    held = EtcdCertificates(ca=key("ca.crt"), certificate=key("crt"), key=key("key"))
    members = [ExternalHost(f"etcd-{each}.acme.internal", port=2379, cidrs=(f"10.0.0.{each}/32",)) for each in (1, 2)]
    chart, config = etcd_on(app, ExistingEtcd(members, certificates=held), EtcdSpec(version="3.6.7"))
    web = Microservice(chart, "web", WEB, uses=[config.client("/config/", variables="ETCD")])
    found = env(web)
    assert found["ETCD_ENDPOINTS"] == "https://etcd-1.acme.internal:2379,https://etcd-2.acme.internal:2379"
    assert {"ETCD_CACERT", "ETCD_CERT", "ETCD_KEY"} <= set(found)
    cidrs = [each["ipBlock"]["cidr"] for rule in egress(web) for each in rule["to"]]
    assert cidrs == ["10.0.0.1/32", "10.0.0.2/32"]


def test_a_running_etcd_in_messages_is_the_one_of_the_app(app: App) -> None:
    _, config = etcd_on(app, ExistingEtcd("etcd.acme.io"), EtcdSpec(version="3.6.7", certificate=None))
    with pytest.raises(SpecError, match=r"^shop/config.client\(certificates=…\): has no effect without TLS"):
        config.client("/config/", certificates=EtcdCertificates(ca=SecretKey("etcd", "ca.crt")))


@pytest.mark.parametrize(
    ("store", "spec", "match"),
    [
        (ExistingEtcd("a.io"), {}, r"certificate: the running store speaks no TLS; write certificate=None"),
        (ExistingEtcd("a.io", tls=True), {"certificate": None}, r"certificate: None, and the running store speaks TLS"),
        (ExistingEtcd("a.io", tls=True), {"client_certificates": False}, r"certificate: not supported"),
        (ExistingEtcd("a.io", tls=True), {"quota": Size.gib(2)}, r"quota: not supported, because this store is"),
    ],
)
def test_what_only_the_operator_of_an_etcd_decides_is_refused(app: App, store: Any, spec: Any, match: str) -> None:
    with pytest.raises(UnsupportedError, match=match):
        etcd_on(app, store, EtcdSpec(version="3.6.7", **spec))


def test_what_is_left_to_the_operator_of_an_etcd_is_a_notice(app: App) -> None:
    chart, _ = etcd_on(app, ExistingEtcd("a.io"), EtcdSpec(version="3.6.7"), leaves_out=("certificate",))
    (notice,) = [each for each in synthesize(chart).notices if each.rule == "left-out"]
    assert "certificate of its spec is left to the operator of the store" in notice.message


def test_a_provider_is_no_running_store() -> None:
    with pytest.raises(SpecError, match=r"ExistingStoreProvider.stores\['db'\]: not an allowed value"):
        ExistingStoreProvider({"db": wrong(NativePostgresProvider())})


MINE, OTHER = SecretKey("mine", "password", external=True), SecretKey("other", "password", external=True)
QUEUE = ExistingRabbitMq("mq.acme.io", virtual_host="billing", credentials=LOGIN)
REPORTS = Credentials(user="reports", password=MINE)
SALES = ExistingPostgres("db.acme.io", database="sales", credentials=LOGIN, users={"reports": REPORTS})
USERS = {"reports": DatabaseUser(credentials=REPORTS, roles=("sales_reader",))}


@pytest.mark.parametrize(
    ("kind", "job", "spec", "running", "message"),
    [
        (
            RabbitMq,
            "rabbitmq",
            RabbitMqSpec(version="4.1", virtual_host="orders"),
            QUEUE,
            "virtual_host: not that of the running store 'billing', got 'orders'; use the same name",
        ),
        (
            RabbitMq,
            "rabbitmq",
            RabbitMqSpec(version="4.1", metrics=Metrics()),
            QUEUE,
            "metrics: not supported, because this store is already running",
        ),
        (
            Redis,
            "redis",
            RedisSpec(version="7.4", password=MINE),
            ExistingRedis("r.acme.io", credentials=Credentials(password=OTHER)),
            r"password: not the password of the running store, which has .*'other'.*, got .*'mine'.*; use the same",
        ),
        (
            Redis,
            "redis",
            RedisSpec(version="7.4", password=MINE),
            ExistingRedis("r.acme.io"),
            "password: not the password of the running store, which has none here",
        ),
        (
            Elasticsearch,
            "elasticsearch",
            ElasticsearchSpec(version="9.2.1", password=MINE),
            ExistingElasticsearch("es.acme.io"),
            "password: not the password of the running store, which has none here",
        ),
        (
            Postgres,
            "postgres",
            PostgresSpec(version="17.6", users=USERS),
            SALES,
            "users: the roles of 'reports' are given by the operator of the store, got sales_reader; leave roles out",
        ),
    ],
)
def test_a_field_that_the_running_store_decides_is_refused(
    app: App, kind: Any, job: str, spec: Any, running: Any, message: str
) -> None:
    platform = Platform(**wrong({job: ExistingStoreProvider({"db": running})}))
    with pytest.raises(SpecError, match=f"shop/db: {message}"):
        kind(KmopChart(app, "shop", namespace="shop", platform=platform), "db", spec)


def test_the_password_of_the_running_store_is_accepted(app: App) -> None:
    cache = ExistingRedis("r.acme.io", credentials=Credentials(password=MINE))
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(redis=ExistingStoreProvider({"db": cache})))
    store = Redis(chart, "db", RedisSpec(version="7.4", password=MINE))
    assert store.credentials == cache.credentials


@pytest.mark.parametrize("name", ["password", "sslpassword", "tlsCertificateKeyFilePassword"])
def test_a_password_in_the_parameters_of_a_url_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="a password, which would be readable in the output") as raised:
        ExistingPostgres("db.acme.io", database="sales", parameters={name: "hunter2"})
    assert "hunter2" not in str(raised.value)
