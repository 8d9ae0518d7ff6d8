"""The generated typings are current, and a mistake in a manifest stays a mistake for the type checker."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints, is_typeddict

from imports.generate import TYPINGS, main
from imports.native import SCHEMA_FILE
from imports.vendor import kubernetes_schema

import pytest

ROOT = Path(__file__).parents[2]

MANIFESTS = """\
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.typings import (
        configuration_konghq_com,
        gateway_networking_k8s_io,
        getambassador_io,
        k8s,
        networking_istio_io,
        traefik_io,
    )


def manifests(labels: Mapping[str, str], names: list[str]) -> list[Mapping[str, object]]:
    limits: dict[str, str] = {"memory": "1Gi"}
    container: k8s.Container = {
        "name": "web",
        "ports": [{"containerPort": port, "protocol": "TCP"} for port in (8080, 8081)],
        "env": [{"name": name, "value": "x"} for name in names],
        "resources": {"limits": limits, "requests": {"cpu": 1, "memory": "256Mi"}},
        "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
        "livenessProbe": {"tcpSocket": {"port": 8080}},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
    deployment: k8s.Deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {**labels, "app": "web"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], "volumes": [{"name": "tmp", "emptyDir": {}}]},
            },
        },
    }
    policy: k8s.NetworkPolicy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "web"},
        "spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": "http"}]}]},
    }
    budget: k8s.PodDisruptionBudget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web"},
        "spec": {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"},
    }
    route: gateway_networking_k8s_io.HTTPRoute = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "web", "labels": labels},
        "spec": {
            "parentRefs": [{"name": "edge"}],
            "rules": [{"matches": [{"path": {"value": "/"}}], "backendRefs": [{"name": name, "port": 80} for name in names]}],
        },
    }
    gateway: networking_istio_io.Gateway = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "edge"},
        "spec": {"servers": [{"hosts": names, "port": {"name": "http", "number": 80, "protocol": "HTTP"}}]},
    }
    mapping: getambassador_io.Mapping = {
        "apiVersion": "getambassador.io/v3alpha1",
        "kind": "Mapping",
        "metadata": {"name": "web"},
        "spec": {"prefix": "/", "service": "web", "add_request_headers": {"x-a": {"value": "b"}}},
    }
    plugin: configuration_konghq_com.KongPlugin = {
        "apiVersion": "configuration.konghq.com/v1",
        "kind": "KongPlugin",
        "metadata": {"name": "limit"},
        "plugin": "rate-limiting",
        "config": {"minute": 100},
    }
    return [deployment, policy, budget, route, gateway, mapping, plugin]


def mistakes() -> list[Mapping[str, object]]:
    field: k8s.DeploymentSpec = {"replica": 3, "selector": {}, "template": {}}  # wrong
    value: k8s.DeploymentSpec = {"replicas": "3", "selector": {}, "template": {}}  # wrong
    missing: k8s.Container = {"image": "web:1"}  # wrong
    deep: k8s.PodTemplateSpec = {"spec": {"containers": [{"name": "web", "ports": [{"port": 80}]}]}}  # wrong
    command: k8s.Container = {"name": "web", "command": "sh"}  # wrong
    version: k8s.ConfigMap = {"apiVersion": "v2", "kind": "ConfigMap", "metadata": {}}  # wrong
    kind: k8s.Role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {}}  # wrong
    nameless: k8s.Secret = {"apiVersion": "v1", "kind": "Secret"}  # wrong
    number: k8s.ConfigMap = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": {"a": 1}}  # wrong
    fraction: k8s.ResourceRequirements = {"requests": {"cpu": 0.1}}  # wrong
    status: k8s.Namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {}, "status": {}}  # wrong
    null: k8s.PodSpec = {"containers": [], "priorityClassName": None}  # wrong
    keyword: k8s.NetworkPolicyIngressRule = {"to": []}  # wrong
    native = [field, value, missing, deep, command, version, kind, nameless, number, fraction, status, null, keyword]
    custom: gateway_networking_k8s_io.HTTPRouteSpec = {"hosts": ["web"]}  # wrong
    enum: gateway_networking_k8s_io.HTTPRouteRuleMatchPath = {"type": "Glob"}  # wrong
    group: gateway_networking_k8s_io.Gateway = {"apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": {}, "spec": {}}  # wrong
    half: getambassador_io.MappingSpec = {"prefix": "/"}  # wrong
    middleware: traefik_io.MiddlewareSpec = {"rateLimit": {"avarage": 5}}  # wrong
    plugin: configuration_konghq_com.KongPlugin = {"apiVersion": "configuration.konghq.com/v1", "kind": "KongPlugin", "metadata": {}}  # wrong
    return [*native, custom, enum, group, half, middleware, plugin]
"""


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """The lines of MANIFESTS that the type checker reports, each as often as it does."""
    folder = tmp_path_factory.mktemp("manifests")
    (folder / "manifests.py").write_text(MANIFESTS, encoding="utf-8")
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "extraPaths": [str(ROOT)],
        "include": ["manifests.py"],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--project", str(folder)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
    )
    diagnostics = json.loads(run.stdout)["generalDiagnostics"]
    return [diagnostic["range"]["start"]["line"] for diagnostic in diagnostics]


def test_a_stale_file_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Those of every group are compared by ``make types``."""
    crds = tmp_path / "crds"
    main(["--crds", str(crds), "--output", str(tmp_path)])
    assert (main(["--check", "--crds", str(crds), "--output", str(tmp_path)]), capfd.readouterr().err) == (0, "")
    with (tmp_path / "k8s.py").open("a", encoding="utf-8") as file:
        file.write("# by hand\n")
    (tmp_path / "example_com.py").touch()

    code = main(["--check", "--crds", str(crds), "--output", str(tmp_path)])

    assert code == 1
    assert [line.partition(":")[0] for line in capfd.readouterr().err.splitlines()] == [
        f"{tmp_path.name}/example_com.py",
        f"{tmp_path.name}/k8s.py",
    ]


def test_right_manifests_pass_and_wrong_ones_are_reported(reported: list[int]) -> None:
    wrong = [number for number, line in enumerate(MANIFESTS.splitlines()) if line.endswith("# wrong")]

    assert len(wrong) == 19
    assert reported == wrong


def test_the_package_shows_the_typings_as_its_own() -> None:
    link = ROOT / "kmop_constructs" / "typings"

    assert link.readlink() == Path("../imports/typings")
    assert link.resolve() == ROOT / "imports" / "typings"


@pytest.mark.parametrize("module", sorted(path.stem for path in TYPINGS.glob("[!_]*.py")))
def test_the_typings_can_be_read_at_run_time(module: str) -> None:
    typings = importlib.import_module(f"kmop_constructs.typings.{module}")
    classes = [each for each in vars(typings).values() if is_typeddict(each) and each.__module__ == typings.__name__]

    hints = [get_type_hints(each) for each in classes]  # which raises where a name leads nowhere

    assert any(hints)


def test_the_pinned_schema_is_the_newest_that_the_locked_package_has() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == kubernetes_schema()
