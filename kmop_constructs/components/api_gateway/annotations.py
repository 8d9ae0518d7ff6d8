"""Annotations of a route: those that the provider writes, and those of `Exposure.annotations`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs.errors import ConflictError, shown

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["route_annotations"]


def route_annotations(service: ServiceFacts, exposure: Exposure, drawn: Mapping[str, str]) -> dict[str, str]:
    """Return the annotations of the provider, followed by those of the exposure.

    Raises `ConflictError` where both set one key to different values.
    """
    for key, value in exposure.annotations.items():
        if drawn.get(key, value) != value:
            raise ConflictError(
                f"{service.path}: exposure.annotations[{key!r}]: the gateway writes {shown(drawn[key])} for the route "
                f"{exposure.name or service.name!r}, got {shown(value)}; remove it from Exposure(annotations=…), or set the field for it"
            )
    return {**drawn, **exposure.annotations}
