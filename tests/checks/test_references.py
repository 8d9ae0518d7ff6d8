"""ConfigMaps, Secrets and keys that pods read are drawn, or declared as existing."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    Platform,
    Provision,
    RemoteKey,
    RemoteSecrets,
    Size,
)
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.patch import Replace
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.native.configuration import ExistingSecret, NativeConfig, NativeSecret
from kmop_constructs.testing import RequiredObject, synthesize
from kmop_constructs.values.container import Container, Migration
from kmop_constructs.values.env import ConfigKey, ConfigMapEnv, SecretEnv, SecretKey
from kmop_constructs.values.files import ConfigDirectory, SecretDirectory, Text
from kmop_constructs.values.image import Image
from kmop_constructs.values.secret import InlineSecret
from kmop_constructs.values.security import Account
from kmop_constructs.values.volumes import Claim
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


def test_a_secret_that_is_made_in_another_namespace_can_be_copied(app: App, shop: KmopChart) -> None:
    vault = KmopChart(app, "vault", namespace="vault")
    RemoteSecrets(vault, "stripe", keys={"key": RemoteKey("kv/stripe", "key")})
    api(shop, env={"KEY": SecretKey("stripe", "key")})

    (found,) = errors(app)
    assert "vault/stripe/secret makes it in another namespace" in found
    assert "copy it there: copied_to(chart)" in found


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


def test_an_account_that_the_app_does_not_draw_is_an_error(app: App, shop: KmopChart) -> None:
    api(shop).manifest("Deployment").patch(Replace("/spec/template/spec/serviceAccountName", "reporter"))

    assert errors(app) == [
        (
            "shop/api/deployment: runs as the ServiceAccount 'reporter', which this app does not draw; draw it, or if it is "
            "created outside this app, write Account('reporter', create=False) [reference-missing]"
        )
    ]


def test_existing_accounts_and_claims_are_no_finding(app: App, shop: KmopChart) -> None:
    account = Account(name="reporter", create=False)
    api(
        shop,
        account=account,
        volumes={"/data": Claim("uploads", shared=True), "/more": Claim("b", shared=True).at("c")},
    )


def settings(shop: KmopChart, name: str, **data: str) -> NativeConfig:
    return NativeConfig(shop, name, data=data)


def secret(shop: KmopChart, name: str, **values: str) -> NativeSecret:
    return NativeSecret(shop, name, values={key: InlineSecret(value) for key, value in values.items()})


def worker(shop: KmopChart, *uses: Any, **spec: Any) -> Worker:
    return Worker(shop, "api", WorkerSpec(image=IMAGE, **spec), uses=uses)


CONFLICT = (
    "shop/api/deployment: the variable 'LEVEL' of container 'api' has two values, one from ConfigMap shop/one and one from "
    "ConfigMap shop/two; read single keys with as_env(), set a prefix, or set the variable in the spec [env-conflict]"
)


def test_two_edges_with_one_variable_conflict(app: App, shop: KmopChart) -> None:
    one, two = settings(shop, "one", LEVEL="info", A="1"), settings(shop, "two", LEVEL="debug", B="2")
    worker(shop, two.all_as_env(), one.all_as_env())

    assert errors(app) == [CONFLICT]


def test_an_edge_and_a_source_of_the_spec_conflict(app: App, shop: KmopChart) -> None:
    one = settings(shop, "one", LEVEL="info")
    settings(shop, "two", LEVEL="debug")
    worker(shop, one.all_as_env(), env_from=(ConfigMapEnv("two"),))

    assert errors(app) == [CONFLICT]


def test_a_conflict_of_secrets_shows_no_value(app: App, shop: KmopChart) -> None:
    """It does not even tell whether the values are equal."""
    one, two = secret(shop, "one", PIN="1234"), secret(shop, "two", PIN="1234")
    worker(shop, one.all_as_env(), two.all_as_env())

    (found,) = errors(app)
    assert "'PIN' of container 'api' has two values, one from Secret shop/one and one from Secret shop/two" in found
    assert "1234" not in found


def test_sources_of_the_spec_are_in_the_order_of_the_user(app: App, shop: KmopChart) -> None:
    settings(shop, "one", LEVEL="info")
    settings(shop, "two", LEVEL="debug")
    worker(shop, env_from=(ConfigMapEnv("one"), ConfigMapEnv("two")))

    assert errors(app) == []


def test_accounts_and_claims_of_others_are_noticed(app: App, plain: Chart) -> None:
    pod = {
        "serviceAccountName": "reporter",
        "imagePullSecrets": [{"name": "registry"}],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "uploads"}}],
    }
    foreign(plain, deployment(pod=pod))

    assert [each.split(", which")[0].partition(": ")[2] for each in notices(app)] == [
        "mounts the PersistentVolumeClaim 'uploads'",
        "pulls images with the Secret 'registry'",
        "runs as the ServiceAccount 'reporter'",
    ]


CLAIM_SPEC = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def test_accounts_and_claims_that_are_drawn_pass(app: App, plain: Chart) -> None:
    pod = {
        "serviceAccountName": "reporter",
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "uploads"}},
            {"name": "old", "persistentVolumeClaim": {"claimName": "data-db-0"}},
        ],
    }
    foreign(plain, deployment(pod=pod), deployment("other", pod={"serviceAccountName": "default"}))
    foreign(
        plain, thing("v1", "ServiceAccount", "reporter"), thing("v1", "PersistentVolumeClaim", "uploads", CLAIM_SPEC)
    )
    claim = {"metadata": {"name": "data"}, "spec": CLAIM_SPEC}
    own = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}
    foreign(plain, deployment("db", kind="StatefulSet", pod=own, volumeClaimTemplates=[claim], serviceName="db"))

    assert notices(app) == []


def test_required_objects_are_those_that_nothing_makes(app: App, shop: KmopChart) -> None:
    NativeSecret(shop, "stripe", values={"token": InlineSecret("x")})
    NativeConfig(shop, "flags", data={"level": "info"})
    image = Image("acme/api:1", pull_secrets=("registry",))
    env = {
        "A": SecretKey("stripe", "token"),
        "B": SecretKey("login", "user", external=True),
        "C": SecretKey("login", "password", external=True),
        "D": SecretKey("spare", "key", optional=True, external=True),
    }
    for name in ("a", "b"):
        Microservice(shop, name, ServiceSpec(image=image, port=8080, env=env, env_from=(ConfigMapEnv("flags"),)))

    both = ("shop/a/deployment", "shop/b/deployment")
    assert synthesize(app).required == (
        RequiredObject(kind="Secret", namespace="shop", name="login", keys=("password", "user"), readers=both),
        RequiredObject(kind="Secret", namespace="shop", name="registry", readers=both),
    )


def test_required_objects_can_be_printed() -> None:
    required = RequiredObject(kind="Secret", namespace="shop", name="login", keys=("user",), readers=("shop/a",))

    assert str(required) == "Secret shop/login, keys user (for shop/a)"


def test_what_has_one_value_is_no_conflict(app: App, shop: KmopChart) -> None:
    one, two = settings(shop, "one", LEVEL="info", A="1"), settings(shop, "two", LEVEL="info", A="2")
    worker(shop, one.all_as_env(), two.all_as_env(), one.all_as_env(prefix="ONE_"), env={"A": "3"})

    assert errors(app) == []


def test_a_conflict_is_found_once_for_a_migration_too(app: App, shop: KmopChart) -> None:
    one, two = settings(shop, "one", LEVEL="info"), settings(shop, "two", LEVEL="debug")
    worker(shop, one.all_as_env(), two.all_as_env(), migration=Migration(command=("run",)))

    assert errors(app) == [CONFLICT]


def search(app: App, **values: InlineSecret) -> Elasticsearch:
    """A store whose operator reads a user name and a password from a Secret of the app."""
    provider = Eck(provision=Provision(storage=Size.gib(8)))
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(elasticsearch=provider))
    login = NativeSecret(chart, "login", values=values)
    spec = ElasticsearchSpec(version="9.2.1", credentials=Credentials(user="catalog", password=login.key("password")))
    return Elasticsearch(chart, "search", spec)


def test_a_key_that_an_operator_reads_is_in_the_secret(app: App) -> None:
    search(app, password=InlineSecret("hunter2-hunter2"))
    assert errors(app) == [
        (
            "shop/search: is drawn for an operator, which reads the key 'username' of Secret shop/login, which has 'password'; correct "
            "the key, or add it [reference-key]"
        )
    ]


def test_a_secret_with_both_keys_is_no_finding_for_an_operator(app: App) -> None:
    search(app, username=InlineSecret("catalog"), password=InlineSecret("hunter2-hunter2"))
    assert errors(app) == []
