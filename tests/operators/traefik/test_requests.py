"""Requests through Traefik are served as the exposures declare."""

from __future__ import annotations

from typing import cast

from kmop_constructs.components.api_gateway.features import FeatureName
from tests.operators.gateways.shown import SHOWN
from tests.operators.gateways.stage import Stage, shown_by
from tests.operators.running import Running
from tests.operators.traefik.conftest import PORTS
from tests.providers.traefik.expect import CASE

import pytest

FEATURES = shown_by(CASE)
ABSENT = [name for name in FEATURES if SHOWN[name].without is not None]


@pytest.mark.parametrize("feature", FEATURES)
def test_requests_show_the_feature(feature: str, stage: Stage, traefik: Running) -> None:
    name = cast("FeatureName", feature)
    SHOWN[name].show(stage.door(feature.replace("_", "-"), PORTS))


@pytest.mark.parametrize("feature", ABSENT)
def test_without_the_feature_they_do_not(feature: str, stage: Stage, traefik: Running) -> None:
    name = cast("FeatureName", feature)
    with pytest.raises((AssertionError, KeyError)):
        SHOWN[name].show(stage.door(f"without-{feature.replace('_', '-')}", PORTS))
