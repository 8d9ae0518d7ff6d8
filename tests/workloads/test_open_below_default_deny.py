"""What isolation leaves open stays open where the namespace denies by default."""

from __future__ import annotations

from kmop_constructs import Image, KmopChart, Microservice, NativeNamespace, Platform, ServiceSpec
from kmop_constructs.testing import assert_reachable, synthesize
from kmop_constructs.values.cluster import Isolation

import pytest
from cdk8s import App


def services(app: App, isolation: Isolation, *, default_deny: bool = True) -> tuple[Microservice, Microservice]:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(isolation=isolation))
    NativeNamespace(chart, "namespace", default_deny=default_deny)
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080)
    called = Microservice(chart, "called", spec)
    uses = [called.http()] if isolation == "ingress_only" else []
    return Microservice(chart, "caller", spec, uses=uses), called


@pytest.mark.parametrize("isolation", ["off", "ingress_only"])
def test_pods_reach_each_other_and_hosts_outside(app: App, isolation: Isolation) -> None:
    caller, called = services(app, isolation)
    assert_reachable(caller, called)
    assert_reachable(caller, "203.0.114.1", 443)


def test_without_a_default_deny_nothing_is_drawn_for_off(app: App) -> None:
    caller, _ = services(app, "off", default_deny=False)
    assert synthesize(caller).pick("NetworkPolicy") == []


def test_ingress_only_has_one_policy_type(app: App) -> None:
    caller, _ = services(app, "ingress_only", default_deny=False)
    assert synthesize(caller).one("NetworkPolicy")["spec"]["policyTypes"] == ["Ingress"]
