"""A config server as a service of the app: its pods, its login and the key of encrypted values."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    ConflictError,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Microservice,
    Pods,
    Port,
    Resources,
    SecretKey,
    ServiceSpec,
    SpecError,
    SpringRetry,
    Text,
)
from kmop_constructs.providers.spring_cloud_config import (
    ConfigServer,
    ConfigServerSpec,
    GitBackend,
    KeyStore,
    NativeBackend,
    SshKey,
)
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize

import pytest
from syrupy.assertion import SnapshotAssertion

IMAGE = Image("acme/config:1")
FILES = NativeBackend({"application.yml": Text("a: 1\n")})
SECRET = ExistingSecret("config")
SIZED = Resources.of("100m", "512Mi", memory_limit="512Mi")


def wrong(value: object) -> Any:
    """What a caller without a type checker may write."""
    return value


def drawn(chart: KmopChart, **fields: Any) -> Synthesized:
    spec = ConfigServerSpec(**wrong({"image": IMAGE, "backend": FILES, "resources": SIZED, **fields}))
    return synthesize(ConfigServer(chart, "config-server", spec))


def container(result: Synthesized) -> dict[str, Any]:
    return result.one("Deployment")["spec"]["template"]["spec"]["containers"][0]


def env(result: Synthesized) -> dict[str, Any]:
    return {
        each["name"]: each.get("value", each.get("valueFrom", {}).get("secretKeyRef"))
        for each in container(result)["env"]
    }


def test_a_server_with_a_client(chart: KmopChart, manifests: SnapshotAssertion) -> None:
    git = GitBackend(
        "git@github.com:acme/config.git", credentials=SshKey(SECRET.key("id_rsa"), host_key="ssh-ed25519 AAAA")
    )
    spec = ConfigServerSpec(
        image=IMAGE, resources=SIZED, backend=git, login=Credentials.of(SECRET), encrypt_key=SECRET.key("encrypt")
    )
    server = ConfigServer(chart, "config-server", spec)
    orders = ServiceSpec(image=Image("acme/orders:1"), port=8080, resources=SIZED)
    Microservice(chart, "orders", orders, uses=[server.client(retry=SpringRetry())])
    result = synthesize(chart)
    assert_reachable("orders", "config-server", 8888, within=result)
    assert_blocked("config-server", "orders", 8080, within=result)
    assert not result.pick("Secret")
    assert result == manifests


def test_a_server_has_two_pods_on_port_8888(chart: KmopChart) -> None:
    result = drawn(chart)
    assert result.one("Deployment")["spec"]["replicas"] == 2
    assert [each["port"] for each in result.one("Service")["spec"]["ports"]] == [8888]
    assert env(result)["SERVER_PORT"] == "8888"


def test_the_image_listens_on_the_port_of_the_spec(chart: KmopChart) -> None:
    """Spring Boot listens on 8080 unless it is told otherwise, also in a config server."""
    result = drawn(chart, port=Port(8080, service_port=8888))
    assert env(result)["SERVER_PORT"] == "8080"


def test_checks_do_not_read_the_repository(chart: KmopChart) -> None:
    found = container(drawn(chart))
    assert found["readinessProbe"]["httpGet"]["path"] == "/actuator/health/readiness"
    assert found["livenessProbe"]["httpGet"]["path"] == "/actuator/health/liveness"


def test_the_login_of_the_server_is_that_of_its_clients(chart: KmopChart) -> None:
    found = env(drawn(chart, login=Credentials(user="reader", password=SECRET.key("password"))))
    assert found["SPRING_SECURITY_USER_NAME"] == "reader"
    assert found["SPRING_SECURITY_USER_PASSWORD"] == {"name": "config", "key": "password"}


def test_a_shared_key_is_by_reference(chart: KmopChart) -> None:
    assert env(drawn(chart, encrypt_key=SECRET.key("encrypt")))["ENCRYPT_KEY"] == {"name": "config", "key": "encrypt"}


def test_a_key_pair_is_a_file_with_passwords(chart: KmopChart) -> None:
    store = KeyStore(
        SECRET.key("store.p12"), alias="config", password=SECRET.key("password"), secret=SECRET.key("key-password")
    )
    result = drawn(chart, encrypt_key=store)
    found = env(result)
    assert {key: value for key, value in found.items() if key.startswith("ENCRYPT_")} == {
        "ENCRYPT_KEYSTORE_LOCATION": "file:/etc/config-server-keys/keystore",
        "ENCRYPT_KEYSTORE_ALIAS": "config",
        "ENCRYPT_KEYSTORE_PASSWORD": {"name": "config", "key": "password"},
        "ENCRYPT_KEYSTORE_SECRET": {"name": "config", "key": "key-password"},
        "ENCRYPT_KEYSTORE_TYPE": "pkcs12",
    }
    assert "/etc/config-server-keys/keystore" in {each["mountPath"] for each in container(result)["volumeMounts"]}


def test_profiles_of_the_image_stay_beside_native(chart: KmopChart) -> None:
    assert (
        env(drawn(chart, env={"SPRING_PROFILES_ACTIVE": "docker, native"}))["SPRING_PROFILES_ACTIVE"]
        == "docker, native"
    )


def test_profiles_without_native_are_refused() -> None:
    with pytest.raises(SpecError, match=r"without the profile native, .*got 'docker'; add native"):
        ConfigServerSpec(image=IMAGE, backend=FILES, env={"SPRING_PROFILES_ACTIVE": "docker"})


def test_another_port_in_the_variables_is_a_conflict(chart: KmopChart) -> None:
    with pytest.raises(ConflictError, match="SERVER_PORT"):
        drawn(chart, env={"SERVER_PORT": "9000"})


def test_clients_of_another_repository_are_admitted(chart: KmopChart) -> None:
    caller = Pods.of({"app": "billing"}, namespace="billing")
    server = ConfigServer(chart, "config-server", ConfigServerSpec(image=IMAGE, backend=FILES), accepts=[caller])
    assert_reachable(caller, server, 8888)


def test_a_secret_of_the_app_must_have_the_key(chart: KmopChart) -> None:
    """`reference-missing` knows the variables of the server."""
    with pytest.raises(Exception, match="reference-missing"):
        drawn(chart, encrypt_key=SecretKey("nowhere", "encrypt"))


@pytest.mark.parametrize("field", ["encrypt_key", "login"])
def test_a_secret_as_text_is_refused_and_not_shown(field: str) -> None:
    with pytest.raises(SpecError, match=rf"ConfigServerSpec.{field}") as caught:
        ConfigServerSpec(**wrong({"image": IMAGE, "backend": FILES, field: wrong("canary-4711")}))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("field", ["file", "password", "secret"])
def test_a_key_store_refers_to_secrets_only(field: str) -> None:
    fields: dict[str, Any] = {
        "file": SECRET.key("p12"),
        "alias": "a",
        "password": SECRET.key("pw"),
        field: "canary-4711",
    }
    with pytest.raises(SpecError, match=rf"KeyStore.{field}") as caught:
        KeyStore(**fields)
    assert "canary" not in str(caught.value)


def test_a_plain_spec_is_refused(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match=r"shop/config-server: spec: .*write ConfigServerSpec"):
        ConfigServer(chart, "config-server", wrong(ServiceSpec(image=IMAGE, port=8888)))
