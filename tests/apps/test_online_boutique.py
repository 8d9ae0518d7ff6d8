"""A real system: its calls are open, all else is closed, and every version of Kubernetes takes it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from apps import online_boutique
from kmop_constructs import Microservice, Platform, Worker
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from kmop_constructs.workloads.workload import Workload
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[2]

CALLS = {
    "cartservice": {"redis-cart": 6379},
    "checkoutservice": {
        "cartservice": 7070,
        "currencyservice": 7000,
        "emailservice": 8080,
        "paymentservice": 50051,
        "productcatalogservice": 3550,
        "shippingservice": 50051,
    },
    "frontend": {
        "adservice": 9555,
        "cartservice": 7070,
        "checkoutservice": 5050,
        "currencyservice": 7000,
        "productcatalogservice": 3550,
        "recommendationservice": 8080,
        "shippingservice": 50051,
    },
    "loadgenerator": {"frontend": 8080},
    "recommendationservice": {"productcatalogservice": 3550},
}
"""Who calls whom, on which container port: from the manifests of the original."""

SERVICES = sorted({*CALLS, *(callee for callees in CALLS.values() for callee in callees)})


def workload(name: str) -> str:
    return f"{'StatefulSet' if name == 'redis-cart' else 'Deployment'}/{name}"


@pytest.fixture(scope="module")
def boutique(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(online_boutique.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


def test_online_boutique(boutique: Synthesized, manifests: SnapshotAssertion) -> None:
    assert (len(boutique.pick("Deployment")), len(boutique.pick("StatefulSet"))) == (11, 1)
    assert boutique == manifests


@pytest.mark.parametrize(("caller", "callee"), [(a, b) for a in CALLS for b in CALLS[a]])
def test_a_declared_call_is_open(boutique: Synthesized, caller: str, callee: str) -> None:
    assert_reachable(workload(caller), workload(callee), CALLS[caller][callee], within=boutique)


def test_every_other_pair_of_services_is_blocked(boutique: Synthesized) -> None:
    pairs = [(a, b) for a in SERVICES for b in SERVICES if a != b and b not in CALLS.get(a, {})]
    assert len(pairs) == 12 * 11 - sum(map(len, CALLS.values()))
    for caller, callee in pairs:
        assert_blocked(workload(caller), workload(callee), within=boutique)


@pytest.mark.parametrize("service", SERVICES)
def test_dns_is_open_to_any_address(boutique: Synthesized, service: str) -> None:
    for protocol in ("UDP", "TCP"):
        assert boutique.topology.verdict(workload(service), "192.0.2.53", 53, protocol=protocol).allowed


def test_the_frontend_is_open_to_the_world_and_nothing_else_is(boutique: Synthesized) -> None:
    assert_reachable("203.0.113.7", "Deployment/frontend", 8080, within=boutique)
    for service in set(SERVICES) - {"frontend"}:
        assert_blocked("203.0.113.7", workload(service), within=boutique)


def test_a_second_service_leads_to_the_same_pods(boutique: Synthesized) -> None:
    inside, outside = boutique.one("Service", "frontend"), boutique.one("Service", "frontend-external")
    assert inside["spec"]["selector"] == outside["spec"]["selector"]
    assert (inside["spec"]["type"], outside["spec"]["type"]) == ("ClusterIP", "LoadBalancer")


def test_the_worker_has_no_service_and_no_probe(boutique: Synthesized) -> None:
    assert not boutique.pick("Service", "loadgenerator")
    container = boutique.one("Deployment", "loadgenerator")["spec"]["template"]["spec"]["containers"][0]
    assert not [key for key in container if key.endswith("Probe") or key in ("ports", "lifecycle")]


def test_one_replica_has_no_budget_that_would_block_a_drain(boutique: Synthesized) -> None:
    budgets = {each["metadata"]["name"] for each in boutique.pick("PodDisruptionBudget")}
    assert budgets == set(SERVICES) - {"redis-cart", "loadgenerator"}


def test_carts_are_in_a_redis_with_eviction_and_without_login(boutique: Synthesized) -> None:
    pod = boutique.one("StatefulSet", "redis-cart")["spec"]["template"]["spec"]
    args = pod["containers"][0]["args"]
    assert args[args.index("--maxmemory-policy") + 1] == "allkeys-lru"
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["fsGroup"]) == (1000, 1000)
    caller = boutique.one("Deployment", "cartservice")["spec"]["template"]["spec"]["containers"][0]
    assert caller["env"] == [{"name": "REDIS_ADDR", "value": "redis-cart:6379"}]


def test_what_was_allowed_by_name_is_no_notice(boutique: Synthesized) -> None:
    assert boutique.notices == ()


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    chart = online_boutique.build(app, platform=Platform(kubernetes=version))
    assert_valid(synthesize(chart).objects, version)


def rendered(folder: Path, cwd: Path, **environment: str) -> dict[str, bytes]:
    env = {**os.environ, "CDK8S_OUTDIR": str(folder), "PYTHONPATH": str(ROOT), **environment}
    subprocess.run([sys.executable, "-m", "apps.online_boutique"], check=True, cwd=cwd, env=env, capture_output=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_bytes_with_another_hash_seed_folder_and_locale(tmp_path: Path) -> None:
    first = rendered(tmp_path / "first", ROOT, PYTHONHASHSEED="1", LC_ALL="C.UTF-8")
    second = rendered(tmp_path / "second", tmp_path, PYTHONHASHSEED="2", LC_ALL="C", TZ="Asia/Tokyo")
    assert first == second
    assert list(first) == ["online-boutique.k8s.yaml"]


def test_the_same_bytes_in_another_order_of_declaration(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forwards = synthesize(online_boutique.build(app)).yaml()
    declared: list[tuple[type[Workload], tuple[Any, ...], dict[str, Any]]] = []

    def recorder(kind: type[Workload]) -> Callable[..., None]:
        def record(*args: Any, **named: Any) -> None:
            declared.append((kind, args, named))

        return record

    def nothing(*_: object, **__: object) -> None:
        pass

    for kind in (Microservice, Worker):
        monkeypatch.setattr(online_boutique, kind.__name__, recorder(kind))
    monkeypatch.setattr(online_boutique, "allow", nothing)
    chart = online_boutique.build(App(outdir=str(tmp_path)))
    for kind, args, named in reversed(declared):
        kind(*args, **named)
    assert len(declared) == 11
    assert synthesize(chart).yaml() == forwards
