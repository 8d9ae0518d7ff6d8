"""The properties of a Spring Cloud Gateway for its routes, as YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast, get_args

from kmop_constructs.errors import bad
from kmop_constructs.providers.spring_cloud_gateway.routes import Method, milliseconds

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.providers.spring_cloud_gateway.routes import EdgeRoute, RouteCircuitBreaker, RouteRetry

__all__ = [
    "as_yaml",
    "check_fallbacks",
    "definition",
    "failure_filters",
    "forwarding",
    "host_matching",
    "settled_ids",
    "time_limits",
]


def settled_ids(where: str, routes: Sequence[EdgeRoute]) -> list[tuple[str, EdgeRoute]]:
    """Return each route with its id.

    Raises `SpecError` where two routes have one id, or where a route is never reached because an earlier one matches
    its paths.
    """
    taken = {route.id for route in routes if route.id is not None}
    found: list[tuple[str, EdgeRoute]] = []
    for number, route in enumerate(routes):
        id = route.id
        if id is None:
            base = re.sub("[^a-z0-9]+", "-", route.to.address.host)
            names = (base if count == 1 else f"{base}-{count}" for count in range(1, len(routes) + len(taken) + 2))
            id = next(name for name in names if name not in taken)
            taken.add(id)
        if any(id == other for other, _ in found):
            raise bad(f"{where}: routes", "duplicate route id", id, "set another id for one of them")
        for earlier in routes[:number]:
            if not earlier.conditional and all(_covered(path, earlier.paths) for path in route.paths):
                raise bad(f"{where}: routes", f"never reached, because {', '.join(earlier.paths)} comes before", id,
                          "routes are tried in order: move it before that route")  # fmt: skip
        found.append((id, route))
    return found


def check_fallbacks(where: str, routes: Sequence[tuple[str, EdgeRoute]], default: RouteCircuitBreaker | None) -> None:
    """Raise `SpecError` where the fallback of a route leads back to it.

    While its service is down, one request would then repeat until the stack of the gateway overflows, which also ends
    requests of others. A route for every path is left out: a controller of the image, if there is one, comes before.
    """

    def next_routes(route: EdgeRoute) -> Iterable[tuple[str, EdgeRoute]]:
        for breaker in (route.circuit_breaker, default):
            if breaker is None or breaker.fallback is None:
                continue
            for id, other in routes:
                if any(_may_match(path, breaker.fallback) for path in other.paths):
                    if "/**" not in other.paths:
                        yield id, other
                    if not other.conditional:
                        break

    for id, route in routes:
        reached: dict[str, EdgeRoute] = {}
        waiting = list(next_routes(route))
        while waiting:
            other, target = waiting.pop()
            if other not in reached:
                reached[other] = target
                waiting += next_routes(target)
        if id in reached:
            raise bad(f"{where}: routes", "the fallback of its circuit breaker leads back to it", id,
                      "use the path of a controller in the image, or of a route without a fallback")  # fmt: skip


def definition(caller: ServiceFacts, id: str, route: EdgeRoute, *, retry: RouteRetry | None = None) -> dict[str, Any]:
    """Return a route in the format of Spring. `retry` is for a route that has no retries of its own."""
    address = route.to.address
    implied = {"http": 80, "https": 443}[address.scheme] == address.port
    host = route.to.host_for(caller)
    predicates: list[Any] = [f"Path={','.join(route.paths)}"]
    # Without it, CONNECT reaches the service, and after the answer 200 Netty no longer reads answers from that connection:
    # the next request on it waits for ever. https://netty.io/4.2/api/io/netty/handler/codec/http/HttpClientCodec.html
    predicates.append(f"Method={','.join(route.methods or get_args(Method))}")
    predicates += [f"Host={','.join(route.hosts)}"] if route.hosts else []
    for name, value in route.headers.items():
        predicates.append({"name": "Header", "args": {"header": name, "regexp": value}})
    if route.weight is not None:
        predicates.append(f"Weight={route.weight.group}, {route.weight.weight}")
    made: dict[str, Any] = {
        "id": id,
        "uri": f"{address.scheme}://{host}{'' if implied else f':{address.port}'}",
        "predicates": predicates,
    }
    filters: list[Any] = []
    if route.max_request_size is not None:
        filters.append({"name": "RequestSize", "args": {"maxSize": f"{route.max_request_size.in_bytes}B"}})
    filters += failure_filters(route.circuit_breaker, route.retry or retry, name=id)
    if route.strip_prefix:
        filters.append(f"StripPrefix={route.strip_prefix}")
    if route.rewrite is not None:
        # "$\" prevents Spring from reading a group as a property; the filter turns it into "$".
        replacement = route.rewrite.replacement.replace("${", "$\\{")
        filters.append({"name": "RewritePath", "args": {"regexp": route.rewrite.regexp, "replacement": replacement}})
    if route.preserve_host:
        filters.append("PreserveHostHeader")
    if filters:
        made["filters"] = filters
    if route.timeout is not None:
        made["metadata"] = {"response-timeout": milliseconds("timeout", route.timeout)}
    return made


def failure_filters(
    breaker: RouteCircuitBreaker | None, retry: RouteRetry | None, *, name: str
) -> list[dict[str, Any]]:
    """Return the filters for failures: the circuit breaker counts a request with its retries as one."""
    found: list[dict[str, Any]] = []
    if breaker is not None:
        args: dict[str, Any] = {"name": breaker.name or name}
        if breaker.fallback is not None:
            args["fallbackUri"] = f"forward:{breaker.fallback}"
        if breaker.status_codes:
            args["statusCodes"] = list(breaker.status_codes)
        found.append({"name": "CircuitBreaker", "args": args})
    if retry is not None:
        args = {"retries": retry.retries}
        if retry.statuses:
            args["statuses"] = ",".join(retry.statuses)
        args["methods"] = ",".join(retry.methods)
        if retry.first_backoff is not None:
            backoff: dict[str, Any] = {"firstBackoff": f"{milliseconds('first_backoff', retry.first_backoff)}ms"}
            if retry.max_backoff is not None:
                backoff["maxBackoff"] = f"{milliseconds('max_backoff', retry.max_backoff)}ms"
            args["backoff"] = {**backoff, "factor": 2, "basedOnPreviousValue": False}
        found.append({"name": "Retry", "args": args})
    return found


def forwarding(trusted_proxies: str) -> dict[str, Any]:
    """Return the settings that pass the headers of trusted proxies on as they are, and remove those of others.

    Enabled, the gateway adds its own view to each header, and removes every address from ``X-Forwarded-For`` that is not
    itself one of a trusted proxy, that of the client included. ``Forwarded`` is removed from all requests: proxies that
    write ``X-Forwarded-…`` do not check it, and Spring prefers it
    (https://github.com/spring-cloud/spring-cloud-gateway/blob/main/spring-cloud-gateway-server-webflux/src/main/java/org/springframework/cloud/gateway/filter/headers/XForwardedHeadersFilter.java).
    """
    return {
        "trusted-proxies": trusted_proxies,
        "forwarded": {"enabled": False},
        "x-forwarded": {f"{name}-enabled": False for name in ("for", "host", "port", "proto")},
    }


def host_matching(routes: Iterable[EdgeRoute]) -> dict[str, Any]:
    """Return the setting that compares hosts without the port of the ``Host`` header, unless a pattern has one."""
    hosts = [host for route in routes for host in route.hosts]
    if not hosts or any(":" in host for host in hosts):
        return {}
    return {"predicate": {"host": {"include-port": False}}}


def time_limits(
    routes: Sequence[tuple[str, EdgeRoute]], breaker: RouteCircuitBreaker | None, retry: RouteRetry | None, *, name: str
) -> dict[str, Any]:
    """Return the time limits of the circuit breakers whose routes have a timeout.

    The limit of Resilience4j, one second by default, would end a request before. Each holds for all attempts of a
    request, and a second more
    (https://docs.spring.io/spring-cloud-circuitbreaker/reference/spring-cloud-circuitbreaker-resilience4j/circuit-breaker-properties-configuration.html).
    """
    limits: dict[str, int] = {}
    for id, route in routes:
        if route.timeout is None:
            continue
        attempt = milliseconds("timeout", route.timeout)
        repeated = route.retry or retry
        if repeated is not None:
            attempt = attempt * (1 + repeated.retries) + _pauses(repeated)
        for each, own in ((route.circuit_breaker, id), (breaker, name)):
            if each is not None:
                key = each.name or own
                limits[key] = max(limits.get(key, 0), attempt + 1000)
    if not limits:
        return {}
    instances = {
        key if re.fullmatch("[A-Za-z0-9-]+", key) else f"[{key}]": {"timeout-duration": f"{limit}ms"}
        for key, limit in limits.items()
    }
    return {"resilience4j": {"timelimiter": {"instances": instances}}}


def _pauses(retry: RouteRetry) -> int:
    """Return the time between all attempts, in milliseconds."""
    if retry.first_backoff is None:
        return 0
    first = milliseconds("first_backoff", retry.first_backoff)
    longest = None if retry.max_backoff is None else milliseconds("max_backoff", retry.max_backoff)
    pauses = (first * 2**number for number in range(retry.retries))
    return sum(each if longest is None else min(each, longest) for each in pauses)


def as_yaml(value: Mapping[str, Any]) -> str:
    """Return plain values as YAML, in the given order; texts in double quotes, where JSON and YAML are the same."""
    return "\n".join(_lines(value, 0)) + "\n"


def _lines(value: object, indent: int) -> Iterable[str]:
    space = "  " * indent
    if isinstance(value, Mapping):
        for name, item in cast("Mapping[str, object]", value).items():
            key = name if re.fullmatch("[A-Za-z0-9-]+", name) else json.dumps(name, ensure_ascii=False)
            if isinstance(item, Mapping | list):
                yield f"{space}{key}:"
                yield from _lines(cast("object", item), indent + 1)
            else:
                yield f"{space}{key}: {json.dumps(item, ensure_ascii=False)}"
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            if isinstance(item, Mapping):
                first, *rest = _lines(cast("object", item), indent + 1)
                yield f"{space}- {first.strip()}"
                yield from rest
            else:
                yield f"{space}- {json.dumps(item, ensure_ascii=False)}"


def _covered(path: str, earlier: Sequence[str]) -> bool:
    """Return whether an earlier pattern clearly matches every request of a pattern."""
    base = path.removesuffix("/**")
    for other in earlier:
        prefix = other.removesuffix("/**")
        if other == path or (other != prefix and f"{base}/".startswith(f"{prefix}/")):
            return True
    return False


def _may_match(pattern: str, path: str) -> bool:
    """Return whether a pattern may match a path; a variable with an expression is taken for any element."""
    base = pattern.removesuffix("/**")
    parts = re.split(r"(\{\*[^}]*\}|\{[^}]*\}+|[*?])", base)
    known = {"*": "[^/]*", "?": "[^/]"}
    made = "".join(
        known.get(part) or (".*" if part.startswith("{*") else "[^/]*" if part.startswith("{") else re.escape(part))
        for part in parts
    )
    return re.fullmatch(made + ("(/.*)?" if base != pattern else "/?"), path.partition("?")[0]) is not None
