"""Sealed Secrets as the provider of secrets: the files of kubeseal, and what is wrong with them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from kmop_constructs import (
    Generated,
    Image,
    KmopChart,
    Leased,
    Microservice,
    Platform,
    RemoteKey,
    RemoteSecrets,
    ServiceSpec,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.providers.sealed_secrets import SealedSecrets
from kmop_constructs.testing import synthesize
from tests.apps.schemas import DEFAULT, assert_valid
from tests.providers.sealed_secrets.sealing import CANARY, seal, sealed_object, write

import pytest
import yaml
from cdk8s import App

WEB = ServiceSpec(image=Image("acme/web:1"), port=8080)
STRIPE = {"STRIPE_KEY": RemoteKey("kv/orders", "stripe")}


def chart_with(app: App, folder: Path, environment: str | None = "production", **options: Any) -> KmopChart:
    provider = partial(SealedSecrets, folder=folder, **options)
    return KmopChart(app, "shop", namespace="shop", platform=Platform(environment=environment, secrets=provider))


def test_a_file_is_drawn_and_read(app: App, tmp_path: Path) -> None:
    write(tmp_path, sealed_object())
    chart = chart_with(app, tmp_path)
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)
    Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY")])

    found = synthesize(chart)
    drawn = found.one("SealedSecret")
    assert_valid([drawn], DEFAULT)
    assert drawn["spec"]["encryptedData"] == {"STRIPE_KEY": seal("STRIPE_KEY")}
    assert drawn["spec"]["template"]["type"] == "Opaque"
    assert "checksum/config" in found.one("Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert {each.rule for each in found.notices} == {"resources-guessed"}


def test_a_file_can_be_yaml(app: App, tmp_path: Path) -> None:
    path = write(tmp_path, sealed_object())
    path.write_text(f"---\n{yaml.safe_dump(sealed_object())}", encoding="utf-8")
    chart = chart_with(app, tmp_path)
    RemoteSecrets(chart, "stripe", keys=STRIPE)

    assert synthesize(chart).one("SealedSecret")["spec"]["encryptedData"] == {"STRIPE_KEY": seal("STRIPE_KEY")}


def test_each_environment_has_its_own_file(app: App, tmp_path: Path) -> None:
    write(tmp_path, sealed_object(), file="staging/shop-stripe.json")
    chart = chart_with(app, tmp_path, "staging", file="{environment}/{namespace}-{name}.json")
    RemoteSecrets(chart, "stripe", keys=STRIPE)

    assert len(synthesize(chart).pick("SealedSecret")) == 1


def test_a_missing_file_names_the_command_that_makes_it(app: App, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no file") as error:
        RemoteSecrets(chart_with(app, tmp_path), "stripe", keys=STRIPE, type="acme.io/key")
    message = str(error.value)
    assert "kubectl create secret generic stripe --namespace=shop --type=acme.io/key" in message
    assert "--from-file=STRIPE_KEY=<file with its value> --dry-run=client -o yaml" in message
    assert f"| kubeseal --format=yaml > {tmp_path}/production/stripe.yaml" in message


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "other"}, "metadata.name: encrypted for another Secret than 'stripe', got 'other'"),
        ({"namespace": "billing"}, "metadata.namespace: encrypted for another namespace than 'shop', got 'billing'"),
        ({"namespace": "billing", "scope": "namespace-wide"}, "encrypted for another namespace"),
        ({"keys": ("OTHER", "STRIPE_KEY")}, "has keys that are not in keys= 'OTHER'; remove them"),
        ({"keys": ("OTHER",)}, "lacks the keys 'STRIPE_KEY'; add them with:\n.*kubeseal --format=yaml --merge-into"),
        ({"type": "acme.io/key"}, "spec.template.type: not 'Opaque', got 'acme.io/key'"),
        ({"immutable": True}, "spec.template.immutable: a new value could not be applied"),
        ({"data": {"PLAIN": CANARY}}, "spec.template.data: has values that are not encrypted"),
    ],
)
def test_a_file_of_another_secret_is_refused(app: App, tmp_path: Path, changed: Any, message: str) -> None:
    write(tmp_path, sealed_object(**changed))
    with pytest.raises(SpecError, match=rf"(?s)shop/stripe: .*{message}") as error:
        RemoteSecrets(chart_with(app, tmp_path), "stripe", keys=STRIPE)
    assert CANARY not in str(error.value)


@pytest.mark.parametrize(
    ("changed", "scope"),
    [
        ({"name": "other", "scope": "namespace-wide"}, "namespace-wide"),
        ({"name": "other", "namespace": "billing", "scope": "cluster-wide"}, "cluster-wide"),
    ],
)
def test_a_wider_scope_fits_another_name(app: App, tmp_path: Path, changed: Any, scope: str) -> None:
    write(tmp_path, sealed_object(**changed))
    chart = chart_with(app, tmp_path)
    RemoteSecrets(chart, "stripe", keys=STRIPE)

    drawn = synthesize(chart).one("SealedSecret")
    assert (drawn["metadata"]["name"], drawn["metadata"]["namespace"]) == ("stripe", "shop")
    assert drawn["metadata"]["annotations"] == {f"sealedsecrets.bitnami.com/{scope}": "true"}


def test_a_plain_secret_is_refused_and_not_shown(app: App, tmp_path: Path) -> None:
    plain = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "stripe"}, "stringData": {"STRIPE_KEY": CANARY}}
    write(tmp_path, plain)
    with pytest.raises(
        SpecError, match="not a SealedSecret, got 'v1 Secret'; encrypt it, and remove the plain file"
    ) as error:
        RemoteSecrets(chart_with(app, tmp_path), "stripe", keys=STRIPE)
    assert CANARY not in str(error.value)


def test_a_plain_value_in_a_file_is_not_shown(app: App, tmp_path: Path) -> None:
    planted = sealed_object()
    planted["spec"]["encryptedData"]["STRIPE_KEY"] = CANARY
    write(tmp_path, planted)
    with pytest.raises(SpecError, match="STRIPE_KEY: not encrypted by kubeseal") as error:
        RemoteSecrets(chart_with(app, tmp_path), "stripe", keys=STRIPE)
    assert CANARY not in str(error.value)


def test_an_applied_secret_in_an_annotation_is_refused(app: App, tmp_path: Path) -> None:
    planted = sealed_object()
    planted["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": CANARY}
    write(tmp_path, planted)
    with pytest.raises(SpecError, match="may have plain values") as error:
        RemoteSecrets(chart_with(app, tmp_path), "stripe", keys=STRIPE)
    assert CANARY not in str(error.value)


@pytest.mark.parametrize("text", [f"a: [{CANARY}", "", "- 1\n", "5"])
def test_a_file_without_one_object_is_refused(app: App, tmp_path: Path, text: str) -> None:
    write(tmp_path, {}).write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match="not YAML|not one object|not a SealedSecret") as error:
        RemoteSecrets(chart_with(app, tmp_path), "stripe", keys=STRIPE)
    assert CANARY not in str(error.value)
    assert error.value.__cause__ is None


def test_two_objects_in_a_file_are_refused(app: App, tmp_path: Path) -> None:
    write(tmp_path, sealed_object(), sealed_object())
    with pytest.raises(SpecError, match="not one object; write one SealedSecret into each file"):
        RemoteSecrets(chart_with(app, tmp_path), "stripe", keys=STRIPE)


@pytest.mark.parametrize(
    ("keys", "fields", "title"),
    [
        ({"A": Generated()}, {}, "generate a password"),
        (
            {"A": Leased("database/creds/a", "password", lifetime=timedelta(hours=2))},
            {},
            "get a login for a limited time",
        ),
        ({"A": RemoteKey("kv/a", "a", version="1")}, {}, "read a fixed version"),
        (STRIPE, {"remote_deleted": "delete"}, "delete the Secret when the remote secret is deleted"),
    ],
)
def test_what_a_file_cannot_have_is_refused(app: App, tmp_path: Path, keys: Any, fields: Any, title: str) -> None:
    with pytest.raises(UnsupportedError, match=f"SealedSecrets cannot {title}"):
        RemoteSecrets(chart_with(app, tmp_path), "stripe", keys=keys, **fields)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folder": 5}, "SealedSecrets.folder: not an allowed value"),
        ({"file": "{team}.yaml"}, "is not a field of the pattern"),
        ({"file": "../{name}.yaml"}, "not below the folder"),
        ({"file": ""}, "SealedSecrets.file: empty"),
    ],
)
def test_wrong_options_are_refused(app: App, tmp_path: Path, options: Any, message: str) -> None:
    given: dict[str, Any] = {"folder": tmp_path, **options}
    with pytest.raises(SpecError, match=message):
        RemoteSecrets(chart_with(app, **given), "stripe", keys=STRIPE)


def test_the_environment_of_a_file_must_be_set(app: App, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"\{environment\} is not known.*Platform\(environment=…\)"):
        RemoteSecrets(chart_with(app, tmp_path, None), "stripe", keys=STRIPE)
