"""A compose file on Kubernetes: who calls whom is known from the sources, and start order is what needs one."""

from dataclasses import replace
from pathlib import Path

from apps import petclinic
from kmop_constructs import Platform
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
import yaml
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[2]

PORTS = {
    "admin-server": 9090,
    "api-gateway": 8080,
    "config-server": 8888,
    "customers-service": 8081,
    "discovery-server": 8761,
    "genai-service": 8084,
    "grafana-server": 3000,
    "prometheus-server": 9090,
    "tracing-server": 9411,
    "vets-service": 8083,
    "visits-service": 8082,
}
"""Each service and its container port."""

CLIENTS = ("admin-server", "api-gateway", "customers-service", "genai-service", "vets-service", "visits-service")
"""What is configured by the config server and registers with Eureka."""

CALLS: dict[str, list[str]] = {
    "admin-server": ["api-gateway", "customers-service", "genai-service", "vets-service", "visits-service"],
    "api-gateway": ["customers-service", "genai-service", "tracing-server", "vets-service", "visits-service"],
    "customers-service": ["tracing-server"],
    "discovery-server": ["config-server"],
    "genai-service": ["customers-service", "tracing-server", "vets-service"],
    "grafana-server": ["prometheus-server"],
    "prometheus-server": ["api-gateway", "customers-service", "vets-service", "visits-service"],
    "vets-service": ["tracing-server"],
    "visits-service": ["tracing-server"],
}
for client in CLIENTS:
    CALLS[client] += ["config-server", "discovery-server"]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(petclinic.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


def test_petclinic(clinic: Synthesized, manifests: SnapshotAssertion) -> None:
    assert len(clinic.pick("Deployment")) == 11
    assert clinic == manifests


@pytest.mark.parametrize(("caller", "callee"), [(a, b) for a in CALLS for b in CALLS[a]])
def test_a_declared_call_is_open(clinic: Synthesized, caller: str, callee: str) -> None:
    assert_reachable(f"Deployment/{caller}", f"Deployment/{callee}", PORTS[callee], within=clinic)


def test_every_other_pair_is_blocked(clinic: Synthesized) -> None:
    pairs = [(a, b) for a in PORTS for b in PORTS if a != b and b not in CALLS.get(a, [])]
    assert len(pairs) == 11 * 10 - sum(map(len, CALLS.values()))
    for caller, callee in pairs:
        assert_blocked(f"Deployment/{caller}", f"Deployment/{callee}", within=clinic)


def test_only_configuration_and_the_model_are_fetched_from_the_world(clinic: Synthesized) -> None:
    verdicts = {name: clinic.topology.verdict(f"Deployment/{name}", "203.0.113.7", 443).allowed for name in PORTS}
    assert [name for name, allowed in verdicts.items() if allowed] == ["config-server", "genai-service"]


def test_clients_of_the_config_server_wait_for_it(clinic: Synthesized) -> None:
    waiting = {
        each["metadata"]["name"]: [container["name"] for container in pod["initContainers"]]
        for each in clinic.pick("Deployment")
        if "initContainers" in (pod := each["spec"]["template"]["spec"])
    }
    assert waiting == {name: ["wait-for-config-server-8888"] for name in (*CLIENTS, "discovery-server")}


def test_keys_come_from_a_secret_that_is_not_drawn(clinic: Synthesized) -> None:
    container = clinic.one("Deployment", "genai-service")["spec"]["template"]["spec"]["containers"][0]
    keys = {each["name"]: each["valueFrom"] for each in container["env"] if "OPENAI" in each["name"]}
    assert keys == {
        name: {"secretKeyRef": {"name": "openai", "key": name}}
        for name in ("OPENAI_API_KEY", "AZURE_OPENAI_KEY", "AZURE_OPENAI_ENDPOINT")
    }
    assert not clinic.pick("Secret")


def test_prometheus_scrapes_what_it_may_reach(clinic: Synthesized) -> None:
    (content,) = clinic.one("ConfigMap", "prometheus-server-files")["data"].values()
    jobs = yaml.safe_load(content)["scrape_configs"]
    targets = {target for job in jobs for config in job["static_configs"] for target in config["targets"]}
    assert targets == {f"{name}:{PORTS[name]}" for name in CALLS["prometheus-server"]}
    assert {job["metrics_path"] for job in jobs} == {"/actuator/prometheus"}


def test_grafana_calls_prometheus_at_its_service_port(clinic: Synthesized) -> None:
    (content,) = clinic.one("ConfigMap", "grafana-server-files")["data"].values()
    (port,) = clinic.one("Service", "prometheus-server")["spec"]["ports"]
    assert yaml.safe_load(content)["datasources"][0]["url"] == f"http://prometheus-server:{port['port']}"
    assert port["port"] == 9091


def test_the_gateway_is_the_only_door(clinic: Synthesized) -> None:
    (ingress,) = clinic.pick("Ingress")
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"]["name"] == "api-gateway"


def test_nothing_is_noticed(clinic: Synthesized) -> None:
    assert clinic.notices == ()


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    platform: Platform = replace(petclinic.PLATFORM, kubernetes=version)
    assert_valid(synthesize(petclinic.build(app, platform=platform)).objects, version)


def test_the_page_gives_the_reason_of_every_difference() -> None:
    page = " ".join((ROOT / "docs/apps/petclinic.md").read_text(encoding="utf-8").split())
    accepted = yaml.safe_load((ROOT / "tests/apps/petclinic.accept.yaml").read_text(encoding="utf-8"))["accept"]
    assert accepted
    for entry in accepted:
        assert entry["reason"] in page
