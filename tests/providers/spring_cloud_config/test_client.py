"""Clients of a config server: variables, policies on both sides, and the start before the server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    NO_RETRY,
    ConflictError,
    Credentials,
    ExistingSecret,
    ExistingService,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    ServiceRef,
    ServiceSpec,
    SpecError,
    SpringRetry,
    Text,
)
from kmop_constructs.providers.spring_cloud_config import (
    ConfigServer,
    ConfigServerSpec,
    ExistingConfigServer,
    NativeBackend,
    TrustStore,
)
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize

import pytest
from cdk8s import App

ORDERS = ServiceSpec(image=Image("acme/orders:1"), port=8080)
BUSYBOX = Image("busybox:1.38.0")
THERE = ExistingService("config-server", port=8888, namespace="platform", pod_labels={"app": "config"})
LOGIN = Credentials.of(ExistingSecret("config-login"))
SERVER = ConfigServerSpec(image=Image("acme/config:1"), backend=NativeBackend({"application.yml": Text("a: 1\n")}))


def wrong(value: object) -> Any:
    """What a caller without a type checker may write."""
    return value


def orders(chart: KmopChart, edge: Any) -> Microservice:
    return Microservice(chart, "orders", ORDERS, uses=[edge])


def container(service: Microservice) -> dict[str, Any]:
    return synthesize(service).one("Deployment", "orders")["spec"]["template"]["spec"]["containers"][0]


def env(chart: KmopChart, edge: Any) -> dict[str, Any]:
    drawn = container(orders(chart, edge))["env"]
    return {each["name"]: each.get("value", each.get("valueFrom", {}).get("secretKeyRef")) for each in drawn}


def test_a_client_imports_its_configuration(chart: KmopChart) -> None:
    assert env(chart, ExistingConfigServer(THERE).client(retry=NO_RETRY)) == {
        "SPRING_CONFIG_IMPORT": "configserver:http://config-server.platform.svc:8888",
        "SPRING_CLOUD_CONFIG_FAILFAST": "true",
    }


def test_a_retry_is_configuration_of_the_client(chart: KmopChart) -> None:
    found = env(chart, ExistingConfigServer(THERE).client(retry=SpringRetry(attempts=30)))
    assert found["SPRING_CLOUD_CONFIG_FAILFAST"] == "true"
    assert {key: value for key, value in found.items() if "_RETRY_" in key} == {
        "SPRING_CLOUD_CONFIG_RETRY_INITIALINTERVAL": "1000",
        "SPRING_CLOUD_CONFIG_RETRY_MULTIPLIER": "1.5",
        "SPRING_CLOUD_CONFIG_RETRY_MAXINTERVAL": "10000",
        "SPRING_CLOUD_CONFIG_RETRY_MAXATTEMPTS": "30",
    }


def test_a_client_without_retry_or_wait_is_refused(chart: KmopChart) -> None:
    """It would end at once where it starts before the server, and Spring retries only with a library of its own."""
    edge = ExistingConfigServer(THERE).client()
    with pytest.raises(
        SpecError, match=r"shop/orders: ExistingConfigServer\('config-server'\)\.client\(\): retry: not set"
    ):
        orders(chart, edge)


def test_a_client_may_wait_instead(chart: KmopChart) -> None:
    service = orders(chart, ExistingConfigServer(THERE).client().before_start(BUSYBOX))
    [waiting] = synthesize(service).one("Deployment")["spec"]["template"]["spec"]["initContainers"]
    assert waiting["command"][-1] == "until nc -z -w 2 config-server.platform.svc 8888; do sleep 2; done"


def test_an_optional_client_needs_no_retry(chart: KmopChart) -> None:
    assert env(chart, ExistingConfigServer("config.acme.io").client(optional=True)) == {
        "SPRING_CONFIG_IMPORT": "optional:configserver:http://config.acme.io:8888"
    }


def test_an_older_client_gets_its_bootstrap_variables(chart: KmopChart) -> None:
    assert env(chart, ExistingConfigServer(THERE).client(style="bootstrap", retry=NO_RETRY)) == {
        "SPRING_CLOUD_BOOTSTRAP_ENABLED": "true",
        "SPRING_CLOUD_CONFIG_URI": "http://config-server.platform.svc:8888",
        "SPRING_CLOUD_CONFIG_FAILFAST": "true",
    }


def test_an_image_with_the_address_gets_no_variable(chart: KmopChart) -> None:
    service = orders(chart, ExistingConfigServer(THERE).client(style="image").before_start(BUSYBOX))
    assert "env" not in container(service)


def test_name_profile_and_label_are_lists(chart: KmopChart) -> None:
    edge = ExistingConfigServer(THERE).client(
        retry=NO_RETRY, name=["orders", "kafka"], profile="prod", label=["feature", "main"]
    )
    found = env(chart, edge)
    assert found["SPRING_CLOUD_CONFIG_NAME"] == "orders,kafka"
    assert found["SPRING_CLOUD_CONFIG_PROFILE"] == "prod"
    assert found["SPRING_CLOUD_CONFIG_LABEL"] == "feature,main"


def test_timeouts_are_in_milliseconds(chart: KmopChart) -> None:
    edge = ExistingConfigServer(THERE).client(
        retry=NO_RETRY, connect_timeout=timedelta(seconds=2), read_timeout=timedelta(seconds=30)
    )
    found = env(chart, edge)
    assert found["SPRING_CLOUD_CONFIG_REQUESTCONNECTTIMEOUT"] == "2000"
    assert found["SPRING_CLOUD_CONFIG_REQUESTREADTIMEOUT"] == "30000"


def test_a_login_is_by_reference(chart: KmopChart) -> None:
    found = env(chart, ExistingConfigServer(THERE, login=LOGIN).client(retry=NO_RETRY))
    assert found["SPRING_CLOUD_CONFIG_USERNAME"] == {"name": "config-login", "key": "username"}
    assert found["SPRING_CLOUD_CONFIG_PASSWORD"] == {"name": "config-login", "key": "password"}


def test_a_client_may_have_a_login_of_its_own(chart: KmopChart) -> None:
    own = Credentials(user="orders", password=ExistingSecret("mine").key("pw"))
    found = env(chart, ExistingConfigServer(THERE, login=LOGIN).client(retry=NO_RETRY, login=own))
    assert found["SPRING_CLOUD_CONFIG_USERNAME"] == "orders"
    assert found["SPRING_CLOUD_CONFIG_PASSWORD"] == {"name": "mine", "key": "pw"}


def test_a_trust_store_is_a_file_with_a_password(chart: KmopChart) -> None:
    secret = ExistingSecret("ca")
    trust = TrustStore(secret.key("ca.p12"), password=secret.key("password"))
    service = orders(chart, ExistingConfigServer("config.acme.io", tls=True).client(retry=NO_RETRY, trust=trust))
    drawn = container(service)
    found = {each["name"]: each.get("value") for each in drawn["env"]}
    assert found["SPRING_CONFIG_IMPORT"] == "configserver:https://config.acme.io"
    assert found["SPRING_CLOUD_CONFIG_TLS_ENABLED"] == "true"
    assert found["SPRING_CLOUD_CONFIG_TLS_TRUSTSTORE"] == "file:/etc/spring-cloud-config/truststore"
    assert found["SPRING_CLOUD_CONFIG_TLS_TRUSTSTORETYPE"] == "PKCS12"
    assert "/etc/spring-cloud-config/truststore" in {each["mountPath"] for each in drawn["volumeMounts"]}


def test_policies_open_both_sides_for_a_client(chart: KmopChart) -> None:
    server = ConfigServer(chart, "config-server", SERVER)
    client = orders(chart, server.client(retry=NO_RETRY))
    other = Microservice(chart, "web", ORDERS)
    assert_reachable(client, server, 8888)
    assert_blocked(other, server, 8888)
    assert_blocked(server, client, 8080)


def test_a_client_of_another_namespace_has_the_full_name(app: App) -> None:
    server = ConfigServer(KmopChart(app, "platform", namespace="platform"), "config-server", SERVER)
    client = orders(KmopChart(app, "shop", namespace="shop"), server.client(retry=NO_RETRY))
    found = {each["name"]: each["value"] for each in container(client)["env"]}
    assert found["SPRING_CONFIG_IMPORT"] == "configserver:http://config-server.platform.svc:8888"
    assert_reachable(client, server, 8888)


def test_a_reference_leads_to_a_server_of_the_app(chart: KmopChart) -> None:
    client = orders(chart, ExistingConfigServer(ServiceRef("config-server", port=8888)).client(retry=NO_RETRY))
    assert_reachable(client, ConfigServer(chart, "config-server", SERVER), 8888)


def test_only_the_clients_side_of_another_teams_server_is_drawn(chart: KmopChart) -> None:
    service = orders(chart, ExistingConfigServer(THERE).client(retry=NO_RETRY))
    [policy] = synthesize(service).pick("NetworkPolicy")
    [rule] = [each for each in policy["spec"]["egress"] if "to" in each]
    assert rule["ports"] == [{"port": 8888, "protocol": "TCP"}]
    assert rule["to"][0]["podSelector"] == {"matchLabels": {"app": "config"}}


def test_a_private_host_needs_its_address_ranges() -> None:
    with pytest.raises(SpecError, match=r"'config.acme.internal'; write its address ranges"):
        ExistingConfigServer("config.acme.internal")
    ExistingConfigServer(ExternalHost("config.acme.internal", port=8888, cidrs=("10.1.0.0/24",)))


def test_a_spec_that_sets_the_same_variable_is_a_conflict(chart: KmopChart) -> None:
    spec = ServiceSpec(image=ORDERS.image, port=8080, env={"SPRING_CONFIG_IMPORT": "file:/etc/own.yml"})
    edge = ExistingConfigServer(THERE).client(retry=NO_RETRY)
    with pytest.raises(ConflictError, match="SPRING_CONFIG_IMPORT"):
        Microservice(chart, "orders", spec, uses=[edge])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"optional": True, "retry": NO_RETRY}, "Spring retries only a client that fails"),
        ({"optional": True, "style": "image"}, "has no effect, because the image has the address"),
        ({"style": "legacy"}, "'import' or 'bootstrap' or 'image'"),
        ({"name": "a,b"}, "has a comma, which separates names, got 'a,b'; write a list"),
        ({"label": ""}, "empty"),
        ({"retry": 5}, r"write SpringRetry\(…\) or NoRetry"),
        ({"read_timeout": 5}, "not a duration, got 5"),
        ({"tls": "yes"}, "neither True nor False"),
        ({"trust": TrustStore(ExistingSecret("ca").key("p12"))}, r"has no effect without TLS; set tls=True"),
    ],
)
def test_a_wrong_client_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        ExistingConfigServer(THERE).client(**fields)


def test_a_port_beside_a_service_is_refused() -> None:
    with pytest.raises(
        SpecError, match=r"ExistingConfigServer.port: not allowed, because the host already has a port, got 1"
    ):
        ExistingConfigServer(THERE, port=1)


def test_a_service_name_as_a_host_is_refused() -> None:
    with pytest.raises(SpecError, match=r"write ExistingService\(name, port=…, namespace=…\)"):
        ExistingConfigServer("config-server.platform.svc")


def test_a_password_as_text_is_refused_and_not_shown() -> None:
    with pytest.raises(
        SpecError, match="TrustStore.password: the value would be readable in the output, got a str"
    ) as caught:
        TrustStore(ExistingSecret("ca").key("p12"), password=wrong("canary-4711"))
    assert "canary" not in str(caught.value)
    with pytest.raises(SpecError, match="login") as caught:
        ExistingConfigServer(THERE, login=wrong("canary-4711"))
    assert "canary" not in str(caught.value)
