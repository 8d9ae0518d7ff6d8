"""Requests of a hostile client to a real Traefik reach nothing that is guarded."""

from __future__ import annotations

from tests.operators.gateways import hostile
from tests.operators.gateways.scenes import ServedScenes

import pytest

PROVIDERS = ("TraefikGateway", "TraefikIngressGateway")


@pytest.mark.parametrize("scene", [name for name in hostile.SCENES if name != "certificates"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_text_of_a_request_leads_around(provider: str, scene: str, scenes: ServedScenes) -> None:
    if scene not in scenes.scenes[provider][0].scenes:
        return
    found = hostile.through(scenes.door(provider, scene))
    import json

    with open(f"/tmp/hold/through-{provider}-{scene}.json", "w") as f:
        json.dump(found, f, indent=1)
    assert found == {}
