"""Certificates that could not be issued."""

from kmop_constructs import (
    Exposure,
    Image,
    KmopChart,
    Manifest,
    Microservice,
    NativeNamespace,
    Peers,
    Platform,
    Pods,
    ServiceSpec,
    SpecError,
    Tls,
)
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
