"""Requests of a hostile client to a real Traefik: what is guarded, and what a service must not take for it."""

from __future__ import annotations

from tests.operators.gateways import hostile
from tests.operators.gateways.combined import RIGHT
from tests.operators.gateways.door import CLIENT
from tests.operators.gateways.hostile import AS_WRITTEN, BELOW_REWRITTEN, ENCODED, GUARDED
from tests.operators.gateways.scenes import ServedScenes
from tests.operators.traefik.routes import LOGINS

import pytest

PROVIDERS = pytest.mark.parametrize("provider", LOGINS)


@PROVIDERS
@pytest.mark.parametrize("scene", ["passwords", "plain-http", "addresses"])
def test_no_request_leads_around_the_guard_of_a_service(provider: str, scene: str, scenes: ServedScenes) -> None:
    door = scenes.door(provider, scene)
    assert door.service(door.ask("/admin", headers=RIGHT, source=CLIENT)) == GUARDED
    assert hostile.through(door) == {}


@pytest.mark.parametrize(
    ("provider", "scene"), [*((provider, "one-service") for provider in LOGINS), (LOGINS[0], "expression")]
)
def test_an_open_path_leads_to_other_texts_of_a_guarded(provider: str, scene: str, scenes: ServedScenes) -> None:
    """The nature of a proxy that compares paths as they are written: the docs of the gateway warn of it."""
    assert set(hostile.through(scenes.door(provider, scene))) == AS_WRITTEN | ENCODED


@PROVIDERS
def test_a_rewritten_path_leads_to_other_texts_of_a_guarded(provider: str, scenes: ServedScenes) -> None:
    assert set(hostile.through(scenes.door(provider, "rewritten"))) == BELOW_REWRITTEN


@PROVIDERS
@pytest.mark.parametrize(
    ("scene", "left"), [("strict-one-service", AS_WRITTEN), ("strict-rewritten", BELOW_REWRITTEN - ENCODED)]
)
def test_the_option_refuses_paths_with_encoded_characters(
    provider: str, scene: str, left: frozenset[str], scenes: ServedScenes
) -> None:
    door = scenes.door(provider, scene)
    assert set(hostile.through(door)) == left
    assert [door.ask(path).status for path in ("/x/a%2Fb", "/x/a%20b")] == [400, 200]


@PROVIDERS
def test_no_other_host_leads_around_client_certificates(provider: str, scenes: ServedScenes) -> None:
    door = scenes.door(provider, "certificates")
    for host in hostile.mutual_hosts(door):
        assert door.service(door.ask(host=host, certificate="client")) == GUARDED
    assert hostile.without_certificate(door) == {}
