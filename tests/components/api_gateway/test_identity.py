"""Headers that identify a user to a service: on routes without that login or token, clients cannot send them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kmop_constructs import (
    CheckError,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    PathRoute,
    Platform,
    Port,
    ServiceSpec,
    Tls,
    allow,
)
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.exposure import Jwt, Mirror, Share
from kmop_constructs.providers.traefik import TraefikGateway, TraefikGatewayOptions
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid
from tests.components.api_gateway.contract import Case, cases
from tests.components.api_gateway.intents import OIDC

import pytest

HUB = Platform(gateway=partial(TraefikGateway, options=TraefikGatewayOptions(edition="hub")))
TOKEN = Jwt(issuer="https://id.acme.io", jwks_uri="https://id.acme.io/keys", claims_to_headers={"sub": "X-User"})
TLS = Tls.secret("cert")
GUARD = Exposure(host="door.acme.io", tls=TLS, auth=TOKEN, paths=(PathRoute("/", service="web", port=80),))


def service(chart: KmopChart, name: str, *exposures: Exposure, platform: Platform) -> Microservice:
    port = Port(8080, service_port=80)
    return Microservice(
        chart, name, ServiceSpec(image=Image("acme/web:1"), port=port, exposure=exposures), platform=platform
    )


def through(chart: KmopChart, gateway: GatewayFactory) -> Synthesized:
    """An open route to pods that another service exposes behind a check of tokens."""
    web = service(chart, "web", Exposure(host="web.acme.io"), platform=Platform(gateway=gateway))
    service(chart, "door", GUARD, platform=HUB)
    allow(web, "gateway-retired", reason="it is what we have")
    return synthesize(chart)


def removed(result: Synthesized) -> dict[str, dict[str, str]]:
    """The headers that the Middlewares of each exposure remove."""
    found = {each["metadata"]["name"]: each["spec"] for each in result.pick("Middleware")}
    return {
        name.removesuffix("-identity"): spec["headers"]["customRequestHeaders"]
        for name, spec in found.items()
        if name.endswith("-identity")
    }


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_an_open_route_passes_no_identity_of_clients(chart: KmopChart, case: Case) -> None:
    assert bool(case.removes) is getattr(case.provider, "REMOVES_HEADERS", False)
    if not case.removes:
        with pytest.raises(CheckError, match=r"clients can send X-User on the route 'web.acme.io/'.* use .*Traefik.* \[forged-identity\]"):  # fmt: skip
            through(chart, case.gateway)
        return
    result = through(chart, case.gateway)
    for expected in case.removes:
        assert expected.holds(result.objects), f"{expected} is not in {result.objects}"
    assert_valid(result.objects, "1.30")


OPEN = Exposure(host="open.acme.io", name="open")


@pytest.mark.parametrize(
    "exposure",
    [
        OPEN,
        replace(OPEN, shares=(Share("door", 10),)),
        replace(OPEN, mirrors=(Mirror("door", 10),)),
        replace(OPEN, paths=(PathRoute("/", service="door", port=80),)),
    ],
    ids=["host", "share", "mirror", "path"],
)
def test_every_way_to_the_pods_is_cleaned(chart: KmopChart, exposure: Exposure) -> None:
    door = Exposure(host="door.acme.io", tls=TLS, auth=TOKEN)
    if exposure is OPEN:
        service(chart, "door", door, exposure, platform=HUB)
    else:
        service(chart, "door", door, platform=HUB)
        service(chart, "web", exposure, platform=HUB)
    assert set(removed(synthesize(chart))) == {"door", "open"}


def test_a_route_to_other_pods_is_not_cleaned(chart: KmopChart) -> None:
    service(chart, "door", Exposure(host="door.acme.io", tls=TLS, auth=TOKEN), platform=HUB)
    service(chart, "web", OPEN, platform=HUB)
    assert set(removed(synthesize(chart))) == {"door"}


def test_another_auth_of_the_same_pods_is_cleaned(chart: KmopChart) -> None:
    """A user with a token must not claim to be a user of the login, nor the other way around."""
    login = Exposure(host="login.acme.io", name="login", tls=TLS, auth=OIDC)
    service(chart, "web", Exposure(host="api.acme.io", tls=TLS, auth=TOKEN), login, platform=HUB)
    users = (f"X-Auth-Request-{each}" for each in ("User", "Email", "Preferred-Username", "Groups"))
    assert removed(synthesize(chart)) == {"web": dict.fromkeys(("X-User", *users), ""), "login": {"X-User": ""}}


def test_a_removed_guard_leaves_no_removal(chart: KmopChart) -> None:
    service(chart, "web", Exposure(host="web.acme.io"), platform=HUB)
    service(chart, "door", GUARD, platform=HUB)
    chart.node.try_remove_child("door")
    assert removed(synthesize(chart)) == {}
