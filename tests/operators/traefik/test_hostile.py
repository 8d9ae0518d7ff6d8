"""Requests of a hostile client to a real Traefik: what is guarded, and what a service must not take for it."""

from __future__ import annotations

from tests.operators.gateways import hostile
from tests.operators.gateways.combined import RIGHT
from tests.operators.gateways.door import CLIENT
from tests.operators.gateways.hostile import AS_WRITTEN, BELOW_REWRITTEN, ENCODED, GUARDED
from tests.operators.gateways.scenes import ServedScenes
from tests.operators.traefik.routes import with_scenes

import pytest

CASES = ("provider", "scene")
AFTER_THE_OPTION = {"strict-one-service": AS_WRITTEN, "strict-rewritten": BELOW_REWRITTEN - ENCODED}


@pytest.mark.parametrize(CASES, with_scenes("passwords", "plain-http", "addresses"))
def test_no_request_leads_around_the_guard_of_a_service(provider: str, scene: str, scenes: ServedScenes) -> None:
    door = scenes.door(provider, scene)
    assert door.service(door.ask("/admin", headers=RIGHT, source=CLIENT)) == GUARDED
    assert hostile.through(door) == {}


@pytest.mark.parametrize(CASES, with_scenes("one-service", "expression"))
def test_an_open_path_leads_to_other_texts_of_a_guarded(provider: str, scene: str, scenes: ServedScenes) -> None:
    """The nature of a proxy that compares paths as they are written: the docs of the gateway warn of it."""
    assert set(hostile.through(scenes.door(provider, scene))) == AS_WRITTEN | ENCODED


@pytest.mark.parametrize(CASES, with_scenes("rewritten"))
def test_a_rewritten_path_leads_to_other_texts_of_a_guarded(provider: str, scene: str, scenes: ServedScenes) -> None:
    assert set(hostile.through(scenes.door(provider, scene))) == BELOW_REWRITTEN


@pytest.mark.parametrize(CASES, with_scenes(*AFTER_THE_OPTION))
def test_the_option_refuses_paths_with_encoded_characters(provider: str, scene: str, scenes: ServedScenes) -> None:
    door = scenes.door(provider, scene)
    assert set(hostile.through(door)) == AFTER_THE_OPTION[scene]
    assert [door.ask(path).status for path in ("/x/a%2Fb", "/x/a%20b")] == [400, 200]


@pytest.mark.parametrize(CASES, with_scenes("certificates"))
def test_no_other_host_leads_around_client_certificates(provider: str, scene: str, scenes: ServedScenes) -> None:
    door = scenes.door(provider, scene)
    for host in hostile.mutual_hosts(door):
        assert door.service(door.ask(host=host, certificate="client")) == GUARDED
    assert hostile.without_certificate(door) == {}
