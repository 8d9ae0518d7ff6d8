"""Which of two paths takes a request: the rule of the Gateway API, which holds for every gateway here.

An exact path goes before a longer prefix, that before a shorter one, and of one path the one with a method before the one
with more headers before the one without conditions
(https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.route import PathRoute

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure

__all__ = ["covers", "overtaken"]


def covers(route: PathRoute, path: str) -> bool:
    """Whether a route takes a path, as far as the path alone decides."""
    if route.match == "RegularExpression":
        return False
    prefix = route.path.rstrip("/")
    return path == route.path or (route.match == "Prefix" and (path == prefix or path.startswith(f"{prefix}/")))


def overtaken(exposure: Exposure) -> tuple[PathRoute, PathRoute] | None:
    """A path with conditions, and another that must take a request before it and has fewer; none if there is no such pair.

    The other may be a redirect. A gateway that looks first at how many kinds of conditions there are, and then at how many
    headers, cannot say that, and refuses.
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
    """Whether a request may meet the conditions of both, and the first has another kind of them or more headers."""
    apart = any(other.headers.get(name, value) != value for name, value in one.headers.items())
    if apart or (one.method and other.method and one.method != other.method):
        return False
    first, second = ((bool(each.headers) + bool(each.method), len(each.headers)) for each in (one, other))
    return first > second
