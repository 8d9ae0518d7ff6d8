"""Camunda 8.9 with credentials by External Secrets: every key that its pods read is made, and none is typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from apps import camunda8
from apps.camunda.credentials import WITH_VAULT, credentials
from apps.camunda.service import CREDENTIALS
from kmop_constructs.core.plain import mappings
from kmop_constructs.outputs import vault_access
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

SECRETS = (CREDENTIALS, "camunda-web-modeler")


@pytest.fixture(scope="module")
def app() -> App:
    app = App()
    credentials(camunda8.build(app, platform=WITH_VAULT))
    return app


@pytest.fixture(scope="module")
def result(app: App) -> Synthesized:
    return synthesize(app)


def keys_read(value: object) -> Iterator[tuple[str, str]]:
    """Name and key of each Secret that a part of an object reads."""
    if isinstance(value, Mapping):
        part = cast("Mapping[str, Any]", value)
        reference = part.get("secretKeyRef")
        if isinstance(reference, Mapping):
            known = cast("Mapping[str, str]", reference)
            yield known["name"], known["key"]
        name = part.get("secretName") or (part.get("name") if "items" in part else None)
        if isinstance(name, str):
            yield from ((name, str(each["key"])) for each in mappings(part.get("items")))
        for each in part.values():
            yield from keys_read(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from keys_read(each)


def keys_made(secret: Mapping[str, Any]) -> set[str]:
    spec = secret["spec"]
    generated = {each["rewrite"][0]["regexp"]["target"] for each in spec.get("dataFrom", [])}
    return generated | {each["secretKey"] for each in spec.get("data", [])}


@pytest.mark.parametrize("name", SECRETS)
def test_exactly_the_keys_that_pods_read_are_made(result: Synthesized, name: str) -> None:
    read = {key for each in result.objects for secret, key in keys_read(each) if secret == name}
    assert keys_made(result.one("ExternalSecret", name)) == read


def test_no_secret_is_missing_or_typed(result: Synthesized) -> None:
    rules = [notice.rule for notice in result.notices]
    assert not {"secret-by-hand", "secret-inline", "secret-rotation"} & set(rules)
    assert not result.pick("Secret")


def test_what_a_database_keeps_is_never_written_again(result: Synthesized) -> None:
    for name in SECRETS:
        spec = result.one("ExternalSecret", name)["spec"]
        assert (spec["refreshPolicy"], spec["target"]["immutable"]) == ("CreatedOnce", True)


def test_vault_gives_only_what_people_type(app: App) -> None:
    (access,) = vault_access(app)
    assert access.reads == ("kv/data/production/camunda",)
    assert (access.account, access.namespace) == ("camunda-credentials-secrets", "camunda")


def test_the_services_are_those_of_the_other_cluster(result: Synthesized) -> None:
    """Nothing else changes: what makes the Secrets is beside the services."""
    before = {(each["kind"], each["metadata"]["name"]): each for each in synthesize(camunda8.build(App())).objects}
    after = {(each["kind"], each["metadata"]["name"]): each for each in result.objects}
    assert {key for key, each in before.items() if after.get(key) != each} == set()
    assert {kind for kind, _ in set(after) - set(before)} == {
        "ExternalSecret",
        "Password",
        "SecretStore",
        "ServiceAccount",
    }


def test_the_objects_are_valid(result: Synthesized) -> None:
    assert_valid(result.objects, "1.30")
