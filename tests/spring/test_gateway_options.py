"""What the options of a gateway do for all routes, and what Spring does without what is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from kmop_constructs.core.edges import Call
from kmop_constructs.providers.spring_cloud_gateway import EdgeRoute, RouteCircuitBreaker, RouteRetry
from tests.spring.gateways import Gateway, run
from tools.spring.build import Programs

import pytest

UNTRUSTED, TRUSTED = "127.0.0.1", "127.0.0.2"
FORWARDED = {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-host": "shop.acme.io",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "8443",
}
NAMES = ("vets-service", "visits-service")


def routes(to: Mapping[str, Call]) -> Sequence[EdgeRoute]:
    vets = to["vets-service"]
    return [
        EdgeRoute("/api/vet/**", vets, strip_prefix=2),
        EdgeRoute("/waits/**", vets, timeout=timedelta(seconds=5)),
        EdgeRoute("/retry/**", vets, retry=RouteRetry(3)),
        EdgeRoute("/own/**", vets, circuit_breaker=RouteCircuitBreaker(fallback="/fallback", status_codes=(500,))),
        EdgeRoute("/visits/**", to["visits-service"]),
    ]


def forwarded(gateway: Gateway, sender: str, headers: Mapping[str, str] = FORWARDED) -> dict[str, str]:
    """Those headers of a request that the service got."""
    _, [got] = gateway.send("/visits/x", *(f"{name}: {value}" for name, value in headers.items()), sender=sender)
    return {name: value for name, value in got.headers.items() if "forwarded" in name}


@pytest.fixture(scope="module")
def gateway(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with run(
        programs,
        programs.gateway,
        tmp_path_factory.mktemp("options"),
        NAMES,
        routes,
        circuit_breaker=RouteCircuitBreaker("default", fallback="/fallback", status_codes=(502,)),
        retry=RouteRetry(1),
        trusted_proxies=r"127\.0\.0\.2",
    ) as found:
        yield found


def test_retries_hold_for_every_route(gateway: Gateway) -> None:
    assert len(gateway.send("/api/vet/503")[1]) == 2
    assert len(gateway.send("/visits/503")[1]) == 2


def test_a_route_has_retries_of_its_own(gateway: Gateway) -> None:
    assert len(gateway.send("/retry/503")[1]) == 4


def test_a_breaker_holds_for_every_route(gateway: Gateway) -> None:
    assert gateway.send("/visits/502")[0].body == "fallback"
    assert gateway.send("/visits/503")[0].body == "visits-service"


def test_a_breaker_of_a_route_is_beside_it(gateway: Gateway) -> None:
    assert gateway.send("/own/500")[0].body == "fallback"
    assert gateway.send("/own/502")[0].body == "fallback"
    assert gateway.send("/own/503")[0].body == "vets-service"


def test_a_breaker_waits_for_the_timeout_of_a_route(gateway: Gateway) -> None:
    """The service answers after three seconds; Resilience4j would wait for one."""
    assert gateway.send("/waits/slow")[0].body == "vets-service"


def test_headers_of_a_trusted_proxy_reach_a_service(gateway: Gateway) -> None:
    assert forwarded(gateway, TRUSTED) == FORWARDED


def test_headers_of_others_do_not(gateway: Gateway) -> None:
    assert forwarded(gateway, UNTRUSTED) == {}


@pytest.mark.parametrize("address", [TRUSTED, f"{TRUSTED}, 203.0.113.9", f"203.0.113.9, {TRUSTED}"])
def test_an_address_in_a_header_is_not_a_sender(gateway: Gateway, address: str) -> None:
    assert forwarded(gateway, UNTRUSTED, {**FORWARDED, "x-forwarded-for": address}) == {}


@pytest.mark.parametrize("sender", [TRUSTED, UNTRUSTED])
def test_forwarded_reaches_no_service(gateway: Gateway, sender: str) -> None:
    assert forwarded(gateway, sender, {"forwarded": f"for={TRUSTED};host=evil.io;proto=https"}) == {}


def test_the_removed_prefix_is_a_header(gateway: Gateway) -> None:
    _, [got] = gateway.send("/api/vet/x", sender=TRUSTED)
    assert got.headers["x-forwarded-prefix"] == "/api/vet"


def test_without_trusted_proxies_all_are_removed(clinic: Gateway) -> None:
    _, [got] = clinic.send("/whole/a/b", *(f"{name}: {value}" for name, value in FORWARDED.items()), sender=TRUSTED)
    assert not [name for name in got.headers if "forwarded" in name]


def test_spring_boot_itself_trusts_everyone(programs: Programs, tmp_path: Path) -> None:
    """What a pod does without the setting that is drawn: a forged header reaches the service."""
    native = {"SERVER_FORWARD_HEADERS_STRATEGY": "native"}
    with run(programs, programs.gateway, tmp_path, NAMES, routes, env=native, trusted_proxies=r"127\.0\.0\.2") as found:
        assert forwarded(found, UNTRUSTED, {**FORWARDED, "x-forwarded-for": TRUSTED}) != {}
        assert forwarded(found, TRUSTED) == {}


@pytest.fixture(scope="module")
def older(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with run(
        programs,
        programs.gateway_4_2,
        tmp_path_factory.mktemp("older"),
        NAMES,
        routes,
        properties="spring.cloud.gateway",
        circuit_breaker=RouteCircuitBreaker("default", fallback="/fallback"),
        retry=RouteRetry(1),
    ) as found:
        yield found


def test_version_4_2_routes(older: Gateway) -> None:
    _, [got] = older.send("/api/vet/x")
    assert (got.service, got.target) == ("vets-service", "/x")


def test_version_4_2_retries_and_waits(older: Gateway) -> None:
    assert len(older.send("/visits/503")[1]) == 2
    assert older.send("/own/500")[0].body == "fallback"
    assert older.send("/waits/slow")[0].body == "vets-service"


def test_version_4_2_forwards_no_such_header(older: Gateway) -> None:
    assert forwarded(older, TRUSTED, {**FORWARDED, "forwarded": "for=203.0.113.9"}).keys() & {*FORWARDED} == set()


def test_another_prefix_has_no_routes(programs: Programs, tmp_path: Path) -> None:
    with run(programs, programs.gateway_4_2, tmp_path, NAMES, routes) as found:
        assert found.send("/api/vet/x")[0].status == 404
