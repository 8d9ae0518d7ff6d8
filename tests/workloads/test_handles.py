"""Handles: what constructs of cdk8s-plus-27 are given of a workload of ours, in a chart of ours and in a plain one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from kmop_constructs import (
    Account,
    Image,
    KmopChart,
    Microservice,
    Port,
    SecretKey,
    Service,
    ServiceSpec,
    SpecError,
    Text,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.core.reachability import Topology

import cdk8s_plus_27 as kp
import jsii._kernel.providers.process as engine
import pytest
import yaml
from cdk8s import App, Chart

Object = dict[str, Any]

IMAGE = Image("ghcr.io/acme/web:1.0.0")
SPEC = ServiceSpec(image=IMAGE, port=8080)
NO_GATEWAY = "no request is sent here"
WEB_PODS = {"app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "web"}
IN_SHOP = {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}


@pytest.fixture(params=[KmopChart, Chart])
def chart(request: pytest.FixtureRequest, tmp_path: Path) -> Chart:
    return request.param(App(outdir=str(tmp_path)), "shop", namespace="shop")


@pytest.fixture(params=[KmopChart, Chart])
def chart_without_namespace(request: pytest.FixtureRequest, tmp_path: Path) -> Chart:
    return request.param(App(outdir=str(tmp_path)), "shop")


def written(chart: Chart) -> str:
    app = App.of(chart)
    app.synth()
    return (Path(app.outdir) / "shop.k8s.yaml").read_text()


def drawn(chart: Chart, kind: str) -> list[Object]:
    return [item for item in yaml.safe_load_all(written(chart)) if item["kind"] == kind]


def one(chart: Chart, kind: str, without: str = "web") -> Object:
    (found,) = (item for item in drawn(chart, kind) if item["metadata"]["name"] != without)
    return found


def topology(chart: Chart) -> Topology:
    return Topology(yaml.safe_load_all(written(chart)))


def legacy(chart: Chart, id: str = "legacy", **options: Any) -> kp.Deployment:
    container = kp.ContainerProps(image="ghcr.io/acme/legacy:1.0.0", port_number=3000)
    metadata = {"name": id}
    return kp.Deployment(chart, id, metadata=metadata, containers=[container], **options)


def test_a_policy_from_pods_selects_the_pods_of_the_workload(chart: Chart) -> None:
    web = Microservice(chart, "web", SPEC)
    kp.NetworkPolicy(chart, "more", selector=web.pods)
    policy, (deployment,) = one(chart, "NetworkPolicy"), drawn(chart, "Deployment")
    assert policy["spec"]["podSelector"] == deployment["spec"]["selector"] == {"matchLabels": WEB_PODS}
    assert policy["metadata"]["namespace"] == "shop"


def test_a_policy_made_from_pods_lets_l2_pods_in(chart: Chart) -> None:
    web, caller = Microservice(chart, "web", SPEC), legacy(chart)
    policy = kp.NetworkPolicy(chart, "more", selector=web.pods)
    policy.add_ingress_rule(caller, [kp.NetworkPolicyPort.tcp(8080)])
    network = topology(chart)
    assert network.verdict("legacy", "Deployment/web", 8080).allowed
    assert network.verdict("legacy", "Deployment/web", 9090).blocked


def test_pods_are_a_peer_in_their_own_namespace(chart: Chart) -> None:
    web, callee = Microservice(chart, "web", SPEC), legacy(chart)
    kp.NetworkPolicy(chart, "more", selector=callee).add_ingress_rule(web.pods)
    (rule,) = one(chart, "NetworkPolicy")["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": WEB_PODS}, "namespaceSelector": IN_SHOP}]


def test_connections_of_an_l2_workload_open_both_sides(chart: Chart) -> None:
    web, other = Microservice(chart, "web", SPEC), legacy(chart, isolate=True)
    other.connections.allow_to(web.pods, ports=[kp.NetworkPolicyPort.tcp(8080)])
    network = topology(chart)
    assert network.verdict("legacy", "Deployment/web", 8080).allowed
    assert network.verdict("web", "legacy", 3000).blocked


def test_two_l2_workloads_may_connect_to_the_same_pods(chart: Chart) -> None:
    web = Microservice(chart, "web", SPEC)
    for id in ("legacy-a", "legacy-b"):
        legacy(chart, id).connections.allow_to(web.pods, ports=[kp.NetworkPolicyPort.tcp(8080)])
    network = topology(chart)
    assert network.verdict("legacy-a", "Deployment/web", 8080).allowed
    assert network.verdict("legacy-b", "Deployment/web", 8080).allowed


def test_an_affinity_to_pods_stays_in_their_namespace(chart: Chart) -> None:
    legacy(chart).scheduling.separate(Microservice(chart, "web", SPEC).pods)
    affinity = one(chart, "Deployment")["spec"]["template"]["spec"]["affinity"]
    (term,) = affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["labelSelector"] == {"matchLabels": WEB_PODS}
    assert (term["namespaces"], term.get("namespaceSelector")) == (["shop"], None)


def test_pods_without_a_namespace_are_selected_by_label(chart_without_namespace: Chart) -> None:
    chart = chart_without_namespace
    policy = kp.NetworkPolicy(chart, "more", selector=legacy(chart))
    policy.add_ingress_rule(Microservice(chart, "web", SPEC).pods)
    (rule,) = one(chart, "NetworkPolicy")["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": WEB_PODS}}]


def test_a_role_is_bound_to_the_service_account(chart: Chart) -> None:
    kp.Role(chart, "reader").bind(Microservice(chart, "web", SPEC).service_account)
    (subject,) = one(chart, "RoleBinding")["subjects"]
    assert subject == {"kind": "ServiceAccount", "name": "web", "namespace": "shop", "apiGroup": ""}


def test_two_roles_are_bound_to_one_service_account(chart: Chart) -> None:
    web = Microservice(chart, "web", SPEC)
    for id in ("reader", "writer"):
        kp.Role(chart, id, metadata={"name": id}).bind(web.service_account)
    bindings = drawn(chart, "RoleBinding")
    assert {each["roleRef"]["name"] for each in bindings} == {"reader", "writer"}
    assert len({each["metadata"]["name"] for each in bindings}) == 2


def test_the_service_account_is_the_one_that_the_pods_run_as(chart: Chart) -> None:
    web = Microservice(chart, "web", ServiceSpec(image=IMAGE, port=8080, account=Account(name="shared", create=False)))
    assert web.service_account.name == "shared"


def test_an_unknown_namespace_of_an_account_is_not_default(chart_without_namespace: Chart) -> None:
    chart = chart_without_namespace
    kp.Role(chart, "reader").bind(Microservice(chart, "web", SPEC).service_account)
    (subject,) = one(chart, "RoleBinding")["subjects"]
    assert subject["namespace"] == ""


def test_an_ingress_routes_to_the_service(chart: Chart) -> None:
    web = Microservice(chart, "web", ServiceSpec(image=IMAGE, port=Port(8080, service_port=80)))
    allow(chart, "route-blocked", reason=NO_GATEWAY)
    ingress = kp.Ingress(chart, "front")
    ingress.add_host_rule("shop.example.com", "/", kp.IngressBackend.from_service(web.service))
    (rule,) = one(chart, "Ingress")["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"] == {"service": {"name": "web", "port": {"number": 80}}}
    assert rule["host"] == "shop.example.com"


def test_an_ingress_chooses_among_the_ports_that_the_service_offers(chart: Chart) -> None:
    more = (Port.grpc(9090), Port(9100, name="metrics", exposed=False))
    web = Microservice(chart, "web", ServiceSpec(image=IMAGE, port=(8080, *more)))
    assert [port.port for port in web.service.ports] == [8080, 9090]
    kp.IngressBackend.from_service(web.service, port=9090)
    with pytest.raises(RuntimeError, match="service exposes ports 8080,9090"):
        kp.IngressBackend.from_service(web.service, port=9100)


def test_the_service_has_the_name_that_callers_use(chart: Chart) -> None:
    spec = ServiceSpec(image=IMAGE, port=8080, service=Service(name="front"))
    web = Microservice(chart, "web", spec)
    assert web.service.name == "front" == drawn(chart, "Service")[0]["metadata"]["name"]


def test_an_ingress_that_is_made_from_the_service_is_drawn(chart: Chart) -> None:
    allow(chart, "route-blocked", reason=NO_GATEWAY)
    Microservice(chart, "web", SPEC).service.expose_via_ingress("/")
    assert one(chart, "Ingress")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] == "web"


def test_a_worker_has_pods_but_no_service(chart: Chart) -> None:
    worker = Worker(chart, "mailer", WorkerSpec(image=IMAGE))
    kp.NetworkPolicy(chart, "more", selector=worker.pods)
    assert one(chart, "NetworkPolicy", without="mailer")["spec"]["podSelector"]["matchLabels"] == {
        "app.kubernetes.io/name": "mailer",
        "app.kubernetes.io/instance": "mailer",
    }
    with pytest.raises(SpecError, match="shop/mailer: service: the workload has no Service"):
        _ = worker.service


def test_an_l2_deployment_mounts_the_files_of_the_service(chart: Chart) -> None:
    web = Microservice(chart, "web", ServiceSpec(image=IMAGE, port=8080, files={"/etc/web/tax.csv": Text("DE,19\n")}))
    volume = kp.Volume.from_config_map(chart, "tax", web.config_map)
    legacy(chart).containers[0].mount("/etc/legacy", volume)
    pod = one(chart, "Deployment")["spec"]["template"]["spec"]
    (config_map,) = drawn(chart, "ConfigMap")
    assert [each["configMap"]["name"] for each in pod["volumes"]] == [config_map["metadata"]["name"]]
    assert pod["containers"][0]["volumeMounts"][0]["mountPath"] == "/etc/legacy"


def test_a_service_without_files_of_its_own_has_no_config_map(chart: Chart) -> None:
    web = Microservice(chart, "web", SPEC)
    with pytest.raises(SpecError, match="shop/web: config_map: the workload has no ConfigMap"):
        _ = web.config_map


def test_an_l2_deployment_reads_a_secret_of_the_service(chart: Chart) -> None:
    env = {"DB_URL": SecretKey("db", "url", external=True)}
    web = Microservice(chart, "web", ServiceSpec(image=IMAGE, port=8080, env=env))
    legacy(chart).containers[0].env.add_variable("DB", web.secret("db").env_value("url"))
    (variable,) = one(chart, "Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert variable == {"name": "DB", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}}


def test_a_secret_that_the_service_does_not_use_is_refused(chart: Chart) -> None:
    env = {"DB_URL": SecretKey("db", "url", external=True)}
    image = Image("ghcr.io/acme/web:1.0.0", pull_secrets=("registry",))
    web = Microservice(chart, "web", ServiceSpec(image=image, port=8080, env=env))
    assert web.secret("registry").name == "registry"
    with pytest.raises(SpecError, match="shop/web: secret: .* got 'bd'; use one of: db, registry"):
        web.secret("bd")


def test_handles_change_nothing_that_is_written(chart: Chart, tmp_path: Path) -> None:
    spec = ServiceSpec(
        image=IMAGE, port=8080, env={"DB": SecretKey("db", "url", external=True)}, files={"/etc/web/a": Text("a\n")}
    )
    other = type(chart)(App(outdir=str(tmp_path / "other")), "shop", namespace="shop")
    Microservice(other, "web", spec)
    web = Microservice(chart, "web", spec)
    assert all([web.pods, web.service_account, web.config_map, web.service, web.secret("db")])
    assert written(chart) == written(other)


def test_handles_stay_out_of_the_way_of_other_ids(chart: Chart) -> None:
    spec = ServiceSpec(image=IMAGE, port=8080, service=(Service(), Service(name="account"), Service(name="pods")))
    web = Microservice(chart, "web", spec)
    assert all([web.pods, web.service_account, web.service])
    assert web.pods.node.path == "shop/web/cdk8s-plus/pods"


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to the engine from here on."""
    sent: list[str] = []
    send: Any = engine._NodeProcess.send  # pyright: ignore[reportPrivateUsage]

    def counted(process: object, request: object, response: object) -> object:
        sent.append(f"{type(request).__name__} {getattr(request, 'fqn', '')}".strip())
        return send(process, request, response)

    monkeypatch.setattr(engine._NodeProcess, "send", counted)  # pyright: ignore[reportPrivateUsage]
    return sent


def test_a_handle_is_made_once(chart: Chart, messages: list[str]) -> None:
    spec = ServiceSpec(
        image=IMAGE, port=8080, env={"DB": SecretKey("db", "url", external=True)}, files={"/etc/web/a": Text("a\n")}
    )
    web = Microservice(chart, "web", spec)
    first = [web.pods, web.service_account, web.config_map, web.service, web.secret("db")]
    messages.clear()
    again = [web.pods, web.service_account, web.config_map, web.service, web.secret("db")]
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert messages == []


def test_a_service_without_handles_costs_no_message(chart: Chart, messages: list[str]) -> None:
    Microservice(chart, "other", SPEC)
    messages.clear()
    web = Microservice(chart, "web", SPEC)
    assert web.path == "shop/web"
    objects = ["Deployment", "ServiceAccount", "PodDisruptionBudget", "Service", "NetworkPolicy"]
    created = ["CreateRequest constructs.Construct", *["CreateRequest cdk8s.ApiObject"] * len(objects)]
    # A plain chart asks its objects themselves.
    assert messages == ([] if isinstance(chart, KmopChart) else created)


LAZY = """
import sys
from kmop_constructs import Image, KmopChart, Microservice, ServiceSpec
from cdk8s import App
app = App(outdir=sys.argv[1])
chart = KmopChart(app, "shop", namespace="shop")
web = Microservice(chart, "web", ServiceSpec(image=Image("ghcr.io/acme/web:1.0.0"), port=8080))
app.synth()
before = "cdk8s_plus_27" in sys.modules
web.pods
print(before, "cdk8s_plus_27" in sys.modules)
"""


def test_cdk8s_plus_is_imported_with_the_first_handle_only(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LAZY, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
