"""The requests of every feature, to a gateway that runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.features import FeatureName
from tests.cluster.waiting import eventually
from tests.components.api_gateway.contract import Case
from tests.operators.gateways.door import Door
from tests.operators.gateways.shown import SHOWN
from tests.operators.gateways.stage import PLAIN, WIDER, Ports, Stage, shown_by
from tests.operators.running import Running

import pytest

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

WRONG = (AssertionError, KeyError, OSError)
"""How the requests of a feature fail: another answer, no cookie, or a closed connection."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """A gateway that serves the exposures of one provider or several."""

    stages: Mapping[str, tuple[Stage, Ports]]
    """By the name of the provider."""

    def door(self, provider: str, feature: str, *, without: bool = False) -> Door:
        stage, ports = self.stages[provider]
        return stage.door(feature, ports, without=without)

    def show(self, provider: str, feature: FeatureName, *, without: bool = False) -> None:
        """Make the requests of a feature, to the exposure that has it or to the one without it."""
        SHOWN[feature].show(self.door(provider, feature, without=without))


def with_feature(cases: Iterable[Case]) -> list[ParameterSet]:
    """Each provider with each feature that requests show."""
    return [pytest.param(case.name, name, id=f"{case.name}-{name}") for case in cases for name in shown_by(case)]


def without_feature(cases: Iterable[Case]) -> list[ParameterSet]:
    """The same for features that an exposure can be without."""
    return [
        pytest.param(case.name, name, id=f"{case.name}-{name}")
        for case in cases
        for name in shown_by(case)
        if SHOWN[name].without is not None and (case.name, name) not in WIDER
    ]


def served(stages: Iterable[tuple[Stage, Ports]], *running: Running) -> Served:
    """Wait until the plain exposure of each provider is served."""
    found = Served(stages={stage.case.name: (stage, ports) for stage, ports in stages})

    def problems() -> list[str]:
        for each in running:
            each.check()
        return [problem for name in found.stages if (problem := found.door(name, PLAIN).problem())]

    eventually(problems)
    return found
