"""The most pods of each workload, by its number of replicas or its autoscaler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import Inventory, inventory_of
from kmop_constructs.checks.scalers import Scaler, most, scalers
from kmop_constructs.core.declared import Declared

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["PodCounts"]


class PodCounts:
    """The most pods of each workload of a cluster."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._inventory: Inventory = inventory_of(synthesis)
        self._facts: dict[str, ServiceFacts] = {each.facts.path: each.facts for each in synthesis.facts(Declared)}
        found = scalers(self._inventory)
        self._scaled: dict[int, Scaler] = {id(each.target): each for each in found if each.target is not None}

    def most(self, path: str, *, rolling: bool = True) -> int | None:
        """Return the most pods of the workload with a construct path; see `scalers.most`. ``None`` if it is not known."""
        facts = self._facts.get(path)
        if facts is None or facts.owner is None:
            return None
        group = facts.workload[0].rpartition("/")[0]
        item = self._inventory.at(group, facts.owner.kind, facts.owner.name, facts.scope)
        return None if item is None else most(item, self._scaled, rolling=rolling)
