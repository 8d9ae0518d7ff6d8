"""Addresses, in every form that a program may want in its environment."""

from __future__ import annotations

from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.address import (
    DEFAULT_ENV,
    Address,
    EnvForm,
    Host,
    HostPort,
    PortNumber,
    Template,
    Url,
    env_forms,
)

import pytest

ADDRESS = Address(host="db", port=5432, scheme="postgres", path="/shop")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Url("X"), "postgres://db:5432/shop"),
        (HostPort("X"), "db:5432"),
        (Host("X"), "db"),
        (PortNumber("X"), "5432"),
        (Template("X", "jdbc:{url}?host={host}&port={port}&path={path}"),
         "jdbc:postgres://db:5432/shop?host=db&port=5432&path=/shop"),
        (Template("X", "{{host}} {user} {host}"), "{db} {user} db"),
    ],
)  # fmt: skip
def test_an_address_is_written_in_each_form(form: EnvForm, text: str) -> None:
    assert form.value(ADDRESS) == text


@pytest.mark.parametrize(
    ("scheme", "port", "url"),
    [
        ("http", 80, "http://a"),
        ("https", 443, "https://a"),
        ("http", 443, "http://a:443"),
        ("https", 80, "https://a:80"),
        ("grpc", 443, "grpc://a:443"),
    ],
)
def test_a_url_leaves_out_the_port_that_its_scheme_implies(scheme: str, port: int, url: str) -> None:
    assert Address(host="a", port=port, scheme=scheme).url == url


def test_a_template_must_hold_something_of_the_address() -> None:
    with pytest.raises(
        SpecError, match=r"^Template.text: no part of the address in it, got text that is not shown; use \{host\}"
    ):
        Template("X", "fixed")


@pytest.mark.parametrize("form", [Url, HostPort, Host, PortNumber])
def test_a_form_needs_a_name_that_a_variable_can_have(form: type[Url]) -> None:
    with pytest.raises(SpecError, match=rf"^{form.__name__}: not a valid name, got '1A'"):
        form("1A")


def test_the_default_variable_is_named_after_the_callee() -> None:
    assert env_forms(DEFAULT_ENV, Url, "payments-api") == (Url("PAYMENTS_API_URL"),)
    assert env_forms(DEFAULT_ENV, HostPort, "api.stripe.com") == (HostPort("API_STRIPE_COM_ADDR"),)


def test_text_names_a_variable_of_the_default_form() -> None:
    assert env_forms("DB", HostPort, "db") == (HostPort("DB"),)
    assert env_forms(["DB", Host("DB_HOST")], HostPort, "db") == (HostPort("DB"), Host("DB_HOST"))
    assert env_forms(None, Url, "db") == env_forms((), Url, "db") == ()


def test_a_callee_without_a_variable_name_is_an_error() -> None:
    with pytest.raises(
        SpecError, match=r"^1password.com: its default variable name starts with a digit, got '1PASSWORD_COM_URL'"
    ):
        env_forms(DEFAULT_ENV, Url, "1password.com")


@pytest.mark.parametrize("wrong", [5, [5], ["A", None]])
def test_what_is_no_form_is_refused(wrong: object) -> None:
    with pytest.raises(SpecError, match="^db: env: "):
        env_forms(cast(Any, wrong), Url, "db")
