"""Real programs of Spring Cloud, with the variables and files that are rendered for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from kmop_constructs import Size
from kmop_constructs.core.edges import Call
from kmop_constructs.providers.spring_cloud_gateway import (
    EdgeRoute,
    RouteCircuitBreaker,
    RouteRetry,
    RouteRewrite,
    RouteWeight,
)
from tests.spring.gateways import Gateway, run
from tools.spring.build import HOW, Programs, available, why_not

import pytest

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """These tests run only where this folder is an argument: they need Java and Maven."""
    given = (Path(config.invocation_params.dir, arg.partition("::")[0]).resolve() for arg in config.args)
    return None if any(path.is_relative_to(HERE) for path in given) else True


@pytest.fixture(scope="session")
def programs() -> Programs:
    """The programs. Where they are not built, tests are skipped with the reason; in CI they fail."""
    found = available() if why_not() is None else None
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no programs of Spring: {why_not() or HOW}")
    return found


NAMES = ("customers-service", "visits-service", "vets-service", "admin-service")
ABSENT = ("absent-service",)
"""Services that nothing answers for."""


def routes(to: Mapping[str, Call]) -> Sequence[EdgeRoute]:
    customers, visits, vets = to["customers-service"], to["visits-service"], to["vets-service"]
    second = timedelta(seconds=1)
    return [
        EdgeRoute("/api/customer/admin/**", to["admin-service"], strip_prefix=2),
        EdgeRoute("/api/customer/**", customers, strip_prefix=2),
        EdgeRoute("/whole/{name}/*", customers, id="whole"),
        EdgeRoute("/api/visit/**", visits, strip_prefix=2, timeout=second),
        EdgeRoute(
            "/api/vet/**",
            vets,
            strip_prefix=2,
            retry=RouteRetry(2, methods=("GET", "PUT"), statuses=("TOO_MANY_REQUESTS",)),
        ),
        EdgeRoute("/pause/**", vets, retry=RouteRetry(2, first_backoff=second, max_backoff=second)),
        EdgeRoute("/get/**", customers, methods=("GET",)),
        EdgeRoute("/host/**", customers, hosts=("**.acme.io",)),
        EdgeRoute("/header/**", customers, headers={"X-Version": "v\\d+"}),
        EdgeRoute("/weight/**", customers, weight=RouteWeight("weights", 9)),
        EdgeRoute("/weight/**", visits, weight=RouteWeight("weights", 1)),
        EdgeRoute("/rewrite/**", customers, rewrite=RouteRewrite("/rewrite/(?<rest>.*)", "/public/${rest}")),
        EdgeRoute("/small/**", customers, max_request_size=Size("1Ki")),
        EdgeRoute("/preserve/**", customers, preserve_host=True),
        EdgeRoute("/absent/**", to["absent-service"]),
        EdgeRoute(
            "/breaker/absent/**", to["absent-service"], circuit_breaker=RouteCircuitBreaker(fallback="/fallback")
        ),
        EdgeRoute(
            "/breaker/vet/**",
            vets,
            strip_prefix=2,
            circuit_breaker=RouteCircuitBreaker("vets", fallback="/whole/fallback/x", status_codes=(500,)),
        ),
        EdgeRoute("/opens/**", vets, circuit_breaker=RouteCircuitBreaker("opens", status_codes=(500,))),
        EdgeRoute(
            "/all/**",
            vets,
            strip_prefix=1,
            timeout=second,
            retry=RouteRetry(1),
            circuit_breaker=RouteCircuitBreaker("all.filters", fallback="/fallback"),
        ),
    ]


@pytest.fixture(scope="session")
def clinic(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway without options."""
    folder = tmp_path_factory.mktemp("clinic")
    with run(programs, programs.gateway, folder, NAMES, routes, absent=ABSENT) as found:
        yield found
