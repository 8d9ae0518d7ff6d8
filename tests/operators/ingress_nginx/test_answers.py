"""Requests to the same system behind ingress-nginx and behind the gateway after it: what differs is on the page."""

from __future__ import annotations

from tests.operators.gateways.door import Door
from tests.operators.ingress_nginx.differences import expected, rows
from tests.operators.ingress_nginx.table import TABLE


def test_nginx_answers_as_the_table_states(before: Door) -> None:
    assert {each.request: each.ask(before) for each in TABLE} == {each.request: each.answer for each in TABLE}


def test_traefik_differs_as_the_page_lists(traefik_after: Door) -> None:
    answers = {each.request: each.ask(traefik_after) for each in rows("TraefikGateway")}
    assert answers == expected("TraefikGateway")


def test_envoy_differs_as_the_page_lists(envoy_after: Door) -> None:
    answers = {each.request: each.ask(envoy_after) for each in rows("EnvoyGateway")}
    assert answers == expected("EnvoyGateway")
