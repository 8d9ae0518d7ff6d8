"""Objects that hold anything at all, as those of others may, break no rule."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, cast

from kmop_constructs.checks import RULES
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.model import model_of
from kmop_constructs.core.place import ChartInfo
from kmop_constructs.core.reading import Rendered
from kmop_constructs.core.synthesis import ClusterSynthesis, RenderedApp
from tests.checks.conftest import autoscaler, budget, deployment, ingress, policy, service, thing

import pytest
from cdk8s import App

FULL: list[dict[str, Any]] = [
    deployment(
        ports=[{"name": "http", "containerPort": 80, "protocol": "TCP"}],
        env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "k"}}}],
        envFrom=[{"configMapRef": {"name": "c"}}],
        resources={"requests": {"cpu": "1"}},
        securityContext={"capabilities": {"drop": ["ALL"]}},
        livenessProbe={"httpGet": {"port": "http"}, "periodSeconds": 1},
        lifecycle={"preStop": {"exec": {"command": ["sleep", "5"]}}},
        pod={
            "volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "s", "items": [{"key": "k"}]}}]}}],
            "securityContext": {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]},
            "initContainers": [{"name": "i", "restartPolicy": "Always"}],
        },
        strategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": "0%"}},
        replicas=2,
    ),
    service(targetPort="http"),
    autoscaler(),
    budget(minAvailable="50%"),
    policy(
        policyTypes=["Ingress", "Egress"],
        ingress=[{"from": [{"podSelector": {"matchLabels": {"a": "b"}}}], "ports": [{"port": "http"}]}],
        egress=[{"to": [{"podSelector": {"matchLabels": {"app": "api"}}}], "ports": [{"port": "http"}]}],
    ),
    ingress(),
    thing("v1", "ConfigMap", "c", data={"a": "b"}),
    thing("v1", "Secret", "s", stringData={"a": "b"}, type="Opaque"),
    thing("v1", "Namespace", "shop"),
    thing("v1", "LimitRange", "l", {"limits": [{"type": "Container", "default": {"cpu": 1}}]}),
    thing("keda.sh/v1alpha1", "ScaledObject", "k", {"scaleTargetRef": {"name": "api"}}),
    thing("argoproj.io/v1alpha1", "Rollout", "r", {"workloadRef": {"kind": "Deployment", "name": "gone"}}),
    thing(
        "gateway.networking.k8s.io/v1", "HTTPRoute", "h", {"rules": [{"backendRefs": [{"name": "api", "port": 80}]}]}
    ),
    thing("v1", "List", "list", items=[service("inner")]),
]
WRONG: list[object] = [None, [], {}, "text", 7, [None], ["text"], {"": None}, True]


def mutated(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Copies of an object, each with one value that is missing or of another type."""
    for path in paths(document):
        for wrong in (*WRONG, KeyError):
            changed = copy.deepcopy(document)
            holder: Any = changed
            for step in path[:-1]:
                holder = holder[step]
            if wrong is not KeyError:
                holder[path[-1]] = wrong
            elif isinstance(holder, dict):
                del holder[path[-1]]
            yield changed


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps: Any = ()
    if isinstance(value, dict):
        steps = tuple(cast("dict[Any, Any]", value))
    elif isinstance(value, list):
        steps = range(len(cast("list[Any]", value)))
    for step in steps:
        yield (*before, step)
        yield from paths(value[step], (*before, step))


def found_in(rendered: RenderedApp, documents: list[dict[str, Any]]) -> list[Finding]:
    synthesis = ClusterSynthesis(rendered, None, ())
    chart = ChartInfo(path="plain", namespace=None, labels={}, cluster=None, ours=False)
    synthesis.objects = tuple(
        Rendered(path=f"plain/{number}", chart=chart, object=each, ours=False) for number, each in enumerate(documents)
    )
    checks = dict.fromkeys(rule.check for rule in RULES if rule.check is not None)
    return [finding for check in checks for finding in check(synthesis)]


@pytest.mark.parametrize("number", range(len(FULL)), ids=[str(each["kind"]) for each in FULL])
def test_no_rule_stumbles_over_what_is_missing_or_of_another_type(app: App, number: int) -> None:
    rendered = RenderedApp(model_of(app))
    others = FULL[:number] + FULL[number + 1 :]
    for changed in mutated(FULL[number]):
        assert all(str(finding) for finding in found_in(rendered, [*others, changed]))


def test_an_object_without_anything_is_left_alone(app: App) -> None:
    rendered = RenderedApp(model_of(app))
    assert found_in(rendered, [{}, {"metadata": None}, {"metadata": []}, {"kind": None, "apiVersion": 1}]) == []
