"""Work that ends."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from kmop_constructs import (
    Container,
    Image,
    KmopChart,
    Manifest,
    Microservice,
    Platform,
    Schedule,
    ScheduledTask,
    ScheduledTaskSpec,
    ServiceSpec,
    SpecError,
    Task,
    TaskSpec,
)
from kmop_constructs.core.patch import Operation
from kmop_constructs.patch import Add, Replace
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import NEWEST, OLDEST, assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

IMPORT = TaskSpec(image=Image("acme/import:1"), args=("--all",))
NIGHTLY = ScheduledTaskSpec(
    image=Image("acme/report:1"), schedule=Schedule("0 3 * * *", time_zone="Europe/Berlin", concurrency="Replace")
)


def job(chart: KmopChart, spec: TaskSpec = IMPORT, id: str = "import") -> dict[str, Any]:
    return synthesize(Task(chart, id, spec)).one("Job")


def cron_job(chart: KmopChart, spec: ScheduledTaskSpec = NIGHTLY) -> dict[str, Any]:
    return synthesize(ScheduledTask(chart, "report", spec)).one("CronJob")


def objects(chart: KmopChart) -> Synthesized:
    Task(chart, "import", IMPORT)
    ScheduledTask(chart, "report", NIGHTLY)
    return synthesize(chart)


def test_a_task_and_a_scheduled_task(chart: KmopChart, manifests: SnapshotAssertion) -> None:
    result = objects(chart)
    assert not result.pick("Service")
    assert result == manifests


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_they_are_valid_strictly(chart: KmopChart, version: str) -> None:
    assert_valid(objects(chart).objects, version)


def test_a_pod_that_fails_stays_to_be_looked_at(chart: KmopChart) -> None:
    spec = job(chart)["spec"]
    assert (spec["backoffLimit"], spec["template"]["spec"]["restartPolicy"]) == (3, "Never")


def test_a_task_has_no_probe_no_budget_and_no_pause(chart: KmopChart) -> None:
    result = synthesize(Task(chart, "import", IMPORT))
    container = result.one("Job")["spec"]["template"]["spec"]["containers"][0]
    assert not [key for key in container if key.endswith("Probe") or key == "lifecycle"]
    assert not result.pick("PodDisruptionBudget")


def test_another_version_is_another_job(chart: KmopChart) -> None:
    """A Job cannot be changed."""
    first = job(chart)["metadata"]["name"]
    second = job(chart, replace(IMPORT, image=Image("acme/import:2")), id="second")["metadata"]["name"]
    assert first.startswith("import-")
    assert first.removeprefix("import-") != second.removeprefix("second-")


def test_the_same_version_is_the_same_job(app: App, chart: KmopChart) -> None:
    other = KmopChart(app, "other", namespace="shop2")
    assert job(chart)["metadata"]["name"] == job(other)["metadata"]["name"]


def patched(chart: KmopChart, *operations: Operation, spec: TaskSpec = IMPORT) -> dict[str, Any]:
    task = Task(chart, "import", spec)
    cast("Manifest", task.runs).patch(*operations)
    return synthesize(task).one("Job")


USER = Add("/spec/template/spec/securityContext/supplementalGroups", [2000])


def test_a_patch_of_the_pods_is_another_job(app: App, chart: KmopChart) -> None:
    """The API server refuses another template under the same name."""
    other, third = (KmopChart(app, id, namespace=id) for id in ("other", "third"))
    names = [
        each["metadata"]["name"]
        for each in (job(chart), patched(other, USER), patched(third, replace(USER, value=[2001])))
    ]
    assert len(set(names)) == 3
    assert all(re.fullmatch("import-[0-9a-f]{8}", name) for name in names)


def test_a_patch_that_a_job_allows_keeps_its_name(app: App, chart: KmopChart) -> None:
    other = KmopChart(app, "other", namespace="other")
    lower = patched(other, Replace("/spec/backoffLimit", 1), Add("/metadata/labels/a", "b"))
    assert lower["metadata"]["name"] == job(chart)["metadata"]["name"]


def test_a_patch_keeps_a_name_of_the_user(app: App, chart: KmopChart) -> None:
    assert patched(chart, USER, spec=replace(IMPORT, fixed_name=True))["metadata"]["name"] == "import"
    other = KmopChart(app, "other", namespace="other")
    assert patched(other, USER, Replace("/metadata/name", "mine"))["metadata"]["name"] == "mine"


def test_a_name_can_be_fixed(chart: KmopChart) -> None:
    assert job(chart, replace(IMPORT, fixed_name=True))["metadata"]["name"] == "import"


def test_time_limits_and_numbers_are_written(chart: KmopChart) -> None:
    limits = replace(IMPORT, deadline=timedelta(hours=1), keep=timedelta(days=1), completions=4, parallelism=2)
    spec = job(chart, limits)["spec"]
    wanted = {"activeDeadlineSeconds": 3600, "ttlSecondsAfterFinished": 86400, "completions": 4, "parallelism": 2}
    assert {key: spec[key] for key in wanted} == wanted


def test_a_schedule_has_a_zone_and_a_concurrency_policy(chart: KmopChart) -> None:
    spec = cron_job(chart)["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("0 3 * * *", "Europe/Berlin", "Replace")


def test_history_and_deadline_of_a_schedule_are_written(chart: KmopChart) -> None:
    said = replace(NIGHTLY, keep_succeeded=1, keep_failed=5, starting_deadline=timedelta(minutes=10), suspended=True)
    spec = cron_job(chart, said)["spec"]
    wanted = {
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 5,
        "startingDeadlineSeconds": 600,
        "suspend": True,
    }
    assert {key: spec[key] for key in wanted} == wanted


def test_a_task_calls_with_an_address_and_a_policy(chart: KmopChart) -> None:
    api = Microservice(chart, "api", ServiceSpec(image=Image("acme/api:1"), port=8080))
    task = Task(chart, "import", IMPORT, uses=[api.http()])
    pod = synthesize(task).one("Job")["spec"]["template"]["spec"]
    assert pod["containers"][0]["env"] == [{"name": "API_URL", "value": "http://api:8080"}]
    name = synthesize(task).one("Job")["metadata"]["name"]
    assert_reachable(f"Job/{name}", api, within=chart)
    assert_blocked(api, f"Job/{name}")


def test_a_plain_sidecar_would_keep_a_task_from_ending(chart: KmopChart) -> None:
    spec = replace(IMPORT, sidecars=(Container("proxy", image=Image("acme/proxy:1")),))
    with pytest.raises(SpecError, match="shop/import: sidecars: Kubernetes 1.28 has no native sidecars"):
        Task(chart, "import", spec, platform=Platform(kubernetes="1.28"))


@pytest.mark.parametrize(
    "cron", ["* * * *", "60 * * * *", "0 24 * * *", "0 0 0 * *", "@often", "", "0 0 * * 8", "0 0 * * 7"]
)
def test_a_wrong_schedule_is_an_error_at_its_line(cron: str) -> None:
    with pytest.raises(SpecError, match="Schedule: not a cron schedule"):
        Schedule(cron)


@pytest.mark.parametrize("cron", ["*/5 0-6 * * MON-FRI", "@daily", "0 0 1,15 * *", "59 23 31 12 6"])
def test_a_right_schedule_is_taken(cron: str) -> None:
    assert Schedule(cron).cron == cron


def test_an_unknown_time_zone_is_an_error_at_its_line() -> None:
    with pytest.raises(SpecError, match="Schedule.time_zone: not a time zone, got 'Europe/Berlni'"):
        Schedule("@daily", time_zone="Europe/Berlni")


def test_a_name_that_leaves_no_room_for_a_job_is_an_error(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match="longer than 52 characters"):
        ScheduledTask(chart, "r" * 53, NIGHTLY)


@pytest.mark.parametrize(
    ("spec", "noticed"),
    [
        (ScheduledTaskSpec(image=Image("acme/r:1"), schedule=Schedule("@daily")), True),
        (ScheduledTaskSpec(image=Image("acme/r:1"), schedule=Schedule("@daily"), deadline=timedelta(hours=1)), False),
        (ScheduledTaskSpec(image=Image("acme/r:1"), schedule=Schedule("@daily", concurrency="Allow")), False),
    ],
)
def test_a_run_that_may_hang_for_ever_is_a_notice(chart: KmopChart, spec: ScheduledTaskSpec, noticed: bool) -> None:
    rules = [notice.rule for notice in synthesize(ScheduledTask(chart, "report", spec)).notices]
    assert ("run-without-deadline" in rules) is noticed


def test_one_pod_alone_does_not_spread_and_several_do(chart: KmopChart) -> None:
    assert "topologySpreadConstraints" not in job(chart)["spec"]["template"]["spec"]
    several = job(chart, replace(IMPORT, parallelism=3, completions=3), id="several")
    assert len(several["spec"]["template"]["spec"]["topologySpreadConstraints"]) == 2
