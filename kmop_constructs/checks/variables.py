"""Variables that a container gets from the ConfigMaps and Secrets of the app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.core.plain import Plain, mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import Inventory, PodTemplate
    from kmop_constructs.checks.reading import Item

__all__ = ["variables_from"]

_FIELDS = ("binaryData", "data", "stringData")


def variables_from(inventory: Inventory, pods: PodTemplate, container: Plain) -> Iterator[tuple[str, Item, str]]:
    """Yield name, object and key of each variable of ``envFrom`` whose object the app draws, in the order of the sources."""
    for source in mappings(container.get("envFrom")):
        item = _item(inventory, pods, source)
        if item is None:
            continue
        prefix = source.get("prefix") or ""
        for key in sorted({key for field in _FIELDS for key in mapping(item.object.get(field))}):
            yield f"{prefix}{key}", item, key


def _item(inventory: Inventory, pods: PodTemplate, source: Plain) -> Item | None:
    for kind, field in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
        name = within(source, field, "name")
        if isinstance(name, str):
            return inventory.find("", kind, name, pods.item)
    return None
