"""PostgreSQL and Elasticsearch by Bitnami's images: other paths, variables and users, the same edges."""

from typing import Any

from kmop_constructs import (
    Credentials,
    HeadlessService,
    KmopChart,
    Microservice,
    Resources,
    SecretKey,
    ServiceSpec,
    Size,
    Text,
    UnsupportedError,
)
from kmop_constructs import Image as AnImage
from kmop_constructs.providers.native import NativeDataOptions
from kmop_constructs.testing import assert_reachable, synthesize
from tests.components.data.stores import Make, app_of, elasticsearch, env, mounts, pod, postgres, stateful_set

import pytest

POSTGRES = "docker.io/bitnamilegacy/postgresql:15.10.0-debian-12-r2"
ELASTICSEARCH = "docker.io/bitnamilegacy/elasticsearch:8.18.0"
SECRETS = "/opt/bitnami/postgresql/secrets"


def search(chart: KmopChart, **more: Any) -> Any:
    return elasticsearch(chart, ELASTICSEARCH, **{"password": None, **more})


@pytest.mark.parametrize(("make", "image"), [(postgres, POSTGRES), (search, None)])
def test_every_container_runs_as_1001_and_writes_to_volumes_only(
    chart: KmopChart, make: Make, image: str | None
) -> None:
    drawn = pod(make(chart, image) if image else make(chart))
    context = drawn["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (1001, 1001, 1001)
    for container in (*drawn["containers"], *drawn.get("initContainers", [])):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_postgres_gets_user_database_and_password_files(chart: KmopChart) -> None:
    db = postgres(chart, POSTGRES)
    assert env(db) == {
        "POSTGRESQL_PORT_NUMBER": "5432",
        "POSTGRESQL_VOLUME_DIR": "/bitnami/postgresql",
        "PGDATA": "/bitnami/postgresql/data",
        "POSTGRES_USER": "login/username",
        "POSTGRES_PASSWORD_FILE": f"{SECRETS}/password",
        "POSTGRES_POSTGRES_PASSWORD_FILE": f"{SECRETS}/admin",
        "POSTGRES_DATABASE": "orders",
    }
    assert {f"{SECRETS}/password", f"{SECRETS}/admin"} <= set(mounts(db))
    assert mounts(db)["/bitnami/postgresql"] == "data"
    assert "args" not in app_of(db)


def test_an_image_writes_only_data_and_folders_of_one_volume(chart: KmopChart) -> None:
    for store, folders in ((postgres(chart, POSTGRES), 3), (search(KmopChart(chart, "other", namespace="other")), 6)):
        scratch = [each for each in app_of(store)["volumeMounts"] if each["name"] == "empty-dir"]
        assert len({each["subPath"] for each in scratch}) == len(scratch) == folders


def test_settings_of_postgres_come_after_the_script_that_starts_it(chart: KmopChart) -> None:
    options = NativeDataOptions(args=("-c", "log_statement=all"))
    db = postgres(chart, POSTGRES, settings={"max_connections": "200"}, options=options)
    script, *flags = app_of(db)["args"]
    assert script == "/opt/bitnami/scripts/postgresql/run.sh"
    assert flags == ["-c", "max_connections=200", "-c", "log_statement=all"]


def test_scripts_run_as_in_the_official_image(chart: KmopChart) -> None:
    db = postgres(chart, POSTGRES, init_scripts={"10-schema.sql": Text("SELECT 1;")})
    assert "/docker-entrypoint-initdb.d/10-schema.sql" in mounts(db)


def test_the_check_of_postgres_has_the_known_user(chart: KmopChart) -> None:
    known = Credentials(user="bn_keycloak", password=SecretKey("login", "password", external=True))
    probe = app_of(postgres(chart, POSTGRES, credentials=known))["readinessProbe"]
    assert probe["exec"]["command"][3] == 'exec pg_isready -U "bn_keycloak" -d "dbname=orders" -h 127.0.0.1 -p 5432\n'
    other = KmopChart(chart, "other", namespace="other")
    quoting = Credentials(user='a";b', password=SecretKey("login", "password", external=True))
    probe = app_of(postgres(other, POSTGRES, credentials=quoting))["readinessProbe"]
    assert probe["exec"]["command"][3] == "exec pg_isready -h 127.0.0.1 -p 5432\n"


def test_callers_of_postgres_may_be_its_administrator(chart: KmopChart) -> None:
    root = Credentials(user="postgres", password=SecretKey("login", "password", external=True))
    db = postgres(chart, POSTGRES, credentials=root, admin_password=None, database=None)
    assert env(db)["POSTGRES_USER"] == "postgres"
    assert env(db)["POSTGRES_PASSWORD_FILE"] == f"{SECRETS}/password"
    assert not {"POSTGRES_POSTGRES_PASSWORD_FILE", "POSTGRES_DATABASE"} & set(env(db))


def test_three_nodes_have_seed_hosts_and_half_the_memory_as_heap(chart: KmopChart) -> None:
    peers = HeadlessService(name="db-hl", publish_not_ready_addresses=True)
    store = search(
        chart,
        replicas=3,
        resources=Resources(memory=Size.gib(2), memory_limit=Size.gib(3)),
        options=NativeDataOptions(peers=peers, env={"ELASTICSEARCH_CLUSTER_NAME": "elastic"}),
    )
    variables = env(store)
    assert variables["ELASTICSEARCH_CLUSTER_HOSTS"] == "db-hl.shop.svc.cluster.local,"
    assert variables["ELASTICSEARCH_ADVERTISED_HOSTNAME"] == "$(MY_POD_NAME).db-hl.shop.svc.cluster.local"
    assert variables["ELASTICSEARCH_CLUSTER_MASTER_HOSTS"] == "db-0 db-1 db-2"
    assert variables["ELASTICSEARCH_MINIMUM_MASTER_NODES"] == "2"
    assert variables["ELASTICSEARCH_CLUSTER_NAME"] == "elastic"
    assert variables["ELASTICSEARCH_HEAP_SIZE"] == "1536m"
    names = list(variables)
    assert names.index("MY_POD_NAME") < names.index("ELASTICSEARCH_ADVERTISED_HOSTNAME")
    assert stateful_set(store)["podManagementPolicy"] == "Parallel"
    assert_reachable(store, store, 9300)


def test_elasticsearch_maps_no_files_by_default(chart: KmopChart) -> None:
    script, *flags = app_of(search(chart, settings={"action.auto_create_index": "false"}))["args"]
    assert script == "/opt/bitnami/scripts/elasticsearch/run.sh"
    assert "-Enode.store.allow_mmap=false" in flags
    assert "-Eaction.auto_create_index=false" in flags


def test_plugins_are_copied_to_the_folder_that_the_server_reads(chart: KmopChart) -> None:
    drawn = pod(search(chart))
    (copy,) = drawn["initContainers"]
    folder = {each["mountPath"]: each["subPath"] for each in copy["volumeMounts"]}["/plugins"]
    read = {each["mountPath"]: each.get("subPath") for each in drawn["containers"][0]["volumeMounts"]}
    assert read["/opt/bitnami/elasticsearch/plugins"] == folder
    assert copy["resources"] == drawn["containers"][0]["resources"]


def test_security_without_certificates_is_refused(chart: KmopChart) -> None:
    with pytest.raises(UnsupportedError, match="password: Bitnami's image with security needs certificates"):
        elasticsearch(chart, ELASTICSEARCH)


@pytest.mark.parametrize(("make", "url"), [(postgres, "postgresql://$(DB_USER):$(DB_PASSWORD)@db:5432/orders")])
def test_a_caller_gets_what_it_gets_of_the_official_image(chart: KmopChart, make: Make, url: str) -> None:
    store = make(chart, POSTGRES)
    web = Microservice(
        chart, "web", ServiceSpec(image=AnImage("acme/web:1.4"), port=8080), uses=[store.read_write(env="URL")]
    )
    container = synthesize(web).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert {each["name"]: each.get("value") for each in container["env"]}["URL"] == url
    assert_reachable(web, store, 5432)
