"""Pods and addresses at the other end of a connection."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any, cast

from kmop_constructs import Addresses, Peers, Pods
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.native import NativeGatewayOptions

import pytest
from hypothesis import given
from hypothesis import strategies as st


def test_a_service_is_known_by_its_name_label() -> None:
    assert Pods.of_service("web", namespace="shop").labels == {"app.kubernetes.io/name": "web"}


def test_one_port_or_several_are_written_alike() -> None:
    assert Pods.of(port="http").ports == ("http",)
    assert Pods.of(port=(80, "http")).ports == (80, "http")


def test_pods_are_in_one_namespace_or_in_all() -> None:
    with pytest.raises(SpecError, match="^Pods: both namespace and everywhere are set; write"):
        Pods(namespace="a", everywhere=True)


def test_addresses_have_a_range() -> None:
    with pytest.raises(SpecError, match="^Addresses.ranges: empty; write at least one range"):
        Addresses.of()


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Pods.of_service("a b"), r"Pods.labels\['app.kubernetes.io/name'\]"),
        (lambda: Pods.of_service("a", namespace="A"), "Pods.namespace"),
        (lambda: Pods.of({"": ""}), "Pods.labels"),
        (lambda: Pods.anywhere(cast(Any, "app=x")), "Pods.labels"),
        (lambda: Pods.of(port=0), "Pods.ports"),
        (lambda: Pods.of(port="HTTP"), "Pods.ports"),
        (lambda: Pods.of(port=cast(Any, True)), "Pods.ports"),
        (lambda: Addresses.of("10.0.0.1/8"), "Addresses.ranges"),
        (lambda: Addresses.of("10.0.0.0/8", port=70000), "Addresses.ports"),
    ],
)
def test_what_cannot_exist_is_refused(make: Callable[[], object], field: str) -> None:
    with pytest.raises(SpecError, match=f"^{field}"):
        make()


@pytest.mark.parametrize("name", ["dns", "ingress_controller", "scraper", "api_server"])
def test_pods_of_the_platform_name_their_namespace(name: str) -> None:
    with pytest.raises(
        SpecError, match=rf"^Peers.{name}: pods without a namespace, which is needed here, got 'a=b'; write"
    ):
        Peers(**cast(Any, {name: Pods.of({"a": "b"})}))


def test_a_gateways_pods_name_their_namespace() -> None:
    with pytest.raises(SpecError, match="^NativeGatewayOptions.controller: pods without a namespace"):
        NativeGatewayOptions(controller=Pods.of({"a": "b"}))


@pytest.mark.parametrize("name", ["ingress_controller", "scraper"])
def test_a_caller_of_the_platform_has_no_ports(name: str) -> None:
    with pytest.raises(SpecError, match=rf"^Peers.{name}: has ports, but only callers are named here"):
        Peers(**cast(Any, {name: Pods.of(namespace="edge", port=80)}))


def test_a_callee_of_the_platform_has_ports_by_number() -> None:
    with pytest.raises(
        SpecError, match="^Peers.dns: a port by name, which is only known where the pods are declared, got 'dns'"
    ):
        Peers(dns=Pods.of(namespace="kube-system", port="dns"))


@given(st.ip_addresses(), st.integers(0, 32))
def test_a_range_is_kept_in_the_form_that_network_policies_take(address: Any, prefix: int) -> None:
    network = ipaddress.ip_network((address, prefix), strict=False)
    spellings = {str(network), network.with_netmask} if network.version == 4 else {str(network), network.exploded}
    if network.prefixlen == network.max_prefixlen:
        spellings.add(str(network.network_address))
    for spelling in spellings:
        assert Addresses.of(spelling).ranges == (str(network),)


@pytest.mark.parametrize("cidr", ["10.0.0.1/8", "10.0.0.0/33", "10.0.0", "example.com", "", "10.0.0.0-10.0.0.9"])
def test_what_is_no_range_is_refused(cidr: str) -> None:
    with pytest.raises(
        SpecError, match=r"^Addresses.ranges: not an address range \(.*\), got .*; write one such as '10.0.0.0/8'"
    ):
        Addresses.of(cidr)


def test_one_range_is_not_taken_letter_by_letter() -> None:
    with pytest.raises(SpecError, match=r"^Addresses.ranges: a single value instead of a list, got '10.0.0.0/8'"):
        Addresses(ranges=cast(Any, "10.0.0.0/8"))


@pytest.mark.parametrize("excluded", ["10.0.0.0/8", "0.0.0.0/0"])
def test_an_exception_that_leaves_nothing_of_a_range_is_refused(excluded: str) -> None:
    with pytest.raises(SpecError, match=r"^Addresses.excluding: excludes all of 10.0.0.0/8, got "):
        Addresses.of("10.0.0.0/8", "0.0.0.0/0", excluding=(excluded,))


def test_an_exception_outside_every_range_is_refused() -> None:
    for wrong in ("192.168.0.0/16", "fc00::/7"):
        with pytest.raises(SpecError, match="^Addresses.excluding: not within any of the ranges, got "):
            Addresses.of("10.0.0.0/8", excluding=(wrong,))
    assert Addresses.of("10.0.0.0/8", "::/0", excluding=("10.1.0.0/16", "fc00::/7")).excluding


def test_anywhere_is_every_address_of_both_families() -> None:
    assert Addresses.anywhere().ranges == ("0.0.0.0/0", "::/0")
