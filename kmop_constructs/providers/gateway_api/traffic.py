"""CORS, retries and timeouts as fields of an HTTPRoute.

What is retried, and what browsers get, is defined in HTTPRouteRetry and HTTPCORSFilter of
https://github.com/kubernetes-sigs/gateway-api/blob/v1.7.0/apis/v1/httproute_types.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from kmop_constructs.components.api_gateway.order import covers
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from datetime import timedelta

    from kmop_constructs.components.api_gateway.traffic import Retry
    from kmop_constructs.providers.gateway_api.routes import Wanted
    from kmop_constructs.typings import gateway_networking_k8s_io as gw

__all__ = ["check_preflights", "check_traffic", "cors_filters", "duration", "retry", "timeouts"]

GATEWAY_ERRORS = (502, 503, 504)
"""The responses of `Retry.gateway_errors`. Implementations must be able to retry them."""

MAX_ORIGINS = 64
"""Maximum length of ``cors.allowOrigins``, ``allowHeaders`` and ``exposeHeaders``."""

_Method: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"]
_METHODS = cast("tuple[str, ...]", get_args(_Method))


def duration(value: timedelta) -> str:
    """Return a duration in the format of the Gateway API (GEP-2257): no number has more than five digits."""
    total = int(value.total_seconds())
    if total < 100_000:
        return f"{total}s"
    hours, rest = divmod(total, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "m"), (left, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def check_preflights(wanted: Wanted) -> None:
    """Refuse CORS for a path with conditions that a preflight request does not fulfil."""
    free = [route for route in wanted.exposure.routes if not route.headers and route.method in (None, "OPTIONS")]
    for route in wanted.exposure.routes:
        if not any(other == route or covers(other, route.path) for other in free):
            why = (
                f"browsers send a preflight OPTIONS request without the headers and method of {route.path!r}, so no route "
                "would match it; add the path without conditions"
            )
            raise wanted.refuse("cors", why)


def check_traffic(wanted: Wanted) -> None:
    """Refuse values of CORS and retries that an HTTPRoute does not accept."""
    exposure = wanted.exposure
    cors, retries = exposure.cors, exposure.retries
    if cors is not None:
        check_preflights(wanted)
        unknown = [method for method in cors.methods if method not in _METHODS]
        if unknown:
            raise wanted.refuse("cors", f"its methods are {', '.join(_METHODS)}, and not {unknown[0]}")
        if "*" in cors.origins and len(cors.origins) > 1:
            raise wanted.refuse(
                "cors",
                "the origin '*' stands alone, and the others would be superfluous; name '*' alone, or leave it out",
            )
        if any(len(each) > MAX_ORIGINS for each in (cors.origins, cors.headers, cors.expose_headers)):
            raise wanted.refuse("cors", f"it accepts at most {MAX_ORIGINS} origins, and as many headers")
        if cors.max_age is not None and not cors.max_age:
            raise wanted.refuse(
                "cors",
                "browsers store a preflight response for one second or longer; set max_age of one second or more",
            )
    if retries is None or retries.per_try_timeout is None or exposure.timeout is None:
        return
    if retries.per_try_timeout > exposure.timeout:
        why = f"timeouts.backendRequest ({duration(retries.per_try_timeout)}) must not be above timeouts.request ({duration(exposure.timeout)})"
        raise wanted.refuse("retry_timeout", why)


def cors_filters(wanted: Wanted) -> list[gw.HTTPRouteRuleFilter]:
    """Return the filter for requests from other origins; none where a policy of the gateway has it."""
    cors = wanted.exposure.cors
    if cors is None or not wanted.standard:
        return []
    drawn: gw.HTTPRouteRuleFilterCors = {"allowOrigins": list(cors.origins)}
    if cors.methods:
        drawn["allowMethods"] = cast("list[_Method]", list(cors.methods))
    if cors.headers:
        drawn["allowHeaders"] = list(cors.headers)
    if cors.expose_headers:
        drawn["exposeHeaders"] = list(cors.expose_headers)
    if cors.max_age is not None:
        drawn["maxAge"] = seconds("Cors.max_age", cors.max_age)
    if cors.credentials:
        drawn["allowCredentials"] = True
    return [{"type": "CORS", "cors": drawn}]


def retry(retries: Retry) -> gw.HTTPRouteRuleRetry:
    """Return the retries of a rule. Without ``codes``, only requests that no backend has begun to process are retried."""
    drawn: gw.HTTPRouteRuleRetry = {"attempts": retries.attempts}
    if retries.gateway_errors:
        drawn["codes"] = list(GATEWAY_ERRORS)
    return drawn


def timeouts(wanted: Wanted) -> gw.HTTPRouteRuleTimeouts:
    """Return the time limits of a rule: of the whole request, and of each attempt."""
    exposure, drawn = wanted.exposure, cast("gw.HTTPRouteRuleTimeouts", {})
    if exposure.timeout is not None:
        drawn["request"] = duration(exposure.timeout)
    if wanted.standard and exposure.retries is not None and exposure.retries.per_try_timeout is not None:
        drawn["backendRequest"] = duration(exposure.retries.per_try_timeout)
    return drawn
