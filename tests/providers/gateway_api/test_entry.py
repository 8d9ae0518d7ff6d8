"""A platform team owns the Gateway, app teams own routes: both sides, in two namespaces."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from kmop_constructs import Exposure, KmopChart, PathRoute, Pods, SecretKey, SpecError, Tls, UnsupportedError
from kmop_constructs.exposure import BackendTls, DnsRecord, ExistingEntry, Hsts, Listener, MutualTls, Oidc
from kmop_constructs.providers.envoy_gateway import EnvoyEntry, EnvoyEntryOptions
from kmop_constructs.providers.gateway_api import GatewayApiEntry, GatewayApiEntryOptions
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import assert_valid
from tests.providers.gateway_api.services import STRANGER, behind, envoy, example, listeners

import pytest
from cdk8s import App

CLASS = GatewayApiEntryOptions(gateway_class="example")
ISSUED = Tls.issued_by("letsencrypt")
PUBLIC = ExistingEntry("public", namespace="edge")
WILDCARD = Listener("*.acme.io", tls=ISSUED, routes_from=("shop", "blog"))
THEIRS = {
    "namespaces": {
        "from": "Selector",
        "selector": {
            "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["blog", "shop"]}]
        },
    }
}


@pytest.fixture
def edge(app: App) -> KmopChart:
    return KmopChart(app, "edge", namespace="edge")


def owned(edge: KmopChart, *drawn: Listener, options: GatewayApiEntryOptions = CLASS) -> GatewayApiEntry:
    return GatewayApiEntry(edge, "public", listeners=drawn, options=options)


def open_to(result: Synthesized) -> dict[str, Any]:
    """Whose routes each listener takes."""
    found: Sequence[dict[str, Any]] = result.one("Gateway", "public")["spec"]["listeners"]
    return {each["name"]: each.get("allowedRoutes", "its own namespace") for each in found}


def test_routes_of_named_namespaces_attach_to_https_only(edge: KmopChart) -> None:
    """The listener for plain HTTP belongs to the owner."""
    entry = owned(edge, WILDCARD)
    result = synthesize(edge)
    assert entry.entry == PUBLIC
    assert open_to(result) == {"http-wildcard-acme-io": "its own namespace", "https-wildcard-acme-io": THEIRS}
    assert result.one("HTTPRoute", "public-http-wildcard-acme-io")["spec"] == {
        "parentRefs": [{"name": "public", "sectionName": "http-wildcard-acme-io"}],
        "hostnames": ["*.acme.io"],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                "filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}],
            }
        ],
    }
    assert result.one("Certificate", "wildcard-acme-io-tls")["spec"]["dnsNames"] == ["*.acme.io"]
    assert_valid(result.objects, "1.30")


def test_without_a_redirect_both_listeners_take_the_routes(edge: KmopChart) -> None:
    owned(edge, Listener("a.acme.io", tls=Tls.secret("a", redirect=False), routes_from=("shop", "blog")))
    result = synthesize(edge)
    assert open_to(result) == {"http-a-acme-io": THEIRS, "https-a-acme-io": THEIRS}
    assert result.pick("HTTPRoute") == result.pick("Certificate") == []


def test_a_listener_may_be_of_plain_http_and_every_host(edge: KmopChart) -> None:
    entry = owned(edge, Listener(), WILDCARD)
    assert listeners(synthesize(edge), "public") == ["http", "http-wildcard-acme-io", "https-wildcard-acme-io"]
    assert (entry.section(None), entry.section("*.acme.io")) == ("http", "https-wildcard-acme-io")
    with pytest.raises(
        SpecError, match=r"no listener has this host, got 'b.acme.io'; use one of every host, \*.acme.io"
    ):
        entry.section("b.acme.io")


def test_certificates_of_another_namespace_are_opened_by_a_grant(edge: KmopChart) -> None:
    options = GatewayApiEntryOptions(
        gateway_class="example",
        certificates_in="certificates",
        http_port=8000,
        https_port=8443,
        annotations={"external-dns.alpha.kubernetes.io/target": "lb.acme.io"},
    )
    shared = Tls.issued_by("letsencrypt", secret_name="shared")
    owned(edge, Listener("a.acme.io", tls=shared), Listener("b.acme.io", tls=shared), options=options)
    result = synthesize(edge)
    gateway = result.one("Gateway", "public")
    assert gateway["metadata"]["annotations"] == {"external-dns.alpha.kubernetes.io/target": "lb.acme.io"}
    secure = [each for each in gateway["spec"]["listeners"] if each["port"] == 8443]
    assert [each["tls"]["certificateRefs"] for each in secure] == [
        [{"kind": "Secret", "name": "shared", "namespace": "certificates"}]
    ] * 2
    grant = result.one("ReferenceGrant", namespace="certificates")
    assert grant["spec"] == {
        "from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "edge"}],
        "to": [{"group": "", "kind": "Secret", "name": "shared"}],
    }
    certificate = result.one("Certificate", namespace="certificates")
    assert certificate["spec"]["dnsNames"] == ["a.acme.io", "b.acme.io"]
    # cert-manager's solvers for HTTP-01 are routes beside the Certificate.
    solvers = open_to(result)["http-a-acme-io"]["namespaces"]["selector"]["matchExpressions"][0]["values"]
    assert solvers == ["certificates", "edge"]
    assert_valid(result.objects, "1.30")


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        ((), r"listeners: no host is served, got \(\)"),
        ((Listener("a.acme.io"), Listener("a.acme.io", tls=ISSUED)), "duplicate host, got 'a.acme.io'"),
        ((Listener("a.io", tls=Tls.secret("a", hsts=Hsts())),), "cannot set tls.hsts, because routes set headers"),
        (
            (Listener("a.io", tls=Tls.secret("a", min_version="1.3")),),
            "cannot set tls.min_version, because.*use EnvoyEntry",
        ),
        (
            (Listener("a.io", tls=Tls.secret("a", mutual=MutualTls("ca"))),),
            "cannot set tls.mutual.ca_secret, because support of a Secret depends.*use EnvoyEntry",
        ),
        (
            (Listener("a.io", tls=Tls.secret("a", mutual=MutualTls(ca_config_map="ca", optional=True))),),
            "cannot set tls.mutual.optional, because",
        ),
        (
            (
                Listener("a.io", tls=Tls.secret("a", mutual=MutualTls(ca_config_map="ca"))),
                Listener("b.io", tls=Tls.secret("b")),
            ),
            "for a whole port, and the listeners of a.io, b.io differ in tls.mutual",
        ),
        (
            (
                Listener("a.io", tls=Tls.issued_by("one", secret_name="a")),
                Listener("b.io", tls=Tls.issued_by("two", secret_name="a")),
            ),
            "the Secret has two issuers",
        ),
    ],
)
def test_listeners_that_cannot_be_are_refused(edge: KmopChart, drawn: Sequence[Listener], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        owned(edge, *drawn)


def test_a_grant_needs_the_gateways_namespace(app: App) -> None:
    options = GatewayApiEntryOptions(gateway_class="example", certificates_in="certificates")
    with pytest.raises(SpecError, match="a ReferenceGrant needs the namespace of the Gateway"):
        owned(KmopChart(app, "nowhere"), WILDCARD, options=options)


def test_an_app_team_owns_routes_alone(edge: KmopChart, chart: KmopChart) -> None:
    entry = owned(edge, WILDCARD).entry
    exposure = Exposure(host="shop.acme.io", tls=Tls.issued_by("letsencrypt", hsts=Hsts()))
    behind(example(gateway_class=None, entry=entry), chart, "web", exposure)
    result = synthesize(chart)
    routes = result.one("HTTPRoute", namespace="shop")
    assert routes["spec"]["parentRefs"] == [{"name": "public", "namespace": "edge"}]
    assert routes["spec"]["hostnames"] == ["shop.acme.io"]
    assert "Strict-Transport-Security" in str(routes["spec"]["rules"][0]["filters"])
    assert result.pick("Gateway", namespace="shop") == result.pick("Certificate", namespace="shop") == []
    assert [each.rule for each in result.notices if "web" in each.path] == ["entry-tls", "resources-guessed"]
    assert_valid(result.objects, "1.30")


def test_a_route_may_name_the_listener_of_a_gateway(chart: KmopChart) -> None:
    gateway = example(gateway_class=None, entry=ExistingEntry("public"), section="https")
    behind(gateway, chart, "web", Exposure(host="shop.acme.io", tls=Tls.secret("tls")))
    assert synthesize(chart).one("HTTPRoute")["spec"]["parentRefs"] == [{"name": "public", "sectionName": "https"}]


@pytest.mark.parametrize("entry", [ExistingEntry("public"), ExistingEntry("public", namespace="shop")])
def test_a_gateway_beside_the_routes_wants_its_listener_named(chart: KmopChart, entry: ExistingEntry) -> None:
    with pytest.raises(
        SpecError, match="GatewayApiOptions.section: not set, and the Gateway.* would also attach to its listener for"
    ):
        behind(example(gateway_class=None, entry=entry), chart, "web", Exposure(host="a.io", tls=Tls.secret("tls")))


@pytest.mark.parametrize(
    ("tls", "field"),
    [
        (Tls.secret("a", redirect=True), "redirect HTTP to HTTPS"),
        (Tls.secret("a", redirect=False), "serve plain HTTP beside HTTPS"),
        (Tls.secret("a", min_version="1.3"), "set a minimum TLS version"),
        (Tls.secret("a", mutual=MutualTls("ca")), "require a client certificate"),
        (Tls.secret("a", mutual=MutualTls("ca", optional=True)), "accept an optional client certificate"),
    ],
)
def test_settings_of_the_gateway_owner_are_refused_for_routes(chart: KmopChart, tls: Tls, field: str) -> None:
    with pytest.raises(
        UnsupportedError,
        match=f"{field}.*it is a setting of the listener, and the Gateway 'public' belongs to another team",
    ):
        behind(envoy(entry=PUBLIC), chart, "web", Exposure(host="shop.acme.io", tls=tls))


def test_the_target_of_dns_records_is_the_gateways(chart: KmopChart) -> None:
    dns = DnsRecord(ttl=timedelta(minutes=1), prefixes=("dns.acme.io",))
    behind(envoy(entry=PUBLIC), chart, "web", Exposure(host="shop.acme.io", dns=dns))
    annotations = synthesize(chart).one("HTTPRoute")["metadata"]["annotations"]
    assert annotations == {"dns.acme.io/ttl": "60"}
    with pytest.raises(UnsupportedError, match="external-dns reads the target from the Gateway"):
        behind(envoy(entry=PUBLIC), chart, "api", Exposure(host="api.acme.io", dns=DnsRecord(target="lb.acme.io")))


def test_backend_certificates_stay_the_app_teams(chart: KmopChart) -> None:
    exposure = Exposure(host="shop.acme.io", backend_tls=BackendTls("web.shop.svc", ca_secret="ca"))
    behind(envoy(entry=PUBLIC), chart, "web", exposure)
    assert synthesize(chart).one("BackendTLSPolicy")["metadata"]["namespace"] == "shop"


def test_the_proxies_of_an_existing_gateway_are_admitted(edge: KmopChart, chart: KmopChart) -> None:
    entry = EnvoyEntry(edge, "public", listeners=[WILDCARD]).entry
    web = behind(envoy(entry=entry), chart, "web", Exposure(host="shop.acme.io", tls=ISSUED))
    (proxies,) = web.gateways[0].controllers
    assert isinstance(proxies, Pods)
    assert proxies.labels["gateway.envoyproxy.io/owning-gateway-name"] == "public"
    assert proxies.labels["gateway.envoyproxy.io/owning-gateway-namespace"] == "edge"
    assert_reachable(proxies, web)
    of_another = {**proxies.labels, "gateway.envoyproxy.io/owning-gateway-namespace": "elsewhere"}
    assert_blocked(Pods.of(of_another, namespace="envoy-gateway-system"), web)
    assert_blocked(STRANGER, web)


def test_an_envoy_entry_has_more_tls_settings(edge: KmopChart) -> None:
    tls = Tls.secret("tls", min_version="1.3", mutual=MutualTls("partners-ca"))
    EnvoyEntry(
        edge,
        "public",
        listeners=[Listener("a.acme.io", tls=tls), Listener("b.acme.io", tls=ISSUED)],
        options=EnvoyEntryOptions(certificates_in="certificates"),
    )
    result = synthesize(edge)
    assert result.one("Gateway")["spec"]["gatewayClassName"] == "eg"
    assert result.one("ClientTrafficPolicy", "public-https-a-acme-io")["spec"] == {
        "targetRefs": [
            {
                "group": "gateway.networking.k8s.io",
                "kind": "Gateway",
                "name": "public",
                "sectionName": "https-a-acme-io",
            }
        ],
        "tls": {
            "minVersion": "1.3",
            "clientValidation": {
                "caCertificateRefs": [
                    {"group": "", "kind": "Secret", "name": "partners-ca", "namespace": "certificates"}
                ]
            },
        },
    }
    assert result.one("ReferenceGrant", "public-clienttrafficpolicy")["spec"] == {
        "from": [{"group": "gateway.envoyproxy.io", "kind": "ClientTrafficPolicy", "namespace": "edge"}],
        "to": [{"group": "", "kind": "Secret", "name": "partners-ca"}],
    }
    assert_valid(result.objects, "1.30")


def test_a_gateway_checks_client_certificates_of_its_port(edge: KmopChart) -> None:
    tls = Tls.secret("tls", mutual=MutualTls(ca_config_map="partners-ca"))
    options = GatewayApiEntryOptions(gateway_class="example", certificates_in="certificates")
    owned(edge, Listener("a.acme.io", tls=tls), Listener("b.acme.io", tls=tls), Listener(), options=options)
    result = synthesize(edge)
    assert result.one("Gateway")["spec"]["tls"]["frontend"]["default"]["validation"] == {
        "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "partners-ca", "namespace": "certificates"}],
        "mode": "AllowValidOnly",
    }
    assert result.one("ReferenceGrant")["spec"]["to"] == [
        {"group": "", "kind": "Secret", "name": "tls"},
        {"group": "", "kind": "ConfigMap", "name": "partners-ca"},
    ]
    assert_valid(result.objects, "1.30")


def test_an_envoy_entry_leaves_headers_to_routes(edge: KmopChart) -> None:
    with pytest.raises(UnsupportedError, match="EnvoyEntry cannot set tls.hsts, because routes"):
        EnvoyEntry(edge, "public", listeners=[Listener("a.io", tls=Tls.secret("a", hsts=Hsts()))])


def test_a_login_works_on_an_existing_gateway(chart: KmopChart) -> None:
    oidc = Oidc(issuer="https://id.acme.io", client_id="web", client_secret=SecretKey("oidc", "client-secret"))
    exposure = Exposure(host="shop.acme.io", tls=ISSUED, auth=oidc, paths=(PathRoute("/app"),))
    behind(envoy(entry=PUBLIC), chart, "web", exposure)
    policy = synthesize(chart).one("SecurityPolicy", namespace="shop")
    assert policy["spec"]["targetRefs"][0]["name"] == "web"


@pytest.mark.parametrize("hosts", [("a-b.acme.io", "a.b-acme.io"), ("*.acme.io", "wildcard.acme.io")])
def test_hosts_that_read_alike_have_listeners_of_their_own(chart: KmopChart, hosts: tuple[str, str]) -> None:
    for gateway, order in (("one", hosts), ("other", hosts[::-1])):
        for name, host in zip("ab", order, strict=True):
            behind(example(gateway=gateway), chart, f"{gateway}-{name}", Exposure(host=host))
    result = synthesize(chart)
    names = [
        {each["hostname"]: each["name"] for each in gateway["spec"]["listeners"]} for gateway in result.pick("Gateway")
    ]
    assert len(set(names[0].values())) == 2
    assert names[0] == names[1]


def test_an_entry_takes_hosts_that_read_alike(edge: KmopChart) -> None:
    GatewayApiEntry(
        edge,
        "public",
        listeners=[Listener("a-b.acme.io"), Listener("a.b-acme.io")],
        options=GatewayApiEntryOptions(gateway_class="example"),
    )
    assert listeners(synthesize(edge), "public") == ["http-a--b-acme-io", "http-a-b--acme-io"]
