"""A Schedule of Velero for a namespace (https://velero.io/docs/v1.18/api-types/schedule/)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from kmop_constructs.components.data.bucket import CopiesTo, has_copies
from kmop_constructs.components.data.uses import CopiesVolumes, MadeForStore, StoreDrawn
from kmop_constructs.core.identity import standard_labels
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.core.subject import PodOwner
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.velero.location import BackupLocation
from kmop_constructs.providers.velero.namespace import home_of, namespace_at, object_name
from kmop_constructs.providers.velero.spec import NamespaceBackupSpec
from kmop_constructs.values.durations import go_duration
from kmop_constructs.values.names import dns_label, made_by, several
from kmop_constructs.workloads.platform import placed_platform
from kmop_constructs.workloads.stores import AnyStore

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.providers.velero.spec import BackupHook
    from kmop_constructs.typings import k8s, velero_io
    from kmop_constructs.values.schedule import Schedule
    from kmop_constructs.workloads.platform import Platform

__all__ = ["NamespaceBackup"]

_INSTANCE = "app.kubernetes.io/instance"
_NAMESPACE = "kubernetes.io/metadata.name"
_POLICY = "version: v1\nvolumePolicies:\n- conditions:\n    volumeTypes:\n    - emptyDir\n  action:\n    type: skip\n"
"""https://velero.io/docs/v1.18/resource-filtering/#creating-resource-policies"""


class NamespaceBackup(Placed, Construct):
    """Backups of a namespace by Velero: ``NamespaceBackup(chart, "nightly", NamespaceBackupSpec(schedule=…, keep=…))``.

    Velero copies the objects of the namespace and its volumes. A database that runs is copied as after a power failure at best, so
    stores with copies of their own (`Provision.backup`) are left out, with everything that their operator made, and recovered from
    those copies; Elasticsearch is left out too, because it cannot be restored so. A store without copies of its own is copied with the
    notice ``store-volume-copied``; only for those in `counts_for` is that its backup. With ``volumes="files"`` or ``"none"`` every store is left out. The objects are in Velero's namespace
    (``Platform(operators={"velero": Operator("velero")})``), and a writer of that namespace can read every backup.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: NamespaceBackupSpec,
        *,
        namespace: str | None = None,
        location: BackupLocation | str | None = None,
        counts_for: Sequence[AnyStore] = (),
        platform: Platform | None = None,
    ) -> None:
        """Draw the Schedule.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct. The Schedule is called by the namespace and the id.
            spec: What is copied, and when.
            namespace: The namespace that is copied. Default: that of the chart.
            location: Where backups are written: a `BackupLocation`, or the name of a BackupStorageLocation that exists. Default: the
                default location of Velero.
            counts_for: Stores of the namespace for which a copy of their volumes is the backup that ``Platform(require_backups=True)``
                requires, also if they have copies of their own. Name stores for which a restore has been tested. Default: none.
            platform: The platform. Default: that of the chart, else `Platform()`.

        Raises:
            SpecError: A value is wrong, or the namespace is not known.
        """
        self._place = place_of(scope).child(id)
        where = self._place.path
        if self._place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        made_by(f"{where}: spec", spec, NamespaceBackupSpec)
        made_by(f"{where}: location", location, BackupLocation, str, type(None))
        self._cluster = placed_platform(self._place, platform)
        self._home = home_of(self._cluster)
        self.spec = spec
        """The spec that was given to the constructor."""
        self.namespace = namespace_at(self._place, namespace, self._home)
        """The namespace that is copied."""
        self.schedule_name = object_name(where, self.namespace, id)
        """Name of the Schedule. Its backups are called by it and their moment: ``shop-nightly-20261127010000``."""
        self._location = self._named(location)
        self._counts_for = self._counted(several(f"{where}: counts_for", counts_for))
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        Manifest(self, "schedule", self._deferred())
        if spec.volumes == "files":
            Manifest(self, "policy", self._policy())
        if spec.of_one_moment:
            self._place.give(CopiesVolumes(backup=where, scope=self.namespace, counts_for=self._counts_for))

    def _named(self, location: BackupLocation | str | None) -> str | None:
        where = f"{self.path}: location"
        if isinstance(location, BackupLocation):
            if location.read_only:
                raise bad(
                    where, "a location that is only read", location.path, "set read_only=False there, or name another"
                )
            if location.place.identity != self._place.identity:
                raise bad(where, "a location of another cluster", location.path, "draw one in a chart of this cluster")
            return location.name
        return None if location is None else dns_label(where, location)

    def _counted(self, stores: Sequence[AnyStore]) -> tuple[str, ...]:
        where = f"{self.path}: counts_for"
        for store in stores:
            made_by(where, store, *get_args(AnyStore))
            if store.subject.namespace != self.namespace:
                what = f"a store of another namespace than {self.namespace!r}"
                raise bad(where, what, store.path, "name stores of that namespace")
            technology = store.spec.technology
            if not technology.volumes_restore:
                raise UnsupportedError(
                    f"{where}: a copy of the volumes of {technology.name} cannot be restored, got {store.path}; give it copies of its "
                    "own: Provision(backup=…)"
                )
        if stores and not self.spec.of_one_moment:
            what = f"set, and volumes={self.spec.volumes!r} makes no copy of a database that could be started"
            raise bad(where, what, ", ".join(store.path for store in stores), "remove it, or set volumes='moved'")
        return tuple(sorted(store.path for store in stores))

    def _deferred(self) -> Deferred:
        return Deferred(
            api_version="velero.io/v1",
            kind="Schedule",
            name=self.schedule_name,
            namespace=self._home,
            draw=self._draw,
        )

    def _draw(self, synthesis: Synthesis) -> velero_io.Schedule:
        spec = self.spec
        template: velero_io.ScheduleTemplate = {
            # Backups would have the labels of the Schedule, by which GitOps tools know and delete objects.
            "metadata": {"labels": {"app.kubernetes.io/name": self.schedule_name}},
            "includedNamespaces": [self.namespace],
            "snapshotVolumes": spec.of_one_moment,
            "snapshotMoveData": spec.volumes == "moved",
            "defaultVolumesToFsBackup": spec.volumes == "files",
            "csiSnapshotTimeout": go_duration(spec.snapshot_timeout),
            "itemOperationTimeout": go_duration(spec.upload_timeout),
            "ttl": go_duration(spec.keep),
        }
        if spec.leaves_out:
            template["excludedNamespaceScopedResources"] = list(spec.leaves_out)
        if self._location is not None:
            template["storageLocation"] = self._location
        if spec.snapshot_locations:
            template["volumeSnapshotLocations"] = list(spec.snapshot_locations)
        if spec.volumes == "files":
            template["resourcePolicy"] = {"kind": "configmap", "name": self._policy_name}
        if spec.hooks:
            template["hooks"] = {"resources": [_hook(self.namespace, each) for each in spec.hooks]}
        if (selector := self._selector(synthesis)) is not None:
            template["labelSelector"] = selector
        metadata: k8s.ObjectMeta = {
            "name": self.schedule_name,
            "namespace": self._home,
            "labels": dict(standard_labels(self.schedule_name)),
        }
        if spec.annotations:
            metadata["annotations"] = dict(spec.annotations)
        return {
            "apiVersion": "velero.io/v1",
            "kind": "Schedule",
            "metadata": metadata,
            "spec": {"schedule": _cron(spec.schedule), "template": template},
        }

    @property
    def _policy_name(self) -> str:
        return f"{self.schedule_name}-volumes"

    def _policy(self) -> k8s.ConfigMap:
        """Return the policy that leaves out the folders that end with their pods, such as ``/tmp``."""
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self._policy_name,
                "namespace": self._home,
                "labels": dict(standard_labels(self.schedule_name)),
            },
            "data": {"policy.yaml": _POLICY},
        }

    def _selector(self, synthesis: Synthesis) -> k8s.LabelSelector | None:
        """Return the selector of everything but the stores that are left out; ``None`` if there are none."""
        values: dict[str, set[str]] = {}
        copies = synthesis.facts(CopiesTo)
        for store in synthesis.facts(StoreDrawn):
            if store.scope != self.namespace or store.path in self._counts_for:
                continue
            if has_copies(store, copies) or not self.spec.of_one_moment or not store.volumes_restore:
                for key, value in _labels_of(store, synthesis):
                    values.setdefault(key, set()).add(value)
        if not values:
            return None
        # Velero adds every Namespace object that a selector matches (pkg/backup/item_collector.go, nsTracker), and all have this label.
        unlike_namespaces: k8s.LabelSelectorRequirement = {"key": _NAMESPACE, "operator": "DoesNotExist"}
        left_out: list[k8s.LabelSelectorRequirement] = [
            {"key": key, "operator": "NotIn", "values": sorted(values[key])} for key in sorted(values)
        ]
        return {"matchExpressions": [unlike_namespaces, *left_out]}


def _labels_of(store: StoreDrawn, synthesis: Synthesis) -> Iterator[tuple[str, str]]:
    """Yield the labels of what the app draws for a store, of its pods and claims, and of what its operator makes."""
    yield _INSTANCE, store.path.rpartition("/")[2]
    for made in synthesis.facts(MadeForStore):
        if made.store == store.path:
            yield made.label
    for given in synthesis.given(PodOwner):
        # Claims of a StatefulSet have the labels of its selector (pkg/controller/statefulset of Kubernetes).
        if given.fact.kind == "StatefulSet" and given.place.path.startswith(f"{store.path}/"):
            selector = given.fact.selector
            yield (_INSTANCE, selector[_INSTANCE]) if _INSTANCE in selector else min(selector.items())


def _hook(namespace: str, hook: BackupHook) -> velero_io.ScheduleTemplateHooksResource:
    found: velero_io.ScheduleTemplateHooksResource = {
        "name": hook.name,
        "includedNamespaces": [namespace],
        "includedResources": ["pods"],
        "labelSelector": {"matchLabels": dict(hook.pods)},
    }
    if hook.before:
        found["pre"] = [{"exec": _command(hook, hook.before)}]
    if hook.after:
        found["post"] = [{"exec": _command(hook, hook.after)}]
    return found


def _command(hook: BackupHook, command: tuple[str, ...]) -> velero_io.ScheduleTemplateHooksResourcePostExec:
    found: velero_io.ScheduleTemplateHooksResourcePostExec = {
        "command": list(command),
        "onError": hook.on_error,
        "timeout": go_duration(hook.timeout),
    }
    if hook.container is not None:
        found["container"] = hook.container
    return found


def _cron(schedule: Schedule) -> str:
    """Return a schedule with its time zone (https://velero.io/docs/v1.18/backup-reference/#time-zone-specification)."""
    return schedule.cron if schedule.time_zone is None else f"CRON_TZ={schedule.time_zone} {schedule.fields}"
