"""The analyzer of Istio finds nothing wrong with what is drawn, with the rest of the cluster in view."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.operators.istio.analysis import Analyzer
from tests.operators.objects import apply, unknown_fields
from tests.operators.running import Running

import pytest

ACCEPTED = {
    "IST0102": "a namespace without sidecars: the gateway calls Services without",
    "IST0128": (
        "a DestinationRule with credentialName and without workloadSelector: that one is for gateways, and istiod sends them "
        "the authority"
    ),
    "IST0133": (
        "a rule of HTTP that denies: TCP ports of the same gateway pods deny all connections, and the drawn Gateways have none"
    ),
}
"""Codes of findings on what is drawn, with the reason why they are right to be there."""


@pytest.fixture
def broken(cluster: Cluster, routes: list[Object]) -> Iterator[Object]:
    """A drawn route to a Service that does not exist."""
    item = copy.deepcopy(next(each for each in routes if each["kind"] == "VirtualService"))
    item["metadata"]["name"] = "broken"
    item["spec"]["hosts"] = ["broken.acme.io"]
    item["spec"]["http"][0]["route"][0]["destination"]["host"] = "absent"
    apply(cluster.api, [item])
    yield item
    cluster.api.send("DELETE", cluster.api.path_of(item))


def test_the_analyzer_accepts_everything_that_is_drawn(
    istiod: Running, routes: list[Object], analyzer: Analyzer, accepted: Mapping[str, list[str]]
) -> None:
    places = {item["metadata"]["namespace"] for item in routes} | {None}
    found = [each for each in analyzer.findings() if each.namespace in places]
    codes = {each.code for each in found}
    accepted["istio"].extend(f"{code}: {reason}" for code, reason in ACCEPTED.items())
    assert [each for each in found if each.code not in ACCEPTED or each.level == "Error"] == []
    assert codes == ACCEPTED.keys()  # what is not found any more needs no reason


def test_the_analyzer_reports_a_route_to_a_missing_service(broken: Object, analyzer: Analyzer) -> None:
    found = [(each.code, each.level) for each in analyzer.findings() if "broken" in each.origin]
    assert ("IST0101", "Error") in found


def test_this_release_refuses_no_object(
    cluster: Cluster, routes: list[Object], not_seen: Mapping[str, list[str]]
) -> None:
    own = [item for item in routes if item["kind"] != "Service"]
    dropped, refused = unknown_fields(cluster, own)
    not_seen["istio"].extend(dropped)
    assert refused == []
