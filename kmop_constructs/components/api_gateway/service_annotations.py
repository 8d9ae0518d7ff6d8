"""Annotations on a Service, for gateways that are steered from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs.core.model import scope_of
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import ConflictError, SpecError

if TYPE_CHECKING:
    from kmop_constructs.core.facts import ServiceFacts

    from constructs import Construct

__all__ = ["annotate_service"]


def annotate_service(scope: Construct, service: ServiceFacts, annotations: Mapping[str, str]) -> None:
    """Add annotations to the Service that an exposed service's requests go through.

    Raises `ConflictError` where another exposure, or the spec, says something else; `SpecError` where this app does
    not draw the Service with a `Manifest`.
    """
    place = place_of(scope)
    name, where = service.services[0], scope_of(service.namespace, place.chart)
    drawn = [
        manifest
        for manifest in place.model.manifests
        if (manifest.kind, manifest.name) == ("Service", name)
        and scope_of(manifest.namespace, manifest.chart_info) == where
    ]
    if not drawn:
        raise SpecError(f"{service.path}: the gateway steers by annotations of the Service {name!r}, which the platform's "
                        "provider of discovery does not draw; use a provider that draws one")  # fmt: skip
    before = drawn[0].known_metadata().get("annotations", {})
    for key, value in annotations.items():
        if before.get(key, value) != value:
            raise ConflictError(
                f"{service.path}: the Service {name!r} has {key}={before[key]!r} already, and the exposure wants {value!r}; "
                "one Service is steered one way: make the exposures agree"
            )
        drawn[0].metadata.add_annotation(key, value)
