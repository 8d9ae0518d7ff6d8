"""What every provider that draws a store for an operator has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.findings import Finding
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import bad
from kmop_constructs.values.certificate import ServiceCertificate

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject

__all__ = ["DrawnStore", "check_mounted_by_operator", "report_left_out"]


class DrawnStore(Placed, Construct):
    """The objects of a store."""

    def __init__(self, scope: Construct, id: str, gives: tuple[object, ...]) -> None:
        """Add the construct to the tree. `gives` is what the operator will make."""
        self._place = place_of(scope).child(id)
        self.gives = gives
        """What the operator will make."""
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))


def report_left_out(subject: Subject, what: str, why: str, reason: str | None) -> Finding:
    """Return the notice of something that a store is drawn without. `reason` is the platform's, or ``None`` for its provider's."""
    because = "as leaves_out of the platform's provider says" if reason is None else f"because {reason}"
    message = f"{what} is left out, {because}: {why}"
    return Finding(path=subject.path, rule="left-out", severity="notice", message=message)


def check_mounted_by_operator(where: str, certificate: ServiceCertificate | None) -> None:
    """Raise `SpecError` for a path or a mode of the files of a certificate, which the operator mounts itself."""
    if certificate is None:
        return
    for name in ("path", "mode"):
        given = getattr(certificate, name)
        if given != getattr(ServiceCertificate(), name):
            what = "has no effect, because the operator mounts the files itself"
            raise bad(f"{where}.{name}", what, given, "leave it out")
