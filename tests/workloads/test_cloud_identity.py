"""Every kind of workload takes an identity, from any provider that matches the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmop_constructs import (
    Addresses,
    CloudIdentity,
    ConflictError,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    NodeAgent,
    NodeAgentSpec,
    Platform,
    Schedule,
    ScheduledTask,
    ScheduledTaskSpec,
    SpecError,
    StatefulService,
    StatefulSpec,
    Task,
    TaskSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.authors import Connection, Granted, ServiceFacts, name_by_pattern
from kmop_constructs.providers.azure import AzureWorkloadIdentity
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from kmop_constructs.values.cluster import Cluster
from tests.components.security.identities import CLIENT, ORDERS, WEB, service, shop

import pytest
from cdk8s import App

IMAGE = Image("acme/orders:3.2.0")
WORKLOADS: dict[str, Callable[[KmopChart], Any]] = {
    "Deployment": lambda chart: Worker(chart, "orders", WorkerSpec(image=IMAGE, cloud_identity=ORDERS)),
    "StatefulSet": lambda chart: StatefulService(
        chart, "orders", StatefulSpec(image=IMAGE, port=8080, cloud_identity=ORDERS)
    ),
    "DaemonSet": lambda chart: NodeAgent(chart, "orders", NodeAgentSpec(image=IMAGE, cloud_identity=ORDERS)),
    "Job": lambda chart: Task(chart, "orders", TaskSpec(image=IMAGE, cloud_identity=ORDERS)),
    "CronJob": lambda chart: ScheduledTask(
        chart, "orders", ScheduledTaskSpec(image=IMAGE, schedule=Schedule("0 3 * * *"), cloud_identity=ORDERS)
    ),
}


class CloudOfOurs:
    """A provider of a team's own, with everything that one may add."""

    def grant(self, *, service: ServiceFacts, intent: CloudIdentity) -> Granted:
        name = name_by_pattern("{namespace}-{name}", service=service, intent=intent)
        return Granted(
            identity=name,
            account_annotations={"cloud.acme.io/role": name},
            pod_labels={"cloud.acme.io/use": "yes"},
            pod_annotations={"cloud.acme.io/role": name},
            env={"CLOUD_ROLE": name},
            connections=(Connection(to=Addresses.of("169.254.1.1/32"), port=8900),),
        )


@pytest.mark.parametrize("kind", WORKLOADS)
def test_every_kind_of_workload_gets_the_identity(app: App, kind: str) -> None:
    provider = AzureWorkloadIdentity(client_ids={"orders": CLIENT}, authority_ranges=("10.9.0.0/24",))
    workload = WORKLOADS[kind](shop(app, provider))
    result = synthesize(workload)
    assert result.one("ServiceAccount")["metadata"]["annotations"] == {"azure.workload.identity/client-id": CLIENT}
    assert workload.planned.template["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert result.one(kind)
    assert_reachable(workload, "10.9.0.7", 443)


def test_a_provider_of_a_team_adds_everything(app: App) -> None:
    orders = service(shop(app, CloudOfOurs()))
    result = synthesize(orders)
    pod = result.one("Deployment")["spec"]["template"]
    assert result.one("ServiceAccount")["metadata"]["annotations"] == {"cloud.acme.io/role": "shop-orders"}
    assert pod["metadata"]["labels"]["cloud.acme.io/use"] == "yes"
    assert pod["metadata"]["annotations"] == {"cloud.acme.io/role": "shop-orders"}
    assert pod["spec"]["containers"][0]["env"] == [{"name": "CLOUD_ROLE", "value": "shop-orders"}]
    assert_reachable(orders, "169.254.1.1", 8900)


def test_link_local_addresses_are_closed_beside_open_hosts(app: App) -> None:
    """An external host with unknown addresses opens every public address, and no link-local one."""
    chart = shop(app, CloudOfOurs())
    orders = service(chart)
    web = Microservice(chart, "web", WEB, uses=[ExternalHost("api.stripe.com", port=8900).tcp()])
    assert_reachable(web, "52.94.0.1", 8900)
    assert_blocked(web, "169.254.1.1")
    assert_blocked(orders, "52.94.0.1")


def test_values_that_the_spec_sets_otherwise_are_a_conflict(app: App) -> None:
    chart = shop(app, CloudOfOurs())
    with pytest.raises(ConflictError, match=r"pod annotation 'cloud\.acme\.io/role'.*cloud_identity"):
        service(chart, "a", pod_annotations={"cloud.acme.io/role": "x"})


def test_a_provider_that_returns_something_else_is_named(app: App) -> None:
    class Wrong:
        def grant(self, **_: Any) -> Any:
            return {"identity": "x"}

    with pytest.raises(SpecError, match=r"^shop/orders: Wrong\.grant\(\): returned no Granted"):
        service(shop(app, Wrong()))


def test_a_plain_cluster_has_no_identity(app: App) -> None:
    assert Platform.of(Cluster()).identity == Platform().identity


def test_the_order_of_writing_has_no_effect() -> None:
    def objects(*ids: str) -> Any:
        chart = shop(App(), CloudOfOurs())
        for id in ids:
            service(chart, id)
        return synthesize(chart).objects

    assert objects("a", "b") == objects("b", "a")
