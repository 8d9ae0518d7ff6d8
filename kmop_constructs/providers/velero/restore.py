"""A Restore of Velero (https://velero.io/docs/v1.18/api-types/restore/)."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Literal

from kmop_constructs.core.findings import Finding
from kmop_constructs.core.identity import standard_labels
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.velero.backup import NamespaceBackup
from kmop_constructs.providers.velero.namespace import home_of, namespace_at, object_name
from kmop_constructs.providers.velero.spec import check_kinds
from kmop_constructs.values.names import dns_label, dns_subdomain, made_by, one_of, several
from kmop_constructs.workloads.platform import placed_platform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.typings import k8s, velero_io
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["NamespaceRestore"]

_OF_CLAIMS = ("persistentvolumes", "volumesnapshots.snapshot.storage.k8s.io")
"""What the data of a claim comes from, and is restored only if it is included too (pkg/restore/restore.go, ``resourceMustHave``)."""

_MODIFIERS = (
    "version: v1\nresourceModifierRules:\n- conditions:\n    groupResource: pods\n    resourceNameRegex: .*\n  mergePatches:\n"
    '  - patchData: \'{"spec": {"topologySpreadConstraints": null}}\'\n'
)
"""Pods come back without constraints of spreading: from 1.34 on the API server merges ``matchLabelKeys`` of a new pod into its selector,
and refuses a pod that has the merged form (pkg/apis/core/validation/validation.go of Kubernetes,
https://velero.io/docs/v1.18/restore-resource-modifiers/)."""


class NamespaceRestore(Manifest):
    """A namespace restored by Velero: ``NamespaceRestore(chart, "back", "shop-nightly-20261127010000", into="shop-practice")``.

    Velero restores once, when the object is new. Its name follows from what is restored, so that no other change restores again. Remove
    it from the app when it has run; until then the notice ``restore-drawn`` names it. What exists stays as it is: a claim keeps its
    data, so restore into a namespace that is not there, or has lost what is restored. Pods come back without their
    ``topologySpreadConstraints``, which the API server would refuse; the next pods of their workloads have them again.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        backup: NamespaceBackup | str,
        *,
        into: str | None = None,
        kinds: Sequence[str] = (),
        leaves_out: Sequence[str] = (),
        existing: Literal["keep", "update"] = "keep",
        namespace: str | None = None,
        platform: Platform | None = None,
    ) -> None:
        """Draw the Restore.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and a part of the name of the Restore.
            backup: The name of a backup, or a `NamespaceBackup` for the newest one that it has completed.
            into: The namespace that is made of it. Default: the one that was copied.
            kinds: Kinds that are restored, as resources with their group: ``("persistentvolumeclaims", "secrets")``. Claims bring their
                volumes and snapshots. Default: all.
            leaves_out: Kinds that are not restored. Default: none.
            existing: What happens to an object that exists: ``keep`` it, or ``update`` what can be changed of it. The data of a claim
                is never replaced. Default: ``keep``.
            namespace: The namespace that was copied. Default: that of the `NamespaceBackup`, else that of the chart.
            platform: The platform. Default: that of the chart, else `Platform()`.

        Raises:
            SpecError: A value is wrong, or the namespace is not known.
        """
        place = place_of(scope).child(id)
        where = place.path
        if place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        made_by(f"{where}: backup", backup, NamespaceBackup, str)
        one_of(f"{where}: existing", existing, Literal["keep", "update"])
        home = home_of(placed_platform(place, platform))
        if isinstance(backup, NamespaceBackup):
            if namespace is not None and namespace != backup.namespace:
                what = f"not that of {backup.path}, {backup.namespace!r}"
                raise bad(f"{where}: namespace", what, namespace, "leave it out")
            source = backup.namespace
        else:
            source = namespace_at(place, namespace, home)
        spec: velero_io.RestoreSpec = {
            "includedNamespaces": [source],
            "existingResourcePolicy": "none" if existing == "keep" else "update",
        }
        if isinstance(backup, NamespaceBackup):
            spec["scheduleName"] = backup.schedule_name
        else:
            spec["backupName"] = dns_subdomain(f"{where}: backup", backup)
        if into is not None:
            spec["namespaceMapping"] = {source: _target(where, into, source, home)}
        if wanted := check_kinds(f"{where}: kinds", several(f"{where}: kinds", kinds)):
            wanted = tuple(sorted({*wanted, *(_OF_CLAIMS if "persistentvolumeclaims" in wanted else ())}))
            spec["includedResources"] = list(wanted)
        if unwanted := check_kinds(f"{where}: leaves_out", several(f"{where}: leaves_out", leaves_out)):
            spec["excludedResources"] = list(unwanted)
        if both := sorted(set(wanted) & set(unwanted)):
            what = "also in kinds" if both[0] in kinds else "what the data of a claim in kinds comes from"
            raise bad(f"{where}: leaves_out", what, both[0], "remove it from one of them")
        base = object_name(where, source, id)
        makes_pods = "pods" not in unwanted and (not wanted or "pods" in wanted)
        if makes_pods:
            modifier: velero_io.RestoreResourceModifier = {"kind": "configmap", "name": f"{base}-modifiers"}
            spec["resourceModifier"] = modifier
        digest = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:8]
        name = f"{base}-{digest}"
        metadata: k8s.ObjectMeta = {"name": name, "namespace": home, "labels": dict(standard_labels(id))}
        literal: velero_io.Restore = {
            "apiVersion": "velero.io/v1",
            "kind": "Restore",
            "metadata": metadata,
            "spec": spec,
        }
        super().__init__(scope, id, literal)
        if makes_pods:
            Manifest(self, "modifiers", _modifiers(f"{base}-modifiers", metadata))
        message = (
            f"restores the namespace {source!r} from a backup, when it is new; remove it from the app when it has run"
        )
        self._place.give(Finding(path=where, rule="restore-drawn", message=message, severity="notice"))


def _target(where: str, into: str, source: str, home: str) -> str:
    """Return the checked namespace that is made."""
    if dns_label(f"{where}: into", into) == source:
        raise bad(f"{where}: into", "the namespace that was copied", into, "leave it out, or name another")
    if into == home:
        what = "Velero's own, where restored objects would be beside its logins and backups"
        raise bad(f"{where}: into", what, into, "name another")
    return into


def _modifiers(name: str, metadata: k8s.ObjectMeta) -> k8s.ConfigMap:
    own: k8s.ObjectMeta = {**metadata, "name": name}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": own, "data": {"modifiers.yaml": _MODIFIERS}}
