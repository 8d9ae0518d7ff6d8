"""Good manifests, which the mutations are made of: of the project's apps, and some for fields that these do not have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, cast

import yaml

Object: TypeAlias = dict[str, Any]
Path_: TypeAlias = tuple[str | int, ...]

HERE = Path(__file__).parent
FILE = HERE / "data" / "good.json"
BY_HAND = HERE / "data" / "by_hand.yaml"
MOST_OF_A_KIND = 3


def good() -> list[Object]:
    """The recorded manifests: an app that changes does not change the mutations."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def chosen(objects: Iterable[Object]) -> list[Object]:
    """Few objects of each kind, which together have as many fields as possible, after those that are written by hand."""
    kinds: dict[tuple[str, str], list[Object]] = {}
    for item in objects:
        if item["kind"] == "Shelf":  # whose definition only the cluster tests have
            continue
        kinds.setdefault((item["apiVersion"], item["kind"]), []).append(item)
    result = [each for each in yaml.safe_load_all(BY_HAND.read_text(encoding="utf-8")) if each]
    seen = {(item["apiVersion"], item["kind"]): fields(item) for item in result}
    for kind, several in sorted(kinds.items()):
        known = seen.setdefault(kind, set())
        for _ in range(MOST_OF_A_KIND):
            best = max(several, key=lambda item: (len(fields(item) - known), -len(json.dumps(item))))
            new = fields(best) - known
            if len(new) < 3 and known:
                break
            known |= new
            result.append(best)
    return result


def fields(item: Object) -> set[tuple[str, ...]]:
    """The paths of its fields, without indexes and without the keys of maps."""
    return {tuple(str(step) for step in path if not isinstance(step, int)) for path in paths(item)}


def paths(value: object, before: Path_ = ()) -> Iterator[Path_]:
    """The path of every value below a value."""
    steps: list[str | int] = []
    if isinstance(value, dict):
        steps = list(cast("dict[str, Any]", value))
    elif isinstance(value, list):
        steps = list(range(len(cast("list[Any]", value))))
    for step in steps:
        yield (*before, step)
        yield from paths(cast(Any, value)[step], (*before, step))
