"""Clusters, their versions and the peers on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.cluster import Cluster, KubernetesVersion

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


@pytest.mark.parametrize("version", [1.30, 1, "1", "2.30", "latest", "", "1.30.", "1.x", "1.٣٠"])
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
