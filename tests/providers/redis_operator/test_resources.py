"""The custom resources that are drawn for the Redis Operator of OpsTree, and the objects beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmop_constructs import Image, Peers, Pods, Provision, Redis, RedisSpec, Size, Worker, WorkerSpec
from kmop_constructs.variables import RedisCluster
from tests.providers.redis_operator.caches import (
    EXPORTER,
    FORMS,
    IMAGE,
    PROVISION,
    SECURE,
    SESSIONS,
    drawn,
    provision,
    shop,
    spec,
)

import pytest
from cdk8s import App

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

KINDS = {"standalone": ("Redis",), "sentinel": ("RedisReplication", "RedisSentinel"), "cluster": ("RedisCluster",)}
SCRAPED = Peers(scraper=Pods.of(namespace="monitoring", labels={"app": "prometheus"}))


def parts(found: dict[str, Any], form: str) -> list[dict[str, Any]]:
    """The parts of a resource that have settings of containers."""
    return [found["redisLeader"], found["redisFollower"]] if form == "cluster" else [found]


@pytest.mark.parametrize("form", FORMS)
def test_a_store_has_the_resources_of_its_form(app: App, form: str) -> None:
    Redis(shop(app, form), "sessions", SESSIONS)
    found = {each["kind"] for each in drawn(app).objects if each["kind"].startswith("Redis")}
    assert found == set(KINDS[form])


def test_a_secure_replication_is_drawn_whole(app: App, manifests: SnapshotAssertion) -> None:
    chart = shop(app, exporter=EXPORTER, peers=SCRAPED, **SECURE)
    db = Redis(chart, "sessions", SESSIONS)
    Worker(chart, "shop", WorkerSpec(image=IMAGE), uses=[db.read_write()])
    result = drawn(app)
    kinds = {each["kind"] for each in result.objects}
    assert {
        "Certificate",
        "ConfigMap",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "RedisSentinel",
        "ServiceAccount",
    } <= kinds
    assert result == manifests


def test_a_cluster_is_drawn_whole(app: App, manifests: SnapshotAssertion) -> None:
    chart = shop(app, "cluster")
    db = Redis(chart, "sessions", SESSIONS)
    Worker(chart, "shop", WorkerSpec(image=IMAGE), uses=[db.read_write(env=RedisCluster())])
    result = drawn(app)
    assert result.one("RedisCluster")["spec"]["clusterSize"] == 3
    assert result == manifests


def test_three_sentinels_watch_the_replication(app: App) -> None:
    Redis(shop(app), "sessions", SESSIONS)
    result = drawn(app)
    assert result.one("RedisReplication")["spec"]["clusterSize"] == 3
    found = result.one("RedisSentinel")["spec"]
    assert found["clusterSize"] == 3
    assert found["redisSentinelConfig"] == {
        "redisReplicationName": "sessions",
        "masterGroupName": "mymaster",
        "quorum": "2",
        "redisReplicationPassword": {"secretKeyRef": {"name": "redis-login", "key": "password"}},
    }


def test_shards_have_a_leader_and_followers(app: App) -> None:
    Redis(shop(app, "cluster", provision(instances=3), shards=5), "sessions", SESSIONS)
    found = drawn(app).one("RedisCluster")["spec"]
    counts = (found["clusterSize"], found["redisLeader"]["replicas"], found["redisFollower"]["replicas"])
    assert counts == (5, 5, 10)


@pytest.mark.parametrize("form", FORMS)
def test_the_password_is_a_reference(app: App, form: str) -> None:
    Redis(shop(app, form), "sessions", SESSIONS)
    result = drawn(app)
    for kind in KINDS[form]:
        pods = result.one(kind)["spec"]["kubernetesConfig"]
        assert pods["redisSecret"] == {"name": "redis-login", "key": "password"}


@pytest.mark.parametrize("form", FORMS)
def test_without_a_password_there_is_none(app: App, form: str) -> None:
    Redis(shop(app, form), "sessions", spec(password=None))
    result = drawn(app)
    for kind in KINDS[form]:
        assert "assword" not in str(result.one(kind)["spec"])


@pytest.mark.parametrize("form", FORMS)
def test_data_is_in_a_claim_that_outlives_the_store(app: App, form: str) -> None:
    Redis(shop(app, form, provision(storage_class="fast")), "sessions", SESSIONS)
    storage = drawn(app).one(KINDS[form][0])["spec"]["storage"]
    assert storage["keepAfterDelete"] is True
    claim = storage["volumeClaimTemplate"]["spec"]
    assert (claim["storageClassName"], claim["resources"]) == ("fast", {"requests": {"storage": "5Gi"}})


@pytest.mark.parametrize("form", ["standalone", "sentinel"])
def test_a_cache_has_no_claim(app: App, form: str) -> None:
    Redis(shop(app, form), "sessions", spec(keeps_data=False))
    assert "storage" not in drawn(app).one(KINDS[form][0])["spec"]


def test_a_cluster_without_data_keeps_its_list_of_nodes(app: App) -> None:
    Redis(shop(app, "cluster"), "sessions", spec(keeps_data=False))
    found = drawn(app).one("RedisCluster")["spec"]
    assert found["persistenceEnabled"] is False
    assert found["storage"]["nodeConfVolume"] is True
    assert "volumeClaimTemplate" not in found["storage"]


def config(app: App) -> list[str]:
    return drawn(app).one("ConfigMap", "sessions-redis")["data"]["redis-additional.conf"].splitlines()


def test_data_is_logged_and_never_evicted(app: App) -> None:
    Redis(shop(app), "sessions", SESSIONS)
    assert config(app) == [
        "appendonly yes",
        f"maxmemory {1024**3 * 3 // 4}",
        "maxmemory-policy noeviction",
        "min-replicas-max-lag 10",
        "min-replicas-to-write 1",
    ]


def test_a_cache_writes_nothing_and_evicts(app: App) -> None:
    Redis(shop(app), "sessions", spec(keeps_data=False))
    assert config(app) == [
        "appendonly no",
        f"maxmemory {1024**3 * 3 // 4}",
        "maxmemory-policy allkeys-lru",
        'save ""',
    ]


def test_settings_come_before_those_of_the_library(app: App) -> None:
    settings = {"maxmemory-policy": "volatile-ttl", "notify-keyspace-events": ""}
    Redis(shop(app, "standalone"), "sessions", spec(settings=settings))
    assert {"maxmemory-policy volatile-ttl", 'notify-keyspace-events ""'} <= set(config(app))


@pytest.mark.parametrize("form", FORMS)
def test_the_server_reads_the_settings(app: App, form: str) -> None:
    Redis(shop(app, form), "sessions", SESSIONS)
    found = drawn(app).one(KINDS[form][0])["spec"]
    assert all(part["redisConfig"] == {"additionalRedisConfig": "sessions-redis"} for part in parts(found, form))


def test_another_setting_replaces_the_pods() -> None:
    """The operator copies annotations to the pods."""

    def annotations(**settings: str) -> dict[str, str]:
        app = App()
        Redis(shop(app), "sessions", spec(settings=settings))
        return drawn(app).one("RedisReplication")["metadata"]["annotations"]

    assert annotations() == annotations()
    assert annotations(timeout="60") != annotations()


@pytest.mark.parametrize("form", FORMS)
def test_every_container_keeps_the_restricted_level(app: App, form: str) -> None:
    Redis(shop(app, form, exporter=EXPORTER, peers=SCRAPED), "sessions", SESSIONS)
    result = drawn(app)
    context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    for kind in KINDS[form]:
        found = result.one(kind)["spec"]
        pod = found["podSecurityContext"]
        assert (pod["runAsNonRoot"], pod["runAsUser"]) == (True, 1000)
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
        assert all(part["securityContext"] == context for part in parts(found, form))
    assert result.one(KINDS[form][0])["spec"]["redisExporter"]["securityContext"] == context


@pytest.mark.parametrize("form", FORMS)
def test_a_server_that_loads_data_is_not_restarted(app: App, form: str) -> None:
    Redis(shop(app, form), "sessions", SESSIONS)
    found = drawn(app).one(KINDS[form][0])["spec"]
    assert all(part["livenessProbe"]["tcpSocket"] == {"port": 6379} for part in parts(found, form))


@pytest.mark.parametrize("form", FORMS)
def test_pods_have_an_account_without_a_token(app: App, form: str) -> None:
    Redis(shop(app, form), "sessions", SESSIONS)
    result = drawn(app)
    assert result.one("ServiceAccount", "sessions")["automountServiceAccountToken"] is False
    assert all(result.one(kind)["spec"]["serviceAccountName"] == "sessions" for kind in KINDS[form])


@pytest.mark.parametrize("form", ["sentinel", "cluster"])
def test_pods_are_spread_over_nodes_and_zones(app: App, form: str) -> None:
    Redis(shop(app, form), "sessions", SESSIONS)
    found = drawn(app).one(KINDS[form][0])["spec"]
    for part in parts(found, form):
        keys = [each["topologyKey"] for each in part["topologySpreadConstraints"]]
        assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]


def budgets(app: App) -> dict[str, dict[str, str]]:
    found = [each for each in drawn(app).objects if each["kind"] == "PodDisruptionBudget"]
    assert all(each["spec"]["maxUnavailable"] == 1 for each in found)
    return {each["metadata"]["name"]: each["spec"]["selector"]["matchLabels"] for each in found}


def test_a_drain_takes_one_instance_and_one_sentinel(app: App) -> None:
    Redis(shop(app), "sessions", SESSIONS)
    assert budgets(app) == {
        "sessions": {"app": "sessions", "redis_setup_type": "replication"},
        "sessions-sentinel": {"app": "sessions-sentinel", "redis_setup_type": "sentinel"},
    }


def test_a_drain_takes_one_node_of_a_cluster(app: App) -> None:
    """Not a leader and its follower."""
    Redis(shop(app, "cluster"), "sessions", SESSIONS)
    assert budgets(app) == {"sessions": {"cluster": "sessions", "redis_setup_type": "cluster"}}


@pytest.mark.parametrize("form", FORMS)
def test_certificates_are_those_of_the_platform(app: App, form: str) -> None:
    Redis(shop(app, form, **SECURE), "sessions", SESSIONS)
    result = drawn(app)
    tls = {"ca": "ca.crt", "cert": "tls.crt", "key": "tls.key", "secret": {"secretName": "sessions-tls"}}
    assert all(result.one(kind)["spec"]["TLS"] == tls for kind in KINDS[form])
    served = {"standalone": "sessions", "sentinel": "sessions-master", "cluster": "*.sessions-leader-headless"}[form]
    assert f"{served}.shop.svc.cluster.local" in result.one("Certificate")["spec"]["dnsNames"]


def test_mirrors_and_pull_secrets_are_those_of_the_platform(app: App) -> None:
    chart = shop(
        app, exporter=EXPORTER, registries={"quay.io": "mirror.acme.io"}, pull_secrets=("pull",), peers=SCRAPED
    )
    Redis(chart, "sessions", SESSIONS)
    result = drawn(app)
    data, watch = result.one("RedisReplication")["spec"], result.one("RedisSentinel")["spec"]
    assert data["kubernetesConfig"]["image"] == "mirror.acme.io/opstree/redis:v7.0.15"
    assert watch["kubernetesConfig"]["image"] == "mirror.acme.io/opstree/redis-sentinel:v7.0.15"
    assert data["redisExporter"]["image"] == "mirror.acme.io/opstree/redis-exporter:v1.44.0"
    assert data["kubernetesConfig"]["imagePullSecrets"] == [{"name": "pull"}]


def test_images_of_the_provider_come_first(app: App) -> None:
    mine, watch = Image("acme/redis:7"), Image("acme/redis-sentinel:7")
    chart = shop(app, images={"7.0.15": mine}, sentinel_images={"7.0.15": watch})
    Redis(chart, "sessions", SESSIONS)
    result = drawn(app)
    assert result.one("RedisReplication")["spec"]["kubernetesConfig"]["image"] == "acme/redis:7"
    assert result.one("RedisSentinel")["spec"]["kubernetesConfig"]["image"] == "acme/redis-sentinel:7"


def test_a_spec_overrides_the_platform(app: App) -> None:
    Redis(shop(app), "sessions", spec(provision=Provision(instances=5, storage=Size.gib(9))))
    found = drawn(app).one("RedisReplication")["spec"]
    assert found["clusterSize"] == 5
    claim = found["storage"]["volumeClaimTemplate"]["spec"]
    assert claim["resources"]["requests"]["storage"] == "9Gi"


@pytest.mark.parametrize(
    ("form", "provided", "given", "more", "rule"),
    [
        ("sentinel", Provision(storage=Size.gib(1)), SESSIONS, {}, "resources-guessed"),
        ("standalone", PROVISION, SESSIONS, {}, "single-replica"),
        ("sentinel", PROVISION, SESSIONS, {}, "replication-asynchronous"),
        ("sentinel", PROVISION, SESSIONS, {}, "store-plain"),
        ("sentinel", PROVISION, SESSIONS, SECURE, "certificate-renewal"),
    ],
)
def test_what_is_not_decided_is_a_notice(
    app: App,
    caplog: pytest.LogCaptureFixture,
    form: str,
    provided: Provision,
    given: RedisSpec,
    more: dict[str, Any],
    rule: str,
) -> None:
    Redis(shop(app, form, provided, **more), "sessions", given)
    drawn(app)
    assert [each for each in caplog.messages if f"[{rule}]" in each and "shop/sessions" in each]
