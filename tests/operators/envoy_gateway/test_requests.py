"""Requests through Envoy are served as the exposures declare."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.features import FeatureName
from tests.operators.envoy_gateway.running import CASES
from tests.operators.gateways.requests import WRONG, Served, with_feature, without_feature

import pytest


@pytest.mark.parametrize(("provider", "feature"), with_feature(CASES))
def test_requests_show_the_feature(provider: str, feature: FeatureName, envoy_gateway: Served) -> None:
    envoy_gateway.show(provider, feature)


@pytest.mark.parametrize(("provider", "feature"), without_feature(CASES))
def test_without_the_feature_they_fail(provider: str, feature: FeatureName, envoy_gateway: Served) -> None:
    with pytest.raises(WRONG):
        envoy_gateway.show(provider, feature, without=True)
