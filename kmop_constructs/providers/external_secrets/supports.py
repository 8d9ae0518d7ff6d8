"""What External Secrets supports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.capability import Can

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.base import SecretsSupport

__all__ = ["SUPPORTS"]

_SECRET = "https://external-secrets.io/latest/api/externalsecret/"
_SPEC = "https://external-secrets.io/latest/api/spec/"
_LIFECYCLE = "https://external-secrets.io/latest/guides/ownership-deletion-policy/"

SUPPORTS: SecretsSupport = {
    "remote": Can("ExternalSecret.data[].remoteRef.property", _SECRET),
    "whole_value": Can("ExternalSecret.data[].remoteRef without property", _SECRET),
    "version": Can("ExternalSecret.data[].remoteRef.version", _SPEC),
    "generated": Can(
        "Password, ExternalSecret.dataFrom[].sourceRef.generatorRef, target.immutable",
        "https://external-secrets.io/latest/api/generator/password/",
    ),
    "leased": Can(
        "VaultDynamicSecret, ExternalSecret.dataFrom[].sourceRef.generatorRef",
        "https://external-secrets.io/latest/api/generator/vault/",
        needs="store=VaultStore(…)",
    ),
    "copy": Can(
        "SecretStore.provider.kubernetes with an account that may get exactly that Secret",
        "https://external-secrets.io/latest/provider/kubernetes/",
    ),
    "refresh": Can("ExternalSecret.refreshPolicy: Periodic, refreshInterval", _LIFECYCLE),
    "once": Can("ExternalSecret.refreshPolicy: CreatedOnce", _LIFECYCLE),
    "keep": Can("ExternalSecret.target.deletionPolicy: Retain", _LIFECYCLE),
    "delete": Can("ExternalSecret.target.deletionPolicy: Delete", _LIFECYCLE),
    "labels": Can(
        "ExternalSecret.target.template.metadata.labels", "https://external-secrets.io/latest/guides/templating/"
    ),
    "type": Can(
        "ExternalSecret.target.template.type", "https://external-secrets.io/latest/guides/common-k8s-secret-types/"
    ),
}
"""What External Secrets supports, by feature."""
