"""A variant of a system is an overlay in Python: two more services, and more on some of those that are there."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from apps import online_boutique_full
from kmop_constructs import Platform
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid
from tests.apps.test_online_boutique import CALLS as BASE_CALLS
from tests.apps.test_online_boutique import SERVICES as BASE_SERVICES
from tests.apps.test_online_boutique import workload

import pytest
import yaml
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[2]

TRACED = (
    "checkoutservice",
    "currencyservice",
    "emailservice",
    "frontend",
    "paymentservice",
    "productcatalogservice",
    "recommendationservice",
)
NOT_PROFILED = ("adservice", "cartservice", "loadgenerator", "productcatalogservice", "redis-cart")

CALLS: dict[str, dict[str, int]] = {caller: dict(callees) for caller, callees in BASE_CALLS.items()}
CALLS["frontend"]["shoppingassistantservice"] = 8080
for traced in TRACED:
    CALLS.setdefault(traced, {})["opentelemetrycollector"] = 4317

SERVICES = sorted([*BASE_SERVICES, "opentelemetrycollector", "shoppingassistantservice"])
WORLD, METADATA = "203.0.113.7", "169.254.169.254"


@pytest.fixture(scope="module")
def boutique(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(online_boutique_full.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


def container(boutique: Synthesized, name: str) -> dict[str, Any]:
    kind, _ = workload(name).split("/")
    return boutique.one(kind, name)["spec"]["template"]["spec"]["containers"][0]


def env(boutique: Synthesized, name: str) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container(boutique, name).get("env", [])}


def test_the_whole_of_online_boutique(boutique: Synthesized, manifests: SnapshotAssertion) -> None:
    assert (len(boutique.pick("Deployment")), len(boutique.pick("StatefulSet"))) == (13, 1)
    assert boutique == manifests


@pytest.mark.parametrize(("caller", "callee"), [(a, b) for a in CALLS for b in CALLS[a]])
def test_a_declared_call_is_open(boutique: Synthesized, caller: str, callee: str) -> None:
    assert_reachable(workload(caller), workload(callee), CALLS[caller][callee], within=boutique)


def test_every_other_pair_of_services_is_blocked(boutique: Synthesized) -> None:
    pairs = [(a, b) for a in SERVICES for b in SERVICES if a != b and b not in CALLS.get(a, {})]
    assert len(pairs) == 14 * 13 - sum(map(len, CALLS.values()))
    for caller, callee in pairs:
        assert_blocked(workload(caller), workload(callee), within=boutique)


def test_a_traced_service_has_the_collector_and_its_name(boutique: Synthesized) -> None:
    found = {name: env(boutique, name) for name in SERVICES if "ENABLE_TRACING" in env(boutique, name)}
    assert tuple(found) == TRACED
    for name, variables in found.items():
        assert variables["COLLECTOR_SERVICE_ADDR"] == "opentelemetrycollector:4317"
        assert variables["OTEL_SERVICE_NAME"] == name


def test_a_switch_of_the_base_is_taken_away_by_the_overlay(boutique: Synthesized) -> None:
    assert [name for name in SERVICES if "DISABLE_PROFILER" in env(boutique, name)] == ["productcatalogservice"]


def test_only_those_that_use_google_apis_reach_the_world(boutique: Synthesized) -> None:
    for address, port in ((WORLD, 443), (METADATA, 80)):
        verdicts = {name: boutique.topology.verdict(workload(name), address, port).allowed for name in SERVICES}
        assert tuple(name for name, allowed in verdicts.items() if not allowed) == NOT_PROFILED


def test_the_collector_reads_what_the_container_before_it_has_written(boutique: Synthesized) -> None:
    pod = boutique.one("Deployment", "opentelemetrycollector")["spec"]["template"]["spec"]
    (before,), (main,) = pod["initContainers"], pod["containers"]
    written = {mount["mountPath"]: mount["name"] for mount in before["volumeMounts"]}
    assert {"mountPath": "/conf", "name": written["/conf"]} in main["volumeMounts"]
    (path,) = [arg.removeprefix("--config=") for arg in main["args"]]
    assert f"> {path}" in before["command"][-1]


def test_the_collector_configuration_is_yaml_with_a_project(boutique: Synthesized) -> None:
    (content,) = boutique.one("ConfigMap", "collector-gateway-config-template")["data"].values()
    config = yaml.safe_load(content.replace("{{PROJECT_ID}}", "acme"))
    assert config["exporters"] == {"googlecloud": {"project": "acme"}}
    assert config["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"] == "0.0.0.0:4317"


def test_the_front_door_is_the_route_and_no_balancer(boutique: Synthesized) -> None:
    assert {each["spec"]["type"] for each in boutique.pick("Service")} == {"ClusterIP"}
    (path,) = boutique.one("Ingress", "frontend-route")["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": "frontend", "port": {"name": "http"}}
    for name in SERVICES:
        assert_blocked(WORLD, workload(name), within=boutique)


def test_nothing_is_noticed(boutique: Synthesized) -> None:
    assert boutique.notices == ()


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    platform: Platform = replace(online_boutique_full.PLATFORM, kubernetes=version)
    assert_valid(synthesize(online_boutique_full.build(app, platform=platform)).objects, version)


@pytest.mark.parametrize("name", ["online_boutique", "online_boutique_full"])
def test_the_page_gives_the_reason_of_every_difference(name: str) -> None:
    page = " ".join((ROOT / "docs/apps/online_boutique.md").read_text(encoding="utf-8").split())
    accepted = yaml.safe_load((ROOT / f"tests/apps/{name}.accept.yaml").read_text(encoding="utf-8"))["accept"]
    assert accepted
    for entry in accepted:
        assert entry["reason"] in page
