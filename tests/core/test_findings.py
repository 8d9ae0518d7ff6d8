"""Findings, and allowances that do not outlive their reason."""

from __future__ import annotations

import dataclasses
import json
import pickle

from kmop_constructs import CheckError, Identity, Image, KmopChart, Microservice, ServiceSpec, SpecError, allow
from kmop_constructs.core.allowances import Allowance, remaining
from kmop_constructs.core.findings import Finding, report
from kmop_constructs.core.place import place_of
from kmop_constructs.testing import synthesize

import pytest
from constructs import Construct

BROKEN = Finding(path="shop/web/service", rule="no-pods", message="selects no pods")


def left(*allowances: Allowance, fixed: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    return [(finding.path, finding.rule) for finding in remaining([BROKEN], allowances, fixed)]


def allowance(path: str, rule: str = "no-pods") -> Allowance:
    return Allowance(path=path, rule=rule, reason="because")


@pytest.mark.parametrize("path", ["", "shop", "shop/web", "shop/web/service"])
def test_an_allowance_covers_what_lies_at_and_below_it(path: str) -> None:
    assert left(allowance(path)) == []


@pytest.mark.parametrize("other", [allowance("shop/we"), allowance("shop/web/service/x"), allowance("shop", "other")])
def test_an_allowance_covers_nothing_else_and_is_then_reported(other: Allowance) -> None:
    assert left(other) == [("shop/web/service", "no-pods"), (other.path, "stale-allowance")]


def test_a_rule_that_can_only_fail_in_the_cluster_cannot_be_allowed() -> None:
    kept = left(allowance("shop"), fixed=frozenset({"no-pods"}))
    assert kept == [("shop/web/service", "no-pods"), ("shop", "stale-allowance")]


def test_an_allowance_needs_a_reason(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match=r"^shop: allow\('no-pods'\): no reason, got ' '; write why it is right here"):
        allow(chart, "no-pods", reason=" ")


def test_any_construct_can_carry_an_allowance(chart: KmopChart) -> None:
    plain = Construct(chart, "plain")
    allow(plain, "no-pods", reason="tried")
    given = place_of(chart).model.facts.of(Allowance)
    assert [each.fact for each in given] == [Allowance(path="shop/plain", rule="no-pods", reason="tried")]


def test_a_report_names_every_finding_once_in_a_stable_order() -> None:
    other = Finding(path="shop/api", rule="x", message="is wrong")
    assert report([BROKEN, other, BROKEN]) == "  shop/api: is wrong [x]\n  shop/web/service: selects no pods [no-pods]"
    assert report([other, BROKEN]) == report([BROKEN, other])


def test_a_check_error_has_its_findings_as_values_and_as_json(chart: KmopChart) -> None:
    for name in ("one", "other"):
        Microservice(chart, name, ServiceSpec(image=Image("acme/web:1"), port=80, identity=Identity(name="web")))
    with pytest.raises(CheckError) as caught:
        synthesize(chart)
    error = caught.value
    assert error.findings == tuple(sorted(set(error.findings)))
    assert {each.rule for each in error.findings} >= {"object-duplicate"}
    assert all(str(each) in str(error) for each in error.findings)
    assert json.loads(error.to_json())[0] == dataclasses.asdict(error.findings[0])
    assert pickle.loads(pickle.dumps(error)).findings == error.findings
