"""Annotations on a Service, for gateways that are steered from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs.core.place import place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.core.wanted import want_annotations

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["annotate_service"]


def annotate_service(
    scope: Construct, service: ServiceFacts, annotations: Mapping[str, str], *, name: str | None = None
) -> None:
    """Add annotations to a Service that an exposed service's requests go through.

    The Service may be drawn after this call. When the app is synthesized, one that it does not draw is a finding of the rule
    ``service-annotation``; where another exposure, or the Service's own spec, says something else, that is one of the rule
    ``annotation-conflict``.

    Args:
        scope: The construct that wants them: the gateway's.
        service: The exposed service.
        annotations: The annotations.
        name: Name of the Service, in the service's namespace. Default: the service's own.

    Raises:
        SpecError: The annotation of the Service has been patched.
    """
    place = place_of(scope)
    key = ("Service", scope_of(service.namespace, place.chart), name or service.services[0])
    want_annotations(place, key, annotations)
