"""Every object of every system is the one that was recorded: ``python -m tests.net.record`` records anew."""

from __future__ import annotations

from tests.cluster.systems import SYSTEMS
from tests.net.digests import FOLDER, digests, file_of

import pytest


def test_every_system_is_recorded() -> None:
    assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(SYSTEMS)


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_object_is_the_one_that_was_recorded(name: str) -> None:
    before, after = file_of(name).read_text(encoding="utf-8").splitlines(), digests(name)
    assert after == before, f"{name}: {told(before, after)}"


def test_a_difference_names_objects_that_changed_came_or_went() -> None:
    before = ["a.yaml Service x/web 1", "a.yaml Secret x/old 2"]
    after = ["a.yaml Service x/web 3", "a.yaml Secret x/new 2"]
    assert told(before, after) == "came: a.yaml Secret x/new; went: a.yaml Secret x/old; changed: a.yaml Service x/web"


def test_a_difference_of_order_alone_is_named_as_one() -> None:
    assert told(["a Service x/a 1", "a Service x/b 2"], ["a Service x/b 2", "a Service x/a 1"]) == "in another order"


def told(before: list[str], after: list[str]) -> str:
    """What is otherwise, by object."""
    old, new = _by_object(before), _by_object(after)
    sorts = {
        "came": sorted(new.keys() - old.keys()),
        "went": sorted(old.keys() - new.keys()),
        "changed": sorted(each for each in old.keys() & new.keys() if old[each] != new[each]),
    }
    return "; ".join(f"{sort}: {', '.join(found)}" for sort, found in sorts.items() if found) or "in another order"


def _by_object(lines: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        item, _, digest = line.rpartition(" ")
        found.setdefault(item, []).append(digest)
    return found
