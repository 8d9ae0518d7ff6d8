"""Dumps of a store to a bucket on a schedule, and a task that restores one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.bucket import Bucket, bucket_of
from kmop_constructs.components.data.dumps import DUMP, DumpSpec, DumpTool, tool_of
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.container import Container
from kmop_constructs.values.names import made_by
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.volumes import EmptyDir
from kmop_constructs.workloads.platform import placed_platform, subject_at
from kmop_constructs.workloads.task import ScheduledTask, ScheduledTaskSpec, Task, TaskSpec

if TYPE_CHECKING:
    from kmop_constructs.components.data.base import ReadsWrites
    from kmop_constructs.components.data.connection import StoreEdge
    from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["Dump", "Restore"]

_FORM = "%Y%m%dT%H%M%SZ"
_ANY = "99999999T999999Z.dump"
_UPLOAD = f"""\
rclone copyto {DUMP} "$TARGET/$(date -u +{_FORM}).dump"
rclone delete --min-age "$KEEP" "$TARGET"
rclone lsf "$TARGET"
"""
_DOWNLOAD = f"""\
found="$(rclone lsf --files-only "$TARGET" | sort | awk -v until="$UNTIL" '$0 <= until' | tail -n 1)"
[ -n "$found" ] || {{ echo "no dump until $UNTIL in $TARGET" >&2; exit 1; }}
rclone copyto "$TARGET/$found" {DUMP}
echo "restoring $found"
"""


class Dump(ScheduledTask):
    """Dumps of a database in a bucket: ``Dump(chart, "orders-dump", db, DumpSpec(backup=COPIES, image=Image("postgres:17.6")))``.

    A CronJob of two steps: the tools of the store's own image write a dump and read it back, then rclone copies it to the bucket and
    deletes dumps that are too old. For PostgreSQL, MySQL and MongoDB. A dump is a moment: what is written after it is lost with the
    volume. An operator that archives the log loses less.
    """

    def __init__(
        self, scope: Construct, id: str, store: ReadsWrites, spec: DumpSpec, *, platform: Platform | None = None
    ) -> None:
        """Draw the dumps of a store.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the CronJob.
            store: The store. Its owner's login reads the whole database.
            spec: Schedule, bucket and images.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.

        Raises:
            UnsupportedError: The technology has no dumps, or rclone does not know the login of the bucket.
        """
        plan = _Plan.of(scope, id, store, spec, platform)
        backup = spec.backup
        writes = plan.container("dump", spec, plan.tool.dump, app_env=True)
        env = {**plan.bucket.env, "TARGET": plan.bucket.path, "KEEP": f"{int(backup.keep.total_seconds())}s"}
        task = ScheduledTaskSpec(
            image=spec.copier,
            command=_script(_UPLOAD),
            env=env,
            files=plan.bucket.files,
            volumes=plan.volumes(spec),
            init_containers=(writes,),
            resources=plan.resources(spec),
            cloud_identity=plan.bucket.identity,
            schedule=backup.schedule,
            deadline=spec.deadline,
            retries=1,
        )
        super().__init__(scope, id, task, platform=platform, uses=[plan.edge, plan.bucket.edge])


class Restore(Task):
    """A restored dump: ``Restore(chart, "orders-restore", db, DUMPS, until=datetime(2026, 11, 27, 12, tzinfo=UTC))``.

    A Job that runs once: it replaces what is in the database by the newest dump of the folder up to a moment. Remove it from the app
    when it has run; another moment is another Job. PostgreSQL is restored in one transaction, the others table by table.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        store: ReadsWrites,
        spec: DumpSpec,
        *,
        until: datetime | None = None,
        platform: Platform | None = None,
    ) -> None:
        """Draw the task.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and beginning of the name of the Job.
            store: The store that is restored. With `DumpSpec.folder` it may be another one than that of the dumps.
            spec: The bucket and the images, as those of `Dump`.
            until: The moment of the newest dump that may be used, with a time zone. Default: the newest dump.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.

        Raises:
            UnsupportedError: The technology has no dumps, or rclone does not know the login of the bucket.
        """
        plan = _Plan.of(scope, id, store, spec, platform)
        env = {**plan.bucket.env, "TARGET": plan.bucket.path, "UNTIL": _until(plan.where, until)}
        fetches = plan.container("fetch", spec, _DOWNLOAD, image=True)
        fetches = replace(fetches, env=env, files=plan.bucket.files)
        task = TaskSpec(
            image=spec.image,
            command=_script(plan.tool.restore),
            volumes=plan.volumes(spec),
            init_containers=(fetches,),
            resources=plan.resources(spec),
            cloud_identity=plan.bucket.identity,
            deadline=spec.deadline,
            retries=1,
        )
        super().__init__(scope, id, task, platform=platform, uses=[plan.edge, plan.bucket.edge])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """What a dump and its restoration share."""

    where: str
    edge: StoreEdge
    tool: DumpTool
    bucket: Bucket

    @staticmethod
    def of(scope: Construct, id: str, store: ReadsWrites, spec: DumpSpec, platform: Platform | None) -> _Plan:
        """Return the edge to the store, its tool and its folder of the bucket."""
        place = place_of(scope).child(id)
        made_by(f"{place.path}: spec", spec, DumpSpec)
        if place.chart is None:
            raise SpecError(f"{place.path}: needs a chart above it, got {type(scope).__name__}; put it into one")
        if not hasattr(store, "read_write"):
            raise bad(
                f"{place.path}: store",
                "not a store that is read and written",
                type(store).__name__,
                "write Postgres(…)",
            )
        found = store.read_write(env=None).store
        tool = tool_of(place.path, found.technology)
        if found.authority is not None:
            raise SpecError(
                f"{place.path}: store: {found.where} speaks TLS with an authority of its own, and the container of the dump has no "
                "file of it; use the copies of its operator: Provision(backup=…)"
            )
        subject = subject_at(place, id, placed_platform(place, platform))
        to = cast("S3 | GoogleStorage | AzureBlob", spec.backup.to)
        bucket = bucket_of(place.path, subject, to, spec.folder or found.name)
        return _Plan(where=place.path, edge=store.read_write(env=tool.forms), tool=tool, bucket=bucket)

    def volumes(self, spec: DumpSpec) -> Mapping[str, EmptyDir]:
        return {"/dump": EmptyDir("dump", size_limit=spec.space)}

    def resources(self, spec: DumpSpec) -> Resources:
        return replace(spec.resources, ephemeral_storage_limit=spec.space)

    def container(
        self, name: str, spec: DumpSpec, script: str, *, app_env: bool = False, image: bool = False
    ) -> Container:
        return Container(
            name,
            image=spec.copier if image else spec.image,
            command=_script(script),
            app_env=app_env,
            volumes=self.volumes(spec),
            resources=self.resources(spec),
        )


def _script(text: str) -> tuple[str, ...]:
    return ("sh", "-euc", text)


def _until(where: str, until: datetime | None) -> str:
    if until is None:
        return _ANY
    made_by(f"{where}: until", until, datetime)
    if until.tzinfo is None:
        raise bad(
            f"{where}: until", "not a moment with a time zone", str(until), "write datetime(…, tzinfo=timezone.utc)"
        )
    # One second later: a dump of this very second counts.
    return (until.astimezone(UTC) + timedelta(seconds=1)).strftime(_FORM)
