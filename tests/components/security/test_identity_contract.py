"""What holds for every provider of identities: each is drawn as its documentation says, for exactly those who use it."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

from kmop_constructs import (
    Account,
    CheckError,
    CloudIdentity,
    ConflictError,
    KmopChart,
    Microservice,
    Platform,
    SecretKey,
    SpecError,
)
from kmop_constructs.authors import Granted
from kmop_constructs.components.security.identity import PATTERN_FIELDS
from kmop_constructs.core.tools import providers_of
from kmop_constructs.outputs import cloud_identities
from kmop_constructs.providers.aws import AwsIrsa, AwsPodIdentity
from kmop_constructs.providers.azure import AzureWorkloadIdentity
from kmop_constructs.providers.google import GoogleWorkloadIdentity
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from tests.components.security.identities import CASES, OTHER_CLIENT, WEB, Case, service, shop

import pytest
from cdk8s import App

every = pytest.mark.parametrize("case", CASES.values(), ids=CASES)

CHANGES: dict[type, dict[str, Any]] = {
    AwsIrsa: {
        "account_id": {"account_id": "999999999999"},
        "role": {"role": "apps/{name}"},
        "partition": {"partition": "aws-cn", "region": "cn-north-1"},
        "region": {"region": "us-east-1"},
        "regional_endpoint": {"regional_endpoint": False},
        "audience": {"audience": "sts.acme.io"},
        "sts_ranges": {"sts_ranges": ("10.8.0.0/24",)},
    },
    AwsPodIdentity: {
        "account_id": {"account_id": "999999999999"},
        "role": {"role": "apps/{name}"},
        "partition": {"partition": "aws-cn", "account_id": "999999999999"},
    },
    GoogleWorkloadIdentity: {
        "project": {"project": "acme-staging"},
        "service_account": {"service_account": "app-{name}"},
        "project_number": {"service_account": None, "project_number": "42"},
    },
    AzureWorkloadIdentity: {
        "client_ids": {"client_ids": {"orders": OTHER_CLIENT}},
        "key": {"key": "{name}-{region}", "client_ids": {"orders-eu-west-1": OTHER_CLIENT}},
        "tenant": {"tenant": OTHER_CLIENT},
        "authority": {"authority": "login.microsoftonline.us"},
        "authority_ranges": {"authority_ranges": ("10.8.0.0/24",)},
    },
}
"""A change of each field of each provider."""

FIELDS = [
    pytest.param(kind, name, id=f"{kind.__name__}-{name}")
    for kind in CHANGES
    for name in (each.name for each in dataclasses.fields(kind))
]


def granted(provider: Any) -> Granted:
    """What a provider adds to the service ``orders``."""
    found = service(shop(App(), provider)).planned.granted
    assert found is not None
    return found


def test_every_provider_is_in_the_contract() -> None:
    known = set(providers_of("identity"))
    assert {type(case.provider) for case in CASES.values()} == known == set(CHANGES)


@every
def test_an_identity_is_drawn_as_documented(app: App, case: Case) -> None:
    result = synthesize(service(shop(app, case.provider)))
    account = result.one("ServiceAccount")["metadata"].get("annotations", {})
    assert account == case.account
    assert case.pods.items() <= result.one("Deployment")["spec"]["template"]["metadata"]["labels"].items()
    assert [each.identity for each in cloud_identities(app)] == [case.identity]


@every
def test_nothing_is_drawn_without_the_field(app: App, case: Case) -> None:
    chart = shop(app, case.provider)
    web = service(chart, cloud_identity=None)
    plain = Microservice(shop(App(), AwsPodIdentity()), "orders", WEB)
    assert synthesize(web).objects == synthesize(plain).objects
    assert cloud_identities(app) == ()


@every
def test_exactly_those_with_the_identity_reach_its_addresses(app: App, case: Case) -> None:
    chart = shop(app, case.provider)
    orders, web = service(chart), service(chart, "web", cloud_identity=None)
    for address, port in case.opens:
        assert_reachable(orders, address, port)
        assert_blocked(orders, address, port + 1)
        assert_blocked(web, address)


@every
def test_metadata_of_the_node_stays_closed(app: App, case: Case) -> None:
    """Pods would get the rights of their node there. On GKE it is the server of identities itself."""
    orders = service(shop(app, case.provider))
    assert_blocked(orders, "169.254.169.254", 443)
    if ("169.254.169.254", 80) not in case.opens:
        assert_blocked(orders, "169.254.169.254")


@every
def test_the_default_name_is_that_of_the_workload(case: Case) -> None:
    chart = shop(App(), case.provider)
    named = service(chart).planned.granted
    plain = service(shop(App(), case.provider), cloud_identity=CloudIdentity()).planned.granted
    assert named == plain


@every
def test_another_value_of_an_annotation_is_a_conflict(app: App, case: Case) -> None:
    if not case.account:
        return
    key = min(case.account)
    with pytest.raises(
        ConflictError, match=r"^shop/orders: annotation of the account .*account\.annotations.*cloud_id"
    ):
        service(shop(app, case.provider), account=Account(annotations={key: "other"}))
    same = service(shop(App(), case.provider), account=Account(annotations={key: case.account[key], "acme.io/a": "b"}))
    annotations = synthesize(same).one("ServiceAccount")["metadata"]["annotations"]
    assert annotations == {**case.account, "acme.io/a": "b"}


@every
def test_an_account_of_others_needs_the_annotations(app: App, case: Case) -> None:
    chart = shop(app, case.provider)
    service(chart, account=Account(name="outside", create=False), cloud_identity=CloudIdentity())
    if not case.account:
        synthesize(chart)
        return
    with pytest.raises(CheckError) as caught:
        synthesize(chart)
    [finding] = caught.value.findings
    assert finding.rule == "identity-account"
    for key, value in case.account.items():
        assert f"{key}: {value}" in finding.message


@every
def test_static_credentials_beside_the_identity_are_a_finding(app: App, case: Case) -> None:
    chart = shop(app, case.provider)
    service(chart, env={case.overridden_by: SecretKey("keys", "key", external=True)})
    with pytest.raises(CheckError) as caught:
        synthesize(chart)
    assert [(each.rule, case.overridden_by in each.message) for each in caught.value.findings] == [
        ("identity-overridden", True)
    ]


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_every_field_of_a_provider_has_an_effect(kind: type, name: str) -> None:
    providers: dict[str, Any] = {case.name: case.provider for case in reversed(CASES.values())}
    provider = providers[kind.__name__]
    changed: Any = dataclasses.replace(provider, **CHANGES[kind][name])
    assert granted(provider) != granted(changed)


@every
@pytest.mark.parametrize("field", PATTERN_FIELDS[1:])
def test_a_missing_value_of_a_pattern_names_the_field(case: Case, field: str) -> None:
    pattern = {"AwsIrsa": "role", "AwsPodIdentity": "role", "AzureWorkloadIdentity": "key"}
    changed: Any = {pattern.get(case.name, "service_account"): f"{{{field}}}-{{name}}"}
    if case.name == "GoogleWorkloadIdentity":
        changed["project_number"] = None
    of_case: Any = case.provider
    provider: Any = dataclasses.replace(of_case, **changed)
    chart = KmopChart(App(), "shop", platform=Platform(identity=provider))
    with pytest.raises(SpecError) as caught:
        service(chart)
    assert f"shop/orders: cloud_identity: {{{field}}} is not known" in str(caught.value)


@every
def test_a_provider_is_a_value(case: Case) -> None:
    assert copy.deepcopy(case.provider) == case.provider
    assert pickle.loads(pickle.dumps(case.provider)) == case.provider
    assert Platform(identity=case.provider) == Platform(identity=copy.copy(case.provider))
