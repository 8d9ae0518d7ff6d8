"""The three values of `isolation`, with two namespaces: what packets pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kmop_constructs import Image, KmopChart, Microservice, NativeNamespace, ServiceSpec
from kmop_constructs.values.cluster import Isolation
from tests.nodes.running import OUTSIDE, PLATFORM, Cluster, Running, new_app

import pytest

SPEC = ServiceSpec(image=Image("ghcr.io/acme/any:1.0.0"), port=8080)


def two_namespaces(folder: Path, isolation: Isolation) -> list[KmopChart]:
    """Service a may call b, which is in another namespace; b may call nobody; c is declared nowhere."""
    app = new_app(folder)
    platform = replace(PLATFORM, isolation=isolation)
    left = KmopChart(app, "left", namespace="left", platform=platform)
    right = KmopChart(app, "right", namespace="right", platform=platform)
    for chart in (left, right):
        NativeNamespace(chart, "namespace", default_deny=isolation == "full")
    b = Microservice(right, "b", SPEC)
    Microservice(left, "a", SPEC, uses=[b.http()])
    Microservice(left, "c", SPEC)
    return [left, right]


def passes(running: Running, caller: str, callee: str, *, allowed: bool) -> bool:
    namespace = "right" if callee == "b" else "left"
    address = f"{callee}.{namespace}.svc.cluster.local:8080" if len(callee) == 1 else callee
    return running.dial_patiently(running.pod(caller), [address], [address] if allowed else [])[address]


@pytest.mark.parametrize(
    ("isolation", "undeclared", "outside"), [("full", False, False), ("ingress_only", False, True), ("off", True, True)]
)
def test_isolation_closes_the_directions_that_it_names(
    cluster: Cluster, tmp_path: Path, isolation: Isolation, *, undeclared: bool, outside: bool
) -> None:
    expected = {
        ("a", "b"): True,
        ("a", "c"): undeclared,
        ("b", "a"): undeclared,
        ("b", "c"): undeclared,
        ("c", "b"): undeclared,
    }
    with cluster.running(*two_namespaces(tmp_path, isolation)) as running:
        found = {pair: passes(running, *pair, allowed=allowed) for pair, allowed in expected.items()}
        reached = passes(running, "a", ":".join(map(str, OUTSIDE)), allowed=outside)
        compared = running.connections()

    assert found == expected
    assert reached is outside
    assert compared.wrong == []
