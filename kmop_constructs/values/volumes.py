"""Writable paths and storage of a pod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kmop_constructs.errors import SpecError, bad
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

__all__ = ["AccessMode", "Claim", "ClaimTemplate", "EmptyDir", "Mount", "Volume", "VolumeSource", "mounts"]

AccessMode: TypeAlias = Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EmptyDir:
    """Space that lives as long as the pod. Containers that mount one of the same name share it."""

    name: str = field(kw_only=False)
    """The volume's name in the pod."""

    size_limit: Size | None = None
    """The pod is evicted when it holds more. Default: none but the container's ephemeral storage limit."""

    memory: bool = False
    """Keep it in memory, where it counts towards the container's memory limit. Default: on the node's disk."""

    def __post_init__(self) -> None:
        dns_label("EmptyDir.name", self.name)
        made_by("EmptyDir.size_limit", self.size_limit, Size, type(None))
        flag("EmptyDir.memory", self.memory)

    def at(self, sub_path: str, *, read_only: bool = False) -> Mount:
        """A folder of it."""
        return Mount(self, sub_path=sub_path, read_only=read_only)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """An existing PersistentVolumeClaim."""

    claim: str | Named = field(kw_only=False)
    """Its name, in the pod's namespace."""

    read_only: bool = False
    """Attach it read-only. Default: writable."""

    shared: bool = False
    """It can be attached to several nodes at once (ReadWriteMany), so a rollout may start new pods before old ones
    end. Default: false, and the strategy must be `Recreate`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "claim", name_of("Claim.claim", self.claim))
        flag("Claim.read_only", self.read_only)
        flag("Claim.shared", self.shared)

    @property
    def name(self) -> str:
        """The volume's name in the pod: that of the claim."""
        return str(self.claim).replace(".", "-")[:63].rstrip("-")

    def at(self, sub_path: str, *, read_only: bool = False) -> Mount:
        """A folder of it."""
        return Mount(self, sub_path=sub_path, read_only=read_only)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimTemplate:
    """A PersistentVolumeClaim for each pod of a StatefulSet: ``ClaimTemplate("data", size=Size.gib(10))``.

    It outlives its pod, and, unless `StatefulSpec.keep_claims_when_deleted` says otherwise, the StatefulSet too.
    """

    name: str = field(kw_only=False)
    """The volume's name; the claim is called ``<name>-<pod>``. Immutable."""

    size: Size
    """Storage asked for. Immutable in the template; existing claims are grown one by one."""

    storage_class: str | None = None
    """The StorageClass. Immutable. Default: the cluster's default."""

    access_mode: AccessMode = "ReadWriteOnce"
    """How it can be attached. Immutable. Default: ReadWriteOnce, by one node at a time."""

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
        """A folder of it."""
        return Mount(self, sub_path=sub_path, read_only=read_only)


Volume: TypeAlias = EmptyDir | Claim | ClaimTemplate


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """A volume at a path, with what differs from mounting the whole of it writable."""

    volume: Volume = field(kw_only=False)
    """The volume."""

    sub_path: str | None = None
    """The folder of the volume to show. Default: the whole volume."""

    read_only: bool = False
    """Default: writable."""

    def __post_init__(self) -> None:
        made_by("Mount", self.volume, EmptyDir, Claim, ClaimTemplate)
        flag("Mount.read_only", self.read_only)
        if self.sub_path is None:
            return
        below = self.sub_path if isinstance(self.sub_path, str) else ""
        if below[:1] in ("", "/") or ".." in below.split("/"):
            raise bad("Mount.sub_path", "not a relative path", self.sub_path, "write it without a leading '/' and '..'")


VolumeSource: TypeAlias = EmptyDir | Claim | ClaimTemplate | Mount


def mounts(where: str, value: Mapping[str, VolumeSource]) -> Mapping[str, Mount]:
    """A checked, frozen copy of a mapping from paths to volumes."""
    checked: dict[str, Mount] = {}
    for at, source in mapping(where, value).items():
        clean = checked_path(where, at)
        if clean == "/":
            raise bad(
                where, "the root of the file system, which nothing can take the place of", at, "name a path below"
            )
        if not isinstance(source, EmptyDir | Claim | ClaimTemplate | Mount):
            raise bad(
                f"{where}[{at!r}]",
                "not a volume",
                type(source).__name__,
                "write EmptyDir, Claim, ClaimTemplate or Mount",
            )
        if clean in checked:
            raise SpecError(f"{where}: {at!r} is given twice; keep one")
        checked[clean] = source if isinstance(source, Mount) else Mount(source)
    return frozen(checked)
