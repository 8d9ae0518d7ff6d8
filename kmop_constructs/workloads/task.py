"""Work that ends: a Job that runs once, or a CronJob that runs on a schedule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.findings import Finding
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import flag, made_by
from kmop_constructs.values.placement import Placement
from kmop_constructs.values.quantity import seconds, whole
from kmop_constructs.values.schedule import Schedule
from kmop_constructs.values.volumes import Claim
from kmop_constructs.values.workload import PodFields
from kmop_constructs.workloads.plan import Plan, plan_pods, workload_metadata
from kmop_constructs.workloads.workload import Workload

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.pod.template import PodPlan
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.volumes import Volume
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["ScheduledTask", "ScheduledTaskSpec", "Task", "TaskSpec", "job_of"]

TaskSpecT = TypeVar("TaskSpecT", bound="TaskSpec")

_LONGEST_CRON_JOB_NAME = 52
"""Longest name of a CronJob: its controller adds 11 characters to make the name of a Job."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskSpec(PodFields):
    """Work that ends, run as a Job without a Service: ``TaskSpec(image=Image("acme/import:2.0"))``."""

    retries: int = 3
    """How many failed pods are replaced before the Job fails (``backoffLimit``). Default: 3."""

    deadline: timedelta | None = None
    """Maximum time for the whole Job, retries included, in whole seconds (``activeDeadlineSeconds``). After this time,
    the Job fails. Default: no limit."""

    completions: int = 1
    """Number of pods that must succeed (``completions``). Default: 1."""

    parallelism: int = 1
    """Number of pods that run at once (``parallelism``). Default: 1."""

    keep: timedelta | None = None
    """Time until a finished Job is deleted (``ttlSecondsAfterFinished``). The next apply creates and runs a deleted Job
    again. Default: it is kept."""

    fixed_name: bool = False
    """Whether the name of the Job is only the name of the task. The pods of a Job are immutable, so an apply of another
    version fails while the Job exists. Default: False, the name ends with a hash of the pods. Every change of the pods,
    even of a label, creates another Job, which runs once. The hash does not include the contents of ConfigMaps that are
    referenced by name."""

    def __post_init__(self) -> None:
        PodFields.__post_init__(self)
        where = type(self).__name__
        whole(f"{where}.retries", self.retries)
        whole(f"{where}.completions", self.completions, lowest=1)
        whole(f"{where}.parallelism", self.parallelism, lowest=1)
        if self.deadline is not None:
            seconds(f"{where}.deadline", self.deadline)
        if self.keep is not None:
            seconds(f"{where}.keep", self.keep, lowest=0)
        flag(f"{where}.fixed_name", self.fixed_name)

    def check_volume(self, where: str, volume: Volume) -> None:
        """Refuse a volume that the pods cannot have."""
        PodFields.check_volume(self, where, volume)
        if isinstance(volume, Claim) and not volume.shared and self.parallelism > 1:
            raise SpecError(f"{where}.parallelism: the claim {volume.name!r} can be on one node at a time, got {self.parallelism} "
                            "pods at once; lower it, or use Claim(…, shared=True)")  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduledTaskSpec(TaskSpec):
    """Work on a schedule, run as a CronJob: ``ScheduledTaskSpec(image=…, schedule=Schedule("0 3 * * *"))``."""

    schedule: Schedule
    """When runs start, and whether they may overlap."""

    starting_deadline: timedelta | None = None
    """Time after the planned start within which a run must start, else it is skipped (``startingDeadlineSeconds``).
    Default: no limit; after an interruption at most one missed run starts."""

    keep_succeeded: int = 3
    """Number of succeeded Jobs to keep (``successfulJobsHistoryLimit``). Default: 3."""

    keep_failed: int = 1
    """Number of failed Jobs to keep (``failedJobsHistoryLimit``). Default: 1."""

    suspended: bool = False
    """Whether the schedule is suspended, so that no runs start (``suspend``). Default: False."""

    def __post_init__(self) -> None:
        if isinstance(self.schedule, str):
            object.__setattr__(self, "schedule", Schedule(self.schedule))
        made_by("ScheduledTaskSpec.schedule", self.schedule, Schedule)
        TaskSpec.__post_init__(self)
        whole("ScheduledTaskSpec.keep_succeeded", self.keep_succeeded)
        whole("ScheduledTaskSpec.keep_failed", self.keep_failed)
        flag("ScheduledTaskSpec.suspended", self.suspended)
        if self.starting_deadline is not None:
            seconds("ScheduledTaskSpec.starting_deadline", self.starting_deadline, lowest=10)


class Task(Workload):
    """A Job with its own account, policy and configuration: ``Task(chart, "import", TaskSpec(image=Image("acme/import:2.0")))``."""

    workload: ClassVar[tuple[str, str]] = ("batch/v1", "Job")

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: TaskSpec,
        *,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
    ) -> None:
        """Draw a task; see `Microservice` for the arguments."""
        if not isinstance(spec, TaskSpec) or isinstance(spec, ScheduledTaskSpec):
            raise bad(id, "not a TaskSpec", type(spec).__name__, "write TaskSpec(image=…)")
        super().__init__(scope, id, spec, platform=platform, uses=uses)

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: TaskSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:  # noqa: ARG003 - for overrides
        """Return the plan of the task; override it to change every task of a team. See `Microservice.plan`."""
        return plan_pods(facts, _alone(spec), uses, lambda now, pod: job_of(now, spec, pod))

    @property
    def spec(self) -> TaskSpec:
        """The spec that was given to the constructor."""
        return cast("TaskSpec", self._spec)

    def _planned(self, facts: ServiceFacts, uses: Sequence[Edge]) -> Plan:
        return self.plan(facts, self.spec, self.platform, uses)


class ScheduledTask(Workload):
    """A CronJob with its own account, policy and configuration: ``ScheduledTask(chart, "report", ScheduledTaskSpec(…))``."""

    workload: ClassVar[tuple[str, str]] = ("batch/v1", "CronJob")

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: ScheduledTaskSpec,
        *,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
    ) -> None:
        """Draw a scheduled task; see `Microservice` for the arguments."""
        if not isinstance(spec, ScheduledTaskSpec):
            raise bad(
                id, "not a ScheduledTaskSpec", type(spec).__name__, "write ScheduledTaskSpec(image=…, schedule=…)"
            )
        super().__init__(scope, id, spec, platform=platform, uses=uses)

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: ScheduledTaskSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:  # noqa: ARG003 - for overrides
        """Return the plan of the task; override it to change every scheduled task of a team. See `Microservice.plan`."""
        plan = plan_pods(facts, _alone(spec), uses, lambda now, pod: _cron_job(now, spec, pod))
        if spec.deadline is not None or spec.schedule.concurrency != "Forbid":
            return plan
        message = (
            "has no deadline, so a run that hangs prevents every later run; set deadline=timedelta(…), or a "
            "schedule with concurrency='Replace'"
        )
        hanging = Finding(path=facts.path, rule="run-without-deadline", message=message, severity="notice")
        return replace(plan, notices=(*plan.notices, hanging))

    @property
    def spec(self) -> ScheduledTaskSpec:
        """The spec that was given to the constructor."""
        return cast("ScheduledTaskSpec", self._spec)

    def _planned(self, facts: ServiceFacts, uses: Sequence[Edge]) -> Plan:
        return self.plan(facts, self.spec, self.platform, uses)


def _alone(spec: TaskSpecT) -> TaskSpecT:
    """Return the spec without a topology spread, which has no meaning for one pod."""
    if spec.parallelism > 1 or spec.placement.spread != Placement().spread:
        return spec
    return replace(spec, placement=replace(spec.placement, spread=()))


def _job_spec(spec: TaskSpec, pod: PodPlan) -> k8s.JobSpec:
    body: k8s.JobSpec = {"backoffLimit": spec.retries, "template": pod.template}
    if spec.deadline is not None:
        body["activeDeadlineSeconds"] = seconds("deadline", spec.deadline)
    if spec.completions != 1:
        body["completions"] = spec.completions
    if spec.parallelism != 1:
        body["parallelism"] = spec.parallelism
    if spec.keep is not None:
        body["ttlSecondsAfterFinished"] = seconds("keep", spec.keep, lowest=0)
    return body


def job_of(facts: ServiceFacts, spec: TaskSpec, pod: PodPlan, *, name: str | None = None) -> k8s.Job:
    """Return the Job of a task. `name` is its name. Default: as `TaskSpec.fixed_name` says."""
    body = _job_spec(spec, pod)
    metadata = workload_metadata(facts, spec)
    if name is not None:
        metadata["name"] = name
    elif not spec.fixed_name:
        import hashlib

        fixed = [pod.template, spec.completions, sorted(pod.files.items())]  # the immutable fields of a Job
        text = json.dumps(fixed, sort_keys=True)
        metadata["name"] = f"{facts.name[:54].rstrip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": body}


def _cron_job(facts: ServiceFacts, spec: ScheduledTaskSpec, pod: PodPlan) -> k8s.CronJob:
    if len(facts.name) > _LONGEST_CRON_JOB_NAME:
        what = f"longer than {_LONGEST_CRON_JOB_NAME} characters; the names of its Jobs are 11 longer"
        raise bad(f"{facts.path}: name", what, facts.name, "shorten it")
    job: k8s.JobTemplateSpec = {"metadata": {"labels": dict(facts.workload_labels)}, "spec": _job_spec(spec, pod)}
    body: k8s.CronJobSpec = {
        "schedule": spec.schedule.cron,
        "concurrencyPolicy": spec.schedule.concurrency,
        "successfulJobsHistoryLimit": spec.keep_succeeded,
        "failedJobsHistoryLimit": spec.keep_failed,
        "jobTemplate": job,
    }
    if spec.schedule.time_zone is not None:
        body["timeZone"] = spec.schedule.time_zone
    if spec.starting_deadline is not None:
        body["startingDeadlineSeconds"] = seconds("starting_deadline", spec.starting_deadline)
    if spec.suspended:
        body["suspend"] = True
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": workload_metadata(facts, spec), "spec": body}
