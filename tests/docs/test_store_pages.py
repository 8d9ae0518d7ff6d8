"""The code of the pages about stores runs, and draws what the pages say."""

from __future__ import annotations

from pathlib import Path

from kmop_constructs.testing import Synthesized, synthesize
from tests.docs.test_pages import Page

import pytest


@pytest.fixture
def rendered(request: pytest.FixtureRequest, tmp_path: Path) -> Synthesized:
    page = Page(request.param, tmp_path)
    return synthesize(page.scope["app"])


@pytest.mark.parametrize("rendered", ["stores/cloudnativepg"], indirect=True)
def test_the_page_of_cloudnativepg_draws_its_table(rendered: Synthesized) -> None:
    kinds = {each["kind"] for each in rendered.objects}
    assert {"Cluster", "ObjectStore", "ScheduledBackup", "DatabaseRole", "Pooler", "NetworkPolicy"} <= kinds
    assert rendered.one("ObjectStore")["spec"]["configuration"]["destinationPath"] == "s3://acme-backups/eu-1/shop/"


@pytest.mark.parametrize("rendered", ["stores/eck"], indirect=True)
def test_the_page_of_eck_draws_its_table(rendered: Synthesized) -> None:
    names = {(each["kind"], each["metadata"]["name"]) for each in rendered.objects}
    assert {
        ("Elasticsearch", "search"),
        ("Secret", "search-rights"),
        ("NetworkPolicy", "search-es-http"),
        ("NetworkPolicy", "search-own"),
    } <= names


@pytest.mark.parametrize("rendered", ["stores/etcd"], indirect=True)
def test_the_page_of_etcd_draws_its_table(rendered: Synthesized) -> None:
    kinds = {each["kind"] for each in rendered.objects if each["metadata"]["name"].startswith("config")}
    assert {"StatefulSet", "Certificate", "Service", "PodDisruptionBudget", "NetworkPolicy", "EtcdCluster"} <= kinds
    variables = rendered.one("Deployment", "router")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {each["name"] for each in variables} == {"ETCD_ENDPOINTS", "ETCD_CACERT", "ETCD_CERT", "ETCD_KEY"}


@pytest.mark.parametrize("rendered", ["messaging/kafka"], indirect=True)
def test_the_page_of_kafka_draws_its_table(rendered: Synthesized) -> None:
    names = {(each["kind"], each["metadata"]["name"]) for each in rendered.objects}
    assert {
        ("Kafka", "events"),
        ("KafkaNodePool", "events-brokers"),
        ("KafkaNodePool", "events-controllers"),
        ("KafkaTopic", "orders"),
        ("KafkaUser", "billing"),
        ("KafkaUser", "web"),
        ("NetworkPolicy", "events-entity-own"),
        ("NetworkPolicy", "events-kafka-bootstrap"),
        ("NetworkPolicy", "events-own"),
        ("StatefulSet", "events"),
    } <= names
    assert [name for kind, name in names if kind == "Job" and name.startswith("events-setup-")]


@pytest.mark.parametrize("rendered", ["stores/recovery"], indirect=True)
def test_the_page_of_recovery_draws_both_generations(rendered: Synthesized) -> None:
    clusters = [each for each in rendered.objects if each["kind"] == "Cluster"]
    names = [each["metadata"]["name"] for each in clusters if each["metadata"]["namespace"] == "shop"]
    assert names == ["orders-db", "orders-db-2"]
    variables = rendered.one("Deployment", "orders")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "ORDERS_DB_HOST", "value": "orders-db-2-rw"} in variables


@pytest.mark.parametrize("rendered", ["stores/recovery"], indirect=True)
def test_the_new_store_can_be_applied_before_its_callers(rendered: Synthesized) -> None:
    label = "app.kubernetes.io/instance"
    alone = [each for each in rendered.objects if each["metadata"].get("labels", {}).get(label) == "orders-db"]
    callers = [each for each in rendered.objects if each["metadata"].get("labels", {}).get(label) == "orders"]
    assert [each["metadata"]["name"] for each in alone if each["kind"] == "Cluster"] == ["orders-db", "orders-db-2"]
    assert {each["kind"] for each in alone} == {"Cluster", "NetworkPolicy", "ObjectStore", "ScheduledBackup"}
    assert len(alone) + len(callers) == len(rendered.objects)
    assert all("orders-db-2" not in str(each) for each in alone if each["metadata"]["name"] == "orders-db-own")


@pytest.mark.parametrize("rendered", ["stores/sites"], indirect=True)
def test_the_page_of_sites_draws_both_clusters(rendered: Synthesized) -> None:
    found = [
        each["spec"]["replica"] for each in rendered.objects if each["kind"] == "Cluster" and "replica" in each["spec"]
    ]
    assert [(each["self"], each["primary"]) for each in found] == [("eu-1", "eu-1"), ("eu-2", "eu-1")]


@pytest.mark.parametrize("rendered", ["stores/dumps"], indirect=True)
def test_the_page_of_dumps_draws_both_tasks(rendered: Synthesized) -> None:
    assert [each["metadata"]["name"] for each in rendered.pick("CronJob")] == ["orders-db-dump", "sales-dump"]
    (restore,) = rendered.pick("Job")
    assert restore["metadata"]["name"].startswith("orders-restore-")


def test_the_page_of_moving_lists_what_is_found(tmp_path: Path) -> None:
    page = Page("stores/moving", tmp_path, RECORD=tmp_path / "stores.json")
    assert (tmp_path / "stores.json").exists()
    assert "store-changed" not in {each.rule for each in synthesize(page.scope["app"]).notices}


@pytest.mark.parametrize("rendered", ["stores/mongodb"], indirect=True)
def test_the_page_of_mongodb_draws_its_table(rendered: Synthesized) -> None:
    kinds = {each["kind"] for each in rendered.objects}
    assert {"MongoDBCommunity", "Role", "Certificate", "PodDisruptionBudget", "NetworkPolicy"} <= kinds
    variables = rendered.one("Deployment", "carts")["spec"]["template"]["spec"]["containers"][0]["env"]
    (url,) = (each["value"] for each in variables if each["name"] == "CARTS_DB_URL")
    assert "@carts-db-svc:27017/carts?" in url
    assert url.endswith("&authSource=carts&replicaSet=carts-db&w=majority")


@pytest.mark.parametrize("rendered", ["stores/redis-operator"], indirect=True)
def test_the_page_of_the_redis_operator_draws_both_forms(rendered: Synthesized) -> None:
    kinds = {each["kind"] for each in rendered.objects}
    assert {"RedisReplication", "RedisSentinel", "RedisCluster", "PodDisruptionBudget", "NetworkPolicy"} <= kinds

    def variables(name: str) -> dict[str, str]:
        found = rendered.one("Deployment", name)["spec"]["template"]["spec"]["containers"][0]["env"]
        return {each["name"]: each.get("value", "") for each in found}

    assert variables("plain")["SESSIONS_URL"].endswith("@sessions-master:6379")
    assert variables("spring")["SPRING_DATA_REDIS_SENTINEL_NODES"] == "sessions-sentinel:26379"
    assert variables("search")["REDIS_CLUSTER_NODES"] == "catalog-leader:6379"


@pytest.mark.parametrize("rendered", ["stores/kubedb"], indirect=True)
def test_the_page_of_kubedb_draws_its_table(rendered: Synthesized) -> None:
    names = {(each["kind"], each["metadata"]["name"]) for each in rendered.objects}
    assert {
        ("Postgres", "orders-db"),
        ("ConfigMap", "orders-db-init"),
        ("NetworkPolicy", "orders-db-own"),
        ("Redis", "sessions"),
        ("RedisSentinel", "sessions-sentinel"),
    } <= names
    assert rendered.one("Postgres")["spec"]["version"] == "17.9"

    def variables(name: str) -> dict[str, str]:
        found = rendered.one("Deployment", name)["spec"]["template"]["spec"]["containers"][0]["env"]
        return {each["name"]: each.get("value", "") for each in found}

    assert "@orders-db:5432/orders?sslmode=verify-full" in variables("orders")["ORDERS_DB_URL"]
    assert variables("reports")["ORDERS_DB_HOST"] == "orders-db-standby"
    assert variables("cart")["SPRING_DATA_REDIS_SENTINEL_MASTER"] == "shop/sessions"


@pytest.mark.parametrize("rendered", ["stores/velero"], indirect=True)
def test_the_page_of_velero_draws_its_schedules(rendered: Synthesized) -> None:
    names = [each["metadata"]["name"] for each in rendered.pick("Schedule")]
    assert names == ["shop-nightly", "shop-offsite", "shop-weekly"]
    assert {each["metadata"]["namespace"] for each in rendered.objects if "velero.io" in each["apiVersion"]} == {
        "velero"
    }
    assert rendered.one("Restore")["spec"]["namespaceMapping"] == {"shop": "shop-practice"}
    rules = {each.rule for each in rendered.notices}
    assert {"restore-drawn", "store-volume-copied"} <= rules


@pytest.mark.parametrize("rendered", ["stores/two-platforms"], indirect=True)
def test_the_page_of_two_platforms_draws_each_store_twice(rendered: Synthesized) -> None:
    kinds = {each["kind"] for each in rendered.objects}
    assert {"Cluster", "MySQL", "MongoDB", "RedisReplication", "Kafka", "KafkaUser"} <= kinds
    native = {each["metadata"]["name"] for each in rendered.pick("StatefulSet")}
    assert native == {"orders-db", "stock-db", "catalog-db", "cache", "events"}


@pytest.mark.parametrize("rendered", ["stores/two-platforms"], indirect=True)
def test_the_secrets_of_two_platforms_are_required(rendered: Synthesized) -> None:
    lines = [str(each) for each in rendered.required]
    assert any("office/billing-login" in each for each in lines)
    assert any("shop/billing-login" in each for each in lines)
    assert any("shop/orders-login, keys password, username" in each for each in lines)


@pytest.mark.parametrize("rendered", ["messaging/rabbitmq"], indirect=True)
def test_the_page_of_rabbitmq_draws_its_table(rendered: Synthesized) -> None:
    names = {(each["kind"], each["metadata"]["name"]) for each in rendered.objects}
    assert {
        ("RabbitmqCluster", "events"),
        ("PodDisruptionBudget", "events"),
        ("Exchange", "orders"),
        ("Queue", "billing"),
        ("Policy", "billing"),
        ("User", "events-web"),
        ("Permission", "events-biller"),
        ("NetworkPolicy", "events"),
        ("NetworkPolicy", "events-own"),
        ("StatefulSet", "mq"),
    } <= names
    assert [name for kind, name in names if kind == "Job" and name.startswith("mq-setup-")]
