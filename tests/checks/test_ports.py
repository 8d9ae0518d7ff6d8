"""Ports that are referred to exist, and can be listened on."""

from __future__ import annotations

from typing import Any

from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.patch import Replace
from kmop_constructs.values.image import Image
from kmop_constructs.values.security import Security
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.spec import ServiceSpec
from tests.checks.conftest import deployment, draw, errors, foreign, notices, policy, service

import pytest
from cdk8s import App, Chart

HTTP = [{"name": "http", "containerPort": 8080}]


def test_a_service_port_that_no_pod_has_is_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(ports=HTTP), service(targetPort="web"))

    assert errors(app) == [
        (
            "shop/service-api-1: port 80 leads to the TCP port 'web', which no container of Deployment shop/api has, got "
            "8080 (http); correct targetPort, or use this name for the container's port [service-port]"
        )
    ]


def test_a_service_port_of_another_protocol_is_an_error(app: App, plain: Chart) -> None:
    foreign(plain, deployment(ports=HTTP), service(targetPort="http", protocol="UDP"))

    (found,) = errors(app)
    assert "leads to the UDP port 'http', which no container of Deployment shop/api has, got no port" in found


def test_a_port_that_some_versions_lack_is_a_notice_for_others(app: App, plain: Chart) -> None:
    foreign(
        plain,
        deployment("v1", labels={"app": "api", "v": "1"}, ports=HTTP),
        deployment("v2", labels={"app": "api", "v": "2"}),
        service(targetPort="http"),
    )

    assert errors(app) == []
    (found,) = notices(app)
    assert "which no container of Deployment shop/v2 has" in found


def test_an_undeclared_port_number_is_a_notice(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(ports=HTTP), service(targetPort=8081))

    (found,) = notices(app)
    assert "port 80 leads to TCP 8081, which no container declares, got 8080 (http) on Deployment shop/api" in found


def test_a_port_number_without_declared_ports_is_no_finding(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(), service(targetPort=8081))

    assert notices(app) == []


def test_the_port_of_a_native_sidecar_counts(app: App, shop: KmopChart) -> None:
    proxy = {"name": "proxy", "image": "acme/proxy:1", "restartPolicy": "Always", "ports": HTTP}
    draw(shop, deployment(pod={"initContainers": [proxy]}), service(targetPort="http"))

    assert errors(app) == []


def test_the_port_of_an_init_container_does_not_count(app: App, shop: KmopChart) -> None:
    init = {"name": "init", "image": "acme/init:1", "ports": HTTP}
    draw(shop, deployment(pod={"initContainers": [init]}), service(targetPort="http"))

    assert "[service-port]" in errors(app)[0]


@pytest.mark.parametrize(
    ("where", "container"),
    [
        ("livenessProbe", {"livenessProbe": {"httpGet": {"path": "/", "port": "web"}}}),
        ("startupProbe", {"startupProbe": {"tcpSocket": {"port": "web"}}}),
        ("preStop", {"lifecycle": {"preStop": {"httpGet": {"path": "/", "port": "web"}}}}),
    ],
)
def test_a_check_of_a_port_that_the_container_lacks_is_an_error(
    app: App, plain: Chart, where: str, container: dict[str, Any]
) -> None:
    foreign(plain, deployment(ports=HTTP, **container))

    assert errors(app) == [
        (
            f"plain/deployment-api-0: {where} of container 'app' uses the port 'web', got the port names http; correct the "
            "name, or write the number [probe-port]"
        )
    ]


def test_a_check_by_number_or_by_a_name_that_is_there_passes(app: App, shop: KmopChart) -> None:
    probes: dict[str, Any] = {
        "livenessProbe": {"tcpSocket": {"port": 9}},
        "readinessProbe": {"httpGet": {"port": "http"}},
    }
    draw(shop, deployment(ports=HTTP, **probes))

    assert errors(app) == []


def test_a_policy_that_names_a_port_which_its_pods_lack_is_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(ports=HTTP), policy(ingress=[{"ports": [{"port": "web"}, {"port": "http"}, {"port": 7}]}]))

    assert errors(app) == [
        (
            "shop/networkpolicy-api-1: its ingress rules open the TCP port 'web', which none of the pods has, got http; "
            "correct the name, or write the number [policy-port]"
        )
    ]


def test_an_egress_rule_names_ports_of_its_peers(app: App, shop: KmopChart) -> None:
    peer = {"podSelector": {"matchLabels": {"app": "db"}}}
    egress = [{"to": [peer], "ports": [{"port": "http"}]}]
    draw(
        shop,
        deployment(ports=HTTP),
        deployment("db", ports=[{"name": "sql", "containerPort": 5432}]),
        policy(policyTypes=["Egress"], egress=egress),
    )

    (found,) = errors(app)
    assert "its egress rules open the TCP port 'http', which none of the pods has, got sql" in found


LOW = [{"name": "http", "containerPort": 80}, {"name": "tls", "containerPort": 443}]
NOBODY = {"runAsNonRoot": True}


def test_a_restricted_container_below_1024_is_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(ports=LOW, pod={"securityContext": NOBODY}))

    assert errors(app) == [
        (
            "shop/deployment-api-0: container 'app' listens below 1024 without root's rights, got port 80, 443; use a higher port, or "
            "set the sysctl net.ipv4.ip_unprivileged_port_start to 80 [privileged-port]"
        )
    ]


@pytest.mark.parametrize(
    ("pod", "context"),
    [
        ({}, {}),
        ({"runAsUser": 0}, {}),
        (NOBODY, {"capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]}}),
        ({**NOBODY, "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "80"}]}, {}),
        ({"runAsUser": 7}, {"runAsUser": 0}),
    ],
    ids=["nothing said", "root", "capability", "sysctl", "root in the container"],
)
def test_what_may_listen_below_1024_passes(
    app: App, shop: KmopChart, pod: dict[str, Any], context: dict[str, Any]
) -> None:
    draw(shop, deployment(ports=LOW, pod={"securityContext": pod}, securityContext=context))

    assert errors(app) == []


@pytest.mark.parametrize(
    ("pod", "context"),
    [
        ({"runAsUser": 7}, {}),
        ({"runAsUser": 0}, {"capabilities": {"drop": ["ALL"]}}),
        ({**NOBODY, "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "443"}]}, {}),
    ],
    ids=["another user", "root without capabilities", "sysctl above"],
)
def test_what_may_not_is_a_notice_in_the_pods_of_others(
    app: App, plain: Chart, pod: dict[str, Any], context: dict[str, Any]
) -> None:
    foreign(plain, deployment(ports=LOW, pod={"securityContext": pod}, securityContext=context))

    assert errors(app) == []
    assert "got port 80" in notices(app)[0]


def test_a_service_of_ours_below_1024_lowers_the_bound_by_itself(app: App, shop: KmopChart) -> None:
    Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=80))

    assert errors(app) == []


def test_a_bound_that_is_set_too_high_is_an_error(app: App, shop: KmopChart) -> None:
    bound = Security(sysctls={"net.ipv4.ip_unprivileged_port_start": "443"})
    Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=80, security=bound))

    (found,) = errors(app)
    assert found.startswith(
        "shop/web/deployment: container 'web' listens below 443 without root's rights, got port 80;"
    )


def test_a_patch_that_breaks_a_port_name_is_found(app: App, shop: KmopChart) -> None:
    web = Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=8080))
    web.manifest("Service").patch(Replace("/spec/ports/0/targetPort", "grpc"))

    (found,) = errors(app)
    assert found.startswith("shop/web/service: port 8080 leads to the TCP port 'grpc'")
