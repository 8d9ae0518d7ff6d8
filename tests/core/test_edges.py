"""Edges: a declared call puts the address into the caller's environment and says what to open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from kmop_constructs import ExistingService, ExternalHost, Pods, ServiceRef
from kmop_constructs.authors import ServiceFacts
from kmop_constructs.core.connection import Connection, ToHost, ToService
from kmop_constructs.core.edges import Call
from kmop_constructs.core.network.destinations import PUBLIC, address_blocks
from kmop_constructs.core.network.lowering import INTERNET
from kmop_constructs.core.network.policies import coverage
from kmop_constructs.errors import SpecError
from kmop_constructs.variables import Host, HostPort, PortNumber, Template, Url

import pytest

Facts = Callable[..., ServiceFacts]

API = ServiceRef("api", port=8080)
ELSEWHERE = ServiceRef("api", port=8080, namespace="other")


def env(edge: Call, caller: ServiceFacts) -> dict[str, object]:
    return dict(edge.contribution(caller).env)


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        (API.http(), {"API_URL": "http://api:8080"}),
        (API.http(path="/v1"), {"API_URL": "http://api:8080/v1"}),
        (API.http(port=80), {"API_URL": "http://api"}),
        (API.http(tls=True, port=443), {"API_URL": "https://api"}),
        (API.grpc(), {"API_ADDR": "api:8080"}),
        (API.tcp(port=5432), {"API_ADDR": "api:5432"}),
        (API.http(env=None), {}),
        (API.grpc(env="BACKEND"), {"BACKEND": "api:8080"}),
        (API.http(env=[Host("H"), PortNumber("P")]), {"H": "api", "P": "8080"}),
        (API.tcp(env=[HostPort("A"), Url("U")]), {"A": "api:8080", "U": "tcp://api:8080"}),
        (API.tcp(env=Template("DSN", "redis://{host}:{port}/0")), {"DSN": "redis://api:8080/0"}),
        (ELSEWHERE.http(), {"API_URL": "http://api.other.svc:8080"}),
        (ELSEWHERE.grpc(), {"API_ADDR": "api.other.svc:8080"}),
        (ServiceRef("api", port=80, namespace="shop").http(), {"API_URL": "http://api"}),
        (ExistingService("db-main", port=5432, namespace="data").tcp(), {"DB_MAIN_ADDR": "db-main.data.svc:5432"}),
        (ExistingService("db", port=5432).tcp(), {"DB_ADDR": "db:5432"}),
        (ExternalHost("api.stripe.com").http(), {"API_STRIPE_COM_URL": "https://api.stripe.com"}),
        (ExternalHost("api.stripe.com").http(path="/v1"), {"API_STRIPE_COM_URL": "https://api.stripe.com/v1"}),
        (ExternalHost("mail.acme.io", port=25).tcp(), {"MAIL_ACME_IO_ADDR": "mail.acme.io:25"}),
        (ExternalHost("acme.io", port=8080).http(), {"ACME_IO_URL": "http://acme.io:8080"}),
    ],
)
def test_the_caller_finds_the_address_in_its_environment(edge: Call, expected: dict[str, str], facts: Facts) -> None:
    assert env(edge, facts()) == expected


def test_a_caller_without_a_namespace_uses_the_full_name(facts: Facts) -> None:
    assert env(ELSEWHERE.http(), facts(namespace=None)) == {"API_URL": "http://api.other.svc:8080"}


@pytest.mark.parametrize(
    ("edge", "connection"),
    [
        (API.http(), Connection(to=ToService("api"), port=8080, speaks="http")),
        (API.http(tls=True, path="/v1"),
         Connection(to=ToService("api"), port=8080, speaks="http", tls=True, path="/v1")),
        (ELSEWHERE.grpc(port=9090), Connection(to=ToService("api", namespace="other"), port=9090, speaks="grpc")),
        (ExistingService("db", port=80, pod_port=5432, pod_labels={"app": "db"}).tcp(),
         Connection(to=ToService("db", pods=Pods.of({"app": "db"})), port=5432)),
        (ExistingService("db", port=80, pod_port=5432).tcp(port=81),
         Connection(to=ToService("db", pods=Pods.of()), port=81)),
        (ExternalHost("acme.io").http(), Connection(to=ToHost("acme.io"), port=443, speaks="http", tls=True)),
        (ExternalHost("acme.io", cidrs=("10.1.2.3",)).tcp(port=25),
         Connection(to=ToHost("acme.io", cidrs=("10.1.2.3/32",)), port=25)),
    ],
)  # fmt: skip
def test_a_connection_is_kept_as_it_was_written(edge: Call, connection: Connection, facts: Facts) -> None:
    assert edge.contribution(facts()).connections == (connection,)


def test_no_range_that_a_policy_closes_is_public_for_the_test_kit() -> None:
    closed = address_blocks("closed", INTERNET.excluding)
    assert [str(each.cidr) for each in closed if coverage((each,), PUBLIC)] == []


def test_the_internet_does_not_reach_into_private_networks() -> None:
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"} < set(
        INTERNET.excluding
    )
    assert {"fc00::/7", "fe80::/10"} < set(INTERNET.excluding)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ServiceRef("API", port=80), "ServiceRef.name: not a valid name, got 'API'"),
        (lambda: ServiceRef("api", port=0), "ServiceRef.port: not a whole number"),
        (lambda: ServiceRef("api", port=80, namespace="A"), "ServiceRef.namespace: not a valid name"),
        (lambda: ExistingService("1db", port=80), "ExistingService.name: not a valid name, got '1db'"),
        (lambda: ExistingService("db", port=80, pod_port=70_000), "ExistingService.pod_port: not a whole number"),
        (lambda: ExistingService("db", port=80, pod_labels={"a": "b c"}), r"ExistingService.pod_labels\['a'\]"),
        (lambda: ExternalHost("https://acme.io"), "ExternalHost: not a host name, got 'https://acme.io'"),
        (lambda: ExternalHost("acme.io", port=-1), "ExternalHost.port: not a whole number"),
        (lambda: ExternalHost("acme.io", cidrs=("10.0.0.1/8",)), "ExternalHost.cidrs: not an address range"),
        (lambda: API.http(path="v1"), r"api.http\(path=…\): a path without a leading slash, got 'v1'; write '/v1'"),
        (lambda: API.http(port=0), r"api.http\(port=…\): not a whole number from 1 to 65535, got 0"),
        (lambda: API.tcp(port=cast(Any, "http")), r"api.tcp\(port=…\): not a whole number"),
        (lambda: API.http(env="1A"), "Url: not a valid name, got '1A'"),
        (lambda: ExternalHost("1password.com").http(), "1password.com: its default variable name starts with a digit"),
    ],
)
def test_a_call_that_could_not_work_is_refused_where_it_is_written(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError, match=f"^{message}"):
        make()


def test_an_unknown_namespace_allows_callers_of_the_chart_only(facts: Facts) -> None:
    reference = ServiceRef("api", port=80, chart="a")
    assert env(reference.http(), facts(namespace=None, chart="a")) == {"API_URL": "http://api"}
    with pytest.raises(
        SpecError, match=r"^b/web: cannot address api.http\(\), because the chart 'a' sets no namespace"
    ):
        reference.http().contribution(facts(namespace=None, chart="b"))


def test_one_variable_for_two_forms_is_refused(facts: Facts) -> None:
    with pytest.raises(SpecError, match=r"^shop/web: api.http\(\) sets one variable twice"):
        API.http(env=[Host("A"), PortNumber("A")]).contribution(facts())


def test_messages_name_the_namespace_of_a_callee() -> None:
    assert API.http().source != ELSEWHERE.http().source
    assert "other" in ELSEWHERE.http().source


def test_edges_are_values() -> None:
    assert API.http(path="/v1") == ServiceRef("api", port=8080).http(path="/v1")
    assert len({API.http(), API.http(), API.grpc(), ExternalHost("a.b").http()}) == 3


def test_an_edge_without_variables_has_a_short_form() -> None:
    assert API.connect() == API.tcp(env=None)
    assert API.connect(port=81) == API.tcp(port=81, env=None)


@pytest.mark.parametrize(
    "host", ["db.prod.internal", "printer.local", "pg.data.svc", "pg.data.svc.cluster.local", "nas.home.arpa"]
)
def test_a_host_of_a_private_network_needs_its_ranges(host: str) -> None:
    message = rf"^ExternalHost: a name of a private network, .*, got '{host}'; write its address ranges: cidrs="
    with pytest.raises(SpecError, match=message):
        ExternalHost(host)
    assert ExternalHost(host, cidrs=("10.20.0.0/24",)).cidrs == ("10.20.0.0/24",)


def test_a_host_without_a_domain_is_refused_with_what_is_meant() -> None:
    with pytest.raises(
        SpecError, match=r"^ExternalHost: a name without a domain, .*; write ServiceRef or ExistingService"
    ):
        ExternalHost("postgres")
