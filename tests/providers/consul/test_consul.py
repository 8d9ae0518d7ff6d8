"""Consul: variables of its clients and of Spring, the rights of a token, and what is opened."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    NO_RETRY,
    ExistingSecret,
    ExistingService,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Pods,
    Resources,
    ServiceSpec,
    SpecError,
    SpringRetry,
    UnsupportedError,
)
from kmop_constructs.providers.consul import (
    ConsulAgents,
    ConsulCertificates,
    ExistingConsul,
)
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

SPEC = ServiceSpec(
    image=Image("acme/orders:1"), port=8080, resources=Resources.of("100m", "256Mi", memory_limit="256Mi")
)
SERVERS = {"app": "consul", "component": "server"}
SECRET = ExistingSecret("consul")
CONSUL = ExistingConsul(ExistingService("consul-server", port=8500, namespace="consul", pod_labels=SERVERS))
SECURE = ExistingConsul(
    ExistingService("consul-server", port=8501, namespace="consul", pod_labels=SERVERS),
    certificates=ConsulCertificates(ca=SECRET.key("ca.crt"), server_name="server.dc1.consul"),
)
BUSYBOX = Image("busybox:1.38.0")


def wrong(value: object) -> Any:
    """What a caller without a type checker may write."""
    return value


def drawn(chart: KmopChart, edge: Any) -> Microservice:
    return Microservice(chart, "orders", SPEC, uses=[edge])


def container(chart: KmopChart, edge: Any) -> dict[str, Any]:
    return synthesize(drawn(chart, edge)).one("Deployment")["spec"]["template"]["spec"]["containers"][0]


def env(chart: KmopChart, edge: Any) -> dict[str, Any]:
    found = container(chart, edge)["env"]
    return {each["name"]: each.get("value", each.get("valueFrom", {}).get("secretKeyRef")) for each in found}


def with_nodes(app: App) -> KmopChart:
    return KmopChart(
        app, "shop", namespace="shop", platform=Platform(node_ranges=("10.1.0.0/16",), pod_ranges=("10.2.0.0/16",))
    )


def test_a_service_reads_keys_with_a_token(chart: KmopChart, manifests: SnapshotAssertion) -> None:
    drawn(
        chart, SECURE.kv("config/orders/", token=SECRET.key("token"), prefix_env="CONFIG_PREFIX").before_start(BUSYBOX)
    )
    result = synthesize(chart)
    pod = result.one("Deployment")["spec"]["template"]["spec"]
    assert {each["name"]: each["value"] for each in pod["containers"][0]["env"]} == {
        "CONFIG_PREFIX": "config/orders/",
        "CONSUL_CACERT": "/etc/consul-tls/ca.crt",
        "CONSUL_HTTP_ADDR": "consul-server.consul.svc:8501",
        "CONSUL_HTTP_SSL": "true",
        "CONSUL_HTTP_TOKEN_FILE": "/etc/consul-token/token",
        "CONSUL_TLS_SERVER_NAME": "server.dc1.consul",
    }
    assert "nc -z -w 2 consul-server.consul.svc 8501" in pod["initContainers"][0]["command"][-1]
    assert result == manifests


def test_plain_http_sets_the_address_alone(chart: KmopChart) -> None:
    assert env(chart, CONSUL.kv("config/orders/")) == {"CONSUL_HTTP_ADDR": "consul-server.consul.svc:8500"}


def test_a_token_may_be_a_variable(chart: KmopChart) -> None:
    found = env(chart, CONSUL.kv("config/orders/", token=SECRET.key("token"), token_file=None))
    assert found["CONSUL_HTTP_TOKEN"] == {"name": "consul", "key": "token"}


def test_a_client_certificate_is_two_files(chart: KmopChart) -> None:
    certificates = ConsulCertificates(
        ca=SECRET.key("ca.crt"), certificate=SECRET.key("tls.crt"), key=SECRET.key("tls.key"), directory="/tls"
    )
    consul = ExistingConsul("consul.acme.io", certificates=certificates)
    found = container(chart, consul.kv("config/orders/"))
    assert {each["name"]: each["value"] for each in found["env"]} == {
        "CONSUL_CACERT": "/tls/ca.crt",
        "CONSUL_CLIENT_CERT": "/tls/tls.crt",
        "CONSUL_CLIENT_KEY": "/tls/tls.key",
        "CONSUL_HTTP_ADDR": "consul.acme.io:8501",
        "CONSUL_HTTP_SSL": "true",
    }
    assert {"/tls/ca.crt", "/tls/tls.crt", "/tls/tls.key"} <= {each["mountPath"] for each in found["volumeMounts"]}


def test_only_the_servers_of_consul_are_open(chart: KmopChart) -> None:
    service = drawn(chart, CONSUL.kv("config/orders/"))
    [rule] = [each for each in synthesize(service).one("NetworkPolicy")["spec"]["egress"] if "to" in each]
    assert rule["ports"] == [{"port": 8500, "protocol": "TCP"}]
    assert rule["to"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "consul"}},
            "podSelector": {"matchLabels": SERVERS},
        }
    ]


def test_a_policy_has_exactly_the_prefix() -> None:
    assert CONSUL.kv("config/orders/").policy == 'key_prefix "config/orders/" {\n  policy = "read"\n}\n'
    assert CONSUL.kv("jobs/", access="write").policy == 'key_prefix "jobs/" {\n  policy = "write"\n}\n'


def test_spring_reads_from_consul(chart: KmopChart) -> None:
    edge = CONSUL.spring_config("orders", token=SECRET.key("token"), retry=SpringRetry(attempts=9))
    assert env(chart, edge) == {
        "SPRING_CONFIG_IMPORT": "consul:",
        "SPRING_CLOUD_CONSUL_HOST": "consul-server.consul.svc",
        "SPRING_CLOUD_CONSUL_PORT": "8500",
        "SPRING_CLOUD_CONSUL_CONFIG_ACLTOKEN": {"name": "consul", "key": "token"},
        "SPRING_CLOUD_CONSUL_CONFIG_PREFIXES": "config",
        "SPRING_CLOUD_CONSUL_CONFIG_NAME": "orders",
        "SPRING_CLOUD_CONSUL_CONFIG_DEFAULTCONTEXT": "application",
        "SPRING_CLOUD_CONSUL_CONFIG_FORMAT": "KEY_VALUE",
        "SPRING_CLOUD_CONSUL_CONFIG_FAILFAST": "true",
        "SPRING_CLOUD_CONSUL_CONFIG_WATCH_ENABLED": "true",
        "SPRING_CLOUD_CONSUL_RETRY_INITIALINTERVAL": "1000",
        "SPRING_CLOUD_CONSUL_RETRY_MULTIPLIER": "1.5",
        "SPRING_CLOUD_CONSUL_RETRY_MAXINTERVAL": "10000",
        "SPRING_CLOUD_CONSUL_RETRY_MAXATTEMPTS": "9",
    }


def test_every_option_of_spring_is_drawn(chart: KmopChart) -> None:
    edge = CONSUL.spring_config("orders", prefix="settings", shared="all", format="YAML", optional=True, watch=False)
    found = env(chart, edge)
    assert found["SPRING_CONFIG_IMPORT"] == "optional:consul:"
    assert found["SPRING_CLOUD_CONSUL_CONFIG_PREFIXES"] == "settings"
    assert found["SPRING_CLOUD_CONSUL_CONFIG_DEFAULTCONTEXT"] == "all"
    assert found["SPRING_CLOUD_CONSUL_CONFIG_FORMAT"] == "YAML"
    assert found["SPRING_CLOUD_CONSUL_CONFIG_FAILFAST"] == "false"
    assert found["SPRING_CLOUD_CONSUL_CONFIG_WATCH_ENABLED"] == "false"


def test_spring_over_tls_sets_the_scheme(chart: KmopChart) -> None:
    consul = ExistingConsul("consul.acme.io", tls=True)
    found = env(chart, consul.spring_config("orders", retry=NO_RETRY))
    assert found["SPRING_CLOUD_CONSUL_SCHEME"] == "https"
    assert found["SPRING_CLOUD_CONSUL_PORT"] == "8501"


def test_spring_may_read_its_contexts_and_no_other() -> None:
    """``config/orders`` as a prefix would also allow ``config/orders-admin/``."""
    found = CONSUL.spring_config("orders", retry=NO_RETRY).policy
    assert [each.split('"')[1] for each in found.splitlines() if each.startswith("key_prefix")] == [
        "config/orders/",
        "config/orders,",
        "config/application/",
        "config/application,",
    ]


def test_spring_without_retry_or_wait_is_refused(chart: KmopChart) -> None:
    with pytest.raises(
        SpecError, match=r"shop/orders: ExistingConsul\('consul-server'\)\.spring_config\(\): retry: not set"
    ):
        drawn(chart, CONSUL.spring_config("orders"))


def test_spring_may_wait_instead(chart: KmopChart) -> None:
    service = drawn(chart, CONSUL.spring_config("orders").before_start(BUSYBOX))
    [waiting] = synthesize(service).one("Deployment")["spec"]["template"]["spec"]["initContainers"]
    assert "nc -z -w 2 consul-server.consul.svc 8500" in waiting["command"][-1]


def test_authorities_of_spring_are_those_of_the_jvm() -> None:
    with pytest.raises(
        UnsupportedError, match="reads no authority from a PEM file; add it to the trust store of the JVM"
    ):
        SECURE.spring_config("orders", retry=NO_RETRY)


def test_an_agent_is_reached_on_the_own_node(app: App) -> None:
    service = drawn(with_nodes(app), ExistingConsul(ConsulAgents()).kv("config/orders/").before_start(BUSYBOX))
    pod = synthesize(service).one("Deployment")["spec"]["template"]["spec"]
    for each in (pod["containers"][0], pod["initContainers"][0]):
        assert each["env"][0] == {"name": "CONSUL_HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}
    assert pod["containers"][0]["env"][1] == {"name": "CONSUL_HTTP_ADDR", "value": "$(CONSUL_HOST_IP):8500"}
    assert "nc -z -w 2 $(CONSUL_HOST_IP) 8500" in pod["initContainers"][0]["command"][-1]


def test_nodes_and_agents_are_open_on_one_port(app: App) -> None:
    service = drawn(with_nodes(app), ExistingConsul(ConsulAgents()).kv("config/orders/"))
    assert_reachable(service, "10.1.2.3", 8500)
    assert_blocked(service, "10.1.2.3", 8501)
    assert_reachable(service, Pods.of({"app": "consul", "component": "client"}, namespace="consul"), 8500)
    assert_blocked(service, Pods.of({"app": "consul", "component": "server"}, namespace="consul"), 8500)


def test_agents_need_the_addresses_of_the_nodes(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match=r"shop/orders: .*the platform does not set the addresses of the nodes"):
        drawn(chart, ExistingConsul(ConsulAgents()).kv("config/orders/"))


@pytest.mark.parametrize("make", [CONSUL.kv, CONSUL.spring_config])
def test_a_token_as_text_is_refused_and_not_shown(make: Any) -> None:
    with pytest.raises(SpecError, match=r"token=…\): the value would be readable in the output") as caught:
        make("orders", token="canary-4711")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"prefix": "/config/"}, "not a prefix of keys, got '/config/'; write it as 'config/orders/'"),
        ({"prefix": 'a" { policy = "write" } key_prefix "'}, "not a prefix of keys"),
        ({"prefix": ""}, "empty"),
        ({"access": "deny"}, "'read' or 'write'"),
        ({"token_file": "token"}, "not an absolute path"),
        ({"prefix_env": "1X"}, "not a valid name"),
    ],
)
def test_a_wrong_prefix_or_option_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        CONSUL.kv(**wrong({"prefix": "config/orders/", **fields}))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "orders,prod"}, "has a comma, or a slash at an end, got 'orders,prod'"),
        ({"prefix": "/config"}, "has a comma, or a slash at an end"),
        ({"format": "TOML"}, "'KEY_VALUE' or 'YAML'"),
        ({"retry": SpringRetry(random=True)}, "random intervals, which Spring Cloud Consul does not have"),
        ({"watch": 1}, "neither True nor False"),
    ],
)
def test_a_wrong_option_of_spring_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        CONSUL.spring_config(**wrong({"name": "orders", **fields}))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ExistingConsul(ExternalHost("consul.acme.io", port=8500), port=1),
            "the host already has a port, got 1",
        ),
        (lambda: ExistingConsul("consul.consul.svc"), r"write ExistingService\(name"),
        (lambda: ExistingConsul(wrong(5)), "write text or ServiceRef"),
        (
            lambda: ConsulAgents(pods=Pods.of(namespace="consul", port=8500)),
            "has ports, but the port is that of ExistingConsul",
        ),
        (lambda: ConsulCertificates(ca=SECRET.key("ca"), key=SECRET.key("key")), "one of certificate and key is set"),
    ],
)
def test_a_wrong_store_is_refused(make: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        make()
