"""Tools of platforms: their names and kinds hold for the whole app, and their rules are checked in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kmop_constructs import ConflictError, KmopChart, Manifest, Platform, SpecError
from kmop_constructs.authors import Finding, Kind, Rule, Tool
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App


def chart(app: App, id: str, tool: Tool) -> KmopChart:
    return KmopChart(app, id, namespace=id, platform=Platform(tools=(tool,)))


def config(scope: KmopChart) -> Manifest:
    return Manifest(scope, "m", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}})


def test_two_platforms_may_have_the_same_tool(app: App) -> None:
    for id in ("a", "b"):
        config(chart(app, id, Tool("velero", title="Velero")))
    assert len(synthesize(app).pick("ConfigMap")) == 2


def test_two_tools_of_one_name_are_refused(app: App) -> None:
    chart(app, "a", Tool("velero", title="Velero"))
    with pytest.raises(ConflictError, match=r"^b: platform\.tools: 'velero' differs from the tool of that name"):
        chart(app, "b", Tool("velero", title="Velero of ours"))


def test_tools_that_differ_in_a_kind_are_refused(app: App) -> None:
    chart(app, "a", Tool("one", title="One", kinds=(Kind(name="Pool", group="acme.io", cluster_scoped=True),)))
    with pytest.raises(
        ConflictError, match=r"^b: platform\.tools: 'two' defines Pool in acme.io differently from another tool"
    ):
        chart(app, "b", Tool("two", title="Two", kinds=(Kind(name="Pool", group="acme.io"),)))


def test_a_rule_that_gives_no_findings_is_named(app: App) -> None:
    def check(_: Any) -> Any:
        return None

    config(
        chart(app, "a", Tool("one", title="One", rules=(Rule(id="no-findings", reason="It is a test.", check=check),)))
    )
    with pytest.raises(SpecError, match="^rule no-findings: its check returned no findings, got None; return a list"):
        app.synth()


def test_a_rule_of_a_tool_is_checked(app: App) -> None:
    def check(_: Any) -> Iterator[Finding]:
        yield Finding(path="a", rule="always", severity="notice", message="is here")

    config(chart(app, "a", Tool("one", title="One", rules=(Rule(id="always", reason="It is a test.", check=check),))))
    assert [each.rule for each in synthesize(app).notices] == ["always"]
