"""Identities of a cloud by plain Kubernetes, which has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.tools import known_rooms
from kmop_constructs.errors import UnsupportedError

if TYPE_CHECKING:
    from kmop_constructs.components.security.identity import Granted
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cloud_identity import CloudIdentity

__all__ = ["NativeIdentity"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeIdentity:
    """The provider of a cluster without a cloud: it refuses every `CloudIdentity`, and names the providers of clouds."""

    def grant(self, *, service: ServiceFacts, intent: CloudIdentity) -> Granted:  # noqa: ARG002 - the protocol
        """Raise `UnsupportedError`: no part of Kubernetes gives identities of a cloud."""
        dotted = (each for tool in known_rooms().values() for each in tool.provides.get("identity", ()))
        able = ", ".join(sorted(each.partition(":")[2] for each in dotted))
        raise UnsupportedError(
            f"{service.path}: cloud_identity: the platform has no provider of identities; set one on it, Platform(identity=…): "
            f"{able}; write the annotations of another cloud with Account(annotations=…), or set "
            "Platform(accepts_missing={'cloud_identity': …}) where the cluster has no cloud"
        )
