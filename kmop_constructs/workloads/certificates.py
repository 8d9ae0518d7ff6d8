"""The certificate of a workload: its names before it is drawn, its files in the pod, and what a renewal needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from kmop_constructs.core.findings import Finding
from kmop_constructs.errors import bad
from kmop_constructs.values.certificate import CertificateNames, HeldCertificate
from kmop_constructs.values.files import SecretDirectory
from kmop_constructs.values.workload import RunningFields

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.workload import PodFields

__all__ = ["RENEWAL_RULE", "renewal_notices", "with_certificate", "with_files"]

S = TypeVar("S", bound="PodFields")

RENEWAL_RULE = "certificate-renewal"


def with_certificate(facts: ServiceFacts, spec: PodFields) -> ServiceFacts:
    """Return the facts with the names that the platform's provider gives the certificate of a workload."""
    if spec.certificate is None:
        return facts
    provider: Any = getattr(facts.cluster, "certificates", None)
    names = provider.names(facts, spec.certificate)
    if not isinstance(names, CertificateNames):
        where = f"{facts.path}: certificates: {type(provider).__name__}.names()"
        raise bad(where, "not CertificateNames", type(names).__name__, "return CertificateNames(…)")
    return replace(facts, certificate=HeldCertificate(spec=spec.certificate, names=names))


def with_files(facts: ServiceFacts, spec: S) -> S:
    """Return the spec with the files of its certificate."""
    held = facts.certificate
    if held is None:
        return spec
    path = held.spec.path
    if path in spec.files or path in spec.volumes:
        what = "also the path of a file or volume of the spec"
        raise bad(f"{facts.path}: certificate.path", what, path, "choose another path: ServiceCertificate(path=…)")
    directory = SecretDirectory(held.names.secret, mode=held.spec.mode, external=held.names.exists)
    return replace(spec, files={**spec.files, path: directory})


def renewal_notices(facts: ServiceFacts, spec: PodFields) -> Iterator[Finding]:
    """Yield a notice for pods that would run with a certificate after its end. Tasks read it anew in each run."""
    held = facts.certificate
    if held is None or held.spec.reloads or held.names.rolls or not isinstance(spec, RunningFields):
        return
    if getattr(facts.cluster, "reload", None) is not None:
        return
    period = held.spec.duration - held.spec.renew_before
    times = "" if held.names.exists else f" every {period.days} days" if period.days else f" after {period}"
    message = (
        f"its certificate is renewed{times}, but the process reads the files at start: set ServiceCertificate("
        "reloads=True) if it reads renewed files, or Platform(reload=…), such as Reloader(), or replace the pods after each renewal"
    )
    yield Finding(path=facts.path, rule=RENEWAL_RULE, message=message, severity="notice")
