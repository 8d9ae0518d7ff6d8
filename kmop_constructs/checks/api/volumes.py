"""Rules of volumes, mounts, and what variables and files read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kmop_constructs.checks.api.fields import one_of
from kmop_constructs.checks.api.problems import NOTHING, At, Problems
from kmop_constructs.checks.api.walk import Check
from kmop_constructs.core.plain import Plain, mappings, within

__all__ = ["HOOKS", "containers_in", "find_mounts"]

_FIELD_PATHS = frozenset(
    {
        *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
        *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
        "spec.host",  # the former name of spec.nodeName
    }
)
_VOLUME_FIELD_PATHS = frozenset(
    {"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"}
)
_RESOURCES = frozenset(
    f"{kind}.{name}" for kind in ("limits", "requests") for name in ("cpu", "memory", "ephemeral-storage")
)


def _downward_file(value: Plain, at: At, problems: Problems) -> None:
    one_of(value, ("fieldRef", "resourceFieldRef"), at, problems)
    _field_path(value, _VOLUME_FIELD_PATHS, at, problems)


def _volume(value: Plain, at: At, problems: Problems) -> None:
    found = [field for field, item in value.items() if field != "name" and item is not None]
    if len(found) > 1:
        problems.invalid(
            at, f"has {' and '.join(sorted(found))}, which exclude each other", NOTHING, "keep one of them"
        )
    for field, name in (("configMap", "name"), ("secret", "secretName")):
        if value.get(field) is not None and not within(value, field, name):
            problems.invalid(((at, field), name), "is missing or empty", NOTHING, "set it")
    for field in ("configMap", "downwardAPI", "secret"):
        for place, path in _repeated((((at, field), "items"), within(value, field, "items"))):
            problems.warn(place, "occurs twice in the volume", path, "correct one of the two")
    sources = mappings(within(value, "projected", "sources"))
    lists = [
        ((((((at, "projected"), "sources"), index), field), "items"), within(source, field, "items"))
        for index, source in enumerate(sources)
        for field in ("configMap", "downwardAPI", "secret")
    ]
    for place, path in _repeated(*lists):
        problems.invalid(place, "occurs twice in the volume", path, "correct one of the two")


def _repeated(*lists: tuple[At, Any]) -> Iterator[tuple[At, str]]:
    """Yield the paths of files that an earlier item has."""
    seen: set[str] = set()
    for at, items in lists:
        for index, item in enumerate(mappings(items)):
            path = str(item.get("path"))
            if path in seen:
                yield ((at, index), "path"), path
            seen.add(path)


def _projection(value: Plain, at: At, problems: Problems) -> None:
    found = [field for field, item in value.items() if item is not None]
    if not found:
        problems.warn(at, "has no source", NOTHING, "set one such as secret, or remove the item")
    if len(found) > 1:
        problems.invalid(
            at, f"has {' and '.join(sorted(found))}, which exclude each other", NOTHING, "keep one of them"
        )
    for field in ("configMap", "secret"):
        if value.get(field) is not None and not within(value, field, "name"):
            problems.invalid(((at, field), "name"), "is missing or empty", NOTHING, "set it")


def _field_path(value: Plain, known: frozenset[str], at: At, problems: Problems) -> None:
    path, resource = within(value, "fieldRef", "fieldPath"), within(value, "resourceFieldRef", "resource")
    if isinstance(path, str):
        name, bracket, _ = path.partition("[")
        if not (path in known or (bracket and name in ("metadata.annotations", "metadata.labels"))):
            here: At = ((at, "fieldRef"), "fieldPath")
            problems.invalid(
                here, "is not a field that a pod can read", path, f"write one of {', '.join(sorted(known))}"
            )
    if isinstance(resource, str) and resource not in _RESOURCES and "hugepages-" not in resource:
        here = ((at, "resourceFieldRef"), "resource")
        problems.invalid(
            here, "is not a resource that a pod can read", resource, f"write one of {', '.join(sorted(_RESOURCES))}"
        )


def find_mounts(value: Plain, at: At, problems: Problems) -> None:
    """Find mounts without a volume, and two of one path. `value` is the spec of the pods."""
    claims = mappings(within(problems.object, "spec", "volumeClaimTemplates")) if problems.kind == "StatefulSet" else []
    volumes = {each.get("name") for each in mappings(value.get("volumes"))}
    volumes |= {str(within(each, "metadata", "name")) for each in claims}
    for here, container in containers_in(value, at):
        paths: set[object] = set()
        for field, path in (("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")):
            for index, mount in enumerate(mappings(container.get(field))):
                place: At = ((here, field), index)
                name = mount.get("name")
                if name not in volumes:
                    known = ", ".join(sorted(repr(each) for each in volumes)) or "none"
                    what = f"is not a volume of the pod, which has {known}"
                    problems.invalid((place, "name"), what, name, "correct it, or add the volume")
                if mount.get(path) in paths:
                    problems.invalid(
                        (place, path), "occurs twice in the container", mount.get(path), "correct one of the two"
                    )
                paths.add(mount.get(path))
                if mount.get("subPath") and mount.get("subPathExpr"):
                    problems.invalid(
                        place, "has subPath and subPathExpr, which exclude each other", NOTHING, "keep one of them"
                    )


def containers_in(value: Plain, at: At) -> Iterator[tuple[At, Plain]]:
    """Yield the containers of a pod with their positions: its own, then the init containers."""
    for field in ("containers", "initContainers"):
        for index, container in enumerate(mappings(value.get(field))):
            yield ((at, field), index), container


def _variable_source(value: Plain, at: At, problems: Problems) -> None:
    fields = ("configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef")
    one_of(value, fields, at, problems)
    _field_path(value, _FIELD_PATHS, at, problems)


HOOKS: Mapping[str, Check] = {
    "core.v1.DownwardAPIVolumeFile": _downward_file,
    "core.v1.EnvVarSource": _variable_source,
    "core.v1.Volume": _volume,
    "core.v1.VolumeProjection": _projection,
}
"""Rules by definition, for values with the right fields and types."""
