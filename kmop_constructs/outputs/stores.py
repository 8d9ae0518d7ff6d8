"""The record of stores: where the data of each store is, in a file of the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from kmop_constructs.checks.store_changed import entries, read_record, recorded_files, recording
from kmop_constructs.core.place import place_of

if TYPE_CHECKING:
    from constructs import IConstruct

__all__ = ["record_stores"]


def record_stores(construct: IConstruct) -> tuple[Path, ...]:
    """Write the files that `Platform.stores_record` names, from the app of `construct`, and return their paths.

    Run it after the first apply, and after each change that the rule ``store-changed`` found and you have carried out. Entries of
    clusters that the app does not draw now stay. Renders and checks the app; nothing is written where it has errors.

    Raises:
        CheckError: The app has errors.
        ValueError: A file that exists is no record.
    """
    found: dict[Path, dict[str, object]] = {}
    token = recording.set(True)
    try:
        with place_of(construct).model.synthesized() as synthesis:
            for cluster in synthesis.clusters:
                for file in recorded_files(cluster):
                    found.setdefault(file, dict(read_record(file)))[str(cluster.identity or "")] = entries(cluster)
    finally:
        recording.reset(token)
    for file, record in found.items():
        file.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return tuple(sorted(found))
