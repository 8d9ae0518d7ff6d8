"""etcd by etcd-operator: what is drawn, and everything that it cannot do refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    Image,
    KmopChart,
    NativeNamespace,
    Operator,
    Platform,
    Provision,
    Resources,
    Schedule,
    Size,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.etcd_operator import EtcdOperator
from kmop_constructs.stores import S3, Etcd, EtcdSpec, Pooler
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

PROVISION = Provision(storage=Size.gib(8))
SPEC = EtcdSpec(version="3.6.7", certificate=None)
ACCEPTED: Any = ("security",)


def shop(app: App, provided: Provision = PROVISION, *, leaves_out: Any = ACCEPTED, images: Any = None, **more: Any) -> KmopChart:  # fmt: skip
    provider = EtcdOperator(provision=provided, leaves_out=leaves_out, images=images or {})
    return KmopChart(app, "shop", namespace="shop", platform=Platform(etcd=provider, **more))


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result


def cluster(app: App) -> dict[str, Any]:
    return drawn(app).one("EtcdCluster", "config")["spec"]


def test_three_members_keep_their_data(app: App) -> None:
    Etcd(shop(app, replace(PROVISION, storage_class="fast")), "config", SPEC)
    assert cluster(app) == {
        "size": 3,
        "version": "v3.6.7",
        "imageRegistry": "gcr.io/etcd-development/etcd",
        "storageSpec": {"accessModes": "ReadWriteOnce", "volumeSizeRequest": "8Gi", "storageClassName": "fast"},
        "etcdOptions": [
            "--auto-compaction-mode=periodic",
            "--auto-compaction-retention=1h",
            "--quota-backend-bytes=4294967296",
        ],
    }


def test_flags_of_the_spec_replace_ours(app: App) -> None:
    Etcd(shop(app), "config", replace(SPEC, settings={"auto-compaction-retention": "8h", "max-wals": "3"}))
    options = cluster(app)["etcdOptions"]
    assert "--auto-compaction-retention=8h" in options
    assert "--auto-compaction-retention=1h" not in options
    assert "--max-wals=3" in options


def test_a_drain_takes_one_member(app: App) -> None:
    Etcd(shop(app), "config", SPEC)
    assert drawn(app).one("PodDisruptionBudget", "config")["spec"] == {
        "maxUnavailable": 1,
        "selector": {"matchLabels": {"app": "config", "controller": "config"}},
    }


def test_one_member_has_no_budget(app: App, caplog: pytest.LogCaptureFixture) -> None:
    Etcd(shop(app, replace(PROVISION, instances=1)), "config", SPEC)
    assert not [each for each in drawn(app).objects if each["kind"] == "PodDisruptionBudget"]
    assert [each for each in caplog.messages if "[single-replica]" in each]


def test_callers_the_operator_and_members_are_admitted(app: App) -> None:
    chart = shop(app, operators={"etcd-operator": Operator("databases")})
    NativeNamespace(chart, "namespace")
    store = Etcd(chart, "config", SPEC)
    Worker(chart, "orders", WorkerSpec(image=Image("acme/orders:1")), uses=[store.client("/config/")])
    result = drawn(app)
    own = result.one("NetworkPolicy", "config-own")["spec"]
    operator, peers = own["ingress"]
    assert operator["from"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "databases"}},
            "podSelector": {"matchLabels": {"control-plane": "controller-manager"}},
        }
    ]
    assert [each["port"] for each in operator["ports"]] == [2379]
    assert [each["port"] for each in peers["ports"]] == [2379, 2380]
    dns, others = own["egress"]
    assert [{each["port"] for each in rule["ports"]} for rule in (dns, others)] == [{53}, {2379, 2380}]
    assert others["to"] == [{"podSelector": own["podSelector"]}]
    (callers,) = result.one("NetworkPolicy", "config")["spec"]["ingress"]
    assert [each["port"] for each in callers["ports"]] == [2379]
    egress = result.one("NetworkPolicy", "orders")["spec"]["egress"][-1]
    assert egress["to"] == [{"podSelector": {"matchLabels": {"app": "config", "controller": "config"}}}]


def test_a_mirror_is_the_registry(app: App) -> None:
    Etcd(shop(app, registries={"gcr.io": "mirror.acme.io"}), "config", SPEC)
    assert cluster(app)["imageRegistry"] == "mirror.acme.io/etcd-development/etcd"


def test_an_image_of_a_version_is_named(app: App) -> None:
    Etcd(shop(app, images={"3.6.7": Image("acme/etcd:v3.6.7-a")}), "config", SPEC)
    found = cluster(app)
    assert (found["imageRegistry"], found["version"]) == ("acme/etcd", "v3.6.7-a")


@pytest.mark.parametrize("name", ["security", "certificate", "resources"])
def test_what_is_left_out_is_a_notice(app: App, caplog: pytest.LogCaptureFixture, name: str) -> None:
    provided = replace(PROVISION, resources=Resources.of("1", "1Gi"))
    Etcd(shop(app, provided, leaves_out=("certificate", "resources", "security")), "config", EtcdSpec(version="3.6.7"))
    synthesize(app)
    assert [each for each in caplog.messages if f"{name} is left out" in each and "[left-out]" in each]


def test_pull_secrets_are_left_out_by_name_alone(app: App, caplog: pytest.LogCaptureFixture) -> None:
    """The operator has no field for them: its members run as the account ``default``."""
    with pytest.raises(UnsupportedError, match=r"config: Platform.pull_secrets: .* the ServiceAccount 'default'"):
        Etcd(shop(app, pull_secrets=("pull",)), "config", SPEC)
    chart = shop(App(), leaves_out=("pull_secrets", "security"), pull_secrets=("pull",))
    synthesize(Etcd(chart, "config", SPEC))
    assert [each for each in caplog.messages if "pull_secrets is left out" in each and "[left-out]" in each]


@pytest.mark.parametrize(
    ("spec", "provided", "left_out", "message"),
    [
        (SPEC, PROVISION, (), r"config: security: etcd-operator 0.2 runs the members.*leaves_out=\('security',\)"),
        (
            EtcdSpec(version="3.6.7"),
            PROVISION,
            ACCEPTED,
            r"config: certificate: etcd-operator 0.2 makes certificates.*leaves_out=\('security', 'certificate'\)",
        ),
        (
            SPEC,
            replace(PROVISION, resources=Resources.of("1", "1Gi")),
            ACCEPTED,
            "config: provision.resources: etcd-operator 0.2 sets no requests and limits; use NativeEtcdProvider",
        ),
    ],
)
def test_each_thing_left_out_must_be_named(
    app: App, spec: EtcdSpec, provided: Provision, left_out: Any, message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message):
        Etcd(shop(app, provided, leaves_out=left_out), "config", spec)


@pytest.mark.parametrize(
    ("spec", "provided", "message"),
    [
        (SPEC, Provision(), "shop/config: provision.storage: not set, and without a claim a member loses its data"),
        (SPEC, replace(PROVISION, instances=2), "provision.instances: an even number"),
        (SPEC, replace(PROVISION, instances=1, synchronous=True), "provision.synchronous: set for one member"),
        (SPEC, replace(PROVISION, pooler=Pooler()), "provision.pooler: etcd has no pooler"),
        (
            SPEC,
            replace(PROVISION, backup=Backup(schedule=Schedule("@daily"), keep=timedelta(days=1), to=S3("acme"))),
            "provision.backup: etcd-operator 0.2 makes no copies",
        ),
        (replace(SPEC, quota=Size.gib(8)), PROVISION, "shop/config: quota: not below the storage of 8Gi.*, got '8Gi'"),
        (replace(SPEC, settings={"listen-peer-urls": "a"}), PROVISION, "settings: set by etcd-operator, or by the library"),
        (replace(SPEC, settings={"peer-cert-file": "a"}), PROVISION, "settings: set by etcd-operator, or by the library"),
        (replace(SPEC, settings={"Max": "1"}), PROVISION, "settings: not the name of a flag"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(app: App, spec: EtcdSpec, provided: Provision, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Etcd(shop(app, provided), "config", spec)


def test_another_domain_of_the_cluster_is_refused(app: App) -> None:
    with pytest.raises(UnsupportedError, match=r"calls members below the domain 'cluster.local'"):
        Etcd(shop(app, domain="acme.local"), "config", SPEC)


def test_a_name_of_53_characters_is_refused(app: App) -> None:
    with pytest.raises(SpecError, match="name: too long for a StatefulSet of the operator.*at most 52"):
        Etcd(shop(app), "e" * 53, SPEC)


def test_an_image_by_digest_is_refused(app: App) -> None:
    image = Image(f"acme/etcd@sha256:{'a' * 64}")
    with pytest.raises(SpecError, match="images: not a repository with a tag"):
        Etcd(shop(app, images={"3.6.7": image}), "config", SPEC)


@pytest.mark.parametrize(
    "fields", [{"provision": 3}, {"images": {"3": "a:1"}}, {"leaves_out": ("backup",)}, {"leaves_out": "security"}]
)
def test_a_wrong_provider_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="EtcdOperator"):
        EtcdOperator(**fields)
