"""What the test kit says about NetworkPolicies is what an independent reader of them says."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path

from kmop_constructs.core.reachability import NetworkPods, PortProtocol, Topology
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.cluster.analyzer import PROGRAM, Analyzed, spelt_out
from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.policy_sets import OUTSIDE, POD_LABELS, PORTS, PROTOCOLS, namespaces, policies, workloads
from tests.cluster.systems import SYSTEMS, builder

import pytest
from cdk8s import App
from hypothesis import HealthCheck, given, settings

SETS = int(os.environ.get("KMOP_POLICY_SETS", "40"))
"""How many random sets. The same ones each time, unless the number is changed."""

HOW = "run `make cluster-test`, which installs it into .venv-analyzer"

Ask = Callable[[str | NetworkPods, str | NetworkPods, int, PortProtocol], bool]


@pytest.fixture(autouse=True)
def _needs_the_analyzer() -> None:
    if not PROGRAM.exists():
        message = f"no network-config-analyzer: {HOW}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)


def place(end: str | NetworkPods) -> str:
    return end if isinstance(end, str) else f"{end.namespace}/{end.name}"


def differences(
    ours: Ask, theirs: Analyzed, pods: Iterable[NetworkPods], outside: Iterable[str], ports: Iterable[int]
) -> tuple[list[str], Counter[bool]]:
    """Every question that the two answer differently, and how often they agreed on yes and on no."""
    listed, addresses = list(pods), list(outside)
    pairs: list[tuple[str | NetworkPods, str | NetworkPods]] = [*product(listed, listed)]
    pairs += [pair for pod, address in product(listed, addresses) for pair in ((pod, address), (address, pod))]
    found: list[str] = []
    agreed: Counter[bool] = Counter()
    for (source, destination), number, protocol in product(pairs, sorted(set(ports)), PROTOCOLS):
        mine = ours(source, destination, number, protocol)
        if mine == theirs.allowed(place(source), place(destination), number, protocol):
            agreed[mine] += 1
        else:
            found.append(f"{place(source)} -> {place(destination)} {protocol} {number}: ours says {mine}")
    return found, agreed


def asserted(result: Synthesized) -> Ask:
    """The test kit's own assertions, for what they can ask: TCP.

    An `ipBlock` for a part of the addresses that pods may have: the kit says that network plug-ins differ. The analyzer is
    one that matches no pod with it, and so is the topology without ranges.
    """
    without_ranges = Topology(result.objects)

    def ask(source: str | NetworkPods, destination: str | NetworkPods, number: int, protocol: PortProtocol) -> bool:
        verdict = result.topology.verdict(source, destination, number, protocol)
        if not verdict.allowed and not verdict.blocked:
            assert "with some network plug-ins, and not with others" in verdict.reason
            return without_ranges.verdict(source, destination, number, protocol).allowed
        if protocol != "TCP":
            return verdict.allowed
        ends = [end if isinstance(end, str) else f"{end.kind}/{place(end)}" for end in (source, destination)]
        (assert_reachable if verdict.allowed else assert_blocked)(ends[0], ends[1], number, within=result)
        return verdict.allowed

    return ask


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_analyzer_agrees_on_every_connection_of_a_system(system: str, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path / "dist"))
    builder(system)[0](app)
    result = synthesize(app)
    pods = result.topology.workloads
    declared = {port.number for pod in pods for port in pod.ports}

    found, agreed = differences(
        asserted(result), Analyzed(result.objects, tmp_path / "shown"), pods, OUTSIDE, {1, 53, 443, 65535, *declared}
    )

    assert found == []
    assert agreed[True]
    assert agreed[False]


def test_the_analyzer_agrees_on_random_policies(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The sets must open and close enough connections, so that agreement means something."""
    all_agreed: Counter[bool] = Counter()

    @settings(
        max_examples=SETS,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(workloads(), policies())
    def compare(pods: list[Object], drawn: list[Object]) -> None:
        objects = [*namespaces(), *pods, *drawn]
        topology = Topology(objects)

        def ask(source: str | NetworkPods, destination: str | NetworkPods, number: int, protocol: PortProtocol) -> bool:
            return topology.verdict(source, destination, number, protocol).allowed

        theirs = Analyzed(spelt_out(objects, POD_LABELS), tmp_path_factory.mktemp("policies"))
        found, agreed = differences(ask, theirs, topology.workloads, OUTSIDE, PORTS)

        assert found == [], objects
        all_agreed.update(agreed)

    compare()

    assert all_agreed[True] > 1000 * SETS
    assert all_agreed[False] > 100 * SETS


def policy(name: str, namespace: str, spec: Object) -> Object:
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    return {**head, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def deployment(name: str, namespace: str, labels: dict[str, str]) -> Object:
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
    head = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace}}
    return {**head, "spec": {"selector": {"matchLabels": labels}, "template": template}}


BLUE_AND_GREEN = [
    *namespaces(),
    deployment("web", "blue", {"app": "a"}),
    deployment("other", "green", {"app": "b", "tier": "x"}),
]


def test_the_analyzer_still_closes_egress_for_an_empty_rule_list(tmp_path: Path) -> None:
    """When this fails the tool has changed, and the work-around beside it can go."""
    written = [*BLUE_AND_GREEN, policy("p", "blue", {"podSelector": {}, "egress": []})]

    assert Topology(written).verdict("web", "other", 80).allowed
    assert not Analyzed(written, tmp_path / "written").allowed("blue/web", "green/other", 80, "TCP")
    assert Analyzed(spelt_out(written, POD_LABELS), tmp_path / "spelt").allowed("blue/web", "green/other", 80, "TCP")


def test_the_server_reads_an_empty_list_of_egress_rules_as_we_do(cluster: Cluster) -> None:
    path = "/apis/networking.k8s.io/v1/namespaces/strict-restricted/networkpolicies?dryRun=All"

    answer = cluster.api.send("POST", path, policy("p", "strict-restricted", {"podSelector": {}, "egress": []}))

    assert answer.body["spec"]["policyTypes"] == ["Ingress"]


def test_the_analyzer_still_matches_labels_in_one_namespace_only(tmp_path: Path) -> None:
    """When this fails the tool has changed, and the work-around beside it can go."""
    present = {"matchExpressions": [{"key": "tier", "operator": "Exists"}]}
    peer = {"namespaceSelector": {"matchLabels": {"team": "two"}}, "podSelector": present}
    written = [*BLUE_AND_GREEN, policy("p", "blue", {"podSelector": {}, "ingress": [{"from": [peer]}]})]

    assert Topology(written).verdict("other", "web", 80).allowed
    assert not Analyzed(written, tmp_path / "written").allowed("green/other", "blue/web", 80, "TCP")
    assert Analyzed(spelt_out(written, POD_LABELS), tmp_path / "spelt").allowed("green/other", "blue/web", 80, "TCP")


def test_a_wrong_verdict_would_be_found(tmp_path: Path) -> None:
    closed = [*BLUE_AND_GREEN, policy("p", "green", {"podSelector": {}})]
    topology = Topology(BLUE_AND_GREEN)

    def ask(source: str | NetworkPods, destination: str | NetworkPods, number: int, protocol: PortProtocol) -> bool:
        return topology.verdict(source, destination, number, protocol).allowed

    found, _ = differences(ask, Analyzed(closed, tmp_path), topology.workloads, [], [80])

    assert "blue/web -> green/other TCP 80: ours says True" in found
