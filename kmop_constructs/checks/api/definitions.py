"""Schemas of native kinds and of pinned custom resources, read from ``data/`` when a synth needs them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

__all__ = ["NEWEST", "OLDEST", "Definitions", "Schema", "custom_schemas", "definitions_of"]

Schema: TypeAlias = Mapping[str, Any]

OLDEST, NEWEST = 27, 37
"""Minor versions of Kubernetes with schemas."""

_DATA = Path(__file__).parent / "data"


class Definitions:
    """Definitions of one version of Kubernetes. Each is parsed when it is first used."""

    def __init__(self, minor: int) -> None:
        self.minor = minor
        """Minor version of the schemas: of a newer Kubernetes than the newest known, the newest known."""
        self._texts: dict[str, str] = {}
        self._parsed: dict[str, Schema] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._kinds: dict[str, list[tuple[str, int, int]]] = {}
        for line in _lines("kubernetes"):
            name, first, last, kinds, text = line.split("\t", 4)
            here = int(first) <= minor <= int(last)
            if here:
                self._texts[name] = text
            for each in kinds.split(",") if kinds else ():
                api_version, _, kind = each.partition(" ")
                self._kinds.setdefault(kind, []).append((api_version, int(first), int(last)))
                if here:
                    self._names[api_version, kind] = name
        self.groups = frozenset(version.rpartition("/")[0] for each in self._kinds.values() for version, _, _ in each)
        """API groups of Kubernetes itself, in any version."""

    def name_of(self, api_version: str, kind: str) -> str | None:
        """Return the name of the definition of a kind. ``None`` if this version has no such kind."""
        return self._names.get((api_version, kind))

    def schema(self, name: str) -> Schema:
        """Return a definition."""
        found = self._parsed.get(name)
        if found is None:
            found = self._parsed[name] = json.loads(self._texts[name])
        return found

    def versions_of(self, kind: str) -> list[str]:
        """Return the API versions in which this version of Kubernetes has a kind, the most stable first."""
        here = [version for version, first, last in self._kinds.get(kind, ()) if first <= self.minor <= last]
        return sorted(set(here), key=lambda version: ("alpha" in version, "beta" in version, version))

    def minors_of(self, api_version: str, kind: str) -> tuple[int, int] | None:
        """Return the first and last known minor version of Kubernetes that has a kind. ``None`` if none has it."""
        spans = [(first, last) for version, first, last in self._kinds.get(kind, ()) if version == api_version]
        return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None

    @property
    def names(self) -> frozenset[str]:
        """Names of all definitions."""
        return frozenset(self._texts)

    @property
    def kinds(self) -> list[str]:
        """All kinds of this version of Kubernetes."""
        return sorted({kind for _, kind in self._names})


def definitions_of(minor: int) -> Definitions:
    """Return the definitions of a version of Kubernetes."""
    return _definitions_of(min(max(minor, OLDEST), NEWEST))


@cache
def _definitions_of(minor: int) -> Definitions:
    return Definitions(minor)


@cache
def custom_schemas() -> Mapping[tuple[str, str], str]:
    """Return the schemas of the pinned custom resources as text, by API version and kind."""
    found: dict[tuple[str, str], str] = {}
    for line in _lines("custom"):
        name, _, text = line.partition("\t")
        api_version, _, kind = name.partition(" ")
        found[api_version, kind] = text
    return found


def _lines(name: str) -> list[str]:
    return zlib.decompress((_DATA / f"{name}.zlib").read_bytes()).decode().split("\n")
