"""What databases of every kind have in common: pods, claims, certificates, metrics, policies and names.

Expectations are written by hand from https://github.com/kubedb/docs/tree/v2026.7.10 and
https://github.com/kubedb/apimachinery/tree/v0.66.0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import (
    Addresses,
    CheckError,
    KmopChart,
    Operator,
    Peers,
    Pods,
    SecretKey,
    UnsupportedError,
    Worker,
)
from kmop_constructs.core.made import MakesSecret, MakesService
from kmop_constructs.providers.kubedb import KubeDbMonitor, KubeDbTls
from kmop_constructs.testing import synthesize
from kmop_constructs.values.env import ConfigKey
from tests.providers.kubedb.stores import (
    CONTAINERS,
    KINDS,
    SPECS,
    TLS,
    WORKER,
    container,
    drawn,
    env,
    labels,
    login,
    platform,
    provision,
    resource,
    rules,
    shop,
    store,
)

import pytest
from cdk8s import App

PORTS = {"Postgres": 5432, "MySQL": 3306, "MariaDB": 3306, "MongoDB": 27017, "Redis": 6379, "Elasticsearch": 9200}
ALIASES = {kind: "http" if kind == "Elasticsearch" else "server" for kind in KINDS}
every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
def test_three_instances_keep_the_data_in_claims(app: App, kind: str) -> None:
    store(shop(app, kind, provision(storage_class="fast")), kind)
    found = resource(app, kind)
    assert (found["replicas"], found["storageType"], found["deletionPolicy"]) == (3, "Durable", "Halt")
    assert found["storage"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "20Gi"}},
        "storageClassName": "fast",
    }


@every_kind
def test_the_server_keeps_the_restricted_level(app: App, kind: str) -> None:
    """The user is that of the catalog, which the webhook requires; KubeDB fills it in."""
    store(shop(app, kind), kind)
    found = resource(app, kind)["podTemplate"]["spec"]
    assert found["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    (server,) = found["containers"]
    assert server["name"] == CONTAINERS[kind]
    assert server["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


@every_kind
def test_the_server_has_the_resources(app: App, kind: str) -> None:
    store(shop(app, kind), kind)
    found = container(app, kind)["resources"]
    assert (found["requests"]["cpu"], found["requests"]["memory"], found["limits"]["memory"]) == ("1", "4Gi", "4Gi")
    assert "cpu" not in found["limits"]


@every_kind
def test_instances_are_spread_by_a_policy_of_kubedb(app: App, kind: str) -> None:
    store(shop(app, kind, given={"placement": "zones"}), kind)
    assert resource(app, kind)["podTemplate"]["spec"]["podPlacementPolicy"] == {"name": "zones"}


@every_kind
def test_pods_get_no_label_that_kubedb_selects_by(app: App, kind: str) -> None:
    """KubeDB copies the labels of the resource, ``component`` too, by which its own policies select pods."""
    store(shop(app, kind), kind)
    found = drawn(app).one(kind, "orders-db")["metadata"]["labels"]
    assert "app.kubernetes.io/component" not in found
    assert "labels" not in resource(app, kind)["podTemplate"].get("metadata", {})


@every_kind
def test_images_are_pulled_with_the_secrets_of_the_platform(app: App, kind: str) -> None:
    store(shop(app, kind, pull_secrets=("pull",)), kind)
    assert resource(app, kind)["podTemplate"]["spec"]["imagePullSecrets"] == [{"name": "pull"}]


@every_kind
@pytest.mark.parametrize("policy", ["DoNotTerminate", "Delete", "WipeOut"])
def test_what_stays_is_decided_by_the_platform(app: App, kind: str, policy: str) -> None:
    store(shop(app, kind, given={"deletion": policy}), kind)
    assert resource(app, kind)["deletionPolicy"] == policy


@every_kind
def test_a_version_is_mapped_to_an_entry_of_the_catalog(app: App, kind: str) -> None:
    version = SPECS[kind].version.partition(".")[0] + ".0.0"
    store(shop(app, kind, given={"versions": {version: "own-entry"}}), kind, replace(SPECS[kind], version=version))
    assert resource(app, kind)["version"] == "own-entry"


@every_kind
def test_certificates_have_the_names_of_all_services(app: App, kind: str) -> None:
    store(shop(app, kind, given={"tls": TLS}), kind)
    found = resource(app, kind)["tls"]
    assert found["issuerRef"] == {"apiGroup": "cert-manager.io", "kind": "ClusterIssuer", "name": "internal-ca"}
    (server,) = found["certificates"]
    alias = ALIASES[kind]
    assert (server["alias"], server["secretName"]) == (alias, f"orders-db-{alias}-cert")
    assert {"orders-db", "orders-db.shop.svc", "*.orders-db-pods.shop.svc", "localhost"} <= set(server["dnsNames"])
    assert server["ipAddresses"] == ["127.0.0.1"]


@every_kind
def test_callers_verify_the_server(app: App, kind: str) -> None:
    chart = shop(app, kind, given={"tls": TLS})
    Worker(chart, "orders", WORKER, uses=[store(chart, kind).read_write()])
    result = drawn(app)
    found = env(result, "orders")
    host = "orders-db-pods" if kind == "MongoDB" else "orders-db"
    assert found["ORDERS_DB_CA_FILE"] == f"/etc/authorities/{host}/ca.crt"
    volumes = result.one("Deployment", "orders")["spec"]["template"]["spec"]["volumes"]
    (mounted,) = (each["secret"] for each in volumes if "secret" in each)
    secret = f"orders-db-{ALIASES[kind]}-cert"
    assert mounted == {"secretName": secret, "items": [{"key": "ca.crt", "path": "ca.crt"}]}


@every_kind
def test_a_distributed_authority_serves_other_namespaces(app: App, kind: str) -> None:
    tls = KubeDbTls("internal-ca", authority=ConfigKey("internal-ca", "ca.crt", external=True))
    db = store(shop(app, kind, given={"tls": tls}), kind)
    billing = KmopChart(app, "billing", namespace="billing")
    Worker(billing, "billing", WORKER, uses=[db.read_write(credentials=login("billing"))])
    result = drawn(app)
    assert env(result, "billing")["ORDERS_DB_HOST"].endswith(".shop.svc")
    volumes = result.one("Deployment", "billing")["spec"]["template"]["spec"]["volumes"]
    assert [each["configMap"]["name"] for each in volumes if "configMap" in each] == ["internal-ca"]


@every_kind
def test_an_issuer_of_the_namespace_is_named_as_such(app: App, kind: str) -> None:
    store(shop(app, kind, given={"tls": KubeDbTls("shop-ca", kind="Issuer")}), kind)
    assert resource(app, kind)["tls"]["issuerRef"]["kind"] == "Issuer"


@every_kind
def test_an_exporter_is_read_by_the_scraper_alone(app: App, kind: str) -> None:
    peers = Peers(scraper=Pods.of(namespace="monitoring", labels={"app": "prometheus"}))
    store(shop(app, kind, given={"monitor": KubeDbMonitor()}, peers=peers), kind)
    found = resource(app, kind)["monitor"]
    assert (found["agent"], found["prometheus"]["exporter"]["port"]) == ("prometheus.io/builtin", 56790)
    assert found["prometheus"]["exporter"]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    ((scraper,),) = (who for ports, who in rules(synthesize(app), "orders-db-own") if ports == [56790])
    assert scraper["podSelector"] == {"matchLabels": {"app": "prometheus"}}


@every_kind
def test_a_service_monitor_has_the_labels_of_its_prometheus(app: App, kind: str) -> None:
    peers = Peers(scraper=Pods.of(namespace="monitoring", labels={"app": "prometheus"}))
    monitor = KubeDbMonitor(labels={"release": "prometheus"})
    store(shop(app, kind, given={"monitor": monitor}, peers=peers), kind)
    found = resource(app, kind)["monitor"]
    assert found["agent"] == "prometheus.io/operator"
    assert found["prometheus"]["serviceMonitor"] == {"labels": {"release": "prometheus"}}


@every_kind
def test_an_exporter_without_a_scraper_is_found(app: App, kind: str) -> None:
    store(shop(app, kind, given={"monitor": KubeDbMonitor()}), kind)
    with pytest.raises(CheckError, match=r"shop/orders-db: has an exporter of metrics.*\[peer-unknown\]"):
        synthesize(app)


@every_kind
def test_policies_admit_callers_at_the_port_alone(app: App, kind: str) -> None:
    chart = shop(app, kind)
    Worker(chart, "orders", WORKER, uses=[store(chart, kind).read_write()])
    result = drawn(app)
    service = "orders-db-pods" if kind == "MongoDB" else "orders-db"
    ((ports, (caller,)),) = rules(result, service)
    assert ports == [PORTS[kind]]
    assert caller["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "orders"
    assert result.one("NetworkPolicy", service)["spec"]["podSelector"] == {"matchLabels": labels(kind)}


@every_kind
@pytest.mark.parametrize(("operators", "place"), [({}, "kubedb"), ({"kubedb": Operator("databases")}, "databases")])
def test_kubedb_reaches_the_port_of_callers(app: App, kind: str, operators: dict[str, Any], place: str) -> None:
    """The labels are those by which KubeDB's own policies admit its pods (pkg/network_policy/network_policy.go)."""
    store(shop(app, kind, operators=operators), kind)
    found = [
        (ports, peer)
        for ports, peers in rules(drawn(app), "orders-db-own")
        for peer in peers
        if "namespaceSelector" in peer
    ]
    assert found == [
        (
            [PORTS[kind]],
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": place}},
                "podSelector": {"matchLabels": {"app.kubernetes.io/instance": "kubedb"}},
            },
        )
    ]


@every_kind
def test_a_caller_of_another_repository_is_admitted(app: App, kind: str) -> None:
    accepts = [Pods.of(namespace="billing", labels={"app": "billing"})]
    store(shop(app, kind), kind, accepts=accepts)
    service = "orders-db-pods" if kind == "MongoDB" else "orders-db"
    ((_, (peer,)),) = rules(drawn(app), service)
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "billing"}


@every_kind
def test_the_api_server_is_reached_where_it_is_known(app: App, kind: str) -> None:
    peers = Peers(api_server=Addresses.of("10.0.0.1", port=6443))
    store(shop(app, kind, peers=peers), kind)
    out = rules(drawn(app), "orders-db-own", "egress")
    reached = [peers for ports, peers in out if ports == [6443]]
    assert bool(reached) == (kind != "Elasticsearch"), "its pods have no sidecar that uses the API"
    assert not [peers for _, peers in out if {"namespaceSelector": {}} in peers]


@every_kind
def test_no_policy_is_drawn_without_isolation(app: App, kind: str) -> None:
    store(shop(app, kind, isolation="off"), kind)
    assert "NetworkPolicy" not in {each["kind"] for each in drawn(app).objects}


@every_kind
def test_names_agree_with_what_kubedb_makes(app: App, kind: str) -> None:
    """What callers are told is a Service, and a Secret, that the drawn construct says KubeDB will make."""
    db = store(shop(app, kind, given={"tls": TLS}), kind)
    services = {each.name: each for each in db.drawn.gives if isinstance(each, MakesService)}
    secrets = {each.name: each for each in db.drawn.gives if isinstance(each, MakesSecret)}
    for edge in (db.read_write(), *([db.read_only(user=None)] if kind in ("Postgres", "MySQL") else [])):
        address = edge.store.call.address
        assert address.host in services
        assert address.port == services[address.host].ports[0].number
        authority = edge.store.authority
        assert isinstance(authority, SecretKey)
        assert authority.key in secrets[authority.name].keys


@every_kind
def test_the_secret_of_the_administrator_is_known(app: App, kind: str) -> None:
    if kind == "Redis":
        pytest.skip("its only login is the password of callers")
    chart = shop(app, kind)
    store(chart, kind)
    Worker(chart, "admin", replace(WORKER, env={"ADMIN": SecretKey("orders-db-auth", "username")}))
    assert "orders-db-auth" not in {each.name for each in drawn(app).required}


@every_kind
def test_a_password_of_another_is_not_made_by_kubedb(app: App, kind: str) -> None:
    field = "password" if kind in ("Redis", "Elasticsearch") else "admin_password"
    key = SecretKey("root-login", "password", external=True)
    store(shop(app, kind), kind, replace(SPECS[kind], **{field: key}))
    assert resource(app, kind)["authSecret"] == {"kind": "Secret", "name": "root-login", "externallyManaged": True}
    (wanted,) = (each for each in drawn(app).required if each.name == "root-login")
    assert set(wanted.keys) >= {"username", "password"}


@every_kind
@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({}, "store-plain"),
        ({"registries": {"ghcr.io": "mirror.acme.io"}}, "images-of-operator"),
    ],
)
def test_what_is_not_decided_is_a_notice(
    app: App, caplog: pytest.LogCaptureFixture, kind: str, more: dict[str, Any], rule: str
) -> None:
    store(shop(app, kind, **more), kind)
    drawn(app)
    assert [each for each in caplog.messages if f"[{rule}]" in each and "shop/orders-db" in each]


@pytest.mark.parametrize("kind", [each for each in KINDS if each != "Redis"])
def test_one_instance_is_a_notice(app: App, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    store(shop(app, kind, provision(instances=1)), kind)
    drawn(app)
    assert [each for each in caplog.messages if "[single-replica]" in each and "shop/orders-db" in each]


@every_kind
def test_a_closed_namespace_keeps_the_pods_closed(app: App, kind: str) -> None:
    store(shop(app, kind), kind)
    found = drawn(app).one("NetworkPolicy", "orders-db-own")["spec"]
    assert found["policyTypes"] == ["Ingress", "Egress"]
    assert [53, 53] in [ports for ports, _ in rules(synthesize(app), "orders-db-own", "egress")]


@every_kind
def test_a_community_licence_is_for_the_namespace_demo(app: App, kind: str) -> None:
    """https://github.com/kubedb/docs/pull/415 and 422."""
    known = platform(kind, given={"licence": "community"})
    with pytest.raises(
        UnsupportedError, match="orders-db: namespace: KubeDB's community licence.*licence='enterprise'"
    ):
        store(KmopChart(app, "shop", namespace="shop", platform=known), kind)


@every_kind
def test_a_trial_runs_in_the_namespace_demo(app: App, kind: str) -> None:
    known = platform(kind, given={"licence": "community"})
    store(KmopChart(app, "demo", namespace="demo", platform=known), kind)
    assert drawn(app).one(kind, "orders-db")["metadata"]["namespace"] == "demo"
