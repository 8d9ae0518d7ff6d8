"""The code of a page runs, block after block, and draws what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kmop_constructs
from kmop_constructs import CheckError, ConflictError, KmopChart, SpecError
from kmop_constructs.checks import RULES
from kmop_constructs.core.tools import providers_of
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.components.security.identities import CASES

import pytest
import yaml
from cdk8s import App

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (
    "cloud-identity",
    "cloud-identity/aws",
    "cloud-identity/azure",
    "cloud-identity/google",
    "clusters",
    "config-servers",
    "configuration",
    "containers",
    "edges",
    "messaging/kafka",
    "messaging/outbox",
    "messaging/projections",
    "messaging/rabbitmq",
    "metrics",
    "node-agents",
    "permissions",
    "scaling",
    "scaling-keda",
    "secrets",
    "security",
    "data",
    "stores/callers",
    "stores/cloudnativepg",
    "stores/dumps",
    "stores/eck",
    "stores/etcd",
    "stores/kubedb",
    "stores/mongodb",
    "stores/moving",
    "stores/native",
    "stores/recovery",
    "stores/redis-operator",
    "stores/sites",
    "stores/two-platforms",
    "stores/velero",
    "tasks",
    "team",
    "tests",
)


class Page:
    """A page, its code run once in one scope."""

    def __init__(self, name: str, folder: Path, **more: Any) -> None:
        self.text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        self.scope: dict[str, Any] = {
            **{each: getattr(kmop_constructs, each) for each in kmop_constructs.__all__},
            "__name__": f"docs_{name}",
            "App": App,
            "app": App(outdir=str(folder)),
            **more,
        }
        for block in self.blocks("python"):
            exec(compile(block, f"docs/{name}.md", "exec", dont_inherit=True), self.scope)

    def blocks(self, language: str) -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```", self.text, re.DOTALL | re.MULTILINE)

    def row(self, first: str) -> list[str]:
        [line] = [each for each in self.text.splitlines() if each.startswith(f"| {first} |")]
        return [each.strip() for each in line.strip("| ").split(" | ")]


@pytest.fixture
def scopes(tmp_path: Path) -> Any:
    def run(name: str) -> Page:
        return Page(name, tmp_path)

    return run


def pod(result: Synthesized, kind: str, name: str) -> dict[str, Any]:
    return result.one(kind, name)["spec"]["template"]["spec"]


def variables(result: Synthesized, name: str) -> dict[str, Any]:
    return {
        each["name"]: each.get("value", each.get("valueFrom"))
        for each in pod(result, "Deployment", name)["containers"][0].get("env", [])
    }


def policy(result: Synthesized, name: str) -> dict[str, Any]:
    return result.one("NetworkPolicy", name)["spec"]


def opened(rules: list[dict[str, Any]]) -> set[int]:
    return {port["port"] for rule in rules for port in rule["ports"]}


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    for path in sorted(DOCS.glob("*.md")):
        assert f"](docs/{path.name})" in readme, path.name


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_short(name: str) -> None:
    assert 40 <= len((DOCS / f"{name}.md").read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: str(path.relative_to(DOCS)))
def test_links_to_files_lead_to_a_file(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_secrets_name_their_stores_and_readers(scopes: Any) -> None:
    page = scopes("secrets")
    result = synthesize(page.scope["app"])
    assert {each["metadata"]["name"] for each in result.pick("ExternalSecret")} == {
        "keys",
        "db",
        "reports-db",
        "shop-db",
    }
    readers = result.one("Deployment", "orders")["metadata"]["annotations"]
    assert readers == {"secret.reloader.stakater.com/reload": "keys,reports-db"}
    roles = {each.role: each.reads for each in page.scope["vault_access"](page.scope["app"])}
    assert roles == {
        "shop-keys": ("kv/data/production/orders",),
        "shop-reports-db": ("database/creds/reports",),
    }


def test_edges_open_both_sides_of_a_call(scopes: Any) -> None:
    result = synthesize(scopes("edges").scope["chart"])
    assert variables(result, "payments") == {
        "AUDIT_ADDR": "audit:8080",
        "LEDGER_URL": "http://ledger:8080",
        "MAIL_ADDR": "mail.infra.svc:25",
        "STRIPE_URL": "https://api.stripe.com",
    }
    assert_reachable("payments", "ledger", 8080, within=result)
    assert_reachable("payments", "audit", 8080, within=result)
    assert_blocked("ledger", "payments", within=result)
    rules = [each for each in policy(result, "payments")["egress"] if "to" in each]
    to = {port["port"]: rule["to"] for rule in rules for port in rule["ports"]}
    assert to[25][0]["podSelector"] == {"matchLabels": {"app": "mail"}}
    assert to[443][0]["ipBlock"]["cidr"] == "0.0.0.0/0"
    assert {"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16"} <= set(to[443][0]["ipBlock"]["except"])


def test_edges_set_the_variables_that_env_names(scopes: Any) -> None:
    result = synthesize(scopes("edges").scope["chart"])
    assert variables(result, "reports") == {
        "AUDIT_HOST": "audit",
        "AUDIT_PORT": "8080",
        "LEDGER": "http://ledger:8080",
        "LEDGER_HEALTH": "http://ledger:8080/healthz",
    }
    assert_reachable("reports", "payments", 8080, within=result)


def test_accepts_opens_the_ingress_to_each_caller(scopes: Any) -> None:
    result = synthesize(scopes("edges").scope["chart"])
    callers = [each for rule in policy(result, "catalog")["ingress"] for each in rule["from"]]
    assert [next(iter(each)) for each in callers].count("ipBlock") == 1
    assert len(callers) == 3
    assert opened(policy(result, "catalog")["ingress"]) == {8080}


def test_the_peer_for_dns_narrows_the_egress(scopes: Any) -> None:
    result = synthesize(scopes("edges").scope["closed"])
    [rule] = policy(result, "web")["egress"]
    assert rule["to"][0]["podSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}
    assert {each["port"] for each in rule["ports"]} == {53}


def test_an_edge_of_your_own_adds_variables_and_egress(scopes: Any) -> None:
    result = synthesize(scopes("edges").scope["chart"])
    assert variables(result, "web") == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.tracing.svc:4318",
        "OTEL_SERVICE_NAME": "web",
    }
    assert 4318 in opened(policy(result, "web")["egress"])


def test_metrics_are_annotated_and_open_their_port(scopes: Any) -> None:
    page = scopes("metrics")
    result = synthesize(page.scope["chart"])
    [shown] = page.blocks("yaml")
    annotations = result.one("Deployment", "web")["spec"]["template"]["metadata"]["annotations"]
    assert annotations == yaml.safe_load(shown)
    assert opened(policy(result, "web")["ingress"]) == {8080}
    assert opened(policy(result, "api")["ingress"]) == {9090}
    assert [each["port"] for each in result.one("Service", "api")["spec"]["ports"]] == [8080]
    assert 9090 in {each["containerPort"] for each in pod(result, "Deployment", "api")["containers"][0]["ports"]}
    assert opened(policy(result, "mailer")["ingress"]) == {9090}


def test_containers_run_in_the_order_of_the_table(scopes: Any) -> None:
    page = scopes("containers")
    result = synthesize(page.scope["chart"])
    found = pod(result, "Deployment", "web")
    shown = re.findall(r"^\| `(\w+)` \| `\w+=` \| (\S+) \|$", page.text, re.MULTILINE)
    assert [(each["name"], each.get("restartPolicy", "none")) for each in found["initContainers"]] == [
        (name, policy.strip("`")) for name, policy in shown
    ]
    assert [each["name"] for each in found["containers"]] == ["web"]
    assert {each["name"] for each in found["volumes"]} == {"logs", "theme", "tmp", "tmp-shipper", "tmp-theme"}
    migration = found["initContainers"][-1]
    assert migration["image"] == found["containers"][0]["image"]
    assert migration["env"] == found["containers"][0]["env"]
    assert {each["name"] for each in migration["volumeMounts"]} == {"logs", "theme", "tmp"}


def test_a_port_of_a_sidecar_is_one_of_the_service(scopes: Any) -> None:
    result = synthesize(scopes("containers").scope["chart"])
    assert [each["port"] for each in result.one("Service", "exported")["spec"]["ports"]] == [8080, 9113]
    assert_reachable("reader", "exported", 9113, within=result)
    assert_blocked("reader", "exported", 8080, within=result)


def test_sidecars_are_plain_before_kubernetes_1_29(scopes: Any) -> None:
    result = synthesize(scopes("containers").scope["OLD"])
    assert [each["name"] for each in pod(result, "Deployment", "web")["containers"]] == ["web", "shipper"]
    assert "plain-sidecar" in {each.rule for each in result.notices}


def test_a_team_adds_labels_checks_and_an_edge(scopes: Any) -> None:
    result = synthesize(scopes("team").scope["chart"])
    for name in ("ledger", "cards"):
        assert result.one("Deployment", name)["metadata"]["labels"]["acme.io/team"] == "payments"
        assert variables(result, name)["OTLP"] == "collector.tracing.svc:4317"
        assert pod(result, "Deployment", name)["containers"][0]["image"].startswith("mirror.acme.io/")
        assert result.pick("PodDisruptionBudget", name)
    paths = {
        name: pod(result, "Deployment", name)["containers"][0]["readinessProbe"]["httpGet"]["path"]
        for name in ("ledger", "cards")
    }
    assert paths == {"ledger": "/healthz", "cards": "/actuator/health/readiness"}
    assert result.one("Deployment", "cards")["spec"]["replicas"] == 4
    assert pod(result, "Deployment", "cards")["priorityClassName"] == "payments"


def test_a_budget_is_drawn_in_production_only(scopes: Any) -> None:
    scope = scopes("team").scope
    platform = scope["replace"](scope["PRODUCTION"], environment="staging")
    chart = KmopChart(App(), "staging", namespace="payments", platform=platform)
    scope["PaymentsService"](chart, "ledger", scope["jvm_service"]("ledger", "2.0.1"))
    assert not synthesize(chart).pick("PodDisruptionBudget")


def test_the_test_kit_works_as_shown(scopes: Any) -> None:
    page = scopes("tests")
    seen: list[Synthesized] = []

    class Recorder:
        def __eq__(self, other: object) -> bool:
            assert isinstance(other, Synthesized)
            seen.append(other)
            return True

        def __hash__(self) -> int:
            return 0

    page.scope["test_the_shop"](Recorder())
    assert [each.one("Service", "ledger")["kind"] for each in seen] == ["Service"]


def test_each_cluster_has_a_file(scopes: Any, tmp_path: Path) -> None:
    page = scopes("clusters")
    written = {each.name for each in tmp_path.glob("*.yaml")}
    assert written == set(re.findall(r"`(shop-[\w-]+\.k8s\.yaml)`", page.text))
    assert [each.name for each in (tmp_path / "us").iterdir()] == ["shop-production-us.k8s.yaml"]
    eu, us = (synthesize(page.scope[name]) for name in ("eu", "us"))
    assert pod(eu, "Deployment", "web")["containers"][0]["image"].startswith("mirror.eu.acme.io/")
    assert pod(us, "Deployment", "web")["containers"][0]["image"].startswith("ghcr.io/")
    assert (eu.one("Deployment", "web")["spec"]["replicas"], us.one("Deployment", "web")["spec"]["replicas"]) == (6, 4)


def test_a_call_across_clusters_needs_a_host(scopes: Any) -> None:
    scope = scopes("clusters").scope
    with pytest.raises(CheckError, match=r"\[edge-across-clusters\]"):
        synthesize(scope["wrong"])
    assert variables(synthesize(scope["fixed"]), "web") == {"STOCK_URL": "https://stock.eu.acme.io"}


def test_configuration_comes_as_variables_and_files(scopes: Any) -> None:
    result = synthesize(scopes("configuration").scope["chart"])
    found = variables(result, "web")
    assert found["LOG_LEVEL"] == {"configMapKeyRef": {"name": "settings", "key": "LOG_LEVEL"}}
    assert found["CACHE_SIZE"] == {"configMapKeyRef": {"name": "settings", "key": "cache.size"}}
    assert found["POD_IP"] == {"fieldRef": {"fieldPath": "status.podIP"}}
    mounts = {each["mountPath"] for each in pod(result, "Deployment", "web")["containers"][0]["volumeMounts"]}
    assert {"/etc/web/tax.csv", "/etc/web/features.yaml", "/etc/settings"} <= mounts
    assert result.one("ConfigMap", "web-files")["data"]
    assert result.one("Deployment", "web")["spec"]["template"]["metadata"]["annotations"]["checksum/config"]


def test_modes_and_names_of_volumes_are_as_described(scopes: Any) -> None:
    scope = scopes("configuration").scope
    files = {"/var/dashboards": scope["ConfigDirectory"]("dashboards", external=True)}
    spec = scope["ServiceSpec"](image=scope["Image"]("ghcr.io/acme/grafana:12.1.0"), port=3000, files=files)
    scope["Microservice"](scope["chart"], "grafana", spec)
    result = synthesize(scope["chart"])
    modes = [
        item["mode"]
        for each in pod(result, "Deployment", "payments")["volumes"]
        for item in each.get("secret", {}).get("items", [])
    ]
    assert modes == [0o440] == [288]
    assert "config-dir-dashboards-dashboards" in {
        each["name"] for each in pod(result, "Deployment", "grafana")["volumes"]
    }


def test_secrets_of_others_are_references(scopes: Any) -> None:
    result = synthesize(scopes("configuration").scope["chart"])
    assert variables(result, "payments") == {"STRIPE_KEY": {"secretKeyRef": {"name": "stripe", "key": "api-key"}}}
    assert "annotations" not in result.one("Deployment", "payments")["spec"]["template"]["metadata"]
    assert variables(result, "mailer")["SMTP_PASSWORD"] == {"secretKeyRef": {"name": "smtp", "key": "password"}}
    assert [each["metadata"]["name"] for each in result.pick("Secret")] == ["demo-token"]
    assert "not-a-secret" in result.yaml(mask_secrets=False)
    assert "not-a-secret" not in result.yaml()


def test_configuration_servers_are_wired_as_described(scopes: Any) -> None:
    page = scopes("config-servers")
    result = synthesize(page.scope["chart"])
    assert_reachable("orders", "config-server", 8888, within=result)
    assert_blocked("billing", "config-server", 8888, within=result)
    assert variables(result, "config-server")["SERVER_PORT"] == "8888"
    assert opened([each for each in policy(result, "config-server")["egress"] if "to" in each]) == {22}
    assert variables(result, "orders")["SPRING_CONFIG_IMPORT"] == "configserver:http://config-server:8888"
    assert variables(result, "billing")["CONSUL_HTTP_TOKEN_FILE"] == "/etc/consul-token/token"
    assert variables(result, "catalog")["SPRING_CLOUD_CONSUL_HOST"] == "$(CONSUL_HOST_IP)"
    assert variables(result, "router")["ETCD_ENDPOINTS"] == "https://etcd.etcd.svc:2379"
    assert page.scope["billing"].policy.startswith('key_prefix "config/billing/"')
    assert "role grant-permission router" in page.scope["router"].role_commands("router")


def test_the_times_of_the_retry_page_are_right(scopes: Any) -> None:
    scope = scopes("config-servers").scope
    retry, minutes = scope["SpringRetry"](), scope["SpringRetry"]().lasts.total_seconds() / 60
    assert (retry.attempts, round(minutes, 1)) == (20, 2.5)
    assert scope["Health"]().startup_budget > retry.lasts
    with pytest.raises(SpecError, match="retry: not set"):
        scope["Microservice"](scope["chart"], "early", scope["ORDERS"], uses=[scope["config"].client()])


def test_a_task_is_a_job_with_a_hash_in_its_name(scopes: Any) -> None:
    page = scopes("tasks")
    result = synthesize(page.scope["chart"])
    job = result.one("Job")
    assert re.fullmatch(r"import-[0-9a-f]{8}", job["metadata"]["name"])
    assert re.search(r"`import-[0-9a-f]{8}`", page.text)
    assert {key: job["spec"][key] for key in ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished")} == {
        "backoffLimit": 2,
        "activeDeadlineSeconds": 1800,
        "ttlSecondsAfterFinished": 86400,
    }
    assert "ingress" not in policy(result, "import")
    assert not result.pick("Service", "import")


def test_a_scheduled_task_waits_for_the_previous_run(scopes: Any) -> None:
    spec = synthesize(scopes("tasks").scope["chart"]).one("CronJob", "report")["spec"]
    assert (spec["concurrencyPolicy"], spec["startingDeadlineSeconds"]) == ("Forbid", 600)
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 3600


def test_a_task_with_a_fixed_name_has_no_hash(scopes: Any) -> None:
    scope = scopes("tasks").scope
    chart = KmopChart(App(), "shop", namespace="shop")
    scope["Task"](chart, "import", scope["TaskSpec"](image=scope["Image"]("ghcr.io/acme/import:2"), fixed_name=True))
    assert synthesize(chart).one("Job")["metadata"]["name"] == "import"


def test_a_stateful_service_has_a_service_for_its_peers(scopes: Any) -> None:
    result = synthesize(scopes("tasks").scope["chart"])
    peers = result.one("Service", "store-peers")["spec"]
    assert (peers["clusterIP"], peers["publishNotReadyAddresses"]) == ("None", True)
    spec = result.one("StatefulSet", "store")["spec"]
    assert spec["serviceName"] == "store-peers"
    assert spec.get("persistentVolumeClaimRetentionPolicy", {}).get("whenDeleted", "Retain") == "Retain"
    assert_reachable("store", "store", 9000, within=result)


def test_a_node_agent_is_called_on_the_node_of_its_caller(scopes: Any) -> None:
    result = synthesize(scopes("node-agents").scope["chart"])
    assert result.one("Service", "collector")["spec"]["internalTrafficPolicy"] == "Local"
    assert variables(result, "web") == {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    assert_reachable("web", "collector", 4318, within=result)


def test_a_node_agent_reads_paths_of_its_node(scopes: Any) -> None:
    result = synthesize(scopes("node-agents").scope["system"])
    mounts = pod(result, "DaemonSet", "shipper")["containers"][0]["volumeMounts"]
    assert {each["mountPath"] for each in mounts if each.get("readOnly")} == {"/var/log"}
    assert not {"host-access", "pod-security"} & {each.rule for each in result.notices if "shipper" in each.path}


def test_a_node_agent_is_called_by_the_address_of_the_node(scopes: Any) -> None:
    result = synthesize(scopes("node-agents").scope["tracing"])
    assert variables(result, "traced") == {
        "AGENT_HOST_IP": {"fieldRef": {"fieldPath": "status.hostIP"}},
        "TRACE_URL": "http://$(AGENT_HOST_IP):8126",
    }
    assert opened(policy(result, "traced")["egress"]) == {53, 8126}


def test_permissions_draw_the_objects_of_the_table(scopes: Any) -> None:
    page = scopes("permissions")
    result = synthesize(page.scope["chart"])
    for kind in ("ServiceAccount", "Role", "RoleBinding", "Deployment", "NetworkPolicy"):
        assert page.row(f"{kind} `reloader`")
        assert result.one(kind, "reloader")
    assert len(result.one("Role", "reloader")["rules"]) == 2
    assert pod(result, "Deployment", "reloader")["automountServiceAccountToken"] is True
    assert pod(result, "Deployment", "uploader")["automountServiceAccountToken"] is False
    assert opened(policy(result, "reloader")["egress"]) == {53, 443, 6443}
    assert result.one("ServiceAccount", "uploader")["metadata"]["annotations"]


def test_permissions_in_the_whole_cluster_have_a_name_of_their_own(scopes: Any) -> None:
    result = synthesize(scopes("permissions").scope["chart"])
    rules = result.one("ClusterRole", "shop.collector")["rules"]
    assert rules[2] == {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}
    assert result.one("ClusterRoleBinding", "shop.collector")["subjects"][0]["namespace"] == "shop"


@pytest.mark.parametrize("page", ["metrics", "permissions"])
def test_a_peer_that_is_not_set_is_a_finding(scopes: Any, page: str) -> None:
    scope = scopes(page).scope
    chart = KmopChart(App(), "shop", namespace="shop")
    image = scope["Image"]("ghcr.io/acme/web:1.4.2")
    if page == "metrics":
        spec = scope["ServiceSpec"](image=image, port=8080, metrics=scope["Metrics"]())
        scope["Microservice"](chart, "web", spec)
    else:
        account = scope["Account"](permissions=(scope["Permission"](("get",), ("configmaps",)),))
        scope["Worker"](chart, "web", scope["WorkerSpec"](image=image, account=account))
    with pytest.raises(CheckError, match=r"\[peer-unknown\]"):
        synthesize(chart)


def test_errors_that_the_pages_name_are_raised(scopes: Any) -> None:
    scope = scopes("configuration").scope
    image, chart = scope["Image"]("ghcr.io/acme/web:1.4.2"), KmopChart(App(), "shop", namespace="shop")
    with pytest.raises(SpecError, match="has no port"):
        scope["Worker"](chart, "worker", scope["WorkerSpec"](image=image, metrics=scope["Metrics"]()))
    with pytest.raises(SpecError, match="stripe: unknown key, got text that is not shown"):
        scope["stripe"].as_env("other")
    hosts = [scope["ExternalHost"](host).http(env="URL") for host in ("a.acme.io", "b.acme.io")]
    with pytest.raises(ConflictError, match=r"a\.acme\.io\.http\(\) and one from b\.acme\.io\.http\(\)"):
        scope["Worker"](chart, "caller", scope["WorkerSpec"](image=image), uses=hosts)


def test_a_reference_without_its_object_is_a_finding(scopes: Any) -> None:
    scope = scopes("configuration").scope
    chart = KmopChart(App(), "shop", namespace="shop")
    env = {"PASSWORD": scope["SecretKey"]("smtp", "password")}
    scope["Worker"](chart, "mailer", scope["WorkerSpec"](image=scope["Image"]("ghcr.io/acme/web:1.4.2"), env=env))
    with pytest.raises(CheckError, match=r"\[reference-missing\]"):
        synthesize(chart)


def test_security_states_revisions(scopes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKSUM_KEY", "0123456789abcdef")
    result = synthesize(scopes("security").scope["chart"])
    revisions = [each["metadata"]["annotations"]["kmop-constructs/revision"] for each in result.pick("Secret")]
    assert revisions[1] == "2"
    assert len(revisions[0]) == 64
    assert "checksum/config" in result.one("Deployment")["spec"]["template"]["metadata"]["annotations"]


def test_security_names_tests_that_exist() -> None:
    text = (DOCS / "security.md").read_text(encoding="utf-8")
    tests = re.findall(r"`(tests/[a-z_/]+\.py)`", text)
    assert len(tests) > 5
    assert all((DOCS.parent / each).exists() for each in tests)


@pytest.mark.parametrize("name", [each for each in PAGES if each.startswith("cloud-identity")])
def test_pages_about_identities_run(scopes: Any, name: str) -> None:
    scopes(name)


def test_the_table_of_identities_has_every_provider(scopes: Any) -> None:
    page = scopes("cloud-identity")
    [header] = [line for line in page.text.splitlines() if line.startswith("| | `")]
    listed = [each.strip(" `") for each in header.strip("|").split("|")[1:]]
    assert sorted(listed) == [provider.__name__ for provider in providers_of("identity")]
    for column, name in enumerate(listed, 1):
        case = next(each for each in CASES.values() if each.name == name)
        for annotation in case.account:
            prefix, _, key = annotation.partition("/")
            assert prefix in page.row("ServiceAccount")[column]
            assert f"/{key}" in page.row("ServiceAccount")[column]
        assert all(label in page.row("pods")[column] for label in case.pods)
        link_local = [(address, port) for address, port in case.opens if not address.startswith("10.")]
        assert all(address in page.row("opened")[column] for address, _ in link_local)
        assert str(case.opens[0][1]) in page.row("opened")[column]


def test_the_page_about_identities_lists_their_findings(scopes: Any) -> None:
    page = scopes("cloud-identity")
    known = {rule.id for rule in RULES if rule.id.startswith("identity-")}
    assert known == set(re.findall(r"^\| `(identity-[a-z]+)` ", page.text, re.MULTILINE))
