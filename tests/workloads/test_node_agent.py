"""Pods on every node."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Account,
    Addresses,
    CheckError,
    Claim,
    Container,
    Dns,
    EmptyDir,
    HostPath,
    Image,
    KmopChart,
    Metrics,
    Microservice,
    NativeConfig,
    NativeNamespace,
    NodeAgent,
    NodeAgentSpec,
    NodePort,
    NodeUpdate,
    Peers,
    Permission,
    Placement,
    Platform,
    Pods,
    Port,
    Resources,
    Security,
    ServiceSpec,
    SpecError,
    StatefulService,
    StatefulSpec,
    TaskSpec,
    WorkerSpec,
    allow,
)
from kmop_constructs.placement import Spread, Toleration
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

IMAGE = Image("acme/agent:2.4")
AGENT = NodeAgentSpec(image=IMAGE, port=4318, resources=Resources.of("100m", "64Mi"))
WEB = ServiceSpec(image=Image("acme/web:1.4"), port=8080, resources=Resources.of("100m", "64Mi"))
NODES = "10.0.0.0/16"
KNOWN = Platform(node_ranges=(NODES,))
LOGS = HostPath("/var/log/pods")


def draw(
    chart: KmopChart, spec: NodeAgentSpec = AGENT, platform: Platform | None = None, **changes: Any
) -> Synthesized:
    return synthesize(NodeAgent(chart, "agent", replace(spec, **changes), platform=platform))


def find_spec(chart: KmopChart, **changes: Any) -> dict[str, Any]:
    return draw(chart, **changes).one("DaemonSet")["spec"]


def find_pod(chart: KmopChart, **changes: Any) -> dict[str, Any]:
    return find_spec(chart, **changes)["template"]["spec"]


def list_rules(result: Synthesized) -> set[str]:
    return {each.rule for each in result.notices}


def find_peers(result: Synthesized, name: str, direction: str) -> dict[int, list[Any]]:
    rules = result.one("NetworkPolicy", name)["spec"].get(direction, [])
    other = {"egress": "to", "ingress": "from"}[direction]
    return {port["port"]: rule[other] for rule in rules if other in rule for port in rule["ports"]}


def test_a_node_agent(chart: KmopChart, manifests: SnapshotAssertion) -> None:
    result = draw(chart, all_nodes=True)
    kinds = {each["kind"] for each in result.objects}
    assert kinds == {"DaemonSet", "NetworkPolicy", "Service", "ServiceAccount"}
    assert result == manifests


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_strictly(chart: KmopChart, version: str) -> None:
    volumes = {"/logs": LOGS, "/state": HostPath("/var/lib/agent", writable=True, type="DirectoryOrCreate")}
    spec = replace(AGENT, port=Port(4318, host_port=4318), volumes=volumes, host_pid=True, host_network=True)
    assert_valid(draw(chart, spec, Platform(kubernetes=version)).objects, version)


def test_a_caller_gets_the_pod_on_its_own_node(chart: KmopChart) -> None:
    agent = NodeAgent(chart, "agent", AGENT)
    web = Microservice(chart, "web", WEB, uses=[agent.http()])
    result = synthesize(chart)
    assert result.one("Service", "agent")["spec"]["internalTrafficPolicy"] == "Local"
    (variable,) = result.one("Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert variable == {"name": "AGENT_URL", "value": "http://agent:4318"}
    assert_reachable(web, agent)


def test_pods_without_an_edge_are_kept_out(chart: KmopChart) -> None:
    agent, web = NodeAgent(chart, "agent", AGENT), Microservice(chart, "web", WEB)
    assert_blocked(web, agent)
    assert_blocked(agent, web)


def test_an_agent_uses_services_like_others_do(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB)
    settings = NativeConfig(chart, "settings", data={"LEVEL": "info"})
    agent = NodeAgent(chart, "agent", AGENT, uses=[web.http(), settings.as_env("LEVEL")])
    template = synthesize(agent).one("DaemonSet")["spec"]["template"]
    assert {each["name"] for each in template["spec"]["containers"][0]["env"]} == {"LEVEL", "WEB_URL"}
    assert template["metadata"]["annotations"]["checksum/config"]
    assert_reachable(agent, web)


def test_an_agent_without_a_port_has_no_service(chart: KmopChart) -> None:
    result = draw(chart, port=None)
    assert not result.pick("Service")
    assert "lifecycle" not in result.one("DaemonSet")["spec"]["template"]["spec"]["containers"][0]
    with pytest.raises(SpecError, match="shop/agent: has no port; add a port"):
        NodeAgent(KmopChart(App(), "shop", namespace="shop"), "agent", replace(AGENT, port=None)).http()


def test_an_agent_with_ports_of_the_node_alone_has_no_service(chart: KmopChart) -> None:
    agent = NodeAgent(chart, "agent", replace(AGENT, port=Port(8125, host_port=8125, exposed=False)))
    assert not synthesize(agent).pick("Service")
    with pytest.raises(SpecError, match="shop/agent: has no Service"):
        agent.http()


def test_permissions_give_a_role_and_a_token(chart: KmopChart) -> None:
    server = Platform(peers=Peers(api_server=Addresses.of("10.96.0.1/32", port=443)))
    account = Account(permissions=(Permission(("get", "list"), ("pods",)),))
    result = draw(chart, replace(AGENT, account=account), server)
    assert result.one("RoleBinding")["subjects"][0]["name"] == "agent"
    assert result.one("DaemonSet")["spec"]["template"]["spec"]["automountServiceAccountToken"] is True


def test_metrics_admit_the_scraper(chart: KmopChart) -> None:
    scraper = Platform(peers=Peers(scraper=Pods.of(namespace="monitoring")))
    result = draw(chart, replace(AGENT, metrics=Metrics()), scraper)
    annotations = result.one("DaemonSet")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == "4318"
    assert 4318 in find_peers(result, "agent", "ingress")


def test_one_pod_on_every_node_is_not_spread(chart: KmopChart) -> None:
    assert "topologySpreadConstraints" not in find_pod(chart)
    with pytest.raises(SpecError, match=r"NodeAgentSpec.placement: spread has no effect"):
        replace(AGENT, placement=Placement(spread=(Spread("zone"),)))


def test_all_nodes_tolerates_every_taint(chart: KmopChart) -> None:
    gpu = Placement(tolerations=(Toleration("gpu"),), priority_class="system-node-critical")
    pod = find_pod(chart, all_nodes=True, placement=gpu)
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert pod["priorityClassName"] == "system-node-critical"


def test_ordinary_nodes_are_the_default(chart: KmopChart) -> None:
    gpu = Placement(tolerations=(Toleration("gpu"),))
    assert find_pod(chart, placement=gpu)["tolerations"] == [{"operator": "Exists", "key": "gpu"}]


@pytest.mark.parametrize(
    ("rollout", "drawn"),
    [
        (NodeUpdate(), {"maxSurge": 0, "maxUnavailable": 1}),
        (NodeUpdate(max_unavailable_percent=10), {"maxSurge": 0, "maxUnavailable": "10%"}),
        (NodeUpdate(max_surge=2), {"maxSurge": 2, "maxUnavailable": 0}),
        (NodeUpdate(max_surge_percent=25), {"maxSurge": "25%", "maxUnavailable": 0}),
    ],
)
def test_an_update_is_limited_in_one_way(chart: KmopChart, rollout: NodeUpdate, drawn: dict[str, Any]) -> None:
    strategy = find_spec(chart, rollout=rollout)["updateStrategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": drawn}


def test_an_update_can_wait_for_a_deletion(chart: KmopChart) -> None:
    rollout = NodeUpdate(on_delete=True, min_ready=timedelta(seconds=5), revision_history_limit=1)
    spec = find_spec(chart, rollout=rollout)
    assert spec["updateStrategy"] == {"type": "OnDelete"}
    assert (spec["minReadySeconds"], spec["revisionHistoryLimit"]) == (5, 1)


@pytest.mark.parametrize("more", [{"max_surge": 1}, {"max_unavailable_percent": 5}, {"on_delete": True}])
def test_two_limits_of_an_update_are_refused(more: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="set together with max_unavailable; keep one"):
        NodeUpdate(max_unavailable=1, **more)


def test_a_surge_with_ports_of_the_node_is_refused() -> None:
    """The new pod of a node would wait for the port of the old one, and the old one for the new pod."""
    surge = NodeUpdate(max_surge=1)
    for more in ({"host_network": True}, {"port": Port(4318, host_port=4318)}):
        with pytest.raises(SpecError, match="two pods cannot use one port of a node"):
            replace(AGENT, rollout=surge, **more)


def test_paths_of_the_node_are_read_only_by_default(chart: KmopChart) -> None:
    pod = find_pod(chart, volumes={"/logs": LOGS, "/state": HostPath("/var/lib/agent", writable=True)})
    mounts = {each["mountPath"]: each.get("readOnly", False) for each in pod["containers"][0]["volumeMounts"]}
    assert mounts == {"/logs": True, "/state": False, "/tmp": False}
    assert pod["volumes"][1] == {
        "name": "host-var-log-pods",
        "hostPath": {"path": "/var/log/pods", "type": "Directory"},
    }


def test_file_systems_below_a_path_are_read_only_too(chart: KmopChart) -> None:
    result = draw(chart, replace(AGENT, volumes={"/logs": LOGS}), Platform(kubernetes="1.31"))
    mounts = result.one("DaemonSet")["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    assert mounts[0] == {
        "name": "host-var-log-pods",
        "mountPath": "/logs",
        "readOnly": True,
        "recursiveReadOnly": "IfPossible",
    }


def test_mounts_of_the_node_can_be_followed(chart: KmopChart) -> None:
    """The API server refuses ``recursiveReadOnly`` together with a propagation."""
    root = HostPath("/", follow_mounts=True)
    result = draw(chart, replace(AGENT, volumes={"/host/root": root}), Platform(kubernetes="1.31"))
    mounts = result.one("DaemonSet")["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    assert mounts[0] == {
        "name": "host-root",
        "mountPath": "/host/root",
        "readOnly": True,
        "mountPropagation": "HostToContainer",
    }


@pytest.mark.parametrize(
    "spec", [WEB, TaskSpec(image=IMAGE), WorkerSpec(image=IMAGE), StatefulSpec(image=IMAGE, port=1)]
)
def test_only_an_agent_has_paths_of_the_node(spec: Any) -> None:
    with pytest.raises(SpecError, match=r"volumes: a HostPath, which only a NodeAgent supports"):
        replace(spec, volumes={"/logs": LOGS})
    with pytest.raises(SpecError, match=r"volumes: a HostPath, which only a NodeAgent supports"):
        replace(spec, sidecars=(Container("more", image=IMAGE, volumes={"/logs": LOGS}),))


def test_only_an_agent_has_ports_of_the_node() -> None:
    port = Port(80, host_port=80)
    for make in (
        lambda: replace(WEB, port=port),
        lambda: replace(WEB, port=(*WEB.ports, port)),
        lambda: WorkerSpec(image=IMAGE, container_ports=(port,)),
        lambda: replace(WEB, sidecars=(Container("more", image=IMAGE, ports=(port,)),)),
    ):
        with pytest.raises(SpecError, match="port 80 sets host_port, which only a NodeAgent supports"):
            make()


def test_a_claim_of_one_node_is_refused() -> None:
    with pytest.raises(SpecError, match="the claim 'data' can be attached to one node at a time"):
        replace(AGENT, volumes={"/data": Claim("data")})
    assert replace(AGENT, volumes={"/data": Claim("data", shared=True), "/x": EmptyDir("x")})


def test_settings_of_a_service_need_a_port() -> None:
    with pytest.raises(SpecError, match=r"NodeAgentSpec\.service: has no effect without a port"):
        replace(AGENT, port=None, service=NodePort())


def test_a_port_of_the_node_leads_to_the_container(chart: KmopChart) -> None:
    sidecar = Container("more", image=IMAGE, ports=(Port(9000, name="more", host_port=9001),))
    pod = find_pod(chart, port=Port(4318, host_port=14318), sidecars=(sidecar,))
    (port,) = pod["containers"][0]["ports"]
    assert port == {"name": "http", "containerPort": 4318, "protocol": "TCP", "hostPort": 14318}
    assert pod["initContainers"][0]["ports"][0]["hostPort"] == 9001


def draw_two(chart: KmopChart, one: Port, other: Port, **fields: Any) -> None:
    NodeAgent(chart, "logs", NodeAgentSpec(image=Image("acme/logs:1"), port=one))
    NodeAgent(chart, "traces", NodeAgentSpec(image=Image("acme/traces:1"), port=other, **fields))


def test_two_agents_with_one_port_of_the_node_are_an_error(chart: KmopChart) -> None:
    draw_two(chart, Port(8080, host_port=80), Port(9090, host_port=80))
    with pytest.raises(
        CheckError, match=r"shop/traces/daemonset: uses the port 80 \(TCP\) of the node, which DaemonSet shop/logs"
    ):
        synthesize(chart)


@pytest.mark.parametrize(
    ("other", "fields"),
    [
        (Port(9090, host_port=81), {}),
        (Port.udp(80), {}),
        (Port(9090, host_port=80), {"placement": Placement(node_selector={"pool": "edge"})}),
    ],
    ids=["another port", "another protocol", "other nodes"],
)
def test_two_agents_that_fit_on_one_node_pass(chart: KmopChart, other: Port, fields: dict[str, Any]) -> None:
    draw_two(chart, Port(8080, host_port=80), other, **fields)
    assert synthesize(chart).pick("DaemonSet")


def test_a_namespace_below_privileged_is_a_finding(chart: KmopChart) -> None:
    NativeNamespace(chart, "namespace")
    NodeAgent(chart, "agent", replace(AGENT, volumes={"/logs": LOGS}))
    with pytest.raises(
        CheckError, match=r"volume 'host-var-log-pods' must not be a hostPath at the level 'restricted'"
    ):
        synthesize(chart)


def test_a_privileged_namespace_admits_the_node(chart: KmopChart) -> None:
    NativeNamespace(chart, "namespace", pod_security="privileged")
    agent = NodeAgent(chart, "agent", replace(AGENT, volumes={"/logs": LOGS}))
    assert list_rules(synthesize(agent)) == set()


@pytest.mark.parametrize(
    ("more", "used"),
    [
        ({"volumes": {"/logs": LOGS}}, "volume 'host-var-log-pods'"),
        ({"port": Port(4318, host_port=4318)}, "ports.hostPort"),
        ({"host_pid": True}, "hostPID"),
        ({"host_network": True}, "hostNetwork"),
    ],
)
def test_a_namespace_elsewhere_must_admit_the_node(chart: KmopChart, more: dict[str, Any], used: str) -> None:
    (notice,) = [each for each in draw(chart, **more).notices if each.rule == "host-access"]
    assert f"uses its node ({used})" in notice.message
    assert "NativeNamespace(…, pod_security='privileged')" in notice.message


def test_an_agent_that_leaves_its_node_alone_has_no_notice(chart: KmopChart) -> None:
    assert list_rules(draw(chart)) == set()


def test_a_port_of_the_node_opens_nodes_and_pods(chart: KmopChart) -> None:
    """Plug-ins compare addresses before or after the translation from the port of the node to that of the pod."""
    agent = NodeAgent(chart, "agent", replace(AGENT, port=Port(4318, host_port=14318)), platform=KNOWN)
    web = Microservice(chart, "web", WEB, platform=KNOWN, uses=[agent.on_node().http()])
    result = synthesize(chart)
    assert find_peers(result, "web", "egress")[14318] == [{"ipBlock": {"cidr": NODES}}]
    assert_reachable(web, agent, 4318)
    assert list(find_peers(result, "agent", "ingress")) == [4318]


def test_the_address_of_the_node_is_a_variable(chart: KmopChart) -> None:
    agent = NodeAgent(chart, "agent", replace(AGENT, port=Port(4318, host_port=14318)), platform=KNOWN)
    web = Microservice(chart, "web", WEB, platform=KNOWN, uses=[agent.on_node().http(path="/v1")])
    variables = synthesize(web).one("Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert variables == [
        {"name": "AGENT_HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
        {"name": "AGENT_URL", "value": "http://$(AGENT_HOST_IP):14318/v1"},
    ]


def test_a_wait_for_the_node_knows_its_address(chart: KmopChart) -> None:
    agent = NodeAgent(chart, "agent", replace(AGENT, port=Port(4318, host_port=14318)), platform=KNOWN)
    wait = agent.on_node().http(env=None).before_start(Image("busybox:1.37"))
    web = Microservice(chart, "web", WEB, platform=KNOWN, uses=[wait])
    (waiting,) = synthesize(web).one("Deployment")["spec"]["template"]["spec"]["initContainers"]
    assert waiting["env"][0]["name"] == "AGENT_HOST_IP"
    assert "nc -z -w 2 $(AGENT_HOST_IP) 14318" in waiting["command"][2]


def test_a_port_that_is_not_of_the_node_is_refused(chart: KmopChart) -> None:
    agent = NodeAgent(chart, "agent", AGENT)
    with pytest.raises(SpecError, match=r"shop/agent: on_node: port 4318 is not a port of the node.*host_port=4318"):
        agent.on_node()
    other = NodeAgent(chart, "other", replace(AGENT, port=Port(4318, host_port=14318)))
    with pytest.raises(
        SpecError, match=r"other.on_node\(\).tcp\(port=…\): not a port on the node, got 1; use one of: 14318"
    ):
        other.on_node().tcp(port=1)


def test_a_call_by_the_node_needs_addresses_of_nodes(chart: KmopChart) -> None:
    agent = NodeAgent(chart, "agent", replace(AGENT, port=Port(4318, host_port=14318)))
    Microservice(chart, "web", WEB, uses=[agent.on_node().http()])
    with pytest.raises(CheckError, match=r"shop/web: calls shop/agent by its node, .*; set node_ranges="):
        synthesize(chart)


def test_a_caller_with_open_egress_needs_no_addresses(chart: KmopChart) -> None:
    agent = NodeAgent(chart, "agent", replace(AGENT, port=Port(4318, host_port=14318)))
    web = Microservice(chart, "web", replace(WEB, isolation="ingress_only"), uses=[agent.on_node().http()])
    assert_reachable(web, agent)


def test_the_network_of_the_node_is_reached_by_its_addresses(chart: KmopChart) -> None:
    agent = NodeAgent(chart, "agent", replace(AGENT, host_network=True), platform=KNOWN)
    web = Microservice(chart, "web", WEB, platform=KNOWN, uses=[agent.http(), agent.on_node().http(env="BY_NODE")])
    assert find_peers(synthesize(chart), "web", "egress")[4318] == [{"ipBlock": {"cidr": NODES}}]
    assert_reachable(web, agent)


def test_a_callee_admits_the_network_of_the_node(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB, platform=KNOWN)
    agent = NodeAgent(chart, "agent", replace(AGENT, host_network=True), platform=KNOWN, uses=[web.http()])
    assert find_peers(synthesize(chart), "web", "ingress")[8080] == [{"ipBlock": {"cidr": NODES}}]
    assert_reachable(agent, web)


def test_calls_from_an_unknown_network_are_a_finding(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB)
    NodeAgent(chart, "agent", replace(AGENT, host_network=True), uses=[web.http()])
    with pytest.raises(CheckError, match="shop/agent: is on the network of its node, and calls shop/web"):
        synthesize(chart)


def test_no_policy_closes_the_network_of_the_node(chart: KmopChart) -> None:
    agent = NodeAgent(chart, "agent", replace(AGENT, host_network=True))
    assert "host-network" in list_rules(synthesize(agent))
    allow(agent, "host-network", reason="the exporter reads the counters of the node's interfaces")
    allow(agent, "host-access", reason="the namespace belongs to the platform team")
    assert list_rules(synthesize(agent)) == set()


def test_the_network_of_the_node_keeps_the_dns_of_the_cluster(chart: KmopChart) -> None:
    pod = find_pod(chart, host_network=True, dns=Dns(options={"ndots": "2"}))
    assert (pod["hostNetwork"], pod["dnsPolicy"]) == (True, "ClusterFirstWithHostNet")
    assert pod["dnsConfig"] == {"options": [{"name": "ndots", "value": "2"}]}


def test_the_network_of_the_node_has_its_own_sysctls(chart: KmopChart) -> None:
    """The kubelet refuses a pod that sets them."""
    root = Security(run_as_user=0, allow_root=True, add_capabilities=("NET_BIND_SERVICE",))
    pod = find_pod(chart, host_network=True, port=80, security=root)
    assert "sysctls" not in pod["securityContext"]
    with pytest.raises(SpecError, match="the network of the node has its own sysctls, got 'net.core.somaxconn'"):
        replace(AGENT, host_network=True, security=Security(sysctls={"net.core.somaxconn": "1"}))


def test_a_low_port_of_the_node_needs_a_capability(chart: KmopChart) -> None:
    with pytest.raises(CheckError, match="got port 80; use a higher port, or run as root with the capability"):
        draw(chart, host_network=True, port=80)


def test_another_port_on_the_network_of_the_node_is_refused() -> None:
    with pytest.raises(SpecError, match="port 4318 is also the port of the node, got 14318"):
        replace(AGENT, host_network=True, port=Port(4318, host_port=14318))


def test_an_agent_takes_the_spec_of_an_agent(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match="not a NodeAgentSpec, got 'ServiceSpec'"):
        NodeAgent(chart, "agent", WEB)  # pyright: ignore[reportArgumentType]
    StatefulService(chart, "store", StatefulSpec(image=IMAGE, port=9000))
