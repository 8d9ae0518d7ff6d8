"""The vocabulary of pods: sidecars, migrations, hooks, places, resolvers, metrics."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from kmop_constructs import (
    CheckError,
    Claim,
    ConfigDirectory,
    Container,
    Dns,
    EmptyDir,
    Exec,
    Health,
    Hooks,
    HttpGet,
    Image,
    KmopChart,
    Metrics,
    Microservice,
    Migration,
    Peers,
    Placement,
    Platform,
    Pods,
    Port,
    Projected,
    Recreate,
    SecretDirectory,
    Security,
    ServiceRef,
    ServiceSpec,
    SpecError,
    Text,
)
from kmop_constructs.placement import ONE_PER_HOST, Apart, Beside, OnNodes
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize

import pytest

BUSYBOX = Image("busybox:1.36")


def service(chart: KmopChart, *uses: Any, platform: Platform | None = None, **spec: Any) -> Synthesized:
    asked = ServiceSpec(**cast("Any", {"image": Image("acme/web:1"), "port": 8080, **spec}))
    return synthesize(Microservice(chart, "web", asked, uses=uses, platform=platform))


def template(chart: KmopChart, *uses: Any, **spec: Any) -> dict[str, Any]:
    return service(chart, *uses, **spec).one("Deployment")["spec"]["template"]


def pod(chart: KmopChart, *uses: Any, **spec: Any) -> dict[str, Any]:
    return template(chart, *uses, **spec)["spec"]


PROXY = Container("proxy", image=Image("acme/proxy:1"), ports=(Port(9901, name="admin"),), health=Health(path="/ready"))


def test_a_sidecar_precedes_init_containers_and_keeps_running(chart: KmopChart) -> None:
    first = Container("first", image=BUSYBOX)
    before = pod(chart, sidecars=(PROXY,), init_containers=(first,))["initContainers"]
    assert [(each["name"], each.get("restartPolicy")) for each in before] == [("proxy", "Always"), ("first", None)]
    assert before[0]["startupProbe"]["httpGet"] == {"path": "/ready", "port": "admin"}


def test_below_1_29_a_sidecar_is_a_plain_container_with_a_notice(chart: KmopChart) -> None:
    result = service(chart, platform=Platform(kubernetes="1.28"), sidecars=(PROXY,))
    drawn = result.one("Deployment")["spec"]["template"]["spec"]
    assert [each["name"] for each in drawn["containers"]] == ["web", "proxy"]
    assert "plain-sidecar" in [notice.rule for notice in result.notices]


def test_containers_share_a_volume_by_its_name(chart: KmopChart) -> None:
    shared = EmptyDir("shared")
    sidecar = Container("proxy", image=Image("acme/proxy:1"), volumes={"/in": shared.at("logs")})
    drawn = pod(chart, volumes={"/out": shared}, sidecars=(sidecar,))
    mounts = {m["mountPath"]: m for c in (*drawn["initContainers"], *drawn["containers"]) for m in c["volumeMounts"]}
    assert mounts["/in"] == {"name": "shared", "mountPath": "/in", "subPath": "logs"}
    assert mounts["/out"] == {"name": "shared", "mountPath": "/out"}


def test_a_container_beside_the_app_can_have_its_variables(chart: KmopChart) -> None:
    copy = Container("copy", image=BUSYBOX, app_env=True, env={"B": "own"})
    before = pod(chart, env={"A": "app", "B": "app"}, init_containers=(copy,))["initContainers"][0]
    assert before["env"] == [{"name": "A", "value": "app"}, {"name": "B", "value": "own"}]


def test_a_migration_runs_as_the_app_before_it_in_every_new_pod(chart: KmopChart) -> None:
    drawn = pod(chart, ServiceRef("web", port=8080).http(env="SELF"), migration=Migration(command=("migrate", "up")))
    migration, app = drawn["initContainers"][-1], drawn["containers"][0]
    assert (migration["name"], migration["command"]) == ("migration", ["migrate", "up"])
    assert (migration["image"], migration["env"]) == (app["image"], app["env"])
    assert not [key for key in migration if key.endswith("Probe") or key in ("ports", "lifecycle")]


def test_a_migration_that_would_run_the_app_itself_is_an_error() -> None:
    with pytest.raises(SpecError, match="Migration: command, args and image are not set"):
        Migration()


def test_hooks_run_after_the_start_and_before_the_end(chart: KmopChart) -> None:
    hooks = Hooks(post_start=Exec(("warm-up",)), pre_stop=HttpGet("/drain"))
    assert pod(chart, hooks=hooks)["containers"][0]["lifecycle"] == {
        "postStart": {"exec": {"command": ["warm-up"]}},
        "preStop": {"httpGet": {"path": "/drain", "port": "http"}},
    }


def test_a_hook_after_the_start_leaves_the_pause(chart: KmopChart) -> None:
    lifecycle = pod(chart, hooks=Hooks(post_start=Exec(("warm-up",))))["containers"][0]["lifecycle"]
    assert lifecycle["preStop"] == {"sleep": {"seconds": 10}}


def test_one_per_host_selects_the_pods_of_the_workload(chart: KmopChart) -> None:
    affinity = pod(chart, placement=Placement(affinity=(ONE_PER_HOST,)))["affinity"]["podAntiAffinity"]
    own = {"app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "web"}
    assert affinity["requiredDuringSchedulingIgnoredDuringExecution"] == [
        {"labelSelector": {"matchLabels": own}, "topologyKey": "kubernetes.io/hostname"}
    ]


def test_beside_and_apart_can_be_preferences(chart: KmopChart) -> None:
    placement = Placement(affinity=(Beside({"app": "cache"}), Apart(pod_labels={"app": "batch"}, required=False)))
    affinity = pod(chart, placement=placement)["affinity"]
    for side, label in (("podAffinity", "cache"), ("podAntiAffinity", "batch")):
        term = affinity[side]["preferredDuringSchedulingIgnoredDuringExecution"][0]["podAffinityTerm"]
        assert term["labelSelector"] == {"matchLabels": {"app": label}}


def test_a_preference_weighs_100_by_default(chart: KmopChart) -> None:
    apart = (Apart(required=False), Apart(required=False, topology_key="topology.kubernetes.io/zone", weight=1))
    nodes = OnNodes({"disk": ("ssd",)}, required=False, weight=20)
    affinity = pod(chart, placement=Placement(affinity=(*apart, nodes)))["affinity"]
    for side, weights in (("podAntiAffinity", [100, 1]), ("nodeAffinity", [20])):
        liked = affinity[side]["preferredDuringSchedulingIgnoredDuringExecution"]
        assert [each["weight"] for each in liked] == weights


def test_all_required_node_labels_are_one_term(chart: KmopChart) -> None:
    """Several terms would be alternatives."""
    placement = Placement(affinity=(OnNodes({"disk": ("ssd", "nvme")}), OnNodes({"gpu": ()})))
    terms = pod(chart, placement=placement)["affinity"]["nodeAffinity"]
    assert terms["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"] == [
        {
            "matchExpressions": [
                {"key": "disk", "operator": "In", "values": ["ssd", "nvme"]},
                {"key": "gpu", "operator": "Exists"},
            ]
        }
    ]


def test_host_aliases_and_the_resolver_are_written(chart: KmopChart) -> None:
    drawn = pod(chart, host_aliases={"192.0.2.7": ("hsm", "hsm.acme.io")}, dns=Dns(options={"ndots": "2", "debug": ""}))
    assert drawn["hostAliases"] == [{"ip": "192.0.2.7", "hostnames": ["hsm", "hsm.acme.io"]}]
    assert drawn["dnsConfig"] == {"options": [{"name": "debug"}, {"name": "ndots", "value": "2"}]}


def test_name_servers_of_its_own_are_open_on_both_transports(chart: KmopChart) -> None:
    platform = Platform(peers=Peers(dns=Pods.of(namespace="kube-system")))
    result = service(chart, platform=platform, dns=Dns(nameservers=("192.0.2.53", "2001:db8::53")))
    (rule,) = result.one("NetworkPolicy")["spec"]["egress"]
    assert [each["ipBlock"]["cidr"] for each in rule["to"] if "ipBlock" in each] == [
        "192.0.2.53/32",
        "2001:db8::53/128",
    ]
    assert rule["ports"] == [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]


def test_several_sources_share_one_directory(chart: KmopChart) -> None:
    both = Projected(
        (
            SecretDirectory("creds", external=True),
            SecretDirectory("creds", items={"password": "db-password"}, external=True),
            ConfigDirectory("settings", external=True),
        ),
        mode=0o440,
    )
    drawn = pod(chart, files={"/etc/web": both})
    volume = next(each for each in drawn["volumes"] if "projected" in each)["projected"]
    assert volume["defaultMode"] == 0o440
    assert [next(iter(each)) for each in volume["sources"]] == ["secret", "secret", "configMap"]
    assert volume["sources"][1]["secret"]["items"] == [{"key": "password", "path": "db-password"}]


def test_an_init_container_can_run_before_the_sidecars(chart: KmopChart) -> None:
    init = (Container("last", image=BUSYBOX), Container("first", image=BUSYBOX, before_sidecars=True))
    before = pod(chart, sidecars=(PROXY,), init_containers=init)["initContainers"]
    assert [each["name"] for each in before] == ["first", "proxy", "last"]


def test_a_sidecar_does_not_run_before_the_sidecars() -> None:
    with pytest.raises(SpecError, match="ServiceSpec.sidecars: 'proxy' is a sidecar, and sets before_sidecars"):
        ServiceSpec(image=BUSYBOX, port=8080, sidecars=(replace(PROXY, before_sidecars=True),))


def test_variables_of_services_are_set_where_they_are_wanted(chart: KmopChart) -> None:
    assert pod(chart, enable_service_links=True)["enableServiceLinks"] is True


def test_metrics_are_announced_and_the_scraper_is_let_in_there_only(chart: KmopChart) -> None:
    platform = Platform(peers=Peers(scraper=Pods.of(namespace="monitoring")))
    result = service(
        chart, platform=platform, port=(8080, Port(9000, name="admin")), metrics=Metrics(path="/prom", port="admin")
    )
    annotations = result.one("Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert annotations == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "9000",
        "prometheus.io/path": "/prom",
    }
    assert result.one("NetworkPolicy")["spec"]["ingress"] == [
        {
            "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
            "ports": [{"port": 9000, "protocol": "TCP"}],
        }
    ]


def test_an_unknown_scraper_is_a_finding_and_never_silence(chart: KmopChart) -> None:
    with pytest.raises(
        CheckError, match=r"shop/web: has metrics, but the platform does not set the pods that scrape them"
    ):
        service(chart, metrics=Metrics())


def test_a_caller_can_wait_for_its_callee(chart: KmopChart) -> None:
    api = Microservice(chart, "api", ServiceSpec(image=Image("acme/api:1"), port=8080))
    result = service(chart, api.http().before_start(BUSYBOX))
    drawn = result.one("Deployment")["spec"]["template"]["spec"]
    waiting = drawn["initContainers"][0]
    assert (waiting["name"], waiting["command"][-1]) == (
        "wait-for-api-8080",
        "until nc -z -w 2 api 8080; do sleep 2; done",
    )
    assert drawn["containers"][0]["env"] == [{"name": "API_URL", "value": "http://api:8080"}]
    assert_reachable("Deployment/web", api, within=chart)
    assert_blocked(api, "Deployment/web", within=chart)


def test_root_can_be_allowed_for_one_container_by_name(chart: KmopChart) -> None:
    fix = Container("fix", image=BUSYBOX, security=Security(run_as_user=0, allow_root=True))
    drawn = pod(chart, init_containers=(fix,))
    context = drawn["initContainers"][0]["securityContext"]
    assert (context["runAsUser"], context["runAsNonRoot"]) == (0, False)
    assert drawn["securityContext"]["runAsNonRoot"] is True


def test_one_slow_check_counts_from_its_own_timing(chart: KmopChart) -> None:
    from kmop_constructs import ProbeTiming

    timing = ProbeTiming(period=timedelta(seconds=30), failures=5, initial_delay=timedelta(seconds=90))
    probe = pod(chart, health=Health(readiness=HttpGet("/ready", timing=timing)))["containers"][0]["readinessProbe"]
    assert (probe["periodSeconds"], probe["failureThreshold"], probe["initialDelaySeconds"]) == (30, 5, 90)


def test_one_claim_is_not_for_several_pods() -> None:
    with pytest.raises(SpecError, match="up to 2 pods, but the claim 'data' can be attached to one node at a time"):
        ServiceSpec(image=Image("acme/web:1"), port=80, volumes={"/data": Claim("data")}, rollout=Recreate())


def test_files_together_may_not_be_larger_than_the_api_server_takes(chart: KmopChart) -> None:
    half = Text("x" * 600_000)
    with pytest.raises(SpecError, match="shop/web: files: larger than 1 MiB together"):
        service(chart, files={"/a": half, "/b": half})
