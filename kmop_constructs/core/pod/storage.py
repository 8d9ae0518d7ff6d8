"""Volumes and mounts: files from ConfigMaps and Secrets, shared storage, claims, and a writable ``/tmp``."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from kmop_constructs.core.pod.filling import FILLED
from kmop_constructs.errors import ConflictError, SpecError, shown
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.files import ConfigDirectory, FileTemplate, LocalFile, Projected, SecretDirectory, Text
from kmop_constructs.values.volumes import Claim, ClaimTemplate, EmptyDir, HostPath, Mount

if TYPE_CHECKING:
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.files import FileSource

__all__ = ["Storage"]


class Storage:
    """Collects the volumes of one pod while its containers are drawn."""

    def __init__(
        self, where: str, files_name: str, taken: Collection[str] = (), *, deep_read_only: bool = False
    ) -> None:
        """Start without volumes. `taken` are volume names that the spec sets.

        `deep_read_only` says that the cluster can make the file systems below a read-only path read-only too.
        """
        self._deep_read_only = deep_read_only
        self._where = where
        self._taken = taken
        self._files_name = files_name
        self._volumes: dict[str, tuple[object, k8s.Volume]] = {}
        self._items: dict[str, dict[str, k8s.KeyToPath]] = {}
        self._claims: dict[str, ClaimTemplate] = {}
        self.templates: dict[str, FileTemplate] = {}
        """Templates that are filled in when the pod starts, by their key in the ConfigMap of the service."""
        self.files: dict[str, str] = {}
        """Data of the ConfigMap with content from the spec."""

    @property
    def volumes(self) -> list[k8s.Volume]:
        """Volumes of the pod, sorted by name."""
        for name, items in self._items.items():
            source = self._volumes[name][1]
            listed = [items[key] for key in sorted(items)]
            if "configMap" in source:
                source["configMap"]["items"] = listed
            elif "secret" in source:
                source["secret"]["items"] = listed
        return [self._volumes[name][1] for name in sorted(self._volumes)]

    @property
    def claims(self) -> tuple[ClaimTemplate, ...]:
        """Claim templates of the pods, sorted by name."""
        return tuple(self._claims[name] for name in sorted(self._claims))

    @property
    def has_claim(self) -> bool:
        """Whether a volume is a claim."""
        return bool(self._claims) or any("persistentVolumeClaim" in volume for _, volume in self._volumes.values())

    def mounts(
        self, files: Mapping[str, FileSource], volumes: Mapping[str, Mount], *, tmp: str | None
    ) -> list[k8s.VolumeMount]:
        """Return the mounts of one container, sorted by path. `tmp` is the name of the volume at ``/tmp``, if that is free.

        Files are drawn in the order of their paths, the shortest paths first. So names that depend on earlier files do not
        depend on the order in which the files are written, and ``/f`` gets the key ``f`` also if there is ``/x/f``.
        """
        drawn = {at: self._file(at, files[at]) for at in sorted(files, key=lambda each: (each.count("/"), each))}
        drawn |= {at: self._volume(at, mount) for at, mount in volumes.items()}
        if tmp is not None and "/tmp" not in drawn:  # noqa: S108 - a path in the container
            while tmp in self._volumes or tmp in self._taken:
                tmp += "-dir"
            drawn["/tmp"] = self._volume("/tmp", Mount(EmptyDir(tmp)))  # noqa: S108
        return [drawn[at] for at in sorted(drawn)]

    def _add(self, name: str, identity: object, volume: k8s.Volume) -> None:
        before = self._volumes.setdefault(name, (identity, volume))
        if before[0] != identity:
            raise ConflictError(f"{self._where}: two different volumes have the name {name!r}; rename one of them")

    def _derive(self, name: str, identity: object, volume: k8s.Volume) -> str:
        """Add a volume with a name from an object's name, with a number if two objects have the same volume name."""
        free, number = name, 1
        while free in self._taken or self._volumes.get(free, (identity,))[0] != identity:
            number += 1
            free = f"{name[:60]}-{number}"
        self._add(free, identity, {**volume, "name": free})
        return free

    def _volume(self, at: str, mount: Mount) -> k8s.VolumeMount:
        volume = mount.volume
        mounted: k8s.VolumeMount = {"name": volume.name, "mountPath": at}
        if mount.sub_path is not None:
            mounted["subPath"] = mount.sub_path
        if mount.read_only:
            mounted["readOnly"] = True
        drawn: k8s.Volume = {"name": volume.name}
        match volume:
            case EmptyDir():
                drawn["emptyDir"] = {}
                if volume.memory:
                    drawn["emptyDir"]["medium"] = "Memory"
                if volume.size_limit is not None:
                    drawn["emptyDir"]["sizeLimit"] = str(volume.size_limit)
            case Claim():
                drawn["persistentVolumeClaim"] = {"claimName": str(volume.claim)}
                if volume.read_only:
                    drawn["persistentVolumeClaim"]["readOnly"] = True
            case ClaimTemplate():
                if self._claims.setdefault(volume.name, volume) != volume or volume.name in self._volumes:
                    raise ConflictError(f"{self._where}: two volumes have the name {volume.name!r}; rename one of them")
                return mounted
            case HostPath():
                self._host_path(volume, drawn, mounted)
        self._add(volume.name, volume, drawn)
        return mounted

    def _host_path(self, volume: HostPath, drawn: k8s.Volume, mounted: k8s.VolumeMount) -> None:
        drawn["hostPath"] = {"path": volume.path}
        if volume.type is not None:
            drawn["hostPath"]["type"] = volume.type
        if not volume.writable:
            mounted["readOnly"] = True
        if volume.follow_mounts:
            mounted["mountPropagation"] = "HostToContainer"
        elif "readOnly" in mounted and self._deep_read_only:
            mounted["recursiveReadOnly"] = "IfPossible"

    def _file(self, at: str, source: FileSource) -> k8s.VolumeMount:
        match source:
            case Text():
                source = ConfigKey(self._files_name, self._own(at, source.content), mode=source.mode)
            case LocalFile():
                source = ConfigKey(self._files_name, self._own(at, source.read()), mode=source.mode)
            case FileTemplate():
                key = self._own(at, source.text)
                if self.templates.setdefault(key, source) != source:
                    raise ConflictError(
                        f"{self._where}: files[{shown(at)}]: two templates have the same text but different values; change one text"
                    )
                return self._volume(at, FILLED.at(key, read_only=True))
            case _:
                pass
        match source:
            case ConfigKey() | SecretKey():
                return self._key(at, source)
            case ConfigDirectory() | SecretDirectory():
                return self._directory(at, source)
            case Projected():
                return self._projected(at, source)

    def _own(self, at: str, content: str) -> str:
        """Return the key of content in the ConfigMap: the file name, or the whole path if two files have the same name."""
        key = _file_key(posixpath.basename(at))
        if self.files.get(key, content) != content:
            key = _file_key(at.strip("/"))
        if self.files.setdefault(key, content) != content:
            raise SpecError(
                f"{self._where}: files[{shown(at)}] needs the key {key!r}, which another file has; rename the file"
            )
        return key

    def _key(self, at: str, source: ConfigKey | SecretKey) -> k8s.VolumeMount:
        sort = "config" if isinstance(source, ConfigKey) else "secret"
        name = _volume_name(sort, source.name, "-optional" if source.optional else "")
        drawn: k8s.Volume = {"name": name}
        if isinstance(source, ConfigKey):
            drawn["configMap"] = {"name": source.name}
            if source.optional:
                drawn["configMap"]["optional"] = True
        else:
            drawn["secret"] = {"secretName": source.name}
            if source.optional:
                drawn["secret"]["optional"] = True
        name = self._derive(name, (sort, source.name, source.optional, "keys"), drawn)
        path = source.key if source.mode is None else f"{source.mode:o}/{source.key}"
        item: k8s.KeyToPath = {"key": source.key, "path": path}
        if source.mode is not None:
            item["mode"] = source.mode
        self._items.setdefault(name, {})[path] = item
        return {"name": name, "mountPath": at, "subPath": path, "readOnly": True}

    def _directory(self, at: str, source: ConfigDirectory | SecretDirectory) -> k8s.VolumeMount:
        sort = "config" if isinstance(source, ConfigDirectory) else "secret"
        ends = posixpath.basename(at).lower()
        name = _volume_name(f"{sort}-dir", source.name, f"-{re.sub('[^a-z0-9]+', '-', ends).strip('-')}")
        items: list[k8s.KeyToPath] = [
            {"key": key, "path": below} for key, below in sorted((source.items or {}).items())
        ]
        drawn: k8s.Volume = {"name": name}
        if isinstance(source, ConfigDirectory):
            drawn["configMap"] = {"name": source.name}
            body = drawn["configMap"]
        else:
            drawn["secret"] = {"secretName": source.name}
            body = drawn["secret"]
        if items:
            body["items"] = items
        if source.mode is not None:
            body["defaultMode"] = source.mode
        if source.optional:
            body["optional"] = True
        return {"name": self._derive(name, source, drawn), "mountPath": at, "readOnly": True}

    def _projected(self, at: str, source: Projected) -> k8s.VolumeMount:
        sources: list[k8s.VolumeProjection] = []
        for each in source.sources:
            items: list[k8s.KeyToPath] = [
                {"key": key, "path": below} for key, below in sorted((each.items or {}).items())
            ]
            if isinstance(each, ConfigDirectory):
                config: k8s.ConfigMapProjection = {"name": each.name}
                if items:
                    config["items"] = items
                if each.optional:
                    config["optional"] = True
                sources.append({"configMap": config})
            else:
                secret: k8s.SecretProjection = {"name": each.name}
                if items:
                    secret["items"] = items
                if each.optional:
                    secret["optional"] = True
                sources.append({"secret": secret})
        projected: k8s.ProjectedVolumeSource = {"sources": sources}
        if source.mode is not None:
            projected["defaultMode"] = source.mode
        ending = re.sub("[^a-z0-9]+", "-", posixpath.basename(at).lower()).strip("-")
        name = _volume_name("projected", ending or "files", "")
        return {
            "name": self._derive(name, source, {"name": name, "projected": projected}),
            "mountPath": at,
            "readOnly": True,
        }


def _file_key(path: str) -> str:
    """Return a ConfigMap key for a path."""
    key = re.sub(r"[^-._a-zA-Z0-9]", ".", path)[-250:]
    return f"file{key}" if key in {"", "."} or key.startswith("..") else key


def _volume_name(sort: str, name: str, ending: str) -> str:
    """Return a DNS label for an object's name."""
    kept = name.replace(".", "-")[: 63 - len(sort) - len(ending) - 1].rstrip("-")
    return f"{sort}-{kept}{ending}"[:63].rstrip("-")
