"""A Kubernetes object as a plain literal in Kubernetes' own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, cast

from kmop_constructs.core.facts import Key
from kmop_constructs.core.kinds import is_cluster_scoped
from kmop_constructs.core.normalise import JsonObject, normalised, separate
from kmop_constructs.core.patch import Operation, applied, pointers
from kmop_constructs.core.place import ChartInfo, Place, Placed, created, local, place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.core.wanted import annotated, changes_in, changes_now, wanted_in, wanted_now
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import annotation_map, label_key, label_value

import cdk8s
from constructs import Construct, IConstruct

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["Deferred", "Manifest", "ManifestMetadata"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Deferred:
    """An object whose content is known only when the whole app is: its head, and a function that draws it.

    The function is called once in each synthesis, may look at other objects through it, and must not change anything.
    """

    api_version: str
    """``apiVersion``."""

    kind: str
    """``kind``."""

    name: str
    """``metadata.name``."""

    draw: Callable[[Synthesis], Mapping[str, object] | None]
    """Returns the literal."""

    namespace: str | None = None
    """``metadata.namespace``. Default: the chart's."""

    optional: bool = False
    """Whether the function may return ``None``, and then nothing is drawn. Default: no, so that a forgotten ``return`` is an
    error."""


Literal: TypeAlias = Mapping[str, Any]


class ManifestMetadata:
    """Edits ``metadata``, with the verbs of `cdk8s.ApiObjectMetadataDefinition`."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._edits: dict[str, Any] = {}

    def add_label(self, key: str, value: str) -> None:
        """Add a label."""
        where = f"{self._manifest.path}: metadata.labels"
        checked = label_value(f"{where}[{label_key(where, key)!r}]", value)
        self._edit("labels", key)[key] = checked

    def add_annotation(self, key: str, value: str) -> None:
        """Add an annotation."""
        checked = annotation_map(f"{self._manifest.path}: metadata.annotations", {key: value})
        self._edit("annotations", key).update(checked)

    def add_finalizers(self, *finalizers: str) -> None:
        """Add finalizers."""
        self._manifest.editing("metadata", "finalizers")
        self._edits.setdefault("finalizers", []).extend(finalizers)

    def add(self, key: str, value: object) -> None:
        """Set any other key of ``metadata``."""
        if key in ("name", "namespace", "labels", "annotations"):
            raise SpecError(f"{self._manifest.path}: metadata.{key} is not set with add(); write it in the literal, or use "
                            "add_label() and add_annotation()")  # fmt: skip
        if value is None:
            raise SpecError(f"{self._manifest.path}: metadata.{key} is given no value; leave it out")
        checked = normalised(f"{self._manifest.path}: metadata", {key: value})[key]
        self._manifest.editing("metadata", key)
        self._edits[key] = checked

    def get_label(self, key: str) -> str | None:
        """The value of a label that was written or added, or ``None``."""
        return self._manifest.known_metadata().get("labels", {}).get(key)

    @property
    def name(self) -> str:
        """The object's name."""
        return self._manifest.name

    @property
    def namespace(self) -> str | None:
        """The object's namespace, where the object or its chart names one."""
        return self._manifest.namespace

    def _edit(self, field: str, key: str) -> dict[str, str]:
        self._manifest.editing("metadata", field, key)
        return self._edits.setdefault(field, {})

    def applied_to(self, metadata: JsonObject) -> JsonObject:
        """The metadata with the edits in it."""
        merged = dict(metadata)
        for key, value in self._edits.items():
            before = merged.get(key)
            if isinstance(value, dict):
                merged[key] = {**(before or {}), **value}
            elif isinstance(value, list) and key == "finalizers":
                merged[key] = [*(before or []), *value]
            else:
                merged[key] = value
        return merged


_SECRET = frozenset({"List", "Secret", "SecretList"})
"""Kinds whose values no message shows."""


class Manifest(Placed, cdk8s.ApiObject):
    """One object, one engine call: ``Manifest(self, "config", {"apiVersion": "v1", "kind": "ConfigMap", …})``.

    The literal is written as it stands: keys in the order given, nothing added but the chart's namespace (unless the
    kind has none) and labels, and ``None`` left out.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        literal: Literal | Deferred,
        *,
        cluster_scoped: bool | None = None,
        gives: Sequence[object] = (),
    ) -> None:
        """Draw an object.

        Args:
            scope: The construct it belongs to, somewhere below a chart.
            id: Its id in that scope; part of no name.
            literal: The object, with ``apiVersion``, ``kind`` and ``metadata.name``; or a `Deferred`.
            cluster_scoped: Whether the kind has no namespace. Default: known for native kinds and
                for the custom ones that this library draws, else it has one.
            gives: The facts that follow from it, for whoever has it drawn. Default: none.

        Raises:
            SpecError: The literal holds something that is not JSON, or lacks its head; the id is taken; there is no
                chart above `scope`.
        """
        self._place = place_of(scope).child(id)
        self._gives = tuple(gives)
        where = self._place.path
        if self._place.chart is None:
            raise SpecError(f"{where}: a manifest needs a chart above it, got {type(scope).__name__}; put it into one")
        self._literal, self._draw, self._optional = None, None, False
        if isinstance(literal, Deferred):
            self._optional = literal.optional
            api_version, kind, name, namespace = literal.api_version, literal.kind, literal.name, literal.namespace
            self._draw = literal.draw
        else:
            if not isinstance(literal, Mapping):
                raise bad(where, "not a literal", type(literal).__name__, "write a dict, or Deferred(…)")
            api_version, kind, name, namespace = _head(where, literal)
            self._literal = normalised(where, literal, secret=kind in _SECRET)
        self._head = (api_version, kind, name)
        scoped = (
            is_cluster_scoped(api_version, kind, self._place.model.kinds) if cluster_scoped is None else cluster_scoped
        )
        if scoped and namespace:
            raise bad(
                f"{where}: metadata.namespace", f"a namespace on a {kind}, which has none", namespace, "remove it"
            )
        self._namespace = None if scoped else namespace or self._place.chart.namespace
        self._patches: list[Operation] = []
        self._metadata = ManifestMetadata(self)
        created(
            self,
            scope,
            id,
            lambda: cdk8s.ApiObject.__init__(
                self, scope, id, api_version=api_version, kind=kind, metadata={"name": name}
            ),
        )
        self._place.model.note(self)

    if TYPE_CHECKING:

        @property
        def metadata(self) -> ManifestMetadata:  # pyright: ignore[reportIncompatibleMethodOverride]
            """Edits the object's metadata."""
            ...

    else:
        metadata = local(lambda self: self._metadata)
        api_version = local(lambda self: self._head[0])
        api_group = local(lambda self: self._head[0].rpartition("/")[0] or "core")
        kind = local(lambda self: self._head[1])
        name = local(lambda self: self._head[2])

    @property
    def namespace(self) -> str | None:
        """The object's namespace; ``None`` where neither it nor its chart names one, or its kind has none."""
        return self._namespace

    @property
    def identity(self) -> Key:
        """Kind, scope (see `scope_of`) and name, by which the app knows it."""
        return self._head[1], scope_of(self._namespace, self.chart_info), self._head[2]

    @property
    def gives(self) -> tuple[object, ...]:
        """The facts that follow from it, for whoever has it drawn."""
        return self._gives

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self._place

    @property
    def chart_info(self) -> ChartInfo:
        """What its chart says."""
        assert self._place.chart is not None
        return self._place.chart

    def patch(self, *operations: Operation) -> None:
        """Change the object by RFC 6902 operations: ``patch(Replace("/spec/replicas", 3))``.

        Raises `SpecError` where a path does not exist or nothing changes: at once for a literal, at synth for an
        object that is drawn then. Prefer a field of the spec; this is for what no field says.
        """
        if self._literal is not None:
            everything = [*changes_now(self._place.model, self.identity), *self._patches, *operations]
            applied(self.path, self._finished(self._literal), everything, secret=self.kind in _SECRET)
        self._patches.extend(operations)
        self.edited()

    def add_json_patch(self, *ops: cdk8s.JsonPatch) -> NoReturn:  # noqa: ARG002 - whatever they are
        """Not available: the engine's patches show neither path nor value, and swallow a change of nothing."""
        raise SpecError(f"{self.path}: add_json_patch is not available; write patch(Replace(path, value)), "
                        "with the operations of kmop_constructs.core.patch")  # fmt: skip

    def add_dependency(self, *dependencies: IConstruct) -> None:
        """Write this object after others."""
        self.node.add_dependency(*dependencies)

    def to_json(self) -> Any:
        """The object as it will be written."""
        return separate(self._place.model.current().object_of(self))

    def render(self, synthesis: Synthesis) -> JsonObject | None:
        """The object, drawn if need be, with metadata and patches; ``None`` where it is not drawn. Called once in a synthesis."""
        secret = self.kind in _SECRET
        if self._draw is not None:
            literal = self._draw(synthesis)
            if literal is None and self._optional:
                return None
            document = normalised(self.path, cast("Literal", literal), secret=secret)
            head = _head(self.path, document)
            if head[3] not in (None, self._namespace):
                raise bad(f"{self.path}: metadata.namespace", f"drawn in another than {self._namespace!r}", head[3],
                          "give it to Deferred(…, namespace=…)")  # fmt: skip
            if head[:3] != self._head:
                raise bad(self.path, f"drawn as another object than {self._head}", head[:3], "keep kind and name")
        else:
            assert self._literal is not None
            document = self._literal
        operations = [*changes_in(synthesis, self.identity), *self._patches]
        return applied(self.path, self._finished(document, synthesis), operations, secret=secret)

    def edited(self) -> None:
        """Note a change, so that nothing rendered before is used again."""
        self._place.model.changed()

    def editing(self, *keys: str) -> None:
        """Note a change of the metadata. Patches come last, so an edit that one of them would undo is refused."""
        for operation in self._patches:
            for pointer in pointers(operation):
                common = min(len(pointer), len(keys))
                if pointer[:common] == keys[:common]:
                    raise SpecError(f"{self.path}: {'.'.join(keys)} has been patched ({operation.path!r}), and patches come "
                                    "last; edit it before you patch, or patch it again")  # fmt: skip
        self.edited()

    def known_metadata(self) -> JsonObject:
        """The metadata as far as it is known before the app is synthesized."""
        literal = self._literal or {"metadata": {"name": self.name}}
        return self._finished(literal)["metadata"]

    def _finished(self, document: JsonObject, synthesis: Synthesis | None = None) -> JsonObject:
        written: JsonObject = document["metadata"]
        metadata: JsonObject = {"name": written["name"]}
        if self._namespace is not None:
            metadata["namespace"] = self._namespace
        labels = {**self.chart_info.labels, **written.get("labels", {})}
        if labels:
            metadata["labels"] = labels
        metadata |= {key: value for key, value in written.items() if key not in metadata}
        head = {"apiVersion": document["apiVersion"], "kind": document["kind"]}
        rest = {key: value for key, value in document.items() if key not in ("apiVersion", "kind", "metadata")}
        edited = self._metadata.applied_to(metadata)
        wanted = (
            wanted_now(self._place.model, self.identity) if synthesis is None else wanted_in(synthesis, self.identity)
        )
        return {**head, "metadata": annotated(edited, wanted), **rest}


def _head(where: str, literal: Literal) -> tuple[str, str, str, str | None]:
    found = literal.get("metadata")
    metadata: Mapping[str, object] = cast("Mapping[str, object]", found) if isinstance(found, Mapping) else {}

    def text(key: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise bad(f"{where}: {key}", "missing or not text", value, "every manifest has apiVersion, kind and a name")
        return value

    namespace = metadata.get("namespace")
    return (
        text("apiVersion", literal.get("apiVersion")),
        text("kind", literal.get("kind")),
        text("metadata.name", metadata.get("name")),
        None if namespace is None else text("metadata.namespace", namespace),
    )
