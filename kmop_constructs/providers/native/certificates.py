"""Certificates by plain Kubernetes: existing Secrets by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.core.tools import providers_of
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.certificate import CertificateNames

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.certificate import ServiceCertificate

__all__ = ["NativeCertificates"]


class _Existing(Placed, Construct):
    """The place of a certificate without objects."""

    def __init__(self, scope: Construct, id: str) -> None:
        self._place = place_of(scope).child(id)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))

    @property
    def gives(self) -> tuple[object, ...]:
        """Nothing."""
        return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeCertificates:
    """Certificates in existing Secrets: ``ServiceCertificate(secret="payments-tls")``. Nothing is drawn for them."""

    @property
    def authority(self) -> None:
        """Nothing: the authority of existing Secrets is not known."""
        return

    def names(self, service: ServiceFacts, certificate: ServiceCertificate, /) -> CertificateNames:
        """Return the Secret that the certificate names.

        Raises `UnsupportedError` where it names none, or asks for anything that the existing Secret decides.
        """
        tools = tuple(getattr(service.cluster, "tools", ()))
        others = ", ".join(each.__name__ for each in providers_of("certificates", *tools) if each is not type(self))
        makes = f"set Platform(certificates=…) to a provider that makes certificates ({others})"
        if certificate.secret is None:
            raise UnsupportedError(
                f"{service.path}: certificate.secret: not set, and plain Kubernetes makes no certificates; name an existing "
                f"Secret: ServiceCertificate(secret=…), or {makes}"
            )
        default = type(certificate)()
        for name in ("extra_names", "duration", "renew_before", "key"):
            if getattr(certificate, name) != getattr(default, name):
                raise UnsupportedError(
                    f"{service.path}: certificate.{name}: has no effect on the existing Secret {certificate.secret!r}; leave it "
                    f"out, or {makes}"
                )
        return CertificateNames(secret=certificate.secret, exists=True, authority=certificate.authority)

    def __call__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,  # noqa: ARG002 - the protocol of providers
        intent: ServiceCertificate,  # noqa: ARG002
    ) -> _Existing:
        """Draw nothing: the Secret exists."""
        return _Existing(scope, id)
