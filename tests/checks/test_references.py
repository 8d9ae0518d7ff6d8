"""ConfigMaps, Secrets and keys that pods read are drawn, or declared as existing."""

from __future__ import annotations

from typing import Any

from kmop_constructs.core.chart import KmopChart
from kmop_constructs.providers.native.configuration import ExistingSecret, NativeConfig, NativeSecret
from kmop_constructs.values.env import ConfigKey, ConfigMapEnv, SecretEnv, SecretKey
from kmop_constructs.values.files import ConfigDirectory, SecretDirectory, Text
from kmop_constructs.values.image import Image
from kmop_constructs.values.secret import InlineSecret
from kmop_constructs.values.workload import Container
from kmop_constructs.workloads.microservice import Microservice, Worker
from kmop_constructs.workloads.spec import ServiceSpec, WorkerSpec
from tests.checks.conftest import deployment, draw, errors, foreign, notices, thing

import cdk8s_plus_27 as kp
import pytest
from cdk8s import App, Chart

IMAGE = Image("acme/api:1")


def api(shop: KmopChart, **spec: Any) -> Microservice:
    return Microservice(shop, "api", ServiceSpec(image=IMAGE, port=8080, **spec))


def test_a_missing_secret_is_an_error_that_names_the_fix(app: App, shop: KmopChart) -> None:
    api(shop, env={"KEY": SecretKey("stripe", "key")})

    assert errors(app) == [
        (
            "shop/api/deployment: reads the Secret 'stripe', key 'key', which this app does not draw; draw it, or if it is created "
            "outside this app, write SecretKey('stripe', 'key', external=True) [reference-missing]"
        )
    ]


EXTERNAL = [
    {"env": {"KEY": SecretKey("stripe", "key", external=True)}},
    {"env": {"KEY": ConfigKey("flags", "key", external=True)}},
    {"env_from": (SecretEnv("stripe", external=True), ConfigMapEnv("flags", external=True))},
    {"files": {"/etc/stripe": SecretDirectory("stripe", external=True)}},
    {"files": {"/etc/flags": ConfigDirectory("flags", external=True), "/a": SecretKey("b", "c", external=True)}},
    {"init_containers": (Container("init", image=IMAGE, env={"KEY": SecretKey("stripe", "key", external=True)}),)},
]


@pytest.mark.parametrize("spec", EXTERNAL)
def test_an_external_object_is_no_finding(app: App, shop: KmopChart, spec: dict[str, Any]) -> None:
    api(shop, **spec)

    assert errors(app) == []


def test_an_existing_secret_of_an_edge_is_no_finding(app: App, shop: KmopChart) -> None:
    Worker(shop, "api", WorkerSpec(image=IMAGE), uses=[ExistingSecret("stripe").as_env("KEY")])

    assert errors(app) == []


def test_one_service_saying_so_does_not_speak_for_another(app: App, shop: KmopChart) -> None:
    Worker(shop, "a", WorkerSpec(image=IMAGE, env={"KEY": SecretKey("stripe", "key", external=True)}))
    Worker(shop, "b", WorkerSpec(image=IMAGE, env={"KEY": SecretKey("stripe", "key")}))

    assert [each.split(":")[0] for each in errors(app)] == ["shop/b/deployment"]


def test_optional_references_are_no_finding(app: App, shop: KmopChart) -> None:
    api(
        shop,
        env={"KEY": SecretKey("stripe", "key", optional=True)},
        env_from=(ConfigMapEnv("flags", optional=True),),
        files={"/etc/flags": ConfigDirectory("flags", optional=True), "/a": SecretKey("b", "c", optional=True)},
    )

    assert errors(app) == []


def test_every_way_of_reading_is_found(app: App, shop: KmopChart) -> None:
    api(
        shop,
        env={"A": ConfigKey("one", "key")},
        env_from=(SecretEnv("two"),),
        files={"/three": SecretKey("three", "key"), "/four": ConfigDirectory("four"), "/five": SecretDirectory("five")},
        init_containers=(Container("init", image=IMAGE, env={"B": SecretKey("six", "key")}),),
    )

    found = errors(app)
    for name in ("one", "two", "three", "four", "five", "six"):
        assert any(f"{name!r}" in each and each.endswith("[reference-missing]") for each in found), name


def test_a_projected_volume_is_read_too(app: App, shop: KmopChart) -> None:
    sources = [{"secret": {"name": "a", "items": [{"key": "k", "path": "k"}]}}, {"configMap": {"name": "b"}}]
    draw(shop, deployment(pod={"volumes": [{"name": "all", "projected": {"sources": sources}}]}))

    assert [each.split(", which")[0] for each in errors(app)] == [
        "shop/deployment-api-0: reads the ConfigMap 'b'",
        "shop/deployment-api-0: reads the Secret 'a', key 'k'",
    ]


def test_a_key_that_is_not_there_is_an_error_with_those_that_are(app: App, shop: KmopChart) -> None:
    NativeConfig(shop, "flags", data={"level": "info", "colour": "red"})
    api(shop, env={"LEVEL": ConfigKey("flags", "loglevel")})

    assert errors(app) == [
        (
            "shop/api/deployment: reads the key 'loglevel' of ConfigMap shop/flags, which has 'colour', 'level'; correct the "
            "key, or add it [reference-key]"
        )
    ]


def test_a_secret_key_that_is_not_there_shows_no_value(app: App, shop: KmopChart) -> None:
    NativeSecret(shop, "stripe", values={"token": InlineSecret("hunter2")})
    api(shop, env={"KEY": SecretKey("stripe", "key")})

    (found,) = errors(app)
    assert "which has 'token'" in found
    assert "hunter2" not in found


def test_keys_that_are_there_pass(app: App, shop: KmopChart) -> None:
    NativeSecret(shop, "stripe", values={"token": InlineSecret("x")})
    draw(shop, thing("v1", "ConfigMap", "logo", binaryData={"logo.png": "AAAA"}))
    api(
        shop,
        env={"KEY": SecretKey("stripe", "token")},
        files={"/logo.png": ConfigKey("logo", "logo.png"), "/etc/app.yaml": Text("a: 1\n")},
    )

    assert errors(app) == []


def test_a_token_secret_gets_its_keys_from_the_cluster(app: App, shop: KmopChart) -> None:
    token = thing("v1", "Secret", "robot", type="kubernetes.io/service-account-token")
    token["metadata"]["annotations"] = {"kubernetes.io/service-account.name": "robot"}
    draw(shop, token)
    api(shop, env={"TOKEN": SecretKey("robot", "token")})

    assert errors(app) == []


def test_a_secret_of_another_namespace_is_named(app: App, shop: KmopChart) -> None:
    NativeSecret(KmopChart(app, "vault", namespace="vault"), "stripe", values={"key": InlineSecret("x")})
    api(shop, env={"KEY": SecretKey("stripe", "key")})

    (found,) = errors(app)
    assert "there is Secret vault/stripe, but pods read only their own namespace" in found


def test_a_secret_of_cdk8s_plus_is_found(app: App, shop: KmopChart) -> None:
    secret = kp.Secret(shop, "stripe", metadata={"name": "stripe"}, string_data={"key": "x"})
    api(shop, env={"KEY": SecretKey(secret, "key")})

    assert errors(app) == []


def test_pods_of_others_get_a_notice(app: App, plain: Chart) -> None:
    foreign(plain, deployment(envFrom=[{"secretRef": {"name": "stripe"}}]))

    assert errors(app) == []
    assert notices(app) == [
        (
            "plain/deployment-api-0: reads the Secret 'stripe', which this app does not draw; draw it, or allow "
            "'reference-missing' if it is created outside this app [reference-missing]"
        )
    ]
