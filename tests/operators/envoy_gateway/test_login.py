"""A login by a real Envoy, as Envoy Gateway sets it up, and a real OpenID provider."""

from __future__ import annotations

from tests.operators.gateways.door import Door
from tests.operators.gateways.hostile import GUARDED, OPEN, through
from tests.operators.gateways.login import FOUND, ISSUER, Browser
from tests.operators.gateways.scenes import ServedScenes
from tests.providers.envoy_gateway.expect import CASE

import pytest

OF_THE_LOGIN = ("OauthNonce", "CodeVerifier")
"""How the names of cookies begin that are there for the callback alone."""


@pytest.fixture(params=[CASE.name])
def door(request: pytest.FixtureRequest, envoy_scenes: ServedScenes) -> Door:
    """The host of the scene with a login."""
    return envoy_scenes.door(request.param, "login")


@pytest.fixture
def user(door: Door) -> Browser:
    """A browser of a user who has logged in."""
    found = Browser(door=door)
    answer = found.sign_in("/admin/x?y=1")
    assert (answer.status, answer.header("Location")) == (FOUND, f"https://{door.host}/admin/x?y=1")
    return found


def test_without_a_session_the_provider_is_next(door: Door) -> None:
    answer = door.ask("/admin")
    assert answer.status == FOUND
    assert (answer.header("Location") or "").startswith(f"https://{ISSUER}/oauth2/authorize?")


def test_a_user_reaches_the_service_after_the_login(user: Browser) -> None:
    answer = user.ask("/admin/x?y=1")
    assert (user.door.service(answer), answer.served["path"]) == (GUARDED, "/admin/x?y=1")


def test_after_the_logout_the_login_is_next(user: Browser) -> None:
    assert user.ask("/admin").status == 200
    user.ask("/oauth2/sign_out")
    assert user.ask("/admin").status == FOUND


def test_changed_and_foreign_cookies_are_no_session(user: Browser) -> None:
    """Where a session is not valid, Envoy asks the provider for another one with the refresh token."""
    right = {name: value for name, value in user.cookies.items() if not name.startswith(OF_THE_LOGIN)}
    [refresh] = [name for name in right if name.startswith("RefreshToken")]
    changed = {name: f"{value[:-4]}AAAA" for name, value in right.items()}
    for name in right:
        user.cookies = {**right, refresh: changed[refresh], name: changed[name]}
        assert user.ask("/admin").status == FOUND, name
    user.cookies = dict.fromkeys(right, "ann@acme.io")
    assert user.ask("/admin").status == FOUND


def test_a_login_begun_by_another_browser_is_refused(door: Door) -> None:
    Browser(door=door).ask("/admin")
    answer = door.ask("/oauth2/callback?code=x&state=y")
    assert answer.status in (401, 403)


def test_no_text_of_a_request_leads_around_the_login(door: Door) -> None:
    assert door.service(door.ask("/other")) == OPEN
    assert through(door) == {}
