"""What every value of the vocabulary promises."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import kmop_constructs.values
from kmop_constructs import Pods
from kmop_constructs.components.api_gateway.auth import Jwt
from kmop_constructs.components.api_gateway.route import Mirror, PathRoute, Redirect, Share
from kmop_constructs.components.api_gateway.spec import Exposure
from kmop_constructs.components.api_gateway.tls import Hsts, Tls
from kmop_constructs.components.api_gateway.traffic import Cors, RateLimit
from kmop_constructs.errors import SpecError
from kmop_constructs.values.address import Template, Url
from kmop_constructs.values.cluster import Cluster, Peers
from kmop_constructs.values.container import Container
from kmop_constructs.values.disruption import NO_BUDGET
from kmop_constructs.values.env import ConfigKey, ConfigMapEnv, ContainerField, PodField, SecretEnv, SecretKey
from kmop_constructs.values.files import ConfigDirectory, LocalFile, SecretDirectory, Text
from kmop_constructs.values.image import Image
from kmop_constructs.values.placement import Placement, Toleration
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Exec, GrpcCheck, Health, HttpGet, ProbeTiming, TcpSocket
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import UNLIMITED, Resources
from kmop_constructs.values.rollout import Recreate
from kmop_constructs.values.scaling import Autoscaling, ScalingPace
from kmop_constructs.values.secret import InlineSecret
from kmop_constructs.values.security import Account, Permission, Security
from kmop_constructs.values.service import LoadBalancer
from kmop_constructs.values.shutdown import Shutdown
from kmop_constructs.values.volumes import Claim, EmptyDir
from kmop_constructs.values.workload import Identity
from kmop_constructs.workloads.spec import ServiceSpec

import pytest


def classes() -> Iterator[type]:
    for module in pkgutil.iter_modules(kmop_constructs.values.__path__):
        loaded = importlib.import_module(f"kmop_constructs.values.{module.name}")
        for value in vars(loaded).values():
            if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == loaded.__name__:
                yield value


CLASSES = list(classes())

FULL = ServiceSpec(
    image=Image("acme/web:1.0", pull_secrets=("regcred",)),
    port=(Port.grpc(9090, service_port=80), Port.udp(53)),

    command=("run",),
    env={"A": "1", "B": SecretKey("s", "k"), "C": ConfigKey("c", "k"), "D": PodField("status.podIP"),
         "E": ContainerField("limits.cpu", divisor=Cpu("1m"))},
    env_from=(ConfigMapEnv("c"), SecretEnv("s")),
    files={"/a": Text("x"), "/b": LocalFile(Path(__file__)), "/c": ConfigDirectory("c", items={"k": "p"}),
           "/d": SecretDirectory("s")},
    volumes={"/e": EmptyDir("e", size_limit=Size("1Gi")), "/f": Claim("f", shared=True).at("x")},
    resources=Resources(cpu=Cpu("1"), memory=Size("1Gi"), memory_limit=UNLIMITED),
    security=Security(sysctls={"a": "b"}),
    identity=Identity(name="web", selector={"app": "web"}),
    labels={"team": "a"},
    health=Health(readiness=HttpGet("/", headers={"A": "b"}, timing=ProbeTiming(failures=1)), liveness=TcpSocket(),
                  startup=Exec(("ls",))),
    scaling=Autoscaling(max_replicas=4, cpu_percent=50, scale_up=ScalingPace(pods=2)),
    disruption=NO_BUDGET,
    rollout=Recreate(),
    shutdown=Shutdown(pause_command=("sleep", "10")),
    account=Account(annotations={"a": "b"}, permissions=(Permission(("get",), ("pods",)),)),
    placement=Placement(node_selector={"disk": "ssd"}, tolerations=(Toleration("gpu"),)),
    init_containers=(Container("init", image=Image("acme/init:1")),),
    service=LoadBalancer(source_ranges=("10.0.0.0/8",), port=9090),
    exposure=Exposure(host="acme.io", tls=Tls.issued_by("letsencrypt", hsts=Hsts()), cors=Cors(("https://acme.io",)),
                      paths=("/", PathRoute("/a", headers={"a": "b"})), redirects=(Redirect("/b", "/c"),),
                      auth=Jwt(issuer="a", jwks_uri="https://id.acme.io", claims_to_headers={"a": "b"}),
                      rate_limit=RateLimit(5), shares=(Share("web-canary", 5),), mirrors=(Mirror("web-next"),), annotations={"a": "b"}),
)  # fmt: skip

VALUES: list[object] = [
    FULL,
    Cluster(registries={"docker.io": "m.io"}, peers=Peers(dns=Pods.of({"a": "b"}, namespace="kube-system"))),
    Pods.of({"a": "b"}),
    GrpcCheck("liveness"),
    Url("A"),
    Template("A", "{host}"),
    InlineSecret("x"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_can_be_hashed_copied_and_sent_to_another_process(value: Any) -> None:
    for same in (copy.deepcopy(value), pickle.loads(pickle.dumps(value)), dataclasses.replace(value)):
        assert same == value
        assert hash(same) == hash(value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_no_field_of_a_value_can_be_set(value: Any) -> None:
    for field in dataclasses.fields(value):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field.name, None)
    with pytest.raises((AttributeError, TypeError)):
        value.something_new = 1


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_value_has_slots_and_at_most_two_positional_fields(cls: type) -> None:
    assert "__slots__" in vars(cls)
    fields = dataclasses.fields(cast(Any, cls))
    assert cast(Any, cls).__dataclass_params__.frozen
    assert sum(not field.kw_only for field in fields) <= 2


def test_overlays_of_a_full_spec_keep_everything_else() -> None:
    changed = dataclasses.replace(FULL, labels={"team": "b"})
    assert dataclasses.replace(changed, labels=FULL.labels) == FULL
    for field in dataclasses.fields(FULL):
        if field.name != "labels":
            assert getattr(changed, field.name) == getattr(FULL, field.name)


def test_an_error_of_a_value_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="^Port: ") as caught:
        Port(0)
    assert isinstance(caught.value, SpecError)
