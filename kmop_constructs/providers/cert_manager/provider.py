"""Certificates of workloads by cert-manager."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.made import MakesSecret
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.core.service_names import account_uri, dns_names
from kmop_constructs.errors import SpecError
from kmop_constructs.values.certificate import KEYS, CertificateNames
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.names import dns_subdomain, made_by, text
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import cert_manager_io
    from kmop_constructs.values.certificate import ServiceCertificate

    from constructs import Construct

__all__ = ["CertManager", "IssuerKind", "private_key", "written"]

IssuerKind: TypeAlias = Literal["ClusterIssuer", "Issuer"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CertManager:
    """Certificates of cert-manager: ``Platform(certificates=CertManager(issuer="internal-ca"))``.

    The issuer must sign names of the cluster, such as ``payments.shop.svc``: a private authority or Vault can, an ACME
    server for public names cannot.
    """

    issuer: str
    """Name of the issuer."""

    kind: str = "ClusterIssuer"
    """Kind of the issuer: ``ClusterIssuer``, ``Issuer`` (in the namespace of each certificate), or the kind of an external
    issuer. Default: ``ClusterIssuer``."""

    group: str = "cert-manager.io"
    """API group of the issuer; another one for external issuers (https://cert-manager.io/docs/configuration/external/).
    Default: ``cert-manager.io``."""

    authority: ConfigKey | SecretKey | None = None
    """ConfigMap or Secret with the authority of the issuer, which exists in each namespace with callers, such as a ConfigMap
    that trust-manager distributes: ``ConfigKey("internal-ca", "ca.crt", external=True)``. Default: none; callers get the
    ``ca.crt`` beside their own certificate, or that in the Secret of the callee if they share its namespace."""

    def __post_init__(self) -> None:
        dns_subdomain("CertManager.issuer", self.issuer)
        text("CertManager.kind", self.kind)
        dns_subdomain("CertManager.group", self.group)
        made_by("CertManager.authority", self.authority, ConfigKey, SecretKey, type(None), secret=True)

    def names(self, service: ServiceFacts, certificate: ServiceCertificate, /) -> CertificateNames:
        """Return the Secret that cert-manager makes, and the authority."""
        place = f"{service.scope}/" if self.kind == "Issuer" else ""
        return CertificateNames(
            secret=certificate.secret or f"{service.name}-tls",
            issuer=f"{self.group}/{self.kind}/{place}{self.issuer}",
            authority=certificate.authority or self.authority,
        )

    def __call__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: ServiceCertificate
    ) -> _ServiceCertificate:
        """Draw the Certificate of a workload."""
        return _ServiceCertificate(scope, id, service=service, intent=intent, provider=self)


class _ServiceCertificate(Manifest):
    """The Certificate of a workload."""

    def __init__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: ServiceCertificate, provider: CertManager
    ) -> None:
        names = list(dict.fromkeys((*dns_names(service), *intent.extra_names)))
        uri = None if service.services else account_uri(service)
        if not names and uri is None:
            raise SpecError(f"{service.path}: certificate: the workload has no Service and its chart sets no namespace, so the "
                            "certificate would have no name; set one: KmopChart(…, namespace=…), or extra_names=")  # fmt: skip
        secret = provider.names(service, intent).secret
        spec: cert_manager_io.CertificateSpec = {
            "secretName": secret,
            "issuerRef": {"group": provider.group, "kind": provider.kind, "name": provider.issuer},
            "duration": written(intent.duration),
            "renewBefore": written(intent.renew_before),
            "privateKey": private_key(intent.key),
            "usages": ["digital signature", "key encipherment", "client auth"],
        }
        if names:
            spec["dnsNames"] = names
        if uri is not None:
            spec["uris"] = [uri]
        if service.services:
            spec["usages"] = [*spec["usages"], "server auth"]
        literal: cert_manager_io.Certificate = {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": {"name": secret, "labels": dict(service.labels)},
            "spec": spec,
        }
        place = scope_of(service.namespace, place_of(scope).chart)
        made = MakesSecret(name=secret, scope=place, keys=KEYS, rotates=not intent.reloads)
        super().__init__(scope, id, literal, gives=(made,))


def written(duration: timedelta) -> str:
    """Return a duration as Go writes it, which is how the API server returns it: ``2160h0m0s``."""
    minutes, rest = divmod(seconds("duration", duration), 60)
    return f"{minutes // 60}h{minutes % 60}m{rest}s"


def private_key(key: str, *, rotates: bool = True) -> cert_manager_io.CertificatePrivateKey:
    """Return the settings of a private key. With `rotates`, each renewal makes a new one."""
    return {
        "algorithm": "RSA" if key.startswith("RSA") else "ECDSA",
        "encoding": "PKCS8",
        "rotationPolicy": "Always" if rotates else "Never",
        "size": int(key.partition("-")[2]),
    }
