"""The properties of a Spring Cloud Gateway for its routes, as YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from kmop_constructs.errors import bad
from kmop_constructs.providers.spring_cloud_gateway.routes import milliseconds

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.providers.spring_cloud_gateway.routes import EdgeRoute, RouteCircuitBreaker, RouteRetry

__all__ = ["as_yaml", "definition", "failure_filters", "settled_ids"]


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


def definition(caller: ServiceFacts, id: str, route: EdgeRoute) -> dict[str, Any]:
    """Return a route in the format of Spring."""
    address = route.to.address
    implied = {"http": 80, "https": 443}[address.scheme] == address.port
    host = route.to.host_for(caller)
    predicates: list[Any] = [f"Path={','.join(route.paths)}"]
    predicates += [f"Method={','.join(route.methods)}"] if route.methods else []
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
    filters += failure_filters(route.circuit_breaker, route.retry, name=id)
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


def as_yaml(value: Mapping[str, Any]) -> str:
    """Return plain values as YAML, in the given order; texts in double quotes, where JSON and YAML are the same."""
    return "\n".join(_lines(value, 0)) + "\n"


def _lines(value: object, indent: int) -> Iterable[str]:
    space = "  " * indent
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
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
