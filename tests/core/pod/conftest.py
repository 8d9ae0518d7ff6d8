"""Pods as they are drawn: no app, no engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from kmop_constructs import Image, Port, ServiceSpec, WorkerSpec
from kmop_constructs.authors import Contribution, ServiceFacts
from kmop_constructs.core.contribution import merged
from kmop_constructs.core.pod.template import PodPlan, pod_plan
from kmop_constructs.values.cluster import Cluster

import pytest

Facts = Callable[..., ServiceFacts]
Draw = Callable[..., PodPlan]
Pod = Callable[..., dict[str, Any]]


@pytest.fixture
def draw(facts: Facts) -> Draw:
    """The plan of a service's pod: ``draw(health="/healthz")``, on 1.30 unless `kubernetes` says otherwise."""

    def make(*edges: Contribution, kubernetes: str = "1.30", port: int | Port | None = 8080, **fields: Any) -> PodPlan:
        said: dict[str, Any] = {"image": Image("acme/web:1.0"), **fields}
        spec = WorkerSpec(**said) if port is None else ServiceSpec(port=port, **said)
        known = facts(
            cluster=Cluster(kubernetes=kubernetes), **cast(Any, {} if port is None else {"port": port, **said})
        )
        if port is None:
            known = replace(known, ports=(), services=())
        return pod_plan(known, spec, merged("shop/web", edges), revision_label="pod-template-hash")

    return make


@pytest.fixture
def pod(draw: Draw) -> Pod:
    """The spec of a service's pod."""

    def make(*edges: Contribution, **fields: Any) -> dict[str, Any]:
        return cast("dict[str, Any]", draw(*edges, **fields).template.get("spec"))

    return make


@pytest.fixture
def container(pod: Pod) -> Pod:
    """The app's container."""

    def make(*edges: Contribution, **fields: Any) -> dict[str, Any]:
        return cast("dict[str, Any]", pod(*edges, **fields)["containers"][0])

    return make
