"""Hostile requests to a Spring Cloud Gateway: what reaches a service, and which."""

from __future__ import annotations

from collections.abc import Iterator

from tests.spring.conftest import ABSENT, NAMES, routes
from tests.spring.gateways import Gateway, run
from tools.spring.build import Programs

import pytest


@pytest.mark.parametrize(
    "target",
    [
        "/api%2fcustomer/x",
        "/api/customer%2fx",
        "/api/customer%2f..%2fvet/x",
        "/API/customer/x",
        "//api/customer/x",
        "/api//customer/x",
        "//vets-service/api/customer/x",
        "/./api/customer/x",
        "/x/../api/customer/x",
        "/x/..;/api/customer/x",
        "/%2e%2e/api/customer/x",
        "/;/api/customer/x",
        "/get/../api%2fvet/x/y/z/..%2f",
        "/whole/..",
        "/api\\customer\\x",
        "/api/customer/%",
        "/api/customer/%zz",
        "*",
        "api/customer/x",
        "http://vets-service/x",
        "http://vets-service/",
    ],
)
def test_what_no_route_names_reaches_no_service(clinic: Gateway, target: str) -> None:
    answer, got = clinic.send(target, method="POST" if target.startswith("/get") else "GET")
    assert (answer.status in (400, 404), got) == (True, [])


@pytest.mark.parametrize(
    "target",
    [
        "/api/cus%74omer/x",
        "/api;a=b/customer;c=d/x",
        "/api/customer//x",
        "http://vets-service/api/customer/x",
        "http://vets-service:1/api/customer/x",
        "https://admin-service/api/customer/x",
        "http://user:password@vets-service/api/customer/x",
        "ftp://vets-service/api/customer/x",
        "/api/customer/x#/../api/vet",
    ],
)
def test_a_request_reaches_the_service_of_its_route(clinic: Gateway, target: str) -> None:
    _, [got] = clinic.send(target)
    assert (got.service, got.target) == ("customers-service", "/x")
    assert got.headers["host"].startswith("customers-service:")


@pytest.mark.parametrize("host", ["vets-service", "vets-service:8083", "", "a b", "x@vets-service", None])
def test_the_host_header_chooses_no_service(clinic: Gateway, host: str | None) -> None:
    _, [got] = clinic.send("/api/customer/x", host=host)
    assert (got.service, got.headers["host"].partition(":")[0]) == ("customers-service", "customers-service")


DOTS = ("../../admin", "..;/..;/admin", "%2e%2e/admin", "..%2fadmin", "%252e%252e/x", "x%00")


@pytest.mark.parametrize("rest", DOTS)
def test_dot_segments_reach_the_service_as_written(clinic: Gateway, rest: str) -> None:
    """The gateway does not normalize a path: the page names what to do."""
    _, [got] = clinic.send(f"/api/customer/{rest}")
    assert (got.service, got.target) == ("customers-service", f"/{rest}")


@pytest.fixture(scope="module")
def firewall(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("firewall")
    with run(programs, programs.gateway_firewall, folder, NAMES, routes, absent=ABSENT) as found:
        yield found


@pytest.mark.parametrize("rest", [*DOTS, "a//b", "a;b=c", "%5c..%5cadmin"])
def test_the_firewall_of_spring_security_refuses_them(firewall: Gateway, rest: str) -> None:
    answer, got = firewall.send(f"/api/customer/{rest}")
    assert (answer.status, got) == (400, [])


def test_the_firewall_leaves_routes_as_they_are(firewall: Gateway) -> None:
    _, [got] = firewall.send("/api/customer/owners/1?page=2", "X-Forwarded-For: 203.0.113.9")
    assert (got.service, got.target, "x-forwarded-for" in got.headers) == (
        "customers-service",
        "/owners/1?page=2",
        False,
    )


@pytest.mark.parametrize("target", ["/%72ewrite/x", "/rewrite;a=b/x"])
def test_a_rewrite_sees_the_path_as_written(clinic: Gateway, target: str) -> None:
    """It has the route of `/rewrite/x`, and is not rewritten: the page names what to do."""
    _, [got] = clinic.send(target)
    assert (got.service, got.target) == ("customers-service", target)


def test_connect_reaches_no_service(clinic: Gateway) -> None:
    """After the answer of a service to it, the next request to that service had no answer."""
    answer, got = clinic.send("/api/customer/x", method="CONNECT")
    assert (answer.status, got) == (404, [])
    assert [clinic.send("/api/customer/x")[0].status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("method", ["get", "PROPFIND", "FOO"])
def test_an_unknown_method_reaches_no_service(clinic: Gateway, method: str) -> None:
    answer, got = clinic.send("/api/customer/x", method=method)
    assert (answer.status, got) == (404, [])


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_another_method_in_a_header_is_only_a_header(clinic: Gateway, name: str) -> None:
    answer, [got] = clinic.send("/get/x", f"{name}: DELETE")
    assert (answer.status, got.method, got.headers[name.lower()]) == (200, "GET", "DELETE")
    assert clinic.send("/get/x?_method=GET", f"{name}: GET", method="DELETE")[1] == []


def test_another_path_in_a_header_is_only_a_header(clinic: Gateway) -> None:
    _, [got] = clinic.send("/get/x", "X-Original-URL: /api/vet/x", "X-Rewrite-URL: /api/vet/x")
    assert (got.service, got.target, got.headers["x-original-url"]) == ("customers-service", "/get/x", "/api/vet/x")


def test_headers_that_connection_names_are_removed(clinic: Gateway) -> None:
    _, [got] = clinic.send(
        "/get/x", "Connection: close, X-Forwarded-For, X-Own", "X-Own: 1", "X-Forwarded-For: 1.1.1.1", "TE: trailers"
    )
    assert not got.headers.keys() & {"connection", "x-own", "x-forwarded-for", "te"}


def test_a_very_long_path_is_414(clinic: Gateway) -> None:
    answer, got = clinic.send("/api/customer/" + "a" * 5000)
    assert (answer.status, got) == (414, [])


def test_an_upgrade_to_http_2_is_ignored(clinic: Gateway) -> None:
    answer, [got] = clinic.send(
        "/get/x",
        "Connection: Upgrade, HTTP2-Settings, close",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
    )
    assert answer.status == 200
    assert not got.headers.keys() & {"upgrade", "http2-settings"}


POST = b"POST /api/customer/x HTTP/1.1\r\nHost: a\r\n"
SECOND = b"GET /api/customer/admin/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    "content",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"Transfer-Encoding : chunked\r\nContent-Length: 3\r\n\r\nabc",
        POST + b"Content-Length: 3\r\nContent-Length: 60\r\n\r\nabc" + SECOND,
        POST + b"Content-Length: +3\r\n\r\nabc",
        b"GET /api/customer/x HTTP/1.1\nHost: a\n\n",
        b"GET /api/customer/x y HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["http2", "both-lengths", "blank", "two-lengths", "sign", "line-feeds", "two-targets"],
)
def test_an_ambiguous_request_is_400(clinic: Gateway, content: bytes) -> None:
    answer, got = clinic.sends(content)
    assert (answer.status, got) == (400, [])


@pytest.mark.parametrize("coding", [b"xchunked", b"chunked\r\nTransfer-Encoding: identity"])
def test_another_transfer_encoding_smuggles_nothing(clinic: Gateway, coding: bytes) -> None:
    content = POST + b"Transfer-Encoding: " + coding + b"\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    _, got = clinic.sends(content)
    assert {(each.service, each.target) for each in got} <= {("customers-service", "/x")}


def test_a_chunked_body_has_no_maximum(clinic: Gateway) -> None:
    content = b"POST /small/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n%b\r\n0\r\n\r\n"
    answer, [got] = clinic.sends(content % (b"x" * 0x800))
    assert (answer.status, len(got.body)) == (200, 0x800)


def test_a_web_socket_passes_on_a_route_of_get(clinic: Gateway) -> None:
    _, got = clinic.send(
        "/get/x",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    assert [(each.target, each.headers["upgrade"]) for each in got] == [("/get/x", "websocket")]


def test_the_gateway_answers_a_preflight_itself(clinic: Gateway) -> None:
    """Services see none; the image may set CORS for all."""
    answer, got = clinic.send(
        "/api/customer/x", "Origin: https://a.io", "Access-Control-Request-Method: PUT", method="OPTIONS"
    )
    assert ("access-control-allow-origin" in answer.head.lower(), got) == (False, [])


def test_other_headers_of_an_address_are_passed_on(clinic: Gateway) -> None:
    _, [got] = clinic.send("/get/x", "X-Real-IP: 203.0.113.9", "X-Forwarded-User: root")
    assert got.headers["x-real-ip"] == "203.0.113.9"
    assert "x-forwarded-user" not in got.headers


def test_pages_of_the_gateway_itself_come_before_routes(clinic: Gateway) -> None:
    assert clinic.send("/fallback")[0].body == "fallback"
    assert clinic.send("/actuator/health")[0].status == 200
