"""The login that stands beside a gateway: what is drawn, who reaches it, and when it is shared or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Addresses,
    CheckError,
    ConfigKey,
    Exposure,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    Peers,
    Platform,
    Pods,
    SecretKey,
    ServiceSpec,
    SpecError,
    Tls,
)
from kmop_constructs.authors import ServiceFacts, route_facts
from kmop_constructs.components.api_gateway.login import LoginIntent
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.exposure import Oidc
from kmop_constructs.providers.native import NativeGateway, NativeGatewayOptions
from kmop_constructs.providers.oauth2_proxy import OAuth2Proxy, OAuth2ProxyOptions
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from kmop_constructs.values.pods import Peer
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
from cdk8s import App
from constructs import Construct

CONTROLLER = Pods.of({"app.kubernetes.io/name": "edge"}, namespace="edge")
OIDC = Oidc(
    issuer="https://id.acme.io/realms/shop",
    client_id="shop",
    client_secret=SecretKey("shop-oidc", "client-secret"),
    cookie_secret=SecretKey("shop-oidc", "cookie-secret"),
)
SHOP = Exposure(host="shop.acme.io", tls=Tls.secret("shop-tls"), auth=OIDC)


class Asking(Placed, Construct):
    """A gateway that has the login done by oauth2-proxy; the route itself is a plain Ingress."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Exposure,
        options: OAuth2ProxyOptions,
        controller: Peer = CONTROLLER,
    ) -> None:
        self._place = place_of(scope).child(id)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        plain = NativeGatewayOptions(controller=controller)
        self.route = NativeGateway(self, "route", service=service, intent=replace(intent, auth=None), options=plain)
        self.login = OAuth2Proxy(
            self,
            "login",
            service=service,
            intent=LoginIntent(exposure=intent, controllers=(controller,)),
            options=options,
        )
        self.controllers: Sequence[Peer] = [controller]
        self.gives: tuple[object, ...] = route_facts(service, intent, self.controllers)


def platform(version: str = DEFAULT, **options: Any) -> Platform:
    def gateway(scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> Asking:
        return Asking(scope, id, service=service, intent=intent, options=OAuth2ProxyOptions(**options))

    return Platform(gateway=gateway, kubernetes=version, peers=Peers(scraper=Pods.of(namespace="monitoring")))


def service(chart: KmopChart, id: str = "shop", exposure: Any = SHOP, *uses: Any, **options: Any) -> Microservice:
    spec = ServiceSpec(image=Image("acme/shop:1"), port=8080, exposure=exposure)
    return Microservice(chart, id, spec, platform=platform(**options), uses=uses)


def drawn(chart: KmopChart, id: str = "shop", exposure: Any = SHOP, **options: Any) -> Synthesized:
    """A chart with a service: what it shares with others hangs below the chart."""
    service(chart, id, exposure, **options)
    return synthesize(chart)


def login_of(made: Microservice) -> OAuth2Proxy:
    gateway = made.gateways[0]
    assert isinstance(gateway, Asking)
    return gateway.login


def container(result: Synthesized) -> dict[str, Any]:
    [login] = [each for each in result.pick("Deployment") if each["metadata"]["name"].startswith("login-")]
    return login["spec"]["template"]["spec"]["containers"][0]


def test_it_has_the_properties_for_a_gateway(chart: KmopChart) -> None:
    login = login_of(service(chart))
    assert (login.name, login.port) == ("login-shop-acme-io", 4180)
    assert login.auth_url == "http://login-shop-acme-io.shop.svc.cluster.local:4180/oauth2/auth"
    assert login.start_path == "/oauth2/start"
    assert login.prefix == "/oauth2"
    assert login.headers[:2] == ("X-Auth-Request-User", "X-Auth-Request-Email")


def test_its_flags_are_those_of_the_documentation(chart: KmopChart) -> None:
    # https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview/
    assert container(drawn(chart))["args"] == [
        "--http-address=0.0.0.0:4180",
        "--provider=oidc",
        "--oidc-issuer-url=https://id.acme.io/realms/shop",
        "--client-id=shop",
        "--scope=openid email profile",
        "--code-challenge-method=S256",
        "--proxy-prefix=/oauth2",
        "--redirect-url=https://shop.acme.io/oauth2/callback",
        "--whitelist-domain=shop.acme.io",
        "--email-domain=*",
        "--upstream=static://200",
        "--reverse-proxy=true",
        "--set-xauthrequest=true",
        "--skip-provider-button=true",
        "--cookie-name=__Host-login-shop-acme-io",
        "--cookie-secure=true",
        "--cookie-samesite=lax",
        "--cookie-expire=604800s",
        "--cookie-csrf-per-request=true",
        "--cookie-csrf-per-request-limit=5",
        "--session-store-type=cookie",
        "--session-cookie-minimal=true",
        "--silence-ping-logging=true",
    ]


def test_secrets_are_variables_that_refer_to_keys(chart: KmopChart) -> None:
    assert container(drawn(chart))["env"] == [
        {
            "name": "OAUTH2_PROXY_CLIENT_SECRET",
            "valueFrom": {"secretKeyRef": {"name": "shop-oidc", "key": "client-secret"}},
        },
        {
            "name": "OAUTH2_PROXY_COOKIE_SECRET",
            "valueFrom": {"secretKeyRef": {"name": "shop-oidc", "key": "cookie-secret"}},
        },
    ]


def test_it_is_a_hardened_service_of_its_own(chart: KmopChart) -> None:
    result = drawn(chart)
    deployment = result.one("Deployment", "login-shop-acme-io")
    pod = deployment["spec"]["template"]["spec"]
    assert deployment["spec"]["replicas"] == 2
    assert pod["securityContext"]["runAsUser"] == 65532
    assert container(result)["securityContext"]["readOnlyRootFilesystem"] is True
    assert container(result)["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
    assert container(result)["livenessProbe"]["httpGet"] == {"path": "/ping", "port": "http"}
    assert container(result)["image"] == "quay.io/oauth2-proxy/oauth2-proxy:v7.15.3"
    assert result.one("PodDisruptionBudget", "login-shop-acme-io")["spec"]["maxUnavailable"] == 1
    [port] = result.one("Service", "login-shop-acme-io")["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (4180, "http")


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_its_objects_are_valid(chart: KmopChart, version: str) -> None:
    result = drawn(chart, version=version, metrics=True, issuer_ca=ConfigKey("acme-ca", "ca.crt", external=True))
    assert_valid(result.objects, version)


def test_only_the_gateway_reaches_it_and_it_reaches_only_the_issuer(app: App, chart: KmopChart) -> None:
    edge = KmopChart(app, "edge", namespace="edge", platform=Platform(isolation="off"))
    spec = ServiceSpec(image=Image("acme/edge:1"), port=8080)
    gateway, beside = Microservice(edge, "edge", spec), Microservice(edge, "beside", spec)
    shop = service(chart)
    assert_reachable(gateway, "shop/login-shop-acme-io", 4180, within=app)
    assert_blocked(beside, "shop/login-shop-acme-io", within=app)
    assert_blocked(shop, "shop/login-shop-acme-io", within=app)
    assert_reachable("shop/login-shop-acme-io", "203.0.113.9", 443, within=app)
    assert_blocked("shop/login-shop-acme-io", "203.0.113.9", 80, within=app)
    assert_blocked("shop/login-shop-acme-io", "10.0.0.9", 443, within=app)
    assert_blocked("shop/login-shop-acme-io", shop, within=app)


@pytest.mark.parametrize(
    ("peer", "ends"),
    [
        (
            Pods.anywhere({"app": "edge"}),
            [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "edge"}}}],
        ),
        (Pods.of(namespace="edge"), [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}]),
        (
            Addresses.of("10.0.0.0/8", excluding=("10.128.0.0/10",)),
            [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.128.0.0/10"]}}],
        ),
    ],
    ids=["any namespace", "any pod", "addresses"],
)
def test_the_peer_of_every_gateway_is_admitted(chart: KmopChart, peer: Peer, ends: list[Any]) -> None:
    def gateway(scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> Asking:
        return Asking(scope, id, service=service, intent=intent, options=OAuth2ProxyOptions(), controller=peer)

    spec = ServiceSpec(image=Image("acme/shop:1"), port=8080, exposure=SHOP)
    Microservice(chart, "shop", spec, platform=Platform(gateway=gateway))
    ingress = synthesize(chart).one("NetworkPolicy", "login-shop-acme-io")["spec"]["ingress"]
    assert [each for rule in ingress for each in rule["from"]] == ends


def test_an_issuer_in_the_cluster_is_reached_by_an_edge(app: App, chart: KmopChart) -> None:
    auth = KmopChart(app, "auth", namespace="auth")
    keycloak = Microservice(auth, "keycloak", ServiceSpec(image=Image("acme/keycloak:26"), port=8443))
    inside = replace(SHOP, auth=replace(OIDC, issuer="https://keycloak.auth.svc:8443/realms/shop"))
    service(chart, "shop", inside, uses=(keycloak.http(env=None),))
    assert_reachable("shop/login-shop-acme-io", keycloak, within=app)
    assert_blocked("shop/login-shop-acme-io", "203.0.113.9", 443, within=app)


@pytest.mark.parametrize("host", ["keycloak", "keycloak.auth.svc:8443", "keycloak.auth.svc.cluster.local"])
def test_an_issuer_in_the_cluster_without_an_edge_is_refused(chart: KmopChart, host: str) -> None:
    inside = replace(SHOP, auth=replace(OIDC, issuer=f"https://{host}/realms/shop"))
    with pytest.raises(SpecError, match=r"auth.issuer: a name of the cluster.*OAuth2ProxyOptions\(uses="):
        service(chart, "shop", inside)


def test_the_port_of_the_issuer_is_the_one_that_is_opened(app: App, chart: KmopChart) -> None:
    service(chart, "shop", replace(SHOP, auth=replace(OIDC, issuer="https://id.acme.io:8443")))
    assert_reachable("shop/login-shop-acme-io", "203.0.113.9", 8443, within=app)
    assert_blocked("shop/login-shop-acme-io", "203.0.113.9", 443, within=app)


def test_a_private_issuer_is_reached_at_its_addresses(app: App, chart: KmopChart) -> None:
    there = ExternalHost("id.acme.io", cidrs=("10.9.0.0/16",)).http(env=None)
    service(chart, uses=(there,), issuer_ca=ConfigKey("acme-ca", "ca.crt", external=True))
    result = synthesize(app)
    assert_reachable("shop/login-shop-acme-io", "10.9.0.1", 443, within=result)
    assert_blocked("shop/login-shop-acme-io", "203.0.113.9", 443, within=result)
    assert "--provider-ca-file=/etc/oauth2-proxy/ca.crt" in container(result)["args"]
    assert "/etc/oauth2-proxy/ca.crt" in [each["mountPath"] for each in container(result)["volumeMounts"]]


@pytest.mark.parametrize(
    ("options", "flags"),
    [
        ({"email_domains": ("acme.io", "acme.com")}, {"--email-domain=acme.io", "--email-domain=acme.com"}),
        ({"allowed_groups": ("staff",)}, {"--allowed-group=staff"}),
        ({"cookie_expire": timedelta(hours=8)}, {"--cookie-expire=28800s"}),
        ({"cookie_refresh": timedelta(hours=1)}, {"--cookie-refresh=3600s"}),
        ({"request_logging": False}, {"--request-logging=false"}),
        ({"metrics": True}, {"--metrics-address=0.0.0.0:44180"}),
    ],
)
def test_an_option_is_a_flag(chart: KmopChart, options: dict[str, Any], flags: set[str]) -> None:
    assert flags <= set(container(drawn(chart, **options))["args"])


def test_tokens_stay_in_the_cookies_only_where_they_are_used_again(chart: KmopChart) -> None:
    # oauth2-proxy does not start with both: "cookie_refresh > 0 requires oauth tokens in sessions".
    arguments = container(drawn(chart, cookie_refresh=timedelta(hours=1)))["args"]
    assert "--session-cookie-minimal=true" not in arguments


def test_metrics_are_read_by_the_scraper_alone(app: App, chart: KmopChart) -> None:
    service(chart, metrics=True)
    result = synthesize(app)
    [port] = [each["port"] for each in result.one("Service", "login-shop-acme-io")["spec"]["ports"]]
    assert port == 4180
    [rule] = [
        each
        for each in result.one("NetworkPolicy", "login-shop-acme-io")["spec"]["ingress"]
        if {"port": 44180, "protocol": "TCP"} in each["ports"]
    ]
    assert rule["from"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}


@pytest.mark.parametrize("host", ["*.acme.io", "shop.acme.io"])
def test_with_several_hosts_users_return_to_their_host(chart: KmopChart, host: str) -> None:
    several = replace(SHOP, host=host, aliases=() if host.startswith("*") else ("shop.acme.com",))
    arguments = container(drawn(chart, "shop", several))["args"]
    assert not [each for each in arguments if each.startswith("--redirect-url")]
    assert [each.partition("=")[2] for each in arguments if each.startswith("--whitelist-domain")] == sorted(
        several.hosts
    )


def test_another_callback_path_moves_everything_of_the_login(chart: KmopChart) -> None:
    moved = replace(SHOP, auth=replace(OIDC, callback_path="/staff/login/callback"))
    made = service(chart, "shop", moved)
    login = login_of(made)
    assert (login.prefix, login.start_path) == ("/staff/login", "/staff/login/start")
    assert login.auth_url.endswith(":4180/staff/login/auth")
    arguments = container(synthesize(chart))["args"]
    assert "--proxy-prefix=/staff/login" in arguments
    assert "--redirect-url=https://shop.acme.io/staff/login/callback" in arguments


@pytest.mark.parametrize("path", ["/back", "/callback", "/oauth2/callback/"])
def test_a_callback_path_that_oauth2_proxy_does_not_answer_is_refused(chart: KmopChart, path: str) -> None:
    with pytest.raises(SpecError, match="callback_path: the callback of oauth2-proxy is always at <prefix>/callback"):
        service(chart, "shop", replace(SHOP, auth=replace(OIDC, callback_path=path)))


def test_without_a_cookie_secret_it_is_refused(chart: KmopChart) -> None:
    with pytest.raises(
        SpecError, match="shop/shop: exposure.auth.cookie_secret: not set, but oauth2-proxy.*16, 24 or 32 bytes"
    ):
        service(chart, "shop", replace(SHOP, auth=replace(OIDC, cookie_secret=None)))


def test_services_on_one_host_share_a_login(chart: KmopChart) -> None:
    shop = service(chart)
    cart = service(chart, "cart", replace(SHOP, paths=("/cart",)))
    result = synthesize(chart)
    assert [each["metadata"]["name"] for each in result.pick("Deployment")] == ["cart", "login-shop-acme-io", "shop"]
    assert login_of(cart).auth_url == login_of(shop).auth_url


def test_two_routes_of_one_service_share_a_login(chart: KmopChart) -> None:
    other = replace(SHOP, name="shop-slow", paths=("/slow",))
    result = drawn(chart, "shop", (replace(SHOP, paths=("/",)), other))
    assert len(result.pick("Deployment")) == 2


def test_each_host_has_a_login_of_its_own(chart: KmopChart) -> None:
    service(chart)
    service(chart, "cart", replace(SHOP, host="cart.acme.io"))
    names = [each["metadata"]["name"] for each in synthesize(chart).pick("Deployment")]
    assert names == ["cart", "login-cart-acme-io", "login-shop-acme-io", "shop"]


@pytest.mark.parametrize(
    ("second", "options", "shared", "what"),
    [
        (replace(SHOP, auth=replace(OIDC, client_id="cart")), {}, "Login 'login-shop-acme-io'", "Oidc"),
        (replace(SHOP, aliases=("www.acme.io",)), {}, "Login 'login-shop-acme-io'", "the hosts"),
        (replace(SHOP, aliases=("cart.acme.io",)), {}, "login 'shop.acme.io/oauth2'", "the hosts"),
        (SHOP, {"email_domains": ("acme.io",)}, "Login 'login-shop-acme-io'", "the options of the login"),
    ],
)
def test_two_different_logins_at_one_path_of_a_host_are_refused(
    chart: KmopChart, second: Exposure, options: dict[str, Any], shared: str, what: str
) -> None:
    service(chart, "cart", replace(second, paths=("/cart",)), **options)
    service(chart)
    message = (
        f"1 finding; .*\n *shop/shop/gateway/login: shares the {shared} with shop/cart/gateway/login, but the two differ in "
        f"{what}; use the same values, or .*callback_path="
    )
    with pytest.raises(CheckError, match=message):
        synthesize(chart)


def test_a_login_on_platforms_of_different_clusters_is_refused(chart: KmopChart) -> None:
    """The login is drawn once, and would be drawn for the platform of whoever comes first."""
    service(chart)
    other = replace(platform(), registries={"quay.io": "mirror.acme.io"})
    spec = ServiceSpec(image=Image("acme/shop:1"), port=8080, exposure=replace(SHOP, paths=("/cart",)))
    Microservice(chart, "cart", spec, platform=other)
    with pytest.raises(CheckError, match="the two differ in the platform's settings of the cluster"):
        synthesize(chart)


def test_two_namespaces_on_one_host_need_a_path_each(app: App, chart: KmopChart) -> None:
    service(chart)
    other = KmopChart(app, "other", namespace="other")
    service(other, "cart", replace(SHOP, paths=("/cart",)))
    message = (
        "1 finding; .*\n *shop/shop/gateway/login: shares the login 'shop.acme.io/oauth2' with other/cart/gateway/login, but the "
        "two differ in the namespace"
    )
    with pytest.raises(CheckError, match=message):
        synthesize(app)
    other.node.try_remove_child("cart")
    moved = replace(SHOP, paths=("/cart",), auth=replace(OIDC, callback_path="/cart/oauth2/callback"))
    assert login_of(service(other, "basket", moved)).name.startswith("login-shop-acme-io-cart-oauth2-")
    assert synthesize(app).objects


def test_a_shared_login_stays_while_an_exposure_has_it(chart: KmopChart) -> None:
    for name in ("cart", "shop"):
        service(chart, name, replace(SHOP, paths=(f"/{name}",)))
    chart.node.try_remove_child("cart")
    assert [each["metadata"]["name"] for each in synthesize(chart).pick("Deployment")] == ["login-shop-acme-io", "shop"]
    chart.node.try_remove_child("shop")
    assert not synthesize(chart).objects


def test_the_remaining_exposures_define_the_login(chart: KmopChart) -> None:
    service(chart, "cart", replace(SHOP, auth=replace(OIDC, client_id="cart")))
    service(chart)
    chart.node.try_remove_child("cart")
    (login,) = [
        each for each in synthesize(chart).pick("Deployment") if each["metadata"]["name"] == "login-shop-acme-io"
    ]
    arguments = login["spec"]["template"]["spec"]["containers"][0]["args"]
    assert [each for each in arguments if each.startswith("--client-id=")] == [f"--client-id={OIDC.client_id}"]


@pytest.mark.parametrize("first", ["a", "b"])
def test_a_shared_login_does_not_depend_on_the_order(app: App, chart: KmopChart, first: str) -> None:
    hosts = {"a": ("shop.acme.io", "cart.acme.io"), "b": ("cart.acme.io", "shop.acme.io")}
    for name in (first, *(hosts.keys() - {first})):
        host, alias = hosts[name]
        made = service(chart, name, replace(SHOP, host=host, aliases=(alias,), paths=(f"/{name}",)))
        assert login_of(made).name == "login-cart-acme-io"
    arguments = container(synthesize(app))["args"]
    domains = ["--whitelist-domain=cart.acme.io", "--whitelist-domain=shop.acme.io"]
    assert [each for each in arguments if "domain=" in each][:2] == domains


@pytest.mark.parametrize(
    "host", ["shop.acme.io", "a-b.acme.io", "a.b-acme.io", "*.acme.io", "any.acme.io", f"{'a' * 60}.{'b' * 60}.io"]
)
def test_names_are_short_and_no_two_logins_have_one(chart: KmopChart, host: str) -> None:
    others = ("a-b.acme.io", "a.b-acme.io", "*.acme.io", "any.acme.io", f"{'a' * 60}.{'b' * 61}.io")
    made = [
        service(chart, f"s{number}", replace(SHOP, host=each))
        for number, each in enumerate(dict.fromkeys((host, *others)))
    ]
    names = [login_of(each).name for each in made]
    assert len(set(names)) == len(names)
    assert max(len(name) for name in names) <= 50


def test_a_service_with_the_longest_name_has_a_login(chart: KmopChart) -> None:
    result = drawn(chart, "s" * 63)
    assert "login-shop-acme-io" in [each["metadata"]["name"] for each in result.pick("Deployment")]


def test_a_shared_login_has_no_trace_of_the_first_service(chart: KmopChart) -> None:
    service(chart, "first")
    service(chart, "second", replace(SHOP, paths=("/second",)))
    login = [each for each in synthesize(chart).objects if each["metadata"]["name"] == "login-shop-acme-io"]
    assert login
    assert "first" not in str(login)


def test_without_a_namespace_a_remote_gateway_has_no_address(app: App) -> None:
    login = login_of(service(KmopChart(app, "nowhere")))
    with pytest.raises(SpecError, match=r"nowhere/shop/gateway/login: .* needs a namespace"):
        _ = login.auth_url


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"email_domains": ()}, "email_domains: no user could log in"),
        ({"email_domains": ("Acme",)}, "email_domains: not a host name"),
        ({"allowed_groups": ("a,b",)}, "allowed_groups: contains a comma"),
        ({"cookie_expire": timedelta(0)}, "cookie_expire"),
        ({"cookie_refresh": timedelta(days=7)}, "cookie_refresh: not shorter than the session"),
        ({"metrics": 1}, "metrics"),
        ({"uses": ("keycloak",)}, "uses: not an edge"),
        ({"image": "v7"}, "image"),
    ],
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=rf"OAuth2ProxyOptions\.{message}"):
        OAuth2ProxyOptions(**options)
