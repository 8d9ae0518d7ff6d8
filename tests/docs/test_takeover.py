"""What the page on taking over promises."""

import re
from pathlib import Path

from kmop_constructs import (
    Identity,
    Image,
    KmopChart,
    Microservice,
    NativeNamespace,
    Port,
    Security,
    Service,
    ServiceSpec,
    StatefulService,
    StatefulSpec,
)
from kmop_constructs.testing import Synthesized, synthesize

import pytest
from cdk8s import App

PAGE = (Path(__file__).parents[2] / "docs" / "takeover.md").read_text(encoding="utf-8")
NAMES = {each.__name__: each for each in (Identity, Image, Port, Security, Service, ServiceSpec, StatefulSpec)}


def run_blocks() -> dict[str, object]:
    known: dict[str, object] = dict(NAMES)
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, known)
    return known


@pytest.fixture
def taken_over(chart: KmopChart) -> Synthesized:
    spec = run_blocks()["WEB"]
    assert isinstance(spec, ServiceSpec)
    return synthesize(Microservice(chart, "web", spec))


def test_name_and_selector_of_the_workload_are_kept(taken_over: Synthesized) -> None:
    deployment = taken_over.one("Deployment", "legacy-web")["spec"]
    assert deployment["selector"] == {"matchLabels": {"app": "web"}}
    assert deployment["template"]["metadata"]["labels"]["app"] == "web"


def test_the_service_selects_old_and_new_pods_alike(taken_over: Synthesized) -> None:
    service = taken_over.one("Service", "web")["spec"]
    assert service["selector"] == {"app": "web"}
    assert service["ports"][0]["port"] == 80


def test_the_budget_means_old_and_new_pods_alike(taken_over: Synthesized) -> None:
    budget = taken_over.one("PodDisruptionBudget")["spec"]
    assert budget["selector"] == {"matchLabels": {"app": "web"}}


def test_nothing_is_closed_in_the_first_step(taken_over: Synthesized) -> None:
    assert not taken_over.pick("NetworkPolicy")


def test_a_baseline_namespace_admits_root_as_written(chart: KmopChart) -> None:
    root = run_blocks()["ROOT"]
    assert isinstance(root, Security)
    NativeNamespace(chart, "namespace", pod_security="baseline")
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, security=root)
    pod = synthesize(Microservice(chart, "web", spec)).one("Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == 0
    assert pod["containers"][0]["securityContext"]["capabilities"] == {
        "add": ["CHOWN", "SETGID", "SETUID"],
        "drop": ["ALL"],
    }


def test_another_kind_keeps_names_and_selector(chart: KmopChart) -> None:
    store = run_blocks()["STORE"]
    assert isinstance(store, StatefulSpec)
    result = synthesize(StatefulService(chart, "anything", store))
    assert result.one("StatefulSet", "store")["spec"]["selector"] == {"matchLabels": {"app": "store"}}
    assert result.one("Service", "store")["spec"]["selector"] == {"app": "store"}
    assert result.one("NetworkPolicy", "store")["spec"]["podSelector"] == {"matchLabels": {"app": "store"}}


def test_a_workload_with_its_id_keeps_its_selector(chart: KmopChart) -> None:
    image = Image("acme/store:1")
    before = synthesize(Microservice(chart, "store", ServiceSpec(image=image, port=9000))).one("Deployment")
    other = KmopChart(App(), "shop", namespace="shop")
    after = synthesize(StatefulService(other, "store", StatefulSpec(image=image, port=9000))).one("StatefulSet")
    assert before["spec"]["selector"] == after["spec"]["selector"]
