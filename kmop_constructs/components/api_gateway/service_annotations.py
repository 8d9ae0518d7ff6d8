"""Annotations on a Service, for gateways that are steered from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs.core.model import scope_of
from kmop_constructs.core.place import place_of
from kmop_constructs.core.wanted import want_annotations

if TYPE_CHECKING:
    from kmop_constructs.core.facts import ServiceFacts

    from constructs import Construct

__all__ = ["annotate_service"]


def annotate_service(
    scope: Construct, service: ServiceFacts, annotations: Mapping[str, str], *, name: str | None = None
) -> None:
    """Add annotations to a Service that an exposed service's requests go through.

    The Service may be drawn after this call. One that the app does not draw is found when the app is synthesized, by the
    rule ``service-annotation``.

    Args:
        scope: The construct that wants them: the gateway's.
        service: The exposed service.
        annotations: The annotations.
        name: Name of the Service, in the service's namespace. Default: the service's own.

    Raises:
        ConflictError: Another exposure, or the Service's own spec, says something else.
    """
    place = place_of(scope)
    key = ("Service", scope_of(service.namespace, place.chart), name or service.services[0])
    want_annotations(place, key, annotations)
