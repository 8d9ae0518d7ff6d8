"""Order of objects in a file: what an object depends on comes before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.tree import with_ancestors
from kmop_constructs.errors import SpecError

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Rendered

__all__ = ["dependencies_first"]


def dependencies_first(path: str, items: list[Rendered], edges: list[tuple[str, str]]) -> list[Rendered]:
    """Return the items in their order, except that an item follows its dependencies."""
    if not edges:
        return items
    below: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        for above in with_ancestors(item.path):
            below.setdefault(above, []).append(number)
    waits: dict[int, set[int]] = {}
    for source, target in edges:
        sources = set(below.get(source, ()))
        targets = [each for each in below.get(target, ()) if each not in sources]
        for number in sources:
            waits.setdefault(number, set()).update(targets)
    ordered: list[Rendered] = []
    done: set[int] = set()
    for first in range(len(items)):
        # Each item in this line waits for the next. A loop, because the line may exceed Python's recursion limit.
        line = {first: iter(sorted(waits.get(first, ())))} if first not in done else {}
        while line:
            number = next(reversed(line))
            following = next((each for each in line[number] if each not in done), None)
            if following is None:
                done.add(number)
                ordered.append(items[number])
                del line[number]
            elif following in line:
                circle = ", ".join(sorted(items[each].path for each in line))
                raise SpecError(
                    f"{path}: these objects depend on each other in a circle: {circle}; remove a dependency"
                )
            else:
                line[following] = iter(sorted(waits.get(following, ())))
    return ordered
