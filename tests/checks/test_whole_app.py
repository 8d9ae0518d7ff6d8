"""A failing app writes nothing and says everything; what is right is allowed by name."""

from __future__ import annotations

from pathlib import Path

from kmop_constructs.core.allowances import allow
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.edges import ExternalHost, ServiceRef
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.errors import CheckError
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.files import Text
from kmop_constructs.values.image import Image
from kmop_constructs.values.ports import Port
from kmop_constructs.workloads.microservice import Microservice, Worker
from kmop_constructs.workloads.spec import ServiceSpec, WorkerSpec
from tests.checks.conftest import deployment, draw, errors, foreign, notices, policy, service

import cdk8s_plus_27 as kp
import pytest
from cdk8s import App, Chart, Include, Testing
from cdk8s_plus_27 import k8s

BAD = "reads the Secret 'stripe', key 'key', which this app does not draw"


def failing(app: App) -> KmopChart:
    """A good chart that would be written first, and a bad one."""
    Microservice(KmopChart(app, "a-good", namespace="good"), "web", ServiceSpec(image=Image("acme/web:1"), port=8080))
    shop = KmopChart(app, "shop", namespace="shop")
    Worker(shop, "mail", WorkerSpec(image=Image("acme/mail:1"), env={"KEY": SecretKey("stripe", "key")}))
    draw(shop, service("lost", targetPort="http"))
    return shop


def test_a_default_service_has_no_error(app: App, shop: KmopChart) -> None:
    Microservice(shop, "web", ServiceSpec(image=Image("nginxinc/nginx-unprivileged:1.27.2"), port=8080))

    assert errors(app) == []
    assert [each.rpartition(" ")[2] for each in notices(app)] == ["[resources-guessed]"]


def test_services_that_call_each_other_have_no_error(app: App, shop: KmopChart) -> None:
    web = Microservice(
        shop,
        "web",
        ServiceSpec(image=Image("acme/web:1"), port=80, health="/", files={"/etc/app.yaml": Text("a: 1\n")}),
        uses=[ServiceRef("api", port=9090).grpc(), ExternalHost("api.stripe.com").http()],
    )
    Microservice(shop, "api", ServiceSpec(image=Image("acme/api:1"), port=Port.grpc(9090)), uses=[web.http()])

    assert errors(app) == []


def test_a_failing_app_writes_nothing(app: App, tmp_path: Path) -> None:
    failing(app)

    with pytest.raises(CheckError):
        app.synth()
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("synth", ["synth", "synth_yaml"])
def test_every_finding_is_listed_at_its_construct_path(app: App, synth: str) -> None:
    failing(app)

    with pytest.raises(CheckError) as caught:
        getattr(app, synth)()
    head, *found = str(caught.value).splitlines()
    assert head == "2 findings; nothing was written"
    assert found[0].startswith(f"  shop/mail/deployment: {BAD}")
    assert found[1].startswith("  shop/service-lost-0: selects no pods of this app")


def test_a_chart_of_ours_that_is_rendered_alone_is_checked(app: App) -> None:
    with pytest.raises(RuntimeError, match=BAD):
        Testing.synth(failing(app))


def test_the_engine_checks_a_plain_chart_that_is_rendered_alone(app: App) -> None:
    chart = Chart(app, "plain", namespace="shop")
    Worker(chart, "mail", WorkerSpec(image=Image("acme/mail:1"), env={"KEY": SecretKey("stripe", "key")}))

    with pytest.raises(RuntimeError, match=f"Validation failed with the following errors:(.|\n)*{BAD}"):
        Testing.synth(chart)


def test_an_allowance_covers_what_is_below_its_construct(app: App) -> None:
    shop = failing(app)
    allow(shop, "reference-missing", reason="the pipeline makes it")
    allow(shop, "selector-no-pods", reason="the operator makes them")

    assert errors(app) == []


def test_an_allowance_of_one_construct_is_none_of_another(app: App) -> None:
    shop = failing(app)
    other = Worker(shop, "other", WorkerSpec(image=Image("acme/mail:1")))
    allow(other, "reference-missing", reason="the pipeline makes it")

    assert BAD in errors(app)[0]


def test_what_can_only_fail_in_the_cluster_cannot_be_allowed(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(selector={"matchLabels": {"app": "web"}}))
    allow(shop, "selector-own-pods", reason="I know better")

    assert "[selector-own-pods]" in errors(app)[0]


def test_an_allowance_that_is_not_needed_is_noticed(app: App, shop: KmopChart) -> None:
    allow(shop, "reference-missing", reason="once")
    draw(shop, deployment())

    assert notices(app) == [
        "shop: allows 'reference-missing', which has no finding here; remove the allowance [stale-allowance]"
    ]


def test_an_allowance_of_an_unknown_rule_names_the_most_similar_one(app: App, shop: KmopChart) -> None:
    allow(shop, "refrence-misssing", reason="once")
    draw(shop, deployment())

    (found,) = notices(app)
    assert found == (
        "shop: allows a rule that does not exist, got 'refrence-misssing'; write the id of a rule, such as the most similar, "
        "'reference-missing' [stale-allowance]"
    )


def ours_beside(app: App) -> None:
    """One construct of ours is enough for the whole app to be checked."""
    Manifest(KmopChart(app, "ours"), "a", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})


def test_objects_of_l1_are_checked(app: App) -> None:
    ours_beside(app)
    chart = Chart(app, "l1", namespace="shop", disable_resource_name_hashes=True)
    k8s.KubeDeployment(
        chart,
        "web",
        spec=k8s.DeploymentSpec(
            selector=k8s.LabelSelector(match_labels={"app": "web"}),
            template=k8s.PodTemplateSpec(
                metadata=k8s.ObjectMeta(labels={"app": "api"}),
                spec=k8s.PodSpec(containers=[k8s.Container(name="app", image="acme/web:1")]),
            ),
        ),
    )

    assert errors(app)[0].startswith("l1/web: does not select its own pods, got the selector app=web and pods with")


def test_objects_of_l2_are_checked(app: App) -> None:
    ours_beside(app)
    chart = Chart(app, "l2", namespace="shop")
    nobody = kp.Pods.select(chart, "nobody", labels={"app": "nobody"})
    kp.Service(chart, "web", ports=[kp.ServicePort(port=80)], selector=nobody)

    assert notices(app)[0].startswith("l2/web/Resource: selects no pods of this app, got the selector app=nobody;")


def test_an_l2_deployment_in_a_chart_of_ours_has_no_error(app: App, shop: KmopChart) -> None:
    web = kp.Deployment(shop, "web", containers=[kp.ContainerProps(image="acme/web:1", port_number=8080)])
    web.expose_via_service(ports=[kp.ServicePort(port=80, target_port=8080)])
    kp.HorizontalPodAutoscaler(shop, "scale", target=web, max_replicas=5)

    assert errors(app) == []


def test_objects_of_an_included_file_are_checked(app: App, tmp_path: Path) -> None:
    ours_beside(app)
    file = tmp_path / "upstream.yaml"
    file.write_text(
        "apiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: v1, kind: Service, metadata: {name: 1up}, spec: {ports: [{port: 80}]}}\n",
        encoding="utf-8",
    )
    Include(Chart(app, "included", namespace="shop"), "upstream", url=str(file))

    (found,) = errors(app)
    assert found.startswith("included/upstream/")
    assert "starting with a letter, got '1up'" in found


def test_a_plain_chart_with_a_service_of_ours_is_checked(app: App, plain: Chart) -> None:
    Microservice(plain, "web", ServiceSpec(image=Image("acme/web:1"), port=8080))
    foreign(plain, policy("web-too", podSelector={"matchLabels": {"app": "nobody"}}))

    assert errors(app) == []
    assert any(each.startswith("plain/networkpolicy-web-too-0: selects no pods") for each in notices(app))
