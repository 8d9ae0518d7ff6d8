"""Elasticsearch by ECK: what is drawn, what callers get, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

from kmop_constructs import (
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    Image,
    KmopChart,
    Microservice,
    NativeNamespace,
    Operator,
    Platform,
    Pods,
    Provision,
    Resources,
    SecretKey,
    ServiceSpec,
    Size,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.external_secrets import ExternalSecrets
from kmop_constructs.providers.native import NativeElasticsearchProvider
from kmop_constructs.testing import Synthesized, synthesize
from kmop_constructs.variables import AuthorityFile
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

IMAGE = Image("ghcr.io/acme/orders:1.4.2")
PROVISION = Provision(storage=Size.gib(50), resources=Resources.of("1", "4Gi"))
PASSWORD = ExistingSecret("search-login").key("password")
LOGIN = Credentials(user="orders", password=PASSWORD)
SEARCH = ElasticsearchSpec(version="9.2.1", credentials=LOGIN)


def shop(app: App, provided: Provision = PROVISION, *, given: dict[str, Any] | None = None, **more: Any) -> KmopChart:
    """A chart on a platform with ECK."""
    platform = Platform(elasticsearch=Eck(provision=provided, **(given or {})), **more)
    return KmopChart(app, "shop", namespace="shop", platform=platform)


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result


def cluster(app: App) -> dict[str, Any]:
    return drawn(app).one("Elasticsearch", "search")["spec"]


def nodes(app: App) -> dict[str, Any]:
    (found,) = cluster(app)["nodeSets"]
    return found


def env(result: Synthesized, name: str) -> dict[str, Any]:
    """The variables of a workload; a reference as ``secret/key``."""
    variables = result.one("Deployment", name)["spec"]["template"]["spec"]["containers"][0]["env"]

    def shown(each: dict[str, Any]) -> str:
        key = each.get("valueFrom", {}).get("secretKeyRef")
        return f"{key['name']}/{key['key']}" if key else each["value"]

    return {each["name"]: shown(each) for each in variables}


def rights(app: App) -> dict[str, Any]:
    found = drawn(app).one("Secret", "search-rights")["stringData"]
    return {"roles": json.loads(found["roles.yml"]), "users": found["users_roles"]}


def test_a_caller_reads_an_index_over_tls(app: App, manifests: SnapshotAssertion) -> None:
    chart = shop(app)
    search = Elasticsearch(chart, "search", replace(SEARCH, indices=("orders-*",)))
    service = ServiceSpec(image=IMAGE, port=8080, resources=Resources.of("100m", "256Mi"))
    Microservice(chart, "orders", service, uses=[search.read_write()])
    result = drawn(app)
    assert env(result, "orders") == {
        "SEARCH_CA_FILE": "/etc/authorities/search-es-http/ca.crt",
        "SEARCH_HOST": "search-es-http",
        "SEARCH_PASSWORD": "search-login/password",
        "SEARCH_PORT": "9200",
        "SEARCH_URL": "https://search-es-http:9200",
        "SEARCH_USER": "orders",
    }
    assert [(each.name, each.keys) for each in result.required] == [("search-login", ("password", "username"))]
    assert result == manifests


def test_three_nodes_are_spread_over_zones(app: App) -> None:
    Elasticsearch(shop(app), "search", SEARCH)
    found = nodes(app)
    assert (found["name"], found["count"], found["zoneAwareness"]) == ("default", 3, {})


def test_a_cluster_without_zones_spreads_over_hosts(app: App) -> None:
    Elasticsearch(shop(app, given={"zones": False}), "search", SEARCH)
    assert "zoneAwareness" not in nodes(app)


def test_one_node_needs_no_zone(app: App) -> None:
    Elasticsearch(shop(app, PROVISION.overridden(Provision(instances=1))), "search", SEARCH)
    found = nodes(app)
    assert (found["count"], "zoneAwareness" in found) == (1, False)


def test_data_stays_when_the_cluster_is_deleted(app: App) -> None:
    Elasticsearch(shop(app, PROVISION.overridden(Provision(storage_class="fast"))), "search", SEARCH)
    spec = cluster(app)
    assert spec["volumeClaimDeletePolicy"] == "DeleteOnScaledownOnly"
    (claim,) = spec["nodeSets"][0]["volumeClaimTemplates"]
    assert claim == {
        "metadata": {"name": "elasticsearch-data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "50Gi"}},
            "storageClassName": "fast",
        },
    }


def test_an_update_replaces_one_node_after_the_other(app: App) -> None:
    Elasticsearch(shop(app), "search", SEARCH)
    assert cluster(app)["updateStrategy"] == {"changeBudget": {"maxUnavailable": 1, "maxSurge": 1}}


def test_the_heap_follows_the_memory_limit(app: App) -> None:
    """Elasticsearch takes the heap from the limit, unless ES_JAVA_OPTS has a size."""
    Elasticsearch(shop(app), "search", SEARCH)
    (container,) = nodes(app)["podTemplate"]["spec"]["containers"]
    assert container["name"] == "elasticsearch"
    assert container["resources"]["limits"]["memory"] == "4Gi"
    (options,) = container["env"]
    assert options["name"] == "ES_JAVA_OPTS"
    assert "-Xm" not in options["value"]


def test_logs_of_the_collector_fill_no_disk(app: App) -> None:
    Elasticsearch(shop(app), "search", SEARCH)
    options = nodes(app)["podTemplate"]["spec"]["containers"][0]["env"][0]["value"]
    assert options.startswith("-Xlog:disable ")
    assert "file=" not in options


def test_no_container_is_privileged(app: App) -> None:
    """Without a change of the nodes of Kubernetes, files are not mapped into memory."""
    Elasticsearch(shop(app), "search", SEARCH)
    found = nodes(app)
    assert found["config"] == {"node.store.allow_mmap": False}
    assert "initContainers" not in found["podTemplate"]["spec"]


def test_prepared_nodes_map_files_into_memory(app: App) -> None:
    Elasticsearch(shop(app, given={"memory_maps": True}), "search", SEARCH)
    assert nodes(app)["config"] == {}


def test_settings_are_those_of_the_server(app: App) -> None:
    settings = {"indices.query.bool.max_clause_count": "4096", "node.store.allow_mmap": "true"}
    Elasticsearch(shop(app), "search", replace(SEARCH, settings=settings))
    assert nodes(app)["config"] == settings


def test_the_user_owns_its_indices_alone(app: App) -> None:
    Elasticsearch(shop(app), "search", replace(SEARCH, indices=("orders-*", "returns")))
    assert rights(app) == {
        "roles": {
            "search-application": {
                "cluster": ["monitor"],
                "indices": [{"names": ["orders-*", "returns"], "privileges": ["all"]}],
            }
        },
        "users": "search-application:orders\n",
    }


def test_a_user_of_all_indices_manages_templates(app: App) -> None:
    Elasticsearch(shop(app), "search", SEARCH)
    role = rights(app)["roles"]["search-application"]
    assert role["cluster"] == ["manage_ilm", "manage_index_templates", "manage_ingest_pipelines", "monitor"]
    assert role["indices"] == [{"names": ["*"], "privileges": ["all"]}]


def test_there_is_no_superuser_by_default(app: App) -> None:
    Elasticsearch(shop(app), "search", SEARCH)
    auth = cluster(app)["auth"]
    assert auth["disableElasticUser"] is True
    assert auth["fileRealm"] == [{"secretName": "search-login"}, {"secretName": "search-rights"}]
    assert auth["roles"] == [{"secretName": "search-rights"}]


def test_a_superuser_is_made_by_a_word(app: App) -> None:
    chart = shop(app, given={"superuser": True})
    search = Elasticsearch(chart, "search", SEARCH)
    elastic = Credentials(user="elastic", password=SecretKey("search-es-elastic-user", "elastic"))
    Worker(chart, "admin", WorkerSpec(image=IMAGE), uses=[search.read_write(credentials=elastic)])
    result = drawn(app)
    assert "disableElasticUser" not in result.one("Elasticsearch")["spec"]["auth"]
    assert env(result, "admin")["SEARCH_PASSWORD"] == "search-es-elastic-user/elastic"


def test_callers_the_operator_and_nodes_are_admitted(app: App) -> None:
    chart = shop(app, operators={"eck": Operator("databases")})
    theirs = Pods.of(namespace="billing", labels={"app": "billing"})
    search = Elasticsearch(chart, "search", SEARCH, accepts=[theirs])
    Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[search.read_write()])
    result = drawn(app)
    mine = {"podSelector": {"matchLabels": {"elasticsearch.k8s.elastic.co/cluster-name": "search"}}}
    (callers,) = result.one("NetworkPolicy", "search-es-http")["spec"]["ingress"]
    assert [each["port"] for each in callers["ports"]] == [9200]
    assert len(callers["from"]) == 2
    operator, peers = result.one("NetworkPolicy", "search-own")["spec"]["ingress"]
    assert operator == {
        "from": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "databases"}},
                "podSelector": {"matchLabels": {"control-plane": "elastic-operator"}},
            }
        ],
        "ports": [{"port": 9200, "protocol": "TCP"}],
    }
    assert (peers["from"], [each["port"] for each in peers["ports"]]) == ([mine], [9200, 9300])


def test_pods_of_a_closed_namespace_reach_what_they_need(app: App) -> None:
    chart = shop(app)
    NativeNamespace(chart, "namespace")
    Elasticsearch(chart, "search", SEARCH)
    own = drawn(app).one("NetworkPolicy", "search-own")["spec"]
    dns, nodes = own["egress"]
    assert [{each["port"] for each in rule["ports"]} for rule in (dns, nodes)] == [{53}, {9200, 9300}]
    assert nodes["to"] == [{"podSelector": own["podSelector"]}]


def test_mirrors_and_pull_secrets_are_those_of_the_platform(app: App) -> None:
    chart = shop(app, registries={"docker.elastic.co": "mirror.acme.io"}, pull_secrets=("pull",))
    Elasticsearch(chart, "search", SEARCH)
    spec = cluster(app)
    assert spec["image"] == "mirror.acme.io/elasticsearch/elasticsearch:9.2.1"
    assert spec["nodeSets"][0]["podTemplate"]["spec"]["imagePullSecrets"] == [{"name": "pull"}]


def test_rights_are_no_secret_of_a_platform_with_a_secret_store(app: App) -> None:
    """ECK reads them from a Secret, although there is no secret in it; a value that is typed in would be `secret-inline`."""
    chart = shop(app, secrets=partial(ExternalSecrets, store="vault"))
    Elasticsearch(chart, "search", SEARCH)
    assert drawn(app).one("Secret", "search-rights")


def test_an_image_of_a_version_is_named(app: App) -> None:
    image = Image("acme/elasticsearch:9.2.1-icu")
    Elasticsearch(shop(app, given={"images": {"9.2.1": image}}), "search", SEARCH)
    spec = cluster(app)
    assert (spec["version"], spec["image"]) == ("9.2.1", "acme/elasticsearch:9.2.1-icu")


def test_callers_keep_their_variables_on_native_pods(app: App) -> None:
    """Native pods have the superuser alone, so they must be told to give it to callers."""
    spec = replace(SEARCH, password=ExistingSecret("search-admin").key("password"))
    found: list[dict[str, Any]] = []
    for name, provider in (
        ("eu", Eck(provision=PROVISION, leaves_out=("password",))),
        ("dev", NativeElasticsearchProvider(provision=PROVISION, leaves_out=("credentials",))),
    ):
        chart = KmopChart(app, name, namespace="shop", platform=Platform(name=name, elasticsearch=provider))
        search = Elasticsearch(chart, "search", spec)
        Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[search.read_write()])
        found.append(env(synthesize(chart), "orders"))
    assert set(found[0]) == {*found[1], "SEARCH_CA_FILE"}
    assert (found[0]["SEARCH_USER"], found[1]["SEARCH_USER"]) == ("orders", "elastic")


def test_native_pods_refuse_a_user_of_the_application(app: App) -> None:
    platform = Platform(elasticsearch=NativeElasticsearchProvider(provision=PROVISION))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    with pytest.raises(
        UnsupportedError, match="shop/search: credentials: Elasticsearch in native pods have the superuser alone"
    ):
        Elasticsearch(chart, "search", SEARCH)


@pytest.mark.parametrize(
    ("provided", "rule"),
    [
        (Provision(instances=1, storage=Size.gib(1)), "single-replica"),
        (Provision(storage=Size.gib(1)), "resources-guessed"),
    ],
)
def test_what_is_not_decided_is_a_notice(
    app: App, caplog: pytest.LogCaptureFixture, provided: Provision, rule: str
) -> None:
    Elasticsearch(shop(app, provided), "search", SEARCH)
    synthesize(app)
    assert [each for each in caplog.messages if f"[{rule}]" in each and "shop/search" in each]


def test_a_password_that_is_left_out_is_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = shop(app, given={"leaves_out": ("password",)})
    Elasticsearch(chart, "search", replace(SEARCH, password=PASSWORD))
    synthesize(app)
    assert [each for each in caplog.messages if "password is left out" in each and "[left-out]" in each]


def test_a_caller_of_another_namespace_names_login_and_authority(app: App) -> None:
    search = Elasticsearch(shop(app), "search", SEARCH)
    billing = KmopChart(app, "billing", namespace="billing")
    with pytest.raises(SpecError, match=r"pods read only objects of their own namespace.*credentials=…"):
        Worker(billing, "a", WorkerSpec(image=IMAGE), uses=[search.read_write()])
    authority = SecretKey("search-authority", "ca.crt", external=True)
    edge = search.read_write(credentials=LOGIN, authority=authority, env=["SEARCH_URL", AuthorityFile("SEARCH_CA")])
    Worker(billing, "b", WorkerSpec(image=IMAGE), uses=[edge])
    found = env(drawn(app), "b")
    assert found["SEARCH_URL"] == "https://search-es-http.shop.svc:9200"
