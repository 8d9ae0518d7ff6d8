"""etcd in native pods: members, their flags and certificates, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    Image,
    KmopChart,
    Platform,
    Provision,
    Resources,
    Schedule,
    ServiceCertificate,
    Size,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.native import NativeEtcd, NativeEtcdProvider
from kmop_constructs.stores import S3, Etcd, EtcdSpec, Pooler
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

PROVISION = Provision(storage=Size.gib(8), resources=Resources.of("500m", "1Gi"))
SPEC = EtcdSpec(version="3.7.3")


def shop(app: App, provided: Provision = PROVISION, namespace: str | None = "shop", **more: Any) -> KmopChart:
    given: dict[str, Any] = {"certificates": CertManager(issuer="internal", kind="Issuer"), **more}
    platform = Platform(etcd=NativeEtcdProvider(provision=provided), **given)
    return KmopChart(app, "shop", namespace=namespace, platform=platform)


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result


def stateful_set(app: App) -> dict[str, Any]:
    return drawn(app).one("StatefulSet", "config")["spec"]


def flags(app: App) -> dict[str, str]:
    args = stateful_set(app)["template"]["spec"]["containers"][0]["args"]
    return {name.removeprefix("--"): value for name, _, value in (each.partition("=") for each in args)}


def test_three_members_form_a_cluster_over_tls(app: App, manifests: SnapshotAssertion) -> None:
    Etcd(shop(app), "config", SPEC)
    result = drawn(app)
    spec = result.one("StatefulSet")["spec"]
    assert (spec["replicas"], spec["podManagementPolicy"], spec["serviceName"]) == (3, "Parallel", "config-peers")
    assert result == manifests


def test_each_member_knows_the_others_by_name(app: App) -> None:
    Etcd(shop(app), "config", SPEC)
    found = flags(app)
    assert found["initial-cluster"].split(",") == [
        f"config-{number}=https://config-{number}.config-peers.shop.svc:2380" for number in range(3)
    ]
    assert found["initial-advertise-peer-urls"] == "https://$(POD_NAME).config-peers.shop.svc:2380"
    assert (found["initial-cluster-state"], found["initial-cluster-token"]) == ("new", "shop-config")


def test_without_a_namespace_names_are_short(app: App) -> None:
    Etcd(shop(app, namespace=None), "config", SPEC)
    found = flags(app)
    assert found["initial-advertise-peer-urls"] == "https://$(POD_NAME).config-peers:2380"
    assert found["initial-cluster-token"] == "config"


def test_members_are_found_before_they_are_ready(app: App) -> None:
    Etcd(shop(app), "config", SPEC)
    spec = drawn(app).one("Service", "config-peers")["spec"]
    assert (spec["clusterIP"], spec["publishNotReadyAddresses"]) == ("None", True)


def test_both_sides_present_certificates(app: App) -> None:
    Etcd(shop(app), "config", SPEC)
    found = flags(app)
    assert {"client-cert-auth", "peer-client-cert-auth"} <= set(found)
    for prefix in ("", "peer-"):
        assert found[f"{prefix}cert-file"] == "/etc/etcd/tls/tls.crt"
        assert found[f"{prefix}key-file"] == "/etc/etcd/tls/tls.key"
        assert found[f"{prefix}trusted-ca-file"] == "/etc/etcd/tls/ca.crt"


def test_only_members_are_peers(app: App) -> None:
    """The authority signs the certificates of clients too."""
    Etcd(shop(app), "config", SPEC)
    allowed = flags(app)["peer-cert-allowed-hostname"]
    assert allowed == "config-peers.shop.svc"
    assert allowed in drawn(app).one("Certificate", "config-tls")["spec"]["dnsNames"]


def test_certificates_are_those_of_an_existing_secret(app: App) -> None:
    given = ServiceCertificate(secret="etcd-tls")
    Etcd(shop(app, certificates=Platform().certificates), "config", replace(SPEC, certificate=given))
    volumes = stateful_set(app)["template"]["spec"]["volumes"]
    assert [each["secret"]["secretName"] for each in volumes if "secret" in each] == ["etcd-tls"]
    assert flags(app)["cert-file"] == "/etc/tls/tls.crt"


def test_without_a_provider_of_certificates_it_is_refused(app: App) -> None:
    with pytest.raises(
        UnsupportedError, match="shop/config: certificate.secret: not set, and plain Kubernetes makes no"
    ):
        Etcd(shop(app, certificates=Platform().certificates), "config", SPEC)


def test_names_agree_with_what_is_drawn(app: App) -> None:
    store = Etcd(shop(app), "config", SPEC)
    assert isinstance(store.drawn, NativeEtcd)
    call, own = store.client("/a/").store.calls[0], store.drawn.client("/a/").store.calls[0]
    assert (call.address, call.tls, call.certificate) == (own.address, own.tls, own.certificate)


def test_tls_is_turned_off_by_a_word(app: App) -> None:
    Etcd(shop(app), "config", replace(SPEC, certificate=None))
    found = flags(app)
    assert found["listen-client-urls"] == "http://0.0.0.0:2379"
    assert not [each for each in found if "cert" in each or "key" in each]


def test_clients_without_certificates_are_let_in_by_a_word(app: App) -> None:
    Etcd(shop(app), "config", replace(SPEC, client_certificates=False))
    found = flags(app)
    assert "client-cert-auth" not in found
    assert "peer-client-cert-auth" in found


def test_checks_need_no_certificate(app: App) -> None:
    Etcd(shop(app), "config", SPEC)
    (container,) = stateful_set(app)["template"]["spec"]["containers"]
    paths = {
        name: (container[f"{name}Probe"]["httpGet"]["path"], container[f"{name}Probe"]["httpGet"]["port"])
        for name in ("startup", "liveness", "readiness")
    }
    assert paths == {
        "startup": ("/livez", "metrics"),
        "liveness": ("/livez", "metrics"),
        "readiness": ("/readyz", "metrics"),
    }
    assert flags(app)["listen-metrics-urls"] == "http://0.0.0.0:2381"


def test_a_drain_takes_one_member(app: App) -> None:
    Etcd(shop(app), "config", SPEC)
    assert drawn(app).one("PodDisruptionBudget", "config")["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize(
    ("storage", "quota", "written"),
    [
        (Size.gib(8), None, 4 * 2**30),
        (Size.gib(100), None, 8 * 2**30),
        (Size.gib(8), Size.gib(2), 2 * 2**30),
    ],
)
def test_the_quota_leaves_room_for_the_log(app: App, storage: Size, quota: Size | None, written: int) -> None:
    Etcd(shop(app, replace(PROVISION, storage=storage)), "config", replace(SPEC, quota=quota))
    assert flags(app)["quota-backend-bytes"] == str(written)


def test_a_quota_that_the_claim_cannot_hold_is_refused(app: App) -> None:
    """The disk would be full before etcd refuses to write more."""
    chart = shop(app, replace(PROVISION, storage=Size.gib(2)))
    with pytest.raises(SpecError, match="quota: not below the storage of 2Gi, .*, got '2Gi'; lower it"):
        Etcd(chart, "config", replace(SPEC, quota=Size.gib(2)))


def test_flags_of_the_spec_replace_ours(app: App) -> None:
    settings = {"auto-compaction-retention": "8h", "max-request-bytes": "1048576"}
    Etcd(shop(app), "config", replace(SPEC, settings=settings))
    found = flags(app)
    assert (found["auto-compaction-mode"], found["auto-compaction-retention"]) == ("periodic", "8h")
    assert found["max-request-bytes"] == "1048576"


def test_the_root_of_the_file_system_is_read_only(app: App) -> None:
    Etcd(shop(app), "config", SPEC)
    pod = stateful_set(app)["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    writable = {each["mountPath"] for each in pod["containers"][0]["volumeMounts"] if not each.get("readOnly")}
    assert writable == {"/tmp", "/var/lib/etcd"}


def test_the_tag_of_the_image_begins_with_v(app: App) -> None:
    Etcd(shop(app), "config", SPEC)
    (container,) = stateful_set(app)["template"]["spec"]["containers"]
    assert container["image"] == "gcr.io/etcd-development/etcd:v3.7.3"
    assert container["command"] == ["/usr/local/bin/etcd"]


def test_a_majority_is_synchronous(app: App) -> None:
    Etcd(shop(app, replace(PROVISION, synchronous=True)), "config", SPEC)
    assert stateful_set(app)["replicas"] == 3


def test_five_members_are_five(app: App) -> None:
    Etcd(shop(app, replace(PROVISION, instances=5)), "config", SPEC)
    assert len(flags(app)["initial-cluster"].split(",")) == 5


@pytest.mark.parametrize(
    ("spec", "provided", "message"),
    [
        (SPEC, Provision(), "shop/config: provision.storage: not set"),
        (SPEC, replace(PROVISION, instances=4), "replicas: an even number, and half of it is no majority, got 4"),
        (SPEC, replace(PROVISION, instances=1, synchronous=True), "provision.synchronous: etcd in native pods"),
        (SPEC, replace(PROVISION, pooler=Pooler()), "provision.pooler: etcd in native pods have no pooler"),
        (
            SPEC,
            replace(PROVISION, backup=Backup(schedule=Schedule("@daily"), keep=timedelta(days=1), to=S3("acme"))),
            "provision.backup: etcd in native pods do not support backups",
        ),
        (replace(SPEC, settings={"cert-file": "/a"}), PROVISION, "settings: set by the library from other fields, got 'cert-file'"),
        (replace(SPEC, settings={"--max-wals": "3"}), PROVISION, "settings: not the name of a flag, got '--max-wals'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(app: App, spec: EtcdSpec, provided: Provision, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Etcd(shop(app, provided), "config", spec)


def test_an_old_image_is_found(app: App, caplog: pytest.LogCaptureFixture) -> None:
    del caplog
    Etcd(shop(app), "config", EtcdSpec(version="3.5.21"))
    with pytest.raises(
        Exception, match=r"the image is etcd 3.5.21, but its checks are /livez and /readyz, from 3.6 on"
    ):
        synthesize(app)


def test_a_store_of_its_own_has_the_same_edge(app: App) -> None:
    chart = shop(app)
    image = Image("gcr.io/etcd-development/etcd:v3.7.3")
    own = ServiceCertificate()
    store = NativeEtcd(
        chart, "config", image=image, storage=Size.gib(8), certificate=own, resources=PROVISION.resources
    )
    assert store.client("/a/").store.tls
    assert flags(app)["cert-file"] == "/etc/tls/tls.crt"
