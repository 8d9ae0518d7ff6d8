"""Each example runs as its README says, its output is valid, and it shows what it is named for."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, assert_valid

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "examples"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+) \| \[`(\w+)\.py`\]\((\w+)\.py\) \|$", README, re.MULTILINE)
NAMES = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))

Fact = Callable[[Synthesized], None]


def find_pod(result: Synthesized, name: str | None = None) -> dict[str, Any]:
    return result.one("Deployment", name)["spec"]["template"]["spec"]


def read_variables(result: Synthesized, name: str) -> dict[str, Any]:
    variables = find_pod(result, name=name)["containers"][0]["env"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in variables}


def list_mounts(result: Synthesized) -> set[str]:
    return {each["mountPath"] for each in find_pod(result)["containers"][0]["volumeMounts"]}


def find_policy(result: Synthesized, name: str) -> dict[str, Any]:
    return result.one("NetworkPolicy", name)["spec"]


def list_kinds(result: Synthesized) -> set[str]:
    return {each["kind"] for each in result.objects}


def shows_what_a_service_gets(result: Synthesized) -> None:
    assert list_kinds(result) == {"Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"}


def shows_one_path_for_each_question(result: Synthesized) -> None:
    container = find_pod(result)["containers"][0]
    paths = [container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness")]
    assert paths == ["/readyz", "/readyz", "/livez"]


def shows_that_the_autoscaler_alone_says_how_many(result: Synthesized) -> None:
    spec = result.one("HorizontalPodAutoscaler")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (3, 12)
    assert "replicas" not in result.one("Deployment")["spec"]


def shows_that_only_declared_calls_get_through(result: Synthesized) -> None:
    assert read_variables(result, "payments") == {"LEDGER_URL": "http://ledger:8080"}
    assert_reachable("payments", "ledger", 8080, within=result)
    assert_blocked("web", "ledger", within=result)


def shows_that_known_addresses_open_less(result: Synthesized) -> None:
    peers = {rule["ports"][0]["port"]: rule["to"] for rule in find_policy(result, "payments")["egress"] if "to" in rule}
    assert peers[25] == [{"ipBlock": {"cidr": "10.20.0.25/32"}}]
    assert [each["ipBlock"]["cidr"] for each in peers[443]] == ["0.0.0.0/0", "::/0"]


def shows_a_route_with_a_certificate(result: Synthesized) -> None:
    listeners = result.one("Gateway")["spec"]["listeners"]
    assert [each["protocol"] for each in listeners] == ["HTTP", "HTTPS"]
    secret = result.one("Certificate")["spec"]["secretName"]
    assert listeners[1]["tls"]["certificateRefs"][0]["name"] == secret
    source = find_policy(result, "web")["ingress"][0]["from"][0]["namespaceSelector"]["matchLabels"]
    assert source == {"kubernetes.io/metadata.name": "envoy-gateway-system"}


def shows_the_same_service_with_other_routes(result: Synthesized) -> None:
    assert len(result.pick("Deployment", "web")) == 2
    assert (len(result.pick("HTTPRoute")), len(result.pick("IngressRoute"))) == (1, 1)


def shows_a_variable_two_files_and_a_checksum(result: Synthesized) -> None:
    assert read_variables(result, "web")["LOG_LEVEL"] == {"configMapKeyRef": {"name": "settings", "key": "LOG_LEVEL"}}
    assert list_mounts(result) >= {"/etc/web/features.yaml", "/etc/web/tax.csv"}
    assert result.one("Deployment")["spec"]["template"]["metadata"]["annotations"]["checksum/config"]


def shows_a_reference_and_no_value(result: Synthesized) -> None:
    assert read_variables(result, "payments") == {"STRIPE_KEY": {"secretKeyRef": {"name": "stripe", "key": "api-key"}}}
    assert "/run/secrets/signing.pem" in list_mounts(result)
    assert not result.pick("Secret")


def shows_a_database_with_a_claim(result: Synthesized) -> None:
    assert result.one("StatefulSet", "orders-db")["spec"]["volumeClaimTemplates"]
    assert read_variables(result, "orders")["ORDERS_DB_URL"].endswith("$(ORDERS_DB_PASSWORD)@orders-db:5432/orders_db")
    assert_reachable("orders", "orders-db", 5432, within=result)


def shows_the_variables_and_no_database(result: Synthesized) -> None:
    assert not result.pick("StatefulSet")
    assert read_variables(result, "orders")["ORDERS_DB_URL"].endswith(
        "$(ORDERS_DB_PASSWORD)@db.acme.internal:5432/shop"
    )


def shows_pods_that_are_not_called(result: Synthesized) -> None:
    assert list_kinds(result) == {"Deployment", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"}
    assert "ingress" not in find_policy(result, "mailer")


def shows_a_job_for_each_version_and_a_cron_job(result: Synthesized) -> None:
    assert re.fullmatch("import-[0-9a-f]{8}", result.one("Job")["metadata"]["name"])
    assert result.one("CronJob", "report")["spec"]["concurrencyPolicy"] == "Forbid"


def shows_a_claim_for_each_pod_and_peers(result: Synthesized) -> None:
    spec = result.one("StatefulSet", "store")["spec"]
    assert [each["metadata"]["name"] for each in spec["volumeClaimTemplates"]] == ["data"]
    assert result.one("Service", spec["serviceName"])["spec"]["clusterIP"] == "None"
    assert_reachable("store", "store", 9000, within=result)


def shows_a_native_sidecar_before_the_init_container(result: Synthesized) -> None:
    before = {each["name"]: each.get("restartPolicy") for each in find_pod(result)["initContainers"]}
    assert before == {"log-shipper": "Always", "theme": None}
    assert [each["name"] for each in find_pod(result)["containers"]] == ["web"]


def shows_a_role_a_token_and_the_way_to_the_api_server(result: Synthesized) -> None:
    assert result.one("Role")["rules"][0]["resources"] == ["configmaps"]
    assert find_pod(result)["automountServiceAccountToken"] is True
    assert {"ipBlock": {"cidr": "192.0.2.10/32"}} in find_policy(result, "reloader")["egress"][1]["to"]


def shows_annotations_and_one_open_port(result: Synthesized) -> None:
    annotations = result.one("Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == "9090"
    (rule,) = find_policy(result, "web")["ingress"]
    assert [each["port"] for each in rule["ports"]] == [9090]


def shows_a_proxy_in_front_of_the_service(result: Synthesized) -> None:
    assert find_pod(result, name="login-shop-acme-io")["containers"][0]["image"].startswith("quay.io/oauth2-proxy/")
    address = result.one("Middleware", "web-login")["spec"]["forwardAuth"]["address"]
    assert address.startswith("http://login-shop-acme-io.shop.svc")


def shows_the_label_of_the_team_everywhere(result: Synthesized) -> None:
    assert {each["metadata"]["labels"]["acme.io/team"] for each in result.objects} == {"payments"}
    paths = {
        name: find_pod(result, name=name)["containers"][0]["readinessProbe"]["httpGet"]["path"]
        for name in ("ledger", "cards")
    }
    assert paths == {"ledger": "/healthz", "cards": "/ready"}


def shows_variables_and_an_opened_way(result: Synthesized) -> None:
    assert read_variables(result, "web") == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.tracing.svc:4318",
        "OTEL_SERVICE_NAME": "web",
        "OTEL_TRACES_SAMPLER_ARG": "0.25",
    }
    assert find_policy(result, "web")["egress"][1]["ports"] == [{"port": 4318, "protocol": "TCP"}]


def shows_three_pods_and_who_reaches_them(result: Synthesized) -> None:
    assert result.one("Deployment", "ledger")["spec"]["replicas"] == 3
    assert_blocked("web", "ledger", within=result)


def shows_two_sizes_of_one_service(result: Synthesized) -> None:
    found = {each["spec"]["replicas"]: each["spec"]["template"]["spec"] for each in result.pick("Deployment", "web")}
    images = {count: each["containers"][0]["image"] for count, each in found.items()}
    assert images == {2: "ghcr.io/acme/web:1.4.2", 6: "mirror.acme.io/acme/web:1.4.2"}


def shows_a_service_without_pods(result: Synthesized) -> None:
    assert list_kinds(result) == {"Service"}
    assert not result.notices


def shows_a_way_to_the_pods_of_the_yaml(result: Synthesized) -> None:
    assert find_pod(result, name="redis")["containers"][0]["image"] == "redis:7.4.5-alpine"
    assert_reachable("cart", "redis", 6379, within=result)


def shows_a_pod_on_each_node_that_is_called_there(result: Synthesized) -> None:
    pod = result.one("DaemonSet", "collector")["spec"]["template"]["spec"]
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert {each["mountPath"]: each.get("readOnly") for each in pod["containers"][0]["volumeMounts"]}["/var/log/pods"]
    assert result.one("Service", "collector")["spec"]["internalTrafficPolicy"] == "Local"
    assert_reachable("web", "collector", 4318, within=result)


FACTS: Mapping[str, Fact] = {
    "01_a_service": shows_what_a_service_gets,
    "02_health": shows_one_path_for_each_question,
    "03_resources_and_scaling": shows_that_the_autoscaler_alone_says_how_many,
    "04_calls": shows_that_only_declared_calls_get_through,
    "05_external_host": shows_that_known_addresses_open_less,
    "06_gateway_and_tls": shows_a_route_with_a_certificate,
    "07_two_gateways": shows_the_same_service_with_other_routes,
    "08_configuration": shows_a_variable_two_files_and_a_checksum,
    "09_secrets": shows_a_reference_and_no_value,
    "10_postgres_in_pods": shows_a_database_with_a_claim,
    "11_postgres_that_runs": shows_the_variables_and_no_database,
    "12_worker": shows_pods_that_are_not_called,
    "13_tasks": shows_a_job_for_each_version_and_a_cron_job,
    "14_stateful_service": shows_a_claim_for_each_pod_and_peers,
    "15_more_containers": shows_a_native_sidecar_before_the_init_container,
    "16_kubernetes_api": shows_a_role_a_token_and_the_way_to_the_api_server,
    "17_metrics": shows_annotations_and_one_open_port,
    "18_login": shows_a_proxy_in_front_of_the_service,
    "19_team_service": shows_the_label_of_the_team_everywhere,
    "20_own_edge": shows_variables_and_an_opened_way,
    "21_team_tests": shows_three_pods_and_who_reaches_them,
    "22_clusters": shows_two_sizes_of_one_service,
    "23_allow_a_finding": shows_a_service_without_pods,
    "24_yaml_of_others": shows_a_way_to_the_pods_of_the_yaml,
    "25_node_agent": shows_a_pod_on_each_node_that_is_called_there,
}
"""What each example is named for."""

NOTICES: Mapping[str, set[str]] = {
    "10_postgres_in_pods": {"single-replica"},
    "11_postgres_that_runs": {"left-out"},
}
"""What a synth says besides that resources are guessed."""


def run(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What ``python -m examples.<name>`` does, in this process; the names of the module afterwards."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CDK8S_OUTDIR", raising=False)
    return runpy.run_module(f"examples.{name}", run_name="__main__")


def test_the_readme_lists_every_example_in_order() -> None:
    assert [(name, linked) for _, _, name, linked in ROWS] == [(name, name) for name in NAMES]
    assert [int(number) for number, _, _, _ in ROWS] == [int(name[:2]) for name in NAMES] == [*range(1, len(NAMES) + 1)]


def test_every_example_has_a_fact() -> None:
    assert sorted(FACTS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_example_runs_and_shows_its_idea(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run(name, tmp_path, monkeypatch)
    written = [
        each for file in sorted(tmp_path.rglob("*.yaml")) for each in yaml.load_all(file.read_text(), yaml.CSafeLoader)
    ]
    assert_valid(written, DEFAULT)
    result = synthesize(ran["app"])
    assert len(written) == len(result.objects) > 0
    FACTS[name](result)
    assert {notice.rule for notice in result.notices} - {"resources-guessed"} == NOTICES.get(name, set())


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_short_and_names_the_point_to_look_at(name: str) -> None:
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert 15 <= len(text.splitlines()) <= 45
    docstring = text.split('"""')[1]
    assert re.search("(Look at|Compare) ", docstring)
    assert text.endswith("    app.synth()\n")


def test_the_tests_of_the_team_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = run("21_team_tests", tmp_path, monkeypatch)
    tests = [each for key, each in module.items() if key.startswith("test_")]
    assert tests
    for each in tests:
        each(module["Shop"](module["App"]()))
