"""Clusters, their versions and the peers on them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.cluster import Cluster, KubernetesVersion, Peer

import pytest
from hypothesis import given
from hypothesis import strategies as st


@given(
    st.integers(27, 60), st.integers(27, 60), st.sampled_from(["1.{}", "v1.{}", "1.{}.4", "1.{}.3-gke.100", "1.{}+"])
)
def test_versions_compare_by_their_minor_number_alone(one: int, other: int, form: str) -> None:
    left, right = KubernetesVersion(form.format(one)), KubernetesVersion(f"1.{other}")
    assert (left < right, left <= right, left == right, left > right, left >= right) == (
        one < other,
        one <= other,
        one == other,
        one > other,
        one >= other,
    )
    assert (hash(left) == hash(right)) == (one == other)
    assert Cluster(kubernetes=form.format(one)).at_least(other) == (one >= other)
    assert str(left) == f"1.{one}"


@pytest.mark.parametrize("text", ["1.26", "v1.9.1", "1.0"])
def test_a_version_that_is_too_old_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match=r"^KubernetesVersion: older than 1.27, the oldest supported, got "):
        Cluster(kubernetes=text)


@pytest.mark.parametrize("version", [1.30, 1, "1", "2.30", "latest", "", "1.30.", "1.x", None, "1.٣٠"])
def test_a_version_is_text_because_a_number_loses_its_zero(version: object) -> None:
    with pytest.raises(SpecError, match=r"^KubernetesVersion: not a version of Kubernetes, got .*'1.30'"):
        Cluster(kubernetes=cast(Any, version))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Cluster(isolation=cast(Any, "none")), "Cluster.isolation: .*, got 'none'; use 'full' or "),
        (lambda: Cluster(pull_secrets=cast(Any, "regcred")), "Cluster.pull_secrets: a single value instead of a list"),
        (
            lambda: Cluster(pull_secrets=("Reg_cred",)),
            "Cluster.pull_secrets: not the name of a Secret, got text that is not shown",
        ),
        (
            lambda: Cluster(registries={"docker.io": "https://m.io"}),
            "Cluster.registries: not a registry, got 'https://",
        ),
    ],
)
def test_a_cluster_that_nothing_could_run_on_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError, match=f"^{message}"):
        make()


@given(st.ip_addresses(), st.integers(0, 32))
def test_a_range_is_kept_in_the_form_that_network_policies_take(address: Any, prefix: int) -> None:
    network = ipaddress.ip_network((address, prefix), strict=False)
    spellings = {str(network), network.with_netmask} if network.version == 4 else {str(network), network.exploded}
    if network.prefixlen == network.max_prefixlen:
        spellings.add(str(network.network_address))
    for spelling in spellings:
        assert Peer(cidrs=(spelling,)).cidrs == (str(network),)


@pytest.mark.parametrize("cidr", ["10.0.0.1/8", "10.0.0.0/33", "10.0.0", "example.com", "", "10.0.0.0-10.0.0.9"])
def test_what_is_no_range_is_refused(cidr: str) -> None:
    with pytest.raises(
        SpecError, match=r"^Peer.cidrs: not an address range \(.*\), got .*; write one such as '10.0.0.0/8'"
    ):
        Peer(cidrs=(cidr,))


def test_one_range_is_not_taken_letter_by_letter() -> None:
    with pytest.raises(SpecError, match=r"^Peer.cidrs: a single value instead of a list, got '10.0.0.0/8'"):
        Peer(cidrs=cast(Any, "10.0.0.0/8"))


@pytest.mark.parametrize("excluded", ["10.0.0.0/8", "0.0.0.0/0"])
def test_an_exception_that_leaves_nothing_of_a_range_is_refused(excluded: str) -> None:
    with pytest.raises(SpecError, match=r"^Peer.excluding: excludes all of 10.0.0.0/8, got "):
        Peer(cidrs=("10.0.0.0/8", "0.0.0.0/0"), excluding=(excluded,))


def test_an_exception_outside_every_range_is_refused() -> None:
    for wrong in ("192.168.0.0/16", "fc00::/7"):
        with pytest.raises(SpecError, match="^Peer.excluding: not within any range of cidrs, got "):
            Peer(cidrs=("10.0.0.0/8",), excluding=(wrong,))
    assert Peer(cidrs=("10.0.0.0/8", "::/0"), excluding=("10.1.0.0/16", "fc00::/7")).excluding


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (Peer, "neither addresses nor pods are set"),
        (lambda: Peer(cidrs=("10.0.0.0/8",), namespace="a"), "both addresses and pods are set"),
        (lambda: Peer(cidrs=("10.0.0.0/8",), pod_labels={"a": "b"}), "both addresses and pods are set"),
    ],
)
def test_a_peer_is_addresses_or_pods(make: Callable[[], object], what: str) -> None:
    with pytest.raises(SpecError, match=f"^Peer: {what}; set either cidrs, or namespace and pod_labels"):
        make()


def test_a_peers_names_and_ports_are_checked() -> None:
    for make in (
        lambda: Peer(namespace="A"),
        lambda: Peer(namespace="a", ports=(0,)),
        lambda: Peer(pod_labels={"": ""}),
    ):
        with pytest.raises(SpecError, match=r"^Peer\.\w+: not a "):
            make()


def test_anywhere_is_every_address_of_both_families() -> None:
    assert Peer.anywhere().cidrs == ("0.0.0.0/0", "::/0")
