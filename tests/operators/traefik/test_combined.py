"""A guard, a rewrite, a limit and other origins at once, through a real Traefik: each part holds."""

from __future__ import annotations

from collections.abc import Mapping

from tests.operators.gateways import combined
from tests.operators.gateways.door import Door
from tests.operators.gateways.hostile import GUARDED, through
from tests.operators.gateways.login import EMAIL, FOUND, IDENTITY, Browser, Logins
from tests.operators.gateways.scenes import ServedScenes
from tests.operators.traefik.routes import LOGINS

import pytest


@pytest.fixture(params=LOGINS)
def login(request: pytest.FixtureRequest, scenes: ServedScenes, logins: Logins) -> Door:
    """The host with everything and a login, whose oauth2-proxy runs."""
    logins.use(scenes.scenes[request.param][0], "combined-login")
    return scenes.door(request.param, "combined-login")


@pytest.fixture(params=LOGINS)
def password(request: pytest.FixtureRequest, scenes: ServedScenes) -> Door:
    """The host with everything and a password."""
    return scenes.door(request.param, "combined-password")


def test_a_preflight_needs_no_password(password: Door) -> None:
    combined.preflight(password, "10.97.2.1")
    assert set(combined.other_requests_without_credentials(password, "10.97.2.1")) == {401}


def test_a_preflight_needs_no_login(login: Door) -> None:
    combined.preflight(login, "10.97.2.2")
    assert set(combined.other_requests_without_credentials(login, "10.97.2.2")) == {FOUND}


def test_a_password_is_checked_before_the_rewrite(password: Door) -> None:
    answer = password.ask("/api", headers={**combined.RIGHT, "Origin": combined.ORIGIN}, source="10.97.2.3")
    assert (password.service(answer), answer.served["path"]) == (GUARDED, "/v1")
    assert answer.header("Access-Control-Allow-Origin") == combined.ORIGIN
    refused = password.ask("/api", headers={**combined.WRONG, "Origin": combined.ORIGIN}, source="10.97.2.3")
    assert refused.status == 401
    assert refused.header("Access-Control-Allow-Origin") == combined.ORIGIN


def test_a_login_is_checked_before_the_rewrite(login: Door) -> None:
    user = Browser(door=login)
    user.sign_in("/api", source="10.97.2.4")
    answer = user.ask("/api", headers={"Origin": combined.ORIGIN}, source="10.97.2.4")
    assert (login.service(answer), answer.served["path"]) == (GUARDED, "/v1")
    assert answer.sent(IDENTITY[1]) == EMAIL
    assert answer.header("Access-Control-Allow-Origin") == combined.ORIGIN


@pytest.mark.parametrize("headers", [{}, combined.WRONG], ids=["without", "wrong"])
def test_failed_passwords_count_for_the_limit(password: Door, headers: Mapping[str, str]) -> None:
    source = "10.97.3.1" if headers else "10.97.3.2"
    found = combined.statuses(password, combined.LIMIT + 15, source, headers)
    assert set(found) == {401, 429}
    assert combined.LIMIT <= found[401] <= combined.LIMIT + 5
    assert password.ask("/api", headers=combined.RIGHT, source=source).status == 429
    assert password.ask("/api", headers=combined.RIGHT, source="10.97.3.3").status == 200


def test_redirects_to_the_login_count_for_the_limit(login: Door) -> None:
    found = combined.statuses(login, combined.LIMIT + 15, "10.97.3.4")
    assert set(found) == {FOUND, 429}
    assert combined.LIMIT <= found[FOUND] <= combined.LIMIT + 5


def test_the_other_service_of_the_host_stays_open(password: Door) -> None:
    combined.neighbour(password, "10.97.3.5")


def test_the_rewrite_is_no_way_around_the_password(password: Door) -> None:
    assert through(password, whole=True) == {}
