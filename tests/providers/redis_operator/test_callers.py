"""What callers of a Redis are given in each form, and which connections are open."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    CheckError,
    KmopChart,
    NativeNamespace,
    Operator,
    Peers,
    Platform,
    Pods,
    Redis,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.native import NativeRedisProvider
from kmop_constructs.testing import Synthesized, synthesize
from kmop_constructs.variables import DEFAULT_ENV, HostPort, RedisCluster, RedisSentinel, Template
from tests.providers.redis_operator.caches import (
    EXPORTER,
    FORMS,
    IMAGE,
    PROVISION,
    SECURE,
    SESSIONS,
    drawn,
    env,
    shop,
)

import pytest
from cdk8s import App

WORKER = WorkerSpec(image=IMAGE)


def worker(app: App, form: str, variables: Any = DEFAULT_ENV, **more: Any) -> Synthesized:
    chart = shop(app, form, **more)
    db = Redis(chart, "sessions", SESSIONS)
    Worker(chart, "shop", WORKER, uses=[db.read_write(env=variables)])
    return drawn(app)


@pytest.mark.parametrize(("form", "host"), [("standalone", "sessions"), ("sentinel", "sessions-master")])
def test_a_plain_client_gets_the_service_of_the_primary(app: App, form: str, host: str) -> None:
    assert env(worker(app, form), "shop") == {
        "SESSIONS_HOST": host,
        "SESSIONS_PORT": "6379",
        "SESSIONS_PASSWORD": "redis-login/password",
        "SESSIONS_URL": f"redis://:$(SESSIONS_PASSWORD)@{host}:6379",
    }


def test_a_client_of_sentinels_gets_their_address(app: App) -> None:
    assert env(worker(app, "sentinel", RedisSentinel()), "shop") == {
        "SPRING_DATA_REDIS_SENTINEL_MASTER": "mymaster",
        "SPRING_DATA_REDIS_SENTINEL_NODES": "sessions-sentinel:26379",
        "SPRING_DATA_REDIS_PASSWORD": "redis-login/password",
        "SPRING_DATA_REDIS_SENTINEL_PASSWORD": "redis-login/password",
    }


def test_a_client_of_a_cluster_gets_its_first_nodes(app: App) -> None:
    assert env(worker(app, "cluster", RedisCluster("REDIS"), **SECURE), "shop") == {
        "REDIS_CLUSTER_NODES": "sessions-leader:6379",
        "REDIS_PASSWORD": "redis-login/password",
        "REDIS_SSL_ENABLED": "true",
        "REDIS_CA_FILE": "/etc/authorities/sessions-leader/ca.crt",
    }


@pytest.mark.parametrize(
    "variables", [DEFAULT_ENV, "REDIS_URL", Template("REDIS", "{url}")], ids=["all", "url", "text"]
)
def test_a_cluster_has_no_url(app: App, variables: Any) -> None:
    with pytest.raises(UnsupportedError, match=r"shop/shop: .*: a URL names one server.*env=RedisCluster\('REDIS'\)"):
        worker(app, "cluster", variables)


def test_a_cluster_has_a_node_to_begin_with(app: App) -> None:
    assert env(worker(app, "cluster", HostPort("SEED")), "shop") == {"SEED": "sessions-leader:6379"}


@pytest.mark.parametrize("form", ["standalone", "cluster"])
def test_a_form_without_sentinels_names_none(app: App, form: str) -> None:
    with pytest.raises(SpecError, match="RedisSentinel: the store has no Sentinels on this platform"):
        worker(app, form, RedisSentinel())


@pytest.mark.parametrize("form", ["standalone", "sentinel"])
def test_a_form_that_is_no_cluster_has_no_nodes(app: App, form: str) -> None:
    with pytest.raises(SpecError, match="RedisCluster: the store is no cluster on this platform"):
        worker(app, form, RedisCluster())


def test_sentinels_are_not_verified_over_tls(app: App) -> None:
    with pytest.raises(UnsupportedError, match="RedisSentinel: Sentinels give clients the address of an instance"):
        worker(app, "sentinel", RedisSentinel(), **SECURE)


def test_native_pods_have_neither(app: App) -> None:
    platform = Platform(redis=NativeRedisProvider(provision=PROVISION))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    db = Redis(chart, "sessions", SESSIONS)
    with pytest.raises(SpecError, match="has no Sentinels"):
        Worker(chart, "shop", WORKER, uses=[db.read_write(env=RedisSentinel())])


@pytest.mark.parametrize("form", ["standalone", "sentinel"])
def test_callers_verify_the_server(app: App, form: str) -> None:
    found = env(worker(app, form, **SECURE), "shop")
    host = found["SESSIONS_HOST"]
    assert found["SESSIONS_URL"] == f"rediss://:$(SESSIONS_PASSWORD)@{host}:6379"
    assert found["SESSIONS_CA_FILE"] == f"/etc/authorities/{host}/ca.crt"


@pytest.mark.parametrize("form", ["standalone", "sentinel"])
def test_variables_stay_when_the_provider_changes(app: App, form: str) -> None:
    other = App()
    platform = Platform(redis=NativeRedisProvider(provision=PROVISION))
    chart = KmopChart(other, "shop", namespace="shop", platform=platform)
    db = Redis(chart, "sessions", SESSIONS)
    Worker(chart, "shop", WORKER, uses=[db.read_write()])
    assert set(env(synthesize(other), "shop")) == set(env(worker(app, form), "shop"))


def rules(result: Synthesized, policy: str, side: str = "ingress") -> list[tuple[list[int], list[dict[str, Any]]]]:
    found = result.one("NetworkPolicy", policy)["spec"].get(side, [])
    return [([port["port"] for port in rule["ports"]], rule.get("from", rule.get("to", []))) for rule in found]


CALLER = {
    "podSelector": {"matchLabels": dict.fromkeys(("app.kubernetes.io/name", "app.kubernetes.io/instance"), "shop")}
}


def test_a_plain_client_reaches_the_instances_alone(app: App) -> None:
    result = worker(app, "sentinel")
    assert rules(result, "sessions-master") == [([6379], [CALLER])]
    assert rules(result, "sessions-sentinel") == []


def test_a_client_of_sentinels_reaches_both(app: App) -> None:
    result = worker(app, "sentinel", RedisSentinel())
    assert rules(result, "sessions-master") == [([6379], [CALLER])]
    assert rules(result, "sessions-sentinel") == [([26379], [CALLER])]
    out = [ports for ports, _ in rules(result, "shop", "egress")]
    assert [53, 53] in out
    assert sorted(port for ports in out for port in ports if port != 53) == [6379, 26379]


def test_a_client_of_a_cluster_reaches_every_node(app: App) -> None:
    result = worker(app, "cluster", RedisCluster())
    selector = result.one("NetworkPolicy", "sessions-leader")["spec"]["podSelector"]
    assert selector == {"matchLabels": {"cluster": "sessions", "redis_setup_type": "cluster"}}
    assert rules(result, "sessions-leader") == [([6379], [CALLER])]


ONE = {"matchLabels": {"app": "sessions", "redis_setup_type": "standalone"}}
NODES = {"matchLabels": {"cluster": "sessions", "redis_setup_type": "cluster"}}


@pytest.mark.parametrize(
    ("form", "ports", "selected", "among"),
    [
        ("standalone", [6379], ONE, [{"podSelector": ONE}]),
        (
            "sentinel",
            [6379, 26379],
            {"matchExpressions": [{"key": "app", "operator": "In", "values": ["sessions", "sessions-sentinel"]}]},
            [{"podSelector": {"matchLabels": {"app": each}}} for each in ("sessions", "sessions-sentinel")],
        ),
        ("cluster", [6379, 16379], NODES, [{"podSelector": NODES}]),
    ],
)
def test_the_operator_and_the_pods_reach_each_other(
    app: App, form: str, ports: list[int], selected: dict[str, Any], among: list[dict[str, Any]]
) -> None:
    chart = shop(app, form, operators={"redis-operator": Operator("caches")})
    Redis(chart, "sessions", SESSIONS)
    result = drawn(app)
    ((found, (operator, *pods)),) = rules(result, "sessions-own")
    assert found == ports
    assert operator == {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "caches"}},
        "podSelector": {"matchLabels": {"name": "redis-operator"}},
    }
    assert result.one("NetworkPolicy", "sessions-own")["spec"]["podSelector"] == selected
    assert pods == among


def test_the_scraper_reads_the_exporter_alone(app: App) -> None:
    peers = Peers(scraper=Pods.of(namespace="monitoring", labels={"app": "prometheus"}))
    Redis(shop(app, exporter=EXPORTER, peers=peers), "sessions", SESSIONS)
    _, (ports, (scraper,)) = rules(drawn(app), "sessions-own")
    assert ports == [9121]
    assert scraper["podSelector"] == {"matchLabels": {"app": "prometheus"}}


def test_an_exporter_without_a_scraper_is_found(app: App) -> None:
    Redis(shop(app, exporter=EXPORTER), "sessions", SESSIONS)
    with pytest.raises(CheckError, match=r"shop/sessions: has an exporter of metrics.*\[peer-unknown\]"):
        synthesize(app)


def test_a_caller_of_another_repository_is_admitted(app: App) -> None:
    Redis(shop(app), "sessions", SESSIONS, accepts=[Pods.of(namespace="billing", labels={"app": "billing"})])
    result = drawn(app)
    for policy in ("sessions-master", "sessions-sentinel"):
        ((_, (peer,)),) = rules(result, policy)
        assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "billing"}


@pytest.mark.parametrize("form", FORMS)
def test_pods_of_a_closed_namespace_reach_what_they_need(app: App, form: str) -> None:
    chart = shop(app, form)
    NativeNamespace(chart, "namespace")
    Redis(chart, "sessions", SESSIONS)
    dns, pods = drawn(app).one("NetworkPolicy", "sessions-own")["spec"]["egress"]
    assert {each["port"] for each in dns["ports"]} == {53}
    assert {each["port"] for each in pods["ports"]} <= {6379, 16379, 26379}
    assert all("podSelector" in each for each in pods["to"])


def test_no_policy_is_drawn_without_isolation(app: App) -> None:
    Redis(shop(app, isolation="off"), "sessions", SESSIONS)
    assert "NetworkPolicy" not in {each["kind"] for each in drawn(app).objects}
