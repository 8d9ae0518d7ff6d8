"""Workloads that read their configuration from Consul and etcd, as the library draws them."""

from __future__ import annotations

from pathlib import Path

from kmop_constructs import (
    NO_RETRY,
    Credentials,
    ExistingSecret,
    ExistingService,
    Image,
    KmopChart,
    Microservice,
    Platform,
    ServiceSpec,
)
from kmop_constructs.providers.consul import (
    ConsulAgents,
    ConsulCertificates,
    ConsulConfig,
    ConsulKv,
    ExistingConsul,
)
from kmop_constructs.providers.etcd import EtcdCertificates, EtcdClient, ExistingEtcd
from kmop_constructs.testing import Synthesized, synthesize
from tests.cluster.api import Object

from cdk8s import App

NAMESPACE = "shop"
PREFIX = "CONFIG_PREFIX"
"""The variable with the prefix of the keys."""

SERVER_NAME = "server.dc1.consul"
CONSUL_HOST = "consul-server.consul.svc"
CONSUL_PORT, AGENT_PORT = 8501, 8500
ETCD_HOST, ETCD_PORT = "etcd.etcd.svc", 2379

CONSUL = ExistingConsul(
    ExistingService("consul-server", port=CONSUL_PORT, namespace="consul", pod_labels={"component": "server"}),
    certificates=ConsulCertificates(ca=ExistingSecret("consul").key("ca.crt"), server_name=SERVER_NAME),
)
ON_NODES = ExistingConsul(ConsulAgents())
CONSUL_EDGES: dict[str, ConsulKv | ConsulConfig] = {
    "billing": CONSUL.kv("config/billing/", token=ExistingSecret("billing-consul").key("token"), prefix_env=PREFIX),
    "editor": CONSUL.kv(
        "config/",
        token=ExistingSecret("editor-consul").key("token"),
        token_file=None,
        access="write",
        prefix_env=PREFIX,
    ),
    "local": ON_NODES.kv("config/local/", token=ExistingSecret("local-consul").key("token"), prefix_env=PREFIX),
    "catalog": ON_NODES.spring_config("catalog", token=ExistingSecret("catalog-consul").key("token"), retry=NO_RETRY),
}
"""The edge of each service."""

ETCD = ExistingEtcd(ExistingService("etcd", port=ETCD_PORT, namespace="etcd", pod_labels={"app": "etcd"}), tls=True)


def _certificates(secret: ExistingSecret) -> EtcdCertificates:
    return EtcdCertificates(ca=secret.key("ca.crt"), certificate=secret.key("tls.crt"), key=secret.key("tls.key"))


_ROUTER, _BILLING = ExistingSecret("router-etcd"), ExistingSecret("billing-etcd")
ETCD_EDGES: dict[str, EtcdClient] = {
    "router": ETCD.client("/config/router/", certificates=_certificates(_ROUTER), prefix_env=PREFIX),
    "billing": ETCD.client(
        "/config/billing/",
        certificates=_certificates(_BILLING),
        credentials=Credentials.of(_BILLING),
        access="readwrite",
        prefix_env=PREFIX,
    ),
}
"""The edge of each service: one is the user of its certificate, the other has a password."""


def consul(folder: Path) -> Synthesized:
    """Each service with its edge to Consul."""
    return _draw(folder, "consul", {**CONSUL_EDGES})


def etcd(folder: Path) -> Synthesized:
    """Each service with its edge to etcd."""
    return _draw(folder, "etcd", {**ETCD_EDGES})


def for_consul(folder: Path) -> list[Object]:
    """The workloads, and the rules that Consul gets as text."""
    rules: list[Object] = [{"kind": "rules", "name": name, "text": each.policy} for name, each in CONSUL_EDGES.items()]
    return [*_workloads(consul(folder)), *rules]


def for_etcd(folder: Path) -> list[Object]:
    """The workloads, and the commands that make roles."""
    commands: list[Object] = [
        {"kind": "commands", "name": name, "text": each.role_commands(name)} for name, each in ETCD_EDGES.items()
    ]
    return [*_workloads(etcd(folder)), *commands]


def _workloads(result: Synthesized) -> list[Object]:
    return [item for item in result.objects if item["kind"] == "Deployment"]


def _draw(folder: Path, name: str, edges: dict[str, ConsulKv | ConsulConfig | EtcdClient]) -> Synthesized:
    app = App(outdir=str(folder))
    chart = KmopChart(app, name, namespace=NAMESPACE, platform=Platform(node_ranges=("10.0.0.0/8",)))
    for service, edge in edges.items():
        Microservice(chart, service, ServiceSpec(image=Image("ghcr.io/acme/app:1.4.2"), port=8080), uses=[edge])
    return synthesize(app)
