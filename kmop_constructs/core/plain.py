"""Read rendered objects of any origin, in two ways.

Functions ``…_at`` raise with the field where a value is not what Kubernetes takes: for what decides about connections. The others
read what is missing or of another type as nothing: for checks, which leave the rest to the API server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, cast

from kmop_constructs.errors import bad

__all__ = [
    "PROTOCOLS",
    "Plain",
    "PortProtocol",
    "api_group",
    "items_of_list",
    "labels_at",
    "list_at",
    "mapping",
    "mapping_at",
    "mappings",
    "name_of",
    "port_at",
    "port_number_at",
    "protocol_at",
    "text_at",
    "texts",
    "whole",
    "within",
]

PortProtocol = Literal["TCP", "UDP", "SCTP"]
"""The transport protocols that Kubernetes knows for ports."""

PROTOCOLS: Final[tuple[PortProtocol, ...]] = ("TCP", "UDP", "SCTP")
"""Every transport protocol, in the order in which results name them."""

Plain: TypeAlias = Mapping[str, Any]
"""A Kubernetes object, or a part of one, as a dictionary."""

_NOTHING: Plain = MappingProxyType({})


def mapping(value: object) -> Plain:
    """A mapping; anything else is an empty one."""
    return cast(Plain, value) if isinstance(value, dict) else _NOTHING


def mappings(value: object) -> list[Plain]:
    """The mappings of a list; anything else is an empty list."""
    return (
        [cast(Plain, each) for each in cast("list[object]", value) if isinstance(each, dict)]
        if isinstance(value, list)
        else []
    )


def within(value: object, *keys: str) -> Any:
    """What lies below these keys; ``None`` where the way there ends."""
    for key in keys:
        value = mapping(value).get(key)
    return value


def texts(value: object) -> dict[str, str]:
    """A mapping's entries whose values are text."""
    return {key: item for key, item in mapping(value).items() if isinstance(item, str)}


def whole(value: object, default: int) -> int:
    """A whole number; anything else is the default."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def api_group(manifest: Plain) -> str:
    """The API group of a manifest; empty for the core group."""
    group, slash, _ = str(manifest.get("apiVersion", "")).partition("/")
    return group if slash else ""


def items_of_list(manifest: Plain) -> list[Plain] | None:
    """Return the objects in a list, such as ``kind: List`` or ``kind: ConfigMapList``. ``None`` for any other object.

    As in kubectl, items without a kind have that of their list.
    """
    kind = manifest.get("kind")
    if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(manifest.get("items"), list):
        return None
    head: Plain = {}
    if kind != "List":
        head = {"apiVersion": manifest.get("apiVersion"), "kind": kind.removesuffix("List")}
    return [each if "kind" in each else {**head, **each} for each in mappings(manifest["items"])]


def mapping_at(value: object, where: str) -> Plain:
    """A value as a mapping. Null and absent are empty.

    Raises:
        SpecError: the value is something else. The message shows its type only, as it may hold a secret.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise bad(where, "is no mapping", type(value).__name__, "write a mapping")
    return cast(Plain, value)


def list_at(value: object, where: str) -> Sequence[Any]:
    """A value as a list. Null and absent are empty.

    Raises:
        SpecError: the value is something else. The message shows its type only, as it may hold a secret.
    """
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise bad(where, "is no list", type(value).__name__, "write a list")
    return cast(Sequence[Any], value)


def labels_at(value: object, where: str) -> dict[str, str]:
    """A value as labels, sorted by key.

    Raises:
        SpecError: a label is not text, for example a number that wants quotes.
    """
    labels = mapping_at(value, where)
    for key, item in labels.items():
        if not isinstance(item, str):
            raise bad(f"{where}.{key}", "a label is text", item, "put it in quotes")
    return dict(sorted(labels.items()))


def port_number_at(value: object, where: str) -> int:
    """A value as a port number.

    Raises:
        SpecError: it is no whole number from 1 to 65535.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise bad(where, "is no port number", value, "write a whole number from 1 to 65535")
    return value


def port_at(value: object, where: str) -> int | str:
    """A value as a port number or the name of a port.

    Raises:
        SpecError: it is neither. Kubernetes wants at least one letter in a name, so the text "8080" is neither.
    """
    if not isinstance(value, str):
        return port_number_at(value, where)
    if not any(letter.isalpha() for letter in value):
        raise bad(where, "is neither a port number nor a port name", value, "take the quotes off a number")
    return value


def text_at(value: object, where: str) -> str | None:
    """A value as text. Null, absent and the empty text are None.

    Raises:
        SpecError: it is something else.
    """
    if value is None or isinstance(value, str):
        return value or None
    raise bad(where, "is no text", value, "put it in quotes")


def protocol_at(value: object, where: str) -> PortProtocol:
    """A value as a protocol. Null, absent and the empty text are TCP.

    Raises:
        SpecError: Kubernetes does not know the protocol.
    """
    if value is None or value == "":
        return "TCP"
    for known in PROTOCOLS:
        if value == known:
            return known
    raise bad(where, "is no protocol", value, "write TCP, UDP or SCTP")


def name_of(manifest: Plain, namespace: str | None = None) -> tuple[str, str]:
    """Namespace and name of a manifest.

    Args:
        manifest: The object.
        namespace: The namespace of an object that names none. Default: none, for kinds outside of namespaces.

    Raises:
        SpecError: it has no name.
    """
    kind = manifest.get("kind", "object")
    metadata = mapping_at(manifest.get("metadata"), f"{kind}: metadata")
    name = metadata.get("name") or metadata.get("generateName")
    if not isinstance(name, str):
        raise bad(f"{kind}: metadata.name", "is missing", name, "give the object a name")
    return str(metadata.get("namespace") or namespace or ""), name
