"""Volumes: writable paths and storage of a pod."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad, shown
from kmop_constructs.values.names import (
    Named,
    annotation_map,
    dns_label,
    dns_subdomain,
    flag,
    frozen,
    made_by,
    mapping,
    name_of,
    one_of,
)
from kmop_constructs.values.names import path as checked_path
from kmop_constructs.values.quantity import Size

__all__ = ["AccessMode", "Claim", "ClaimTemplate", "EmptyDir", "HostPath", "Mount", "Volume", "VolumeSource", "mounts"]

AccessMode: TypeAlias = Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]

HostPathType: TypeAlias = Literal[
    "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice"
]


@dataclass(frozen=True, kw_only=True, slots=True)
class EmptyDir:
    """Storage that lives as long as the pod. Containers that mount an EmptyDir of the same name share it."""

    name: str = field(kw_only=False)
    """Name of the volume in the pod."""

    size_limit: Size | None = None
    """Size limit; the pod is evicted if the volume holds more. Default: only the container's ephemeral storage limit."""

    memory: bool = False
    """Keep the content in memory; it counts towards the container's memory limit. Default: false, the node's disk."""

    def __post_init__(self) -> None:
        dns_label("EmptyDir.name", self.name)
        made_by("EmptyDir.size_limit", self.size_limit, Size, type(None))
        flag("EmptyDir.memory", self.memory)

    def at(self, sub_path: str, *, read_only: bool = False) -> Mount:
        """Return a mount of one folder of the volume, instead of the whole volume.

        `sub_path` is relative to the root of the volume. `read_only` refuses writes; by default the mount is writable.
        """
        return Mount(self, sub_path=sub_path, read_only=read_only)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """An existing PersistentVolumeClaim."""

    claim: str | Named = field(kw_only=False)
    """Name of the claim, in the pod's namespace."""

    read_only: bool = False
    """Attach the volume read-only. Default: false, writable."""

    shared: bool = False
    """The claim can be attached to several nodes at once (ReadWriteMany), so a rollout may start new pods before old
    pods end. Default: false; then the rollout must be `Recreate`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "claim", name_of("Claim.claim", self.claim))
        flag("Claim.read_only", self.read_only)
        flag("Claim.shared", self.shared)

    @property
    def name(self) -> str:
        """Name of the volume in the pod: the name of the claim."""
        return str(self.claim).replace(".", "-")[:63].rstrip("-")

    def at(self, sub_path: str, *, read_only: bool = False) -> Mount:
        """Return a mount of one folder of the volume, instead of the whole volume.

        `sub_path` is relative to the root of the volume. `read_only` refuses writes; by default the mount is writable.
        """
        return Mount(self, sub_path=sub_path, read_only=read_only)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimTemplate:
    """A PersistentVolumeClaim for each pod of a StatefulSet: ``ClaimTemplate("data", size=Size.gib(10))``.

    The claims remain after their pods are deleted. They also remain after the StatefulSet is deleted, unless
    `StatefulSpec.keep_claims_when_deleted` is ``"Delete"``.
    """

    name: str = field(kw_only=False)
    """Name of the volume; a claim is named ``<name>-<pod>``. Immutable."""

    size: Size
    """Requested storage. Immutable in the template; grow existing claims one by one."""

    storage_class: str | None = None
    """Name of the StorageClass. Immutable. Default: the cluster's default class."""

    access_mode: AccessMode = "ReadWriteOnce"
    """Access mode of the claims. Immutable. Default: ``ReadWriteOnce``, attached to one node at a time.
    ``ReadWriteOncePod``: used by one pod at a time. ``ReadWriteMany``: attached to several nodes, writable.
    ``ReadOnlyMany``: attached to several nodes, read-only."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the claims. Default: none."""

    def __post_init__(self) -> None:
        dns_label("ClaimTemplate.name", self.name)
        made_by("ClaimTemplate.size", self.size, Size)
        one_of("ClaimTemplate.access_mode", self.access_mode, AccessMode)
        if self.storage_class is not None:
            dns_subdomain("ClaimTemplate.storage_class", self.storage_class)
        object.__setattr__(self, "annotations", annotation_map("ClaimTemplate.annotations", self.annotations))

    def at(self, sub_path: str, *, read_only: bool = False) -> Mount:
        """Return a mount of one folder of the volume, instead of the whole volume.

        `sub_path` is relative to the root of the volume. `read_only` refuses writes; by default the mount is writable.
        """
        return Mount(self, sub_path=sub_path, read_only=read_only)


@dataclass(frozen=True, kw_only=True, slots=True)
class HostPath:
    """A folder or file of the node, only for a `NodeAgent`: ``HostPath("/var/log/pods")``.

    Only namespaces of the Pod Security level *privileged* admit it
    (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
    """

    path: str = field(kw_only=False)
    """Path on the node, absolute."""

    name: str = ""
    """Name of the volume in the pod. Default: derived from the path, such as ``host-var-log-pods``."""

    writable: bool = False
    """Let the container write. Default: false, every mount is read-only. From Kubernetes 1.31, file systems that are
    mounted below the path are also read-only, if the container runtime supports it (``recursiveReadOnly:
    IfPossible``)."""

    type: HostPathType | None = "Directory"
    """What must exist at the path, as in ``hostPath.type``; the pod does not start otherwise. ``DirectoryOrCreate`` and
    ``FileOrCreate`` create it. ``None`` checks nothing. Default: ``Directory``."""

    follow_mounts: bool = False
    """Show file systems that the node mounts below the path while the pod runs (``mountPropagation: HostToContainer``).
    These file systems are read-only only if the node mounts them read-only. Default: false."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", checked_path("HostPath.path", self.path))
        if self.name == "":
            made = re.sub("[^a-z0-9]+", "-", self.path.lower()).strip("-") or "root"
            object.__setattr__(self, "name", f"host-{made}"[:63].rstrip("-"))
        dns_label("HostPath.name", self.name)
        flag("HostPath.writable", self.writable)
        flag("HostPath.follow_mounts", self.follow_mounts)
        if self.type is not None:
            one_of("HostPath.type", self.type, HostPathType)

    def at(self, sub_path: str, *, read_only: bool = False) -> Mount:
        """Return a mount of one folder of the volume, instead of the whole volume.

        `sub_path` is relative to the root of the volume. `read_only` refuses writes; by default `writable` decides.
        """
        return Mount(self, sub_path=sub_path, read_only=read_only)


Volume: TypeAlias = EmptyDir | Claim | ClaimTemplate | HostPath


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """A volume with options for its mount: one folder, or read-only. Without `Mount`, the whole volume is mounted, writable."""

    volume: Volume = field(kw_only=False)
    """Volume to mount."""

    sub_path: str | None = None
    """Folder of the volume to mount, relative to its root. Default: the whole volume."""

    read_only: bool = False
    """Refuse writes of the container to this path. Default: false, writable."""

    def __post_init__(self) -> None:
        made_by("Mount", self.volume, EmptyDir, Claim, ClaimTemplate, HostPath)
        flag("Mount.read_only", self.read_only)
        if self.sub_path is None:
            return
        below = self.sub_path if isinstance(self.sub_path, str) else ""
        if below[:1] in ("", "/") or ".." in below.split("/"):
            raise bad("Mount.sub_path", "not a relative path", self.sub_path, "write it without a leading '/' and '..'")


VolumeSource: TypeAlias = EmptyDir | Claim | ClaimTemplate | HostPath | Mount


def mounts(where: str, value: Mapping[str, VolumeSource]) -> Mapping[str, Mount]:
    """Check a mapping from paths to volumes and return a frozen copy."""
    checked: dict[str, Mount] = {}
    for at, source in mapping(where, value).items():
        clean = checked_path(where, at)
        if clean == "/":
            raise bad(where, "the root of the file system, where no volume can be mounted", at, "use a path below '/'")
        if not isinstance(source, EmptyDir | Claim | ClaimTemplate | HostPath | Mount):
            raise bad(
                f"{where}[{shown(at)}]",
                "not a volume",
                type(source).__name__,
                "write EmptyDir, Claim, ClaimTemplate, HostPath or Mount",
            )
        if clean in checked:
            raise SpecError(f"{where}: {shown(at)} is set twice; keep one")
        checked[clean] = source if isinstance(source, Mount) else Mount(source)
    return frozen(checked)
