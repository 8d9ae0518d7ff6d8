"""Pods of our own: each technology by its official image, at the restricted level."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    NO_PROBE,
    Container,
    Credentials,
    Exec,
    HeadlessService,
    Health,
    Identity,
    Image,
    KmopChart,
    MaxUnavailable,
    Placement,
    Plan,
    Platform,
    Pods,
    ProbeTiming,
    Resources,
    Service,
    ServiceSpec,
    Size,
    SpecError,
    TcpSocket,
    Text,
    UnsupportedError,
)
from kmop_constructs.authors import Edge, ServiceFacts
from kmop_constructs.providers.native import NativeDataOptions, NativePostgres
from kmop_constructs.testing import synthesize
from tests.components.data.stores import (
    ADMIN,
    ALL,
    DATABASES,
    SQL,
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


@pytest.mark.parametrize(
    ("make", "image", "ids"),
    [
        (postgres, "postgres:17.6", (999, 999, 999)),
        (postgres, "postgres:17.6-alpine3.22", (70, 70, 70)),
        (mysql, "mysql:8.4.6", (999, 999, 999)),
        (mongo, "mongo:8.0.13", (999, 999, 999)),
        (redis, "redis:7.4.5", (999, 999, 999)),
        (redis, "redis:7.4.5-alpine", (999, 1000, 1000)),
        (elasticsearch, "elasticsearch:8.18.0", (1000, 0, 1000)),
        (rabbitmq, "rabbitmq:4.1.4", (999, 999, 999)),
        (rabbitmq, "rabbitmq:4.1.4-alpine", (100, 101, 101)),
    ],
)
def test_the_pod_runs_as_the_user_of_the_image(
    chart: KmopChart, make: Make, image: str, ids: tuple[int, int, int]
) -> None:
    context = pod(make(chart, image))["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == ids


@pytest.mark.parametrize("make", ALL)
def test_every_container_keeps_the_restricted_level(chart: KmopChart, make: Make) -> None:
    drawn = pod(make(chart))
    assert drawn["securityContext"]["runAsNonRoot"] is True
    assert drawn["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert "sysctls" not in drawn["securityContext"]
    for container in (*drawn["containers"], *drawn.get("initContainers", [])):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
        }
    assert drawn["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("make", "writable"),
    [
        (postgres, {"/tmp": "tmp", "/var/run/postgresql": "run", "/dev/shm": "shm", "/var/lib/postgresql/data": "data"}),
        (mysql, {"/tmp": "tmp", "/var/run/mysqld": "run", "/var/lib/mysql": "data"}),
        (mongo, {"/tmp": "tmp", "/data/db": "data"}),
        (redis, {"/tmp": "tmp", "/data": "data"}),
        (elasticsearch, {"/tmp": "tmp", "/usr/share/elasticsearch/config": "config",
                         "/usr/share/elasticsearch/data": "data", "/usr/share/elasticsearch/logs": "logs"}),
        (rabbitmq, {"/tmp": "tmp", "/var/lib/rabbitmq": "home", "/var/lib/rabbitmq/mnesia": "data", "/var/log/rabbitmq": "log"}),
    ],
)  # fmt: skip
def test_what_the_image_writes_to_is_writable_and_nothing_else(
    chart: KmopChart, make: Make, writable: dict[str, str]
) -> None:
    found = {
        each["mountPath"]: each["name"] for each in app_of(make(chart))["volumeMounts"] if not each.get("readOnly")
    }
    assert found == writable


@pytest.mark.parametrize("make", ALL)
def test_data_is_on_a_claim_that_outlives_the_pod(chart: KmopChart, make: Make) -> None:
    spec = stateful_set(make(chart, storage_class="fast"))
    assert [each["metadata"]["name"] for each in spec["volumeClaimTemplates"]] == ["data"]
    claim = spec["volumeClaimTemplates"][0]["spec"]
    assert (claim["storageClassName"], claim["resources"]) == ("fast", {"requests": {"storage": "10Gi"}})
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}


@pytest.mark.parametrize("make", [mysql, mongo, redis, elasticsearch, rabbitmq])
def test_data_is_in_a_folder_of_the_volume(chart: KmopChart, make: Make) -> None:
    """The root of a new ext4 volume is not empty."""
    mounted = [each for each in app_of(make(chart))["volumeMounts"] if each["name"] == "data"]
    assert all(each["subPath"] for each in mounted)


@pytest.mark.parametrize("make", ALL)
def test_one_pod_ends_without_a_pause_and_with_time_to_write(chart: KmopChart, make: Make) -> None:
    store = make(chart)
    assert stateful_set(store)["replicas"] == 1
    assert "lifecycle" not in app_of(store)
    assert pod(store)["terminationGracePeriodSeconds"] == 120


@pytest.mark.parametrize("make", ALL)
def test_one_pod_is_a_notice_that_does_not_advise_a_second(chart: KmopChart, make: Make) -> None:
    result = synthesize(make(chart, resources=Resources(memory=Size.gib(2))))
    assert [notice.rule for notice in result.notices] == ["single-replica"]
    assert "operator" in result.notices[0].message
    assert "Replicas(2)" not in result.notices[0].message
    assert not result.pick("PodDisruptionBudget")


@pytest.mark.parametrize("make", ALL)
def test_guessed_resources_are_a_notice_that_names_the_guess(chart: KmopChart, make: Make) -> None:
    store = make(chart)
    found = {notice.rule: notice.message for notice in synthesize(store).notices}
    assert app_of(store)["resources"]["requests"]["memory"] in found["resources-guessed"]
    assert "cpu" not in app_of(store)["resources"]["limits"]


@pytest.mark.parametrize("make", ALL)
def test_it_may_take_ten_minutes_to_start_by_default(chart: KmopChart, make: Make) -> None:
    probe = app_of(make(chart))["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == 600


def test_the_start_up_budget_can_be_raised(chart: KmopChart) -> None:
    probe = app_of(postgres(chart, options=NativeDataOptions(startup_budget=timedelta(hours=1))))["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == 3600


@pytest.mark.parametrize(
    ("make", "readiness", "liveness"),
    [
        (postgres, ["pg_isready", "--host=127.0.0.1", "--port=5432"], "postgresql"),
        (mysql, ["mysqladmin", "ping", "--host=127.0.0.1"], ["mysqladmin", "ping", "--host=127.0.0.1"]),
        (mongo, "mongodb", "mongodb"),
        (redis, ["sh", "-c", "redis-cli ping | grep -qx PONG"], "redis"),
        (elasticsearch, "readiness", "http"),
        (rabbitmq, "amqp", ["rabbitmq-diagnostics", "--quiet", "ping"]),
    ],
)
def test_checks_are_commands_of_the_image_or_ports(chart: KmopChart, make: Make, readiness: Any, liveness: Any) -> None:
    def said(probe: dict[str, Any]) -> Any:
        return probe["exec"]["command"] if "exec" in probe else probe["tcpSocket"]["port"]

    container = app_of(make(chart))
    assert said(container["readinessProbe"]) == said(container["startupProbe"]) == readiness
    assert said(container["livenessProbe"]) == liveness


@pytest.mark.parametrize("make", DATABASES)
def test_init_scripts_run_after_the_one_that_makes_the_user(chart: KmopChart, make: Make) -> None:
    paths = mounts(make(chart, init_scripts={"10-schema.sql": Text("CREATE TABLE t (i INT);")}))
    scripts = sorted(path for path in paths if path.startswith("/docker-entrypoint-initdb.d/"))
    assert scripts[-1] == "/docker-entrypoint-initdb.d/10-schema.sql"


@pytest.mark.parametrize("make", DATABASES)
def test_read_only_is_unsupported_and_names_providers_with_it(chart: KmopChart, make: Make) -> None:
    with pytest.raises(UnsupportedError, match="shop/db: read_only: the store has no read replicas.* run by "):
        make(chart).read_only()


def test_options_set_identity_metadata_placement_and_user(chart: KmopChart) -> None:
    exporter = Container("exporter", image=Image("acme/exporter:1.0"), resources=Resources(memory=Size("32Mi")))
    options = NativeDataOptions(
        identity=Identity(name="legacy-db"),
        labels={"team": "orders"},
        pod_annotations={"backup": "yes"},
        placement=Placement(node_selector={"disk": "ssd"}),
        sidecars=(exporter,),
        user=1001,
        group=1002,
        keep_claim_when_deleted="Delete",
    )
    result = synthesize(postgres(chart, options=options))
    drawn = result.one("StatefulSet", "legacy-db")["spec"]
    assert drawn["template"]["metadata"]["annotations"]["backup"] == "yes"
    assert drawn["template"]["metadata"]["labels"]["team"] == "orders"
    assert drawn["template"]["spec"]["nodeSelector"] == {"disk": "ssd"}
    assert drawn["template"]["spec"]["initContainers"][0]["name"] == "exporter"
    context = drawn["template"]["spec"]["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (1001, 1002, 1002)
    assert drawn["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete"


def test_options_set_service_names_variables_and_arguments(chart: KmopChart) -> None:
    options = NativeDataOptions(
        service=Service(name="legacy"),
        peers=HeadlessService(name="legacy-hl"),
        disruption=MaxUnavailable(1),
        env={"TZ": "Etc/UTC", "PGDATA": "/var/lib/postgresql/data/old"},
        args=("-c", "log_statement=all"),
    )
    db = postgres(chart, options=options, settings={"max_connections": "200"})
    result = synthesize(db)
    assert {each["metadata"]["name"] for each in result.pick("Service")} == {"legacy", "legacy-hl"}
    assert result.one("StatefulSet", "db")["spec"]["serviceName"] == "legacy-hl"
    assert result.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert app_of(db)["args"] == ["-c", "max_connections=200", "-c", "log_statement=all"]
    assert (env(db)["TZ"], env(db)["PGDATA"]) == ("Etc/UTC", "/var/lib/postgresql/data/old")
    assert db.read_write().store.call.address.port == 5432


def test_a_check_of_the_caller_replaces_ours_and_the_others_stay(chart: KmopChart) -> None:
    every_five = ProbeTiming(period=timedelta(seconds=5))
    db = postgres(chart, options=NativeDataOptions(health=Health(liveness=Exec(("true",), timing=every_five))))
    container = app_of(db)
    assert container["livenessProbe"]["exec"]["command"] == ["true"]
    assert container["readinessProbe"]["exec"]["command"][0] == "pg_isready"
    assert container["startupProbe"]["exec"]["command"][0] == "pg_isready"


def test_start_up_follows_the_readiness_check_of_the_caller(chart: KmopChart) -> None:
    store = elasticsearch(chart, options=NativeDataOptions(health=Health(path="/_cluster/health")))
    container = app_of(store)
    for name in ("readinessProbe", "startupProbe"):
        assert container[name]["httpGet"]["path"] == "/_cluster/health"
    assert container["startupProbe"]["periodSeconds"] * container["startupProbe"]["failureThreshold"] == 600


def test_a_start_up_check_may_be_missing_or_have_a_budget(chart: KmopChart) -> None:
    assert "startupProbe" not in app_of(redis(chart, options=NativeDataOptions(health=Health(startup=NO_PROBE))))
    few = TcpSocket(timing=ProbeTiming(failures=3))
    other = KmopChart(chart, "other", namespace="other")
    assert (
        app_of(redis(other, options=NativeDataOptions(health=Health(startup=few))))["startupProbe"]["failureThreshold"]
        == 3
    )


@pytest.mark.parametrize("make", [mysql, mongo, redis, rabbitmq])
def test_an_image_of_bitnami_is_refused_where_its_paths_are_not_known(chart: KmopChart, make: Make) -> None:
    with pytest.raises(
        UnsupportedError, match="by bitnami has its own paths and variables, which.*use the official image"
    ):
        make(chart, "docker.io/bitnamilegacy/store:1.0")


def test_a_profile_treats_any_image_like_the_official_one(chart: KmopChart) -> None:
    db = postgres(chart, "acme.io/bitnami/postgres:17.6", options=NativeDataOptions(image_profile="official"))
    assert env(db)["PGDATA"] == "/var/lib/postgresql/data/pgdata"


def test_a_team_sets_everything_else_by_overriding_plan(chart: KmopChart) -> None:
    class TeamPostgres(NativePostgres):
        @classmethod
        def plan(cls, facts: ServiceFacts, spec: ServiceSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:
            return super().plan(facts, replace(spec, annotations={"team": "orders"}), platform, uses)

    db = TeamPostgres(chart, "db", image=Image("postgres:17.6"), **SQL)
    assert synthesize(db).one("StatefulSet")["metadata"]["annotations"] == {"team": "orders"}


def test_callers_that_another_repository_builds_are_let_in(chart: KmopChart) -> None:
    db = postgres(chart, accepts=[Pods.of_service("billing", namespace="billing")])
    peers = synthesize(db).one("NetworkPolicy")["spec"]["ingress"][0]["from"]
    assert peers[0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "billing"}


@pytest.mark.parametrize(
    ("make", "more", "message"),
    [
        (postgres, {"storage": "10Gi"}, "shop/db: storage: not a size, got '10Gi'"),
        (postgres, {"admin_password": "hunter2"}, "shop/db: admin_password: the value would be readable in the output, got a str"),
        (postgres, {"credentials": "hunter2"}, "shop/db: credentials: not Credentials, got a str"),
        (postgres, {"credentials": Credentials(password=ADMIN)}, "credentials: the user is not set, got None"),
        (postgres, {"credentials": Credentials(user="postgres", password=ADMIN)}, "the administrator, got 'postgres'"),
        (mysql, {"credentials": Credentials(user="root", password=ADMIN)}, "the administrator, got 'root'"),
        (rabbitmq, {"credentials": Credentials(user="guest", password=ADMIN)}, "the administrator, got 'guest'"),
        (postgres, {"database": "template1"}, "shop/db: database: the server itself uses this database, got 'template1'"),
        (mysql, {"database": "mysql"}, "the server itself uses this database"),
        (mongo, {"database": "admin"}, "the server itself uses this database"),
        (postgres, {"database": "a b"}, "not the name of a database"),
        (postgres, {"settings": {"max_connections": 200}}, "settings: not text, got 200"),
        (redis, {"settings": {"user": "app on >hunter2"}}, "settings: 'user' holds passwords, which would be readable"),
        (postgres, {"init_scripts": {"00-a.sql": Text("")}}, "the name sorts before '00-application.sh'"),
        (mysql, {"init_scripts": {"a/b.sql": Text("")}}, "init_scripts: not a valid name"),
        (postgres, {"options": {}}, "write NativeDataOptions"),
        (postgres, {"admin_password": None}, "admin_password: not set, so callers must log in as 'postgres', got a user name from"),
        (mysql, {"admin_password": None, "credentials": Credentials(user="shop", password=ADMIN)}, "as 'root', got the user 'shop'"),
        (mongo, {"admin_password": None}, "admin_password: not set, got credentials; set both, or None for both for"),
        (mongo, {"credentials": None}, "credentials: not set, got admin_password; set both, or None for both for"),
        (redis, {"storage": None, "storage_class": "fast"}, "storage_class: not allowed without storage"),
        (redis, {"password": "hunter2"}, "password: the value would be readable in the output, got a str"),
        (rabbitmq, {"virtual_host": ""}, "virtual_host: empty"),
    ],
)  # fmt: skip
def test_errors_name_the_construct_and_no_secret(
    chart: KmopChart, make: Make, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        make(chart, **more)
    assert "hunter2" not in str(caught.value)


def test_an_image_as_text_is_an_error_that_names_the_construct(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match="shop/db: image: .* got 'postgres:17.6'"):
        NativePostgres(chart, "db", image="postgres:17.6", **SQL)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"user": 0}, "NativeDataOptions.user"),
        ({"startup_budget": timedelta(seconds=1)}, "NativeDataOptions.startup_budget"),
        ({"keep_claim_when_deleted": "Keep"}, "use 'Retain' or 'Delete'"),
        ({"labels": {"a b": "c"}}, "NativeDataOptions.labels"),
        ({"service": "db"}, "NativeDataOptions.service"),
        ({"peers": Service(name="db")}, "NativeDataOptions.peers"),
        ({"disruption": 1}, "NativeDataOptions.disruption"),
        ({"env": {"A B": "c"}}, "NativeDataOptions.env"),
        ({"args": "--verbose"}, "NativeDataOptions.args"),
        ({"image_profile": "acme"}, "use 'official' or 'bitnami'"),
        ({"passwords": "env"}, "use 'files' or 'variables'"),
        ({"health": "/healthz"}, "NativeDataOptions.health"),
        ({"health": Health(startup_budget=timedelta(minutes=1))}, "write NativeDataOptions\\(startup_budget=…\\)"),
    ],
)
def test_wrong_options_are_errors(more: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        NativeDataOptions(**more)
