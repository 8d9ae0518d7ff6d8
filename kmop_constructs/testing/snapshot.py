"""Snapshots as YAML, one file for each, with the values of Secrets masked.

from kmop_constructs.testing.snapshot import manifests   # in conftest.py

def test_the_shop(manifests):
assert synthesize(shop) == manifests
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from kmop_constructs.testing.synthesized import Synthesized, yaml_of

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

if TYPE_CHECKING:
    from syrupy.types import SerializedData

__all__ = ["ManifestSnapshot"]


class ManifestSnapshot(SingleFileSnapshotExtension):
    """Snapshot of a result of `synthesize`, of a list of its objects, or of YAML text, in ``<test>.k8s.yaml``."""

    _write_mode = WriteMode.TEXT
    file_extension = "k8s.yaml"

    def serialize(self, data: Any, **_: Any) -> SerializedData:
        """Return the YAML of the snapshot."""
        if isinstance(data, Synthesized):
            return data.yaml()
        if isinstance(data, str):
            return data
        got = type(cast("object", data)).__name__
        if isinstance(data, list) and all(isinstance(each, Mapping) for each in cast("list[object]", data)):
            return yaml_of(cast("list[Mapping[str, Any]]", data))
        raise TypeError(f"not a snapshot of manifests, got {got}; write synthesize(…) == manifests")
