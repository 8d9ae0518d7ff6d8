"""Platforms that name a version of Kubernetes, or an older release line of a tool."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any, cast

from kmop_constructs import Platform, Provision, SpecError, UnsupportedError
from kmop_constructs.authors import Job, Tool
from kmop_constructs.core.tool_table import page
from kmop_constructs.core.tools import known_rooms
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.envoy_gateway import EnvoyGateway, EnvoyGatewayOptions
from kmop_constructs.providers.istio import IstioGateway
from kmop_constructs.providers.traefik import TraefikGateway
from kmop_constructs.values.cluster import Cluster

import pytest

DOCS = Path(__file__).parents[2] / "docs"


class OwnGateway(EnvoyGateway):
    """A subclass of a provider."""


GATEWAYS = [EnvoyGateway, OwnGateway, partial(EnvoyGateway, options=EnvoyGatewayOptions())]


@pytest.mark.parametrize("gateway", GATEWAYS, ids=["class", "subclass", "partial"])
def test_a_version_too_old_for_a_gateway_is_refused(gateway: Any) -> None:
    message = (
        "Platform.kubernetes: Platform.gateway is drawn for Envoy Gateway 1.9, which needs Kubernetes 1.33, got '1.27'; "
        "write kubernetes='1.33' or newer, name the older line of it that runs there (Platform(releases={'envoy-gateway': …})), "
        "or use another provider"
    )
    with pytest.raises(UnsupportedError, match=f"^{re.escape(message)}$"):
        Platform(kubernetes="1.27", gateway=gateway)


def test_a_version_too_old_for_a_store_is_refused() -> None:
    with pytest.raises(
        UnsupportedError, match=r"^Platform.kubernetes: Platform.elasticsearch .* needs Kubernetes 1.32, got '1.31'"
    ):
        Platform(kubernetes="1.31", elasticsearch=Eck(provision=Provision()))


def test_every_tool_that_is_too_new_is_named() -> None:
    with pytest.raises(UnsupportedError, match=r"Platform.elasticsearch [^\n]*\n[^\n]*Platform.gateway "):
        Platform(kubernetes="1.31", gateway=IstioGateway, elasticsearch=Eck(provision=Provision()))


@pytest.mark.parametrize("version", ["1.33", "1.34"])
def test_a_version_that_is_new_enough_is_accepted(version: str) -> None:
    assert str(Platform(kubernetes=version, gateway=EnvoyGateway).version) == version


def test_a_version_that_was_not_written_is_accepted() -> None:
    assert str(Platform(gateway=EnvoyGateway).version) == "1.30"
    assert Platform.of(Cluster(name="eu-1")).kubernetes is None


def test_a_tool_that_runs_everywhere_is_accepted() -> None:
    assert Platform(kubernetes="1.27", gateway=TraefikGateway).version.minor == 27


def test_a_named_release_lifts_the_version() -> None:
    platform = Platform(kubernetes="1.27", gateway=EnvoyGateway, releases={"envoy-gateway": "1.1"})
    assert dict(platform.releases) == {"envoy-gateway": "1.1"}


def test_tools_from_outside_have_versions_too() -> None:
    tool = Tool("acme", title="Acme", kubernetes="1.35", release="2.0")
    with pytest.raises(
        UnsupportedError, match=r"Platform.tools is drawn for Acme 2.0, which needs Kubernetes 1.35, got '1.34'"
    ):
        Platform(kubernetes="1.34", tools=(tool,))
    assert Platform(kubernetes="1.34", tools=(tool,), releases={"acme": "1.9.3"}).tools == (tool,)


def test_a_provider_of_a_job_has_a_version_too() -> None:
    job = Job("edge", intent=str, provider=EnvoyGateway)
    with pytest.raises(
        UnsupportedError, match=r"^Platform.kubernetes: Platform.jobs\['edge'\] is drawn for Envoy Gateway"
    ):
        Platform(kubernetes="1.30", jobs=(job,))


@pytest.mark.parametrize(
    ("releases", "message"),
    [
        ({"isto": "1.30"}, r"^Platform.releases: not the name of a tool, got 'isto'; use one of istio"),
        ({"istio": "1.33"}, r"^Platform.releases\['istio'\]: newer than 1.32, for which Istio is drawn, got '1.33'"),
        ({"istio": "2.0"}, r"^Platform.releases\['istio'\]: newer than 1.32"),
        ({"istio": "latest"}, r"^Platform.releases\['istio'\]: not a release, got 'latest'; write it as text"),
        ({"istio": "1"}, r"^Platform.releases\['istio'\]: not a release, got '1'"),
        ({"istio": 1.3}, r"^Platform.releases\['istio'\]: not a release, got 1.3"),
        (
            {"aws": "1.2"},
            r"^Platform.releases\['aws'\]: what is drawn for AWS does not depend on its release, got '1.2'",
        ),
        ("istio", r"^Platform.releases: "),
    ],
)
def test_a_wrong_release_is_refused(releases: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Platform(releases=releases)


def test_releases_are_compared_as_numbers() -> None:
    assert Platform(releases={"istio": "1.9"}).releases["istio"] == "1.9"
    assert Platform(releases={"istio": "1.32.9"}).releases["istio"] == "1.32.9"


@pytest.mark.parametrize("fields", [{"kubernetes": "33"}, {"kubernetes": "1.33.1"}, {"release": "v1"}])
def test_a_tool_with_a_wrong_version_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(SpecError, match=rf"^Tool.{next(iter(fields))}: not a "):
        Tool("acme", title="Acme", **cast(Any, fields))


def test_the_page_of_tools_is_current() -> None:
    hint = "run: python -m kmop_constructs.core.tool_table > docs/tools.md"
    assert (DOCS / "tools.md").read_text(encoding="utf-8") == page(), hint


def test_every_tool_with_kinds_has_a_release() -> None:
    """But Apigee's, whose kinds are those of Google's Config Connector."""
    assert [tool.name for tool in known_rooms().values() if tool.kinds and tool.release is None] == ["apigee"]
