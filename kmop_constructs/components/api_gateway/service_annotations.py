"""Annotations on a Service, for gateways that read their settings from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs.core.added_annotations import want_annotations
from kmop_constructs.core.place import place_of
from kmop_constructs.core.reading import scope_of

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["annotate_service"]


def annotate_service(
    scope: Construct, service: ServiceFacts, annotations: Mapping[str, str], *, name: str | None = None
) -> None:
    """Add annotations to a Service that gets the requests of an exposure.

    The Service may be drawn after this call. At synth, a Service that the app does not draw is a finding of the rule
    ``service-annotation``. A different value from another exposure or from the Service's own spec is a finding of the
    rule ``annotation-conflict``.

    Args:
        scope: The construct that adds the annotations: the gateway.
        service: The exposed service.
        annotations: The annotations.
        name: Name of the Service, in the service's namespace. Default: the first Service of the exposed service.

    Raises:
        SpecError: A patch already changed the annotation of the Service.
    """
    place = place_of(scope)
    key = ("Service", scope_of(service.namespace, place.chart), name or service.services[0])
    want_annotations(place, key, annotations)
