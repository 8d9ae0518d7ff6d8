"""The controller of Envoy Gateway, and the Envoy that it draws, as processes."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kmop_constructs.authors import GatewayFactory
from kmop_constructs.providers.envoy_gateway import EnvoyGateway
from kmop_constructs.providers.gateway_api import GatewayApi
from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.gateways import combined, hostile
from tests.operators.gateways import stage as stages
from tests.operators.gateways.door import MACHINE
from tests.operators.gateways.login import PROVIDER, SECRETS, signed_in
from tests.operators.gateways.requests import Served, served
from tests.operators.gateways.scenes import Scene, Scenes, ServedScenes
from tests.operators.gateways.stage import Ports, Stage
from tests.operators.gateways.tokens import ISSUER
from tests.operators.gateways.written import secret
from tests.operators.objects import apply
from tests.operators.rooted import rooted
from tests.operators.running import Running, started
from tests.providers.envoy_gateway import expect
from tests.providers.gateway_api import expect as gateway_api
from tools.operators.recipes import PROGRAMS

import pytest
import yaml

CASES = (expect.CASE, gateway_api.CASE)
PLACE = "envoy-gateway-system"
PORTS = Ports(http=10080, https=10443)
"""Envoy Gateway adds 10,000 to ports below 1,024."""

TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
"""The authorities of Envoy's image, by which it verifies who has the keys of tokens and the OpenID provider."""

CONFIGURATION = {
    "apiVersion": "gateway.envoyproxy.io/v1alpha1",
    "kind": "EnvoyGateway",
    "gateway": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
    "provider": {
        "type": "Kubernetes",
        "kubernetes": {"leaderElection": {"disable": True}, "topologyInjector": {"disable": True}},
    },
    "admin": {"address": {"host": "127.0.0.1", "port": 19090}},
    "logging": {"level": {"default": "warn"}},
}
"""What its Helm chart installs, with other ports: Envoy is on the same machine."""

MERGED: list[Object] = [
    {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyProxy",
        "metadata": {"name": "merged", "namespace": PLACE},
        "spec": {"mergeGateways": True, "telemetry": {"metrics": {"prometheus": {"disable": True}}}},
    },
    {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GatewayClass",
        "metadata": {"name": "eg"},
        "spec": {
            "controllerName": "gateway.envoyproxy.io/gatewayclass-controller",
            "parametersRef": {
                "group": "gateway.envoyproxy.io",
                "kind": "EnvoyProxy",
                "name": "merged",
                "namespace": PLACE,
            },
        },
    },
]
"""One Envoy for the Gateways of all namespaces."""


GATEWAYS: Mapping[str, GatewayFactory] = {
    expect.CASE.name: EnvoyGateway,
    gateway_api.CASE.name: partial(GatewayApi, options=replace(gateway_api.OPTIONS, gateway_class="eg")),
}


PASSWORDS = ("preflight", "rewrite", "limit", "guesses", "neighbour", "around")
"""Uses of the combination with a password: its limit counts all requests, so each test has its own."""

SCENES: Mapping[str, Scene] = {
    **hostile.SCENES,
    "login": signed_in,
    **{f"combined-{use}": combined.scenes(combined.BELOW, "global")["combined-password"] for use in PASSWORDS},
    "combined-login": combined.scenes(combined.BELOW, "global")["combined-login"],
}


def objects(stage: Stage) -> list[Object]:
    """The exposures, and the Secrets that they name."""
    places = list(stage.exposures)
    named = (*stage.secrets(), *stages.users(places, ".htpasswd"), *stages.api_keys(places))
    return [*named, *stage.objects(GATEWAYS[stage.case.name])]


@pytest.fixture(scope="session")
def envoy_gateway(
    cluster: Cluster, program: Callable[[str, str], Path], front: Path, pods: Running, openid: Path
) -> Iterator[Served]:
    """Envoy, once it serves what is drawn."""
    folder = front / "envoy-gateway"
    folder.mkdir()
    drawn = [stages.stage(each, front) for each in CASES]
    apply(cluster.api, [*MERGED, *(item for each in drawn for item in objects(each))])
    binary = program("envoy_gateway", "envoy-gateway")
    authorities = folder / "authorities.crt"
    texts = [each.read_text(encoding="utf-8") for each in (front / "tls.crt", openid / "ca.crt")]
    authorities.write_text("".join(texts), encoding="utf-8")
    hosts = _hosts(folder)
    with ExitStack() as stack:
        controller = stack.enter_context(controlled(cluster, binary, folder, {"/etc/hosts": hosts}, authorities))
        envoy = stack.enter_context(_envoy(cluster, controller, {"/etc/hosts": hosts, TRUSTED: authorities}, folder))
        yield served([(each, PORTS) for each in drawn], pods, controller, envoy)


@contextmanager
def controlled(
    cluster: Cluster,
    binary: Path,
    folder: Path,
    places: Mapping[str, Path] = MappingProxyType({}),
    authorities: Path | None = None,
) -> Generator[Running]:
    """Run the controller, with the Secrets that it makes for itself. Its namespace is there already.

    `places` are further files that it sees, and `authorities` those whose servers it trusts.
    """
    environment = {"KUBECONFIG": cluster.environment["KUBECONFIG"], "ENVOY_GATEWAY_NAMESPACE": PLACE}
    if authorities is not None:
        environment["SSL_CERT_FILE"] = str(authorities)
    made = subprocess.run(
        [binary, "certgen", "--disable-topology-injector"], env=environment, capture_output=True, check=False
    )
    assert made.returncode == 0, made.stderr[-2000:]
    configuration = folder / "configuration.yaml"
    configuration.write_text(yaml.safe_dump(CONFIGURATION), encoding="utf-8")
    own = write_secret(cluster, "envoy-gateway", folder / "controller")
    command, before = rooted(binary, {"/certs": own, **places}, folder / "controller-root")
    flags = (*before, "server", "--config-path", str(configuration))
    with started(command, *flags, environment=environment, folder=folder, name="controller") as running:
        yield running


def _envoy(cluster: Cluster, controller: Running, places: dict[str, Path], folder: Path) -> Any:
    """The first container of the Deployment that the controller makes, as a process."""
    eventually(lambda: _missing(cluster, controller))
    [deployment] = _deployments(cluster)
    pod = deployment["spec"]["template"]["spec"]
    [container] = [each for each in pod["containers"] if each["name"] == "envoy"]
    variables = {each["name"]: each.get("value", each["name"].lower()) for each in container["env"]}
    arguments = [re.sub(r"\$\((\w+)\)", lambda found: variables[found[1]], each) for each in container["args"]]
    volumes = {each["name"]: each for each in pod["volumes"]}
    for number, mount in enumerate(container["volumeMounts"]):
        target = folder / f"volume-{number}"
        volume = volumes[mount["name"]]
        if "secret" in volume:
            write_secret(cluster, volume["secret"]["secretName"], target)
        elif "configMap" in volume:
            write(
                cluster.api.get(f"/api/v1/namespaces/{PLACE}/configmaps/{volume['configMap']['name']}")["data"], target
            )
        else:
            target.mkdir()
        places[mount["mountPath"]] = target
    command, before = rooted(PROGRAMS / "envoy", places, folder / "envoy-root")
    return started(command, *before, *arguments, environment=variables, folder=folder, name="envoy")


def _deployments(cluster: Cluster) -> list[Object]:
    return cluster.api.items(f"/apis/apps/v1/namespaces/{PLACE}/deployments")


def _missing(cluster: Cluster, controller: Running) -> list[str]:
    controller.check()
    return [] if _deployments(cluster) else ["no Deployment of Envoy"]


def _hosts(folder: Path) -> Path:
    found = folder / "hosts"
    service = f"envoy-gateway.{PLACE}.svc.cluster.local"
    found.write_text(f"127.0.0.1 localhost\n{MACHINE} {service} {service}.\n{PROVIDER[0]} {ISSUER}\n", encoding="utf-8")
    return found


def write_secret(cluster: Cluster, name: str, folder: Path) -> Path:
    """Write the files of a Secret of the controller's namespace."""
    data = cluster.api.get(f"/api/v1/namespaces/{PLACE}/secrets/{name}")["data"]
    return write({key: base64.b64decode(value).decode() for key, value in data.items()}, folder)


def write(data: Mapping[str, str], folder: Path) -> Path:
    folder.mkdir()
    for name, content in data.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def envoy_scenes(cluster: Cluster, front: Path, envoy_gateway: Served) -> ServedScenes:
    """The same Envoy, once it serves the scenes, in which several exposures are beside each other."""
    scenes = Scenes(case=expect.CASE, scenes=SCENES, number=2, folder=front)
    objects = [*scenes.secrets(), *stages.users(scenes.namespaces, ".htpasswd"), *scenes.objects()]
    (name, key), value = next(iter(SECRETS.items()))
    clients = [secret(place, name, {key: value}) for place in scenes.namespaces]
    apply(cluster.api, [*clients, *objects])
    found = ServedScenes(scenes={expect.CASE.name: (scenes, PORTS)})
    eventually(found.missing)
    return found
