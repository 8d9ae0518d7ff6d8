"""A report names the object that a finding is about, and has one line for each cause."""

from __future__ import annotations

import json
import logging

from kmop_constructs import Addresses, Pods
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.patch import Replace
from kmop_constructs.errors import CheckError
from kmop_constructs.values.cluster import Peers
from kmop_constructs.values.env import ConfigKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.ports import Port
from kmop_constructs.values.security import Account, Permission
from kmop_constructs.workloads.microservice import Microservice, Worker
from kmop_constructs.workloads.platform import Platform
from kmop_constructs.workloads.spec import ServiceSpec, WorkerSpec
from tests.checks.conftest import deployment, errors, foreign, notices

import pytest
from cdk8s import App, Chart

API = ServiceSpec(image=Image("acme/api:1"), port=Port(8080, service_port=80))


def test_a_finding_in_a_list_names_its_item(app: App, plain: Chart) -> None:
    listed = [deployment(), deployment("web", envFrom=[{"configMapRef": {"name": "flags"}}])]
    for each in listed:
        each["metadata"]["namespace"] = "shop"
    foreign(plain, {"apiVersion": "v1", "kind": "List", "metadata": {"name": "all"}, "items": listed})

    (found,) = notices(app)
    assert found.startswith("plain/list-all-0: its item Deployment shop/web: reads the ConfigMap 'flags'")


def test_a_finding_in_a_list_names_its_item_once(app: App, plain: Chart) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"pin": ["1"]}}
    foreign(plain, {"apiVersion": "v1", "kind": "List", "metadata": {"name": "all"}, "items": [secret]})

    (found,) = errors(app)
    assert found.startswith("plain/list-all-0: its item Secret s: stringData.pin is not text")


def test_a_list_of_one_kind_holds_objects_too(app: App, plain: Chart) -> None:
    """As in kubectl, its items need no kind. kube-prometheus has its dashboards in a ``ConfigMapList``."""
    flags = {"metadata": {"name": "flags", "namespace": "shop"}, "data": {"level": "info"}}
    foreign(plain, {"apiVersion": "v1", "kind": "ConfigMapList", "metadata": {"name": "all"}, "items": [flags]})
    foreign(plain, deployment(envFrom=[{"configMapRef": {"name": "flags"}}]))

    assert notices(app) == []


def test_findings_of_one_cause_are_one_line(app: App, shop: KmopChart) -> None:
    for number in range(70):
        spec = WorkerSpec(image=Image("acme/worker:1"), env={"LEVEL": ConfigKey("flags", "level")})
        Worker(shop, f"worker-{number:02}", spec)

    with pytest.raises(CheckError) as caught:
        app.synth()
    first, line = str(caught.value).splitlines()
    assert first == "1 finding; nothing was written"
    assert line.startswith(
        "  shop/worker-00/deployment, shop/worker-01/deployment, shop/worker-02/deployment and 67 more: reads the "
        "ConfigMap 'flags'"
    )
    assert len(json.loads(caught.value.to_json())) == 70


def test_callers_of_a_closed_service_are_one_line(app: App, shop: KmopChart) -> None:
    hub = Microservice(shop, "hub", API)
    for number in range(5):
        Worker(shop, f"worker-{number}", WorkerSpec(image=Image("acme/worker:1")), uses=[hub.http()])
    hub.manifest("NetworkPolicy").patch(Replace("/spec/ingress", []))

    (found,) = errors(app)
    assert found.startswith("shop/worker-0, shop/worker-1, shop/worker-2 and 2 more: calls shop/hub on TCP 8080")


def test_notices_of_one_cause_are_logged_once(app: App, shop: KmopChart, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a", "b"):
        Worker(shop, name, WorkerSpec(image=Image("acme/worker:1")))
    with caplog.at_level(logging.WARNING, "kmop_constructs"):
        app.synth()

    logged = [record.getMessage() for record in caplog.records if "resources-guessed" in record.getMessage()]
    assert [each.partition(" is not set")[0] for each in logged] == ["notice: shop/a, shop/b: resources"]


def test_a_caller_on_a_service_port_is_an_error_at_its_line(shop: KmopChart) -> None:
    with pytest.raises(
        ValueError, match=r"got 80; use one of its container ports: 8080, which the Service offers as 80"
    ):
        Microservice(shop, "api", API, accepts=[Pods.of_service("web", port=80)])


def test_an_api_server_without_ports_is_named_as_such(app: App, shop: KmopChart) -> None:
    server = Addresses.of("10.0.0.1/32")
    account = Account(permissions=(Permission(("get",), ("pods",)),))
    platform = Platform(peers=Peers(api_server=server))
    Worker(shop, "api", WorkerSpec(image=Image("acme/api:1"), account=account), platform=platform)

    (found,) = errors(app)
    assert "but the platform does not set its ports; set peers=Peers(api_server=Addresses.of(…, port=6443))" in found
