"""The route that takes a request where several match: the rule of the Gateway API, which every gateway here follows.

An exact path goes before a longer prefix, and a longer prefix before a shorter one. Of routes with the same path, one
with a method goes first, then one with more headers, then one without conditions
(https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.route import PathRoute

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure

__all__ = ["covers", "overtaken"]


def covers(route: PathRoute, path: str) -> bool:
    """Return whether a route matches a path; conditions on headers and method are not checked."""
    if route.match == "RegularExpression":
        return False
    prefix = route.path.rstrip("/")
    return path == route.path or (route.match == "Prefix" and (path == prefix or path.startswith(f"{prefix}/")))


def overtaken(exposure: Exposure) -> tuple[PathRoute, PathRoute] | None:
    """Return a path with conditions, and another path with fewer conditions that must go first; ``None`` without such a pair.

    The other path may be a redirect. A gateway that orders routes by the number of conditions cannot draw such a pair,
    and its provider raises an error.
    """
    routes = exposure.routes
    answers = (*routes, *(PathRoute(each.path, match=each.match) for each in exposure.redirects))
    for asked in routes:
        for other in answers:
            if _goes_first(other, asked) and _asks_more(asked, other):
                return asked, other
    return None


def _goes_first(one: PathRoute, other: PathRoute) -> bool:
    if (one.path, one.match) == (other.path, other.match):
        return one.method is not None and other.method is None
    if other.match != "Prefix" or not covers(other, one.path):
        return False
    return one.match == "Exact" or one.path.rstrip("/") != other.path.rstrip("/")


def _asks_more(one: PathRoute, other: PathRoute) -> bool:
    """Return whether a request may match both routes, and the first has another kind of condition or more headers."""
    apart = any(other.headers.get(name, value) != value for name, value in one.headers.items())
    if apart or (one.method and other.method and one.method != other.method):
        return False
    first, second = ((bool(each.headers) + bool(each.method), len(each.headers)) for each in (one, other))
    return first > second
