"""What happens to a request: as an exposure declares it, and as Envoy reads its table of routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kmop_constructs import Exposure, PathRoute

PORTS: Mapping[object, int] = {None: 80, "grpc": 9090}
"""Service ports of the backend, by how a route names them."""

RETRY_ON = frozenset({"connect-failure", "refused-stream"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Where a request goes."""

    shares: Mapping[str, int] = field(default_factory=dict[str, int])
    """Percent of the requests, by ``<service>:<port>``."""

    path: str = ""
    """The path that the service gets, or the location of a redirect."""

    redirect: int | None = None
    """The status of a redirect."""

    timeout: float = 0
    """Seconds; 0: no limit."""

    retries: tuple[int, frozenset[str], float] | None = None
    """How often, on what, and the limit of each in seconds. None: what the mesh has by default, which is not declared."""


def requests(exposure: Exposure) -> Iterator[Request]:
    """Requests that tell the routes of an exposure apart."""
    for route in exposure.routes:
        base = route.path.rstrip("/")
        paths = {"RegularExpression": ["/v1/items", "/v12/items", "/v1/items/3", "/w"]}.get(
            route.match, [base or "/", f"{base}/", f"{base}/x/y", f"{base}x"]
        )
        for path in paths:
            yield Request(path=path)
            for method in {route.method, "PUT"} - {None}:
                yield Request(path=path, method=str(method))
            if route.headers:
                lower = {name.lower(): value for name, value in route.headers.items()}
                yield Request(path=path, headers=lower)
                yield Request(path=path, headers=dict.fromkeys(lower, "other"))
    for each in exposure.redirects:
        yield from (Request(path=path) for path in (each.path, f"{each.path}/x", f"{each.path}x"))


def declared(exposure: Exposure, request: Request) -> Answer | None:
    """What the exposure says of a request; None: it serves no such request."""
    for each in exposure.redirects:
        below = each.match == "Prefix" and request.path.startswith(f"{each.path}/")
        if request.path == each.path or below:
            return Answer(path=each.to, redirect=301 if each.permanent else 302)
    matching = [route for route in exposure.routes if _matches(route, request)]
    if not matching:
        return None
    route = max(matching, key=_precedence)
    return Answer(
        shares=_shares(exposure, route),
        path=_rewritten(route, request.path),
        timeout=exposure.timeout.total_seconds() if exposure.timeout else 0,
        retries=_declared_retries(exposure),
    )


def served(
    virtual_host: Mapping[str, Any], request: Request, backends: Callable[[str], Mapping[str, int]]
) -> Answer | None:
    """What Envoy does with a request: the first route that matches is taken. Which `backends` a cluster has, with the
    percent of each, is what differs between gateways."""
    for each in virtual_host.get("routes", []):
        if _envoy_matches(each["match"], request):
            return _redirected(each["redirect"], request) if "redirect" in each else _routed(each, request, backends)
    return None


def _precedence(route: PathRoute) -> tuple[bool, int, bool, bool]:
    return route.match == "Exact", len(route.path), bool(route.headers), route.method is not None


def _matches(route: PathRoute, request: Request) -> bool:
    base = route.path.rstrip("/")
    path = {
        "Exact": request.path == route.path,
        "Prefix": request.path == base or request.path.startswith(f"{base}/"),
        "RegularExpression": re.fullmatch(route.path, request.path) is not None,
    }[route.match]
    headers = all(request.headers.get(name.lower()) == value for name, value in route.headers.items())
    return path and headers and route.method in (None, request.method)


def _rewritten(route: PathRoute, path: str) -> str:
    if route.rewrite is None:
        return path
    rest = path[len(route.path.rstrip("/")) :]
    return route.rewrite.rstrip("/") + rest or "/"


def _shares(exposure: Exposure, route: PathRoute) -> dict[str, int]:
    port = PORTS.get(route.port, route.port)
    if route.service is not None or not exposure.shares:
        return {f"{route.service or 'web'}:{port}": 100}
    others = {f"{each.service}:{each.port or port}": each.percent for each in exposure.shares}
    return {f"web:{port}": exposure.own_percent, **others}


def _declared_retries(exposure: Exposure) -> tuple[int, frozenset[str], float] | None:
    retries = exposure.retries
    if retries is None:
        return None
    conditions = RETRY_ON | ({"gateway-error"} if retries.gateway_errors else frozenset[str]())
    limit = retries.per_try_timeout.total_seconds() if retries.per_try_timeout else 0
    return retries.attempts, conditions, limit


def _envoy_matches(match: Mapping[str, Any], request: Request) -> bool:
    return _envoy_path_matches(match, request.path) and all(
        _header_matches(each, request) for each in match.get("headers", [])
    )


def _envoy_path_matches(rule: Mapping[str, Any], path: str) -> bool:
    match rule:
        case {"prefix": str(value)}:
            return path.startswith(value)
        case {"path": str(value)}:
            return path == value
        case {"pathSeparatedPrefix": str(value)}:
            return path == value or path.startswith(f"{value}/")
        case {"safeRegex": {"regex": str(value)}}:
            return re.fullmatch(value, path) is not None
        case _:
            message = f"a match of Envoy that is not known here: {rule}"
            raise ValueError(message)


def _header_matches(rule: Mapping[str, Any], request: Request) -> bool:
    name = rule["name"].lower()
    value = request.method if name == ":method" else request.headers.get(name)
    return value == rule["stringMatch"]["exact"]


def _routed(route: Mapping[str, Any], request: Request, backends: Callable[[str], Mapping[str, int]]) -> Answer:
    action = route["route"]
    weights = action.get("weightedClusters", {}).get("clusters", [{"name": action.get("cluster"), "weight": 100}])
    policy = action.get("retryPolicy", {})
    retries = (
        policy.get("numRetries", 0),
        frozenset(policy.get("retryOn", "").split(",")),
        _seconds(policy.get("perTryTimeout", "0s")),
    )
    return Answer(
        shares={
            backend: percent * each["weight"] // 100
            for each in weights
            for backend, percent in backends(each["name"]).items()
        },
        path=_envoy_rewritten(route["match"], action, request.path),
        timeout=_seconds(action.get("timeout", "15s")),  # Envoy's own
        retries=retries,
    )


def _redirected(redirect: Mapping[str, Any], request: Request) -> Answer:
    status = {"MOVED_PERMANENTLY": 301, "FOUND": 302}[redirect.get("responseCode", "MOVED_PERMANENTLY")]
    host = f"{redirect['schemeRedirect']}://{redirect['hostRedirect']}" if "schemeRedirect" in redirect else ""
    return Answer(path=host + redirect.get("pathRedirect", request.path), redirect=status)


def _envoy_rewritten(match: Mapping[str, Any], action: Mapping[str, Any], path: str) -> str:
    if "prefixRewrite" in action:
        matched = match.get("prefix", match.get("path", match.get("pathSeparatedPrefix", "")))
        return action["prefixRewrite"] + path[len(matched) :]
    if "regexRewrite" in action:
        rewrite = action["regexRewrite"]
        return re.sub(rewrite["pattern"]["regex"], rewrite["substitution"], path)
    return path


def _seconds(duration: str) -> float:
    return float(duration.removesuffix("s"))


def differences(
    exposure: Exposure, virtual_host: Mapping[str, Any], backends: Callable[[str], Mapping[str, int]]
) -> list[str]:
    """Requests that Envoy treats in another way than the exposure declares.

    Time limit and retries are compared where they are declared: else they are what the gateway has by default.
    """
    found: list[str] = []
    for request in requests(exposure):
        want, got = declared(exposure, request), served(virtual_host, request, backends)
        if want is not None and got is not None and want.redirect is None:
            timeout = want.timeout if exposure.timeout else got.timeout
            want = replace(want, timeout=timeout, retries=want.retries or got.retries)
        if want != got:
            found.append(f"{request}: want {want}, got {got}")
    return found
