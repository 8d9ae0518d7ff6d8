"""Requests of a hostile client to a real Envoy: nothing leads around the guard of a service."""

from __future__ import annotations

from tests.operators.gateways import hostile
from tests.operators.gateways.combined import RIGHT
from tests.operators.gateways.door import CLIENT
from tests.operators.gateways.hostile import GUARDED
from tests.operators.gateways.scenes import ServedScenes
from tests.providers.envoy_gateway.expect import CASE

import pytest

NAME = CASE.name


@pytest.mark.parametrize("scene", ["passwords", "plain-http", "addresses"])
def test_no_request_leads_around_the_guard_of_a_service(scene: str, envoy_scenes: ServedScenes) -> None:
    door = envoy_scenes.door(NAME, scene)
    assert door.service(door.ask("/admin", headers=RIGHT, source=CLIENT)) == GUARDED
    assert hostile.through(door) == {}


@pytest.mark.parametrize("scene", ["one-service", "expression"])
def test_no_request_gets_a_guarded_path_of_one_service(scene: str, envoy_scenes: ServedScenes) -> None:
    """An open path beside it leads to other texts, such as ``/Admin`` and ``/admin;x``: the docs of the gateway warn of it."""
    paths = {path for found in hostile.through(envoy_scenes.door(NAME, scene)).values() for path in found}
    assert {"/Admin", "/admin;x"} <= paths
    assert [path for path in paths if path == "/admin" or path.startswith("/admin/")] == []


def test_a_path_that_is_encoded_twice_passes_a_rewrite(envoy_scenes: ServedScenes) -> None:
    found = hostile.through(envoy_scenes.door(NAME, "rewritten"))
    assert found == {"path /x/%252e%252e/admin": ["/assets/%252e%252e/admin"]}


def test_no_other_host_leads_around_client_certificates(envoy_scenes: ServedScenes) -> None:
    door = envoy_scenes.door(NAME, "certificates")
    for host in hostile.mutual_hosts(door):
        assert door.service(door.ask(host=host, certificate="client")) == GUARDED
    assert hostile.without_certificate(door) == {}
