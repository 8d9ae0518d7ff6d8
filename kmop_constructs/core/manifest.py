"""Kubernetes object as a plain dict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.added_annotations import annotated, changes_in, changes_now, wanted_in, wanted_now
from kmop_constructs.core.facts import Key
from kmop_constructs.core.kinds import is_cluster_scoped
from kmop_constructs.core.normalise import JsonObject, normalised, separate
from kmop_constructs.core.patch import Operation, applied, pointers
from kmop_constructs.core.place import ChartInfo, Place, Placed, created, local, place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import annotation_map, label_key, label_value, several

import cdk8s
from constructs import Construct, IConstruct

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["Deferred", "Manifest", "ManifestMetadata"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Deferred:
    """An object with content that depends on the whole app: its kind and name, and a function that draws it at synth.

    The function is called once in each synthesis. It may read other objects and must not change anything.
    """

    api_version: str
    """``apiVersion`` of the object, such as ``v1``."""

    kind: str
    """``kind`` of the object, such as ``ConfigMap``."""

    name: str
    """``metadata.name`` of the object."""

    draw: Callable[[Synthesis], Mapping[str, object] | None]
    """Function that returns the object as a dict."""

    namespace: str | None = None
    """``metadata.namespace`` of the object. Default: the chart's namespace."""

    optional: bool = False
    """Whether the function may return ``None`` to draw nothing. Default: false, so that a forgotten ``return`` is an
    error."""


Literal: TypeAlias = Mapping[str, Any]


class ManifestMetadata:
    """Editor of ``metadata``, with the methods of `cdk8s.ApiObjectMetadataDefinition`."""

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
        """Set another key of ``metadata``."""
        if key in ("name", "namespace", "labels", "annotations"):
            raise SpecError(f"{self._manifest.path}: metadata.{key} cannot be set with add(); write it in the literal, or use "
                            "add_label() and add_annotation()")  # fmt: skip
        if value is None:
            raise SpecError(f"{self._manifest.path}: metadata.{key} has no value, got None; leave it out")
        secret = self._manifest.kind in _SECRET
        checked = normalised(f"{self._manifest.path}: metadata", {key: value}, secret=secret)[key]
        self._manifest.editing("metadata", key)
        self._edits[key] = checked

    def get_label(self, key: str) -> str | None:
        """Return the value of a label that was written or added. ``None`` if there is none."""
        return self._manifest.known_metadata().get("labels", {}).get(key)

    @property
    def name(self) -> str:
        """Name of the object."""
        return self._manifest.name

    @property
    def namespace(self) -> str | None:
        """Namespace of the object. ``None`` if neither the object nor its chart sets one."""
        return self._manifest.namespace

    def _edit(self, field: str, key: str) -> dict[str, str]:
        self._manifest.editing("metadata", field, key)
        return self._edits.setdefault(field, {})

    def applied_to(self, metadata: JsonObject) -> JsonObject:
        """Return the metadata with the edits applied."""
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
    """One Kubernetes object: ``Manifest(self, "config", {"apiVersion": "v1", "kind": "ConfigMap", …})``.

    The dict is written unchanged, with its keys in the given order. Only the chart's namespace (unless the kind has none) and
    labels are added, and keys with the value ``None`` are left out.

    Attributes:
        kind: ``kind`` of the object.
        name: ``metadata.name`` of the object.
        metadata: Editor of the object's metadata.
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
            scope: Parent construct, below a chart.
            id: Id of the construct in that scope. It is not part of the object's name.
            literal: The object, with ``apiVersion``, ``kind`` and ``metadata.name``; or a `Deferred`.
            cluster_scoped: Whether the kind has no namespace. Default: known for native kinds and for the custom resources of
                supported tools, else false.
            gives: Facts that follow from the object, for the construct that draws it. Default: none.

        Raises:
            SpecError: The literal has a value that is not JSON, or no ``apiVersion``, ``kind`` or name; the scope has a
                construct with this id; `scope` is not below a chart.
        """
        self._place = place_of(scope).child(id)
        where = self._place.path
        self._gives = several(f"{where}: gives", gives)
        if self._place.chart is None:
            raise SpecError(
                f"{where}: a manifest must be below a chart, got {type(scope).__name__}; put it into a chart"
            )
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
            """Editor of the object's metadata."""
            ...

    else:
        metadata = local(lambda self: self._metadata)
        api_version = local(lambda self: self._head[0])
        api_group = local(lambda self: self._head[0].rpartition("/")[0] or "core")
        kind = local(lambda self: self._head[1])
        name = local(lambda self: self._head[2])

    @property
    def namespace(self) -> str | None:
        """Namespace of the object. ``None`` if neither it nor its chart sets one, or if its kind has none."""
        return self._namespace

    @property
    def identity(self) -> Key:
        """Kind, scope (see `scope_of`) and name of the object."""
        return self._head[1], scope_of(self._namespace, self.chart_info), self._head[2]

    @property
    def gives(self) -> tuple[object, ...]:
        """Facts that follow from the object, for the construct that draws it."""
        return self._gives

    @property
    def place(self) -> Place:
        """Place of the object in the tree."""
        return self._place

    @property
    def chart_info(self) -> ChartInfo:
        """Data of the object's chart."""
        assert self._place.chart is not None
        return self._place.chart

    def patch(self, *operations: Operation) -> None:
        """Change the object with RFC 6902 operations: ``patch(Replace("/spec/replicas", 3))``.

        Raises `SpecError` if a path does not exist or nothing changes: at once for a dict, at synth for a `Deferred`. Prefer
        a field of the spec; use a patch only if no field exists.
        """
        if self._literal is not None:
            everything = [*changes_now(self._place.model, self.identity), *self._patches, *operations]
            applied(self.path, self._finished(self._literal), everything, secret=self.kind in _SECRET)
        self._patches.extend(operations)
        self.edited()

    def add_json_patch(self, *ops: cdk8s.JsonPatch) -> NoReturn:  # noqa: ARG002 - whatever they are
        """Raise an error: patches of the engine show neither path nor value, and ignore a change that has no effect."""
        raise SpecError(f"{self.path}: add_json_patch is not supported; write patch(Replace(path, value)), "
                        "with the operations of kmop_constructs.patch")  # fmt: skip

    def add_dependency(self, *dependencies: IConstruct) -> None:
        """Write this object after other objects."""
        self.node.add_dependency(*dependencies)

    def to_json(self) -> Any:
        """Return the object as it will be written."""
        return separate(self._place.model.current().object_of(self))

    def render(self, synthesis: Synthesis) -> JsonObject | None:
        """Return the object with metadata and patches, drawn if needed. ``None`` if it is not drawn.

        Called once in each synthesis.
        """
        secret = self.kind in _SECRET
        if self._draw is not None:
            literal = self._draw(synthesis)
            if literal is None and self._optional:
                return None
            document = normalised(self.path, cast("Literal", literal), secret=secret)
            head = _head(self.path, document)
            if head[3] not in (None, self._namespace):
                raise bad(f"{self.path}: metadata.namespace", f"the drawn object is not in {self._namespace!r}", head[3],
                          "set it with Deferred(…, namespace=…)")  # fmt: skip
            if head[:3] != self._head:
                raise bad(
                    self.path, f"the drawn object is not {self._head}", head[:3], "keep apiVersion, kind and name"
                )
        else:
            assert self._literal is not None
            document = self._literal
        operations = [*changes_in(synthesis, self.identity), *self._patches]
        return applied(self.path, self._finished(document, synthesis), operations, secret=secret)

    def edited(self) -> None:
        """Record a change, so that earlier renderings are not used again."""
        self._place.model.changed()

    def editing(self, *keys: str) -> None:
        """Record a change of the metadata. An edit that a patch would overwrite is an error, because patches come last."""
        for operation in self._patches:
            for pointer in pointers(operation):
                common = min(len(pointer), len(keys))
                if pointer[:common] == keys[:common]:
                    raise SpecError(f"{self.path}: {'.'.join(keys)} was patched before ({operation.path!r}), and patches come "
                                    "last; edit it before the patch, or patch it again")  # fmt: skip
        self.edited()

    def known_metadata(self) -> JsonObject:
        """Return the metadata as far as it is known before the synth."""
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
            raise bad(f"{where}: {key}", "missing or not text", value, "set apiVersion, kind and metadata.name")
        return value

    namespace = metadata.get("namespace")
    return (
        text("apiVersion", literal.get("apiVersion")),
        text("kind", literal.get("kind")),
        text("metadata.name", metadata.get("name")),
        None if namespace is None else text("metadata.namespace", namespace),
    )
