"""Edges of every etcd: the variables of etcdctl, the certificate of the workload, and what policies open."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from kmop_constructs import (
    CheckError,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Provision,
    Resources,
    ServiceCertificate,
    ServiceSpec,
    Size,
    SpecError,
)
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.etcd import EtcdCertificates
from kmop_constructs.providers.etcd_operator import EtcdOperator
from kmop_constructs.providers.native import NativeEtcdProvider
from kmop_constructs.stores import Etcd, EtcdSpec
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize

import pytest
from cdk8s import App

PROVISION = Provision(storage=Size.gib(8))
NATIVE = Platform(
    name="native", certificates=CertManager(issuer="internal"), etcd=NativeEtcdProvider(provision=PROVISION)
)
OPERATED = Platform(name="operated", etcd=EtcdOperator(provision=PROVISION, leaves_out=("certificate", "security")))
OWN = ServiceCertificate(path="/etc/own")
FILES = ExistingSecret("orders-etcd")
CERTIFICATES = EtcdCertificates(ca=FILES.key("ca.crt"), certificate=FILES.key("tls.crt"), key=FILES.key("tls.key"))
BUSYBOX = Image("busybox:1.38.0")


def chart(app: App, platform: Platform, name: str = "shop") -> KmopChart:
    return KmopChart(app, f"{name}-{platform.name}", namespace=name, platform=platform)


def service(certificate: ServiceCertificate | None = None) -> ServiceSpec:
    image, resources = Image("acme/orders:1"), Resources.of("100m", "256Mi")
    return ServiceSpec(image=image, port=8080, resources=resources, certificate=certificate)


def pod(result: Synthesized) -> dict[str, Any]:
    return result.one("Deployment", "orders")["spec"]["template"]["spec"]


def env(result: Synthesized) -> dict[str, str]:
    return {each["name"]: each["value"] for each in pod(result)["containers"][0]["env"]}


def test_a_caller_presents_the_certificate_of_its_workload(app: App) -> None:
    place = chart(app, NATIVE)
    edge = Etcd(place, "config", EtcdSpec(version="3.7.3")).client("/config/orders/", prefix_env="PREFIX")
    Microservice(place, "orders", service(OWN), uses=[edge])
    assert env(synthesize(app)) == {
        "ETCDCTL_CACERT": "/etc/own/ca.crt",
        "ETCDCTL_CERT": "/etc/own/tls.crt",
        "ETCDCTL_ENDPOINTS": "https://config:2379",
        "ETCDCTL_KEY": "/etc/own/tls.key",
        "PREFIX": "/config/orders/",
    }


def test_a_caller_without_a_certificate_is_found(app: App) -> None:
    place = chart(app, NATIVE)
    edge = Etcd(place, "config", EtcdSpec(version="3.7.3")).client("/config/")
    Microservice(place, "orders", service(), uses=[edge])
    with pytest.raises(CheckError, match=r"requires a certificate of each client, and has none.*\[edge-certificate\]"):
        synthesize(app)


def test_a_caller_may_have_certificates_of_a_secret(app: App) -> None:
    """Such as one with a common name that is a user of etcd."""
    place = chart(app, NATIVE)
    edge = Etcd(place, "config", EtcdSpec(version="3.7.3")).client(
        "/config/", certificates=CERTIFICATES, variables="ETCD"
    )
    Microservice(place, "orders", service(), uses=[edge])
    assert env(synthesize(app)) == {
        "ETCD_CACERT": "/etc/etcd-tls/ca.crt",
        "ETCD_CERT": "/etc/etcd-tls/tls.crt",
        "ETCD_ENDPOINTS": "https://config:2379",
        "ETCD_KEY": "/etc/etcd-tls/tls.key",
    }


def test_without_client_certificates_the_authority_is_enough(app: App) -> None:
    place = chart(app, NATIVE)
    edge = Etcd(place, "config", EtcdSpec(version="3.7.3", client_certificates=False)).client("/config/")
    Microservice(place, "orders", service(), uses=[edge])
    result = synthesize(app)
    assert env(result) == {
        "ETCDCTL_CACERT": "/etc/authorities/config/ca.crt",
        "ETCDCTL_ENDPOINTS": "https://config:2379",
    }
    (volume,) = (each for each in pod(result)["volumes"] if "secret" in each)
    assert volume["secret"] == {"secretName": "config-tls", "items": [{"key": "ca.crt", "path": "ca.crt"}]}


def test_a_login_is_beside_the_certificate(app: App) -> None:
    place = chart(app, NATIVE)
    login = Credentials(user="orders", password=ExistingSecret("login").key("password"))
    edge = Etcd(place, "config", EtcdSpec(version="3.7.3")).client("/config/", credentials=login)
    Microservice(place, "orders", service(OWN), uses=[edge])
    found = pod(synthesize(app))["containers"][0]["env"]
    assert {"name": "ETCDCTL_USER", "value": "orders"} in found
    assert [each for each in found if each["name"] == "ETCDCTL_PASSWORD" and "valueFrom" in each]


def test_callers_keep_their_edge_when_the_provider_changes(app: App) -> None:
    """The operator serves without TLS, so the files are gone, and the names of the rest stay."""
    found: list[dict[str, str]] = []
    for platform in (NATIVE, OPERATED):
        place = chart(app, platform)
        edge = Etcd(place, "config", EtcdSpec(version="3.6.7")).client("/config/", prefix_env="PREFIX")
        certificate = OWN if platform is NATIVE else None
        Microservice(place, "orders", service(certificate), uses=[edge])
        found.append(env(synthesize(place)))
    native, operated = found
    assert operated == {"ETCDCTL_ENDPOINTS": "http://config:2379", "PREFIX": "/config/"}
    assert set(operated) < set(native)


def test_a_caller_waits_for_the_store(app: App) -> None:
    place = chart(app, NATIVE)
    edge = Etcd(place, "config", EtcdSpec(version="3.7.3")).client("/config/").before_start(BUSYBOX)
    Microservice(place, "orders", service(OWN), uses=[edge])
    result = synthesize(app)
    (waiting,) = pod(result)["initContainers"]
    assert "nc -z -w 2 config 2379" in waiting["command"][-1]
    assert env(result)["ETCDCTL_CERT"] == "/etc/own/tls.crt"


def test_a_caller_of_another_namespace_has_the_same_issuer(app: App) -> None:
    edge = Etcd(chart(app, NATIVE), "config", EtcdSpec(version="3.7.3")).client("/config/")
    billing = chart(app, NATIVE, "billing")
    caller = Microservice(billing, "orders", service(OWN), uses=[edge])
    result = synthesize(app)
    assert env(result)["ETCDCTL_ENDPOINTS"] == "https://config.shop.svc:2379"
    assert env(result)["ETCDCTL_CACERT"] == "/etc/own/ca.crt"
    assert caller.facts.namespace == "billing"


@pytest.mark.parametrize("platform", [NATIVE, OPERATED], ids=["native", "operator"])
def test_only_callers_reach_the_members(app: App, platform: Platform) -> None:
    place = chart(app, platform)
    store = Etcd(place, "config", EtcdSpec(version="3.6.7"))
    certificate = OWN if platform is NATIVE else None
    Microservice(place, "orders", service(certificate), uses=[store.client("/config/")])
    result = synthesize(app)
    (name,) = {each["metadata"]["name"] for each in result.objects if each["kind"] == "NetworkPolicy"} - {
        "orders",
        "config-own",
    }
    first = result.one("NetworkPolicy", name)["spec"]["ingress"][0]
    assert [each["port"] for each in first["ports"]] == [2379]
    assert first["from"] == [
        {"podSelector": {"matchLabels": {f"app.kubernetes.io/{each}": "orders" for each in ("name", "instance")}}}
    ]


def test_a_stranger_is_blocked(app: App) -> None:
    place = chart(app, NATIVE)
    store = Etcd(place, "config", EtcdSpec(version="3.7.3"))
    caller = Microservice(place, "orders", service(OWN), uses=[store.client("/config/")])
    stranger = Microservice(place, "stranger", service())
    assert_reachable(caller, store.drawn, 2379)  # pyright: ignore[reportArgumentType]
    assert_blocked(caller, store.drawn, 2380)  # pyright: ignore[reportArgumentType]
    assert_blocked(stranger, store.drawn, 2379)  # pyright: ignore[reportArgumentType]


def test_certificates_for_a_store_without_tls_are_refused(app: App) -> None:
    store = Etcd(chart(app, NATIVE), "config", EtcdSpec(version="3.7.3", certificate=None))
    with pytest.raises(SpecError, match=r"config.client\(certificates=…\): has no effect without TLS; set EtcdSpec"):
        store.client("/config/", certificates=CERTIFICATES)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"certificate": "tls"}, "EtcdSpec.certificate"),
        ({"client_certificates": "no"}, "EtcdSpec.client_certificates: neither True nor False"),
        ({"quota": Size.gib(9)}, "EtcdSpec.quota: above 8Gi, which etcd warns of, got '9Gi'"),
        ({"quota": 1}, "EtcdSpec.quota"),
    ],
)
def test_a_wrong_spec_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        EtcdSpec(version="3.7.3", **fields)


def test_values_of_stores_are_imported_without_the_engine() -> None:
    program = "import sys, kmop_constructs.stores as s; s.S3, s.EtcdSpec; assert 'jsii' not in sys.modules; s.Etcd"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
