"""Services as facts: no app, no engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from kmop_constructs import Image, Port, ServiceSpec
from kmop_constructs.authors import ServiceFacts
from kmop_constructs.core.identity import settled
from kmop_constructs.core.place import ChartInfo, Place
from kmop_constructs.values.cluster import Cluster

import pytest

Facts = Callable[..., ServiceFacts]


@pytest.fixture
def facts() -> Facts:
    """The facts of a service: ``facts("web", "shop")``."""

    def make(
        name: str = "web",
        namespace: str | None = "shop",
        *,
        chart: str | None = None,
        cluster: Cluster | None = None,
        port: int | Port = 8080,
        **fields: Any,
    ) -> ServiceFacts:
        path = chart or namespace or "chart"
        info = ChartInfo(path=path, namespace=namespace, labels={}, cluster=None, ours=True)
        place = Place(model=cast(Any, None), chart=info, path=f"{path}/{name}")
        spec = ServiceSpec(**cast(Any, {"image": Image("acme/web:1.0"), "port": port, **fields}))
        return settled(place, name, spec, cluster=cluster or Cluster(), workload=("apps/v1", "Deployment"))

    return make
