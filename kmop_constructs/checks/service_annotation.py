"""Services carry the annotations by which gateways are steered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.core.findings import Finding
from kmop_constructs.core.wanted import unmet

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "service-annotation"
REASON = "A gateway reads from a Service what an exposure asks; on a Service that is drawn elsewhere, nobody writes it."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Annotations that constructs want on what this library does not draw in the app."""
    for path, kind, name, keys in unmet(synthesis):
        message = (
            f"the gateway is steered by annotations of the {kind} {name!r} ({', '.join(keys)}), which this app does not draw "
            f"with a Manifest; draw it, or write them where it is drawn and allow {RULE!r}"
        )
        yield Finding(path=path, rule=RULE, message=message)
