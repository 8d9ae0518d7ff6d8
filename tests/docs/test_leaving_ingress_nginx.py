"""The page on leaving ingress-nginx: what stands there is what is drawn, refused, lost and gained."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from kmop_constructs import Exposure, Pods, UnsupportedError
from kmop_constructs.authors import Can, GatewayFactory, Supports
from kmop_constructs.components.api_gateway.features import FEATURES, FeatureName
from kmop_constructs.providers.envoy_gateway import EnvoyGateway, EnvoyGatewayOptions
from kmop_constructs.providers.haproxy import HaproxyGateway
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from kmop_constructs.providers.traefik import TraefikGateway
from kmop_constructs.testing import assert_reachable
from tests.components.api_gateway.contract import drawn
from tests.components.api_gateway.intents import INTENTS
from tests.operators.ingress_nginx.differences import DIFFERENCES, LEFT_OUT, page
from tests.operators.ingress_nginx.table import TABLE
from tests.public_names import public_names

import pytest
import yaml
from constructs import Construct

PAGE = (Path(__file__).parents[2] / "docs" / "gateways" / "leaving-ingress-nginx.md").read_text(encoding="utf-8")
ANSWERS = (Path(__file__).parents[2] / "docs" / "gateways" / "leaving-ingress-nginx-answers.md").read_text(
    encoding="utf-8"
)
BLOCKS = re.findall(r"<!-- (before|after) -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
HINT = (
    "write what `python -m tests.docs.test_leaving_ingress_nginx` prints between the table's head and the next heading"
)
TO = (HaproxyGateway, EnvoyGateway, TraefikGateway)
ENVOY = partial(EnvoyGateway, options=EnvoyGatewayOptions(rate_limit_service=True))
OWN = {"Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"}


def exposure() -> Exposure:
    """The exposure of the page, read from it."""
    [snippet] = re.findall(r"```python\n(exposure = .*?)```", PAGE, re.DOTALL)
    scope: dict[str, Any] = {name: public_names()[name] for name in ("Cors", "Exposure", "RateLimit", "Size", "Tls")}
    scope["timedelta"] = __import__("datetime").timedelta
    exec(snippet, scope)
    return scope["exposure"]


def objects(exposure: Exposure, gateway: GatewayFactory) -> list[dict[str, Any]]:
    return [each for each in drawn(exposure, gateway).objects if each["kind"] not in OWN]


def cell(supports: Supports, name: FeatureName) -> str:
    said = supports[name]
    if not isinstance(said, Can):
        return "no"
    return f"with {said.needs}" if said.needs else "yes"


def table() -> list[str]:
    """What ingress-nginx can and others cannot without more, and the other way round."""
    rows: list[str] = []
    for name, feature in FEATURES.items():
        cells = [cell(each.SUPPORTS, name) for each in (IngressNginxGateway, *TO)]
        if set(cells) != {cells[0]}:
            rows.append(f"| {feature.title} | {' | '.join(cells)} |")
    return rows


def test_the_objects_before_are_those_that_are_drawn() -> None:
    [text] = [text for title, text in BLOCKS if title == "before"]
    assert list(yaml.safe_load_all(text)) == objects(exposure(), IngressNginxGateway)


def test_the_objects_after_are_those_that_are_drawn() -> None:
    [text] = [text for title, text in BLOCKS if title == "after"]
    assert list(yaml.safe_load_all(text)) == objects(exposure(), ENVOY)


def test_what_is_lost_is_refused_in_the_words_of_the_page() -> None:
    with pytest.raises(UnsupportedError) as caught:
        drawn(exposure(), EnvoyGateway)
    for line in str(caught.value).splitlines():
        assert line.partition("; use ")[0] in PAGE


def test_traefik_draws_the_whole_exposure_as_the_page_states() -> None:
    assert "`TraefikGateway` draws all of it" in " ".join(PAGE.split())
    assert objects(exposure(), TraefikGateway)


def test_both_serve_side_by_side_and_the_certificate_is_drawn_once() -> None:
    [snippet] = re.findall(r"```python\n(class Both.*?)```", PAGE, re.DOTALL)
    names = ("EnvoyGateway", "Exposure", "IngressNginxGateway", "Peer", "ServiceFacts")
    scope: dict[str, Any] = {name: public_names()[name] for name in names}
    scope |= {"Construct": Construct, "Sequence": Sequence}
    scope["ENVOY"] = EnvoyGatewayOptions(rate_limit_service=True)
    exec(snippet, scope)
    result = drawn(exposure(), scope["Both"])
    drawn_each = [yaml.safe_load_all(text) for _, text in BLOCKS]
    expected = {(each["kind"], each["metadata"]["name"]) for documents in drawn_each for each in documents}
    assert {(each["kind"], each["metadata"]["name"]) for each in result.objects if each["kind"] not in OWN} == expected
    assert len(result.pick("Certificate")) == 1
    controller = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
    assert_reachable(Pods.of(controller, namespace="ingress-nginx"), "web", 8080, within=result)
    rules = result.one("NetworkPolicy", "web")["spec"]["ingress"]
    assert "envoy-gateway-system" in str(rules)


def test_the_table_of_losses_and_gains_is_current() -> None:
    section = PAGE.partition("## What is lost and gained")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert rows == table(), HINT


def test_the_table_of_answers_is_current() -> None:
    section = ANSWERS.partition("<!-- answers -->\n")[2].partition("<!-- end of answers -->")[0]
    hint = "write what `python -m tests.operators.ingress_nginx.differences` prints between its marks"
    assert section.splitlines() == page(), hint


def test_every_listed_answer_is_another_one() -> None:
    before = {each.request: each.answer for each in TABLE}
    assert len(before) == len(TABLE)
    for gateway, differences in DIFFERENCES.items():
        assert LEFT_OUT[gateway].keys() <= before.keys()
        listed = [pair for each in differences for pair in each.answers.items()]
        assert len(dict(listed)) == len(listed)
        assert [request for request, answer in listed if before[request] == answer] == []


def test_every_drawn_annotation_is_in_the_table() -> None:
    section = PAGE.partition("## Ingresses that were written by hand")[2].partition("\n## ")[0]
    named = {
        word
        for line in section.splitlines()
        if line.startswith("| `")
        for word in re.findall(r"`([a-z-]+)`", line.split(" | ")[0])
    }
    found: set[str] = set()
    for name, intent in INTENTS.items():
        if isinstance(IngressNginxGateway.SUPPORTS[name], Can):
            for each in drawn(intent.exposure, IngressNginxGateway).pick("Ingress"):
                found |= {*each["metadata"].get("annotations", {})}
    ours = {key.removeprefix("nginx.ingress.kubernetes.io/") for key in found if key.startswith("nginx.")}
    assert len(ours) > 30
    assert ours - named == set()


if __name__ == "__main__":
    print("\n".join(table()))
