"""Secrets that somebody writes where anyone can read them."""

from typing import Any

from kmop_constructs import Container, Image, KmopChart, Microservice, NativeConfig, SecretKey, ServiceSpec, Text
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


SECRETS: list[tuple[dict[str, Any], str]] = [
    ({"env": {"DB_PASS": "hunter2"}}, "the variable 'DB_PASS' of container 'web' has a name"),
    ({"env": {"MYSQL_PWD": "hunter2"}}, "the variable 'MYSQL_PWD' of container 'web' has a name"),
    ({"env": {"adminPassword": "hunter2"}}, "the variable 'adminPassword' of container 'web' has a name"),
    (
        {"env": {"DB": "postgres://app:hunter2@db/app"}},
        "the variable 'DB' of container 'web' holds a password in an address",
    ),
    ({"env": {"OPTS": "-Xmx1g -Ddb.password=hunter2"}}, "the variable 'OPTS' of container 'web' sets an option"),
    ({"args": ("--db-password=hunter2",)}, "the argument '--db-password' of container 'web' has a name"),
    ({"args": ("--requirepass", "hunter2")}, "the argument '--requirepass' of container 'web' has a name"),
    ({"args": ("redis://:hunter2@cache:6379",)}, "an argument of container 'web' holds a password in an address"),
    ({"command": ("sh", "-c", "exec app --token 'hunter2' --port 80")}, "the argument '--token' of container 'web'"),
    (
        {"files": {"/app.properties": Text("a=1\nspring.datasource.password=hunter2\n")}},
        "sets 'spring.datasource.password'",
    ),
    ({"files": {"/app.yaml": Text("db:\n  password: 'hunter2'\n")}}, "sets 'password'"),
    ({"files": {"/app.json": Text('{\n  "clientSecret": "hunter2",\n  "a": 1\n}\n')}}, "sets 'clientSecret'"),
    ({"files": {"/app.env": Text("URL=amqp://app:hunter2@mq\n")}}, "holds a password in an address"),
    ({"files": {"/app.conf": Text("url = https://acme.blob/c?sv=1&sig=hunter2\n")}}, "holds a secret in the query"),
    ({"env": {"URL": "https://acme.blob/c?sv=1&sig=hunter2"}}, "holds a secret in the query of an address"),
    ({"env": {"URL": "postgresql://app@db/x?password=hunter2"}}, "holds a secret in the query of an address"),
    ({"args": ("fetch", "https://acme.io/a?access_token=hunter2")}, "holds a secret in the query of an address"),
    ({"files": {"/key.pem": Text("-----BEGIN RSA PRIVATE KEY-----\nhunter2\n")}}, "holds a private key"),
]


@pytest.mark.parametrize(("spec", "expected"), SECRETS)
def test_a_secret_in_plain_sight_is_a_notice(chart: KmopChart, spec: dict[str, Any], expected: str) -> None:
    (notice,) = noticed(chart, **spec)
    assert expected in notice
    assert "hunter2" not in notice


def test_a_config_map_with_a_secret_is_a_notice(chart: KmopChart) -> None:
    NativeConfig(chart, "settings", data={"DB_PASSWORD": "hunter2", "LEVEL": "info"})
    (notice,) = [each for each in synthesize(chart).notices if each.rule == "secret-in-literal"]
    assert str(notice).startswith("shop/settings: the key 'DB_PASSWORD' has a name like that of a secret")
    assert "hunter2" not in str(notice)


INNOCENT: list[dict[str, Any]] = [
    {
        "env": {
            "DB": "postgresql://db/x?password=$(DB_PASSWORD)&sslmode=require",
            "URL": "https://a.io/?signed=1&design=2",
        }
    },
    {"env": {"PWD": "/srv", "BYPASS": "1", "PASS_THROUGH": "x", "MAX_TOKENS": "4096", "TOKEN_LIMIT": "5"}},
    {"env": {"TOKEN_LIFETIME": "24h", "REFRESH_TOKEN": "30s", "PASSWORD_REQUIRED": "true", "SHOW_PASSWORD": "false"}},
    {"env": {"DB": "postgres://app:$(DB_PASSWORD)@db", "WEB": "https://acme.io:8443/a@b", "TLS_SECRET": "web-tls"}},
    {
        "env": {
            "ETCD_INITIAL_CLUSTER_TOKEN": "shop",
            "SECRET_REF": "arn:aws:secretsmanager:eu:1:secret:a",
            "K_PASSWORD_KEY": "a",
        }
    },
    {"args": ("--auth-token=simple", "--token-clean-up-period=8760h0m0s", "--basic-auth-secret=shop/staff")},
    {"files": {"/c.yaml": Text("passwordPattern: ^.{8}$\nauth_token: __TOKEN__\ncredentialVolume: data\n")}},
    {"args": ("--token-file=/run/token", "--password", "--verbose", "--secret-name=web", "--token=$(TOKEN)")},
    {"command": ("sh", "-c", 'exec app --password="$PASSWORD" --token ${TOKEN}')},
    {
        "files": {
            "/a.yaml": Text("password: ${DB_PASSWORD}\ntoken: ''\ntokenFile: a\n# password: x\nsecret:\n  name: web\n")
        }
    },
    {
        "files": {
            "/b.conf": Text("password = getenv('X')\nurl = redis://:{{ .Password }}@cache\nsecret = $__file{/run/x}\n")
        }
    },
]


@pytest.mark.parametrize("spec", INNOCENT)
def test_settings_and_references_are_no_secrets(chart: KmopChart, spec: dict[str, Any]) -> None:
    assert noticed(chart, **spec) == []
