"""A message never shows the value of a field that refers to a secret: it may be the secret, written in the wrong place."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any, cast

from kmop_constructs import (
    Credentials,
    Exec,
    ExistingSecret,
    Exposure,
    InlineSecret,
    KmopChart,
    NativeSecret,
    SecretKey,
    SpecError,
    Tls,
)
from kmop_constructs.authors import Contribution
from kmop_constructs.errors import hidden, shown
from kmop_constructs.providers.native import NativePullSecret
from tests.values.test_wrong_types import RIGHT

import pytest

SHAPES = ("hunter2 hunter2!", "user:hunter2", "redis://:hun/hunter2@h/x", "user:a@hunter2@h", "hunter2\nx")
"""Passwords in the forms in which they are written, none of them a name that Kubernetes allows."""

_REFERS = re.compile(r"Secret(?:Key|Env|Directory)|Credentials|\bAuth\b|EnvFrom|Passwords")
_NAMED = re.compile(r"secret|password|credential")


def fields_with_secrets(value: Any) -> list[str]:
    return [
        field.name
        for field in dataclasses.fields(value)
        if field.type != "bool" and (_REFERS.search(str(field.type)) or _NAMED.search(field.name))
    ]


HOLDERS = [value for value in RIGHT if fields_with_secrets(value)]


@pytest.mark.parametrize("value", HOLDERS, ids=[type(value).__name__ for value in HOLDERS])
def test_a_field_for_a_secret_shows_no_value(value: Any) -> None:
    for name in fields_with_secrets(value):
        for shape in SHAPES:
            for wrong in (shape, (shape,), [shape], {"a": shape}, {"A": shape}, {"/a": shape}, shape.encode()):
                assert "hunter2" not in message(value, name, wrong), (name, wrong)


def message(value: Any, name: str, wrong: object) -> str:
    """The message for a wrong value of a field; empty if the field takes it."""
    given: dict[str, Any] = {name: wrong}
    try:
        dataclasses.replace(value, **given)
    except SpecError as error:
        return str(error)
    return ""


def test_the_fields_for_secrets_are_found() -> None:
    found = {f"{type(value).__name__}.{name}" for value in HOLDERS for name in fields_with_secrets(value)}
    assert {"ApiKey.secret", "BasicAuth.secret", "SecretKey.secret", "Exposure.auth", "Image.pull_secrets"} <= found
    assert {"PostgresSpec.credentials", "Oidc.client_secret", "Tls.secret_name", "MutualTls.ca_secret"} <= found


SECRET: Any = ExistingSecret("stripe", keys=("api-key",))

CALLS: list[Callable[[KmopChart, Any], object]] = [
    lambda _, wrong: SecretKey("stripe", wrong),
    lambda _, wrong: ExistingSecret(wrong),
    lambda _, wrong: ExistingSecret("stripe", keys=wrong),
    lambda _, wrong: ExistingSecret("stripe", keys=(wrong,)),
    lambda _, wrong: SECRET.key(wrong),
    lambda _, wrong: SECRET.as_env(wrong),
    lambda _, wrong: SECRET.as_env(A=wrong),
    lambda _, wrong: SECRET.file(wrong, at="/a"),
    lambda _, wrong: Credentials.of(SECRET, password=wrong),
    lambda _, wrong: Credentials.of(wrong),
    lambda _, wrong: Tls.secret(wrong),
    lambda _, wrong: Exposure(host="a.io", auth=wrong),
    lambda chart, wrong: NativeSecret(chart, "s", values=wrong),
    lambda chart, wrong: NativeSecret(chart, "s", values={"a": wrong}),
    lambda chart, wrong: NativeSecret(chart, "s", values={cast(Any, str(wrong)): InlineSecret("x")}),
    lambda chart, wrong: NativePullSecret(chart, "s", registry="a.io", username="me", password=wrong),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("wrong", [*SHAPES, [SHAPES[0]]])
def test_a_call_for_a_secret_shows_no_value(chart: KmopChart, call: Callable[..., object], wrong: object) -> None:
    with pytest.raises(SpecError) as caught:
        call(chart, wrong)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("password", ["pw", "a/b", "a@b", "a:b", ""])
@pytest.mark.parametrize("user", ["me", ""])
def test_no_message_shows_the_login_of_an_address(user: str, password: str) -> None:
    said = shown(f"postgres://{user}:{password}hunter2@db.acme.io/shop")
    assert "hunter2" not in said
    assert "db.acme.io/shop" in said


@pytest.mark.parametrize(
    "command",
    [
        "run --password hunter2",
        "run --db-password=hunter2",
        "run -token hunter2",
        "PGPASSWORD=hunter2 psql",
        "run postgres://app:hunter2@db/x",
        "run https://acme.io/?key=hunter2",
    ],
)
def test_no_message_about_a_command_shows_its_secret(command: str) -> None:
    with pytest.raises(SpecError, match=r"a single value instead of a list, got .*; write \[") as caught:
        Exec(command)  # pyright: ignore[reportArgumentType]
    assert "hunter2" not in str(caught.value)


def test_a_variable_with_its_value_in_the_name_shows_no_value() -> None:
    with pytest.raises(SpecError, match=r"^Contribution: env: not a valid name, got 'PASSWORD=\*\*\*'; write the name"):
        Contribution(source="Contribution", env={"PASSWORD=hunter2": ""})


def test_a_hidden_value_has_its_type() -> None:
    assert hidden("x") == "text that is not shown"
    assert hidden(5) == "int that is not shown"
    assert hidden(None) == "None"
