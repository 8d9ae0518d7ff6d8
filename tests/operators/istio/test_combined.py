"""A token, a rewrite and other origins at once, through a gateway of Istio: each part holds."""

from __future__ import annotations

from tests.operators.gateways import combined
from tests.operators.gateways.door import CLIENT, Door
from tests.operators.gateways.hostile import GUARDED, through
from tests.operators.gateways.scenes import ServedScenes
from tests.operators.gateways.tokens import token
from tests.providers.istio.expect import CASE

import pytest


@pytest.fixture
def door(istio_scenes: ServedScenes) -> Door:
    """The host with everything."""
    return istio_scenes.door(CASE.name, "combined")


def test_a_preflight_needs_no_token(door: Door) -> None:
    combined.preflight(door, CLIENT)
    assert combined.other_requests_without_credentials(door, CLIENT)[200] == 0


def test_a_token_is_checked_before_the_rewrite(door: Door) -> None:
    bearer = {"Authorization": f"Bearer {token(door.folder)}", "Origin": combined.ORIGIN}
    answer = door.ask("/api", headers=bearer)
    assert (door.service(answer), answer.served["path"]) == (GUARDED, "/v1")
    assert answer.header("Access-Control-Allow-Origin") == combined.ORIGIN
    refused = door.ask("/api", headers={"Origin": combined.ORIGIN})
    assert (refused.status, refused.header("X-Pod")) == (403, None)


def test_the_other_service_of_the_host_stays_open(door: Door) -> None:
    combined.neighbour(door, CLIENT)


def test_the_rewrite_is_no_way_around_the_token(door: Door) -> None:
    assert through(door, whole=True) == {}
