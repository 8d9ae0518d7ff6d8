"""Objects of every origin are checked against the schema of the platform's version of Kubernetes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

from kmop_constructs.checks.api.definitions import NEWEST, OLDEST, definitions_of
from kmop_constructs.checks.api.walk import depends_on_object
from kmop_constructs.core.allowances import allow
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.model import model_of
from kmop_constructs.patch import Add, Replace
from kmop_constructs.values.image import Image
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.platform import Platform
from kmop_constructs.workloads.spec import ServiceSpec
from tests.checks.conftest import budget, deployment, draw, errors, foreign, ingress, notices, service, thing

import pytest
from cdk8s import App, Chart, Include
from cdk8s_plus_27 import k8s

RULES = ("[object-schema]", "[object-invalid]", "[object-warning]")


def found(app: App) -> list[str]:
    """What the rules of this file find."""
    return [each for each in errors(app) if each.endswith(RULES)]


def workload(service: Microservice) -> Manifest:
    """The Deployment of a service."""
    return cast(Manifest, service.node.find_child("deployment"))


def test_an_unknown_field_names_the_most_similar_field(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(replica=2))

    assert errors(app) == [
        (
            "shop/deployment-api-0: Deployment shop/api: spec has the unknown field 'replica'; write 'replicas', remove it, or "
            "correct its name [object-schema]"
        )
    ]


def test_objects_of_l1_are_checked_against_the_schema(app: App) -> None:
    chart = Chart(app, "l1", namespace="shop", disable_resource_name_hashes=True)
    model_of(app)
    k8s.KubeService(chart, "web", spec=k8s.ServiceSpec(ports=[k8s.ServicePort(port=80, protocol="HTTP")]))

    assert found(app) == [
        (
            "l1/web: Service shop/l1-web: spec.ports[0].protocol is not a value of this field, got 'HTTP'; write one of 'SCTP', "
            "'TCP', 'UDP' [object-schema]"
        )
    ]


def test_objects_of_an_included_file_are_checked_too(app: App, tmp_path: Path) -> None:
    model_of(app)
    file = tmp_path / "upstream.yaml"
    file.write_text(
        "apiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {port: 8080}}\n",
        encoding="utf-8",
    )
    Include(Chart(app, "included", namespace="shop"), "upstream", url=str(file))

    (message,) = found(app)
    assert "ConfigMap settings: data.port is not text, got a int that is not shown" in message


def test_patched_objects_are_checked(app: App, shop: KmopChart) -> None:
    web = Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=8080))
    workload(web).patch(Replace("/spec/replicas", "two"))

    assert found(app) == [
        (
            "shop/web/deployment: Deployment shop/web: spec.replicas is not a whole number, got 'two'; write a whole number "
            "without quotes [object-schema]"
        )
    ]


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        (
            thing("policy/v1beta1", "PodDisruptionBudget", "a", {}),
            "apiVersion has no kind PodDisruptionBudget in Kubernetes 1.30, got 'policy/v1beta1'; write 'policy/v1'",
        ),
        (
            thing("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", "a", {}),
            (
                "apiVersion has had no kind FlowSchema since Kubernetes 1.29, and the platform has 1.30, got "
                "'flowcontrol.apiserver.k8s.io/v1beta2'; write 'flowcontrol.apiserver.k8s.io/v1' or "
                "'flowcontrol.apiserver.k8s.io/v1beta3'"
            ),
        ),
        (
            thing("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy", "a", {}),
            "has the kind MutatingAdmissionPolicy from Kubernetes 1.36 on, and the platform has 1.30",
        ),
        (thing("extensions/v1beta1", "Ingress", "a", {}), "got 'extensions/v1beta1'; write 'networking.k8s.io/v1'"),
        (thing("apps/v1", "Deploymnt", "a", {}), "write 'Deployment', or remove the object"),
    ],
    ids=["former", "removed", "newer", "extensions", "misspelled"],
)
def test_an_api_version_without_the_kind_is_an_error(
    app: App, plain: Chart, literal: dict[str, Any], message: str
) -> None:
    foreign(plain, literal)

    assert message in found(app)[0]


def test_the_version_is_that_of_the_platform_of_the_chart(app: App) -> None:
    pauses = {"preStop": {"sleep": {"seconds": 5}}}
    draw(KmopChart(app, "old", namespace="old", platform=Platform(kubernetes="1.27")), deployment(lifecycle=pauses))
    draw(KmopChart(app, "new", namespace="new", platform=Platform(kubernetes="1.30")), deployment(lifecycle=pauses))

    (message,) = found(app)
    assert message.startswith(
        "old/deployment-api-0: Deployment old/api: spec.template.spec.containers[0].lifecycle.preStop"
    )
    assert "has the unknown field 'sleep'" in message


def test_the_platform_of_a_service_counts_for_its_objects(app: App, shop: KmopChart) -> None:
    web = Microservice(
        shop, "web", ServiceSpec(image=Image("acme/web:1"), port=8080), platform=Platform(kubernetes="1.34")
    )
    rules = [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]
    path = "/spec/template/spec/containers/0"
    workload(web).patch(Add(f"{path}/restartPolicy", "Never"), Add(f"{path}/restartPolicyRules", rules))

    assert found(app) == []


def test_without_a_platform_the_oldest_of_the_app_counts(app: App, plain: Chart) -> None:
    KmopChart(app, "shop", namespace="shop", platform=Platform(kubernetes="1.27"))
    Microservice(
        KmopChart(app, "web", namespace="web", platform=Platform(kubernetes="1.27")),
        "web",
        ServiceSpec(image=Image("acme/web:1"), port=8080),
    )
    foreign(plain, deployment(lifecycle={"preStop": {"sleep": {"seconds": 5}}}))

    assert "plain/deployment-api-0" in found(app)[0]


def test_a_newer_kubernetes_has_the_newest_known_schemas(app: App) -> None:
    shop = KmopChart(app, "shop", namespace="shop", platform=Platform(kubernetes=f"1.{NEWEST + 5}"))
    draw(shop, deployment(replica=2))

    assert len(found(app)) == 1


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        (deployment(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}), "requests.cpu is more than the limit '1', got '2'"),
        (deployment(ports=[{"name": "HTTP", "containerPort": 80}]), "ports[0].name is not a port name"),
        (deployment(volumeMounts=[{"name": "data", "mountPath": "/data"}]), "volumeMounts[0].name is not a volume of the pod, which has none, got 'data'"),
        (deployment(labels={"app": "api", "note": "two words"}, selector={"matchLabels": {"app": "api"}}), "labels.note is not at most 63 letters"),
        (budget(minAvailable=1, maxUnavailable=1), "spec has minAvailable and maxUnavailable, which exclude each other"),
        (service(port=80, nodePort=30080), "nodePort is not possible with the type ClusterIP, got 30080"),
        (ingress(path="api"), "paths[0].path does not start with '/', got 'api'"),
        (thing("v1", "ConfigMap", "a", data={"a b": "x"}), "data['a b'] is not a key"),
    ],
    ids=["limit", "port", "mount", "label", "budget", "service", "ingress", "key"],
)  # fmt: skip
def test_values_that_contradict_each_other_are_errors(
    app: App, plain: Chart, literal: dict[str, Any], message: str
) -> None:
    foreign(plain, literal)

    (each,) = [each for each in found(app) if each.endswith("[object-invalid]")]
    assert message in each


def test_two_ports_of_one_number_are_an_error_in_our_objects(app: App, shop: KmopChart, plain: Chart) -> None:
    ports = [{"name": "http", "containerPort": 8080}, {"name": "web", "containerPort": 8080}]
    draw(shop, deployment("ours", ports=ports))
    foreign(plain, deployment("theirs", ports=ports))

    assert found(app) == [
        (
            "shop/deployment-ours-0: Deployment shop/ours: spec.template.spec.containers[0].ports[1].containerPort occurs twice in "
            "the container, for TCP, got 8080; remove one of the two [object-warning]"
        )
    ]


def test_the_same_mistake_in_several_items_is_one_finding(app: App, plain: Chart) -> None:
    foreign(plain, deployment(env=[{"name": name, "valeu": "x"} for name in "abc"]))

    (message,) = found(app)
    assert "env[0] has the unknown field 'valeu' (and 2 more of this kind); write 'value'" in message


def test_no_value_that_may_be_secret_is_shown(app: App, plain: Chart) -> None:
    foreign(
        plain,
        deployment(env=[{"name": "PASSWORD", "value": 31415926}, "TOKEN=31415926"], args=[31415926]),
        thing("v1", "Secret", "login", stringData={"word": 31415926}, data={"key": "31415926!"}, type=31415926),
        thing("v1", "ConfigMap", "settings", data={"word": 31415926}),
    )

    text = "\n".join(found(app))
    assert text.count("[object-schema]") == 7
    assert "31415926" not in text


def test_a_long_value_is_shortened_in_the_message(app: App, plain: Chart) -> None:
    foreign(plain, service(targetPort="n" * 5_000))

    (message,) = found(app)
    assert "n" * 298 + "…;" in message
    assert "n" * 300 not in message


def route(**spec: Any) -> dict[str, Any]:
    return thing("gateway.networking.k8s.io/v1", "HTTPRoute", "a", spec)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"hostname": ["a.io"]}, "spec has the unknown field 'hostname'; write 'hostnames'"),
        ({"hostnames": "a.io"}, "spec.hostnames is not a list, got 'a.io'; write a list"),
        ({"rules": [{"matches": [{"method": "get"}]}]}, "method is not one of 'GET', 'HEAD'"),
        ({"rules": [{"backendRefs": [{"name": "a", "port": 0}]}]}, "port is less than 1, got 0"),
        ({"parentRefs": [{"namespace": "a"}]}, "spec.parentRefs[0].name is missing; set it"),
    ],
    ids=["unknown", "type", "enum", "range", "missing"],
)
def test_custom_resources_are_checked_against_their_definition(
    app: App, shop: KmopChart, spec: dict[str, Any], message: str
) -> None:
    draw(shop, route(**spec))

    assert message in found(app)[0]


def test_a_foreign_custom_resource_has_a_notice(app: App, plain: Chart) -> None:
    """The definitions in the cluster may be newer than those that are pinned."""
    foreign(plain, route(hostname=["a.io"]))

    assert found(app) == []
    assert "has the unknown field 'hostname'" in notices(app)[0]


def widget(size: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A definition and an object of its kind."""
    size_schema = {"type": "integer", "minimum": 1}
    spec = {
        "type": "object",
        "properties": {"size": size_schema, "mode": {"type": "string", "default": "a"}},
        "required": ["mode"],
    }
    schema = {"type": "object", "properties": {"spec": spec}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Widget", "plural": "widgets"}
    definition = {"group": "acme.io", "scope": "Namespaced", "names": names, "versions": [version]}
    crd = thing("apiextensions.k8s.io/v1", "CustomResourceDefinition", "widgets.acme.io", definition)
    return crd, thing("acme.io/v1", "Widget", "a", {"size": size})


def test_a_definition_of_the_app_counts_for_its_objects(app: App, plain: Chart) -> None:
    foreign(plain, *widget(0))

    assert found(app) == [
        "plain/widget-a-1: Widget shop/a: spec.size is less than 1, got 0; correct it [object-schema]"
    ]


def test_a_right_object_of_an_own_definition_passes(app: App, plain: Chart) -> None:
    foreign(plain, *widget(1))

    assert found(app) == []


def test_a_kind_without_a_definition_is_left_alone(app: App, plain: Chart) -> None:
    foreign(plain, thing("acme.io/v1", "Widget", "a", {"anything": [1, {"b": None}]}))

    assert found(app) == []


def test_the_rule_can_be_allowed(app: App, plain: Chart) -> None:
    foreign(plain, deployment(replica=2))
    allow(plain, "object-schema", reason="a webhook of ours corrects it")

    assert found(app) == []


@pytest.mark.parametrize("minor", range(OLDEST, NEWEST + 1))
def test_what_holds_pods_is_checked_for_each_object(minor: int) -> None:
    """Checks of pods depend on the kind around them, so equal values are not checked once for all kinds."""
    definitions = definitions_of(minor)
    known = {definitions.name_of("v1", "Pod"), "io.k8s.api.core.v1.PodSpec"}
    holding: set[str] = {"io.k8s.api.core.v1.PodSpec"}
    before = 0
    while len(holding) > before:
        before = len(holding)
        holding |= {name for name in definitions.names if _refers(definitions.schema(name)) & holding}

    assert known <= holding
    assert [name for name in sorted(holding) if not depends_on_object(name, definitions.schema(name))] == []


def _refers(schema: Any) -> set[str]:
    """The definitions that a definition uses directly."""
    return set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema)))
