"""What Envoy Gateway makes of the routes that are drawn is what the exposures declare."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from tests.cluster.api import Object, name_of
from tests.cluster.clusters import Cluster
from tests.operators.drawings import for_envoy_gateway
from tests.operators.envoy_gateway.translated import Translated
from tests.operators.exposures import grouped
from tests.operators.objects import unknown_fields
from tests.operators.serving import differences

import pytest

EXPOSURES = for_envoy_gateway()
FEATURES = {feature: sorted(names) for feature, names in grouped(EXPOSURES).items()}
GOOD = ("Accepted", "ResolvedRefs")


def conditions(item: Object) -> Iterator[Mapping[str, Any]]:
    """The conditions of an object: its own, those of its parents and of its listeners."""
    status = item["status"]
    parts = [status, *status.get("parents", []), *status.get("ancestors", []), *status.get("listeners", [])]
    for part in parts:
        yield from part.get("conditions", [])


def test_every_object_that_is_drawn_is_accepted(translated: Translated, drawn: Mapping[str, list[Object]]) -> None:
    objects = list(translated.objects())
    problems = [
        f"{name_of(item)}: {each['type']}: {each['message']}"
        for item in objects
        for each in conditions(item)
        if each["type"] in GOOD and each["status"] != "True"
    ]
    judged = {name_of(item) for item in objects if any(each["type"] == "Accepted" for each in conditions(item))}
    assert problems == []
    assert {name_of(item) for item in drawn["envoy_gateway"] if item["kind"] != "Service"} <= judged


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_requests_are_served_as_declared(feature: str, translated: Translated) -> None:
    """By host, path, method and header: the Service, the share, the path that it gets, time limit and retries."""
    for name in FEATURES[feature]:
        exposure, virtual_hosts = EXPOSURES[name], translated.virtual_hosts(name)
        for host in exposure.hosts or ("*",):
            virtual_host = virtual_hosts[443 if exposure.tls else 80, host]
            assert differences(exposure, virtual_host, translated.backends(name)) == []


def test_another_time_limit_is_a_difference(translated: Translated) -> None:
    """A test of the tests."""
    changed = copy.deepcopy(translated.virtual_hosts("timeout-0")[80, "timeout-0.acme.io"])
    changed["routes"][0]["route"]["timeout"] = "4s"
    assert differences(EXPOSURES["timeout-0"], changed, translated.backends("timeout-0")) != []


def test_this_release_refuses_no_object(
    cluster: Cluster, drawn: Mapping[str, list[Object]], not_seen: Mapping[str, list[str]]
) -> None:
    own = [item for item in drawn["envoy_gateway"] if item["apiVersion"].startswith("gateway.envoyproxy.io/")]
    dropped, refused = unknown_fields(cluster, own)
    not_seen["envoy_gateway"].extend(dropped)
    assert refused == []
