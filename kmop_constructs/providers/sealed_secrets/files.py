"""Reads a file that ``kubeseal`` wrote, and checks that it has the wanted keys, all encrypted, for the right Secret."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.plain import mapping, texts, within
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.sealed_secrets.sealed import SCOPES, SealingScope, sealed_value

import cdk8s

if TYPE_CHECKING:
    from kmop_constructs.core.plain import Plain

__all__ = ["SealedFile", "read_sealed"]

_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedFile:
    """A SealedSecret of a file."""

    encrypted: Mapping[str, str]
    """Encrypted values by key."""

    sealing: SealingScope
    """Where the controller decrypts the values."""

    type: str
    """Type of the Secret."""

    labels: Mapping[str, str]
    """Labels of the Secret."""

    annotations: Mapping[str, str]
    """Annotations of the Secret, without the scope."""


def read_sealed(
    where: str,
    file: Path,
    *,
    name: str,
    namespace: str | None,
    keys: Collection[str],
    type: str,  # noqa: A002 - the field's own name
) -> SealedFile:
    """Return the SealedSecret of a file.

    Args:
        where: Construct path, for messages. No message shows a value of the file.
        file: The file, as YAML or JSON.
        name: Name of the Secret.
        namespace: Namespace of the Secret.
        keys: Keys of the Secret.
        type: Type of the Secret.

    Raises:
        SpecError: The file is missing, is not one SealedSecret, is of another Secret, or has other keys or plain values.
    """
    command = _command(file, name, namespace, keys, type)
    if not file.is_file():
        raise SpecError(f"{where}: there is no file {str(file)!r}; make it with:\n{command}")
    found = _only_object(f"{where}: {file}", file)
    kind = (found.get("apiVersion"), found.get("kind"))
    if kind != ("bitnami.com/v1alpha1", "SealedSecret"):
        do = f"encrypt it, and remove the plain file from Git and its history:\n{command}"
        raise bad(f"{where}: {file}", "not a SealedSecret", f"{kind[0]} {kind[1]}", do)
    sealing = _scope(found)
    _check_owner(f"{where}: {file}", found, sealing, name=name, namespace=namespace)
    template = mapping(within(found, "spec", "template"))
    _check_plain(f"{where}: {file}", found, template)
    encrypted = mapping(within(found, "spec", "encryptedData"))
    wrong = sorted({*map(str, encrypted)} ^ {*keys})
    if wrong:
        lacking = [key for key in wrong if key in keys]
        do = (
            f"add them with:\n{_merge(file, name, namespace, lacking[0])}"
            if lacking
            else "remove them from the file, or add them to keys="
        )
        what = "lacks the keys" if lacking else "has keys that are not in keys="
        raise SpecError(f"{where}: {file}: {what} {', '.join(map(repr, lacking or wrong))}; {do}")
    written = template.get("type") or "Opaque"
    if written != type:
        raise bad(f"{where}: {file}: spec.template.type", f"not {type!r}", written, "change one of the two")
    annotations = texts(within(template, "metadata", "annotations"))
    return SealedFile(
        encrypted={key: sealed_value(f"{where}: {file}: {key}", value) for key, value in sorted(encrypted.items())},
        sealing=sealing,
        type=type,
        labels=texts(within(template, "metadata", "labels")),
        annotations={key: value for key, value in annotations.items() if key not in SCOPES.values()},
    )


def _only_object(where: str, file: Path) -> Plain:
    content = file.read_text(encoding="utf-8")
    try:
        found: object = json.loads(content)
    except ValueError:
        try:
            found = cdk8s.Yaml.load(str(file))
        except Exception:  # noqa: BLE001 - the message of the engine shows the text of the file
            raise SpecError(f"{where}: not YAML; write it again with kubeseal") from None
    documents = cast("list[object]", found) if isinstance(found, list) else [found]
    kept = [each for each in documents if each]
    if len(kept) != 1 or not isinstance(kept[0], Mapping):
        raise SpecError(f"{where}: not one object; write one SealedSecret into each file")
    return cast("Plain", kept[0])


def _scope(found: Plain) -> SealingScope:
    annotations = texts(within(found, "metadata", "annotations"))
    # The controller looks for the wider scope first.
    for scope in ("cluster-wide", "namespace-wide"):
        if annotations.get(str(SCOPES[scope])) == "true":
            return scope
    return "strict"


def _check_owner(where: str, found: Plain, sealing: SealingScope, *, name: str, namespace: str | None) -> None:
    """The name and the namespace are part of the encryption: another one could not be decrypted."""
    written = (within(found, "metadata", "name"), within(found, "metadata", "namespace"))
    if sealing == "strict" and written[0] != name:
        raise bad(
            f"{where}: metadata.name",
            f"encrypted for another Secret than {name!r}",
            written[0],
            "encrypt it again for this name",
        )
    if sealing != "cluster-wide" and written[1] != namespace:
        do = "encrypt it again for this namespace"
        raise bad(f"{where}: metadata.namespace", f"encrypted for another namespace than {namespace!r}", written[1], do)


def _check_plain(where: str, found: Plain, template: Plain) -> None:
    """Refuse fields with plain values, and an immutable Secret, which never gets a new value."""
    if within(found, "spec", "data") is not None:
        raise SpecError(f"{where}: spec.data: the deprecated form; encrypt it again with kubeseal")
    if template.get("data"):
        raise SpecError(f"{where}: spec.template.data: has values that are not encrypted; write them into a ConfigMap")
    if template.get("immutable"):
        raise SpecError(f"{where}: spec.template.immutable: a new value could not be applied; remove the field")
    for metadata in (found.get("metadata"), template.get("metadata")):
        if _APPLIED in mapping(within(metadata, "annotations")):
            raise SpecError(
                f"{where}: the annotation {_APPLIED} may have plain values; encrypt the Secret again, and replace its values"
            )


def _command(file: Path, name: str, namespace: str | None, keys: Collection[str], type: str) -> str:  # noqa: A002
    """Return the command that makes the file. The values are read from files, so that no shell records them."""
    values = " ".join(f"--from-file={key}=<file with its value>" for key in keys)
    return (
        f"kubectl create secret generic {name} --namespace={namespace or '<namespace>'} --type={type} {values} --dry-run=client -o yaml \\\n"
        f"  | kubeseal --format=yaml > {file}"
    )


def _merge(file: Path, name: str, namespace: str | None, key: str) -> str:
    return (
        f"kubectl create secret generic {name} --namespace={namespace or '<namespace>'} --from-file={key}=<file with its value> "
        f"--dry-run=client -o yaml \\\n  | kubeseal --format=yaml --merge-into {file}"
    )
