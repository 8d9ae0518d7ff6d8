"""What holds of every store of data, whoever runs it: the edges, and what they give to callers."""

from collections.abc import Callable
from typing import Any

from kmop_constructs import (
    ConflictError,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Microservice,
    SecretKey,
    ServiceSpec,
    Size,
    SpecError,
)
from kmop_constructs.components.data.base import Connects, ConnectVerbs, ReadsOnly, ReadsWrites
from kmop_constructs.components.data.connection import StoreEdge
from kmop_constructs.providers.existing import (
    ExistingElasticsearch,
    ExistingMongo,
    ExistingMySql,
    ExistingPostgres,
    ExistingRabbitMq,
    ExistingRedis,
)
from kmop_constructs.providers.native import (
    NativeElasticsearch,
    NativeMongo,
    NativeMySql,
    NativePostgres,
    NativeRabbitMq,
    NativeRedis,
)
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from kmop_constructs.variables import (
    DatabaseName,
    Host,
    HostPort,
    Password,
    PortNumber,
    Prefix,
    Template,
    Url,
    UserName,
)

import pytest
from cdk8s import App

LOGIN = ExistingSecret("login", keys=("username", "password", "admin"))
CREDENTIALS = Credentials.of(LOGIN)
ADMIN = LOGIN.key("admin")
WEB = ServiceSpec(image=Image("acme/web:1.4"), port=8080)
SIZE = Size.gib(1)


def postgres(chart: KmopChart, id: str = "db", **more: Any) -> NativePostgres:
    given: dict[str, Any] = {"database": "orders", "credentials": CREDENTIALS, "admin_password": ADMIN, **more}
    return NativePostgres(chart, id, image=Image("postgres:17.6"), storage=SIZE, **given)


def mysql(chart: KmopChart) -> NativeMySql:
    image = Image("mysql:8.4.6")
    return NativeMySql(
        chart, "db", image=image, storage=SIZE, database="orders", credentials=CREDENTIALS, admin_password=ADMIN
    )


def mongo(chart: KmopChart) -> NativeMongo:
    image = Image("mongo:8.0.13")
    return NativeMongo(
        chart, "db", image=image, storage=SIZE, database="orders", credentials=CREDENTIALS, admin_password=ADMIN
    )


def redis(chart: KmopChart) -> NativeRedis:
    return NativeRedis(chart, "db", image=Image("redis:7.4.5"), storage=SIZE, password=LOGIN.key("password"))


def elasticsearch(chart: KmopChart) -> NativeElasticsearch:
    image = Image("docker.elastic.co/elasticsearch/elasticsearch:8.18.0")
    return NativeElasticsearch(chart, "db", image=image, storage=SIZE, password=LOGIN.key("password"))


def rabbitmq(chart: KmopChart) -> NativeRabbitMq:
    return NativeRabbitMq(chart, "db", image=Image("rabbitmq:4.1.4"), storage=SIZE, credentials=CREDENTIALS)


NATIVE: list[tuple[Callable[[KmopChart], ReadsWrites | Connects], int]] = [
    (postgres, 5432),
    (mysql, 3306),
    (mongo, 27017),
    (redis, 6379),
    (elasticsearch, 9200),
    (rabbitmq, 5672),
]
EXISTING: list[tuple[ReadsWrites | Connects, int]] = [
    (ExistingPostgres("db.acme.io", database="orders", credentials=CREDENTIALS), 5432),
    (ExistingMySql("db.acme.io", database="orders", credentials=CREDENTIALS), 3306),
    (ExistingMongo("db.acme.io", database="orders", credentials=CREDENTIALS), 27017),
    (ExistingRedis("db.acme.io", credentials=Credentials(password=LOGIN.key("password"))), 6379),
    (ExistingElasticsearch("db.acme.io", credentials=CREDENTIALS), 9200),
    (ExistingRabbitMq("db.acme.io", credentials=CREDENTIALS), 5672),
]
DEFAULTS = {
    5432: {"DB_NAME": "orders", "DB_URL": "postgresql://$(DB_USER):$(DB_PASSWORD)@{at}:5432/orders"},
    3306: {"DB_NAME": "orders", "DB_URL": "mysql://$(DB_USER):$(DB_PASSWORD)@{at}:3306/orders"},
    27017: {"DB_NAME": "orders", "DB_URL": "mongodb://$(DB_USER):$(DB_PASSWORD)@{at}:27017/orders"},
    6379: {"DB_URL": "redis://:$(DB_PASSWORD)@{at}:6379"},
    9200: {"DB_URL": "http://{at}:9200"},
    5672: {"DB_VHOST": "/", "DB_URL": "amqp://$(DB_USER):$(DB_PASSWORD)@{at}:5672/%2F"},
}


def edge(store: Any, **more: Any) -> StoreEdge:
    return store.connect(**more) if isinstance(store, ConnectVerbs) else store.read_write(**more)


def literals(service: Microservice) -> dict[str, str]:
    container = synthesize(service).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    return {each["name"]: each["value"] for each in container.get("env", []) if "value" in each}


def secrets(service: Microservice) -> dict[str, str]:
    container = synthesize(service).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    found = {each["name"]: each.get("valueFrom", {}).get("secretKeyRef") for each in container.get("env", [])}
    return {name: f"{key['name']}/{key['key']}" for name, key in found.items() if key}


@pytest.mark.parametrize(("make", "port"), NATIVE)
def test_an_edge_sets_the_address_and_opens_one_port(
    chart: KmopChart, make: Callable[[KmopChart], Any], port: int
) -> None:
    store = make(chart)
    web = Microservice(chart, "web", WEB, uses=[edge(store)])
    assert (literals(web)["DB_HOST"], literals(web)["DB_PORT"]) == ("db", str(port))
    assert_reachable(web, store, port)
    assert_blocked(web, store, 22)
    assert_blocked(store, web)


@pytest.mark.parametrize(("make", "port"), NATIVE)
def test_undeclared_callers_are_blocked(chart: KmopChart, make: Callable[[KmopChart], Any], port: int) -> None:
    store = make(chart)
    Microservice(chart, "web", WEB, uses=[edge(store)])
    other = Microservice(chart, "other", WEB)
    assert_blocked(other, store)
    assert_blocked(store, store, port)


@pytest.mark.parametrize(("make", "port"), NATIVE)
def test_a_native_store_gives_all_default_variables(
    chart: KmopChart, make: Callable[[KmopChart], Any], port: int
) -> None:
    web = Microservice(chart, "web", WEB, uses=[edge(make(chart))])
    said = {name: text.format(at="db") for name, text in DEFAULTS[port].items()}
    assert said.items() <= literals(web).items()
    assert secrets(web)["DB_PASSWORD"] == "login/password"


@pytest.mark.parametrize(("store", "port"), EXISTING)
def test_an_existing_store_gives_the_same_variables_as_an_owned_one(chart: KmopChart, store: Any, port: int) -> None:
    web = Microservice(chart, "web", WEB, uses=[edge(store)])
    said = {name: text.format(at="db.acme.io") for name, text in DEFAULTS[port].items()}
    assert said.items() <= literals(web).items()
    assert secrets(web)["DB_PASSWORD"] == "login/password"


@pytest.mark.parametrize(("make", "_port"), NATIVE)
def test_every_reference_comes_after_the_variable_it_names(
    chart: KmopChart, make: Callable[[KmopChart], Any], _port: int
) -> None:
    web = Microservice(chart, "web", WEB, uses=[edge(make(chart))])
    container = synthesize(web).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    names = [each["name"] for each in container["env"]]
    for named in ("DB_USER", "DB_PASSWORD"):
        if f"$({named})" in literals(web)["DB_URL"]:
            assert names.index(named) < names.index("DB_URL")


def test_a_function_may_take_a_store_of_any_provider(chart: KmopChart) -> None:
    def reader(store: ReadsOnly) -> StoreEdge:
        return store.read_write()

    assert reader(postgres(chart)).store.database == reader(EXISTING[0][0]).store.database  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ("DATABASE_URL", {"DATABASE_URL": "postgresql://$(DB_USER):$(DB_PASSWORD)@db:5432/orders"}),
        (Url("U"), {"U": "postgresql://$(DB_USER):$(DB_PASSWORD)@db:5432/orders"}),
        ([Host("H"), PortNumber("P"), HostPort("A"), DatabaseName("D")], {"H": "db", "P": "5432", "A": "db:5432", "D": "orders"}),
        (Template("JDBC", "jdbc:postgresql://{host}:{port}{path}?user={user}"), {"JDBC": "jdbc:postgresql://db:5432/orders?user=$(DB_USER)"}),
        ([Password("PW"), UserName("WHO"), "U"], {"U": "postgresql://$(WHO):$(PW)@db:5432/orders"}),
        ([Template("T", "{url}?sslmode=disable")], {"T": "postgresql://$(DB_USER):$(DB_PASSWORD)@db:5432/orders?sslmode=disable"}),
        (None, {}),
    ],
)  # fmt: skip
def test_the_caller_gets_the_variables_of_env(chart: KmopChart, env: Any, expected: dict[str, str]) -> None:
    web = Microservice(chart, "web", WEB, uses=[postgres(chart).read_write(env=env)])
    assert literals(web) == expected


def test_a_prefix_renames_every_default_variable(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB, uses=[postgres(chart, "orders-db").read_write(env=Prefix("PG"))])
    assert {*literals(web), *secrets(web)} == {"PG_HOST", "PG_PORT", "PG_NAME", "PG_USER", "PG_PASSWORD", "PG_URL"}


def test_the_default_prefix_is_the_name_in_upper_case(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB, uses=[postgres(chart, "orders-db").read_write()])
    assert literals(web)["ORDERS_DB_HOST"] == "orders-db"


def test_no_password_is_in_any_pod_when_the_secret_is_drawn_here(chart: KmopChart) -> None:
    from kmop_constructs import InlineSecret, NativeSecret

    values = {key: InlineSecret("hunter2") for key in ("username", "password", "admin")}
    login = NativeSecret(chart, "login", values=values)
    db = postgres(chart, credentials=Credentials.of(login), admin_password=login.key("admin"))
    Microservice(chart, "web", WEB, uses=[db.read_write()])
    result = synthesize(chart)
    assert [each["kind"] for each in result.objects if "hunter2" in str(each)] == ["Secret"]
    assert "hunter2" not in result.yaml()


def test_a_literal_user_is_quoted_in_the_url(chart: KmopChart) -> None:
    login = Credentials(user="shop@acme", password=SecretKey("login", "password", external=True))
    web = Microservice(chart, "web", WEB, uses=[postgres(chart).read_write(env="U", credentials=login)])
    assert literals(web)["U"] == "postgresql://shop%40acme:$(DB_PASSWORD)@db:5432/orders"


def test_a_virtual_host_is_quoted_in_a_text(chart: KmopChart) -> None:
    broker = ExistingRabbitMq("mq.acme.io", virtual_host="/shop eu")
    web = Microservice(chart, "web", WEB, uses=[broker.connect(env=Template("T", "{host}{path}"))])
    assert literals(web) == {"T": "mq.acme.io/%2Fshop%20eu"}


def test_a_caller_may_have_another_login(chart: KmopChart) -> None:
    reader = Credentials.of(ExistingSecret("reader"))
    web = Microservice(chart, "web", WEB, uses=[postgres(chart).read_write(credentials=reader)])
    assert secrets(web) == {"DB_PASSWORD": "reader/password", "DB_USER": "reader/username"}


def test_two_edges_to_one_store_agree(chart: KmopChart) -> None:
    db = postgres(chart)
    web = Microservice(chart, "web", WEB, uses=[db.read_write(env="A_URL"), db.read_write(env="B_URL")])
    assert set(literals(web)) == {"A_URL", "B_URL"}


def test_two_logins_under_one_name_are_a_conflict(chart: KmopChart) -> None:
    db = postgres(chart)
    with pytest.raises(ConflictError, match=r"variable 'DB_(USER|PASSWORD)' has two values"):
        Microservice(
            chart,
            "web",
            WEB,
            uses=[db.read_write(), db.read_write(env="U", credentials=Credentials.of(ExistingSecret("reader")))],
        )


def test_a_caller_in_another_namespace_needs_a_secret_of_its_own(app: App) -> None:
    db = postgres(KmopChart(app, "data", namespace="data"))
    chart = KmopChart(app, "shop", namespace="shop")
    with pytest.raises(SpecError, match=r"its Secret 'login' is in the namespace 'data'.*credentials="):
        Microservice(chart, "web", WEB, uses=[db.read_write()])
    own = Credentials.of(ExistingSecret("orders-login"))
    web = Microservice(chart, "web2", WEB, uses=[db.read_write(credentials=own)])
    assert literals(web)["DB_URL"] == "postgresql://$(DB_USER):$(DB_PASSWORD)@db.data.svc:5432/orders"
    assert_reachable(web, db)


def test_a_caller_that_wants_no_variables_needs_no_secret(app: App) -> None:
    db = postgres(KmopChart(app, "data", namespace="data"))
    web = Microservice(KmopChart(app, "shop", namespace="shop"), "web", WEB, uses=[db.read_write(env=None)])
    assert_reachable(web, db)
    assert (literals(web), secrets(web)) == ({}, {})


def test_a_caller_may_wait_until_connections_are_accepted(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB, uses=[postgres(chart).read_write().before_start(Image("busybox:1.37"))])
    waits = synthesize(web).one("Deployment")["spec"]["template"]["spec"]["initContainers"][0]
    assert waits["command"][2] == "until nc -z -w 2 db 5432; do sleep 2; done"
    assert "DB_URL" in literals(web)


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ([Host("A"), HostPort("A")], "duplicate variable, got 'A'"),
        (["DB_PASSWORD"], "duplicate variable, got 'DB_PASSWORD'"),
        (5, "a single value instead of a list"),
        ([5], "not an allowed value"),
    ],
)
def test_wrong_variables_are_errors(chart: KmopChart, env: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Microservice(chart, "web", WEB, uses=[postgres(chart).read_write(env=env)])


def test_a_variable_for_what_a_store_does_not_have_is_an_error(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match="a variable needs the user, and the store has none"):
        Microservice(chart, "web", WEB, uses=[redis(chart).read_write(env=UserName("U"))])
    with pytest.raises(SpecError, match="needs the name of a database, and the store has none"):
        Microservice(chart, "other", WEB, uses=[ExistingRedis("cache.acme.io").read_write(env=DatabaseName("D"))])


def test_a_password_must_be_a_reference() -> None:
    with pytest.raises(
        SpecError, match="Credentials.password: the value would be readable in the output, got a str"
    ) as caught:
        Credentials(user="shop", password="hunter2")  # pyright: ignore[reportArgumentType]
    assert "hunter2" not in str(caught.value)


def test_credentials_come_from_named_keys_of_a_secret() -> None:
    with pytest.raises(SpecError, match="not a Secret with keys to refer to, got 'str'; write"):
        Credentials.of("login")  # pyright: ignore[reportArgumentType]
    assert Credentials.of(ExistingSecret("x"), user="u", password="p").user == SecretKey("x", "u", external=True)


def test_credentials_of_the_wrong_type_are_an_error_at_the_edge(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match="shop/db.read_write.*: credentials: not Credentials, got a str"):
        postgres(chart).read_write(credentials="login")  # pyright: ignore[reportArgumentType]
