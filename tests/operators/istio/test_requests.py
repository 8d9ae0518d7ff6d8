"""Requests through an ingress gateway of Istio are served as the exposures declare."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.features import FeatureName
from tests.operators.gateways.requests import WRONG, Served, with_feature, without_feature
from tests.providers.istio.expect import CASE

import pytest


@pytest.mark.parametrize(("provider", "feature"), with_feature([CASE]))
def test_requests_show_the_feature(provider: str, feature: FeatureName, istio_gateway: Served) -> None:
    istio_gateway.show(provider, feature)


@pytest.mark.parametrize(("provider", "feature"), without_feature([CASE]))
def test_without_the_feature_they_fail(provider: str, feature: FeatureName, istio_gateway: Served) -> None:
    with pytest.raises(WRONG):
        istio_gateway.show(provider, feature, without=True)
