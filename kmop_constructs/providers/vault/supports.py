"""What Vault Secrets Operator 1.4 supports of secrets, from its documentation and its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.capability import Can, Cannot

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.base import SecretsSupport

__all__ = ["SUPPORTS"]

_DOCS = "https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso"
_SOURCES = f"{_DOCS}/sources/vault"
_REFERENCE = f"{_DOCS}/api-reference"
_TEMPLATES = f"{_DOCS}/secret-transformation"
_CODE = "https://github.com/hashicorp/vault-secrets-operator/blob/v1.4.1"
_STATIC = f"{_CODE}/controllers/vaultstaticsecret_controller.go"
_WRITER = f"{_CODE}/helpers/secrets.go"

SUPPORTS: SecretsSupport = {
    "remote": Can(
        "VaultStaticSecret: spec.path, and a template of spec.destination.transformation for each key", _TEMPLATES
    ),
    "whole_value": Cannot(
        "a secret of Vault's KV engine is a set of fields; name the field: RemoteKey(path, property)", _SOURCES
    ),
    "version": Can("VaultStaticSecret: spec.version", _REFERENCE),
    "generated": Cannot("the operator only reads; it does not store a password that it makes", _REFERENCE),
    "leased": Can("VaultDynamicSecret, renewed at spec.renewalPercent of the lease", _SOURCES),
    "copy": Cannot("it writes a Secret only in the namespace of its own object, from a path of Vault", _WRITER),
    "refresh": Can("VaultStaticSecret: spec.refreshAfter, up to 20 % earlier", _STATIC),
    "once": Cannot(
        "it reads the path again every minute, or with each start if it does not compare values; pin a version: "
        "RemoteKey(…, version=…)",
        _STATIC,
    ),
    "keep": Can("no field: the Secret is written only after a successful read", _STATIC),
    "delete": Cannot("the Secret is deleted only with the VaultStaticSecret", _STATIC),
    "type": Can("spec.destination.type", _REFERENCE),
    "labels": Can("spec.destination.labels", _REFERENCE),
}
"""What Vault Secrets Operator supports."""
