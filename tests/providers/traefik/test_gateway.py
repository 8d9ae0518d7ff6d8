"""Traefik's own resources: which route wins, what is shared by a host, what is refused by its value."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from kmop_constructs import (
    CheckError,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    PathRoute,
    Platform,
    Pods,
    Port,
    ServiceSpec,
    Size,
    SpecError,
    Tls,
    UnsupportedError,
)
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.exposure import (
    BasicAuth,
    Cors,
    DnsRecord,
    Hsts,
    Jwt,
    Mirror,
    MutualTls,
    RateLimit,
    Redirect,
    Retry,
    Share,
    StickyCookie,
)
from kmop_constructs.providers.traefik import TraefikGateway, TraefikGatewayOptions, TraefikIngressGateway
from kmop_constructs.providers.traefik.rules import Match
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.components.api_gateway.contract import drawn
from tests.components.api_gateway.intents import BASE, OIDC, SECURE

import pytest
from cdk8s import App

TRAEFIK = Pods.of({"app.kubernetes.io/name": "traefik"}, namespace="traefik")
HOST = ("web.acme.io",)


def services(chart: KmopChart, *exposures: Exposure, gateway: GatewayFactory = TraefikGateway) -> list[Microservice]:
    """One service for each exposure."""
    spec = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80))
    platform = Platform(gateway=gateway)
    return [
        Microservice(chart, f"web-{number}", replace(spec, exposure=exposure), platform=platform)
        for number, exposure in enumerate(exposures, start=1)
    ]


def routes(result: Synthesized, name: str = "web") -> dict[str, dict[str, Any]]:
    """The routes of an IngressRoute, by their rules."""
    found = result.one("IngressRoute", name)["spec"]["routes"]
    return {route["match"]: route for route in found}


def middleware(result: Synthesized, name: str) -> dict[str, Any]:
    """The content of a Middleware."""
    return result.one("Middleware", f"web-{name}")["spec"]


ORDER = [
    Match(path="/api", kind="Exact"),
    Match(path="/api", kind="RegularExpression"),
    Match(path="/api", kind="Prefix", method="POST", headers={"X-Beta": "yes"}),
    Match(path="/api", kind="Prefix", method="POST"),
    Match(path="/api", kind="Prefix", headers={"X-Beta": "yes", "X-Alpha": "yes"}),
    Match(path="/api", kind="Prefix", headers={"X-Beta": "yes"}),
    Match(path="/api", kind="Prefix"),
    Match(path="/v[0-9]+/items", kind="RegularExpression"),
    Match(path="/", kind="Exact"),
    Match(path="/", kind="Prefix", headers={"X-Beta": "yes"}),
    Match(path="/", kind="Prefix"),
]
"""From the most specific one."""


@pytest.mark.parametrize("hosts", [HOST, ("*.acme.io",), ()], ids=str)
def test_the_most_specific_route_of_a_host_has_the_highest_priority(hosts: tuple[str, ...]) -> None:
    found = [match.priority(hosts, wider=-1_000_000) for match in ORDER]
    assert found == sorted(set(found), reverse=True)


def test_hosts_precede_wildcards_and_wildcards_all_hosts() -> None:
    long, short = Match(path="/a/very/long/path", kind="Exact"), Match(path="/", kind="Prefix")
    groups: list[tuple[str, ...]] = [HOST, ("*.acme.io",), ()]
    one, many, every = ([match.priority(hosts, wider=-1_000_000) for match in (short, long)] for hosts in groups)
    assert min(one) > max(many) > min(many) > max(every)


def test_an_acme_challenge_precedes_the_route_of_all_paths() -> None:
    # What cert-manager draws has no priority of its own, so it has the length of its rule.
    token = "x" * 43
    solver = len(f'Host("a.io") && Path("/.well-known/acme-challenge/{token}")')
    every = (PathRoute("/", method="GET", headers={"A": "1", "B": "2", "C": "3", "D": "4"}), PathRoute("/"))
    result = drawn(replace(SECURE, paths=every), TraefikGateway)
    for name in ("web", "web-http"):
        assert all(route["priority"] < solver for route in routes(result, name).values())


def test_a_manual_route_of_a_path_precedes_that_of_all_paths() -> None:
    assert len("PathPrefix(`/`)") < Match(path="/", kind="Prefix").priority(HOST, wider=0) < len("Host(`web.acme.io`) && PathPrefix(`/a`)") + 16  # fmt: skip


def test_the_priority_of_wildcard_routes_can_be_raised() -> None:
    """Over manual routes for all hosts."""
    gateway = partial(TraefikGateway, options=TraefikGatewayOptions(wildcard_priority=0))
    result = drawn(Exposure(host="*.acme.io"), gateway)
    assert [route["priority"] for route in routes(result).values()] == [46]


def test_a_priority_of_zero_is_never_drawn() -> None:
    """Zero would mean the length of the rule."""
    gateway = partial(TraefikGateway, options=TraefikGatewayOptions(wildcard_priority=-46))
    result = drawn(Exposure(host="*.acme.io"), gateway)
    assert [route["priority"] for route in routes(result).values()] == [-1]


def test_single_and_wildcard_hosts_have_separate_routes() -> None:
    result = drawn(replace(SECURE, aliases=("*.acme.com", "www.acme.io")), TraefikGateway)
    one, many = "(Host(`web.acme.io`) || Host(`www.acme.io`))", "Host(`*.acme.com`)"
    for name in ("web", "web-http"):
        assert {rule: route["priority"] for rule, route in routes(result, name).items()} == {one: 46, many: -999_954}


def test_a_backtick_in_a_header_does_not_end_the_text() -> None:
    route = PathRoute("/", headers={"X-Tick": '`"'})
    (rule,) = routes(drawn(replace(BASE, paths=("/", route)), TraefikGateway)).keys() - {"Host(`web.acme.io`)"}
    assert rule == 'Host(`web.acme.io`) && Header(`X-Tick`, "`\\"")'


def test_a_preflight_reaches_the_route_of_its_method() -> None:
    cors = Cors(("https://shop.acme.io",), methods=("POST",))
    result = drawn(replace(BASE, cors=cors, paths=(PathRoute("/", method="POST"),)), TraefikGateway)
    asked = "(Method(`OPTIONS`) && Header(`Access-Control-Request-Method`, `POST`))"
    assert list(routes(result)) == [f"Host(`web.acme.io`) && (Method(`POST`) || {asked})"]


def test_wildcard_origins_are_anchored_expressions() -> None:
    cors = Cors(("https://acme.io", "https://*.acme.io"))
    result = drawn(replace(BASE, cors=cors), TraefikGateway)
    assert middleware(result, "headers")["headers"] == {
        "accessControlAllowOriginList": ["https://acme.io"],
        "accessControlAllowOriginListRegex": [r"^https://[^/]+\.acme\.io$"],
        "accessControlAllowMethods": ["GET", "HEAD", "POST"],
        "addVaryHeader": True,
    }


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (PathRoute("/api", rewrite="/"), {"stripPrefix": {"prefixes": ["/api"]}}),
        (PathRoute("/api/", rewrite="/v1/"), {"replacePathRegex": {"regex": "^/api(/.*)?$", "replacement": "/v1${1}"}}),
        (PathRoute("/", rewrite="/v1"), {"addPrefix": {"prefix": "/v1"}}),
        (PathRoute("/api", match="Exact", rewrite="/v1"), {"replacePath": {"path": "/v1"}}),
        (
            PathRoute("/a.b", rewrite="/v$1"),
            {"replacePathRegex": {"regex": r"^/a\.b(/.*)?$", "replacement": "/v$$1${1}"}},
        ),
    ],
)
def test_a_rewrite_is_the_middleware_that_replaces_just_the_prefix(
    route: PathRoute,
    expected: dict[str, object],
) -> None:
    assert middleware(drawn(replace(BASE, paths=(route,)), TraefikGateway), "rewrite") == expected


def test_a_rewrite_to_the_same_path_draws_nothing() -> None:
    result = drawn(replace(BASE, paths=(PathRoute("/api", rewrite="/api/"),)), TraefikGateway)
    assert result.pick("Middleware") == []


@pytest.mark.parametrize(
    ("moved", "replacement"),
    [
        (Redirect("/old", "/new?from=old"), "/new?from=old"),
        (Redirect("/old", "https://docs.acme.io"), "https://docs.acme.io/${1}"),
    ],
)
def test_a_redirect_keeps_the_query_unless_the_new_place_has_one(
    moved: Redirect,
    replacement: str,
) -> None:
    result = drawn(replace(BASE, redirects=(moved,)), TraefikGateway)
    assert middleware(result, "redirect")["redirectRegex"]["replacement"] == replacement


def test_hsts_of_zero_seconds_is_a_custom_header() -> None:
    """Traefik would leave out the field of its own."""
    tls = Tls.secret("web-tls", hsts=Hsts(max_age=timedelta(0)))
    result = drawn(replace(BASE, tls=tls), TraefikGateway)
    assert middleware(result, "headers")["headers"] == {
        "customResponseHeaders": {"Strict-Transport-Security": "max-age=0"}
    }


def test_headers_come_first_and_retries_last() -> None:
    everything = replace(
        SECURE,
        paths=(PathRoute("/api", rewrite="/v1"),),
        auth=BasicAuth("staff"),
        cors=Cors(("https://shop.acme.io",)),
        allow_from=("203.0.113.0/24",),
        rate_limit=RateLimit(10),
        compression=True,
        max_body_size=Size("1Mi"),
        retries=Retry(1),
        timeout=timedelta(seconds=9),
    )
    result = drawn(everything, TraefikGateway)
    (route,) = routes(result).values()
    names = [each["name"].removeprefix("web-") for each in route["middlewares"]]
    assert names == ["headers", "allow", "rate-limit", "auth", "compress", "body", "rewrite", "retry"]
    assert middleware(result, "retry") == {"retry": {"attempts": 2, "timeout": "9s"}}


def test_the_login_is_reached_without_a_login_and_by_traefik_alone(app: App, chart: KmopChart) -> None:
    (web,) = services(chart, replace(SECURE, auth=OIDC))
    result = synthesize(chart)
    prefix = "Host(`web.acme.io`) && (Path(`/oauth2`) || PathPrefix(`/oauth2/`))"
    assert "middlewares" not in routes(result, "login-web-acme-io")[prefix]
    for port, target in ((8080, web.facts.name), (4180, "login-web-acme-io")):
        assert_reachable(TRAEFIK, target, port, within=result)
        assert_blocked(Pods.of({"app": "x"}, namespace="elsewhere"), target, within=result)


def test_services_of_one_host_share_certificate_tls_option_and_login(chart: KmopChart) -> None:
    tls = Tls.issued_by("letsencrypt", min_version="1.3")
    one = replace(BASE, tls=tls, auth=OIDC)
    services(chart, one, replace(one, paths=("/api",)))
    result = synthesize(chart)
    assert [len(result.pick(kind)) for kind in ("Certificate", "TLSOption", "IngressRoute")] == [1, 1, 6]
    for kind, name in (("TLSOption", "web-acme-io-tls"), ("IngressRoute", "login-web-acme-io")):
        assert "labels" not in result.one(kind, name)["metadata"]


def test_two_exposures_of_one_service_share_a_tls_option(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=TraefikGateway))
    one = replace(BASE, tls=Tls.secret("web-tls", min_version="1.3", mutual=MutualTls("partners-ca")))
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=(one, replace(one, name="api", paths=("/api",))))
    Microservice(chart, "web", spec)
    assert len(synthesize(chart).pick("TLSOption")) == 1


OFFICE, HOME = "198.51.100.0/24", "203.0.113.0/24"


@pytest.mark.parametrize(
    ("allowed", "addresses"),
    [
        (((OFFICE,), (HOME,)), [OFFICE, HOME]),
        (((HOME,), (OFFICE,)), [OFFICE, HOME]),
        (((OFFICE,), ()), ["0.0.0.0/0", "::/0"]),
        (((), (OFFICE,)), None),
    ],
    ids=["two", "two, the other way round", "restricted and open", "open and restricted"],
)
@pytest.mark.parametrize("gateway", [TraefikGateway, TraefikIngressGateway])
def test_a_login_is_as_open_as_the_widest_exposure_that_has_it(
    chart: KmopChart, gateway: GatewayFactory, allowed: tuple[tuple[str, ...], ...], addresses: list[str] | None
) -> None:
    asked = [
        replace(SECURE, auth=OIDC, paths=(f"/{number}",), allow_from=each, rate_limit=None)
        for number, each in enumerate(allowed)
    ]
    services(chart, *asked, gateway=gateway)
    result = synthesize(chart)
    drawn_once = [
        each["spec"] for each in result.pick("Middleware") if each["metadata"]["name"] == "login-web-acme-io-allow"
    ]
    assert drawn_once == ([] if addresses is None else [{"ipAllowList": {"sourceRange": addresses}}])
    if gateway is TraefikGateway:
        [route] = result.one("IngressRoute", "login-web-acme-io")["spec"]["routes"]
        assert route.get("middlewares") == (None if addresses is None else [{"name": "login-web-acme-io-allow"}])
    else:
        said = result.one("Ingress", "login-web-acme-io")["metadata"]["annotations"]
        key = "traefik.ingress.kubernetes.io/router.middlewares"
        assert said.get(key) == (None if addresses is None else "shop-login-web-acme-io-allow@kubernetescrd")


@pytest.mark.parametrize("gateway", [TraefikGateway, TraefikIngressGateway])
@pytest.mark.parametrize("gone", [0, 1])
def test_a_login_stays_when_one_of_those_that_have_it_is_taken_out(
    app: App, chart: KmopChart, gateway: GatewayFactory, gone: int
) -> None:
    allowed = ((OFFICE,), (HOME,))
    asked = [
        replace(SECURE, auth=OIDC, paths=(f"/{number}",), allow_from=each)
        for number, each in enumerate(allowed, start=1)
    ]
    services(chart, *asked, gateway=gateway)
    chart.node.try_remove_child(f"web-{gone + 1}")
    result = synthesize(app)
    name = "login-web-acme-io"
    assert result.one("Middleware", f"{name}-allow")["spec"]["ipAllowList"]["sourceRange"] == list(allowed[1 - gone])
    kind = "IngressRoute" if gateway is TraefikGateway else "Ingress"
    assert {name, f"{name}-http"} <= {each["metadata"]["name"] for each in result.pick(kind)}


@pytest.mark.parametrize("gateway", [TraefikGateway, TraefikIngressGateway])
def test_exposures_that_have_one_login_lead_to_it_in_one_way(chart: KmopChart, gateway: GatewayFactory) -> None:
    one = replace(SECURE, auth=OIDC)
    services(chart, one, replace(one, paths=("/api",), tls=Tls.secret("web-tls", redirect=False)), gateway=gateway)
    with pytest.raises(
        CheckError,
        match="shop/web-2/gateway: shares the route of the login 'login-web-acme-io' with shop/web-1/gateway, but the two differ in Tls",
    ):
        synthesize(chart)


@pytest.mark.parametrize("gateway", [TraefikGateway, TraefikIngressGateway])
@pytest.mark.parametrize("days", [(30, 365), (365, 30), (None, 365)])
def test_the_paths_of_a_login_have_the_hsts_of_its_exposures(
    chart: KmopChart, gateway: GatewayFactory, days: tuple[int | None, int]
) -> None:
    every = [Tls.secret("web-tls", hsts=None if each is None else Hsts(max_age=timedelta(days=each))) for each in days]
    services(
        chart,
        *(replace(SECURE, auth=OIDC, paths=(f"/{number}",), tls=tls) for number, tls in enumerate(every)),
        gateway=gateway,
    )
    result = synthesize(chart)
    name = "login-web-acme-io-headers"
    assert result.one("Middleware", name)["spec"] == {"headers": {"stsSeconds": 365 * 86400}}
    kind = "IngressRoute" if gateway is TraefikGateway else "Ingress"
    assert name in str(result.one(kind, "login-web-acme-io"))


def test_the_rate_of_one_exposure_does_not_hold_at_the_login_of_all(chart: KmopChart) -> None:
    services(chart, replace(SECURE, auth=OIDC, rate_limit=RateLimit(1)))
    [route] = routes(synthesize(chart), "login-web-acme-io").values()
    assert "middlewares" not in route


def test_the_order_of_hosts_does_not_change_names(chart: KmopChart) -> None:
    """Those of the login and of the TLSOption."""
    tls = Tls.secret("web-tls", min_version="1.3")
    one = replace(BASE, aliases=("api.acme.io",), tls=tls, auth=OIDC)
    services(chart, one, replace(one, host="api.acme.io", aliases=("web.acme.io",), paths=("/api",)))
    result = synthesize(chart)
    addresses = {
        each["spec"]["forwardAuth"]["address"] for each in result.pick("Middleware") if "forwardAuth" in each["spec"]
    }
    assert addresses == {"http://login-api-acme-io.shop.svc.cluster.local:4180/"}
    assert {
        each["spec"]["tls"]["options"]["name"] for each in result.pick("IngressRoute") if "tls" in each["spec"]
    } == {"api-acme-io-tls"}


@pytest.mark.parametrize(
    "other",
    [
        Tls.secret("web-tls"),
        Tls.secret("web-tls", min_version="1.2"),
        Tls.secret("web-tls", min_version="1.3", mutual=MutualTls("partners-ca")),
    ],
)
def test_different_tls_options_of_a_host_are_refused(chart: KmopChart, other: Tls) -> None:
    """Traefik would use neither of them."""
    one = replace(BASE, tls=Tls.secret("web-tls", min_version="1.3"))
    services(chart, one, replace(one, paths=("/api",), tls=other))
    with pytest.raises(
        CheckError, match="shop/web-2/gateway: .* with shop/web-1/gateway, .* Traefik ignores the TLSOptions of a host"
    ):
        synthesize(chart)


def test_two_namespaces_cannot_share_a_host_with_tls_options(app: App) -> None:
    tls = Tls.secret("web-tls", mutual=MutualTls("partners-ca"))
    services(KmopChart(app, "one", namespace="one"), replace(BASE, tls=tls))
    services(KmopChart(app, "two", namespace="two"), replace(BASE, tls=tls, paths=("/api",)))
    with pytest.raises(
        CheckError, match="two/web-1/gateway: .* with one/web-1/gateway, but the two differ in the TLSOption"
    ):
        synthesize(app)


def test_two_cookies_keep_service_and_pod_with_shares() -> None:
    said = replace(BASE, paths=("/", "/api"), shares=(Share("web-canary", 10),), sticky=StickyCookie("seat"))
    result = drawn(said, TraefikGateway)
    (shares,) = result.pick("TraefikService")
    pod = {"sticky": {"cookie": {"name": "seat", "httpOnly": True}}}
    assert shares["spec"]["weighted"] == {
        "services": [
            {"name": "web", "port": "http", **pod, "weight": 90},
            {"name": "web-canary", "port": 80, **pod, "weight": 10},
        ],
        "sticky": {"cookie": {"name": "seat-service", "httpOnly": True}},
    }
    led = [route["services"] for route in routes(result).values()]
    assert led == [[{"kind": "TraefikService", "name": "web-shares"}]] * 2


def test_a_share_of_grpc_requests_is_spoken_to_in_the_same_way() -> None:
    said = replace(BASE, paths=(PathRoute("/", port="grpc"),), shares=(Share("web-canary", 10),))
    (route,) = routes(drawn(said, TraefikGateway)).values()
    assert [service["scheme"] for service in route["services"]] == ["h2c", "h2c"]


def test_copies_are_of_requests_to_the_service_and_its_shares() -> None:
    exposure = replace(
        BASE,
        paths=("/", PathRoute("/beta", service="web-next")),
        shares=(Share("web-canary", 10),),
        mirrors=(Mirror("web-next"),),
    )
    result = drawn(exposure, TraefikGateway, beside=("web-next",))
    named = {each["metadata"]["name"]: each["spec"] for each in result.pick("TraefikService")}
    assert named["web-mirrors"]["mirroring"] == {
        "kind": "TraefikService",
        "name": "web-shares",
        "mirrors": [{"name": "web-next", "port": 80, "percent": 100}],
    }
    assert [each["weight"] for each in named["web-shares"]["weighted"]["services"]] == [90, 10]
    root, beta = sorted((each["services"] for each in routes(result).values()), key=repr)
    assert (root, beta) == ([{"kind": "TraefikService", "name": "web-mirrors"}], [{"name": "web-next", "port": 80}])


def test_a_service_with_shares_has_one_servers_transport(chart: KmopChart) -> None:
    shared = replace(BASE, shares=(Share("web-canary", 10),))
    services(chart, shared, replace(shared, host="b.acme.io", timeout=timedelta(seconds=5)))
    with pytest.raises(
        CheckError, match="shop/web-2/gateway: .* with shop/web-1/gateway, but the two differ in its ServersTransport"
    ):
        synthesize(chart)


def test_a_service_port_443_without_tls_has_the_scheme_http(chart: KmopChart) -> None:
    """Traefik would use HTTPS because of the number."""
    spec = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=443), exposure=BASE)
    Microservice(chart, "web", spec, platform=Platform(gateway=TraefikGateway))
    (route,) = routes(synthesize(chart)).values()
    assert route["services"] == [{"name": "web", "port": "http", "scheme": "http"}]


def test_options_describe_another_installation() -> None:
    options = TraefikGatewayOptions(
        web="http", websecure="https", ingress_class="edge", forwarded_depth=2, redis=("r:6379",), redis_secret="r",
        controller=Pods.of(namespace="edge"),
    )  # fmt: skip
    said = replace(SECURE, allow_from=("203.0.113.0/24",), rate_limit=RateLimit(10))
    result = drawn(said, partial(TraefikGateway, options=options))
    entries = {each["metadata"]["name"]: each["spec"]["entryPoints"] for each in result.pick("IngressRoute")}
    assert entries == {"web": ["https"], "web-http": ["http"]}
    assert {each["spec"]["ingressClassName"] for each in result.pick("IngressRoute")} == {"edge"}
    assert middleware(result, "allow")["ipAllowList"]["ipStrategy"] == {"depth": 2}
    assert middleware(result, "rate-limit")["rateLimit"] == {
        "average": 10,
        "burst": 10,
        "period": "1s",
        "sourceCriterion": {"ipStrategy": {"depth": 2}},
        "redis": {"endpoints": ["r:6379"], "secret": "r"},
    }
    assert_reachable(Pods.of({"app": "any"}, namespace="edge"), "web", 8080, within=result)
    assert_blocked(TRAEFIK, "web", within=result)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"web": "same", "websecure": "same"}, "the same entry point as web; name two"),
        ({"edition": "enterprise"}, "TraefikGatewayOptions.edition"),
        ({"redis_secret": "redis"}, "not allowed without redis"),
        ({"forwarded_depth": 0}, "TraefikGatewayOptions.forwarded_depth"),
        ({"ingress_class": "No Class"}, "TraefikGatewayOptions.ingress_class"),
    ],
)
def test_invalid_options_are_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        TraefikGatewayOptions(**said)


@pytest.mark.parametrize("gateway", [TraefikGateway, TraefikIngressGateway])
def test_the_option_refuses_encoded_characters(gateway: type[TraefikGateway | TraefikIngressGateway]) -> None:
    options = TraefikGatewayOptions(encoded_characters=False)
    assert "encodedCharacters" not in str(drawn(BASE, gateway).objects)
    result = drawn(replace(BASE, allow_from=("10.0.0.0/8",)), partial(gateway, options=options))
    assert middleware(result, "path") == {"encodedCharacters": {}}
    used = [str(each) for kind in ("IngressRoute", "Ingress") for each in result.pick(kind)]
    assert all(each.index("web-path") < each.index("web-allow") for each in used)


def test_an_expression_matches_a_path_with_a_line_feed() -> None:
    """Else `/admin/%0a` is routed by another path of the host, without what guards this one."""
    route = PathRoute("/admin/.*", match="RegularExpression")
    [match] = routes(drawn(replace(BASE, paths=(route,)), TraefikGateway))
    assert match == "Host(`web.acme.io`) && PathRegexp(`^(?s:/admin/.*)$`)"


LIMIT = RateLimit(10)
GRPC = (PathRoute("/", port="grpc"),)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (replace(BASE, rate_limit=LIMIT, paths=("/", "/api")), "each of the 2 routers"),
        (replace(BASE, rate_limit=LIMIT, tls=Tls.secret("web-tls", redirect=False)), "each of the 2 routers"),
        (
            replace(BASE, rate_limit=RateLimit(10, of="global"), aliases=("www.acme.io",)),
            "it counts all clients together",
        ),
        (replace(BASE, rate_limit=RateLimit(10, of="global"), host="*.acme.io"), "it counts all clients together"),
        (replace(BASE, paths=GRPC, max_body_size=Size("1Mi")), "gRPC uses streams"),
        (replace(BASE, paths=GRPC, retries=Retry(1, gateway_errors=True)), "gRPC uses streams"),
        (replace(BASE, paths=(PathRoute("/", headers=dict.fromkeys("ABCDE", "1")),)), "its priorities distinguish"),
        (
            replace(BASE, cors=Cors(("*",)), paths=("/api", PathRoute("/", headers={"A": "1"}))),
            "the preflight request of a browser",
        ),
        (replace(BASE, dns=DnsRecord()), "external-dns reads no address from an IngressRoute"),
        (replace(BASE, auth=Jwt(issuer="a`b", jwks_uri="https://id.acme.io/keys")), "the issuer contains a backtick"),
    ],
)
def test_what_traefik_can_do_but_not_with_this_value_is_refused(said: Exposure, why: str) -> None:
    gateway = partial(TraefikGateway, options=TraefikGatewayOptions(edition="hub"))
    with pytest.raises(UnsupportedError, match=why):
        drawn(said, gateway)


def test_redis_counts_for_all_routes_together() -> None:
    gateway = partial(TraefikGateway, options=TraefikGatewayOptions(redis=("redis.traefik:6379",)))
    result = drawn(replace(BASE, rate_limit=LIMIT, paths=("/", "/api")), gateway)
    used = [[each["name"] for each in route["middlewares"]] for route in routes(result).values()]
    assert used == [["web-rate-limit"], ["web-rate-limit"]]
