"""Requests of a hostile client to Istio's gateway: nothing leads around address ranges and client certificates."""

from __future__ import annotations

from tests.operators.gateways import hostile
from tests.operators.gateways.door import CLIENT
from tests.operators.gateways.hostile import GUARDED
from tests.operators.gateways.scenes import ServedScenes
from tests.providers.istio.expect import CASE


def test_no_request_leads_around_address_ranges(istio_scenes: ServedScenes) -> None:
    door = istio_scenes.door(CASE.name, "addresses")
    assert door.service(door.ask("/admin", source=CLIENT)) == GUARDED
    assert hostile.through(door) == {}


def test_no_other_host_leads_around_client_certificates(istio_scenes: ServedScenes) -> None:
    door = istio_scenes.door(CASE.name, "certificates")
    for host in hostile.mutual_hosts(door):
        assert door.service(door.ask(host=host, certificate="client")) == GUARDED
    assert hostile.without_certificate(door) == {}
