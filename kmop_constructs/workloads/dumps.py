"""Dumps of a store to a bucket on a schedule, and a task that restores one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.bucket import AnyBucket, CopiesTo, Rclone, folder_of, location_of, rclone_of
from kmop_constructs.components.data.connection import StoreEdge
from kmop_constructs.components.data.dumps import DUMP, DumpSpec, tool_of
from kmop_constructs.components.data.technology import POSTGRES
from kmop_constructs.components.data.variables import Variables
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.place import place_of
from kmop_constructs.core.trust import Trusted, mounted_authority
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.values.cloud_identity import CloudIdentity
from kmop_constructs.values.container import Container
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import made_by
from kmop_constructs.values.quantity import Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.volumes import EmptyDir
from kmop_constructs.workloads.plan import Plan, plan_pods
from kmop_constructs.workloads.platform import placed_platform, subject_at
from kmop_constructs.workloads.task import ScheduledTask, ScheduledTaskSpec, Task, TaskSpec, job_of

if TYPE_CHECKING:
    from kmop_constructs.components.data.base import ReadsWrites
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.dumps import DumpTool
    from kmop_constructs.components.data.spec import Credentials, DataEnv
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["Dump", "Restore"]

_FORM = "%Y%m%dT%H%M%SZ"
_ANY = "99999999T999999Z.dump"
_SPACE = Size.gib(10)
_UPLOAD = f"""\
rclone copyto {DUMP} "$TARGET/$(date -u +{_FORM}).dump"
rclone delete --max-depth 1 --include "*.dump" --min-age "$KEEP" "$TARGET"
rclone lsf "$TARGET"
"""
_DOWNLOAD = f"""\
found="$(rclone lsf --files-only --include "*.dump" "$TARGET" | sort | awk -v until="$UNTIL" '$0 <= until' | tail -n 1)"
[ -n "$found" ] || {{ echo "no dump until $UNTIL in $TARGET" >&2; exit 1; }}
rclone copyto "$TARGET/$found" {DUMP}
echo "restoring $found"
"""


class Dump(ScheduledTask):
    """Dumps of a database in a bucket: ``Dump(chart, "orders-dump", db, DumpSpec(backup=COPIES, image=Image("postgres:17.6")))``.

    A CronJob of two steps: the tools of the store's own image write a dump and read it back, then rclone copies it to the bucket and
    deletes dumps that are too old. For PostgreSQL and MySQL. A dump is a moment: what is written after it is lost with the volume. An
    operator that archives the log loses less.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        store: ReadsWrites,
        spec: DumpSpec,
        *,
        credentials: Credentials | None = None,
        platform: Platform | None = None,
    ) -> None:
        """Draw the dumps of a store.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the CronJob.
            store: The store.
            spec: Schedule, bucket and images.
            credentials: A login that may read the whole database, in the namespace of the chart. Default: that of the store, its
                owner.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.

        Raises:
            SpecError: The store has no login, or settings that the tools do not know.
            UnsupportedError: The technology has no dumps, or rclone does not know the login of the bucket.
        """
        plan = _Plan.of(scope, id, store, spec, credentials, platform)
        backup = spec.backup
        task = ScheduledTaskSpec(
            image=spec.copier,
            command=_script(_UPLOAD),
            env={**plan.bucket.env, "TARGET": plan.bucket.path, "KEEP": f"{int(backup.keep.total_seconds())}s"},
            files=plan.bucket.files,
            volumes=plan.volumes,
            init_containers=(plan.container(_beside(id, "dump"), spec, plan.script(plan.tool.dump), plan.login),),
            resources=plan.resources(spec),
            cloud_identity=plan.identity,
            schedule=backup.schedule,
            deadline=spec.deadline,
            retries=1,
        )
        super().__init__(scope, id, task, platform=platform, uses=plan.edges)
        self._place.give(CopiesTo(location=plan.location, store=plan.store.where))


class Restore(Task):
    """A restored dump: ``Restore(chart, "orders-restore", db, DUMPS, until=datetime(2026, 11, 27, 12, tzinfo=UTC))``.

    A Job that runs once: it replaces what is in the database by the newest dump of the folder up to a moment. Its name follows from
    the id, the folder, the moment, and the name and database of the store, so that no other change runs it again: that of an image or
    of an address is refused by the API server, because the template of a Job never changes. Remove it from the app when it has run;
    until then the notice ``restore-drawn`` names it. Another id runs the same restoration again. PostgreSQL is restored in one
    transaction, MySQL table by table.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        store: ReadsWrites,
        spec: DumpSpec,
        *,
        until: datetime | None = None,
        credentials: Credentials | None = None,
        platform: Platform | None = None,
    ) -> None:
        """Draw the task.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and beginning of the name of the Job.
            store: The store that is restored. With `DumpSpec.folder` it may be another one than that of the dumps.
            spec: The bucket and the images, as those of `Dump`.
            until: The moment of the newest dump that may be used, with a time zone. Default: the newest dump.
            credentials: The login of the owner, in the namespace of the chart. Default: that of the store.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.

        Raises:
            SpecError: The store has no login, or settings that the tools do not know.
            UnsupportedError: The technology has no dumps, or rclone does not know the login of the bucket.
        """
        plan = _Plan.of(scope, id, store, spec, credentials, platform)
        env = {**plan.bucket.env, "TARGET": plan.bucket.path, "UNTIL": _until(plan.where, until)}
        fetches = plan.container(_beside(id, "fetch"), spec, _DOWNLOAD, env)
        task = TaskSpec(
            image=spec.image,
            command=_script(plan.script(plan.tool.restore)),
            env=plan.login,
            files=plan.trust.files,
            volumes=plan.volumes,
            init_containers=(replace(fetches, image=spec.copier, files=plan.bucket.files),),
            resources=plan.resources(spec),
            cloud_identity=plan.identity,
            deadline=spec.deadline,
            retries=1,
        )
        super().__init__(scope, id, task, platform=platform, uses=plan.edges)
        message = f"replaces what is in {plan.store.where} by a dump, when its Job is new; remove it from the app when it has run"
        self._place.give(Finding(path=self._place.path, rule="restore-drawn", message=message, severity="notice"))

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: TaskSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:  # noqa: ARG003 - for overrides
        """Return the plan of the task. The name of its Job follows from the folder, the moment, and the name of the store."""
        env = spec.init_containers[0].env
        (into,) = [each.store for each in uses if isinstance(each, StoreEdge)]
        # Not its address: a new generation of the store would be replaced by an old dump.
        target = f"{into.folder or into.name} {into.database}"
        digest = hashlib.sha256(f"{env['TARGET']} {env['UNTIL']} {target}".encode()).hexdigest()[:8]
        name = f"{facts.name[:54].rstrip('-')}-{digest}"
        return plan_pods(facts, spec, uses, lambda now, pod: job_of(now, spec, pod, name=name))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """What a dump and its restoration share."""

    where: str
    store: Store
    edges: list[Edge]
    login: Mapping[str, EnvValue]
    """Variables by which the tools find the store and log in. Only their container has them."""
    trust: Trusted
    """The file of the store's own authority. Only the container of the tools has it."""
    tool: DumpTool
    bucket: Rclone
    identity: CloudIdentity | None
    location: str
    space: Size

    @staticmethod
    def of(
        scope: Construct,
        id: str,
        store: ReadsWrites,
        spec: DumpSpec,
        credentials: Credentials | None,
        platform: Platform | None,
    ) -> _Plan:
        """Return the edge to the store, its tool and its folder of the bucket."""
        place = place_of(scope).child(id)
        where = place.path
        made_by(f"{where}: spec", spec, DumpSpec)
        if place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        if isinstance(store, type) or not hasattr(store, "read_write"):
            raise bad(
                f"{where}: store", "not a store that is read and written", type(store).__name__, "write Postgres(…)"
            )
        edge = _edge(store, None, credentials)
        found = edge.store
        tool = tool_of(where, found.technology)
        if found.undumped is not None:
            raise UnsupportedError(f"{where}: store: {found.where}: {found.undumped}")
        subject = subject_at(place, id, placed_platform(place, platform))
        _check_login(where, found, subject.namespace)
        to = cast("AnyBucket", spec.backup.to)
        folder = folder_of(where, subject, spec.folder) or found.folder or found.name
        bucket = rclone_of(where, subject, to, folder)
        caller = cast("ServiceFacts", subject)  # of a caller, only path and namespace are read
        host = found.call.host_for(caller)
        trust = Trusted() if found.authority is None else mounted_authority(host, found.authority)
        forms = _edge(store, tool.forms, credentials)
        return _Plan(
            where=where,
            store=found,
            edges=[edge, bucket],
            login=Variables(forms, host, caller, trust.authority).drawn(),
            trust=trust,
            tool=tool,
            bucket=bucket,
            identity=(to.identity or CloudIdentity(found.name)) if to.uses_identity else None,
            location=location_of(where, subject, to, folder),
            space=spec.space or getattr(store, "storage", None) or _SPACE,
        )

    @property
    def volumes(self) -> Mapping[str, EmptyDir]:
        return {"/dump": EmptyDir("dump", size_limit=self.space)}

    def script(self, commands: str) -> str:
        return self.tool.script(commands, verified=self.trust.authority is not None)

    def resources(self, spec: DumpSpec) -> Resources:
        return replace(spec.resources, ephemeral_storage_limit=self.space)

    def container(self, name: str, spec: DumpSpec, script: str, env: Mapping[str, EnvValue]) -> Container:
        return Container(
            name,
            image=spec.image,
            command=_script(script),
            env=env,
            files=self.trust.files,
            volumes=self.volumes,
            resources=self.resources(spec),
        )


def _edge(store: ReadsWrites, env: DataEnv, credentials: Credentials | None) -> StoreEdge:
    """Return the edge to the store past its pooler: the tools set what holds for their session, and read in one transaction."""
    edge = store.read_write(env=env, credentials=credentials)
    return replace(edge, store=edge.store.past_pooler())


def _check_login(where: str, store: Store, namespace: str | None) -> None:
    """Refuse a store that the tools cannot log in to."""
    if store.parameters and store.technology is not POSTGRES:
        names = ", ".join(sorted(store.parameters))
        raise SpecError(
            f"{where}: store: {store.where} has parameters that {store.technology.name}'s tools do not read from a URL, got {names}; "
            "dump it with a Task of your own"
        )
    if store.credentials is None:
        raise SpecError(f"{where}: store: {store.where} has no login; name one: credentials=Credentials.of(…)")
    apart = None not in (store.namespace, namespace) and store.namespace != namespace
    if apart and not store.foreign:
        name = store.credentials.password.name
        raise SpecError(
            f"{where}: store: its Secret {name!r} is in the namespace {store.namespace!r}, and pods read only objects of their own; "
            f"name one of {namespace!r}: credentials=…"
        )
    if apart and isinstance(store.authority, SecretKey) and not store.foreign_authority:
        raise SpecError(
            f"{where}: store: the Secret {store.authority.name!r} of its authority is in the namespace {store.namespace!r}, and pods read "
            "only objects of their own; dump it in a chart of that namespace"
        )


def _beside(id: str, name: str) -> str:
    """Return the name of a container that is not the one of the task, which has its id."""
    return name if id != name else f"{name}-first"


def _script(text: str) -> tuple[str, ...]:
    return ("sh", "-euc", text)


def _until(where: str, until: datetime | None) -> str:
    if until is None:
        return _ANY
    made_by(f"{where}: until", until, datetime)
    if until.tzinfo is None:
        what = "not a moment with a time zone"
        raise bad(f"{where}: until", what, str(until), "write datetime(…, tzinfo=timezone.utc)")
    if not 1970 < until.year < 9999:
        raise bad(f"{where}: until", "no moment of a dump", str(until), "use a year after 1970")
    # One second later: a dump of this very second counts.
    return (until.astimezone(UTC) + timedelta(seconds=1)).strftime(_FORM)
