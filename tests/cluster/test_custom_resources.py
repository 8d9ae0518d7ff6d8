"""The API server serves every pinned custom resource, and takes objects of them strictly."""

from __future__ import annotations

from typing import Any

from tests.apps.schemas import assert_valid
from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.prerequisites import CRDS, definitions, not_established, served
from tests.cluster.strict import refusals


def pinned(minor: int) -> list[tuple[str, str]]:
    return sorted(
        (version, kind)
        for definition in definitions(minor)
        if (CRDS / f"{definition['spec']['group']}.yaml").exists()
        for version, kind in served(definition)
    )


def route(**spec: Any) -> Object:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"parentRefs": [{"name": "edge"}], "rules": [{"backendRefs": [{"name": "web", "port": 80}]}], **spec},
    }


def test_every_pinned_definition_is_established(cluster: Cluster) -> None:
    assert len(pinned(cluster.number)) > 50
    assert not_established(cluster.api, definitions(cluster.number)) == []


def test_a_right_route_is_taken(cluster: Cluster) -> None:
    assert refusals(cluster.api, [route()], minor=cluster.number) == []


def test_a_route_with_a_wrong_field_is_refused_by_its_name(cluster: Cluster) -> None:
    [said] = refusals(cluster.api, [route(hosts=["shop.example.org"])], minor=cluster.number)

    assert said.startswith("HTTPRoute shop/web: 400 ")
    assert 'unknown field "spec.hosts"' in said


def test_a_rule_between_fields_is_the_servers_to_check(cluster: Cluster) -> None:
    """It is written in CEL, which the schema check of the other tests leaves out."""
    rewrite: Object = {"type": "URLRewrite", "urlRewrite": {"hostname": "a.example.org"}}
    planted = route(rules=[{"filters": [{**rewrite, "type": "RequestRedirect"}]}])

    assert_valid([planted], "1.27")
    [said] = refusals(cluster.api, [planted], minor=cluster.number)

    assert said.startswith("HTTPRoute shop/web: 422 ")
    assert "filter.urlRewrite must be nil" in said


def test_every_version_of_a_pinned_kind_rejects_a_wrong_field(cluster: Cluster) -> None:
    kinds = pinned(cluster.number)
    planted = [
        {"apiVersion": version, "kind": kind, "metadata": {"name": "one"}, "planted": {}} for version, kind in kinds
    ]

    said = refusals(cluster.api, planted, minor=cluster.number)

    assert [each.partition(":")[0] for each in said] == [f"{kind} one" for _, kind in kinds]
    assert [each for each in said if 'unknown field "planted"' not in each] == []
