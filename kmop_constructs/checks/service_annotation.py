"""Services have the annotations that gateways read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.core.added_annotations import unmet
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "service-annotation"
REASON = (
    "A gateway reads settings of an exposure from a Service. If the app does not draw the Service, the settings are "
    "missing."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find annotations that constructs request on objects that this library does not draw in the app."""
    for path, kind, name, keys in unmet(synthesis):
        message = (
            f"the gateway needs annotations on the {kind} {name!r} ({', '.join(keys)}), which this app does not draw with a "
            f"Manifest; draw it, or add the annotations where it is created and allow {RULE!r}"
        )
        yield Finding(path=path, rule=RULE, message=message)
