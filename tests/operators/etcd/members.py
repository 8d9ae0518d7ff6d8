"""An etcd of three members as it is drawn, and a service that is its client."""

from __future__ import annotations

from pathlib import Path

from kmop_constructs import (
    Image,
    KmopChart,
    Microservice,
    Platform,
    Provision,
    Resources,
    ServiceCertificate,
    ServiceSpec,
    Size,
)
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.native import NativeEtcdProvider
from kmop_constructs.stores import Etcd, EtcdSpec
from kmop_constructs.testing import Synthesized, synthesize

from cdk8s import App

NAMESPACE = "shop"
STORE = "config"
CLIENT = "router"
RESOURCES = Resources.of("500m", "1Gi")


def draw(folder: Path) -> Synthesized:
    """Draw the store and its client. The tests sign the certificates that cert-manager would."""
    app = App(outdir=str(folder))
    provider = NativeEtcdProvider(provision=Provision(storage=Size.gib(8), resources=RESOURCES))
    platform = Platform(certificates=CertManager(issuer="internal-ca"), etcd=provider)
    chart = KmopChart(app, NAMESPACE, namespace=NAMESPACE, platform=platform)
    store = Etcd(chart, STORE, EtcdSpec(version="3.7.0"))
    own = ServiceCertificate(path="/etc/own", reloads=True)
    spec = ServiceSpec(image=Image("ghcr.io/acme/router:1.4.2"), port=8080, resources=RESOURCES, certificate=own)
    Microservice(chart, CLIENT, spec, uses=[store.client("/config/router/", prefix_env="CONFIG_PREFIX")])
    return synthesize(app)
