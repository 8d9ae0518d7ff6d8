"""The files with which a caller verifies a server, and with which it presents its own certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError
from kmop_constructs.values.address import AuthorityFile, CertificateFile, FileForm, KeyFile
from kmop_constructs.values.certificate import AUTHORITY, CERTIFICATE, PRIVATE_KEY
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.files import ConfigDirectory, FileSource, SecretDirectory

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.certificate import HeldCertificate, ServerTls, Trust

__all__ = ["Trusted", "mounted_authority", "trusted"]

_ROOM = "/etc/authorities"
"""Directory of the authorities of callees, by the callee's host name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trusted:
    """Files of TLS in the container of a caller, for one callee."""

    authority: str | None = None
    """Path of the file with the authority of the callee. Default: none."""

    certificate: str | None = None
    """Path of the file with the caller's own certificate. Default: none."""

    private_key: str | None = None
    """Path of the file with the caller's private key. Default: none."""

    files: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Files to mount. Default: none."""

    def has(self, form: FileForm) -> bool:
        """Return whether there is the file of a variable."""
        match form:
            case AuthorityFile():
                return self.authority is not None
            case CertificateFile() | KeyFile():
                return self.certificate is not None


def trusted(
    caller: ServiceFacts,
    source: str,
    host: str,
    tls: ServerTls,
    certificate: HeldCertificate | None,
    *,
    near: bool,
) -> Trusted:
    """Return the files for a call.

    Args:
        caller: Names and certificate of the caller.
        source: Name of the edge in messages.
        host: Host name of the callee, as the caller calls it.
        tls: How the callee is verified.
        certificate: Certificate of the callee. ``None`` if it has none, or if it is not known.
        near: Whether the callee is in the namespace of the caller.

    Raises:
        SpecError: No place is known from which the caller could read the authority.
    """
    own = caller.certificate
    mine = (None, None) if own is None else (own.spec.file(CERTIFICATE), own.spec.file(PRIVATE_KEY))
    held = Trusted(certificate=mine[0], private_key=mine[1])
    if tls.authority == "image":
        return held
    written = tls.authority or _announced(caller, certificate)
    if written is None and own is not None and _alike(caller, certificate):
        return _with(held, own.spec.file(AUTHORITY))
    if written is None and certificate is not None and near:
        names = certificate.names
        directory = SecretDirectory(names.secret, items={AUTHORITY: AUTHORITY}, external=names.exists)
        return _with(held, f"{_ROOM}/{host}/{AUTHORITY}", {f"{_ROOM}/{host}": directory})
    if written is None:
        raise SpecError(f"{caller.path}: uses: {source}: the caller cannot read the authority that issued the certificate of the "
                        f"callee: {_reason(certificate)}; give the caller a certificate of the same issuer (certificate="
                        "ServiceCertificate()), set CertManager(authority=…) on the platform, or write tls=ServerTls("
                        "authority=ConfigKey(…))")  # fmt: skip
    return _with(held, f"{_ROOM}/{host}/{AUTHORITY}", {f"{_ROOM}/{host}": _directory(written)})


def mounted_authority(host: str, authority: Trust) -> Trusted:
    """Return the file of an authority in a ConfigMap or Secret, for calls of a host."""
    return _with(Trusted(), f"{_ROOM}/{host}/{AUTHORITY}", {f"{_ROOM}/{host}": _directory(authority)})


def _announced(caller: ServiceFacts, certificate: HeldCertificate | None) -> Trust | None:
    """Return the authority that the provider of the callee's certificate says is in every namespace."""
    if certificate is not None:
        return certificate.names.authority
    provider = getattr(caller.cluster, "certificates", None)
    return cast("Trust | None", getattr(provider, "authority", None))


def _alike(caller: ServiceFacts, certificate: HeldCertificate | None) -> bool:
    """Return whether the certificate of the caller has the authority of the callee.

    That of a callee that is known by name alone is of the issuer of the platform: another one is found by the first call.
    """
    mine = caller.certificate
    if mine is None or mine.names.issuer is None:
        return False
    return certificate is None or certificate.names.issuer == mine.names.issuer


def _reason(certificate: HeldCertificate | None) -> str:
    if certificate is None:
        return "the service is known by its name alone"
    return f"it is in the Secret {certificate.names.secret!r} of another namespace"


def _directory(trust: Trust) -> FileSource:
    items = {trust.key: AUTHORITY}
    match trust:
        case ConfigKey():
            return ConfigDirectory(trust.name, items=items, optional=trust.optional, external=trust.external)
        case SecretKey():
            return SecretDirectory(trust.name, items=items, optional=trust.optional, external=trust.external)


def _with(held: Trusted, authority: str, files: Mapping[str, FileSource] | None = None) -> Trusted:
    return Trusted(authority=authority, certificate=held.certificate, private_key=held.private_key, files=files or {})
