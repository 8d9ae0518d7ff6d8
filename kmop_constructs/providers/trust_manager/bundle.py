"""A bundle of authorities in each namespace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import bad
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.names import config_key, dns_subdomain, label_map, made_by, several

if TYPE_CHECKING:
    from kmop_constructs.typings import trust_cert_manager_io

    from constructs import Construct

__all__ = ["PUBLIC_AUTHORITIES", "AuthoritySource", "PublicAuthorities", "TrustBundle"]


class PublicAuthorities(Enum):
    """The type of `PUBLIC_AUTHORITIES`."""

    PUBLIC = "the public authorities of trust-manager's default package"


PUBLIC_AUTHORITIES: Final = PublicAuthorities.PUBLIC
"""The public authorities, as trust-manager's default package has them: those of Debian
(https://cert-manager.io/docs/trust/trust-manager/#usage)."""

AuthoritySource: TypeAlias = SecretKey | ConfigKey | str | PublicAuthorities

_BEGIN = "-----BEGIN CERTIFICATE-----"


class TrustBundle(Manifest):
    """Authorities that trust-manager writes into a ConfigMap of each namespace, so that callers anywhere can verify a server.

    ``bundle = TrustBundle(chart, "internal-ca", sources=(authority.root,))`` with a `PrivateAuthority`, and then
    ``Platform(certificates=CertManager(issuer="internal-ca", authority=bundle.authority))``. It is a ``Bundle`` of
    ``trust.cert-manager.io/v1alpha1`` (https://cert-manager.io/docs/trust/trust-manager/api-reference/).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        sources: Sequence[AuthoritySource],
        name: str | None = None,
        key: str = "ca.crt",
        java_key: str | None = None,
        namespaces: Mapping[str, str] | None = None,
    ) -> None:
        """Draw the bundle.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct.
            sources: Where the authorities are from: a `SecretKey` or `ConfigKey` of trust-manager's own namespace (that of
                cert-manager, by default), certificates as PEM text, or `PUBLIC_AUTHORITIES`. An old and a new authority
                together let a server change its authority without an outage.
            name: Name of the bundle and of the ConfigMaps. Default: the id.
            key: Key of the ConfigMaps with the certificates as PEM. Default: ``ca.crt``.
            java_key: Key of the ConfigMaps with the same certificates as a trust store for Java: PKCS #12 without a password.
                Default: none.
            namespaces: Labels of the namespaces that get the ConfigMap. Default: every namespace.
        """
        where = place_of(scope).child(id).path
        own = dns_subdomain(f"{where}: name", name or id)
        config_key(f"{where}: key", key)
        given = several(f"{where}: sources", sources)
        if not given:
            what = "without any, trust-manager refuses the bundle"
            raise bad(f"{where}: sources", what, "()", "name one, such as SecretKey('internal-ca', 'ca.crt')")
        target: trust_cert_manager_io.BundleTarget = {"configMap": {"key": key}}
        if java_key is not None:
            config_key(f"{where}: java_key", java_key)
            if java_key == key:
                raise bad(
                    f"{where}: java_key",
                    "also the key of the PEM text",
                    key,
                    "choose another, such as 'truststore.p12'",
                )
            target["additionalFormats"] = {"pkcs12": {"key": java_key, "profile": "Modern2023"}}
        if namespaces is not None:
            target["namespaceSelector"] = {"matchLabels": dict(label_map(f"{where}: namespaces", namespaces))}
        self._java_key = java_key
        self._key = key
        literal: trust_cert_manager_io.Bundle = {
            "apiVersion": "trust.cert-manager.io/v1alpha1",
            "kind": "Bundle",
            "metadata": {"name": own},
            "spec": {"sources": [_source(f"{where}: sources", own, key, each) for each in given], "target": target},
        }
        super().__init__(scope, id, literal)

    @property
    def authority(self) -> ConfigKey:
        """The certificates as PEM, in the namespace of whoever reads it: ``CertManager(authority=…)``."""
        return ConfigKey(self.name, self._key, external=True)

    @property
    def java_trust_store(self) -> ConfigKey:
        """The trust store for Java, in the namespace of whoever reads it. Raises `SpecError` without `java_key`."""
        if self._java_key is None:
            raise bad(
                f"{self.path}: java_key", "not set, so there is no trust store", "None", "set java_key='truststore.p12'"
            )
        return ConfigKey(self.name, self._java_key, external=True)


def _source(where: str, own: str, key: str, source: AuthoritySource) -> trust_cert_manager_io.BundleSource:
    made_by(where, source, SecretKey, ConfigKey, str, PublicAuthorities, secret=True)
    if isinstance(source, PublicAuthorities):
        return {"useDefaultCAs": True}
    if isinstance(source, SecretKey):
        return {"secret": {"name": source.name, "key": source.key}}
    if isinstance(source, ConfigKey):
        if (source.name, source.key) == (own, key):
            raise bad(
                where, "the key of the ConfigMap that the bundle itself writes", f"{own}/{key}", "name another source"
            )
        return {"configMap": {"name": source.name, "key": source.key}}
    if _BEGIN not in source or "PRIVATE KEY" in source:
        what = "not the PEM text of certificates alone"
        raise bad(where, what, f"text of {len(source)} characters", f"give text with {_BEGIN!r} and no private key")
    return {"inLine": source}
