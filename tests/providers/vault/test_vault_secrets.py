"""Vault Secrets Operator as the provider of secrets: what is drawn, what is restarted, what is refused."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from kmop_constructs import (
    CheckError,
    Generated,
    Image,
    KmopChart,
    Leased,
    Manifest,
    Microservice,
    Platform,
    RemoteKey,
    RemoteSecrets,
    ServiceSpec,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.authors import MakesSecret
from kmop_constructs.components.configuration.vault import VaultAccess
from kmop_constructs.providers.vault import VaultSecrets, VaultServer
from kmop_constructs.testing import synthesize
from tests.apps.schemas import DEFAULT, assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

WEB = ServiceSpec(image=Image("acme/web:1"), port=8080)
VAULT = VaultServer("https://vault.acme.io")
STRIPE = {"STRIPE_KEY": RemoteKey("kv/{environment}/orders", "stripe")}


def login(lifetime: timedelta = timedelta(hours=2)) -> dict[str, Leased]:
    return {key: Leased("database/creds/orders", key, lifetime=lifetime) for key in ("username", "password")}


def chart_with(app: App, name: str = "shop", namespace: str | None = "shop", **options: Any) -> KmopChart:
    provider = partial(VaultSecrets, **{"connection": VAULT, **options})
    return KmopChart(app, name, namespace=namespace, platform=Platform(environment="production", secrets=provider))


def drawn(chart: KmopChart, kind: str) -> Any:
    return synthesize(chart).one(kind)["spec"]


def test_a_static_secret_and_a_login_of_vault(app: App, manifests: SnapshotAssertion) -> None:
    chart = chart_with(app)
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)
    db = RemoteSecrets(chart, "db", keys=login())
    Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY"), db.directory("/etc/db")])

    found = synthesize(chart)
    objects = [
        each for each in found.objects if "hashicorp" in each["apiVersion"] or "vault" in each["metadata"]["name"]
    ]
    assert [each["kind"] for each in objects].count("VaultConnection") == 1
    assert_valid(objects, DEFAULT)
    assert objects == manifests


def test_only_the_wanted_keys_are_in_the_secret(app: App) -> None:
    chart = chart_with(app)
    RemoteSecrets(chart, "stripe", keys=STRIPE)

    destination = drawn(chart, "VaultStaticSecret")["destination"]
    transformation = destination["transformation"]
    assert (transformation["excludeRaw"], transformation["excludes"]) == (True, [".*"])
    assert list(transformation["templates"]) == ["STRIPE_KEY"]
    assert (destination["create"], destination["overwrite"]) == (True, False)


def test_a_missing_field_is_an_error_of_the_operator(app: App) -> None:
    """Without the test in the template a removed field would become an empty value."""
    chart = chart_with(app)
    RemoteSecrets(chart, "keys", keys={"A": RemoteKey("kv/orders", 'odd "name"')})

    text = drawn(chart, "VaultStaticSecret")["destination"]["transformation"]["templates"]["A"]["text"]
    assert text.startswith(r'{{ if not (hasKey .Secrets "odd \"name\"") }}{{ fail ')


def test_exactly_the_readers_are_restarted(app: App) -> None:
    chart = chart_with(app)
    keys, other = (RemoteSecrets(chart, name, keys=STRIPE) for name in ("stripe", "other"))
    Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY")])
    Microservice(chart, "api", WEB, uses=[keys.file("STRIPE_KEY", at="/etc/stripe/key")])
    Microservice(chart, "shop", WEB)

    found = synthesize(chart)
    targets = {
        each["metadata"]["name"]: each["spec"].get("rolloutRestartTargets") for each in found.pick("VaultStaticSecret")
    }
    assert targets == {
        "stripe": [{"kind": "Deployment", "name": "api"}, {"kind": "Deployment", "name": "web"}],
        other.name: None,
    }
    assert "secret-rotation" not in [each.rule for each in found.notices]


def test_a_foreign_reader_is_not_restarted_which_is_a_notice(app: App) -> None:
    chart = chart_with(app)
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)
    source = {"secretKeyRef": {"name": keys.name, "key": "STRIPE_KEY"}}
    pod = {"containers": [{"name": "web", "image": "acme/web:1", "env": [{"name": "KEY", "valueFrom": source}]}]}
    labels = {"app": "web"}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    Manifest(chart, "web", {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})

    found = synthesize(chart)
    assert "rolloutRestartTargets" not in found.one("VaultStaticSecret")["spec"]
    assert [each.path for each in found.notices if each.rule == "secret-rotation"] == ["shop/web"]


def test_a_removed_reader_is_not_restarted(app: App) -> None:
    chart = chart_with(app)
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)
    Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY")])
    chart.node.try_remove_child("web")

    assert "rolloutRestartTargets" not in drawn(chart, "VaultStaticSecret")


def test_values_are_compared_so_that_readers_restart(app: App) -> None:
    """The operator ignores the targets of a VaultStaticSecret without the comparison."""
    chart = chart_with(app)
    RemoteSecrets(chart, "stripe", keys=STRIPE)

    assert drawn(chart, "VaultStaticSecret")["hmacSecretData"] is True


@pytest.mark.parametrize(
    ("refresh", "text"),
    [(timedelta(hours=1), "1h"), (timedelta(minutes=90), "90m"), (timedelta(seconds=61), "61s")],
)
def test_a_refresh_has_one_unit(app: App, refresh: timedelta, text: str) -> None:
    chart = chart_with(app)
    RemoteSecrets(chart, "stripe", keys=STRIPE, refresh=refresh)

    assert drawn(chart, "VaultStaticSecret")["refreshAfter"] == text


def test_a_version_is_a_number(app: App) -> None:
    chart = chart_with(app)
    RemoteSecrets(chart, "stripe", keys={"A": RemoteKey("kv/orders", "a", version="3")})

    assert drawn(chart, "VaultStaticSecret")["version"] == 3
    with pytest.raises(SpecError, match="shop/other: keys\\['A'\\]: version: not a version of Vault, got 'latest'"):
        RemoteSecrets(chart, "other", keys={"A": RemoteKey("kv/orders", "a", version="latest")})


def test_a_type_is_set(app: App) -> None:
    chart = chart_with(app)
    RemoteSecrets(chart, "stripe", keys=STRIPE, type="acme.io/key")

    assert drawn(chart, "VaultStaticSecret")["destination"]["type"] == "acme.io/key"


def test_each_secret_logs_in_as_its_own_account(app: App) -> None:
    chart = chart_with(app)
    RemoteSecrets(chart, "stripe", keys=STRIPE)

    account = synthesize(chart).one("ServiceAccount")
    auth = drawn(chart, "VaultAuth")
    assert (account["metadata"]["name"], account["automountServiceAccountToken"]) == ("stripe-vault", False)
    assert auth["kubernetes"] == {"role": "shop-stripe", "serviceAccount": "stripe-vault", "audiences": ["vault"]}


def test_the_role_may_read_exactly_its_path(app: App) -> None:
    chart = chart_with(app)
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)

    (access,) = [each for each in keys.drawn.gives if isinstance(each, VaultAccess)]
    assert (access.server, access.role, access.reads) == (
        "https://vault.acme.io",
        "shop-stripe",
        ("kv/data/production/orders",),
    )
    assert access.policy == 'path "kv/data/production/orders" {\n  capabilities = ["read"]\n}\n'


def test_the_token_of_a_login_has_no_last_day(app: App) -> None:
    """Vault ends all leases with their token, and the operator renews its token."""
    db = RemoteSecrets(chart_with(app, revoke=True), "db", keys=login())

    (access,) = [each for each in db.drawn.gives if isinstance(each, VaultAccess)]
    assert "token_period=7200s" in access.commands
    assert "token_max_ttl" not in access.commands
    assert access.updates == ("sys/leases/revoke",)
    assert 'capabilities = ["update"]' in access.policy


def test_a_connection_can_exist_already(app: App) -> None:
    chart = chart_with(app, connection="vault-system/prod", vault_namespace="teams/orders")
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)

    assert drawn(chart, "VaultAuth")["vaultConnectionRef"] == "vault-system/prod"
    assert {drawn(chart, kind)["namespace"] for kind in ("VaultAuth", "VaultStaticSecret")} == {"teams/orders"}
    assert synthesize(chart).pick("VaultConnection") == []
    (access,) = [each for each in keys.drawn.gives if isinstance(each, VaultAccess)]
    assert "VAULT_ADDR" not in access.commands


def test_the_connection_of_the_operator_is_the_default(app: App) -> None:
    chart = chart_with(app, connection=None)
    RemoteSecrets(chart, "stripe", keys=STRIPE)

    assert "vaultConnectionRef" not in drawn(chart, "VaultAuth")


def test_two_servers_with_one_name_are_found(app: App) -> None:
    for name, address in (("a", "https://a.acme.io"), ("b", "https://b.acme.io")):
        chart = chart_with(app, name, connection=VaultServer(address))
        RemoteSecrets(chart, name, keys=STRIPE)

    with pytest.raises(CheckError, match=r"shares the VaultConnection 'vault'.*differ in address.*\[shared-object\]"):
        app.synth()


@pytest.mark.parametrize(("minutes", "fails"), [(3, False), (2, True)])
def test_a_lease_outlives_the_shutdown_after_its_end(app: App, minutes: int, fails: bool) -> None:
    """The operator is up to 77 % of the lease late, and pods have at least 30 seconds to stop."""
    chart = chart_with(app)
    db = RemoteSecrets(chart, "db", keys=login(timedelta(minutes=minutes)))
    Microservice(chart, "web", WEB, uses=[db.directory("/etc/db")])
    (made,) = [each for each in db.drawn.gives if isinstance(each, MakesSecret)]
    assert made.refresh == timedelta(minutes=minutes) * 0.77

    if fails:
        with pytest.raises(CheckError, match=r"\[lease-too-short\]"):
            synthesize(chart)
    else:
        synthesize(chart)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"A": Generated()},
            "VaultSecrets cannot generate a password, because the operator only reads.*ExternalSecrets",
        ),
        ({"A": RemoteKey("kv/orders")}, "cannot read a secret without naming a field.*RemoteKey\\(path, property\\)"),
        ({"A": RemoteKey("kv/a", "a"), "B": RemoteKey("kv/b", "b")}, "several secrets of Vault.*got kv/a, kv/b"),
        (
            {"A": RemoteKey("kv/a", "a", version="1"), "B": RemoteKey("kv/a", "b", version="2")},
            "several versions.*got versions 1, 2",
        ),
        ({"A": RemoteKey("kv/a", "a"), **login()}, "several secrets of Vault.*database/creds/orders, kv/a"),
    ],
)
def test_what_one_object_cannot_read_is_refused(app: App, keys: Any, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        RemoteSecrets(chart_with(app), "keys", keys=keys)


@pytest.mark.parametrize(
    ("fields", "title"),
    [({"refresh": None}, "read the values only once"), ({"remote_deleted": "delete"}, "delete the Secret when")],
)
def test_fields_that_the_operator_lacks_are_refused(app: App, fields: Any, title: str) -> None:
    with pytest.raises(UnsupportedError, match=f"shop/stripe: VaultSecrets cannot {title}"):
        RemoteSecrets(chart_with(app), "stripe", keys=STRIPE, **fields)


def test_a_copy_of_a_generated_value_is_refused(app: App) -> None:
    """The other provider can copy it, and is named."""
    there = chart_with(app, "billing", "billing")
    keys = {"password": Generated()}
    with pytest.raises(UnsupportedError, match="use ExternalSecrets"):
        RemoteSecrets(there, "db", keys=keys)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"renewal_percent": 91}, "VaultSecrets.renewal_percent"),
        ({"revoke": "yes"}, "VaultSecrets.revoke: neither True nor False"),
        ({"mount": "kubernetes; id"}, "VaultSecrets.mount: not the path of a mount"),
        (
            {"mount": "auth/kubernetes"},
            "VaultSecrets.mount: a path of the API, got 'auth/kubernetes'; leave out 'auth/'",
        ),
        ({"kv_mount": 'kv"\nEOF\nid'}, "VaultSecrets.kv_mount: not the path of a mount"),
        ({"connection": "Prod"}, "VaultSecrets.connection: not a valid name"),
        ({"connection": 5}, "VaultSecrets.connection: not an allowed value"),
        ({"kv_mount": "secret"}, "not in the mount 'secret'"),
        ({"mount": ""}, "VaultSecrets.mount: not the path of a mount"),
        ({"role": "{team}"}, "is not a field of the pattern"),
    ],
)
def test_wrong_options_are_refused(app: App, options: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        RemoteSecrets(chart_with(app, **options), "stripe", keys=STRIPE)


def test_a_chart_needs_a_namespace(app: App) -> None:
    with pytest.raises(SpecError, match="a role of Vault is bound to a namespace"):
        RemoteSecrets(chart_with(app, namespace=None), "stripe", keys=STRIPE)


def test_a_login_is_below_a_mount(app: App) -> None:
    keys = {"A": Leased("database", "password", lifetime=timedelta(hours=1))}
    with pytest.raises(SpecError, match="not a path below a mount, got 'database'"):
        RemoteSecrets(chart_with(app), "db", keys=keys)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"address": "vault.acme.io"}, "not an address of Vault"),
        ({"address": "http://vault.acme.io"}, "not encrypted"),
        ({"address": "https://root:hunter2@vault.acme.io"}, "has a login in it"),
        ({"address": "https://a.io", "name": "V"}, "VaultServer.name"),
        ({"address": "https://a.io", "ca_secret": "A B"}, "VaultServer.ca_secret"),
        ({"address": "https://a.io", "server_name": "https://a"}, "VaultServer.server_name"),
    ],
)
def test_a_wrong_server_is_refused(fields: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message) as error:
        VaultServer(fields.pop("address"), **fields)
    assert "hunter2" not in str(error.value)


def test_a_server_has_its_authority_and_name(app: App) -> None:
    server = VaultServer("http://10.0.0.1:8200", ca_secret="vault-ca", server_name="vault.acme.io", plain_text=True)
    chart = chart_with(app, connection=server)
    RemoteSecrets(chart, "stripe", keys=STRIPE)

    assert drawn(chart, "VaultConnection") == {
        "address": "http://10.0.0.1:8200",
        "skipTLSVerify": False,
        "caCertSecretRef": "vault-ca",
        "tlsServerName": "vault.acme.io",
    }
