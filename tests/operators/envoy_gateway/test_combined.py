"""A guard, a rewrite, a limit and other origins at once, through a real Envoy: each part holds."""

from __future__ import annotations

from collections.abc import Callable

from tests.operators.gateways import combined
from tests.operators.gateways.door import CLIENT, Door
from tests.operators.gateways.hostile import GUARDED, through
from tests.operators.gateways.login import FOUND, Browser
from tests.operators.gateways.scenes import ServedScenes
from tests.providers.envoy_gateway.expect import CASE

import pytest


@pytest.fixture
def login(envoy_scenes: ServedScenes) -> Door:
    """The host with everything and a login."""
    return envoy_scenes.door(CASE.name, "combined-login")


@pytest.fixture
def password(envoy_scenes: ServedScenes) -> Callable[[str], Door]:
    """A host with everything and a password, for one use."""
    return lambda use: envoy_scenes.door(CASE.name, f"combined-{use}")


def test_a_preflight_needs_no_password(password: Callable[[str], Door]) -> None:
    combined.preflight(password("preflight"), CLIENT)
    assert set(combined.other_requests_without_credentials(password("preflight"), CLIENT)) == {401}


def test_a_preflight_needs_no_login(login: Door) -> None:
    combined.preflight(login, CLIENT)
    assert set(combined.other_requests_without_credentials(login, CLIENT)) == {FOUND}


def test_a_password_is_checked_before_the_rewrite(password: Callable[[str], Door]) -> None:
    door = password("rewrite")
    answer = door.ask("/api", headers={**combined.RIGHT, "Origin": combined.ORIGIN})
    assert (door.service(answer), answer.served["path"]) == (GUARDED, "/v1")
    assert answer.header("Access-Control-Allow-Origin") == combined.ORIGIN
    refused = door.ask("/api", headers={**combined.WRONG, "Origin": combined.ORIGIN})
    assert refused.status == 401
    assert refused.header("Access-Control-Allow-Origin") == combined.ORIGIN


def test_a_login_is_checked_before_the_rewrite(login: Door) -> None:
    user = Browser(door=login)
    user.sign_in("/api")
    answer = user.ask("/api", headers={"Origin": combined.ORIGIN})
    assert (login.service(answer), answer.served["path"]) == (GUARDED, "/v1")
    assert answer.header("Access-Control-Allow-Origin") == combined.ORIGIN


def test_the_limit_holds_for_all_with_a_password(password: Callable[[str], Door]) -> None:
    found = combined.statuses(password("limit"), combined.LIMIT + 15, CLIENT, combined.RIGHT)
    assert set(found) == {200, 429}
    assert combined.LIMIT <= found[200] <= combined.LIMIT + 5


def test_failed_passwords_do_not_count_for_the_limit(password: Callable[[str], Door]) -> None:
    """The docs of the gateway warn of it: Envoy compares the password first."""
    found = combined.statuses(password("guesses"), combined.LIMIT + 15, CLIENT, combined.WRONG)
    assert set(found) == {401}


def test_the_other_service_of_the_host_stays_open(password: Callable[[str], Door]) -> None:
    combined.neighbour(password("neighbour"), CLIENT)


def test_the_rewrite_is_no_way_around_the_password(password: Callable[[str], Door]) -> None:
    assert through(password("around"), whole=True) == {}
