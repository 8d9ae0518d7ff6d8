"""Tools whose objects are drawn support the version of Kubernetes that the platform names."""

from __future__ import annotations

from typing import Any

from kmop_constructs import KmopChart, Platform
from kmop_constructs.exposure import Listener
from kmop_constructs.providers.istio import IstioEntry
from tests.checks.conftest import errors

import pytest
from cdk8s import App


def entry(app: App, **platform: Any) -> list[str]:
    chart = KmopChart(app, "edge", namespace="edge", platform=Platform(**platform))
    for name in ("public", "internal"):
        IstioEntry(chart, name, listeners=[Listener(f"{name}.acme.io")])
    return errors(app)


def test_an_entry_of_a_newer_tool_is_found_once(app: App) -> None:
    (found,) = entry(app, kubernetes="1.31")
    assert found == (
        "edge/internal/gateway: Istio 1.32 needs Kubernetes 1.32, and the platform names 1.31; write Platform(kubernetes='1.32'), or "
        "name the older line that runs there: Platform(releases={'istio': …}) [tool-version]"
    )


@pytest.mark.parametrize(
    "platform", [{}, {"kubernetes": "1.32"}, {"kubernetes": "1.30", "releases": {"istio": "1.27"}}]
)
def test_an_entry_of_a_cluster_that_runs_it_is_right(app: App, platform: dict[str, Any]) -> None:
    assert entry(app, **platform) == []
