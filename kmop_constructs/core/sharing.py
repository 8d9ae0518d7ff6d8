"""A Service that several versions of an application name, and that is drawn once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.model import scope_of
from kmop_constructs.errors import ConflictError

if TYPE_CHECKING:
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.core.place import Place
    from kmop_constructs.values.service import Service

__all__ = ["draws_shared"]


def draws_shared(place: Place, facts: ServiceFacts, service: Service) -> bool:
    """Whether this version is the one that draws a shared Service: the first does, and any would draw the same.

    Raises `ConflictError` where two versions say different things of it.
    """
    name = service.name or facts.services[0]
    ports = tuple(port for port in facts.ports if port.spec.exposed)
    ours: dict[str, object] = {
        "its application": dict(facts.application),
        "the Service": service,
        # A container port may differ: the Service goes by its name.
        "its ports": [(port.name, port.offered, port.spec.protocol, port.spec.app_protocol, port.spec.node_port) for port in ports],
    }  # fmt: skip
    key = (scope_of(facts.namespace, place.chart), name)
    path, theirs = place.model.shared.setdefault(key, (facts.path, ours))
    differing = [what for what, said in ours.items() if said != theirs[what]]
    if differing:
        raise ConflictError(
            f"{facts.path}: shares the Service {name!r} with {path}, and the two differ in {' and '.join(differing)}; give "
            "every version the same Identity(app_name=…), the same Service(shared=True, …) and the same ports"
        )
    return path == facts.path
