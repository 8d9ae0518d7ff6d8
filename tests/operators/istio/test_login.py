"""A login through a gateway of Istio, with the extension provider that the docs have and a real OpenID provider."""

from __future__ import annotations

from tests.cluster.waiting import eventually
from tests.operators.gateways.door import Door
from tests.operators.gateways.hostile import GUARDED, OPEN, through
from tests.operators.gateways.login import EMAIL, FOUND, IDENTITY, ISSUER, USER, Browser, Logins
from tests.operators.gateways.scenes import ServedScenes
from tests.providers.istio.expect import CASE

import pytest

FORGED: dict[str, str] = dict.fromkeys(IDENTITY, "root@acme.io")

DENIED = 403
"""What istiod lets the gateway answer until it knows the Service of an extension provider."""


@pytest.fixture(params=[CASE.name])
def door(request: pytest.FixtureRequest, istio_scenes: ServedScenes, logins: Logins) -> Door:
    """The host of the scene with a login, whose oauth2-proxy runs."""
    logins.use(istio_scenes.scenes[request.param][0], "login")
    found = istio_scenes.door(request.param, "login")
    eventually(lambda: ["the Service of the login is not known yet"] if found.ask("/admin").status == DENIED else [])
    return found


@pytest.fixture
def user(door: Door) -> Browser:
    """A browser of a user who has logged in."""
    found = Browser(door=door)
    answer = found.sign_in("/admin/x?y=1")
    assert answer.status == FOUND
    return found


def test_without_a_session_the_provider_is_next(door: Door) -> None:
    answer = door.ask("/admin")
    assert answer.status == FOUND
    assert (answer.header("Location") or "").startswith(f"https://{ISSUER}/oauth2/authorize?")


def test_a_user_reaches_the_service_after_the_login(user: Browser) -> None:
    answer = user.ask("/admin/x?y=1")
    assert (user.door.service(answer), answer.served["path"]) == (GUARDED, "/admin/x?y=1")
    assert (answer.sent(IDENTITY[0]), answer.sent(IDENTITY[1])) == (USER, EMAIL)


def test_after_the_logout_the_login_is_next(user: Browser) -> None:
    assert user.ask("/admin").status == 200
    user.ask("/oauth2/sign_out")
    assert user.ask("/admin").status == FOUND


def test_the_service_gets_no_forged_identity_with_a_login(user: Browser) -> None:
    answer = user.ask("/admin", headers=FORGED)
    assert [answer.sent(name) for name in IDENTITY] == [USER, EMAIL, None, None]


def test_open_routes_of_the_service_get_no_forged_identity(door: Door) -> None:
    answer = door.ask("/open", headers=FORGED)
    assert door.service(answer) == GUARDED
    assert [answer.sent(name) for name in IDENTITY] == [None] * len(IDENTITY)


def test_no_text_of_a_request_leads_around_the_login(door: Door) -> None:
    assert door.service(door.ask("/other")) == OPEN
    assert through(door) == {}
