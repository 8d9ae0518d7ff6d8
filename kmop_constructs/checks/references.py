"""Objects that pods need exist: ConfigMaps, Secrets and their keys, ServiceAccounts and claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.checks.inventory import Inventory, PodTemplate, inventory_of
from kmop_constructs.checks.outside import IN_EVERY_NAMESPACE, may_make_secrets, secrets_of_route
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.exposed import Ways
from kmop_constructs.core.made import MakesSecret, ReadsSecret
from kmop_constructs.core.plain import Plain, mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = [
    "KEY_REASON",
    "KEY_RULE",
    "LABEL_REASON",
    "LABEL_RULE",
    "REASON",
    "RULE",
    "RequiredObject",
    "check",
    "required_objects",
]

RULE = "reference-missing"
REASON = "A pod does not start while a ConfigMap, Secret, ServiceAccount or claim that it needs does not exist."
KEY_RULE = "reference-key"
KEY_REASON = "A container does not start, and an operator makes no login, while a key that is read is not in the ConfigMap or Secret."

LABEL_RULE = "reference-label"
LABEL_REASON = "An operator does not read a Secret without the labels that it wants."

_FILLED_BY_CLUSTER = "kubernetes.io/service-account-token"
"""Type of Secrets with keys that a controller adds."""

_VERBS = {
    "ConfigMap": "reads",
    "PersistentVolumeClaim": "mounts",
    "Secret": "reads",
    "ServiceAccount": "runs as",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """Reference of pods to an object of their namespace."""

    kind: str
    name: str
    key: str | None = None
    """Key that is read. ``None`` for the whole object."""

    pulls: bool = False
    """Whether the kubelet uses the Secret to pull images. Default: false."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class RequiredObject:
    """An object that must exist in the cluster, because pods of the app need it and the app does not make it."""

    kind: str
    """Kind of the object, such as ``Secret``."""

    namespace: str | None
    """Namespace of the object. ``None`` if the chart of the pods sets none."""

    name: str
    """Name of the object."""

    keys: tuple[str, ...] = ()
    """Keys that the pods read, sorted. Empty if they read the whole object, or only refer to it."""

    readers: tuple[str, ...] = ()
    """Construct paths of the objects that need it, sorted."""

    def __str__(self) -> str:
        keys = f", keys {', '.join(self.keys)}" if self.keys else ""
        return f"{self.kind} {self.namespace or '?'}/{self.name}{keys} (for {', '.join(self.readers)})"


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find references to objects and keys that the app does not draw and that are not declared as external."""
    inventory = inventory_of(synthesis)
    read = synthesis.facts(ReadsSecret)
    for pods in inventory.pods:
        wanted = dict.fromkeys(_references(pods))
        if not wanted:
            continue
        declared = inventory.declared_for(pods.item.path)
        external = declared.external if declared else frozenset[tuple[str, str]]()
        external |= {("Secret", each.name) for each in read if pods.item.path.startswith(f"{each.subject.path}/")}
        missing: set[tuple[str, str]] = set()
        for reference in wanted:
            name = (reference.kind, reference.name)
            # The platform and the images of a service declare the Secrets for pulling as existing.
            if name in external or name in missing or (reference.pulls and declared):
                continue
            source = _source(synthesis, inventory, pods.item, reference)
            if source is None:
                missing.add(name)
                if pods.item.ours or reference.kind != "Secret" or not may_make_secrets(inventory, pods.item):
                    yield _absent(synthesis, inventory, pods, reference, said=declared is not None)
            else:
                yield from _without_key(pods.item, "reads", reference, source)
    for fact in read:
        near = _at(fact)
        for key in fact.keys:
            reference = Reference(kind="Secret", name=fact.name, key=key)
            source = _source(synthesis, inventory, near, reference)
            if source is not None:
                yield from _without_key(near, "is drawn for an operator, which reads", reference, source)
        yield from _without_label(inventory, near, fact)


def _without_key(reader: Item, verb: str, reference: Reference, source: _Source) -> Iterator[Finding]:
    """Yield the finding of a key that the object does not have."""
    if source.keys is not None and reference.key is not None and reference.key not in source.keys:
        keys = ", ".join(map(repr, sorted(source.keys))) or "no key"
        message = f"{verb} the key {reference.key!r} of {source.text} {keys}; correct the key, or add it"
        yield reader.finding(KEY_RULE, message, *source.beside)


def _without_label(inventory: Inventory, near: Item, fact: ReadsSecret) -> Iterator[Finding]:
    """Yield the finding of a Secret that the app draws without a label that its reader wants."""
    drawn = inventory.find("", "Secret", fact.name, near)
    known: list[tuple[Item, Mapping[str, object]]] = []
    if drawn is not None:
        known.append((drawn, mapping(within(drawn.object, "metadata", "labels"))))
    else:
        known += [
            (each.item, each.labels) for each in inventory.made("Secret", fact.name, near) if each.labels is not None
        ]
    for item, labels in known:
        missing = {key: value for key, value in fact.labels if labels.get(key) != value}
        if missing:
            message = (
                f"is drawn for an operator, which reads the Secret {fact.name!r} of {item} only with the labels {missing}; set them: "
                f"RemoteSecrets(labels={missing}, …)"
            )
            yield near.finding(LABEL_RULE, message, item)


def _at(fact: ReadsSecret) -> Item:
    """Return what an operator reads a Secret for, as an object of its namespace."""
    subject = fact.subject
    return Item(
        path=subject.path,
        ours=True,
        chart=None,
        group="",
        version="",
        kind="",
        name=subject.name,
        namespace=subject.namespace,
        scope=subject.scope,
        object={},
        spec={},
    )


def required_objects(synthesis: Synthesis) -> Iterator[RequiredObject]:
    """Yield the objects that pods need and the app does not make, once each."""
    inventory = inventory_of(synthesis)
    readers: dict[tuple[str, str | None, str], set[str]] = {}
    keys: dict[tuple[str, str | None, str], set[str]] = {}
    for pods in inventory.pods:
        for reference in dict.fromkeys(_references(pods)):
            if _source(synthesis, inventory, pods.item, reference) is None:
                head = (reference.kind, pods.item.namespace, reference.name)
                readers.setdefault(head, set()).add(pods.item.path)
                keys.setdefault(head, set()).update(() if reference.key is None else (reference.key,))
    for reference, namespace, path in _of_routes(synthesis, inventory):
        head = ("Secret", namespace, reference[0])
        readers.setdefault(head, set()).add(path)
        keys.setdefault(head, set()).update(() if reference[1] is None else (reference[1],))
    for fact in synthesis.facts(ReadsSecret):
        if not _has_secret(synthesis, inventory, fact.name, fact.subject.scope):
            head = ("Secret", fact.subject.namespace, fact.name)
            readers.setdefault(head, set()).add(fact.subject.path)
            keys.setdefault(head, set()).update(fact.keys)
    for head, paths in readers.items():
        kind, namespace, name = head
        read = tuple(sorted(keys[head]))
        yield RequiredObject(kind=kind, namespace=namespace, name=name, keys=read, readers=tuple(sorted(paths)))


def _has_secret(synthesis: Synthesis, inventory: Inventory, name: str, scope: str) -> bool:
    """Return whether the app draws a Secret, or what it draws makes one."""
    return inventory.makes("Secret", name, scope) or bool(synthesis.about(MakesSecret, ("Secret", scope, name)))


def _of_routes(synthesis: Synthesis, inventory: Inventory) -> Iterator[tuple[tuple[str, str | None], str | None, str]]:
    """Yield the Secrets that gateways read and the app does not make: name and key, namespace, construct path."""
    facts = {each.facts.path: each.facts for each in synthesis.facts(Declared)}
    for ways in synthesis.facts(Ways):
        owner = facts.get(ways.service)
        for name, key in ways.secrets if owner is not None else ():
            if owner is not None and not _has_secret(synthesis, inventory, name, owner.scope):
                yield (name, key), owner.namespace, ways.service
    for item in (
        *inventory.of("networking.k8s.io", "Ingress"),
        *inventory.of("gateway.networking.k8s.io", "Gateway"),
    ):
        for name in secrets_of_route(item):
            if not _has_secret(synthesis, inventory, name, item.scope):
                yield (name, None), item.namespace, item.path


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """What draws or makes an object."""

    text: str = ""
    """Text for a message, before the keys."""

    keys: frozenset[str] | None = None
    """Keys of the object. Default: ``None``, not known."""

    beside: tuple[Item, ...] = ()
    """Objects that the finding is also about. Default: none."""


_EXISTS = _Source()


def _source(synthesis: Synthesis, inventory: Inventory, near: Item, reference: Reference) -> _Source | None:
    """Return what draws or makes an object. ``None`` if the app does not."""
    kind, name = reference.kind, reference.name
    if (kind, name) in IN_EVERY_NAMESPACE:
        return _EXISTS
    found = inventory.find("", kind, name, near)
    if found is not None:
        if reference.key is None or found.object.get("type") == _FILLED_BY_CLUSTER:
            return _EXISTS
        return _Source(text=f"{found}, which has", keys=_keys(found))
    for made in inventory.made(kind, name, near):
        return _Source(text=f"the {kind} {name!r}, which {made.item} makes with", keys=made.keys, beside=(made.item,))
    given = synthesis.about(MakesSecret, (kind, near.scope, name))
    if given:
        text = f"the Secret {name!r}, which an operator creates for {given[0].place.path} with"
        return _Source(text=text, keys=frozenset(key for each in given for key in each.fact.keys))
    if kind == "PersistentVolumeClaim" and any(_claims(item, name) for item in inventory.of("apps", "StatefulSet")
                                               if item.scope == near.scope):  # fmt: skip
        return _EXISTS
    return None


def _claims(item: Item, name: str) -> bool:
    """Return whether a StatefulSet makes a claim for one of its pods."""
    return any(re.fullmatch(rf"{re.escape(f'{each}-{item.name}')}-\d+", name) for each in _templates(item))


def _templates(item: Item) -> list[object]:
    return [within(each, "metadata", "name") for each in mappings(item.spec.get("volumeClaimTemplates"))]


def _absent(
    synthesis: Synthesis, inventory: Inventory, pods: PodTemplate, reference: Reference, *, said: bool
) -> Finding:
    kind, name = reference.kind, reference.name
    others = inventory.elsewhere("", kind, name)
    verb = "pulls images with" if reference.pulls else _VERBS[kind]
    hint = f"{others}, but pods read only their own namespace; " if others else ""
    made = sorted(
        {each.place.path for each in synthesis.given(MakesSecret) if (kind, each.fact.name) == ("Secret", name)}
    )
    if made and not others:
        hint = (
            f"{made[0]} makes it in another namespace, and pods read only their own; copy it there: copied_to(chart); "
        )
    what = f", key {reference.key!r}" if reference.key else ""
    message = f"{verb} the {kind} {name!r}{what}, which this app does not draw; {hint}draw it, or {_way(reference, said=said)}"
    return pods.item.finding(RULE, message)


def _way(reference: Reference, *, said: bool) -> str:
    """Return what to write for an object that is created outside this app."""
    kind, name, key = reference.kind, reference.name, reference.key or "key"
    values = {
        "ConfigMap": f"ConfigKey({name!r}, {key!r}, external=True)",
        "PersistentVolumeClaim": f"Claim({name!r})",
        "Secret": f"SecretKey({name!r}, {key!r}, external=True)",
        "ServiceAccount": f"Account({name!r}, create=False)",
    }
    if said:
        return f"if it is created outside this app, write {values[kind]}"
    return f"allow {RULE!r} if it is created outside this app"


def _keys(item: Item) -> frozenset[str]:
    return frozenset(key for field in ("data", "stringData", "binaryData") for key in mapping(item.object.get(field)))


def _references(pods: PodTemplate) -> Iterator[Reference]:
    """Yield the references without which the pods cannot start."""
    account = pods.spec.get("serviceAccountName") or pods.spec.get("serviceAccount")
    if isinstance(account, str) and account:
        yield Reference(kind="ServiceAccount", name=account)
    for pull in mappings(pods.spec.get("imagePullSecrets")):
        if isinstance(pull.get("name"), str) and pull["name"]:
            yield Reference(kind="Secret", name=pull["name"], pulls=True)
    for container in (*pods.init_containers, *pods.containers):
        for variable in mappings(container.get("env")):
            source = variable.get("valueFrom")
            if source is not None:
                yield from _keyed("ConfigMap", within(source, "configMapKeyRef"))
                yield from _keyed("Secret", within(source, "secretKeyRef"))
        for source in mappings(container.get("envFrom")):
            yield from _listed("ConfigMap", source.get("configMapRef"), "name")
            yield from _listed("Secret", source.get("secretRef"), "name")
    templates = _templates(pods.item)
    for volume in mappings(pods.spec.get("volumes")):
        if volume.get("name") in templates:
            continue  # the controller of a StatefulSet puts the claim of the template in its place
        yield from _listed("ConfigMap", volume.get("configMap"), "name")
        yield from _listed("Secret", volume.get("secret"), "secretName")
        yield from _listed("PersistentVolumeClaim", volume.get("persistentVolumeClaim"), "claimName")
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
