"""Services in Kubernetes' own sense."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.service import HeadlessService, LoadBalancer, NodePort, Service

import pytest

EVERY = [Service, HeadlessService, LoadBalancer, NodePort]


@pytest.mark.parametrize("service", EVERY)
def test_every_service_checks_what_all_have(service: type[Service]) -> None:
    name = service.__name__
    with pytest.raises(SpecError, match=f"^{name}.name: not a valid name, got '1a'"):
        service(name="1a")
    with pytest.raises(SpecError, match=rf"^{name}.annotations\['a'\]: not text, got 1"):
        service(annotations=cast(Any, {"a": 1}))
    with pytest.raises(SpecError, match=f"^{name}.sticky: longer than 1 day, got "):
        service(sticky=timedelta(days=1, seconds=1))
    with pytest.raises(SpecError, match=f"^{name}.internal_traffic_policy: .*, got 'local'; use 'Cluster' or 'Local'"):
        service(internal_traffic_policy=cast(Any, "local"))


@pytest.mark.parametrize("service", [LoadBalancer, NodePort])
def test_a_traffic_policy_that_kubernetes_does_not_know_is_refused(service: type[LoadBalancer]) -> None:
    with pytest.raises(SpecError, match=f"^{service.__name__}.external_traffic_policy: .*, got 'local'"):
        service(external_traffic_policy=cast(Any, "local"))


def test_a_source_range_is_a_range_of_addresses() -> None:
    assert LoadBalancer(source_ranges=("203.0.113.7",)).source_ranges == ("203.0.113.7/32",)
    with pytest.raises(SpecError, match="^LoadBalancer.source_ranges: not an address range .*, got '203.0.113.7/24'"):
        LoadBalancer(source_ranges=("203.0.113.7/24",))


def test_services_of_different_types_are_different() -> None:
    assert len({Service(), HeadlessService(), LoadBalancer(), NodePort()}) == 4
