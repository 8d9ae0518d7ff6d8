"""Apps that fail, and what is said of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kmop_constructs import checks
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.model import model_of
from kmop_constructs.core.synthesis import RenderedApp
from kmop_constructs.errors import CheckError

import pytest
from cdk8s import ApiObject, App, Chart, JsonPatch
from constructs import Construct

assert checks.RULES

Literal = dict[str, Any]


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path / "dist"))


@pytest.fixture
def shop(app: App) -> KmopChart:
    """A chart of ours, in namespace shop."""
    return KmopChart(app, "shop", namespace="shop")


@pytest.fixture
def plain(app: App) -> Chart:
    """A plain cdk8s chart in namespace shop, in an app that this library knows."""
    model_of(app)
    return Chart(app, "plain", namespace="shop", disable_resource_name_hashes=True)


def errors(app: App) -> list[str]:
    """What the synth is stopped for."""
    try:
        app.synth()
    except CheckError as error:
        return [line.strip() for line in str(error).splitlines()[1:]]
    return []


def notices(app: App) -> list[str]:
    """What the synth would log."""
    synthesis = RenderedApp(model_of(app))
    synthesis.check()
    return [str(notice) for notice in synthesis.notices]


def draw(scope: Construct, *literals: Literal) -> None:
    """Objects that this library draws."""
    for number, literal in enumerate(literals):
        Manifest(scope, f"{literal['kind']}-{literal['metadata']['name']}-{number}".lower(), literal)


def foreign(scope: Construct, *literals: Literal) -> None:
    """Objects that cdk8s draws."""
    for number, literal in enumerate(literals):
        head = {key: value for key, value in literal["metadata"].items() if key in _HEAD}
        id = f"{literal['kind']}-{literal['metadata']['name']}-{number}".lower()
        made = ApiObject(scope, id, api_version=literal["apiVersion"], kind=literal["kind"], metadata=head)
        for key, value in literal.items():
            if key not in ("apiVersion", "kind", "metadata"):
                made.add_json_patch(JsonPatch.add(f"/{key}", value))


_HEAD = ("annotations", "labels", "name", "namespace")


def deployment(
    name: str = "api",
    *,
    labels: dict[str, str] | None = None,
    selector: Any = None,
    pod: Literal | None = None,
    kind: str = "Deployment",
    **spec: Any,
) -> Literal:
    """A Deployment of one container; keywords go into the container, the pod or the spec."""
    given = labels or {"app": name}
    of_container = {key: spec.pop(key) for key in tuple(spec) if key in _OF_CONTAINER}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": given} if selector is None else selector,
            "template": {
                "metadata": {"labels": given},
                "spec": {"containers": [{"name": "app", "image": "acme/app:1", **of_container}], **(pod or {})},
            },
            **spec,
        },
    }


_OF_CONTAINER = (
    "ports", "env", "envFrom", "resources", "securityContext", "startupProbe", "livenessProbe", "readinessProbe",
    "lifecycle", "volumeMounts", "args",
)  # fmt: skip


def service(
    name: str = "api", *, selector: dict[str, str] | None = None, port: Any = 80, **port_fields: Any
) -> Literal:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": selector or {"app": name}, "ports": [{"port": port, **port_fields}]},
    }


def thing(api_version: str, kind: str, name: str, spec: Any = None, **rest: Any) -> Literal:
    """Any object."""
    head: Literal = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}
    return {**head, **({} if spec is None else {"spec": spec}), **rest}


def autoscaler(name: str = "api", *, low: int = 2, high: int = 5, metric: Any = None, target: str = "api") -> Literal:
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    return thing(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        name,
        {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
            "minReplicas": low,
            "maxReplicas": high,
            "metrics": [metric or {"type": "Resource", "resource": cpu}],
        },
    )


def budget(name: str = "api", *, selects: dict[str, str] | None = None, **spec: Any) -> Literal:
    selector = {"matchLabels": selects or {"app": "api"}}
    return thing("policy/v1", "PodDisruptionBudget", name, {"selector": selector, **spec})


def policy(name: str = "api", **spec: Any) -> Literal:
    body = {"podSelector": {"matchLabels": {"app": "api"}}, "policyTypes": ["Ingress"], **spec}
    return thing("networking.k8s.io/v1", "NetworkPolicy", name, body)


def ingress(name: str = "api", *, to: str = "api", port: Any = 80, host: str = "acme.io", path: str = "/") -> Literal:
    wanted = {"number": port} if isinstance(port, int) else {"name": port}
    route = {"path": path, "pathType": "Prefix", "backend": {"service": {"name": to, "port": wanted}}}
    return thing("networking.k8s.io/v1", "Ingress", name, {"rules": [{"host": host, "http": {"paths": [route]}}]})
