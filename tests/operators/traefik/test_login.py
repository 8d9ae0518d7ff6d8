"""A login through a real Traefik, by the oauth2-proxy that is drawn and a real OpenID provider."""

from __future__ import annotations

from tests.operators.gateways.door import Door
from tests.operators.gateways.hostile import GUARDED, OPEN, through
from tests.operators.gateways.login import ALIKE, EMAIL, FOUND, IDENTITY, ISSUER, USER, Browser, Logins
from tests.operators.gateways.scenes import ServedScenes
from tests.operators.traefik.routes import LOGINS

import pytest

FORGED: dict[str, str] = dict.fromkeys((*IDENTITY, *ALIKE), "root@acme.io")


@pytest.fixture(params=LOGINS)
def door(request: pytest.FixtureRequest, scenes: ServedScenes, logins: Logins) -> Door:
    """The host of the scene with a login, whose oauth2-proxy runs."""
    logins.use(scenes.scenes[request.param][0], "login")
    return scenes.door(request.param, "login")


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
    assert door.ask("/admin", headers={"Accept": "application/json"}).status == 401


def test_a_user_reaches_the_service_after_the_login(user: Browser) -> None:
    answer = user.ask("/admin/x?y=1")
    assert (user.door.service(answer), answer.served["path"]) == (GUARDED, "/admin/x?y=1")
    assert answer.sent(IDENTITY[1]) == EMAIL
    assert answer.sent(IDENTITY[0]) == USER
    assert answer.sent(IDENTITY[2]) == USER


def test_after_the_logout_the_login_is_next(user: Browser) -> None:
    assert user.ask("/admin").status == 200
    user.ask("/oauth2/sign_out")
    assert user.ask("/admin").status == FOUND


def test_changed_and_foreign_cookies_are_no_session(user: Browser) -> None:
    [name] = [each for each in user.cookies if each.startswith("__Host-login") and "csrf" not in each]
    value = user.cookies[name]
    payload, time, signature = value.split("|")
    wrong = (
        f"{payload}|{time}|{signature[:-2]}AA",
        f"{payload}|{int(time) + 1}|{signature}",
        f"{payload[:-8]}AAAAAAAA|{time}|{signature}",
        "",
        "ann@acme.io",
    )
    statuses = [user.door.ask("/admin", headers={"Cookie": f"{name}={each}"}).status for each in wrong]
    assert statuses == [FOUND] * len(wrong)
    assert user.door.ask("/admin", headers={"Cookie": f"{name}={value}"}).status == 200


def test_a_login_begun_by_another_browser_is_refused(door: Door) -> None:
    first, second = Browser(door=door), Browser(door=door)
    first.ask("/admin")
    answer = Browser(door=door).door.ask("/oauth2/callback?code=x&state=y")
    assert answer.status in (400, 403, 500)
    assert second.ask("/admin").status == FOUND


def test_the_service_gets_no_forged_identity_with_a_login(user: Browser) -> None:
    answer = user.ask("/admin", headers=FORGED)
    assert answer.sent(IDENTITY[1]) == EMAIL
    assert answer.sent(IDENTITY[0]) == USER
    assert answer.sent(IDENTITY[3]) is None


def test_no_header_of_hops_removes_the_identity(user: Browser) -> None:
    answer = user.ask("/admin", headers={"Connection": "close, X-Auth-Request-Email, X-Auth-Request-User"})
    assert answer.sent(IDENTITY[1]) == EMAIL


def test_open_routes_of_the_service_get_no_forged_identity(door: Door) -> None:
    answer = door.ask("/open", headers=FORGED)
    assert door.service(answer) == GUARDED
    assert [answer.sent(name) for name in IDENTITY] == [None] * len(IDENTITY)


def test_no_text_of_a_request_leads_around_the_login(door: Door) -> None:
    assert door.service(door.ask("/other")) == OPEN
    assert through(door) == {}
