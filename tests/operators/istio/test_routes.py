"""What istiod makes of the routes that are drawn is what the exposures declare."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any, TypeAlias

from tests.operators.drawings import for_istio
from tests.operators.exposures import grouped
from tests.operators.serving import declared, differences, requests

import pytest

EXPOSURES = for_istio()
HTTPS = {name: each.tls for name, each in EXPOSURES.items() if each.tls is not None}
FEATURES = {feature: sorted(names) for feature, names in grouped(EXPOSURES).items()}

VirtualHosts: TypeAlias = dict[tuple[int, str], dict[str, Any]]


def backends(cluster: str) -> dict[str, int]:
    """``outbound|80||web.shop.svc.cluster.local`` is ``web:80``."""
    _, port, _, host = cluster.split("|")
    return {f"{host.partition('.')[0]}:{port}": 100}


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_requests_are_served_as_declared(feature: str, virtual_hosts: VirtualHosts) -> None:
    """By host, path, method and header: the Service, the share, the path that it gets, time limit and retries."""
    for name in FEATURES[feature]:
        exposure = EXPOSURES[name]
        for host in exposure.hosts or ("*",):
            assert differences(exposure, virtual_hosts[443 if exposure.tls else 80, host], backends) == []


def test_every_exposure_has_requests_that_are_served() -> None:
    """Else the comparison would be of nothing with nothing."""
    counted = Counter(
        name for name, each in EXPOSURES.items() for request in requests(each) if declared(each, request) is not None
    )
    assert counted.keys() == EXPOSURES.keys()


def test_another_time_limit_is_a_difference(virtual_hosts: VirtualHosts) -> None:
    """A test of the tests."""
    changed = copy.deepcopy(virtual_hosts[80, "timeout-0.acme.io"])
    changed["routes"][0]["route"]["timeout"] = "4s"
    assert differences(EXPOSURES["timeout-0"], changed, backends) != []


def test_every_host_is_served_with_its_certificate(sent: dict[str, Any]) -> None:
    found = {
        (host, secret)
        for each in sent["chains"]
        if each["port"] == 443
        for host in each["hosts"]
        for secret in each["secrets"]
    }
    expected = {
        (host, f"kubernetes://{each.tls.secret_for(host)}")
        for each in EXPOSURES.values()
        if each.tls is not None
        for host in each.hosts
    }
    assert found >= expected
    assert len(expected) == len(HTTPS)


def test_plain_http_is_redirected_where_it_is_declared(virtual_hosts: VirtualHosts) -> None:
    found = {name: virtual_hosts[80, str(EXPOSURES[name].host)].get("requireTls") == "ALL" for name in HTTPS}
    assert found == {name: tls.redirect is not False for name, tls in HTTPS.items()}
    assert set(found.values()) == {True, False}


def test_client_certificates_are_required_where_declared(sent: dict[str, Any]) -> None:
    found = {host: each["client"] for each in sent["chains"] for host in each["hosts"] if each["client"] != "no"}
    mutual = {str(EXPOSURES[name].host): tls.mutual for name, tls in HTTPS.items() if tls.mutual is not None}
    assert found == {host: "optional" if each.optional else "required" for host, each in mutual.items()}
    assert set(found.values()) == {"optional", "required"}


def test_strict_transport_security_is_the_declared_one(virtual_hosts: VirtualHosts) -> None:
    expected = {name: tls.hsts.header for name, tls in HTTPS.items() if tls.hsts is not None}
    found = {
        name: header["header"]["value"]
        for name in expected
        for route in virtual_hosts[443, str(EXPOSURES[name].host)]["routes"]
        for header in route["responseHeadersToAdd"]
    }
    assert found == expected
    assert found


def test_other_origins_are_allowed_as_declared(virtual_hosts: VirtualHosts) -> None:
    declared_cors = {name: each.cors for name, each in EXPOSURES.items() if each.cors is not None}
    for name, cors in declared_cors.items():
        (route,) = virtual_hosts[80, f"{name}.acme.io"]["routes"]
        found = route["typedPerFilterConfig"]["envoy.filters.http.cors"]
        assert [each["exact"] for each in found["allowOriginStringMatch"]] == [*cors.origins]
        assert found["allowMethods"].split(",") == [*cors.methods]
        assert found["allowHeaders"].split(",") == [*cors.headers]
        assert found["exposeHeaders"].split(",") == [*cors.expose_headers]
        assert found["allowCredentials"] is cors.credentials
        assert found["maxAge"] == str(int(cors.max_age.total_seconds())) if cors.max_age else "maxAge" not in found
    assert declared_cors


def test_the_oldest_version_of_tls_is_the_declared_one(sent: dict[str, Any]) -> None:
    expected = {str(EXPOSURES[name].host): f"TLSv{tls.min_version}" for name, tls in HTTPS.items() if tls.min_version}
    found = {host: each["oldest_tls"] for each in sent["chains"] for host in each["hosts"] if host in expected}
    assert found == {host: version.replace(".", "_") for host, version in expected.items()}
    assert len(set(found.values())) == 2


def test_a_sticky_cookie_is_what_requests_are_spread_by(sent: dict[str, Any], virtual_hosts: VirtualHosts) -> None:
    sticky = {name: each.sticky for name, each in EXPOSURES.items() if each.sticky is not None}
    for name, cookie in sticky.items():
        (route,) = virtual_hosts[80, f"{name}.acme.io"]["routes"]
        seconds = int(cookie.max_age.total_seconds()) if cookie.max_age else 0
        sent_cookie = {"name": cookie.name, "path": "/", "ttl": f"{seconds}s", "attributes": [{"name": "HttpOnly"}]}
        assert route["route"]["hashPolicy"] == [{"cookie": sent_cookie}]
        assert sent["clusters"][cluster(name)]["balances"] == "RING_HASH"
    assert sticky


def test_a_backend_is_trusted_by_its_authority_and_name(sent: dict[str, Any]) -> None:
    secured = {name: each.backend_tls for name, each in EXPOSURES.items() if each.backend_tls is not None}
    for name, backend in secured.items():
        assert sent["clusters"][cluster(name)] == {
            "balances": "LEAST_REQUEST",
            "secured": True,
            "sni": backend.hostname,
            "trusts": f"kubernetes://{backend.ca_secret}-cacert",
            "names": [backend.hostname],
        }
    assert secured


def cluster(name: str) -> str:
    """Envoy's name for the Service of an exposure."""
    return f"outbound|80||web.{name}.svc.cluster.local"
