"""What a route costs through each gateway, in messages to the engine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from benchmarks import targets
from benchmarks.engine import counted
from kmop_constructs import (
    Exposure,
    Image,
    KmopChart,
    Microservice,
    PathRoute,
    Platform,
    ServiceSpec,
    Tls,
    UnsupportedError,
)
from tests.components.api_gateway.contract import Case, cases

import pytest
from cdk8s import App

PLAIN = Exposure(host="web.acme.io", tls=Tls.issued_by("letsencrypt"))
RICH = Exposure(
    host="web.acme.io",
    tls=Tls.issued_by("letsencrypt"),
    paths=("/", PathRoute("/api", rewrite="/")),
    timeout=timedelta(seconds=5),
)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases()])
@pytest.mark.parametrize("exposure", [PLAIN, RICH], ids=["plain", "rich"])
def test_services_with_a_route_each_stay_within_the_budget(case: Case, exposure: Exposure, tmp_path: Path) -> None:
    with counted() as engine:
        app = App(outdir=str(tmp_path))
        chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=case.gateway))
        try:
            for number in range(12):
                own = Exposure(
                    host=f"web-{number}.acme.io", tls=exposure.tls, paths=exposure.paths, timeout=exposure.timeout
                )
                spec = ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=own)
                Microservice(chart, f"web-{number}", spec)
        except UnsupportedError:
            assert exposure is RICH
            return
        app.synth()
    assert engine.messages <= targets.allowed_messages(charts=1)
