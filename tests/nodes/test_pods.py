"""Configuration, order of containers, jobs and data, as kubelets see them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from kmop_constructs import (
    NO_PROBE,
    Autoscaling,
    ClaimTemplate,
    Container,
    Cpu,
    Health,
    Image,
    KmopChart,
    Microservice,
    Migration,
    NativeConfig,
    NativeNamespace,
    Replicas,
    Resources,
    Schedule,
    ScheduledTask,
    ScheduledTaskSpec,
    ServiceSpec,
    Size,
    StatefulService,
    StatefulSpec,
    Task,
    TaskSpec,
    Text,
)
from tests.cluster.api import Object
from tests.cluster.waiting import eventually
from tests.nodes.running import PLATFORM, Cluster, Running, new_app

import pytest

SHELL = Image("busybox:1.37")
SILENT = Health(startup=NO_PROBE, readiness=NO_PROBE, liveness=NO_PROBE)
"""Of containers that run a shell and listen to nothing."""


def chart_of(folder: Path, namespace: str) -> KmopChart:
    chart = KmopChart(new_app(folder), namespace, namespace=namespace, platform=PLATFORM)
    NativeNamespace(chart, "namespace")
    return chart


def configured(folder: Path, level: str) -> KmopChart:
    chart = chart_of(folder, "configured")
    settings = NativeConfig(chart, "settings", data={"LOG_LEVEL": level})
    spec = ServiceSpec(image=Image("ghcr.io/acme/nginx-unprivileged:1.0"), port=8080, scaling=Replicas(2),
                       files={"/etc/app/rates.csv": Text("DE,19\n")})  # fmt: skip
    Microservice(chart, "reader", spec, uses=[settings.as_env("LOG_LEVEL")])
    Microservice(chart, "other", spec)
    return chart


def test_a_changed_config_map_rolls_its_readers_alone(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.running(configured(tmp_path / "a", "info")) as running:
        before = {name: names(running, name) for name in ("reader", "other")}
        assert running.execute("reader", "sh", "-c", "echo $LOG_LEVEL; cat /etc/app/rates.csv") == "info\nDE,19\n"

        with cluster.running(configured(tmp_path / "b", "debug")) as changed:
            eventually(lambda: [] if not names(changed, "reader") & before["reader"] else ["old pods"], within=90)
            assert changed.execute("reader", "sh", "-c", "echo $LOG_LEVEL") == "debug\n"
            assert names(changed, "other") == before["other"]


def names(running: Running, name: str) -> set[str]:
    return {pod["metadata"]["name"] for pod in running.pods(name)}


def ordered(folder: Path) -> KmopChart:
    chart = chart_of(folder, "ordered")
    wait = Container("wait", image=SHELL, command=("sh", "-c", "sleep 1"))
    proxy = Container("proxy", image=Image("ghcr.io/acme/proxy:1.0"))
    spec = ServiceSpec(image=SHELL, command=("sleep", "3600"), health=SILENT, port=8080, scaling=Replicas(1),
                       init_containers=(wait,), sidecars=(proxy,), migration=Migration(command=("sh", "-c", "sleep 1")))  # fmt: skip
    Microservice(chart, "app", spec)
    return chart


def test_a_migration_follows_sidecars_and_init_containers(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.running(ordered(tmp_path)) as running:
        status = running.pod("app")["status"]
        started = {
            each["name"]: start_of(each) for each in status["initContainerStatuses"] + status["containerStatuses"]
        }

    assert sorted(started, key=lambda name: started[name]) == ["proxy", "wait", "migration", "app"]


def start_of(status: Object) -> datetime:
    state = next(iter(status["state"].values()))
    return datetime.fromisoformat(state["startedAt"])


def tasks(folder: Path) -> KmopChart:
    chart = chart_of(folder, "tasks")
    Task(chart, "import", TaskSpec(image=SHELL, command=("sh", "-c", "echo imported > /tmp/x && cat /tmp/x")))
    spec = ScheduledTaskSpec(image=SHELL, command=("sh", "-c", "echo reported"), schedule=Schedule("0 3 * * *"))
    ScheduledTask(chart, "report", spec)
    return chart


def test_a_task_completes_and_a_scheduled_task_can_run_now(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.running(tasks(tmp_path)) as running:
        cluster.kubectl("-n", "tasks", "create", "job", "now", "--from=cronjob/report")
        eventually(lambda: unfinished(running), within=60)

        [job] = [each for each in jobs(running) if each != "now"]
        assert cluster.kubectl("-n", "tasks", "logs", f"job/{job}") == "imported\n"
        assert cluster.kubectl("-n", "tasks", "logs", "job/now") == "reported\n"


def jobs(running: Running) -> dict[str, Object]:
    return {each["metadata"]["name"]: each for each in running.cluster.items("/apis/batch/v1/namespaces/tasks/jobs")}


def unfinished(running: Running) -> list[str]:
    return [name for name, job in jobs(running).items() if not job["status"].get("succeeded")]


@pytest.fixture(scope="module")
def store(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    chart = chart_of(tmp_path_factory.mktemp("store"), "stateful")
    spec = StatefulSpec(
        image=SHELL,
        port=8080,
        health=SILENT,
        command=("sh", "-c", "date +%s%N >> /data/starts; exec sleep 3600"),
        scaling=Replicas(2),
        volumes={"/data": ClaimTemplate("data", size=Size.mib(10))},
    )
    StatefulService(chart, "store", spec)
    with cluster.running(chart) as found:
        yield found


def test_a_pod_of_a_stateful_service_keeps_its_name_and_data(store: Running) -> None:
    first = read_starts(store)
    store.cluster.kubectl("-n", "stateful", "delete", "pod", "store-0", "--grace-period=1")
    eventually(lambda: [] if len(started_again(store)) > len(first) else ["not back"], within=90)

    assert started_again(store)[: len(first)] == first


def read_starts(store: Running) -> list[str]:
    return store.cluster.kubectl("-n", "stateful", "exec", "store-0", "--", "cat", "/data/starts").split()


def started_again(store: Running) -> list[str]:
    try:
        return read_starts(store)
    except RuntimeError:
        return []


def test_a_new_pod_waits_for_its_policy_and_not_the_reverse(cluster: Cluster, tmp_path: Path) -> None:
    """From the first packet on, what is not declared is dropped: the engine drops what it does not know yet."""
    chart = chart_of(tmp_path, "first-packet")
    server = Microservice(chart, "server", ServiceSpec(image=Image("ghcr.io/acme/first-packet:1.0.0"), port=8080))
    dial = "for i in $(seq 40); do /standin dial 1s $TARGET; done; exec sleep 3600"
    for name, uses in (("allowed", [server.http()]), ("stranger", [])):
        spec = StatefulSpec(
            image=SHELL,
            port=8080,
            health=SILENT,
            command=("sh", "-c", dial),
            env={"TARGET": "server.first-packet:8080"},
            scaling=Replicas(1),
        )
        StatefulService(chart, name, spec, uses=uses)
    with cluster.running(chart) as running:
        time.sleep(20)
        said = {
            name: running.cluster.kubectl("-n", "first-packet", "logs", f"{name}-0").splitlines()
            for name in ("allowed", "stranger")
        }

    assert said["stranger"]
    assert not [line for line in said["stranger"] if '"ok":true' in line]
    assert [line for line in said["allowed"] if '"ok":true' in line]
    dropped = [line for line in said["allowed"] if "i/o timeout" in line]
    print(f"the declared edge was reached after {len(dropped)} dropped attempts of 1 s")
    assert len(dropped) <= 5


def busy(folder: Path) -> KmopChart:
    chart = chart_of(folder, "busy")
    spec = ServiceSpec(
        image=SHELL,
        command=("sh", "-c", "while [ ! -e /tmp/rest ]; do :; done; exec sleep 3600"),
        port=8080,
        health=SILENT,
        scaling=Autoscaling(min_replicas=2, max_replicas=3, cpu_percent=50),
        resources=Resources(cpu=Cpu.millis(100), memory=Size.mib(32)),
    )
    Microservice(chart, "busy", spec)
    return chart


def test_the_autoscaler_follows_the_processors_that_are_used(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.running(busy(tmp_path)) as running:
        up = eventually(lambda: [] if len(running.pods("busy")) == 3 else ["two pods"], within=120)
        eventually(running.not_ready, within=60)
        for pod in running.pods("busy"):
            cluster.kubectl("-n", "busy", "exec", pod["metadata"]["name"], "--", "touch", "/tmp/rest")
        down = eventually(lambda: [] if len(running.pods("busy")) == 2 else ["three pods"], within=120)
    print(f"a third pod after {up:.0f} s of load, and none {down:.0f} s after its end")
