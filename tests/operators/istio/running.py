"""istiod, and an Envoy that it configures, as processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from kmop_constructs.providers.istio import IstioGateway, IstioGatewayOptions
from kmop_constructs.providers.istio.servers import DEFAULT
from kmop_constructs.values.pods import Pods
from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.systems import ROOT
from tests.cluster.waiting import eventually
from tests.operators.exposures import with_own_certificate
from tests.operators.gateways import combined, hostile
from tests.operators.gateways import stage as stages
from tests.operators.gateways.door import MACHINE
from tests.operators.gateways.login import signed_in
from tests.operators.gateways.requests import Served, served
from tests.operators.gateways.scenes import CERTIFICATE, Scenes, ServedScenes
from tests.operators.gateways.shown import TOKENS
from tests.operators.gateways.stage import Ports, Stage
from tests.operators.gateways.tokens import ISSUER
from tests.operators.istio.ingress import ingress, write_bootstrap
from tests.operators.objects import apply, namespace
from tests.operators.rooted import rooted
from tests.operators.running import Running, started
from tests.providers.istio import expect
from tools.operators.recipes import PROGRAMS

import pytest
import yaml

PLACE = "istio-system"
GRPC = "127.0.0.1:15010"
FLAGS = (
    *("--httpAddr", "127.0.0.1:15080", "--monitoringAddr", "127.0.0.1:15014", "--grpcAddr", GRPC),
    *("--secureGRPCAddr", "", "--httpsAddr", "", "--domain", "cluster.local"),
)
ENVIRONMENT = {
    "POD_NAMESPACE": PLACE,
    "POD_NAME": "istiod-0",
    "CLOUD_PLATFORM": "none",
    "ENABLE_LEADER_ELECTION": "false",
    "XDS_AUTH_PLAINTEXT": "true",
    # Filters of Istio's own Envoy alone: for TLS between its proxies, and for what its metrics say of a peer
    # (https://github.com/istio/istio/blob/master/pilot/pkg/xds/filters/filters.go, AlpnFilterName and MxFilterName).
    "PILOT_ENABLE_ALPN_FILTER": "false",
    "PILOT_ENABLE_METADATA_EXCHANGE": "false",
}
MESH: Object = {
    # Certificates of workloads come from Istio's agent, which is not here, and no pod of a service has a sidecar.
    "enableAutoMtls": False,
    "enableTracing": False,
    "enablePrometheusMerge": False,
    # Else every route without retries has two, and requests cannot show those that are drawn
    # (https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig, defaultHttpRetryPolicy).
    "defaultHttpRetryPolicy": {"attempts": 0},
}
"""The configuration of the mesh, without the login."""

LOGIN_SERVICE = "login-istio-login-acme-io-b81c9098"
"""The Service of the login of the scene: its host has a dash, so its name ends with a digest."""

PAGE = ROOT / "docs" / "gateways" / "istio.md"


def login_provider() -> Object:
    """What the docs of the gateway have for a login, with the Service of the scene."""
    [text] = re.findall(r"```yaml\n(extensionProviders:.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    [found] = yaml.safe_load(text)["extensionProviders"]
    found["envoyExtAuthzHttp"]["service"] = f"{LOGIN_SERVICE}.istio-login.svc.cluster.local"
    return found


CONTROLLER = Pods.of({"istio": "front"}, namespace="istio-front")
"""A gateway of its own: what else is drawn for Istio is on that of the chart."""

MUTUAL = "mutual-tls"
"""The Secret of hosts with certificates of clients: a gateway of Istio has one setting for each Secret."""

PORTS = Ports(http=26080, https=26443)
GUARD = partial(combined.combined, auth=TOKENS, route=combined.BELOW, of=None)
"""A token, a rewrite and other origins at once: Istio has no limits of requests."""

GATEWAY = partial(IstioGateway, options=IstioGatewayOptions(controller=CONTROLLER))


def front_stage(folder: Path) -> Stage:
    """The exposures, each with the name of a certificate of its own: one namespace has them all."""
    found = stages.stage(expect.CASE, folder)
    return replace(found, exposures={name: with_own_certificate(name, each) for name, each in found.exposures.items()})


def secrets(stage: Stage) -> list[Object]:
    """What the exposures name, in the namespace of the gateway's pods."""
    names = {"web-tls": "{}-web-tls", "partners-ca": "{}-web-tls-cacert", "web-ca": "web-ca"}
    found: dict[str, Object] = {}
    for item in stage.secrets():
        if item["kind"] == "Secret":
            name = names[item["metadata"]["name"]].format(item["metadata"]["namespace"])
            found[name] = {**item, "metadata": {"name": name, "namespace": CONTROLLER.namespace}}
    return [*found.values()]


@pytest.fixture(scope="session")
def istiod(
    cluster: Cluster, program: Callable[[str, str], Path], front: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The control plane of Istio, running."""
    folder = tmp_path_factory.mktemp("istiod")
    # It fetches the keys of tokens itself.
    environment = {**cluster.environment, **ENVIRONMENT, "SSL_CERT_FILE": str(front / "tls.crt")}
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n{MACHINE} {ISSUER}\n", encoding="utf-8")
    command, before = rooted(program("istio", "istiod"), {"/etc/hosts": hosts}, folder / "root")
    mesh = folder / "mesh.yaml"
    mesh.write_text(yaml.safe_dump({**MESH, "extensionProviders": [login_provider()]}), encoding="utf-8")
    flags = ("discovery", "--kubeconfig", cluster.environment["KUBECONFIG"], "--meshConfig", str(mesh), *FLAGS)
    apply(cluster.api, [namespace(PLACE), *ingress(DEFAULT)])
    with started(command, *before, *flags, environment=environment, folder=folder, name="istiod") as running:
        yield running


@pytest.fixture(scope="session")
def istio_gateway(cluster: Cluster, istiod: Running, front: Path, pods: Running) -> Iterator[Served]:
    """Envoy, once it serves what is drawn."""
    stage, folder = front_stage(front), front / "istio"
    folder.mkdir()
    apply(cluster.api, [*ingress(CONTROLLER, PORTS), *secrets(stage), *stage.objects(GATEWAY)])
    file = write_bootstrap(cluster, CONTROLLER, GRPC, folder)
    flags = ("--config-path", str(file), "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning")
    with started(PROGRAMS / "envoy", *flags, environment={}, folder=folder, name="envoy") as envoy:
        yield served([(stage, PORTS)], pods, istiod, envoy)


@pytest.fixture(scope="session")
def istio_scenes(cluster: Cluster, front: Path, istio_gateway: Served) -> ServedScenes:
    """The same Envoy, once it serves scenes, in which several exposures are beside each other."""
    mutual = partial(hostile.certificates, secret=MUTUAL)
    chosen = {"addresses": hostile.SCENES["addresses"], "certificates": mutual, "login": signed_in, "combined": GUARD}
    login = partial(
        IstioGateway, options=IstioGatewayOptions(controller=CONTROLLER, login_provider=login_provider()["name"])
    )
    gateways = {**dict.fromkeys(chosen, GATEWAY), "login": login}
    scenes = Scenes(case=expect.CASE, scenes=chosen, gateways=gateways, number=3, folder=front)
    named = {item["metadata"]["name"]: item for item in scenes.secrets()}
    named[MUTUAL] = named[CERTIFICATE]
    own = [{**item, "metadata": {"name": name, "namespace": CONTROLLER.namespace}} for name, item in named.items()]
    # In the order of what is rendered: istiod looks for the Service of an extension provider when it sends the policy.
    drawn = sorted(scenes.objects(), key=lambda item: item["kind"] not in ("Namespace", "Service", "EndpointSlice"))
    apply(cluster.api, [*own, *drawn])
    found = ServedScenes(scenes={expect.CASE.name: (scenes, PORTS)})
    eventually(found.missing)
    return found
