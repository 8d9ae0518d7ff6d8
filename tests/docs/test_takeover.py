"""What the page on taking over promises."""

import re
from pathlib import Path

from kmop_constructs import Identity, Image, KmopChart, Microservice, Port, Security, Service, ServiceSpec
from kmop_constructs.testing import Synthesized, synthesize

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "takeover.md").read_text(encoding="utf-8")
NAMES = {each.__name__: each for each in (Identity, Image, Port, Security, Service, ServiceSpec)}


@pytest.fixture
def taken_over(chart: KmopChart) -> Synthesized:
    code = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    known: dict[str, object] = dict(NAMES)
    exec(code, known)
    spec = known["WEB"]
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
