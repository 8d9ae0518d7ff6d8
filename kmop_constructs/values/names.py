"""Names as Kubernetes allows them, checked where they are written.

The rules are those of https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and of the API
server's validation of labels, annotations and environment variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar, runtime_checkable

from kmop_constructs.errors import SpecError, bad

__all__ = [
    "Named",
    "annotation_map",
    "config_key",
    "dns_label",
    "dns_subdomain",
    "env_name",
    "frozen",
    "hostname",
    "label_key",
    "label_map",
    "label_value",
    "name_of",
    "path",
    "port_name",
    "service_name",
    "texts",
]

K = TypeVar("K")
V = TypeVar("V")

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_ENV = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


@runtime_checkable
class Named(Protocol):
    """Anything that has the name of an object in the cluster: our constructs, and those of cdk8s-plus."""

    @property
    def name(self) -> str:
        """The name."""
        ...


def name_of(where: str, value: str | Named) -> str:
    """The name, of a string or of a construct that has one."""
    if isinstance(value, str):
        return dns_subdomain(where, value)
    name = getattr(value, "name", None)
    if not isinstance(name, str):
        raise bad(where, "not a name, and nothing that has one", type(value).__name__, "give the object's name")
    return name


def _matches(where: str, value: object, pattern: re.Pattern[str], longest: int, rule: str) -> str:
    if not isinstance(value, str):
        raise bad(where, "not text", value, f"write {rule}")
    if len(value) > longest or not pattern.fullmatch(value):
        raise bad(where, "not a valid name", value, f"use {rule}")
    return value


def dns_label(where: str, value: str) -> str:
    """An RFC 1123 label: names of namespaces, workloads, containers."""
    return _matches(where, value, _LABEL, 63, "at most 63 lower-case letters, digits and '-', not at either end")


def service_name(where: str, value: str) -> str:
    """An RFC 1035 label: names of Services, which may not start with a digit."""
    return _matches(where, value, _SERVICE, 63, "at most 63 lower-case letters, digits and '-', starting with a letter")


def dns_subdomain(where: str, value: str) -> str:
    """An RFC 1123 subdomain: names of most objects."""
    if isinstance(value, str) and len(value) <= 253 and all(map(_LABEL.fullmatch, value.split("."))):
        return value
    raise bad(where, "not a valid name", value, "use at most 253 lower-case letters, digits, '-' and '.'")


def hostname(where: str, value: str, *, wildcard: bool = False) -> str:
    """A host name: labels of at most 63 characters; with `wildcard`, the first may be ``*``."""
    rest = value.removeprefix("*.") if wildcard and isinstance(value, str) else value
    if (
        not isinstance(value, str)
        or len(value) > 253
        or not all(len(part) <= 63 and _LABEL.fullmatch(part) for part in rest.split("."))
    ):
        raise bad(where, "not a host name", value, "write it in lower case without scheme, port or path")
    return value


def port_name(where: str, value: str) -> str:
    """An IANA service name: at most 15 characters, at least one letter."""
    fits = isinstance(value, str) and len(value) <= 15 and _LABEL.fullmatch(value)
    if fits and "--" not in value and re.search("[a-z]", value):
        return value
    raise bad(where, "not a port name", value, "use at most 15 lower-case letters, digits and single '-'")


def config_key(where: str, value: str) -> str:
    """A key of a ConfigMap or Secret."""
    if value in {".", ".."} or (isinstance(value, str) and value.startswith("..")):
        raise bad(where, "not a key", value, "a key may not start with '..'")
    return _matches(where, value, _CONFIG_KEY, 253, "at most 253 letters, digits, '-', '_' and '.'")


def env_name(where: str, value: str) -> str:
    """A name of an environment variable: letters, digits, ``-``, ``_`` and ``.``, not starting with a digit."""
    return _matches(where, value, _ENV, 4096, "letters, digits, '_', '-' and '.', not starting with a digit")


def path(where: str, value: str) -> str:
    """An absolute path in a container, without ``..`` and without a trailing slash."""
    if not isinstance(value, str) or not value.startswith("/"):
        raise bad(where, "not an absolute path", value, f"start it with a slash: {'/' + str(value)!r}")
    if ":" in value or ".." in value.split("/"):
        raise bad(where, "not a path that can be mounted", value, "leave out ':' and '..'")
    return value if value == "/" else value.rstrip("/")


def label_key(where: str, value: str) -> str:
    """A key of a label or annotation: ``name`` or ``prefix/name``."""
    prefix, slash, name = value.rpartition("/") if isinstance(value, str) else ("", "", "")
    if len(name) > 63 or not _QUALIFIED.fullmatch(name) or bool(slash) != bool(prefix):
        raise bad(where, "not a label or annotation key", value, "use prefix/name, the name at most 63 characters")
    if prefix:
        dns_subdomain(where, prefix)
    return value


def label_value(where: str, value: str) -> str:
    """A value of a label: at most 63 letters, digits, ``-``, ``_`` and ``.``."""
    return value if value == "" else _matches(where, value, _QUALIFIED, 63, "at most 63 letters, digits, '-', '_', '.'")


def label_map(where: str, value: Mapping[str, str]) -> Mapping[str, str]:
    """A checked, frozen copy of labels."""
    for key, item in value.items():
        label_value(f"{where}[{label_key(where, key)!r}]", item)
    return frozen(value)


def annotation_map(where: str, value: Mapping[str, str]) -> Mapping[str, str]:
    """A checked, frozen copy of annotations."""
    for key, item in value.items():
        if not isinstance(item, str):
            raise bad(f"{where}[{label_key(where, key)!r}]", "not text", item, f"write it as text: {str(item)!r}")
        label_key(where, key)
    return frozen(value)


def frozen(value: Mapping[K, V]) -> Mapping[K, V]:
    """A copy that cannot be changed, in the same order."""
    return MappingProxyType(dict(value))


def texts(where: str, value: Iterable[str]) -> tuple[str, ...]:
    """A tuple of strings; one string is a mistake that would be taken letter by letter."""
    if isinstance(value, str):
        raise bad(where, "one text where a list is wanted", value, f"write [{value!r}]")
    items = tuple(value)
    for item in items:
        if not isinstance(item, str):
            raise SpecError(f"{where}: not text, got {item!r}; write {str(item)!r}")
    return items
