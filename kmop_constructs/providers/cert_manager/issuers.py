"""Issuers of cert-manager, and an authority for the certificates inside a cluster."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import bad
from kmop_constructs.providers.cert_manager.provider import CertManager, IssuerKind, private_key, written
from kmop_constructs.providers.cert_manager.sources import CertificateAuthority, SelfSigned
from kmop_constructs.values.certificate import CertificateKey
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import dns_label, dns_subdomain, one_of, text
from kmop_constructs.values.quantity import seconds

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.providers.cert_manager.sources import IssuerSource
    from kmop_constructs.typings import cert_manager_io

__all__ = ["ClusterIssuer", "Issuer", "PrivateAuthority"]

_DAY = 24 * 60 * 60

_NAMESPACE = "cert-manager"
"""The namespace of cert-manager, where a ClusterIssuer reads its Secrets unless ``--cluster-resource-namespace`` names another
(https://cert-manager.io/docs/configuration/#cluster-resource-namespace)."""


class _Issuer(Manifest):
    _KIND: IssuerKind

    def __init__(self, scope: Construct, id: str, source: IssuerSource, *, name: str | None = None) -> None:
        """Draw the issuer.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct.
            source: What it signs with: `SelfSigned`, `CertificateAuthority`, `VaultAuthority` or `Acme`.
            name: Name of the issuer. Default: the id.
        """
        where = place_of(scope).child(id).path
        if not callable(getattr(source, "spec", None)):
            raise bad(f"{where}: source", "not what an issuer signs with", type(source).__name__,
                      "write SelfSigned(), CertificateAuthority(…), VaultAuthority(…) or Acme(…)")  # fmt: skip
        own = dns_subdomain(f"{where}: name", name or id)
        literal = {
            "apiVersion": "cert-manager.io/v1",
            "kind": self._KIND,
            "metadata": {"name": own},
            "spec": source.spec(own),
        }
        super().__init__(scope, id, literal)

    @property
    def certificates(self) -> CertManager:
        """The provider of certificates of workloads by this issuer: ``Platform(certificates=…)``."""
        return CertManager(issuer=self.name, kind=self._KIND)


class Issuer(_Issuer):
    """An issuer for one namespace, that of the chart: ``Issuer(chart, "internal-ca", CertificateAuthority("ca"))``."""

    _KIND = "Issuer"


class ClusterIssuer(_Issuer):
    """An issuer for all namespaces: ``ClusterIssuer(chart, "letsencrypt", Acme(…))``."""

    _KIND = "ClusterIssuer"


class PrivateAuthority(Placed, Construct):
    """An authority for the certificates inside a cluster: a root that signs itself, and the issuer that signs with it.

    ``PrivateAuthority(chart, "internal-ca")``. The private key of the root is only in a Secret of the cluster, and a renewal
    of the root keeps it: certificates that it signed stay valid, and callers with the old root accept new ones.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str | None = None,
        kind: IssuerKind = "ClusterIssuer",
        namespace: str | None = None,
        common_name: str | None = None,
        duration: timedelta = timedelta(days=3650),
        key: CertificateKey = "ECDSA-256",
    ) -> None:
        """Draw the authority.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct.
            name: Name of the issuer, and of the Secret with the root. Default: the id.
            kind: ``ClusterIssuer``, or ``Issuer`` for the namespace of the chart alone. Default: ``ClusterIssuer``.
            namespace: Namespace of the root. Default: for a ``ClusterIssuer`` that of cert-manager
                (``Cluster.operators["cert-manager"]``, else ``cert-manager``); for an ``Issuer`` that of the chart.
            common_name: Name of the authority in the certificate. Default: `name`.
            duration: Time for which the root is valid, at least 1 day; a renewal begins a tenth before its end. Default: 10
                years. The 90 days of cert-manager would leave callers without a valid root that read it once.
            key: Algorithm and size of the root's private key. Default: ``ECDSA-256``.
        """
        self._place = place_of(scope).child(id)
        own = dns_subdomain(f"{self.path}: name", name or id)
        one_of(f"{self.path}: kind", kind, IssuerKind)
        one_of(f"{self.path}: key", key, CertificateKey)
        if seconds(f"{self.path}: duration", duration) < _DAY:
            raise bad(f"{self.path}: duration", "shorter than 1 day", str(duration), "use timedelta(days=3650)")
        if namespace is not None:
            dns_label(f"{self.path}: namespace", namespace)
            if kind == "Issuer":
                what = "set for an Issuer, which reads the Secret of its own namespace"
                raise bad(f"{self.path}: namespace", what, namespace, "leave it out, or put it into another chart")
        self.certificates = CertManager(issuer=own, kind=kind)
        """The provider of certificates of workloads by this authority: ``Platform(certificates=…)``."""
        self.root = SecretKey(own, "ca.crt", external=True)
        """The root's certificate, in the namespace of the root: a source of a trust bundle."""
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        issuer = ClusterIssuer if kind == "ClusterIssuer" else Issuer
        if kind == "ClusterIssuer" and namespace is None:
            cluster = self._place.chart.cluster if self._place.chart is not None else None
            operator = None if cluster is None else cluster.operators.get("cert-manager")
            namespace = _NAMESPACE if operator is None else operator.namespace
        first = issuer(self, "self-signed", SelfSigned(), name=f"{own}-self-signed")
        metadata: cert_manager_io.ObjectMeta = {"name": own}
        if namespace is not None:
            metadata["namespace"] = namespace
        root: cert_manager_io.Certificate = {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": metadata,
            "spec": {
                "isCA": True,
                "commonName": text(f"{self.path}: common_name", common_name or own),
                "secretName": own,
                "duration": written(duration),
                "renewBefore": written(timedelta(seconds=seconds("duration", duration) // 10)),
                "privateKey": private_key(key, rotates=False),
                "issuerRef": {"group": "cert-manager.io", "kind": kind, "name": first.name},
            },
        }
        Manifest(self, "root", root)
        issuer(self, "issuer", CertificateAuthority(own), name=own)
