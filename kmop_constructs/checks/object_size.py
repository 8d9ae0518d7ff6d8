"""Objects are small enough for the API server, and for ``kubectl apply``."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from marshal import dumps
from typing import TYPE_CHECKING, Any, Final, cast

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.plain import mapping, texts, within

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["APPLY_REASON", "APPLY_RULE", "REASON", "RULE", "check"]

RULE = "object-size"
REASON = "The API server refuses an object of more than 1.5 MiB, data of more than 1 MiB and annotations of more than 256 KiB."
APPLY_RULE = "apply-size"
APPLY_REASON = (
    "Client-side `kubectl apply` writes the object into an annotation, which the API server refuses above 256 KiB."
)

_ANNOTATIONS: Final = 256 * 1024
"""Highest number of bytes of all annotations of an object (``TotalAnnotationSizeLimitB`` of Kubernetes)."""
_DATA: Final = 1024 * 1024
"""Highest number of bytes of the values of a ConfigMap or Secret (``MaxSecretSize`` of Kubernetes)."""
_OBJECT: Final = 1536 * 1024
"""Highest number of bytes of a request to etcd by default (https://etcd.io/docs/v3.5/dev-guide/limit/)."""
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find objects that are too large."""
    for item in inventory_of(synthesis).items:
        yield from _too_large(item)


def _too_large(item: Item) -> Iterator[Finding]:
    # JSON has at most six characters for one byte, so nearly all objects are known to be small at once.
    if len(dumps(cast(Any, item.object), 2)) * 6 <= _ANNOTATIONS:
        return
    annotations = texts(within(item.object, "metadata", "annotations"))
    text = json.dumps(item.object, ensure_ascii=False, separators=(",", ":"))
    size, noted, data = (
        _bytes(text),
        sum(_bytes(key) + _bytes(value) for key, value in annotations.items()),
        _data_of(item),
    )
    if noted > _ANNOTATIONS:
        message = f"{item}: metadata.annotations are larger than {_ANNOTATIONS:,} bytes, got {noted:,}; shorten them"
        yield item.finding(RULE, message, always=True)
    elif data > _DATA:
        message = f"{item}: its data is larger than {_DATA:,} bytes, got {data:,}; split it into several objects, or mount a volume"
        yield item.finding(RULE, message, always=True)
    elif size > _OBJECT:
        message = f"{item}: it is larger than {_OBJECT:,} bytes, got {size:,}; split it into several objects"
        yield item.finding(RULE, message, always=True)
    else:
        total = _annotations_after_apply(item, annotations)
        if total > _ANNOTATIONS:
            message = (
                f"{item}: client-side `kubectl apply` copies it into an annotation, and annotations have at most "
                f"{_ANNOTATIONS:,} bytes, got {total:,}; apply it with `kubectl apply --server-side`"
            )
            yield Finding(path=item.path, rule=APPLY_RULE, message=message, severity="notice")


def _annotations_after_apply(item: Item, annotations: Mapping[str, str]) -> int:
    """Return the size of the annotations that client-side ``kubectl apply`` sends: it adds the object as Go writes JSON."""
    kept = {key: value for key, value in annotations.items() if key != _LAST_APPLIED}
    metadata = {**mapping(item.object.get("metadata")), "annotations": kept}
    text = json.dumps({**item.object, "metadata": metadata}, ensure_ascii=False, separators=(",", ":"))
    escaped = 5 * sum(text.count(each) for each in "<>&") + 3 * (text.count("\u2028") + text.count("\u2029"))
    own = sum(_bytes(key) + _bytes(value) for key, value in kept.items())
    return own + len(_LAST_APPLIED) + _bytes(text) + escaped + len("\n")


def _data_of(item: Item) -> int:
    if item.group or item.kind not in ("ConfigMap", "Secret"):
        return 0
    texts_in, encoded = ("data", "binaryData") if item.kind == "ConfigMap" else ("stringData", "data")
    size = sum(_bytes(value) for value in texts(item.object.get(texts_in)).values())
    written = mapping(item.object.get("stringData"))
    for key, value in texts(item.object.get(encoded)).items():
        if key not in written:
            with suppress(ValueError):
                size += len(b64decode(value))
    return size


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
