"""Gateways verify a port that speaks TLS, or refuse it; none sends plain HTTP to it."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from kmop_constructs import (
    ConfigKey,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    PathRoute,
    Peers,
    Platform,
    Pods,
    Port,
    ServiceCertificate,
    ServiceSpec,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.exposure import BackendTls
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.envoy_gateway import EnvoyGateway
from kmop_constructs.providers.gateway_api import GatewayApi, GatewayApiOptions
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from kmop_constructs.providers.istio import IstioGateway
from kmop_constructs.providers.kong import KongGateway
from kmop_constructs.providers.native import NativeGateway
from kmop_constructs.providers.traefik import TraefikGateway
from kmop_constructs.testing import Synthesized, synthesize

import pytest
from cdk8s import App

ENVOY = EnvoyGateway
PLAIN_API = partial(GatewayApi, options=GatewayApiOptions(gateway_class="example"))
BUNDLE = ConfigKey("internal-ca", "ca.crt", external=True)
EDGE = Peers(ingress_controller=Pods.of({"app": "gateway"}, namespace="edge"))
OWN = ServiceCertificate(reloads=True)
SECURE = Port(8443, tls=True)
OPEN = Exposure(host="web.acme.io")


def exposed(
    gateway: GatewayFactory,
    *ports: Port,
    exposure: Exposure = OPEN,
    certificate: ServiceCertificate | None = OWN,
    authority: ConfigKey | None = None,
    namespace: str | None = "shop",
) -> Synthesized:
    provider = CertManager(issuer="ca", authority=authority)
    platform = Platform(gateway=gateway, certificates=provider, peers=EDGE)
    chart = KmopChart(App(), "shop", namespace=namespace, platform=platform)
    spec = ServiceSpec(image=Image("acme/web:1"), port=ports or (SECURE,), exposure=exposure, certificate=certificate)
    Microservice(chart, "web", spec)
    return synthesize(chart)


def drawn(result: Synthesized, kind: str) -> dict[str, Any]:
    found: Any = next(each for each in result.objects if each["kind"] == kind)
    return found


def test_a_gateway_verifies_the_certificate_of_the_service() -> None:
    policy = drawn(exposed(ENVOY), "BackendTLSPolicy")
    assert policy["spec"] == {
        "targetRefs": [{"group": "", "kind": "Service", "name": "web", "sectionName": "https"}],
        "validation": {
            "caCertificateRefs": [{"group": "", "kind": "Secret", "name": "web-tls"}],
            "hostname": "web.shop.svc",
        },
    }


def test_the_name_that_is_verified_is_in_the_certificate() -> None:
    for namespace in ("shop", None):
        result = exposed(ENVOY, namespace=namespace)
        host = drawn(result, "BackendTLSPolicy")["spec"]["validation"]["hostname"]
        assert host in drawn(result, "Certificate")["spec"]["dnsNames"]


def test_a_gateway_that_reads_config_maps_gets_the_authority_there() -> None:
    policy = drawn(exposed(PLAIN_API, authority=BUNDLE), "BackendTLSPolicy")
    assert policy["spec"]["validation"]["caCertificateRefs"] == [
        {"group": "", "kind": "ConfigMap", "name": "internal-ca"}
    ]


def test_the_scheme_of_requests_is_https() -> None:
    ingress = drawn(exposed(IngressNginxGateway), "Ingress")["metadata"]["annotations"]
    assert ingress["nginx.ingress.kubernetes.io/backend-protocol"] == "HTTPS"
    route = drawn(exposed(TraefikGateway), "IngressRoute")["spec"]["routes"][0]["services"][0]
    assert route["scheme"] == "https"


@pytest.mark.parametrize("gateway", [NativeGateway, KongGateway, IstioGateway, PLAIN_API])
def test_a_gateway_that_cannot_verify_names_those_that_can(gateway: GatewayFactory) -> None:
    with pytest.raises(UnsupportedError) as caught:
        exposed(gateway)
    (line,) = str(caught.value).splitlines()
    assert "exposure.paths.port: " in line
    assert "EnvoyGateway" in line
    assert "TraefikGateway" in line


def test_tls_by_hand_stays_as_written() -> None:
    by_hand = Exposure(host="web.acme.io", backend_tls=BackendTls("web.acme.io", ca_secret="copied-ca"))
    rule = drawn(exposed(IstioGateway, exposure=by_hand), "DestinationRule")
    assert rule["spec"]["trafficPolicy"]["tls"]["credentialName"] == "copied-ca"


def test_a_port_without_tls_stays_plain() -> None:
    plain = Exposure(host="web.acme.io", paths=(PathRoute("/", port=8080),))
    result = exposed(NativeGateway, SECURE, Port(8080), exposure=plain)
    assert drawn(result, "Ingress")["spec"]["rules"]


def test_one_exposure_does_not_mix_ports_with_and_without_tls() -> None:
    mixed = Exposure(host="web.acme.io", paths=("/", PathRoute("/plain", port=8080)))
    with pytest.raises(
        SpecError, match="leads to the port 'https' with TLS and to 'http' without, .*an exposure for each"
    ):
        exposed(ENVOY, SECURE, Port(8080), exposure=mixed)


def test_a_port_that_requires_client_certificates_is_not_exposed() -> None:
    with pytest.raises(SpecError, match="requires a certificate of each client, and gateways present none"):
        exposed(ENVOY, Port(8443, tls=True, client_certificates=True))


def test_a_certificate_that_is_not_known_must_be_named() -> None:
    with pytest.raises(
        SpecError, match="exposure.backend_tls: not set, and the port 'https' speaks TLS with a certificate"
    ):
        exposed(ENVOY, certificate=None)


def test_a_gateway_from_outside_must_list_that_it_verifies() -> None:
    """One whose table does not have the feature is refused by `admit`."""

    class OldGateway(TraefikGateway):
        SUPPORTS: ClassVar = {
            name: how for name, how in TraefikGateway.SUPPORTS.items() if not name.startswith("port_tls")
        }

    with pytest.raises(UnsupportedError, match="the provider does not list it as supported"):
        exposed(OldGateway)
