"""ECK makes what callers of a store are given, and refuses what the library refuses."""

from __future__ import annotations

import base64
import copy
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from kmop_constructs.providers.eck.names import AUTHORITY_KEYS, CLUSTER
from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.eck.searches import PLACE, VERSION
from tests.operators.objects import LEVEL, unknown_fields

import pytest
import yaml

GROUP = "/apis/elasticsearch.k8s.elastic.co/v1"
STORES = ("catalog", "alone")


def core(kind: str, name: str) -> str:
    return f"/api/v1/namespaces/{PLACE}/{kind}/{name}"


def made(api: Api, path: str) -> Object:
    """An object of the namespace, when the operator has made it."""
    found: list[Object] = []

    def absent() -> list[str]:
        answer = api.send("GET", path)
        found[:] = [answer.body] if answer.ok else []
        return [] if answer.ok else [f"{path}: {answer.status}"]

    eventually(absent)
    return found[0]


def secret(api: Api, name: str) -> dict[str, bytes]:
    return {key: base64.b64decode(value) for key, value in made(api, core("secrets", name))["data"].items()}


def pods_of(api: Api, name: str) -> Object:
    """The StatefulSet of the nodes."""
    return made(api, f"/apis/apps/v1/namespaces/{PLACE}/statefulsets/{name}-es-default")["spec"]


def drawn_store(stores: list[Object], name: str) -> Object:
    (found,) = (each for each in stores if each["kind"] == "Elasticsearch" and each["metadata"]["name"] == name)
    return copy.deepcopy(found)


def sent(cluster: Cluster, item: Object) -> Any:
    return cluster.api.send("POST", f"{GROUP}/namespaces/{PLACE}/elasticsearches?dryRun=All", item)


@pytest.mark.parametrize("name", STORES)
def test_the_service_selects_the_pods_that_policies_admit(name: str, cluster: Cluster, stores: list[Object]) -> None:
    spec = made(cluster.api, core("services", f"{name}-es-http"))["spec"]
    labels = pods_of(cluster.api, name)["template"]["metadata"]["labels"]
    assert [(each["port"], each["targetPort"]) for each in spec["ports"]] == [(9200, 9200)]
    assert spec["selector"][CLUSTER] == name
    assert spec["selector"].items() <= labels.items()


@pytest.mark.parametrize("name", STORES)
def test_the_authority_is_where_callers_read_it(name: str, cluster: Cluster, stores: list[Object]) -> None:
    assert tuple(sorted(secret(cluster.api, f"{name}-es-http-certs-public"))) == AUTHORITY_KEYS


def test_callers_verify_the_server_by_the_authority(cluster: Cluster, stores: list[Object], tmp_path: Path) -> None:
    authority = secret(cluster.api, "catalog-es-http-certs-public")["ca.crt"]
    served = secret(cluster.api, "catalog-es-http-certs-internal")["tls.crt"]
    (tmp_path / "ca.crt").write_bytes(authority)
    (tmp_path / "tls.crt").write_bytes(served)
    for host in ("catalog-es-http", f"catalog-es-http.{PLACE}.svc"):
        command = ["openssl", "verify", "-CAfile", "ca.crt", "-verify_hostname", host, "tls.crt"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)


def test_the_login_of_the_application_is_a_user(cluster: Cluster, stores: list[Object]) -> None:
    found = secret(cluster.api, "catalog-es-xpack-file-realm")
    users = [line.partition(":") for line in found["users"].decode().splitlines()]
    assert "products" in [name for name, _, _ in users]
    assert b"correct-horse" not in found["users"]


def test_the_user_has_the_role_of_the_store_alone(cluster: Cluster, stores: list[Object]) -> None:
    found = secret(cluster.api, "catalog-es-xpack-file-realm")
    pairs = [line.partition(":") for line in found["users_roles"].decode().splitlines()]
    assert [role for role, _, users in pairs if "products" in users.split(",")] == ["catalog-application"]
    role = yaml.safe_load(found["roles.yml"])["catalog-application"]
    assert role["cluster"] == ["monitor"]
    assert role["indices"] == [{"names": ["products-*"], "privileges": ["all"]}]


def test_the_superuser_is_made_where_it_is_wanted(cluster: Cluster, stores: list[Object]) -> None:
    assert set(secret(cluster.api, "alone-es-elastic-user")) == {"elastic"}
    users = secret(cluster.api, "catalog-es-xpack-file-realm")["users"].decode().splitlines()
    assert "elastic" not in [line.partition(":")[0] for line in users]
    assert not cluster.api.send("GET", core("secrets", "catalog-es-elastic-user")).ok


@pytest.mark.parametrize("name", STORES)
def test_the_pods_are_at_the_level_restricted(name: str, cluster: Cluster, stores: list[Object]) -> None:
    template = pods_of(cluster.api, name)["template"]
    place = "restricted-pods"
    labels = {"pod-security.kubernetes.io/enforce": LEVEL}
    item = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place, "labels": labels}}
    cluster.api.send("POST", "/api/v1/namespaces", item)
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": template["spec"]}
    account = f"/api/v1/namespaces/{place}/serviceaccounts/default"
    eventually(lambda: [] if cluster.api.send("GET", account).ok else ["no account yet"])

    answer = cluster.api.send("POST", f"/api/v1/namespaces/{place}/pods?dryRun=All", pod)

    assert answer.ok, answer.message
    for container in (*template["spec"]["containers"], *template["spec"]["initContainers"]):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert template["spec"]["automountServiceAccountToken"] is False


def test_nodes_are_spread_over_zones_and_hosts(cluster: Cluster, stores: list[Object]) -> None:
    spec = pods_of(cluster.api, "catalog")["template"]["spec"]
    (spread,) = spec["topologySpreadConstraints"]
    assert spread["topologyKey"] == "topology.kubernetes.io/zone"
    (apart,) = spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert apart["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"
    assert "topologySpreadConstraints" not in pods_of(cluster.api, "alone")["template"]["spec"]


def test_the_server_has_the_settings(cluster: Cluster, stores: list[Object]) -> None:
    text = secret(cluster.api, "catalog-es-default-es-config")["elasticsearch.yml"]
    found = yaml.safe_load(text)
    flat = flattened(found)
    assert flat["node.store.allow_mmap"] is False
    assert str(flat["indices.query.bool.max_clause_count"]) == "4096"
    assert flat["cluster.routing.allocation.awareness.attributes"] == "k8s_node_name,zone"
    assert flat["xpack.security.http.ssl.enabled"] in (True, "true")
    other = flattened(yaml.safe_load(secret(cluster.api, "alone-es-default-es-config")["elasticsearch.yml"]))
    assert "node.store.allow_mmap" not in other


def flattened(value: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, each in value.items():
        if isinstance(each, dict):
            found |= flattened(cast("dict[str, Any]", each), f"{before}{name}.")
        else:
            found[f"{before}{name}"] = each
    return found


def test_a_claim_of_the_size_is_made_for_each_node(cluster: Cluster, stores: list[Object]) -> None:
    spec = pods_of(cluster.api, "catalog")
    assert spec["replicas"] == 3
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "1Gi"
    mounts = spec["template"]["spec"]["containers"][0]["volumeMounts"]
    assert claim["metadata"]["name"] in [each["name"] for each in mounts]


def test_the_container_has_our_resources_and_options(cluster: Cluster, stores: list[Object]) -> None:
    (container,) = pods_of(cluster.api, "catalog")["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["memory"] == "2Gi"
    assert container["image"] == f"docker.elastic.co/elasticsearch/elasticsearch:{VERSION}"
    options = {each["name"]: each.get("value") for each in container["env"]}["ES_JAVA_OPTS"]
    assert "-Xlog:disable" in options


def test_a_budget_keeps_nodes_while_copies_are_missing(cluster: Cluster, stores: list[Object]) -> None:
    """No node serves here, so the cluster is not green, and none of three may go. A single node may."""
    path = f"/apis/policy/v1/namespaces/{PLACE}/poddisruptionbudgets"
    assert made(cluster.api, f"{path}/catalog-es-default")["spec"]["minAvailable"] == 3
    assert made(cluster.api, f"{path}/alone-es-default")["spec"]["minAvailable"] == 0


def test_a_node_that_ends_calls_the_others(cluster: Cluster, stores: list[Object]) -> None:
    """The policy of the nodes admits them to each other on 9200 for it."""
    scripts = made(cluster.api, core("configmaps", "catalog-es-scripts"))["data"]
    address = f"https://catalog-es-internal-http.{PLACE}.svc:9200"
    assert address in scripts["pre-stop-hook-script.sh"]
    selector = made(cluster.api, core("services", "catalog-es-internal-http"))["spec"]["selector"]
    assert selector[CLUSTER] == "catalog"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"version": "latest"}, "Cannot parse Elasticsearch version"),
        ({"version": "10.0.0"}, "Unsupported version"),
        ({"volumeClaimDeletePolicy": "Retain"}, "Unsupported value"),
        ({"nodeSets": []}, "should have at least 1 items"),
    ],
    ids=["latest", "major", "policy", "no-nodes"],
)
def test_it_refuses_what_the_library_refuses(
    cluster: Cluster, stores: list[Object], change: dict[str, Any], refusal: str
) -> None:
    item = drawn_store(stores, "catalog")
    item["metadata"]["name"] = "wrong"
    assert sent(cluster, item).ok

    answer = sent(cluster, {**item, "spec": {**item["spec"], **change}})

    assert not answer.ok
    assert refusal in answer.message


def test_a_name_of_37_characters_is_refused(cluster: Cluster, stores: list[Object]) -> None:
    item = drawn_store(stores, "catalog")
    item["metadata"]["name"] = "a" * 37
    assert "name exceeds maximum allowed length of 36" in sent(cluster, item).message


@pytest.mark.parametrize(
    ("before", "after", "refusal"),
    [
        ("9.2.1", "9.1.0", "Downgrades are not supported"),
        ("8.8.0", "9.2.1", "Unsupported version upgrade path"),
    ],
    ids=["lower", "skipped"],
)
def test_a_jump_between_versions_is_refused(
    cluster: Cluster, stores: list[Object], before: str, after: str, refusal: str
) -> None:
    item = drawn_store(stores, "catalog")
    item["metadata"]["name"] = f"jump-{before.replace('.', '-')}"
    item["spec"]["version"] = before
    path = f"{GROUP}/namespaces/{PLACE}/elasticsearches"
    there = cluster.api.send("POST", path, item)
    assert there.ok, there.message
    item["spec"]["version"] = after
    item["metadata"]["resourceVersion"] = there.body["metadata"]["resourceVersion"]

    answer = cluster.api.send("PUT", f"{path}/{item['metadata']['name']}", item)

    cluster.api.send("DELETE", f"{path}/{item['metadata']['name']}")
    assert not answer.ok
    assert refusal in answer.message


def test_without_a_licence_copies_are_refused(cluster: Cluster, stores: list[Object]) -> None:
    answer = sent(cluster, drawn_store(stores, "kept"))
    assert not answer.ok
    assert "Enterprise license required but ECK operator is running on a Basic license" in answer.message


def test_this_release_refuses_no_object(
    cluster: Cluster, stores: list[Object], not_seen: Mapping[str, list[str]]
) -> None:
    mine = [item for item in stores if ".k8s.elastic.co/" in item["apiVersion"] and item["metadata"]["name"] != "kept"]
    dropped, refused = unknown_fields(cluster, mine)
    not_seen["eck"].extend(dropped)
    assert refused == []
