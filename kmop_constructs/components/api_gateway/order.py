"""Which of two paths takes a request: the rule of the Gateway API, which holds for every gateway here.

An exact path goes before a longer prefix, that before a shorter one, and of one path the one with a method before the one
with more headers before the one without conditions
(https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.route import PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure

__all__ = ["covers", "overtaken"]


def covers(route: PathRoute, path: str) -> bool:
    """Whether a route takes a path, as far as the path alone decides."""
    if route.match == "RegularExpression":
        return False
    prefix = route.path.rstrip("/")
    return path == route.path or (route.match == "Prefix" and (path == prefix or path.startswith(f"{prefix}/")))


def overtaken(exposure: Exposure) -> tuple[PathRoute, PathRoute] | None:
    """A path with conditions, and a longer one without that lies below it; none if there is no such pair.

    The longer one must take the request. A gateway that looks at conditions first cannot say that, and refuses.
    """
    routes = exposure.routes
    for asked in routes:
        for other in routes:
            longer = other.path != asked.path and covers(asked, other.path)
            if (asked.headers or asked.method) and not (other.headers or other.method) and longer:
                return asked, other
    return None
