"""Certificates of workloads, and how callers verify a server."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import ConfigKey, SecretKey, file_mode
from kmop_constructs.values.names import flag, hostname, made_by, one_of, path, secret_name, several
from kmop_constructs.values.quantity import seconds

__all__ = [
    "AUTHORITY",
    "CERTIFICATE",
    "KEYS",
    "PRIVATE_KEY",
    "CertificateKey",
    "CertificateNames",
    "HeldCertificate",
    "ServerTls",
    "ServiceCertificate",
]

CertificateKey: TypeAlias = Literal["ECDSA-256", "ECDSA-384", "RSA-2048", "RSA-3072", "RSA-4096"]
Trust: TypeAlias = ConfigKey | SecretKey

CERTIFICATE, PRIVATE_KEY, AUTHORITY = "tls.crt", "tls.key", "ca.crt"
KEYS = (CERTIFICATE, PRIVATE_KEY, AUTHORITY)
"""Keys of the Secret of a certificate, and names of its files (https://cert-manager.io/docs/usage/certificate/)."""

_SHORTEST = timedelta(hours=1)
_SHORTEST_RENEWAL = timedelta(minutes=5)
"""The limits of cert-manager (``MinimumCertificateDuration`` and ``MinimumRenewBefore`` in
https://github.com/cert-manager/cert-manager/blob/v1.16.5/pkg/apis/certmanager/v1/const.go)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceCertificate:
    """A certificate of a workload, as files of its container: ``ServiceSpec(…, certificate=ServiceCertificate())``.

    A server presents it on its ports with TLS, a client to the servers that require one. It has the names of the
    Services of the workload; without a Service it has the URI ``spiffe://<cluster domain>/ns/<namespace>/sa/<account>``.
    """

    path: str = "/etc/tls"
    """Directory of the files: ``tls.crt`` (the certificate and its intermediates), ``tls.key`` (the private key) and
    ``ca.crt`` (the authority that issued it), as PEM. A renewal changes the files in place. Default: ``/etc/tls``."""

    secret: str | None = None
    """Name of the Secret with the keys ``tls.crt``, ``tls.key`` and ``ca.crt``. Default: ``<workload>-tls``; without a
    provider of certificates the Secret must exist, and its name is required."""

    extra_names: tuple[str, ...] = ()
    """Further DNS names of the certificate. Default: none, only those of the Services."""

    duration: timedelta = timedelta(days=90)
    """Time for which a certificate is valid, at least 1 hour. Default: 90 days, the default of cert-manager
    (https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec)."""

    renew_before: timedelta = timedelta(days=30)
    """Time before the end at which a new certificate is issued, at least 5 minutes. Default: 30 days, a third of the
    default duration, as cert-manager does."""

    key: CertificateKey = "ECDSA-256"
    """Algorithm and size of the private key: ``ECDSA-256``, ``ECDSA-384``, ``RSA-2048``, ``RSA-3072`` or ``RSA-4096``.
    The file has the form PKCS #8, which Java needs. Default: ``ECDSA-256``, which the guideline of Mozilla recommends
    (https://wiki.mozilla.org/Security/Server_Side_TLS) and each implementation of TLS 1.2 supports."""

    reloads: bool = False
    """Whether the process reads renewed files by itself. Default: false, it reads them at start: `Platform.reload` replaces
    the pods after each renewal, and without it a notice says that they must be replaced before the certificate ends."""

    authority: Trust | None = None
    """ConfigMap or Secret with the authority that issued the certificate, for callers without a certificate of their
    own; it must exist in their namespaces. Default: that of the platform's provider, else the key ``ca.crt`` of the
    Secret, which callers of the same namespace can read."""

    mode: int | None = None
    """Permissions of the files, from 0 to 0o777. With 0o440 the pods need ``Security(fs_group=…)``, because the files
    belong to root. Default: not set; Kubernetes uses 0644."""

    def __post_init__(self) -> None:
        where = "ServiceCertificate"
        object.__setattr__(self, "path", path(f"{where}.path", self.path))
        if self.path == "/":
            raise bad(f"{where}.path", "the root of the file system", self.path, "use a path below '/'")
        if self.secret is not None:
            secret_name(f"{where}.secret", self.secret)
        object.__setattr__(self, "extra_names", several(f"{where}.extra_names", self.extra_names))
        for name in self.extra_names:
            hostname(f"{where}.extra_names", name, wildcard=True)
            if re.fullmatch(r"[0-9.]+", name):
                what = "an address, which no client looks for among the names"
                raise bad(f"{where}.extra_names", what, name, "call the service by a name")
        seconds(f"{where}.duration", self.duration)
        seconds(f"{where}.renew_before", self.renew_before)
        if self.duration < _SHORTEST:
            raise bad(f"{where}.duration", "shorter than 1 hour", str(self.duration), "use timedelta(hours=1) or more")
        if self.renew_before < _SHORTEST_RENEWAL:
            what = "shorter than 5 minutes"
            raise bad(f"{where}.renew_before", what, str(self.renew_before), "use timedelta(minutes=5) or more")
        if self.renew_before >= self.duration:
            what = f"not shorter than the duration of {self.duration}, so each certificate would be renewed at once"
            raise bad(f"{where}.renew_before", what, str(self.renew_before), "shorten it")
        one_of(f"{where}.key", self.key, CertificateKey)
        flag(f"{where}.reloads", self.reloads)
        made_by(f"{where}.authority", self.authority, ConfigKey, SecretKey, type(None), secret=True)
        file_mode(f"{where}.mode", self.mode)

    def file(self, key: str) -> str:
        """Return the path of a file: ``tls.crt``, ``tls.key`` or ``ca.crt``."""
        return f"{self.path}/{key}"


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateNames:
    """What is known of a certificate before it is drawn: a provider of certificates returns it."""

    secret: str
    """Name of the Secret with the keys ``tls.crt``, ``tls.key`` and ``ca.crt``, in the namespace of the workload."""

    exists: bool = False
    """Whether the Secret is created outside the app. Default: false, the provider draws what makes it."""

    rolls: bool = False
    """Whether the provider itself replaces the pods after each renewal, if the process does not read renewed files. Default:
    false."""

    issuer: str | None = None
    """Text that is equal for certificates of one authority: a workload with such a certificate can verify the others.
    Default: ``None``, the authority is not known."""

    authority: Trust | None = None
    """ConfigMap or Secret with the authority, in each namespace of a caller. Default: none."""

    def __post_init__(self) -> None:
        secret_name("CertificateNames.secret", self.secret)
        flag("CertificateNames.exists", self.exists)
        flag("CertificateNames.rolls", self.rolls)
        made_by("CertificateNames.authority", self.authority, ConfigKey, SecretKey, type(None), secret=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldCertificate:
    """The certificate of a workload, with the names that its provider gave."""

    spec: ServiceCertificate
    """The certificate as written in the spec."""

    names: CertificateNames
    """Secret and authority of the certificate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerTls:
    """How callers verify a server that speaks TLS: ``ServiceRef("payments", port=8443, tls=ServerTls())``.

    Edges of a `Microservice` of this app do not need it: it follows from the port and its certificate.
    """

    authority: Trust | Literal["image"] | None = None
    """ConfigMap or Secret with the authority, which the caller gets as a file; ``image`` for the authorities in the
    caller's image, without a file. Default: found by the library: that of the platform's provider of certificates, the
    ``ca.crt`` beside the caller's own certificate, or the one in the server's Secret."""

    client_certificates: bool = False
    """Whether the server requires a certificate of each caller. The caller must have one (`ServiceCertificate`).
    Default: false."""

    def __post_init__(self) -> None:
        if self.authority != "image":
            made_by("ServerTls.authority", self.authority, ConfigKey, SecretKey, type(None), secret=True)
        flag("ServerTls.client_certificates", self.client_certificates)


def server_tls(where: str, value: bool | ServerTls) -> ServerTls | None:
    """Return how to verify a server. ``True`` means the authorities of the caller's image, ``False`` no TLS."""
    if isinstance(value, ServerTls):
        return value
    if not isinstance(value, bool):
        raise SpecError(f"{where}: not true, false or a ServerTls, got {type(value).__name__}; write ServerTls(…)")
    return ServerTls(authority="image") if value else None
