"""The conformance tests of the Gateway API pass against Envoy Gateway, with the class and the proxies that are drawn."""

from __future__ import annotations

from collections.abc import Mapping

from tests.operators.gateway_conformance.expected import NOT_PASSED, PASSED
from tests.operators.gateway_conformance.running import Conformance

import pytest

TOOL = "gateway_conformance"


@pytest.mark.parametrize("name", PASSED)
def test_conformance_tests_pass(conformance: Conformance, name: str) -> None:
    assert conformance.results.get(name) == "PASS", conformance.output_of(name)


def test_the_others_are_known(conformance: Conformance, not_seen: Mapping[str, list[str]]) -> None:
    others = {name for name, result in conformance.results.items() if result != "PASS" and not name.startswith("Mesh")}
    assert others == set(NOT_PASSED), sorted(others ^ set(NOT_PASSED))
    not_seen[TOOL].extend(f"{name}: {reason}" for name, reason in sorted(NOT_PASSED.items()))


def test_only_the_name_server_is_an_idle_pod(conformance: Conformance) -> None:
    assert conformance.idle == {"coredns"}
