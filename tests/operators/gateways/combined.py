"""A guard, a rewrite, a limit and other origins at once, on a host with two services."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from kmop_constructs import Exposure, PathRoute, Tls
from kmop_constructs.components.api_gateway.auth import Auth
from kmop_constructs.components.api_gateway.traffic import Of
from kmop_constructs.exposure import BasicAuth, Cors, RateLimit
from tests.operators.gateways.door import Door
from tests.operators.gateways.hostile import GUARDED, OPEN
from tests.operators.gateways.login import OIDC
from tests.operators.gateways.scenes import CERTIFICATE, Scene
from tests.operators.gateways.shown import PASSWORD

LIMIT = 20
ORIGIN = "https://pages.acme.io"
RIGHT = {"Authorization": "Basic " + b64encode(f"ann:{PASSWORD}".encode()).decode()}
WRONG = {"Authorization": "Basic " + b64encode(b"ann:guess").decode()}
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-trace"}


def combined(host: str, *, auth: Auth, route: PathRoute, of: Of | None = "client") -> Mapping[str, Sequence[Exposure]]:
    """One service with everything, and an open one beside it."""
    beside = Exposure(host=host, tls=Tls.secret(CERTIFICATE))
    everything = replace(
        beside,
        paths=(route,),
        auth=auth,
        rate_limit=None if of is None else RateLimit(LIMIT, per=timedelta(minutes=1), of=of),
        cors=Cors((ORIGIN,), methods=("GET", "PUT"), headers=("X-Trace",), credentials=True),
    )
    return {GUARDED: [everything], OPEN: [beside]}


BELOW = PathRoute("/api", rewrite="/v1")
EXACT = PathRoute("/api", match="Exact", rewrite="/v1")
"""For a gateway that counts each path on its own."""


def scenes(route: PathRoute, of: Of | None = "client") -> Mapping[str, Scene]:
    """The combination with a password and with a login, and a limit for each client or for all together."""
    return {
        "combined-password": partial(combined, auth=BasicAuth("staff"), route=route, of=of),
        "combined-login": partial(combined, auth=OIDC, route=route, of=of),
    }


def preflight(door: Door, source: str) -> None:
    """The preflight request of a browser has no credentials."""
    answer = door.ask("/api", method="OPTIONS", headers=PREFLIGHT, source=source)
    assert answer.status in (200, 204)
    assert answer.header("Access-Control-Allow-Origin") == ORIGIN
    assert answer.header("Access-Control-Allow-Credentials") == "true"
    assert answer.header("X-Pod") is None


def other_requests_without_credentials(door: Door, source: str) -> Counter[int]:
    """What looks like a preflight and is none."""
    forms: tuple[tuple[str, Mapping[str, str]], ...] = (
        ("OPTIONS", {}),
        ("OPTIONS", {"Origin": ORIGIN}),
        ("OPTIONS", {"Access-Control-Request-Method": "PUT"}),
        ("GET", PREFLIGHT),
        ("PUT", PREFLIGHT),
    )
    answers = [door.ask("/api", method=method, headers=headers, source=source) for method, headers in forms]
    assert all(each.header("X-Pod") is None for each in answers)
    return Counter(each.status for each in answers)


def statuses(door: Door, number: int, source: str, headers: Mapping[str, str] | None = None) -> Counter[int]:
    """Those of many requests of a client."""
    return Counter(door.ask("/api", headers=headers, source=source).status for _ in range(number))


def neighbour(door: Door, source: str) -> None:
    """The other service of the host has no limit, no login and no rewrite."""
    answers = [door.ask(f"/v1/{number}", source=source) for number in range(LIMIT + 10)]
    assert {(each.status, door.service(each)) for each in answers} == {(200, OPEN)}
    assert answers[0].served["path"] == "/v1/0"
