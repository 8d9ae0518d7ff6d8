"""No route lets clients set the headers that identify a user to the same pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.identity import LeadsTo, forged_headers
from kmop_constructs.core.capability import listed
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.tools import providers_of

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "forged-identity"
REASON = (
    "A client can send the headers with which a login or a check of tokens identifies users to a service, on another route to "
    "the same pods, and the gateway of that route cannot remove them."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find routes through gateways that remove no request headers, to pods that believe such headers."""
    for route in synthesis.facts(LeadsTo):
        if route.removes or not (headers := forged_headers(synthesis, route.service, route.exposure)):
            continue
        first = route.exposure.routes[0].path
        where = first if route.exposure.host is None else f"{route.exposure.host}{first}"
        able = [each.__name__ for each in providers_of("gateway", *synthesis.tools) if getattr(each, "REMOVES_HEADERS", False)]  # fmt: skip
        message = (
            f"clients can send {', '.join(headers)} on the route {where!r}, and the pods that it leads to get them from another "
            "exposure, which identifies users with them; the gateway of this route cannot remove request headers: use "
            f"{listed(able)}, protect this route with the same auth, or allow {RULE!r} where the service ignores them"
        )
        yield Finding(path=route.service, rule=RULE, message=message)
