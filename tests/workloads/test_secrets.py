"""Secrets that somebody writes where anyone can read them."""

from typing import Any

from kmop_constructs import Container, Image, KmopChart, Microservice, SecretKey, ServiceSpec
from kmop_constructs.testing import synthesize

import pytest


def noticed(chart: KmopChart, **spec: Any) -> list[str]:
    asked = ServiceSpec(image=Image("acme/web:1"), port=8080, **spec)
    notices = synthesize(Microservice(chart, "web", asked)).notices
    return [str(notice) for notice in notices if notice.rule == "secret-in-literal"]


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "API_KEY", "spring.datasource.password", "GITHUB-TOKEN", "CLIENT_SECRET"]
)
def test_a_literal_with_a_secret_name_is_a_notice_without_value(chart: KmopChart, name: str) -> None:
    (notice,) = noticed(chart, env={name: "hunter2"})
    assert repr(name) in notice
    assert "the variable" in notice
    assert "hunter2" not in notice


def test_an_init_container_is_looked_at_too(chart: KmopChart) -> None:
    init = Container("init", image=Image("busybox:1.36"), env={"TOKEN": "hunter2"})
    assert len(noticed(chart, init_containers=(init,))) == 1


@pytest.mark.parametrize(
    "env",
    [
        {"DB_PASSWORD": SecretKey("db", "password", external=True)},
        {"DB_PASSWORD_FILE": "/run/secrets/db"},
        {"TOKEN_URL": "https://id.acme.io/token"},
        {"DB_PASSWORD": ""},
        {"URL": "postgres://$(DB_USER)@db"},
        {"LOG_LEVEL": "info"},
    ],
)
def test_what_holds_no_secret_is_no_notice(chart: KmopChart, env: dict[str, Any]) -> None:
    assert noticed(chart, env=env) == []
