"""A SealedSecret that is written in the app."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kmop_constructs import CheckError, Image, KmopChart, Microservice, ServiceSpec, SpecError
from kmop_constructs.providers.sealed_secrets import SealedSecret
from kmop_constructs.testing import synthesize
from tests.apps.schemas import DEFAULT, assert_valid
from tests.providers.sealed_secrets.sealing import CANARY, seal

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

WEB = ServiceSpec(image=Image("acme/web:1"), port=8080)


def checksum(folder: Path, text: str) -> str:
    chart = KmopChart(App(outdir=str(folder)), "shop", namespace="shop")
    stripe = SealedSecret(chart, "stripe", encrypted={"STRIPE_KEY": seal(text)})
    Microservice(chart, "web", WEB, uses=[stripe.as_env("STRIPE_KEY")])
    return synthesize(chart).one("Deployment")["spec"]["template"]["metadata"]["annotations"]["checksum/config"]


def test_a_sealed_secret_is_read_by_its_pods(chart: KmopChart, manifests: SnapshotAssertion) -> None:
    stripe = SealedSecret(
        chart, "stripe", encrypted={"STRIPE_KEY": seal("a")}, labels={"team": "pay"}, type="acme.io/key"
    )
    Microservice(chart, "web", WEB, uses=[stripe.as_env("STRIPE_KEY")])

    found = synthesize(chart)
    variables = found.one("Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    source = {"secretKeyRef": {"name": "stripe", "key": "STRIPE_KEY"}}
    assert {"name": "STRIPE_KEY", "valueFrom": source} in variables
    assert_valid(found.pick("SealedSecret"), DEFAULT)
    assert found.pick("SealedSecret") == manifests


def test_a_new_encrypted_value_rolls_the_readers(tmp_path: Path) -> None:
    assert checksum(tmp_path, "one") != checksum(tmp_path, "two")
    assert checksum(tmp_path, "one") == checksum(tmp_path, "one")


def test_an_unknown_key_is_refused(chart: KmopChart) -> None:
    stripe = SealedSecret(chart, "stripe", encrypted={"STRIPE_KEY": seal("a")})
    with pytest.raises(SpecError, match="stripe: unknown key"):
        stripe.key("STRIPE")


@pytest.mark.parametrize("value", [CANARY, "", "AgBy3i4OJSWK", 5, "QUJD" * 200])
def test_a_plain_value_is_refused_and_not_shown(chart: KmopChart, value: Any) -> None:
    with pytest.raises(SpecError, match=r"shop/stripe: encrypted\['A'\]: not encrypted by kubeseal") as error:
        SealedSecret(chart, "stripe", encrypted={"A": value})
    assert not value or str(value) not in str(error.value)


def test_line_breaks_in_a_value_are_left_out(chart: KmopChart) -> None:
    value = seal("a")
    SealedSecret(chart, "stripe", encrypted={"A": f"{value[:60]}\n  {value[60:]}\n"})
    assert synthesize(chart).one("SealedSecret")["spec"]["encryptedData"] == {"A": value}


@pytest.mark.parametrize("scope", ["namespace-wide", "cluster-wide"])
def test_a_scope_is_on_the_object_and_its_secret(chart: KmopChart, scope: Any) -> None:
    SealedSecret(chart, "stripe", encrypted={"A": seal("a")}, sealing=scope)
    drawn = synthesize(chart).one("SealedSecret")
    expected = {f"sealedsecrets.bitnami.com/{scope}": "true"}
    assert (drawn["metadata"]["annotations"], drawn["spec"]["template"]["metadata"]["annotations"]) == (
        expected,
        expected,
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"encrypted": {}}, "encrypted: empty"),
        ({"encrypted": {"a b": "x"}}, "stripe: encrypted"),
        ({"sealing": "wide"}, "stripe: sealing"),
        ({"type": ""}, "stripe: type: empty"),
        ({"name": "Stripe"}, "stripe: name: not a valid name"),
        ({"labels": {"a b": "c"}}, "stripe: labels"),
    ],
)
def test_wrong_fields_are_refused(chart: KmopChart, fields: Any, message: str) -> None:
    given: dict[str, Any] = {"encrypted": {"A": seal("a")}, **fields}
    with pytest.raises(SpecError, match=message):
        SealedSecret(chart, "stripe", **given)


def test_a_chart_without_a_namespace_is_refused(app: App) -> None:
    chart = KmopChart(app, "shop")
    with pytest.raises(SpecError, match="the values are encrypted for one namespace, and the chart has none"):
        SealedSecret(chart, "stripe", encrypted={"A": seal("a")})
    SealedSecret(chart, "wide", encrypted={"A": seal("a")}, sealing="cluster-wide")


def test_two_sealed_secrets_of_one_name_are_found(app: App) -> None:
    for name in ("a", "b"):
        SealedSecret(KmopChart(app, name, namespace="shop"), "stripe", encrypted={"A": seal("a")})
    with pytest.raises(CheckError, match=r"makes the Secret 'stripe', which a/stripe makes too.*\[secret-owner\]"):
        app.synth()
