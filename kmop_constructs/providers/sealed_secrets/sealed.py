"""A SealedSecret of Sealed Secrets 0.40: values that only the controller of one cluster can decrypt."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs.components.configuration.verbs import SecretVerbs
from kmop_constructs.core.made import MakesSecret
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import (
    annotation_map,
    dns_subdomain,
    label_map,
    mapping,
    one_of,
    secret_key,
    text,
)

if TYPE_CHECKING:
    from kmop_constructs.core.place import Place
    from kmop_constructs.typings import bitnami_com

    from constructs import Construct

__all__ = ["SCOPES", "SealedSecret", "SealingScope", "sealed", "sealed_value"]

SealingScope: TypeAlias = Literal["strict", "namespace-wide", "cluster-wide"]
"""Where the controller decrypts a value."""

SCOPES: Mapping[SealingScope, str | None] = {
    "strict": None,
    "namespace-wide": "sealedsecrets.bitnami.com/namespace-wide",
    "cluster-wide": "sealedsecrets.bitnami.com/cluster-wide",
}
"""Annotation of each scope (https://github.com/bitnami-labs/sealed-secrets#scopes)."""

_SMALLEST_KEY = 256
"""Bytes of an RSA key of 2,048 bits. The keys of the controller have 4,096."""
_TAG = 16
"""Bytes of the tag of AES-GCM, the length of an encrypted empty value."""


class SealedSecret(SecretVerbs, Manifest):
    """A Secret with encrypted values: ``SealedSecret(chart, "stripe", encrypted={"STRIPE_KEY": "AgBy3i4OJSWK+…"})``.

    Its methods return edges for ``uses=``. A changed encrypted value replaces the pods that read it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        encrypted: Mapping[str, str],
        sealing: SealingScope = "strict",
        name: str | None = None,
        type: str = "Opaque",  # noqa: A002 - the field's own name
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        """Draw the SealedSecret.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct.
            encrypted: Encrypted values by key, as ``kubeseal --raw`` prints them.
            sealing: Where the controller decrypts the values: ``strict``, only with this name and namespace;
                ``namespace-wide``, in the namespace; ``cluster-wide``, everywhere. It is part of the encryption. Default:
                ``strict``, the default of ``kubeseal``.
            name: Name of the Secret. Default: the id.
            type: The field ``type`` of the Secret. Default: ``Opaque``.
            labels: Labels of the Secret. Default: none.
            annotations: Annotations of the Secret. Default: none.

        Raises:
            SpecError: A value is not encrypted, there are none, or the chart has no namespace and the scope needs one.
        """
        literal, fact = sealed(
            place_of(scope).child(id),
            dns_subdomain(f"{place_of(scope).child(id).path}: name", name or id),
            encrypted=encrypted,
            sealing=sealing,
            type=type,
            labels=labels or {},
            annotations=annotations or {},
        )
        self._keys = frozenset(fact.keys)
        super().__init__(scope, id, literal)
        self._place.give(fact)

    def _secret(self) -> tuple[str, frozenset[str] | None]:
        return self.name, self._keys


def sealed(
    place: Place,
    name: str,
    *,
    encrypted: Mapping[str, str],
    sealing: SealingScope,
    type: str,  # noqa: A002 - the field's own name
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
) -> tuple[bitnami_com.SealedSecret, MakesSecret]:
    """Return a SealedSecret with the name of its Secret, and the Secret that the controller makes."""
    where = place.path
    content = {
        secret_key(f"{where}: encrypted", key): sealed_value(f"{where}: encrypted[{key!r}]", value)
        for key, value in sorted(mapping(f"{where}: encrypted", encrypted).items())
    }
    if not content:
        raise SpecError(f"{where}: encrypted: empty; write the encrypted values, as kubeseal --raw prints them")
    one_of(f"{where}: sealing", sealing, SealingScope)
    text(f"{where}: type", type)
    namespace = None if place.chart is None else place.chart.namespace
    if namespace is None and sealing != "cluster-wide":
        raise SpecError(
            f"{where}: the values are encrypted for one namespace, and the chart has none; set it: KmopChart(…, namespace=…)"
        )
    scope = SCOPES[sealing]
    own = {} if scope is None else {scope: "true"}
    made: bitnami_com.SealedSecretTemplateMetadata = {"name": name}
    if namespace is not None:
        made["namespace"] = namespace
    if labels:
        made["labels"] = dict(label_map(f"{where}: labels", labels))
    if noted := {**own, **annotation_map(f"{where}: annotations", annotations)}:
        made["annotations"] = noted
    literal: bitnami_com.SealedSecret = {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        # The controller reads the scope from these annotations, and not from those of the template.
        "metadata": {"name": name, "annotations": own} if own else {"name": name},
        "spec": {"encryptedData": content, "template": {"type": type, "metadata": made}},
    }
    fact = MakesSecret(
        name=name, scope=scope_of(namespace, place.chart), keys=tuple(content), revision=_digest(content, type)
    )
    return literal, fact


def sealed_value(where: str, value: object) -> str:
    """Check that a value is encrypted by ``kubeseal``. No message shows a wrong value, because it may be the secret itself.

    The format is two bytes with the length of the RSA part, that part, and the AES part
    (https://github.com/bitnami-labs/sealed-secrets/blob/v0.40.0/pkg/crypto/crypto.go).
    """
    if isinstance(value, str):
        try:
            found = base64.b64decode("".join(value.split()), validate=True)
        except (binascii.Error, ValueError):
            found = b""
        length = int.from_bytes(found[:2], "big")
        if length >= _SMALLEST_KEY and len(found) >= 2 + length + _TAG:
            return "".join(value.split())
    raise bad(
        where,
        "not encrypted by kubeseal",
        value,
        "write what kubeseal --raw prints, which begins with 'Ag'",
        secret=True,
    )


def _digest(content: Mapping[str, str], type: str) -> str:  # noqa: A002
    """Return a digest of the encrypted values, which are public and different after each encryption."""
    listed = "\n".join([type, *(f"{key}={value}" for key, value in content.items())])
    return hashlib.sha256(listed.encode("utf-8", "surrogatepass")).hexdigest()[:32]
