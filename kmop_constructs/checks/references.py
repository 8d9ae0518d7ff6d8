"""Pods read ConfigMaps, Secrets and keys that exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import Inventory, Pods, inventory_of
from kmop_constructs.checks.outside import IN_EVERY_NAMESPACE, MadeObject, may_make_secrets
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.made import MakesSecret
from kmop_constructs.core.plain import Plain, mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["KEY_REASON", "KEY_RULE", "REASON", "RULE", "check"]

RULE = "reference-missing"
REASON = "A pod does not start while a ConfigMap or Secret that it reads does not exist."
KEY_RULE = "reference-key"
KEY_REASON = "A container does not start while a key that it reads is not in the ConfigMap or Secret."

_FILLED_BY_CLUSTER = "kubernetes.io/service-account-token"
"""Type of Secrets with keys that a controller adds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """Reference of pods to a ConfigMap or Secret."""

    kind: str
    name: str
    key: str | None
    """Key that is read. ``None`` for the whole object."""


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find references to objects and keys that the app does not draw and that are not declared as external."""
    inventory = inventory_of(synthesis)
    for pods in inventory.pods:
        wanted = dict.fromkeys(_references(pods))
        if not wanted:
            continue
        declared = inventory.declared_for(pods.item.path)
        external = declared.external if declared else frozenset[tuple[str, str]]()
        missing: set[tuple[str, str]] = set()
        for reference in wanted:
            name = (reference.kind, reference.name)
            if name in external or name in missing:
                continue
            if name in IN_EVERY_NAMESPACE:
                continue
            found = inventory.find("", *name, pods.item)
            known = inventory.made(*name, pods.item) if found is None else []
            if known:
                yield from _lacking(pods, reference, known[0])
                continue
            made = synthesis.about(MakesSecret, (reference.kind, pods.item.scope, reference.name))
            if found is None and made:
                keys = sorted({key for given in made for key in given.fact.keys})
                if reference.key is not None and reference.key not in keys:
                    message = (
                        f"reads the key {reference.key!r} of the Secret {reference.name!r}, which an operator creates for "
                        f"{made[0].place.path} with {', '.join(map(repr, keys)) or 'no key'}; correct the key"
                    )
                    yield pods.item.finding(KEY_RULE, message)
            elif found is None:
                missing.add(name)
                if not pods.item.ours and reference.kind == "Secret" and may_make_secrets(inventory, pods.item):
                    continue
                yield _absent(inventory, pods, reference, said=declared is not None)
            elif reference.key is not None and not _has(found, reference.key):
                message = (
                    f"reads the key {reference.key!r} of {found}, which has {_keys(found)}; correct the key, or add it"
                )
                yield pods.item.finding(KEY_RULE, message)


def _lacking(pods: Pods, reference: Reference, made: MadeObject) -> Iterator[Finding]:
    if reference.key is None or made.keys is None or reference.key in made.keys:
        return
    message = (
        f"reads the key {reference.key!r} of the {reference.kind} {reference.name!r}, which {made.item} makes with "
        f"{', '.join(map(repr, sorted(made.keys))) or 'no key'}; correct the key, or add it"
    )
    yield pods.item.finding(KEY_RULE, message, made.item)


def _absent(inventory: Inventory, pods: Pods, reference: Reference, *, said: bool) -> Finding:
    kind, name = reference.kind, reference.name
    others = inventory.elsewhere("", kind, name)
    hint = f"{others}, but pods read only their own namespace; " if others else ""
    what = f", key {reference.key!r}" if reference.key else ""
    value = f"{'SecretKey' if kind == 'Secret' else 'ConfigKey'}({name!r}, {reference.key or 'key'!r}, external=True)"
    way = (
        f"if it is created outside this app, write {value}"
        if said
        else f"allow {RULE!r} if it is created outside this app"
    )
    message = f"reads the {kind} {name!r}{what}, which this app does not draw; {hint}draw it, or {way}"
    return pods.item.finding(RULE, message)


def _has(item: Item, key: str) -> bool:
    if item.object.get("type") == _FILLED_BY_CLUSTER:
        return True
    return any(key in mapping(item.object.get(field)) for field in ("data", "stringData", "binaryData"))


def _keys(item: Item) -> str:
    fields = ("data", "stringData", "binaryData")
    return ", ".join(sorted({repr(key) for field in fields for key in mapping(item.object.get(field))})) or "no key"


def _references(pods: Pods) -> Iterator[Reference]:
    """Yield the references without which the pods cannot start."""
    for container in (*pods.init_containers, *pods.containers):
        for variable in mappings(container.get("env")):
            source = variable.get("valueFrom")
            yield from _keyed("ConfigMap", within(source, "configMapKeyRef"))
            yield from _keyed("Secret", within(source, "secretKeyRef"))
        for source in mappings(container.get("envFrom")):
            yield from _listed("ConfigMap", source.get("configMapRef"), "name")
            yield from _listed("Secret", source.get("secretRef"), "name")
    for volume in mappings(pods.spec.get("volumes")):
        yield from _listed("ConfigMap", volume.get("configMap"), "name")
        yield from _listed("Secret", volume.get("secret"), "secretName")
        for source in mappings(within(volume, "projected", "sources")):
            yield from _listed("ConfigMap", source.get("configMap"), "name")
            yield from _listed("Secret", source.get("secret"), "name")


def _keyed(kind: str, value: object) -> Iterator[Reference]:
    source = mapping(value)
    name, key = source.get("name"), source.get("key")
    if isinstance(name, str) and isinstance(key, str) and source.get("optional") is not True:
        yield Reference(kind=kind, name=name, key=key)


def _listed(kind: str, value: object, field: str) -> Iterator[Reference]:
    source: Plain = mapping(value)
    name = source.get(field)
    if not isinstance(name, str) or source.get("optional") is True:
        return
    keys = [item.get("key") for item in mappings(source.get("items"))]
    if not keys:
        yield Reference(kind=kind, name=name, key=None)
    for key in keys:
        if isinstance(key, str):
            yield Reference(kind=kind, name=name, key=key)
