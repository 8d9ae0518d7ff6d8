"""TLS between clients and the gateway, and between the gateway and the service."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.values.names import dns_subdomain, flag, hostname, made_by, one_of, secret_name
from kmop_constructs.values.quantity import seconds

__all__ = ["BackendTls", "Hsts", "MutualTls", "PortTls", "Tls"]

IssuerKind: TypeAlias = Literal["ClusterIssuer", "Issuer"]
TlsVersion: TypeAlias = Literal["1.2", "1.3"]

PRELOAD = timedelta(days=365)
"""The shortest ``max-age`` that the preload lists of browsers accept
(https://hstspreload.org/#submission-requirements)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hsts:
    """Tell browsers to use only HTTPS for the host (RFC 6797, the header ``Strict-Transport-Security``)."""

    max_age: timedelta = timedelta(days=365)
    """How long browsers remember it, in whole seconds. Default: 365 days."""

    include_subdomains: bool = False
    """Whether it holds for every name below the host too; each of them must then support HTTPS. Default: False."""

    preload: bool = False
    """Whether browsers may build the host into their preload lists; a removal takes months. Default: False."""

    def __post_init__(self) -> None:
        seconds("Hsts.max_age", self.max_age, lowest=0)
        flag("Hsts.include_subdomains", self.include_subdomains)
        flag("Hsts.preload", self.preload)
        if self.preload and (not self.include_subdomains or self.max_age < PRELOAD):
            raise SpecError(
                "Hsts.preload: the preload lists of browsers need include_subdomains and a max_age of at least one year; set "
                "include_subdomains=True and max_age=timedelta(days=365) or more"
            )

    @property
    def header(self) -> str:
        """The value of the header ``Strict-Transport-Security``."""
        parts = [f"max-age={seconds('Hsts.max_age', self.max_age, lowest=0)}"]
        parts += ["includeSubDomains"] if self.include_subdomains else []
        parts += ["preload"] if self.preload else []
        return "; ".join(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class MutualTls:
    """Clients must show a certificate too: ``MutualTls("partners-ca")``. Exactly one of `ca_secret` and `ca_config_map` is required."""

    ca_secret: str | None = field(kw_only=False, default=None)
    """Name of the Secret that holds, under the key ``ca.crt``, the CAs of accepted client certificates. The gateway reads
    it from the namespace where it reads server certificates. Default: none; `ca_config_map` is then required."""

    ca_config_map: str | None = None
    """Name of the ConfigMap that holds the CAs under the key ``ca.crt``, for gateways that read no Secret. The gateway
    reads it from the namespace where it reads server certificates. Default: none; `ca_secret` is then required."""

    optional: bool = False
    """Whether clients without a certificate are accepted. Default: False."""

    def __post_init__(self) -> None:
        if self.ca_secret is not None:
            secret_name("MutualTls", self.ca_secret)
        if self.ca_config_map is not None:
            dns_subdomain("MutualTls.ca_config_map", self.ca_config_map)
        if (self.ca_secret is None) == (self.ca_config_map is None):
            raise bad("MutualTls.ca_secret", "exactly one of ca_secret and ca_config_map is required", self.ca_secret,
                      "name one Secret or ConfigMap that holds the CA certificate under the key ca.crt", secret=True)  # fmt: skip
        flag("MutualTls.optional", self.optional)

    @property
    def secret(self) -> str:
        """The name of the Secret, for gateways that read no ConfigMap. Raises `UnsupportedError` with `ca_config_map`."""
        if self.ca_secret is None:
            raise UnsupportedError(
                f"MutualTls.ca_config_map: this gateway reads the authority of client certificates from a Secret, got "
                f"{self.ca_config_map!r}; use MutualTls('<secret>')"
            )
        return self.ca_secret


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """HTTPS, and the source of the certificate: `Tls.issued_by` or `Tls.secret`."""

    secret_name: str | None = None
    """Name of the Secret that holds the certificate. Default: a name made of the host, so that services of one host
    share it."""

    issuer: str | None = None
    """Name of the cert-manager issuer that makes the certificate. Default: none, the Secret already exists."""

    issuer_kind: IssuerKind = "ClusterIssuer"
    """Kind of the issuer: ``ClusterIssuer``, or ``Issuer`` of the namespace. Not used without `issuer`. Default:
    ClusterIssuer."""

    redirect: bool | None = None
    """Whether plain HTTP is redirected to HTTPS. Default: every gateway that supports redirects does it; a plain
    Ingress cannot set it, and its controller decides."""

    hsts: Hsts | None = None
    """Tell browsers to use only HTTPS. Default: no header."""

    min_version: TlsVersion | None = None
    """The oldest accepted TLS version. Default: the gateway's own."""

    mutual: MutualTls | None = None
    """Require client certificates. Default: none are required."""

    def __post_init__(self) -> None:
        if self.secret_name is None and self.issuer is None:
            raise SpecError("Tls: neither a Secret nor an issuer is named; use Tls.secret(…) or Tls.issued_by(…)")
        if self.secret_name is not None:
            secret_name("Tls.secret_name", self.secret_name)
        if self.issuer is not None:
            dns_subdomain("Tls.issuer", self.issuer)
        one_of("Tls.issuer_kind", self.issuer_kind, IssuerKind)
        if self.redirect is not None:
            flag("Tls.redirect", self.redirect)
        made_by("Tls.hsts", self.hsts, Hsts, type(None))
        if self.min_version is not None:
            one_of("Tls.min_version", self.min_version, TlsVersion)
        made_by("Tls.mutual", self.mutual, MutualTls, type(None))
        if self.mutual is not None and self.redirect is False:
            raise SpecError("Tls.redirect: plain HTTP would let clients in without the certificate that Tls.mutual requires; "
                            "remove redirect=False")  # fmt: skip

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
        """Return HTTPS with a certificate that the cert-manager `issuer` makes and renews."""
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
        """Return HTTPS with the certificate of an existing Secret of type ``kubernetes.io/tls``."""
        return Tls(secret_name=name, redirect=redirect, hsts=hsts, min_version=min_version, mutual=mutual)

    @property
    def redirects(self) -> bool:
        """Whether plain HTTP is redirected, by a gateway that supports redirects."""
        return self.redirect is not False

    def secret_for(self, host: str) -> str:
        """Return the name of the Secret that holds the certificate of a host."""
        return self.secret_name or f"{host.replace('*', 'wildcard').replace('.', '-')}-tls"


@dataclass(frozen=True, kw_only=True, slots=True)
class BackendTls:
    """TLS between the gateway and the service, with a check of the certificate: ``BackendTls("web.shop.svc", ca_secret="ca")``.

    Exactly one of `ca_secret` and `ca_config_map` is required.
    """

    hostname: str = field(kw_only=False)
    """The host name that the service's certificate must have; the gateway also sends it as SNI."""

    ca_secret: str | None = None
    """Name of the Secret with the CA certificate under the key ``ca.crt``. Default: none; `ca_config_map` is then
    required."""

    ca_config_map: str | None = None
    """Name of the ConfigMap with the CA certificate under the key ``ca.crt``. Default: none; `ca_secret` is then
    required."""

    def __post_init__(self) -> None:
        hostname("BackendTls", self.hostname)
        if self.ca_secret is not None:
            secret_name("BackendTls.ca_secret", self.ca_secret)
        if self.ca_config_map is not None:
            dns_subdomain("BackendTls.ca_config_map", self.ca_config_map)
        if (self.ca_secret is None) == (self.ca_config_map is None):
            raise bad("BackendTls.ca_secret", "exactly one of ca_secret and ca_config_map is required", self.ca_secret,
                      "name one Secret or ConfigMap that holds the CA certificate under the key ca.crt", secret=True)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class PortTls(BackendTls):
    """TLS to a port that speaks TLS, with the authority of its certificate."""
