"""A gateway that is a service of the app: each route is an edge, and a route in Spring's configuration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    ConflictError,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    ServerTls,
    ServiceRef,
    ServiceSpec,
    Size,
    SpecError,
    Text,
)
from kmop_constructs.providers.spring_cloud_gateway import (
    EdgeRoute,
    RouteCircuitBreaker,
    RouteRetry,
    RouteRewrite,
    RouteWeight,
    SpringCloudGateway,
    SpringCloudGatewayOptions,
)
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import assert_valid

import pytest
import yaml
from cdk8s import App

SPEC = ServiceSpec(image=Image("acme/api-gateway:1"), port=8080)
VETS = ServiceRef("vets-service", port=8083)
TO_VETS = VETS.http(env=None)
METHODS = "Method=GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS,TRACE"


def service(chart: KmopChart, name: str, port: int) -> Microservice:
    return Microservice(chart, name, ServiceSpec(image=Image(f"acme/{name}:1"), port=port))


def gateway(chart: KmopChart, *routes: EdgeRoute, spec: ServiceSpec = SPEC, **options: Any) -> SpringCloudGateway:
    return SpringCloudGateway(chart, "api-gateway", spec, routes=routes, options=SpringCloudGatewayOptions(**options))


def configured(result: Synthesized) -> dict[str, Any]:
    files: dict[str, str] = result.one("ConfigMap")["data"]
    [text] = files.values()
    return yaml.safe_load(text)


def webflux(result: Synthesized) -> dict[str, Any]:
    return configured(result)["spring"]["cloud"]["gateway"]["server"]["webflux"]


def only(chart: KmopChart, route: EdgeRoute, **options: Any) -> dict[str, Any]:
    """The one route, as it is drawn."""
    service(chart, "vets-service", 8083)
    [drawn] = webflux(synthesize(gateway(chart, route, **options)))["routes"]
    return drawn


def test_a_route_is_a_route_in_the_configuration_of_spring(chart: KmopChart) -> None:
    # https://docs.spring.io/spring-cloud-gateway/reference/spring-cloud-gateway-server-webflux/gatewayfilter-factories/stripprefix-factory.html
    assert only(chart, EdgeRoute("/api/vet/**", TO_VETS, strip_prefix=2)) == {
        "id": "vets-service",
        "uri": "http://vets-service:8083",
        "predicates": ["Path=/api/vet/**", METHODS],
        "filters": ["StripPrefix=2"],
    }


def test_a_route_opens_both_policies_for_exactly_its_port(app: App, chart: KmopChart) -> None:
    vets, visits = service(chart, "vets-service", 8083), service(chart, "visits-service", 8082)
    made = gateway(chart, EdgeRoute("/api/vet/**", vets.http(env=None), strip_prefix=2))
    assert_reachable(made, vets)
    assert_blocked(made, visits)
    assert_blocked(visits, vets)
    assert_blocked(vets, made)


def test_the_file_is_found_by_spring_and_rolls_the_pods(chart: KmopChart) -> None:
    service(chart, "vets-service", 8083)
    pods = synthesize(gateway(chart, EdgeRoute("/**", TO_VETS))).one("Deployment")["spec"]["template"]
    [container] = pods["spec"]["containers"]
    # https://docs.spring.io/spring-boot/reference/features/external-config.html: a directory ends with a slash.
    assert container["env"] == [
        {"name": "SPRING_CONFIG_ADDITIONALLOCATION", "value": "file:/etc/spring-cloud-gateway/"}
    ]
    mounted = [each["mountPath"] for each in container["volumeMounts"]]
    assert mounted == ["/etc/spring-cloud-gateway/application.yml", "/tmp"]
    assert any("checksum" in key for key in pods["metadata"]["annotations"])


def test_its_objects_are_valid(chart: KmopChart) -> None:
    service(chart, "vets-service", 8083)
    assert_valid(synthesize(gateway(chart, EdgeRoute("/**", TO_VETS))).objects, "1.30")


def test_up_to_version_4_2_the_properties_have_another_prefix(chart: KmopChart) -> None:
    service(chart, "vets-service", 8083)
    result = synthesize(gateway(chart, EdgeRoute("/**", TO_VETS), properties="spring.cloud.gateway"))
    assert list(configured(result)["spring"]["cloud"]["gateway"]) == ["default-filters", "routes"]


@pytest.mark.parametrize("properties", ["spring.cloud.gateway", "spring.cloud.gateway.server.webflux"])
def test_without_trusted_proxies_filters_remove_headers(chart: KmopChart, properties: str) -> None:
    """Before 4.3.5 and 5.0.2, Spring passes them on from every sender."""
    service(chart, "vets-service", 8083)
    made = gateway(chart, EdgeRoute("/**", TO_VETS), properties=properties, retry=RouteRetry(1))
    found = configured(synthesize(made))
    for key in properties.split("."):
        found = found[key]
    first, *others = found["default-filters"]
    assert first["name"] == "Retry"
    assert "RemoveRequestHeader=X-Forwarded-For" in others
    assert "RemoveRequestHeader=Forwarded" in others


def test_spring_boot_leaves_forwarded_headers_to_the_gateway(chart: KmopChart) -> None:
    """In a pod it would take the address that is compared with `trusted_proxies` from X-Forwarded-For."""
    service(chart, "vets-service", 8083)
    result = configured(synthesize(gateway(chart, EdgeRoute("/**", TO_VETS))))
    assert result["server"] == {"forward-headers-strategy": "none"}


def test_headers_of_trusted_proxies_are_not_changed(chart: KmopChart) -> None:
    service(chart, "vets-service", 8083)
    result = webflux(synthesize(gateway(chart, EdgeRoute("/**", TO_VETS), trusted_proxies="10\\..*")))
    assert result["forwarded"] == {"enabled": False}
    assert set(result["x-forwarded"]) == {"for-enabled", "host-enabled", "port-enabled", "proto-enabled"}
    assert not any(result["x-forwarded"].values())


@pytest.mark.parametrize(
    ("host", "drawn"),
    [("**.acme.io", {"host": {"include-port": False}}), ("a.acme.io:8443", None)],
    ids=["without-port", "with-port"],
)
def test_hosts_are_compared_without_a_port(chart: KmopChart, host: str, drawn: object) -> None:
    service(chart, "vets-service", 8083)
    result = webflux(synthesize(gateway(chart, EdgeRoute("/**", TO_VETS, hosts=(host,)))))
    assert result.get("predicate") == drawn


def limits(chart: KmopChart, *routes: EdgeRoute, **options: Any) -> dict[str, str]:
    service(chart, "vets-service", 8083)
    drawn = configured(synthesize(gateway(chart, *routes, **options)))
    instances = drawn.get("resilience4j", {}).get("timelimiter", {}).get("instances", {})
    return {name: each["timeout-duration"] for name, each in instances.items()}


def test_a_breaker_waits_for_all_attempts_of_its_routes(chart: KmopChart) -> None:
    """Its own limit of one second would end them; two pauses of 100 and 150 ms are between three attempts of 5 s."""
    retry = RouteRetry(2, first_backoff=timedelta(milliseconds=100), max_backoff=timedelta(milliseconds=150))
    five = timedelta(seconds=5)
    assert limits(
        chart,
        EdgeRoute("/a/**", TO_VETS, timeout=five, retry=retry, circuit_breaker=RouteCircuitBreaker("a.b")),
        EdgeRoute("/b/**", TO_VETS, timeout=timedelta(seconds=1), circuit_breaker=RouteCircuitBreaker("a.b")),
        EdgeRoute("/c/**", TO_VETS, timeout=five),
        circuit_breaker=RouteCircuitBreaker("all"),
    ) == {"[a.b]": "16250ms", "all": "16250ms"}


def test_without_a_timeout_a_breaker_keeps_its_own_limit(chart: KmopChart) -> None:
    assert limits(chart, EdgeRoute("/a/**", TO_VETS, circuit_breaker=RouteCircuitBreaker())) == {}


def test_retries_of_a_route_replace_those_of_all_routes(chart: KmopChart) -> None:
    """Two filters Retry count together: the smaller number of retries would hold."""
    service(chart, "vets-service", 8083)
    routes = (EdgeRoute("/a/**", TO_VETS, retry=RouteRetry(3)), EdgeRoute("/b/**", TO_VETS))
    result = webflux(synthesize(gateway(chart, *routes, retry=RouteRetry(1))))
    assert not [each for each in result["default-filters"] if not isinstance(each, str)]
    assert [each["filters"][0]["args"]["retries"] for each in result["routes"]] == [3, 1]


DOWN = RouteCircuitBreaker(fallback="/down/x?y=1")


@pytest.mark.parametrize(
    ("routes", "default"),
    [
        ((EdgeRoute("/down/**", TO_VETS, circuit_breaker=DOWN),), None),
        ((EdgeRoute("/a/**", TO_VETS), EdgeRoute("/down/{x}", TO_VETS)), DOWN),
        ((EdgeRoute("/{a:d.*}/?", TO_VETS),), DOWN),
        (
            (
                EdgeRoute("/down/*", TO_VETS, circuit_breaker=RouteCircuitBreaker(fallback="/a")),
                EdgeRoute("/a", TO_VETS, circuit_breaker=DOWN),
            ),
            None,
        ),
    ],
    ids=["itself", "default", "variables", "two"],
)
def test_fallbacks_that_never_end_are_refused(
    chart: KmopChart, routes: tuple[EdgeRoute, ...], default: RouteCircuitBreaker | None
) -> None:
    with pytest.raises(SpecError, match="routes: the fallback of its circuit breaker leads back to it, got"):
        gateway(chart, *routes, circuit_breaker=default)


@pytest.mark.parametrize(
    ("routes", "default"),
    [
        ((EdgeRoute("/a/**", TO_VETS, circuit_breaker=DOWN), EdgeRoute("/down/**", TO_VETS)), None),
        ((EdgeRoute("/down", TO_VETS), EdgeRoute("/**", TO_VETS)), DOWN),
    ],
    ids=["without-breaker", "controller"],
)
def test_fallbacks_that_end_are_not(
    chart: KmopChart, routes: tuple[EdgeRoute, ...], default: RouteCircuitBreaker | None
) -> None:
    service(chart, "vets-service", 8083)
    made = webflux(synthesize(gateway(chart, *routes, circuit_breaker=default)))
    assert len(made["routes"]) == len(routes)


# The examples of https://docs.spring.io/spring-cloud-gateway/reference/spring-cloud-gateway-server-webflux/request-predicates-factories.html
@pytest.mark.parametrize(
    ("fields", "predicate"),
    [
        ({"methods": ("GET", "POST")}, "Method=GET,POST"),
        ({"hosts": ("**.somehost.org", "**.anotherhost.org")}, "Host=**.somehost.org,**.anotherhost.org"),
        (
            {"headers": {"X-Request-Id": "[a-z]{1,3}\\d+"}},
            {"name": "Header", "args": {"header": "X-Request-Id", "regexp": "[a-z]{1,3}\\d+"}},
        ),
        ({"weight": RouteWeight("group1", 8)}, "Weight=group1, 8"),
    ],
    ids=["Method", "Host", "Header", "Weight"],
)
def test_a_condition_is_a_predicate(chart: KmopChart, fields: dict[str, Any], predicate: object) -> None:
    path, *others = only(chart, EdgeRoute("/red/{segment}", TO_VETS, **fields))["predicates"]
    assert path == "Path=/red/{segment}"
    assert others == ([predicate] if "methods" in fields else [METHODS, predicate])


def test_several_paths_are_one_predicate(chart: KmopChart) -> None:
    drawn = only(chart, EdgeRoute(("/red/{segment}", "/blue/{segment}"), TO_VETS))
    assert drawn["predicates"] == ["Path=/red/{segment},/blue/{segment}", METHODS]


# The examples of https://docs.spring.io/spring-cloud-gateway/reference/spring-cloud-gateway-server-webflux/gatewayfilter-factories.html
@pytest.mark.parametrize(
    ("fields", "filter"),
    [
        (
            {"rewrite": RouteRewrite("/red/?(?<segment>.*)", "/${segment}")},
            {"name": "RewritePath", "args": {"regexp": "/red/?(?<segment>.*)", "replacement": "/$\\{segment}"}},
        ),
        ({"max_request_size": Size("5Mi")}, {"name": "RequestSize", "args": {"maxSize": "5242880B"}}),
        ({"preserve_host": True}, "PreserveHostHeader"),
        ({"circuit_breaker": RouteCircuitBreaker()}, {"name": "CircuitBreaker", "args": {"name": "vets-service"}}),
        (
            {"circuit_breaker": RouteCircuitBreaker(name="mine", fallback="/fallback", status_codes=(500, 503))},
            {
                "name": "CircuitBreaker",
                "args": {"name": "mine", "fallbackUri": "forward:/fallback", "statusCodes": [500, 503]},
            },
        ),
        ({"retry": RouteRetry(2)}, {"name": "Retry", "args": {"retries": 2, "methods": "GET"}}),
        (
            {
                "retry": RouteRetry(
                    statuses=("TOO_MANY_REQUESTS",),
                    methods=("GET", "POST"),
                    first_backoff=timedelta(milliseconds=10),
                    max_backoff=timedelta(milliseconds=50),
                )
            },
            {
                "name": "Retry",
                "args": {
                    "retries": 3,
                    "statuses": "TOO_MANY_REQUESTS",
                    "methods": "GET,POST",
                    "backoff": {
                        "firstBackoff": "10ms",
                        "maxBackoff": "50ms",
                        "factor": 2,
                        "basedOnPreviousValue": False,
                    },
                },
            },
        ),
    ],
)
def test_what_is_done_to_a_request_is_a_filter(chart: KmopChart, fields: dict[str, Any], filter: object) -> None:  # noqa: A002
    assert only(chart, EdgeRoute("/red/**", TO_VETS, **fields))["filters"] == [filter]


def test_a_breaker_counts_a_request_with_its_retries_as_one(chart: KmopChart) -> None:
    route = EdgeRoute("/**", TO_VETS, retry=RouteRetry(), circuit_breaker=RouteCircuitBreaker(), strip_prefix=1)
    filters = only(chart, route)["filters"]
    assert [each if isinstance(each, str) else each["name"] for each in filters] == [
        "CircuitBreaker",
        "Retry",
        "StripPrefix=1",
    ]


def test_the_timeout_of_a_route_is_metadata_in_milliseconds(chart: KmopChart) -> None:
    # https://docs.spring.io/spring-cloud-gateway/reference/spring-cloud-gateway-server-webflux/http-timeouts-configuration.html
    drawn = only(chart, EdgeRoute("/**", TO_VETS, timeout=timedelta(seconds=2.5)))
    assert drawn["metadata"] == {"response-timeout": 2500}


def test_options_hold_for_every_route(chart: KmopChart) -> None:
    service(chart, "vets-service", 8083)
    made = gateway(
        chart,
        EdgeRoute("/**", TO_VETS),
        circuit_breaker=RouteCircuitBreaker(fallback="/fallback"),
        retry=RouteRetry(1, statuses=("SERVICE_UNAVAILABLE",), methods=("POST",)),
        trusted_proxies="10\\.42\\..*",
    )
    result = webflux(synthesize(made))
    assert list(result) == ["trusted-proxies", "forwarded", "x-forwarded", "default-filters", "routes"]
    assert result["trusted-proxies"] == "10\\.42\\..*"
    assert result["default-filters"] == [
        {"name": "CircuitBreaker", "args": {"name": "api-gateway", "fallbackUri": "forward:/fallback"}},
        {"name": "Retry", "args": {"retries": 1, "statuses": "SERVICE_UNAVAILABLE", "methods": "POST"}},
    ]


def test_a_service_of_another_namespace_is_found_by_its_name_there(app: App, chart: KmopChart) -> None:
    vets = service(KmopChart(app, "clinic", namespace="clinic"), "vets-service", 8083)
    made = gateway(chart, EdgeRoute("/**", vets.http(env=None)))
    [drawn] = webflux(synthesize(made))["routes"]
    assert drawn["uri"] == "http://vets-service.clinic.svc:8083"
    assert_reachable(made, vets)


def test_a_host_outside_is_a_route_too(chart: KmopChart) -> None:
    made = gateway(chart, EdgeRoute("/pay/**", ExternalHost("api.stripe.com").http(env=None)))
    [drawn] = webflux(synthesize(made))["routes"]
    assert (drawn["id"], drawn["uri"]) == ("api-stripe-com", "https://api.stripe.com")
    assert_reachable(made, "203.0.113.9", 443)


def test_routes_stay_in_their_order_and_get_ids(chart: KmopChart) -> None:
    service(chart, "vets-service", 8083)
    service(chart, "genai-service", 8084)
    chat = ServiceRef("genai-service", port=8084).http(env=None)
    made = gateway(
        chart,
        EdgeRoute("/b/**", TO_VETS),
        EdgeRoute("/a/**", TO_VETS, id="vets-service-2"),
        EdgeRoute("/c/**", chat),
        EdgeRoute("/**", TO_VETS),
    )
    routes = webflux(synthesize(made))["routes"]
    assert [each["id"] for each in routes] == ["vets-service", "vets-service-2", "genai-service", "vets-service-3"]


def test_what_it_uses_beside_its_routes_is_an_edge_as_ever(chart: KmopChart) -> None:
    config, vets = service(chart, "config-server", 8888), service(chart, "vets-service", 8083)
    made = SpringCloudGateway(
        chart, "api-gateway", SPEC, routes=[EdgeRoute("/**", vets.http())], uses=[config.http(env="CONFIG")]
    )
    [container] = synthesize(made).one("Deployment")["spec"]["template"]["spec"]["containers"]
    names = [each["name"] for each in container["env"]]
    assert {"CONFIG", "VETS_SERVICE_URL", "SPRING_CONFIG_ADDITIONALLOCATION"} == set(names)
    assert_reachable(made, config)


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ((), r"routes: no route is given, got \(\)"),
        ((EdgeRoute("/a", TO_VETS, id="a"), EdgeRoute("/b", TO_VETS, id="a")), "duplicate route id, got 'a'; set"),
        ((EdgeRoute("/**", TO_VETS), EdgeRoute("/a/**", TO_VETS)), r"never reached, because /\*\* comes before"),
        ((EdgeRoute("/a/**", TO_VETS), EdgeRoute("/a", TO_VETS)), "never reached"),
        ((EdgeRoute(("/a", "/b"), TO_VETS), EdgeRoute("/b", TO_VETS)), "never reached"),
    ],
)
def test_routes_that_cannot_be_meant_are_refused(chart: KmopChart, routes: tuple[EdgeRoute, ...], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        gateway(chart, *routes)


@pytest.mark.parametrize(
    "routes",
    [
        (EdgeRoute("/**", TO_VETS, methods=("GET",)), EdgeRoute("/a/**", TO_VETS)),
        (EdgeRoute("/a/**", TO_VETS), EdgeRoute("/ab/**", TO_VETS)),
        (EdgeRoute("/a", TO_VETS), EdgeRoute("/a/**", TO_VETS)),
        (EdgeRoute("/a", TO_VETS), EdgeRoute(("/a", "/b"), TO_VETS)),
    ],
)
def test_routes_that_share_a_part_of_their_paths_are_not(chart: KmopChart, routes: tuple[EdgeRoute, ...]) -> None:
    service(chart, "vets-service", 8083)
    assert len(webflux(synthesize(gateway(chart, *routes)))["routes"]) == 2


@pytest.mark.parametrize("name", ["SPRING_CONFIG_ADDITIONALLOCATION", "SPRING_CONFIG_ADDITIONAL_LOCATION"])
def test_a_second_place_of_configuration_is_refused(chart: KmopChart, name: str) -> None:
    spec = ServiceSpec(image=Image("acme/api-gateway:1"), port=8080, env={name: "file:/own/"})
    with pytest.raises(SpecError, match=f"the routes set this variable, .* configuration is, got '{name}'"):
        gateway(chart, EdgeRoute("/**", TO_VETS), spec=spec)


def test_a_second_file_of_the_same_name_is_refused(chart: KmopChart) -> None:
    file = {"/etc/spring-cloud-gateway/application.yml": Text("server.port: 8080")}
    spec = ServiceSpec(image=Image("acme/api-gateway:1"), port=8080, files=file)
    with pytest.raises(ConflictError, match="the routes of shop/api-gateway"):
        gateway(chart, EdgeRoute("/**", TO_VETS), spec=spec)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EdgeRoute("api", TO_VETS), "EdgeRoute.path: does not start with a slash"),
        (lambda: EdgeRoute((), TO_VETS), "EdgeRoute.path: no path is matched, got"),
        (lambda: EdgeRoute("/a,/b", TO_VETS), "EdgeRoute.path: contains a comma or blank"),
        (lambda: EdgeRoute("/**/a", TO_VETS), r"EdgeRoute.path: '\*\*' is allowed only at the end, got"),
        (lambda: EdgeRoute("/${HOME}", TO_VETS), r"EdgeRoute.path: contains '\$\{' or '#\{', which"),
        (lambda: EdgeRoute("/a", VETS.tcp()), "EdgeRoute.to: not a call over HTTP, got 'vets-service.tcp"),
        (lambda: EdgeRoute("/a", VETS.grpc()), "EdgeRoute.to: not a call over HTTP"),
        (lambda: EdgeRoute("/a", VETS.http(tls=ServerTls())), "EdgeRoute.to: a call with an authority of its own"),
        (lambda: EdgeRoute("/a", VETS.http(path="/x")), "EdgeRoute.to: the edge has a path, which"),
        (lambda: EdgeRoute("/a", TO_VETS, methods=("get",)), "EdgeRoute.methods"),  # pyright: ignore[reportArgumentType]
        (lambda: EdgeRoute("/a", TO_VETS, hosts=("a, b",)), "EdgeRoute.hosts: contains a comma or blank"),
        (
            lambda: EdgeRoute("/a", TO_VETS, headers={"X-A": "#{x}"}),
            r"EdgeRoute.headers\['X-A'\]: contains '\$\{' or '#\{', which",
        ),
        (
            lambda: EdgeRoute("/a", TO_VETS, strip_prefix=1, rewrite=RouteRewrite("/a", "/b")),
            "EdgeRoute.rewrite: not allowed together with strip_prefix",
        ),
        (lambda: EdgeRoute("/a", TO_VETS, timeout=timedelta(0)), "EdgeRoute.timeout: not a whole number"),
        (lambda: RouteRewrite("/a", "b"), "RouteRewrite.replacement: the new path does not begin with"),
        (lambda: RouteCircuitBreaker(status_codes=(200,)), "RouteCircuitBreaker.status_codes"),
        (lambda: RouteCircuitBreaker(fallback="fallback"), "RouteCircuitBreaker.fallback"),
        (lambda: RouteRetry(0), "RouteRetry.retries"),
        (lambda: RouteRetry(methods=()), "RouteRetry.methods: no method is retried, got"),
        (lambda: RouteRetry(max_backoff=timedelta(seconds=1)), "RouteRetry.max_backoff: first_backoff is not set"),
        (lambda: RouteWeight("group", -1), "RouteWeight.weight"),
        (lambda: SpringCloudGatewayOptions(properties="zuul"), "SpringCloudGatewayOptions.properties"),  # pyright: ignore[reportArgumentType]
        (
            lambda: SpringCloudGatewayOptions(properties="spring.cloud.gateway", trusted_proxies="10\\..*"),
            "SpringCloudGatewayOptions.trusted_proxies: version 4.2 passes on the headers of every sender",
        ),
        (
            lambda: SpringCloudGatewayOptions(trusted_proxies="${PROXIES}"),
            r"SpringCloudGatewayOptions.trusted_proxies: contains '\$\{' or '#\{', which",
        ),
        (lambda: SpringCloudGatewayOptions(directory="etc"), "SpringCloudGatewayOptions.directory"),
    ],
)
def test_a_wrong_value_is_refused_by_name(make: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        make()
