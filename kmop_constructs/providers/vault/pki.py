"""Certificates of workloads by Vault Secrets Operator 1.4, from the PKI engine of Vault."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.pki import SigningRole
from kmop_constructs.components.configuration.vault import VaultAccess, mount_path, vault_name
from kmop_constructs.core.made import MakesSecret
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.core.service_names import account_uri, dns_names
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.vault.connection import VaultServer
from kmop_constructs.providers.vault.login import API, account_name, draw_login, restart_targets, written
from kmop_constructs.values.certificate import AUTHORITY, CERTIFICATE, KEYS, PRIVATE_KEY, CertificateNames
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.names import made_by, text

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import secrets_hashicorp_com
    from kmop_constructs.values.certificate import ServiceCertificate

__all__ = ["VaultPki"]

_TEMPLATES = {
    # Vault leaves out roots, because the operator asks it to (`remove_roots_from_chain` in
    # https://github.com/hashicorp/vault-secrets-operator/blob/v1.4.1/api/v1beta1/vaultpkisecret_types.go, GetIssuerAPIData).
    CERTIFICATE: (
        '{{ get .Secrets "certificate" }}{{ if hasKey .Secrets "ca_chain" }}'
        '{{ range get .Secrets "ca_chain" }}{{ printf "\\n%s" . }}{{ end }}{{ end }}'
    ),
    PRIVATE_KEY: '{{ get .Secrets "private_key" }}',
    AUTHORITY: '{{ get .Secrets "issuing_ca" }}',
}
"""The files of a certificate. With templates the operator makes no keys of its own, so that ``ca.crt`` is there too
(https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/secret-transformation)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultPki:
    """Certificates of Vault's PKI engine: ``Platform(certificates=VaultPki(VaultServer("https://vault.acme.io")))``.

    Each workload has a VaultPKISecret with a login and a role of its own; the role signs the names of this workload only.
    `kmop_constructs.outputs.vault_access` returns the commands that write both into Vault. The operator's licence is the
    Business Source License 1.1.
    """

    connection: VaultServer | str | None = field(default=None, kw_only=False)
    """The Vault, for which a VaultConnection is drawn; or the name of a VaultConnection that exists. Default: the operator's
    connection ``default``."""

    pki: str = "pki"
    """Mount path of the PKI engine. Its longest lease must be as long as `ServiceCertificate.duration`. Default: ``pki``."""

    mount: str = "kubernetes"
    """Mount path of the login for ServiceAccounts in Vault. Default: ``kubernetes``."""

    role: str = "{namespace}-{name}"
    """Name of the role of the login and of that of the engine, with the placeholders of paths and ``{name}``, the name of the
    Secret. Default: ``{namespace}-{name}``."""

    audience: str = "vault"
    """Audience of the ServiceAccount's token, which the role names. Default: ``vault``."""

    vault_namespace: str | None = None
    """Namespace of Vault Enterprise. Default: none."""

    authority: ConfigKey | SecretKey | None = None
    """ConfigMap or Secret with the authority, which exists in each namespace with callers. Needed where an intermediate authority
    signs and clients want its root. Default: none; callers get the ``ca.crt`` beside their own certificate, or that in the
    Secret of the callee if they share its namespace: the certificate of the authority that signs."""

    def __post_init__(self) -> None:
        made_by("VaultPki.connection", self.connection, VaultServer, str, type(None))
        for name in ("mount", "pki"):
            mount_path(f"VaultPki.{name}", getattr(self, name))
        for name in ("role", "audience"):
            text(f"VaultPki.{name}", getattr(self, name))
        made_by("VaultPki.vault_namespace", self.vault_namespace, str, type(None))
        made_by("VaultPki.authority", self.authority, ConfigKey, SecretKey, type(None), secret=True)

    def names(self, service: ServiceFacts, certificate: ServiceCertificate, /) -> CertificateNames:
        """Return the Secret that the operator makes, and the authority."""
        server = self.connection.address if isinstance(self.connection, VaultServer) else self.connection or ""
        return CertificateNames(
            secret=certificate.secret or f"{service.name}-tls",
            rolls=True,
            issuer=f"vault/{server}/{self.vault_namespace or ''}/{self.pki}",
            authority=certificate.authority or self.authority,
        )

    def __call__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: ServiceCertificate
    ) -> _ServiceCertificate:
        """Draw the VaultPKISecret of a workload, and its login."""
        return _ServiceCertificate(scope, id, service=service, intent=intent, provider=self)


class _ServiceCertificate(Placed, Construct):
    """The VaultPKISecret of a workload, and its login."""

    def __init__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: ServiceCertificate, provider: VaultPki
    ) -> None:
        where = f"{service.path}: certificate"
        if service.namespace is None:
            raise SpecError(f"{where}: a role of Vault is bound to a namespace, and its chart has none; set it: "
                            "KmopChart(…, namespace=…)")  # fmt: skip
        secret = provider.names(service, intent).secret
        template = provider.role.replace("{name}", secret)
        role = vault_name(f"{where}: VaultPki.role", template, service)
        signing = SigningRole(
            mount=provider.pki,
            name=role,
            names=tuple(dict.fromkeys((*dns_names(service), *intent.extra_names))),
            uris=() if service.services else tuple(filter(None, [account_uri(service)])),
            key=intent.key,
            server=bool(service.services),
            duration=intent.duration,
        )
        access = VaultAccess(
            server=provider.connection.address if isinstance(provider.connection, VaultServer) else None,
            vault_namespace=provider.vault_namespace,
            mount=provider.mount,
            role=role,
            account=account_name(where, secret),
            namespace=service.namespace,
            audience=provider.audience,
            signs=(signing,),
        )
        self._place = place_of(scope).child(id)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        hint = "give each account a role of its own: VaultPki(role='{namespace}-{name}')"
        draw_login(self, service, access, provider.connection, name=secret, where="VaultPki", hint=hint)
        _draw_request(self, service, intent, signing, secret, provider.vault_namespace)
        made = MakesSecret(name=secret, scope=service.scope, keys=KEYS, rotates=not intent.reloads, rolls=True)
        self.gives = (made, access)
        """The Secret, and what the roles in Vault must allow."""


def _draw_request(
    construct: Construct,
    service: ServiceFacts,
    intent: ServiceCertificate,
    signing: SigningRole,
    secret: str,
    vault_namespace: str | None,
) -> None:
    """Draw the VaultPKISecret. The workloads that it restarts are known at synth."""

    def draw(synthesis: Synthesis) -> secrets_hashicorp_com.VaultPKISecret:
        spec: secrets_hashicorp_com.VaultPKISecretSpec = {
            "vaultAuthRef": secret,
            "mount": signing.mount,
            "role": signing.name,
            "ttl": written(intent.duration),
            "expiryOffset": written(intent.renew_before),
            "privateKeyFormat": "pkcs8",
            "destination": {
                "name": secret,
                "type": "kubernetes.io/tls",
                "create": True,
                "overwrite": False,
                "transformation": {
                    "excludeRaw": True,
                    "excludes": [".*"],
                    "templates": {key: {"text": template} for key, template in sorted(_TEMPLATES.items())},
                },
            },
        }
        if vault_namespace is not None:
            spec["namespace"] = vault_namespace
        if signing.names:
            spec["altNames"] = list(signing.names)
        if signing.uris:
            spec["uriSans"] = list(signing.uris)
        targets = [] if intent.reloads else restart_targets(synthesis, service.scope, secret)
        if targets:
            spec["rolloutRestartTargets"] = [{"kind": each["kind"], "name": each["name"]} for each in targets]
        return {
            "apiVersion": API,
            "kind": "VaultPKISecret",
            "metadata": {"name": secret, "labels": dict(service.labels)},
            "spec": spec,
        }

    Manifest(construct, "certificate", Deferred(api_version=API, kind="VaultPKISecret", name=secret, draw=draw))
