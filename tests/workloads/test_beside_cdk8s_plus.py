"""Objects of cdk8s-plus-27, of L1 and of YAML files beside ours: as input, in one file, and in its order."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from apps.mixed_with_cdk8s_plus import build
from kmop_constructs import (
    Account,
    Claim,
    ConfigDirectory,
    ConfigKey,
    ConfigMapEnv,
    Image,
    KmopChart,
    Microservice,
    Mount,
    NativeConfig,
    Pods,
    Recreate,
    Replicas,
    SecretDirectory,
    SecretEnv,
    SecretKey,
    ServiceSpec,
    Text,
    allow,
)
from kmop_constructs.core.reachability import Topology

import cdk8s_plus_27 as kp
import pytest
import yaml
from cdk8s import ApiObject, ApiObjectMetadata, App, Chart, Include, JsonPatch, Size

Object = dict[str, Any]

REPOSITORY = Path(__file__).parents[2]
IMAGE = Image("ghcr.io/acme/web:1.0.0")
SPEC = ServiceSpec(image=IMAGE, port=8080)
INCLUDED = """\
apiVersion: example.com/v1
kind: Widget
metadata: {name: widget}
spec: {mode: 0644, since: 2020-01-01T00:00:00Z, none: null, empty: {}, list: [], on: yes, text: "no", line: "a\\nb"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: included, namespace: elsewhere}
data: {a: "1"}
"""


def app_in(folder: Path) -> App:
    return App(outdir=str(folder))


@pytest.fixture(params=[KmopChart, Chart])
def chart(request: pytest.FixtureRequest, tmp_path: Path) -> Chart:
    return request.param(app_in(tmp_path), "shop", namespace="shop")


@pytest.fixture
def kmop(tmp_path: Path) -> KmopChart:
    return KmopChart(app_in(tmp_path), "shop", namespace="shop")


def objects(chart: Chart) -> list[Object]:
    app = App.of(chart)
    app.synth()
    return list(yaml.safe_load_all((Path(app.outdir) / "shop.k8s.yaml").read_text()))


def pod(chart: Chart) -> Object:
    (web,) = (each for each in objects(chart) if (each["kind"], each["metadata"]["name"]) == ("Deployment", "web"))
    return web["spec"]["template"]


def order(chart: Chart) -> list[str]:
    return [f"{each['kind']}/{each['metadata']['name']}" for each in objects(chart)]


def legacy(chart: Chart, name: str = "legacy", labels: dict[str, str] | None = None) -> kp.Deployment:
    return kp.Deployment(
        chart,
        name,
        metadata=ApiObjectMetadata(name=name),
        pod_metadata=ApiObjectMetadata(labels=labels),
        containers=[kp.ContainerProps(image="ghcr.io/acme/legacy:1.0.0", port_number=3000)],
    )


def test_an_l2_secret_variable_has_the_rendered_name(chart: Chart) -> None:
    secret = kp.Secret(chart, "db", string_data={"url": "postgresql://db"})
    Microservice(chart, "web", ServiceSpec(image=IMAGE, port=8080, env={"DB_URL": SecretKey(secret, "url")}))
    (written,) = (each["metadata"]["name"] for each in objects(chart) if each["kind"] == "Secret")
    (variable,) = pod(chart)["spec"]["containers"][0]["env"]
    assert variable["valueFrom"]["secretKeyRef"] == {"name": written, "key": "url"}


def test_an_l2_secret_that_exists_already_stands_for_its_name(chart: Chart) -> None:
    existing = kp.Secret.from_secret_name(chart, "existing", "stripe")
    assert SecretKey(existing, "token", external=True) == SecretKey("stripe", "token", external=True)


def test_l2_env_from_has_the_rendered_names(chart: Chart) -> None:
    secret = kp.Secret(chart, "db", string_data={"url": "postgresql://db"})
    config = kp.ConfigMap(chart, "flags", data={"CHECKOUT": "new"})
    both = (ConfigMapEnv(config), SecretEnv(secret))
    files = {"/etc/db": SecretDirectory(secret), "/etc/flags": ConfigDirectory(config)}
    Microservice(chart, "web", ServiceSpec(image=IMAGE, port=8080, env_from=both, files=files))
    written = {each["kind"]: each["metadata"]["name"] for each in objects(chart)}
    spec = pod(chart)["spec"]
    assert spec["containers"][0]["envFrom"] == [
        {"configMapRef": {"name": written["ConfigMap"]}},
        {"secretRef": {"name": written["Secret"]}},
    ]
    assert [each["configMap"]["name"] for each in spec["volumes"] if "configMap" in each] == [written["ConfigMap"]]
    assert [each["secret"]["secretName"] for each in spec["volumes"] if "secret" in each] == [written["Secret"]]


def test_pods_run_as_an_l2_service_account(chart: Chart) -> None:
    account = kp.ServiceAccount(chart, "runner")
    spec = ServiceSpec(image=IMAGE, port=8080, account=Account(name=account, create=False))
    web = Microservice(chart, "web", spec)
    (written,) = (each["metadata"]["name"] for each in objects(chart) if each["kind"] == "ServiceAccount")
    assert pod(chart)["spec"]["serviceAccountName"] == written == web.service_account.name


def test_an_image_is_pulled_with_an_l2_secret(chart: Chart) -> None:
    secret = kp.DockerConfigSecret(chart, "registry", data={"auths": {}})
    image = Image("ghcr.io/acme/web:1.0.0", pull_secrets=(secret,))
    Microservice(chart, "web", ServiceSpec(image=image, port=8080))
    (written,) = (each["metadata"]["name"] for each in objects(chart) if each["kind"] == "Secret")
    assert pod(chart)["spec"]["imagePullSecrets"] == [{"name": written}]


def test_an_l2_claim_is_mounted(chart: Chart) -> None:
    modes = [kp.PersistentVolumeAccessMode.READ_WRITE_ONCE]
    claim = kp.PersistentVolumeClaim(chart, "data", storage=Size.gibibytes(1), access_modes=modes)
    volumes = {"/data": Mount(Claim(claim))}
    Microservice(
        chart, "web", ServiceSpec(image=IMAGE, port=8080, volumes=volumes, rollout=Recreate(), scaling=Replicas(1))
    )
    (written,) = (each["metadata"]["name"] for each in objects(chart) if each["kind"] == "PersistentVolumeClaim")
    assert {"claimName": written} in [each.get("persistentVolumeClaim") for each in pod(chart)["spec"]["volumes"]]


def test_pods_roll_when_the_content_of_an_l2_config_map_changes(chart: Chart) -> None:
    config = kp.ConfigMap(chart, "flags", data={"CHECKOUT": "new"})
    env = {"CHECKOUT": ConfigKey(config, "CHECKOUT")}
    Microservice(chart, "web", ServiceSpec(image=IMAGE, port=8080, env=env))
    before = pod(chart)["metadata"]["annotations"]
    config.add_data("MORE", "1")
    assert pod(chart)["metadata"]["annotations"] != before


def test_an_l2_deployment_reads_a_config_map_of_ours_by_name(chart: Chart) -> None:
    config = NativeConfig(chart, "flags", data={"CHECKOUT": "new"})
    handle = kp.ConfigMap.from_config_map_name(chart, "flags-handle", config.name)
    legacy(chart).containers[0].env.add_variable("CHECKOUT", kp.EnvValue.from_config_map(handle, "CHECKOUT"))
    (deployment,) = (each for each in objects(chart) if each["kind"] == "Deployment")
    (variable,) = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    assert variable["valueFrom"]["configMapKeyRef"] == {"name": "flags", "key": "CHECKOUT"}


def test_an_accepted_caller_may_be_an_l2_deployment(chart: Chart) -> None:
    legacy(chart, labels={"app": "legacy"})
    legacy(chart, "stranger")
    Microservice(chart, "web", SPEC, accepts=[Pods.of({"app": "legacy"})])
    network = Topology(objects(chart))
    assert network.verdict("legacy", "Deployment/web", 8080).allowed
    assert network.verdict("stranger", "Deployment/web", 8080).blocked


def test_l2_objects_have_the_names_that_a_plain_chart_gives_them(tmp_path: Path) -> None:
    names: list[list[str]] = []
    for sort in (KmopChart, Chart):
        chart = sort(app_in(tmp_path), "shop", namespace="shop")
        kp.Role(chart, "reader").bind(kp.ServiceAccount(chart, "runner"))
        names.append(sorted(order(chart)))
    assert names[0] == names[1]


def test_l2_objects_are_sorted_by_kind_too(kmop: KmopChart) -> None:
    legacy(kmop, "a-legacy")
    kp.Secret(kmop, "db", metadata=ApiObjectMetadata(name="db"))
    Microservice(kmop, "web", ServiceSpec(image=IMAGE, port=8080, files={"/etc/web/a": Text("a\n")}))
    assert order(kmop) == [
        "ServiceAccount/web",
        "NetworkPolicy/web",
        "Secret/db",
        "ConfigMap/web-files",
        "Service/web",
        "PodDisruptionBudget/web",
        "Deployment/a-legacy",
        "Deployment/web",
    ]


def test_an_l2_deployment_follows_a_service_it_depends_on(chart: Chart) -> None:
    deployment, web = legacy(chart, "a-legacy"), Microservice(chart, "web", SPEC)
    deployment.node.add_dependency(web)
    assert order(chart)[-1] == "Deployment/a-legacy"


def test_a_service_that_depends_on_an_l2_deployment_comes_after_it(chart: Chart) -> None:
    web, deployment = Microservice(chart, "web", SPEC), legacy(chart, "z-legacy")
    web.node.add_dependency(deployment)
    assert order(chart)[0] == "Deployment/z-legacy"


def test_an_object_without_l2_is_written_with_its_patches(chart: Chart) -> None:
    widget = ApiObject(chart, "widget", api_version="example.com/v1", kind="Widget", metadata={"name": "widget"})
    widget.add_json_patch(JsonPatch.add("/spec", {"size": 2}))
    Microservice(chart, "web", SPEC)
    (written,) = (each for each in objects(chart) if each["kind"] == "Widget")
    assert written == {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "widget", "namespace": "shop"},
        "spec": {"size": 2},
    }


def test_an_included_file_is_written_as_a_plain_chart_writes_it(tmp_path: Path) -> None:
    source = tmp_path / "included.yaml"
    source.write_text(INCLUDED)
    texts: list[str] = []
    for sort in (KmopChart, Chart):
        app = app_in(tmp_path)
        chart = sort(app, "shop", namespace="shop", labels={"team": "shop"})
        Microservice(chart, "web", SPEC)
        Include(chart, "included", url=str(source))
        app.synth()
        texts.append((tmp_path / "shop.k8s.yaml").read_text())
    ours, plain = (sorted(text.split("---\n")) for text in texts)
    assert [each for each in plain if "Widget" in each or "included" in each] == [
        each for each in ours if "Widget" in each or "included" in each
    ]
    assert sum("Widget" in each or "included" in each for each in ours) == 2


def test_nothing_is_written_where_an_l2_object_is_broken(kmop: KmopChart, tmp_path: Path) -> None:
    Microservice(kmop, "web", SPEC)
    kp.Ingress(kmop, "front")
    allow(kmop, "object-invalid", reason="the engine finds it too")
    with pytest.raises(RuntimeError, match="ingress with no rules"):
        App.of(kmop).synth()
    assert list(tmp_path.iterdir()) == []


def test_the_app_that_mixes_both_lets_exactly_its_callers_in(tmp_path: Path) -> None:
    network = Topology(objects(build(app_in(tmp_path))))
    (stock,) = (each for each in network.workloads if each.name != "web")
    assert network.verdict(stock, "Deployment/web", 8080).allowed
    assert network.verdict("web", "stock", 80).allowed
    assert network.verdict(stock, "Deployment/web", 9090).blocked


def test_the_page_shows_the_app_as_it_is() -> None:
    page = (REPOSITORY / "docs" / "cdk8s-plus.md").read_text()
    app = (REPOSITORY / "apps" / "mixed_with_cdk8s_plus.py").read_text()
    body = textwrap.dedent(app.partition("-> KmopChart:\n")[2].partition("\n\nif __name__")[0])
    blocks = [block.partition("```")[0] for block in page.split("```python\n")[1:]]
    assert len(blocks) == 2
    assert [block for block in blocks if block not in body] == []
