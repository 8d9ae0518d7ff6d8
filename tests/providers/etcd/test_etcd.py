"""etcd: variables in the names of etcdctl or others, certificates and logins by reference, and what is opened."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    Credentials,
    ExistingSecret,
    ExistingService,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    Resources,
    ServiceSpec,
    SpecError,
)
from kmop_constructs.providers.etcd import EtcdCertificates, ExistingEtcd
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize

import pytest
from syrupy.assertion import SnapshotAssertion

SPEC = ServiceSpec(
    image=Image("acme/orders:1"), port=8080, resources=Resources.of("100m", "256Mi", memory_limit="256Mi")
)
SECRET = ExistingSecret("etcd-orders")
CERTIFICATES = EtcdCertificates(ca=SECRET.key("ca.crt"), certificate=SECRET.key("tls.crt"), key=SECRET.key("tls.key"))
SERVICE = ExistingService("etcd", port=2379, namespace="etcd", pod_labels={"app": "etcd"})
LOGIN = Credentials(user="orders", password=SECRET.key("password"))
BUSYBOX = Image("busybox:1.38.0")


def wrong(value: object) -> Any:
    """What a caller without a type checker may write."""
    return value


def drawn(chart: KmopChart, edge: Any) -> Microservice:
    return Microservice(chart, "orders", SPEC, uses=[edge])


def env(chart: KmopChart, edge: Any) -> dict[str, Any]:
    found = synthesize(drawn(chart, edge)).one("Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    return {each["name"]: each.get("value", each.get("valueFrom", {}).get("secretKeyRef")) for each in found}


def test_a_service_reads_keys_with_a_certificate(chart: KmopChart, manifests: SnapshotAssertion) -> None:
    etcd = ExistingEtcd(SERVICE, certificates=CERTIFICATES)
    drawn(chart, etcd.client("/config/orders/", prefix_env="CONFIG_PREFIX").before_start(BUSYBOX))
    result = synthesize(chart)
    pod = result.one("Deployment")["spec"]["template"]["spec"]
    assert {each["name"]: each["value"] for each in pod["containers"][0]["env"]} == {
        "CONFIG_PREFIX": "/config/orders/",
        "ETCDCTL_CACERT": "/etc/etcd-tls/ca.crt",
        "ETCDCTL_CERT": "/etc/etcd-tls/tls.crt",
        "ETCDCTL_ENDPOINTS": "https://etcd.etcd.svc:2379",
        "ETCDCTL_KEY": "/etc/etcd-tls/tls.key",
    }
    assert "nc -z -w 2 etcd.etcd.svc 2379" in pod["initContainers"][0]["command"][-1]
    assert result == manifests


def test_a_login_of_etcd_is_by_reference(chart: KmopChart) -> None:
    assert env(chart, ExistingEtcd(SERVICE).client("/config/", credentials=LOGIN)) == {
        "ETCDCTL_ENDPOINTS": "http://etcd.etcd.svc:2379",
        "ETCDCTL_PASSWORD": {"name": "etcd-orders", "key": "password"},
        "ETCDCTL_USER": "orders",
    }


def test_names_of_variables_are_chosen(chart: KmopChart) -> None:
    found = env(chart, ExistingEtcd(SERVICE, certificates=CERTIFICATES).client("/config/", variables="ETCD"))
    assert set(found) == {"ETCD_CACERT", "ETCD_CERT", "ETCD_ENDPOINTS", "ETCD_KEY"}


def test_every_member_is_an_endpoint_and_open(chart: KmopChart) -> None:
    members = [ExternalHost(f"etcd-{each}.acme.internal", port=2379, cidrs=(f"10.3.0.{each}/32",)) for each in (1, 2)]
    service = drawn(chart, ExistingEtcd(members, tls=True).client("/config/"))
    [found] = synthesize(service).one("Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert found["value"] == "https://etcd-1.acme.internal:2379,https://etcd-2.acme.internal:2379"
    assert_reachable(service, "10.3.0.1", 2379)
    assert_reachable(service, "10.3.0.2", 2379)
    assert_blocked(service, "10.3.0.3", 2379)
    assert_blocked(service, "10.3.0.1", 2380)


def test_a_certificate_of_one_client_replaces_the_stores(chart: KmopChart) -> None:
    own = EtcdCertificates(ca=SECRET.key("ca.crt"), directory="/own")
    found = env(chart, ExistingEtcd(SERVICE, certificates=CERTIFICATES).client("/config/", certificates=own))
    assert found == {"ETCDCTL_CACERT": "/own/ca.crt", "ETCDCTL_ENDPOINTS": "https://etcd.etcd.svc:2379"}


def test_a_host_by_name_has_the_port_of_etcd(chart: KmopChart) -> None:
    assert env(chart, ExistingEtcd("etcd.acme.io").client("/config/")) == {
        "ETCDCTL_ENDPOINTS": "http://etcd.acme.io:2379"
    }


def test_role_commands_have_exactly_the_prefix() -> None:
    edge = ExistingEtcd(SERVICE).client("/config/orders/", access="readwrite")
    assert edge.role_commands("orders").splitlines() == [
        "etcdctl role add orders",
        "etcdctl role grant-permission orders --prefix=true readwrite /config/orders/",
    ]


def test_role_commands_are_quoted_for_a_shell() -> None:
    edge = ExistingEtcd(SERVICE).client("/a b/$(x)/")
    assert edge.role_commands("my role").splitlines()[1].endswith("'my role' --prefix=true read '/a b/$(x)/'")


def test_a_store_with_several_addresses_is_not_awaited() -> None:
    edge = ExistingEtcd(["etcd-0.acme.io", "etcd-1.acme.io"]).client("/config/")
    with pytest.raises(SpecError, match="the store has 2 addresses, and one of them may be down"):
        edge.before_start(BUSYBOX)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"prefix": ""}, "empty"),
        ({"access": "write"}, "'read' or 'readwrite'"),
        ({"variables": "etcd"}, "not the first part of names of variables, got 'etcd'"),
        ({"credentials": Credentials(password=SECRET.key("password"))}, "no user, which etcd needs"),
        ({"certificates": CERTIFICATES}, r"has no effect without TLS; write ExistingEtcd\(…, tls=True\)"),
        ({"prefix_env": "A B"}, "not a valid name"),
    ],
)
def test_a_wrong_client_of_etcd_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        ExistingEtcd(SERVICE).client(**wrong({"prefix": "/config/", **fields}))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExistingEtcd([]), "ExistingEtcd.address: empty"),
        (lambda: ExistingEtcd(SERVICE, port=1), "not allowed, because a host already has a port, got 1"),
        (lambda: ExistingEtcd("etcd.etcd.svc"), r"write ExistingService\(name"),
        (lambda: ExistingEtcd(["etcd.acme.io", wrong(5)]), "write text or ServiceRef"),
        (
            lambda: ExistingEtcd(["etcd.acme.io", ExternalHost("etcd2.acme.io")]),
            "some addresses are http and others https",
        ),
        (
            lambda: EtcdCertificates(ca=SECRET.key("ca"), certificate=SECRET.key("crt")),
            "one of certificate and key is set",
        ),
    ],
)
def test_a_wrong_address_of_etcd_is_refused(make: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        make()


def test_a_password_as_text_is_refused_and_not_shown() -> None:
    with pytest.raises(SpecError, match="credentials") as caught:
        ExistingEtcd(SERVICE).client("/config/", credentials=wrong("canary-4711"))
    assert "canary" not in str(caught.value)
    with pytest.raises(SpecError, match=r"EtcdCertificates\.key") as caught:
        EtcdCertificates(ca=SECRET.key("ca"), certificate=SECRET.key("crt"), key=wrong("canary-4711"))
    assert "canary" not in str(caught.value)
