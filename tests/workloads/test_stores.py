"""Stores by what an application needs, drawn by the provider of the platform."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    Cpu,
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    Image,
    KmopChart,
    Metrics,
    Microservice,
    Mongo,
    MongoSpec,
    MySql,
    MySqlSpec,
    NativeNamespace,
    Peers,
    Platform,
    Pods,
    Postgres,
    PostgresSpec,
    Provision,
    RabbitMq,
    RabbitMqSpec,
    Redis,
    RedisSpec,
    Resources,
    SecretKey,
    ServiceSpec,
    Size,
    SpecError,
    StatefulService,
    UnsupportedError,
)
from kmop_constructs.components.data.connection import StoreEdge
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import CheckError
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.existing import ExistingPostgres, ExistingRedis, ExistingStoreProvider
from kmop_constructs.providers.native import (
    NativeEtcdProvider,
    NativeMySqlProvider,
    NativePostgresProvider,
    NativeRedisProvider,
)
from kmop_constructs.stores import DatabaseUser
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.outside.operated_postgres import OperatedPostgres

import pytest
from cdk8s import App

LOGIN = ExistingSecret("db", keys=("username", "password", "admin-password"))
WITH_LOGIN: dict[str, Any] = {"credentials": Credentials.of(LOGIN), "admin_password": LOGIN.key("admin-password")}
RESOURCES = Resources(cpu=Cpu("1"), memory=Size("1Gi"))
SOME = Provision(storage=Size.gib(5), resources=RESOURCES)
SPEC = PostgresSpec(version="17.6", database="orders", provision=SOME, **WITH_LOGIN)
NATIVE = Platform()
OPERATED = Platform(postgres=OperatedPostgres())

FRONTS: list[tuple[type[Any], Any]] = [
    (Postgres, SPEC),
    (MySql, MySqlSpec(version="8.4.6", provision=SOME, **WITH_LOGIN)),
    (Mongo, MongoSpec(version="8.0.13", provision=SOME, **WITH_LOGIN)),
    (Redis, RedisSpec(version="7.4.5", keeps_data=True, password=SecretKey("db", "password", external=True), provision=SOME)),
    (Elasticsearch, ElasticsearchSpec(version="8.18.0", provision=replace(SOME, instances=3))),
    (RabbitMq, RabbitMqSpec(version="4.1.4", credentials=Credentials.of(LOGIN), provision=SOME, metrics=Metrics())),
]  # fmt: skip


def shop(app: App, platform: Platform, spec: PostgresSpec = SPEC) -> tuple[KmopChart, Postgres]:
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    NativeNamespace(chart, "namespace")
    return chart, Postgres(chart, "orders-db", spec)


def caller(chart: KmopChart, *uses: Any) -> Microservice:
    return Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=8080), uses=uses)


def variables(result: Synthesized) -> dict[str, Any]:
    (container,) = result.one("Deployment", "web")["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


@pytest.mark.parametrize("spec", [SPEC, replace(SPEC, credentials=None, admin_password=None)])
def test_callers_are_right_with_an_operator(app: App, spec: PostgresSpec) -> None:
    chart, db = shop(app, OPERATED, spec)
    web = caller(chart, db.read_write())
    found = variables(synthesize(web))
    assert found["ORDERS_DB_HOST"] == "orders-db-rw"
    assert found["ORDERS_DB_PASSWORD"] == {"secretKeyRef": {"name": "orders-db-app", "key": "password"}}
    assert found["ORDERS_DB_URL"] == "postgresql://$(ORDERS_DB_USER):$(ORDERS_DB_PASSWORD)@orders-db-rw:5432/orders"


def test_callers_are_right_with_pods_of_our_own(app: App) -> None:
    chart, db = shop(app, NATIVE)
    web = caller(chart, db.read_write())
    found = variables(synthesize(web))
    assert found["ORDERS_DB_HOST"] == "orders-db"
    assert found["ORDERS_DB_PASSWORD"] == {"secretKeyRef": {"name": "db", "key": "password"}}
    assert isinstance(db.drawn, StatefulService)
    assert_reachable(web, db.drawn, 5432)
    assert_blocked(Microservice(chart, "other", ServiceSpec(image=Image("acme/o:1"), port=80)), db.drawn)


def test_a_caller_reaches_the_operators_pods_and_no_others(app: App) -> None:
    chart, db = shop(app, OPERATED)
    web = caller(chart, db.read_write())
    egress = synthesize(web).one("NetworkPolicy")["spec"]["egress"]
    assert egress[1:] == [
        {
            "to": [{"podSelector": {"matchLabels": {"acme.io/cluster": "orders-db", "acme.io/role": "primary"}}}],
            "ports": [{"port": 5432, "protocol": "TCP"}],
        }
    ]


def test_the_operators_pods_let_callers_in_and_their_own_kind(app: App) -> None:
    chart, db = shop(app, OPERATED)
    web = caller(chart, db.read_write())
    result = synthesize(chart)
    primary, replicas = (result.one("NetworkPolicy", f"orders-db-{each}")["spec"] for each in ("rw", "ro"))
    mine = {"podSelector": {"matchLabels": {"acme.io/cluster": "orders-db"}}}
    operator = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "acme-system"}}}
    labels = dict(web.facts.selector)
    assert primary["podSelector"] == {"matchLabels": {"acme.io/cluster": "orders-db", "acme.io/role": "primary"}}
    assert primary["ingress"][0]["from"] == [operator, mine, {"podSelector": {"matchLabels": labels}}]
    assert replicas["ingress"][0]["from"] == [operator, mine]


def test_replicas_are_read_where_the_provider_has_some(app: App) -> None:
    chart, db = shop(app, OPERATED)
    assert variables(synthesize(caller(chart, db.read_only())))["ORDERS_DB_HOST"] == "orders-db-ro"


def test_replicas_are_refused_where_there_are_none(app: App) -> None:
    _, db = shop(app, NATIVE)
    with pytest.raises(UnsupportedError, match="shop/orders-db: read_only: the store has no read replicas"):
        db.read_only()


def test_a_key_that_the_operator_does_not_make_is_missed(app: App) -> None:
    chart, db = shop(app, OPERATED)
    wrong = Credentials(password=SecretKey("orders-db-app", "pass"))
    caller(chart, db.read_write(credentials=wrong))
    with pytest.raises(
        CheckError,
        match=r"reads the key 'pass' of the Secret 'orders-db-app', which an operator creates for shop/orders-db",
    ):
        synthesize(chart)


def test_what_an_operator_makes_goes_with_the_store(app: App) -> None:
    chart, db = shop(app, OPERATED)
    caller(chart, db.read_write())
    chart.node.try_remove_child("orders-db")
    with pytest.raises(CheckError) as caught:
        synthesize(chart)
    assert "[edge-without-target]" in str(caught.value)
    assert "[reference-missing]" in str(caught.value)


@pytest.mark.parametrize(("front", "spec"), FRONTS, ids=[front.__name__ for front, _ in FRONTS])
def test_names_agree_with_what_is_drawn(app: App, front: type[Any], spec: Any) -> None:
    scraped = Platform(peers=Peers(scraper=Pods.of(namespace="monitoring")))
    chart = KmopChart(app, "shop", namespace="shop", platform=scraped)
    made = front(chart, "orders-db", spec)
    verb = "connect" if front is RabbitMq else "read_write"
    said, drawn = (getattr(each, verb)() for each in (made, made.drawn))
    assert isinstance(said, StoreEdge)
    assert replace(said.store, where="") == replace(drawn.store, where="")
    synthesize(caller(chart, said))


@pytest.mark.parametrize(("front", "spec"), FRONTS, ids=[front.__name__ for front, _ in FRONTS])
def test_a_chart_without_a_namespace_has_stores_too(app: App, front: type[Any], spec: Any) -> None:
    scraped = Platform(peers=Peers(scraper=Pods.of(namespace="monitoring")))
    chart = KmopChart(app, "shop", platform=scraped)
    made = front(chart, "orders-db", spec)
    synthesize(caller(chart, made.connect() if front is RabbitMq else made.read_write()))


def test_a_spec_overrides_what_the_platform_provides(app: App) -> None:
    provider = NativePostgresProvider(provision=Provision(storage=Size.gib(1), storage_class="slow"))
    _, db = shop(app, Platform(postgres=provider), replace(SPEC, provision=Provision(storage=Size.gib(9))))
    (claim,) = synthesize(db).one("StatefulSet")["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "9Gi"
    assert claim["spec"]["storageClassName"] == "slow"


BACKED_UP = replace(SOME, instances=3, backup=Backup(schedule="0 3 * * *", keep=timedelta(days=7)))  # pyright: ignore[reportArgumentType]


def test_what_pods_of_our_own_cannot_do_is_refused(app: App) -> None:
    with pytest.raises(UnsupportedError) as caught:
        shop(app, NATIVE, replace(SPEC, provision=BACKED_UP))
    assert str(caught.value) == (
        "shop/orders-db: provision.instances: PostgreSQL in native pods have no fail-over and hold the data only once, got 3 "
        "instances; name another provider: Platform(postgres=…), or ignore the field: "
        "NativePostgresProvider(leaves_out=('instances',))"
    )


def test_what_is_left_out_by_name_is_a_notice_each(app: App) -> None:
    provider = NativePostgresProvider(leaves_out=("instances", "backup"))
    _, db = shop(app, Platform(postgres=provider), replace(SPEC, provision=BACKED_UP))
    result = synthesize(db)
    assert [each.message.split(" of ")[0] for each in result.notices if each.rule == "left-out"] == [
        "backup",
        "instances",
    ]
    assert result.one("StatefulSet")["spec"]["replicas"] == 1


def test_accepted_missing_features_have_a_reason(app: App) -> None:
    platform = Platform(accepts_missing={"instances": "staging has one zone"})
    _, db = shop(app, platform, replace(SPEC, provision=replace(SOME, instances=2)))
    (notice,) = [each for each in synthesize(db).notices if each.rule == "left-out"]
    assert "because staging has one zone" in notice.message


def test_a_cache_needs_no_storage(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(redis=NativeRedisProvider()))
    cache = Redis(chart, "cache", RedisSpec(version="7.4.5"))
    assert "volumeClaimTemplates" not in synthesize(cache).one("StatefulSet")["spec"]


def test_storage_that_is_not_set_is_named_with_the_two_places(app: App) -> None:
    with pytest.raises(
        SpecError, match=r"shop/orders-db: provision.storage: not set.*NativePostgresProvider\(provision"
    ):
        shop(app, NATIVE, replace(SPEC, provision=None))


def test_a_login_that_is_not_set_is_refused_by_pods_of_our_own(app: App) -> None:
    with pytest.raises(SpecError, match="shop/orders-db: credentials: not set, and native pods make no login; set"):
        shop(app, NATIVE, replace(SPEC, credentials=None))


def test_a_store_that_was_refused_is_never_written(app: App) -> None:
    with pytest.raises(SpecError):
        shop(app, NATIVE, replace(SPEC, provision=None))
    with pytest.raises(CheckError, match=r"shop/orders-db: its constructor failed.*\[half-drawn\]"):
        app.synth()


def test_the_wrong_spec_is_refused_by_name(chart: KmopChart) -> None:
    with pytest.raises(
        SpecError, match=r"shop/db: not a PostgresSpec, got 'MySqlSpec'; write PostgresSpec\(version=…\)"
    ):
        Postgres(chart, "db", FRONTS[1][1])


def test_an_image_may_stand_for_a_version(app: App) -> None:
    provider = NativePostgresProvider(images={"17": Image("registry.acme.io/postgres:17.6-hardened")})
    _, db = shop(app, Platform(postgres=provider), replace(SPEC, version="17"))
    (container,) = synthesize(db).one("StatefulSet")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.acme.io/postgres:17.6-hardened"


def test_a_revision_of_a_made_secret_rolls_the_pods(app: App) -> None:
    from kmop_constructs.authors import MakesSecret

    digests: list[str | None] = []
    for revision in (None, "1", "2"):
        chart = KmopChart(app, f"shop{revision or 0}", namespace=f"shop{revision or 0}", platform=OPERATED)
        db = Postgres(chart, "orders-db", SPEC)
        web = caller(chart, db.read_write())
        made = MakesSecret(name="orders-db-app", scope=db.subject.scope, keys=(), revision=revision)
        place_of(db).give(made)
        template = synthesize(web).one("Deployment")["spec"]["template"]
        digests.append(template["metadata"].get("annotations", {}).get("checksum/config"))
    assert digests[0] is None
    assert len(set(digests)) == 3


def test_a_store_that_runs_already_is_found_by_name(app: App) -> None:
    cloud = ExistingPostgres(
        "db.acme.io", database="orders", credentials=Credentials.of(LOGIN), read_only_host="ro.acme.io"
    )
    platform = Platform(
        postgres=ExistingStoreProvider({"orders-db": cloud}, leaves_out=("provision", "admin_password"))
    )
    chart, db = shop(app, platform)
    web = caller(chart, db.read_write())
    assert web.planned.connections == caller_of(app, cloud.read_write()).planned.connections
    assert variables(synthesize(web))["ORDERS_DB_HOST"] == "db.acme.io"
    assert [each.rule for each in synthesize(db).notices if each.path == "shop/orders-db"] == ["left-out"] * 2
    assert isinstance(db.read_only(), StoreEdge)


def test_a_provider_of_another_technology_is_refused(app: App) -> None:
    with pytest.raises(SpecError, match="Platform.postgres: the provider does not run PostgreSQL"):
        shop(
            app,
            Platform(postgres=ExistingStoreProvider({"orders-db": ExistingRedis("redis.acme.io")})),
            replace(SPEC, database=None, provision=None, admin_password=None),
        )


@pytest.mark.parametrize(
    ("kind", "job", "provider", "spec"),
    [
        (Postgres, "postgres", NativeMySqlProvider(provision=SOME), SPEC),
        (MySql, "mysql", CloudNativePg(provision=SOME), MySqlSpec(version="8.4")),
        (Redis, "redis", Eck(provision=SOME), RedisSpec(version="8.2")),
        (Mongo, "mongo", NativeRedisProvider(), MongoSpec(version="8.0")),
        (Redis, "redis", NativePostgresProvider(provision=SOME), RedisSpec(version="8.2")),
        (Postgres, "postgres", NativeEtcdProvider(provision=SOME), SPEC),
    ],
)
def test_a_provider_of_the_library_is_for_its_technology(
    app: App, kind: Any, job: str, provider: Any, spec: Any
) -> None:
    platform: dict[str, Any] = {job: provider}
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(**platform))
    message = f"shop/db: Platform.{job}: the provider does not run .*, got '{type(provider).__name__}'"
    with pytest.raises(SpecError, match=message):
        kind(chart, "db", spec)


def test_keys_of_users_are_text() -> None:
    users: Any = {1: DatabaseUser(credentials=reports("reports"))}
    with pytest.raises(SpecError, match="PostgresSpec.users: a key is not text, got 1"):
        PostgresSpec(version="17.6", users=users)


def caller_of(app: App, edge: Any) -> Microservice:
    return caller(KmopChart(app, "other", namespace="other"), edge)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (SPEC, r"shop/orders-db: provision: not supported, because .* already running.*leaves_out=\('provision',\)"),
        (replace(SPEC, provision=None, settings={"a": "b"}), "shop/orders-db: settings: not supported"),
        (replace(SPEC, provision=None, extensions=("pg_trgm",)), "shop/orders-db: extensions: not supported"),
        (replace(SPEC, provision=None, generation=2), "shop/orders-db: generation: not supported"),
        (
            replace(SPEC, database="sales"),
            "shop/orders-db: database: not that of the running store 'orders', got 'sales'; use the same name",
        ),
    ],
)
def test_settings_of_an_existing_store_are_refused(app: App, spec: PostgresSpec, message: str) -> None:
    cloud = ExistingPostgres("db.acme.io", database="orders")
    with pytest.raises(SpecError, match=message):
        shop(app, Platform(postgres=ExistingStoreProvider({"orders-db": cloud})), spec)


@pytest.mark.parametrize(
    ("changed", "running", "message"),
    [
        (
            {"credentials": Credentials.of(ExistingSecret("mine"))},
            Credentials.of(LOGIN),
            (
                r"shop/orders-db: credentials: not the login of the running store, which is user SecretKey\('db', 'username'\) with "
                r"password SecretKey\('db', 'password'\), got user SecretKey\('mine', 'username'\) with .*; use the same credentials "
                r"in ExistingStoreProvider.stores, or .*leaves_out=\('credentials',\)"
            ),
        ),
        (
            {"credentials": Credentials(user="owner", password=LOGIN.key("password"))},
            Credentials.of(LOGIN),
            "shop/orders-db: credentials: not the login",
        ),
        ({"credentials": Credentials.of(LOGIN)}, None, "credentials: .* running store, which has none here, got user"),
        (
            {"credentials": Credentials.of(LOGIN), "admin_password": LOGIN.key("admin-password")},
            Credentials.of(LOGIN),
            (
                r"shop/orders-db: admin_password: .* cannot be set, got SecretKey\('db', 'admin-password'\); remove it, or "
                r".*leaves_out=\('admin_password',\)"
            ),
        ),
    ],
)
def test_another_login_than_that_of_the_running_store_is_refused(
    app: App, changed: dict[str, Any], running: Credentials | None, message: str
) -> None:
    spec = PostgresSpec(version="17.6", database="orders", **changed)
    cloud = ExistingPostgres("db.acme.io", database="orders", credentials=running)
    with pytest.raises(UnsupportedError, match=message):
        shop(app, Platform(postgres=ExistingStoreProvider({"orders-db": cloud})), spec)


def test_another_login_that_is_left_out_by_name_is_a_notice(app: App) -> None:
    cloud = ExistingPostgres("db.acme.io", database="orders", credentials=Credentials.of(ExistingSecret("rented")))
    provider = ExistingStoreProvider({"orders-db": cloud}, leaves_out=("credentials", "admin_password", "provision"))
    chart, db = shop(app, Platform(postgres=provider))
    pod = synthesize(caller(chart, db.read_write())).one("Deployment")["spec"]["template"]["spec"]
    names = {each["valueFrom"]["secretKeyRef"]["name"] for each in pod["containers"][0]["env"] if "valueFrom" in each}
    assert names == {"rented"}
    assert [each.rule for each in synthesize(db).notices if each.path == "shop/orders-db"] == ["left-out"] * 3


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"credentials": Credentials(user=SecretKey("db", "username"), password=SecretKey("db", "password"))},
        {"credentials": Credentials.of(LOGIN), "admin_password": SecretKey("db", "password")},
    ],
)
def test_the_login_of_the_running_store_and_no_login_are_accepted(app: App, changed: dict[str, Any]) -> None:
    cloud = ExistingPostgres("db.acme.io", database="orders", credentials=Credentials.of(LOGIN))
    spec = PostgresSpec(version="17.6", database="orders", **changed)
    _, db = shop(app, Platform(postgres=ExistingStoreProvider({"orders-db": cloud})), spec)
    assert not [each for each in synthesize(db).notices if each.path == "shop/orders-db"]


def reports(secret: str) -> Credentials:
    return Credentials(user="reports", password=ExistingSecret(secret).key("password"))


def test_a_user_of_the_running_store_is_used(app: App) -> None:
    cloud = ExistingPostgres("db.acme.io", database="orders", users={"reports": reports("reports")})
    spec = PostgresSpec(
        version="17.6", database="orders", users={"reports": DatabaseUser(credentials=reports("reports"))}
    )
    chart, db = shop(app, Platform(postgres=ExistingStoreProvider({"orders-db": cloud})), spec)
    found = variables(synthesize(caller(chart, db.read_only(user="reports"))))
    assert found["ORDERS_DB_USER"] == "reports"


@pytest.mark.parametrize(
    ("users", "message"),
    [
        ({}, r"the login of 'reports' in the running store is not known, got user reports with password .*users=\{…\}"),
        ({"reports": reports("other")}, r"users: the login of 'reports' in .* is user reports with .*'other'.*, got"),
    ],
)
def test_another_user_than_that_of_the_running_store_is_refused(
    app: App, users: dict[str, Credentials], message: str
) -> None:
    cloud = ExistingPostgres("db.acme.io", database="orders", users=users)
    spec = PostgresSpec(
        version="17.6", database="orders", users={"reports": DatabaseUser(credentials=reports("reports"))}
    )
    with pytest.raises(UnsupportedError, match=message):
        shop(app, Platform(postgres=ExistingStoreProvider({"orders-db": cloud})), spec)


def test_an_unknown_store_is_refused_with_the_known_ones(app: App) -> None:
    provider = ExistingStoreProvider({"sales-db": ExistingPostgres("db.acme.io", database="sales")})
    with pytest.raises(
        SpecError, match=r"provider has no running store of this name, got 'orders-db', has 'sales-db'; add it"
    ):
        shop(app, Platform(postgres=provider))


@pytest.mark.parametrize("provided", [Provision(storage=Size.gib(5)), Provision(storage_class="fast")])
def test_a_claim_of_a_cache_is_refused(provided: Provision) -> None:
    with pytest.raises(SpecError, match=r"RedisSpec.provision.storage\w*: set for a cache, which has no claim, got"):
        RedisSpec(version="7.4.5", provision=provided)


def test_the_storage_of_the_platform_is_for_other_stores(app: App) -> None:
    platform = Platform(redis=NativeRedisProvider(provision=Provision(storage=Size.gib(5), storage_class="fast")))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    result = synthesize(Redis(chart, "cache", RedisSpec(version="7.4.5")))
    assert "volumeClaimTemplates" not in result.one("StatefulSet")["spec"]
