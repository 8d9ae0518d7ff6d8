"""Writable paths and storage of a pod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import Named, dns_label, frozen, made_by, mapping, name_of
from kmop_constructs.values.names import path as checked_path
from kmop_constructs.values.quantity import Size

__all__ = ["Claim", "EmptyDir", "Mount", "Volume", "VolumeSource", "mounts"]


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

    @property
    def name(self) -> str:
        """The volume's name in the pod: that of the claim."""
        return str(self.claim).replace(".", "-")[:63].rstrip("-")

    def at(self, sub_path: str, *, read_only: bool = False) -> Mount:
        """A folder of it."""
        return Mount(self, sub_path=sub_path, read_only=read_only)


Volume: TypeAlias = EmptyDir | Claim


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
        made_by("Mount", self.volume, EmptyDir, Claim)
        if self.sub_path is not None and (self.sub_path[:1] in ("", "/") or ".." in self.sub_path.split("/")):
            raise bad("Mount.sub_path", "not a relative path", self.sub_path, "write it without a leading '/' and '..'")


VolumeSource: TypeAlias = EmptyDir | Claim | Mount


def mounts(where: str, value: Mapping[str, VolumeSource]) -> Mapping[str, Mount]:
    """A checked, frozen copy of a mapping from paths to volumes."""
    checked: dict[str, Mount] = {}
    for at, source in mapping(where, value).items():
        clean = checked_path(where, at)
        if not isinstance(source, EmptyDir | Claim | Mount):
            raise bad(f"{where}[{at!r}]", "not a volume", type(source).__name__, "write EmptyDir, Claim or Mount")
        if clean in checked:
            raise SpecError(f"{where}: {at!r} is given twice; keep one")
        checked[clean] = source if isinstance(source, Mount) else Mount(source)
    return frozen(checked)
