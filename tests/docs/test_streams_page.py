"""The page about streams: its examples are drawn, by every gateway that it names."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

from kmop_constructs import KmopChart, Microservice
from kmop_constructs.core.tools import providers_of
from kmop_constructs.testing import synthesize
from tests.public_names import public_names

from cdk8s import App

PAGE = (Path(__file__).parents[2] / "docs" / "gateways" / "streams.md").read_text(encoding="utf-8")


def scope_of_page(app: App) -> dict[str, Any]:
    scope: dict[str, Any] = {name: value for name, value in public_names().items() if name[0].isupper()}
    scope |= {"partial": partial, "platform_chart": KmopChart(app, "edge", namespace="edge")}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, scope)
    return scope


def test_the_examples_are_drawn(app: App) -> None:
    scope = scope_of_page(app)
    chart = KmopChart(app, "blog", namespace="blog", platform=scope["BLOG"])
    Microservice(chart, "mq", scope["BROKER"])
    result = synthesize(app)
    names = [each["name"] for each in result.one("ListenerSet")["spec"]["listeners"]]
    assert names == ["tcp-5672", "tls-443-mq-acme-io", "udp-5555"]
    edge = [each["name"] for each in result.one("Gateway")["spec"]["listeners"]]
    assert {"tcp-5672", "tls-443-mq-acme-io"} <= set(edge)


def test_the_gateways_that_draw_streams_have_a_row() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert rows == {each.__name__ for each in providers_of("gateway") if hasattr(each, "STREAMS")}
