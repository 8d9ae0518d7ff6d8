"""Checks of names: each name is checked where it is written.

The rules are those of https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and of the API
server's validation of labels, annotations and environment variables.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Generator, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from contextlib import contextmanager
from inspect import getattr_static
from typing import Protocol, TypeVar, cast, get_args, runtime_checkable

from kmop_constructs.errors import SpecError, as_text, bad, mask, shown

__all__ = [
    "Named",
    "annotation_map",
    "config_key",
    "dns_label",
    "dns_subdomain",
    "env_name",
    "flag",
    "frozen",
    "hostname",
    "ip_address",
    "label_key",
    "label_map",
    "label_value",
    "made_by",
    "mapping",
    "name_of",
    "one_of",
    "path",
    "port_name",
    "secret_key",
    "secret_name",
    "secret_name_of",
    "service_name",
    "several",
    "text",
    "texts",
    "url_path",
]

K = TypeVar("K")
V = TypeVar("V")

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_LONGEST_EXAMPLE = 100
"""A longer command is not repeated in a message, split into its words."""
_ENV = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


@runtime_checkable
class Named(Protocol):
    """A construct with the name of an object in the cluster: of this library, cdk8s or cdk8s-plus."""

    @property
    def name(self) -> str:
        """Name of the object."""
        ...

    @property
    def node(self) -> object:
        """Node of the construct. It tells a construct from a value that has a name, such as a port."""
        ...


def name_of(where: str, value: str | Named) -> str:
    """Return the name of an object, from a string or a construct with a name."""
    if isinstance(value, str):
        return dns_subdomain(where, value)
    # Objects imported by name with cdk8s-plus have no Python class of their own, so the instance is checked.
    if isinstance(value, type) or not (getattr_static(value, "node", None) is not None or hasattr(value, "node")):
        raise bad(where, "neither a name nor a construct with a name", value, "write the object's name")
    name = getattr(value, "name", None)
    if not isinstance(name, str):
        raise bad(where, "a construct without a name", value, "write the object's name")
    return name


def secret_name(where: str, value: str) -> str:
    """Check the name of a Secret. A wrong value may be the secret itself, so no message shows it."""
    with _hidden(where, "the name of a Secret", value, "at most 253 lower-case letters, digits, '-' and '.'"):
        return dns_subdomain(where, value)


def secret_name_of(where: str, value: str | Named) -> str:
    """Return the name of a Secret, from a string or a construct with a name. No message shows a wrong value."""
    with _hidden(where, "the name of a Secret", value, "at most 253 lower-case letters, digits, '-' and '.'"):
        return name_of(where, value)


def secret_key(where: str, value: str) -> str:
    """Check a key of a Secret. A wrong value may be the secret itself, so no message shows it."""
    with _hidden(where, "a key of a Secret", value, "at most 253 letters, digits, '-', '_' and '.'"):
        return config_key(where, value)


@contextmanager
def _hidden(where: str, what: str, value: object, rule: str) -> Generator[None]:
    try:
        yield
    except SpecError:
        if not isinstance(value, str | int | float):
            raise
        raise bad(where, f"not {what}", value, f"use {rule}", secret=True) from None


def _matches(where: str, value: object, pattern: re.Pattern[str], longest: int, rule: str) -> str:
    if not isinstance(value, str):
        raise bad(where, "not text", value, f"write {rule}")
    if len(value) > longest or not pattern.fullmatch(value):
        raise bad(where, "not a valid name", value, f"use {rule}")
    return value


def dns_label(where: str, value: str) -> str:
    """Check an RFC 1123 label: names of namespaces, workloads and containers."""
    return _matches(where, value, _LABEL, 63, "at most 63 lower-case letters, digits and '-', no '-' at either end")


def service_name(where: str, value: str) -> str:
    """Check an RFC 1035 label: names of Services, which must start with a letter."""
    return _matches(where, value, _SERVICE, 63, "at most 63 lower-case letters, digits and '-', starting with a letter")


def dns_subdomain(where: str, value: str) -> str:
    """Check an RFC 1123 subdomain: names of most objects."""
    if isinstance(value, str) and len(value) <= 253 and all(map(_LABEL.fullmatch, value.split("."))):
        return value
    raise bad(where, "not a valid name", value, "use at most 253 lower-case letters, digits, '-' and '.'")


def hostname(where: str, value: str, *, wildcard: bool = False) -> str:
    """Check a host name: labels of at most 63 characters. With `wildcard`, the first label may be ``*``."""
    rest = value.removeprefix("*.") if wildcard and isinstance(value, str) else value
    if (
        not isinstance(value, str)
        or len(value) > 253
        or not all(len(part) <= 63 and _LABEL.fullmatch(part) for part in rest.split("."))
    ):
        raise bad(where, "not a host name", value, "write it in lower case without scheme, port or path")
    return value


def ip_address(where: str, value: str) -> str:
    """Check an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError:
        raise bad(where, "not an IP address", value, "write it as 10.0.0.1") from None
    return value


def port_name(where: str, value: str) -> str:
    """Check an IANA service name: at most 15 characters, at least one letter."""
    fits = isinstance(value, str) and len(value) <= 15 and _LABEL.fullmatch(value)
    if fits and "--" not in value and re.search("[a-z]", value):
        return value
    raise bad(where, "not a port name", value, "use at most 15 lower-case letters, digits and single '-'")


def config_key(where: str, value: str) -> str:
    """Check a key of a ConfigMap or Secret."""
    if isinstance(value, str) and (value == "." or value.startswith("..")):
        raise bad(where, "not a key", value, "use a key that is not '.' and does not start with '..'")
    return _matches(where, value, _CONFIG_KEY, 253, "at most 253 letters, digits, '-', '_' and '.'")


def env_name(where: str, value: str) -> str:
    """Check a name of an environment variable: letters, digits, ``-``, ``_`` and ``.``, not starting with a digit."""
    if isinstance(value, str) and (value == "." or value.startswith("..")):
        raise bad(where, "not a valid name", value, "use a name that is not '.' and does not start with '..'")
    if isinstance(value, str) and "=" in value:  # what follows may be a secret
        name = value.partition("=")[0]
        raise bad(where, "not a valid name", f"{name}=***", "write the name alone, and the value apart from it")
    return _matches(where, value, _ENV, 4096, "letters, digits, '_', '-' and '.', not starting with a digit")


def path(where: str, value: str) -> str:
    """Check an absolute path in a container, without ``..``. Return it without a trailing slash."""
    if not isinstance(value, str):
        raise bad(where, "not an absolute path", value, "write it as text, starting with a slash")
    if not value.startswith("/"):
        raise bad(where, "not an absolute path", value, f"start it with a slash: {shown('/' + value)}")
    if ":" in value or ".." in value.split("/"):
        raise bad(where, "not a path that can be mounted", value, "remove ':' and '..'")
    return value.rstrip("/") or "/"


def url_path(where: str, value: str) -> str:
    """Check the path of a URL, optionally with a query. It must start with a slash."""
    if not isinstance(value, str):
        raise bad(where, "not text", value, "write a path such as '/healthz'")
    if not value.startswith("/"):
        raise bad(where, "a path without a leading slash", value, f"write {shown('/' + value)}")
    return value


def label_key(where: str, value: str) -> str:
    """Check a key of a label or annotation: ``name`` or ``prefix/name``."""
    prefix, slash, name = value.rpartition("/") if isinstance(value, str) else ("", "", "")
    if len(name) > 63 or not _QUALIFIED.fullmatch(name) or bool(slash) != bool(prefix):
        raise bad(
            where, "not a label or annotation key", value, "use name or prefix/name, the name at most 63 characters"
        )
    if prefix:
        dns_subdomain(where, prefix)
    return value


def label_value(where: str, value: str) -> str:
    """Check a value of a label: at most 63 letters, digits, ``-``, ``_`` and ``.``, or empty."""
    return value if value == "" else _matches(where, value, _QUALIFIED, 63, "at most 63 letters, digits, '-', '_', '.'")


def label_map(where: str, value: Mapping[str, str]) -> Mapping[str, str]:
    """Check labels and return a frozen copy."""
    for key, item in mapping(where, value).items():
        label_value(f"{where}[{label_key(where, key)!r}]", item)
    return frozen(value)


def annotation_map(where: str, value: Mapping[str, str]) -> Mapping[str, str]:
    """Check annotations and return a frozen copy."""
    for key, item in mapping(where, value).items():
        if not isinstance(item, str):
            raise bad(f"{where}[{label_key(where, key)!r}]", "not text", item, as_text(item))
        label_key(where, key)
    return frozen(value)


class _Frozen(Mapping[K, V]):
    """A mapping that cannot be changed. Values that hold it can be hashed, copied and pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V]) -> None:
        self._items = dict(items)

    # Mapping has generic versions of these methods, but they are slow, and a service calls them hundreds of times.

    def keys(self) -> KeysView[K]:
        return self._items.keys()

    def values(self) -> ValuesView[V]:
        return self._items.values()

    def items(self) -> ItemsView[K, V]:
        return self._items.items()

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


def frozen(value: Mapping[K, V]) -> Mapping[K, V]:
    """Return a copy that cannot be changed, in the same order."""
    return cast("Mapping[K, V]", value) if type(value) is _Frozen else _Frozen(value)


def mapping(where: str, value: Mapping[K, V]) -> Mapping[K, V]:
    """Check that a value is a mapping with keys that are text, and return it."""
    if not isinstance(value, Mapping):
        raise bad(where, "not a mapping", type(value).__name__, "write a dict")
    for key in value:
        if not isinstance(key, str):
            raise bad(where, "a key is not text", key, as_text(key))
    return value


def one_of(where: str, value: object, allowed: object, *, secret: bool = False) -> None:
    """Check a value against a Literal type, for callers without a type checker. With `secret`, no message shows the value."""
    known = get_args(allowed)
    if value not in known:
        raise bad(where, "not an allowed value", value, f"use {' or '.join(map(repr, known))}", secret=secret)


def flag(where: str, value: bool) -> None:
    """Check that a value is ``True`` or ``False``. Text such as ``"no"`` would count as true."""
    if not isinstance(value, bool):
        raise bad(where, "neither True nor False", value, "write True or False")


def text(where: str, value: str) -> str:
    """Check that a value is text and not empty."""
    if not isinstance(value, str):
        raise bad(where, "not text", value, as_text(value))
    if not value:
        raise bad(where, "empty", value, "set a value, or leave it out")
    return value


def made_by(where: str, value: object, *kinds: type, secret: bool = False) -> None:
    """Check that a value is an instance of one of these classes. With ``type(None)``, ``None`` is allowed too.

    `secret`: the field refers to a secret, so the message does not show a wrong value.
    """
    if not isinstance(value, kinds):
        names = ["text" if kind is str else f"{kind.__name__}(…)" for kind in kinds if kind is not type(None)]
        raise bad(where, "not an allowed value", value, f"write {' or '.join(names)}", secret=secret)


def one_or_several(value: V | Sequence[V]) -> tuple[V, ...]:
    """Return a tuple of one value, or of the items of a list or tuple."""
    return tuple(cast("Sequence[V]", value)) if isinstance(value, list | tuple) else (cast("V", value),)


def several(where: str, value: Iterable[V], *, secret: bool = False) -> tuple[V, ...]:
    """Return a tuple of the items. Text is an error, because it would be split into letters.

    `secret`: the items refer to secrets, so the message does not show a wrong value.
    """
    if type(value) is tuple:
        return cast("tuple[V, ...]", value)
    if isinstance(value, str) or not isinstance(value, Iterable):
        example = f"[{shown(value)}]" if isinstance(value, str | int | float) and not secret else "a list"
        if isinstance(value, str) and " " in value and len(value) < _LONGEST_EXAMPLE and not secret:
            example = repr(mask(value).split())
        raise bad(where, "a single value instead of a list", value, f"write {example}", secret=secret)
    if isinstance(value, set | frozenset):
        raise bad(
            where, "a set, whose order differs from run to run", type(cast(object, value)).__name__, "write a list"
        )
    if isinstance(value, bytes | bytearray | Mapping):
        raise bad(where, "not a list", type(cast(object, value)).__name__, "write a list")
    return tuple(value)


def texts(where: str, value: Iterable[str]) -> tuple[str, ...]:
    """Check that all items are text and return them as a tuple."""
    items = several(where, value)
    for item in items:
        if not isinstance(item, str):
            raise bad(where, "not text", item, as_text(item))
    return items
