"""Certificates that could not be issued."""

from kmop_constructs import (
    CheckError,
    Exposure,
    Image,
    KmopChart,
    Manifest,
    Microservice,
    NativeNamespace,
    Peers,
    Platform,
    Pods,
    Port,
    ServiceCertificate,
    ServiceSpec,
    SpecError,
    Tls,
)
from kmop_constructs.providers.cert_manager import CertManager, PrivateAuthority
from kmop_constructs.providers.traefik import TraefikGateway
from kmop_constructs.testing import assert_blocked, synthesize

import pytest
from cdk8s import App

KNOWN = Platform(peers=Peers(ingress_controller=Pods.of({"app": "controller"}, namespace="edge")))


def exposed(app: App, tls: Tls, *, default_deny: bool = True, http01_solver: bool = False) -> list[str]:
    chart = KmopChart(app, "shop", namespace="shop", platform=KNOWN)
    NativeNamespace(chart, "namespace", default_deny=default_deny, http01_solver=http01_solver)
    spec = ServiceSpec(image=Image("acme/web:1"), port=80, exposure=Exposure(host="web.acme.io", tls=tls))
    Microservice(chart, "web", spec)
    return [str(notice) for notice in synthesize(chart).notices if notice.rule == "challenge-blocked"]


def test_a_closed_namespace_blocks_the_challenge(app: App) -> None:
    (notice,) = exposed(app, Tls.issued_by("letsencrypt"))
    assert notice.startswith(
        "shop/web/gateway: requests a certificate from 'letsencrypt', but a policy of the namespace closes all pods"
    )


GATEWAY = {"gatewayClassName": "eg", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}


@pytest.mark.parametrize(
    ("version", "kind", "annotations", "spec"),
    [
        ("gateway.networking.k8s.io/v1", "Gateway", {"cert-manager.io/issuer": "own"}, GATEWAY),
        ("cert-manager.io/v1", "Certificate", {}, {"secretName": "a", "issuerRef": {"name": "own"}}),
    ],
)
def test_gateways_and_certificates_need_challenges_like_ingresses(
    app: App, version: str, kind: str, annotations: dict[str, str], spec: dict[str, object]
) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=KNOWN)
    NativeNamespace(chart, "namespace", default_deny=True)
    metadata = {"name": "edge", "annotations": annotations}
    Manifest(chart, "edge", {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
    (notice,) = [each for each in synthesize(chart).notices if each.rule == "challenge-blocked"]
    assert str(notice).startswith("shop/edge: requests a certificate from 'own'")


def test_the_solvers_can_be_let_in(app: App) -> None:
    assert exposed(app, Tls.issued_by("letsencrypt"), http01_solver=True) == []
    policy = synthesize(app).one("NetworkPolicy", "http01-solver")["spec"]
    assert policy["podSelector"] == {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}}
    assert policy["ingress"][0]["ports"] == [{"port": 8089, "protocol": "TCP"}]


def test_an_open_namespace_needs_nothing(app: App) -> None:
    assert exposed(app, Tls.issued_by("letsencrypt"), default_deny=False) == []


def test_a_certificate_that_is_there_needs_nothing(app: App) -> None:
    assert exposed(app, Tls.secret("wildcard")) == []


def test_an_unknown_gateway_is_an_error(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    NativeNamespace(chart, "namespace", http01_solver=True)
    with pytest.raises(SpecError, match="http01_solver: the pods of the gateway are not known; expose a service"):
        synthesize(chart)


def test_the_gateway_of_an_exposed_service_reaches_the_solver(app: App) -> None:
    """A gateway knows its own pods: the platform need not name them."""
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=TraefikGateway))
    namespace = NativeNamespace(chart, "namespace", http01_solver=True)
    exposure = Exposure(host="shop.acme.io", tls=Tls.issued_by("letsencrypt"))
    Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=80, exposure=exposure))
    policy = synthesize(namespace).one("NetworkPolicy", "http01-solver")
    [peer] = policy["spec"]["ingress"][0]["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "traefik"}


def test_an_open_solver_opens_nothing_else(app: App) -> None:
    exposed(app, Tls.issued_by("letsencrypt"), http01_solver=True)
    other = Microservice(
        KmopChart(app, "other", namespace="other", platform=KNOWN), "x", ServiceSpec(image=Image("a/x:1"), port=8089)
    )
    assert_blocked(other, "shop/web", within=app)


def names_found(app: App, *names: str, namespace: str = "shop") -> list[str]:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(domain="k8s.acme.io"))
    Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=80))
    spec = {"secretName": "a", "dnsNames": [*names], "issuerRef": {"name": "ca"}}
    metadata = {"name": "a", "namespace": namespace}
    literal = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": metadata, "spec": spec}
    Manifest(chart, "a", literal)
    try:
        synthesize(app)
    except CheckError as error:
        return [each.message for each in error.findings if each.rule == "certificate-names"]
    return []


@pytest.mark.parametrize(
    "names",
    [
        ("web", "web.shop.svc", "web.shop.svc.cluster.local", "web.shop.svc.k8s.acme.io"),
        ("*.web.shop.svc", "web-0.web.shop.svc.cluster.local"),
        ("shop.acme.io", "shop.svc.acme.io"),
    ],
)
def test_a_name_of_a_service_or_a_public_name_is_right(app: App, names: tuple[str, ...]) -> None:
    assert names_found(app, *names) == []


def test_a_name_that_no_service_has_is_found(app: App) -> None:
    (message,) = names_found(app, "web.shop.svc", "wbe.shop.svc", "wbe.shop.svc.cluster.local")
    assert message.startswith(
        "has the names 'wbe.shop.svc', 'wbe.shop.svc.cluster.local', which no Service of this app has;"
    )


def test_a_name_of_another_namespace_is_found(app: App) -> None:
    (message,) = names_found(app, "web.desk.svc")
    assert "'web.desk.svc', which no Service of this app has; there is Service shop/web; correct the name" in message


def test_an_authority_of_the_cluster_needs_no_challenge(app: App) -> None:
    """A public authority signs no name of a cluster, so only a private one can."""
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(certificates=CertManager(issuer="ca")))
    NativeNamespace(chart, "namespace", default_deny=True)
    PrivateAuthority(chart, "ca")
    spec = ServiceSpec(image=Image("acme/web:1"), port=Port(8443, tls=True), certificate=ServiceCertificate())
    Microservice(chart, "web", spec)
    assert [each for each in synthesize(chart).notices if each.rule == "challenge-blocked"] == []
