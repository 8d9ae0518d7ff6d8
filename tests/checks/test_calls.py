"""Calls of a service to itself, and gRPC calls through a Service with one address."""

from __future__ import annotations

from typing import Any

from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.edges import ServiceRef
from kmop_constructs.providers.native.security import NativeNamespace
from kmop_constructs.values.image import Image
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import NO_PROBE, Health
from kmop_constructs.values.scaling import Replicas
from kmop_constructs.values.service import HeadlessService, Service
from kmop_constructs.workloads.microservice import Microservice, Worker
from kmop_constructs.workloads.spec import ServiceSpec, WorkerSpec
from tests.checks.conftest import errors, notices

import pytest
from cdk8s import App

SPEC = ServiceSpec(image=Image("acme/broker:1"), port=9093)


def found(app: App, rule: str) -> list[str]:
    return [each for each in notices(app) if f"[{rule}]" in each]


def test_a_call_to_itself_is_a_notice(app: App, shop: KmopChart) -> None:
    """A broker of Kafka that is its own controller is ready only when it has reached itself."""
    Microservice(shop, "broker", SPEC, uses=[ServiceRef("broker", port=9093).tcp()])

    assert found(app, "self-call") == [
        (
            "shop/broker: calls itself through the Service 'broker', which leads to ready pods only: if a pod is ready only after "
            "this call, no pod becomes ready; call HeadlessService(publish_not_ready_addresses=True) or localhost, or allow 'self-call' "
            "if the check of readiness does not need the call [self-call]"
        )
    ]


def test_a_wait_for_itself_is_an_error(app: App, shop: KmopChart) -> None:
    Microservice(
        shop, "broker", SPEC, uses=[ServiceRef("broker", port=9093).tcp().before_start(image=Image("busybox:1.36"))]
    )

    assert "[start-never]" in errors(app)[0]


UNAWAITED: list[dict[str, Any]] = [
    {"service": HeadlessService(publish_not_ready_addresses=True)},
    {"health": Health(readiness=NO_PROBE, liveness=NO_PROBE, startup=NO_PROBE)},
    {"service": Service(shared=True)},
]


@pytest.mark.parametrize("fields", UNAWAITED, ids=["not ready", "no probe", "shared"])
def test_a_call_to_itself_that_can_succeed_passes(app: App, shop: KmopChart, fields: dict[str, Any]) -> None:
    spec = ServiceSpec(image=Image("acme/broker:1"), port=9093, **fields)
    Microservice(shop, "broker", spec, uses=[ServiceRef("broker", port=9093).tcp()])

    assert found(app, "self-call") == []


def call(shop: KmopChart, **fields: Any) -> None:
    spec = ServiceSpec(image=Image("acme/api:1"), port=Port.grpc(9090), **fields)
    api = Microservice(shop, "api", spec)
    for name in ("a", "b"):
        Worker(shop, name, WorkerSpec(image=Image("acme/worker:1")), uses=[api.grpc()])


def test_grpc_through_one_address_is_one_notice(app: App, shop: KmopChart) -> None:
    call(shop)

    (notice,) = found(app, "grpc-one-pod")
    assert notice.startswith("shop/api: several pods are called over gRPC through a Service with one address")


@pytest.mark.parametrize(
    "fields", [{"scaling": Replicas(1)}, {"service": HeadlessService()}], ids=["one pod", "headless"]
)
def test_grpc_to_single_pods_is_no_notice(app: App, shop: KmopChart, fields: dict[str, Any]) -> None:
    call(shop, **fields)

    assert found(app, "grpc-one-pod") == []


def test_grpc_in_a_mesh_is_no_notice(app: App, shop: KmopChart) -> None:
    NativeNamespace(shop, "namespace", name="shop", labels={"istio-injection": "enabled"})
    call(shop)

    assert found(app, "grpc-one-pod") == []


def test_http_through_one_address_is_no_notice(app: App, shop: KmopChart) -> None:
    api = Microservice(shop, "api", SPEC)
    Worker(shop, "a", WorkerSpec(image=Image("acme/worker:1")), uses=[api.http()])

    assert found(app, "grpc-one-pod") == []
