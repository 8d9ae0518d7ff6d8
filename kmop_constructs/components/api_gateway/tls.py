"""TLS on the way in, and on the way from the gateway to the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_subdomain, flag, hostname, made_by, one_of
from kmop_constructs.values.quantity import seconds

__all__ = ["BackendTls", "Hsts", "MutualTls", "Tls"]

IssuerKind: TypeAlias = Literal["ClusterIssuer", "Issuer"]
TlsVersion: TypeAlias = Literal["1.2", "1.3"]

PRELOAD = timedelta(days=365)
"""The shortest time that browsers' preload lists take (https://hstspreload.org/#submission-requirements)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hsts:
    """Browsers are told to use HTTPS alone from now on (RFC 6797, the header ``Strict-Transport-Security``)."""

    max_age: timedelta = timedelta(days=365)
    """For how long. Default: a year."""

    include_subdomains: bool = False
    """Also for every name below the host: right only where each of them speaks HTTPS. Default: the host alone."""

    preload: bool = False
    """The host may be built into browsers; it then cannot go back for months. Default: no."""

    def __post_init__(self) -> None:
        seconds("Hsts.max_age", self.max_age, lowest=0)
        flag("Hsts.include_subdomains", self.include_subdomains)
        flag("Hsts.preload", self.preload)
        if self.preload and (not self.include_subdomains or self.max_age < PRELOAD):
            raise SpecError(
                "Hsts.preload: browsers' lists take a host only with its subdomains and a year at least; set "
                "include_subdomains=True and max_age=timedelta(days=365) or more"
            )

    @property
    def header(self) -> str:
        """The value of the header."""
        parts = [f"max-age={seconds('Hsts.max_age', self.max_age, lowest=0)}"]
        parts += ["includeSubDomains"] if self.include_subdomains else []
        parts += ["preload"] if self.preload else []
        return "; ".join(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class MutualTls:
    """Clients show a certificate too: ``MutualTls("partners-ca")``."""

    ca_secret: str = field(kw_only=False)
    """The Secret, with the key ``ca.crt``, of the authorities whose certificates are taken. It is looked for in the
    namespace where the gateway looks for certificates."""

    optional: bool = False
    """Clients without a certificate are let in too. Default: they are refused."""

    def __post_init__(self) -> None:
        dns_subdomain("MutualTls", self.ca_secret)
        flag("MutualTls.optional", self.optional)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """HTTPS, and where a host's certificate comes from: `Tls.issued_by` or `Tls.secret`."""

    secret_name: str | None = None
    """The Secret that holds it. Default: named after the host, so that services of one host share a certificate."""

    issuer: str | None = None
    """Name of the cert-manager issuer that makes it. Default: the Secret exists."""

    issuer_kind: IssuerKind = "ClusterIssuer"
    """Whether the issuer belongs to the cluster or to the namespace. Means nothing without one, as with `Tls.secret`.
    Default: the cluster."""

    redirect: bool | None = None
    """Whether a request over plain HTTP is answered with a redirect to HTTPS. Default: it is, by every gateway that can
    be told; a plain Ingress cannot, and does what its controller does."""

    hsts: Hsts | None = None
    """Tell browsers to use HTTPS alone. Default: nothing is told."""

    min_version: TlsVersion | None = None
    """The oldest version of TLS that is spoken. Default: the gateway's own."""

    mutual: MutualTls | None = None
    """Clients show a certificate too. Default: they need none."""

    def __post_init__(self) -> None:
        if self.secret_name is None and self.issuer is None:
            raise SpecError("Tls: neither a Secret nor an issuer; use Tls.secret(…) or Tls.issued_by(…)")
        for name in ("secret_name", "issuer"):
            value = getattr(self, name)
            if value is not None:
                dns_subdomain(f"Tls.{name}", value)
        one_of("Tls.issuer_kind", self.issuer_kind, IssuerKind)
        if self.redirect is not None:
            flag("Tls.redirect", self.redirect)
        made_by("Tls.hsts", self.hsts, Hsts, type(None))
        if self.min_version is not None:
            one_of("Tls.min_version", self.min_version, TlsVersion)
        made_by("Tls.mutual", self.mutual, MutualTls, type(None))
        if self.mutual is not None and self.redirect is False:
            raise SpecError("Tls.redirect: plain HTTP beside HTTPS lets clients in without the certificate that mutual= asks "
                            "for; leave redirect=False out")  # fmt: skip

    @staticmethod
    def issued_by(
        issuer: str,
        *,
        kind: IssuerKind = "ClusterIssuer",
        secret_name: str | None = None,
        redirect: bool | None = None,
        hsts: Hsts | None = None,
        min_version: TlsVersion | None = None,
        mutual: MutualTls | None = None,
    ) -> Tls:
        """A certificate that cert-manager's `issuer` makes and renews."""
        return Tls(
            issuer=issuer,
            issuer_kind=kind,
            secret_name=secret_name,
            redirect=redirect,
            hsts=hsts,
            min_version=min_version,
            mutual=mutual,
        )

    @staticmethod
    def secret(
        name: str,
        *,
        redirect: bool | None = None,
        hsts: Hsts | None = None,
        min_version: TlsVersion | None = None,
        mutual: MutualTls | None = None,
    ) -> Tls:
        """A certificate in an existing Secret of type ``kubernetes.io/tls``."""
        return Tls(secret_name=name, redirect=redirect, hsts=hsts, min_version=min_version, mutual=mutual)

    @property
    def redirects(self) -> bool:
        """Whether plain HTTP is redirected, by a gateway that can be told."""
        return self.redirect is not False

    def secret_for(self, host: str) -> str:
        """Name of the Secret that holds the certificate of a host."""
        return self.secret_name or f"{host.replace('*', 'wildcard').replace('.', '-')}-tls"


@dataclass(frozen=True, kw_only=True, slots=True)
class BackendTls:
    """The service speaks TLS itself, and the gateway checks its certificate: ``BackendTls("web.shop.svc", ca_secret=…)``."""

    hostname: str = field(kw_only=False)
    """The name that the service's certificate must carry; it is also asked for (SNI)."""

    ca_secret: str | None = None
    """The Secret, with the key ``ca.crt``, of the authority that signed it."""

    ca_config_map: str | None = None
    """The ConfigMap, with the key ``ca.crt``, of the authority, in place of a Secret."""

    def __post_init__(self) -> None:
        hostname("BackendTls", self.hostname)
        for name in ("ca_secret", "ca_config_map"):
            value = getattr(self, name)
            if value is not None:
                dns_subdomain(f"BackendTls.{name}", value)
        if (self.ca_secret is None) == (self.ca_config_map is None):
            raise bad("BackendTls.ca_secret", "not exactly one source of the authority", self.ca_secret,
                      "name a Secret (ca_secret) or a ConfigMap (ca_config_map) that holds it under ca.crt")  # fmt: skip
