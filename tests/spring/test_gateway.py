"""Spring Cloud Gateway acts on exactly the file and variables that are drawn: each feature, and what is without it."""

from __future__ import annotations

import re
import time
from collections import Counter

from tests.spring.gateways import Gateway
from tests.spring.stand_in import Got

import pytest


def targets(got: list[Got]) -> list[tuple[str, str]]:
    return [(each.service, each.target) for each in got]


def test_a_prefix_is_removed(clinic: Gateway) -> None:
    _, got = clinic.send("/api/customer/owners/1?page=2")
    assert targets(got) == [("customers-service", "/owners/1?page=2")]


def test_without_strip_prefix_a_path_is_whole(clinic: Gateway) -> None:
    assert targets(clinic.send("/whole/a/b")[1]) == [("customers-service", "/whole/a/b")]


@pytest.mark.parametrize("path", ["/", "/api/customers", "/whole/a", "/whole/a/b/c", "/api"])
def test_a_path_without_a_route_is_404(clinic: Gateway, path: str) -> None:
    answer, got = clinic.send(path)
    assert (answer.status, got) == (404, [])


def test_the_first_route_that_matches_is_used(clinic: Gateway) -> None:
    assert targets(clinic.send("/api/customer/admin/x")[1]) == [("admin-service", "/admin/x")]
    assert targets(clinic.send("/api/customer/adminx")[1]) == [("customers-service", "/adminx")]


def test_the_ids_are_those_of_the_callees(clinic: Gateway) -> None:
    ids = re.findall('"route_id":"([^"]*)"', clinic.send("/actuator/gateway/routes")[0].body)
    assert ids[:5] == ["admin-service", "customers-service", "whole", "visits-service", "vets-service"]


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 404), ("HEAD", 404), ("OPTIONS", 404)])
def test_a_route_matches_its_methods(clinic: Gateway, method: str, status: int) -> None:
    answer, got = clinic.send("/get/x", method=method)
    assert (answer.status, len(got)) == (status, status == 200)


@pytest.mark.parametrize(
    ("host", "status"),
    [("a.acme.io", 200), ("a.acme.io:8443", 200), ("acme.org", 404), ("a.acme.io.evil.com", 404), ("A.ACME.IO", 404)],
)
def test_a_route_matches_its_hosts(clinic: Gateway, host: str, status: int) -> None:
    assert clinic.send("/host/x", host=host)[0].status == status


@pytest.mark.parametrize(("value", "status"), [("v12", 200), ("av12", 404), ("other, v1", 200), ("", 404)])
def test_a_route_matches_its_headers(clinic: Gateway, value: str, status: int) -> None:
    assert clinic.send("/header/x", f"X-Version: {value}")[0].status == status


def test_weights_share_requests(clinic: Gateway) -> None:
    found = Counter(clinic.send("/weight/x")[0].body for _ in range(100))
    assert set(found) == {"customers-service", "visits-service"}
    assert found["customers-service"] > 70


def test_a_path_is_rewritten(clinic: Gateway) -> None:
    assert targets(clinic.send("/rewrite/a/b")[1]) == [("customers-service", "/public/a/b")]


@pytest.mark.parametrize(("size", "status"), [(1024, 200), (1025, 413)])
def test_a_body_above_the_maximum_is_413(clinic: Gateway, size: int, status: int) -> None:
    answer, got = clinic.send("/small/x", method="POST", body=b"x" * size)
    assert (answer.status, len(got)) == (status, status == 200)


def test_the_host_of_the_client_is_preserved(clinic: Gateway) -> None:
    assert clinic.send("/preserve/x", host="shop.acme.io")[1][0].headers["host"] == "shop.acme.io"


def test_without_preserve_host_it_is_the_service(clinic: Gateway) -> None:
    port = clinic.services["customers-service"].port
    assert clinic.send("/whole/a/b", host="shop.acme.io")[1][0].headers["host"] == f"customers-service:{port}"


def test_a_response_after_the_timeout_is_504(clinic: Gateway) -> None:
    answer, got = clinic.send("/api/visit/slow")
    assert (answer.status, len(got)) == (504, 1)


def test_without_a_timeout_the_gateway_waits(clinic: Gateway) -> None:
    assert clinic.send("/whole/a/slow")[0].status == 200


@pytest.mark.parametrize(
    ("method", "path", "attempts"),
    [
        ("GET", "503", 3),
        ("GET", "429", 3),
        ("GET", "gone", 3),
        ("GET", "404", 1),
        ("GET", "200", 1),
        ("PUT", "503", 3),
        ("POST", "503", 1),
        ("POST", "gone", 1),
    ],
)
def test_what_fails_is_retried(clinic: Gateway, method: str, path: str, attempts: int) -> None:
    body = b"" if method == "GET" else b"content"
    _, got = clinic.send(f"/api/vet/{path}", method=method, body=body)
    assert [(each.target, each.body) for each in got] == [(f"/{path}", body)] * attempts


@pytest.mark.parametrize(("path", "pauses"), [("/pause/503", True), ("/api/vet/503", False)])
def test_attempts_have_a_pause_between_them(clinic: Gateway, path: str, pauses: bool) -> None:
    begin = time.monotonic()
    _, got = clinic.send(path)
    assert (len(got), time.monotonic() - begin >= 2) == (3, pauses)


def test_without_retries_there_is_one_attempt(clinic: Gateway) -> None:
    assert len(clinic.send("/api/customer/503")[1]) == 1


def test_a_service_that_is_absent_is_500(clinic: Gateway) -> None:
    assert clinic.send("/absent/x")[0].status == 500


def test_a_fallback_answers_for_an_absent_service(clinic: Gateway) -> None:
    answer, _ = clinic.send("/breaker/absent/x")
    assert (answer.status, answer.body) == (200, "fallback")


@pytest.mark.parametrize(
    ("status", "last"), [("500", ("customers-service", "/whole/fallback/x")), ("502", ("vets-service", "/502"))]
)
def test_a_fallback_may_be_a_route(clinic: Gateway, status: str, last: tuple[str, str]) -> None:
    """Only the status 500 counts as a failure there."""
    assert last in targets(clinic.send(f"/breaker/vet/{status}")[1])


def test_a_fallback_answers_after_a_second(clinic: Gateway) -> None:
    """Without a timeout of the route, the limit of Resilience4j holds."""
    answer, _ = clinic.send("/breaker/vet/slow")
    assert (answer.status, answer.body) == (200, "customers-service")


def test_after_many_failures_a_breaker_opens(clinic: Gateway) -> None:
    first, got = clinic.send("/opens/500")
    assert (first.status, len(got)) == (500, 1)
    for _ in range(110):
        clinic.send("/opens/500")
    answer, got = clinic.send("/opens/x")
    assert (answer.status, got) == (503, [])


@pytest.mark.parametrize(
    ("path", "status", "body", "attempts"),
    [
        ("x", 200, "vets-service", 1),
        ("slow", 200, "fallback", 2),
        ("gone", 200, "fallback", 2),
        ("503", 503, "vets-service", 2),
        ("404", 404, "vets-service", 1),
    ],
)
def test_all_filters_of_one_route(clinic: Gateway, path: str, status: int, body: str, attempts: int) -> None:
    """The breaker waits for both attempts: its own limit of one second would end the first."""
    answer, got = clinic.send(f"/all/{path}")
    assert (answer.status, answer.body) == (status, body)
    assert targets(got) == [("vets-service", f"/{path}")] * attempts
