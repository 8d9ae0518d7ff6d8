"""The Ingresses or HTTPRoutes of an exposure for Kong.

The rules are those of its ingress controller (internal/dataplane/translator/subtranslator/ingress.go and httproute.go
of release 3.5) and of the router of its chart, the traditional one (kong/router/traditional.lua). Each Ingress makes
one Kong route of a host, a Service and a port. Conditions, rewrites and protocols belong to the whole route. So does
its place in the order: the most conditions first; then the higher regex-priority; then the length of the longest
prefix. A route with prefixes of two lengths would take requests of a longer prefix of another service, so such prefixes
are kept apart, and so are paths with an end, which must come before every prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.slug import slug
from kmop_constructs.components.api_gateway.targets import leads_to_grpc, targets
from kmop_constructs.providers.kong.plugins import refused
from kmop_constructs.providers.native.ingress import ingress

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.entry import ExistingEntry
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.route import PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import gateway_networking_k8s_io as gw
    from kmop_constructs.typings import k8s

__all__ = ["Conditions", "Group", "groups", "http_route", "ingress_of", "protocols"]

_SPECIAL = re.compile(r"[.^$*+?()\[\]{}|\\]")
"""Special characters of regular expressions. The controller makes an expression of each path, and escapes nothing."""

_PLAIN = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~!$&'()*+,=:@-]+)*/?")
"""Paths that Kong accepts unchanged: a path that it would normalize makes it refuse the whole configuration
(validate_path_with_regexes of kong/db/schema/typedefs.lua)."""

_HTTP_ROUTE_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")

_PRIORITY = {"Exact": 2, "RegularExpression": 1, "Prefix": 0}

Kind: TypeAlias = Literal["Exact", "Prefix", "Regex", "Plain"]


@dataclass(frozen=True, slots=True)
class _Path:
    """A path for Kong: `Plain` is a text prefix, `Regex` is anchored at its start."""

    kind: Kind
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """Settings that all paths of an Ingress have in common."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    method: str | None = None
    priority: int = 0
    grpc: bool = False
    strip: bool = False
    replaced: str | None = None
    """The new path, in the format of the plug-in request-transformer."""
    own_host: bool = False
    """The service gets the name of its certificate as the Host header."""

    def key(self) -> tuple[object, ...]:
        """Its key."""
        headers = tuple(sorted(self.headers.items()))
        return (headers, self.method, self.priority, self.grpc, self.strip, self.replaced, self.own_host)


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Paths of one Ingress or HTTPRoute."""

    name: str
    conditions: Conditions
    routes: tuple[PathRoute, ...]


def groups(service: ServiceFacts, exposure: Exposure, routes: Sequence[PathRoute], name: str) -> list[Group]:
    """Return the paths of an exposure, grouped by their conditions; the first group has the exposure's name."""
    found: list[tuple[Conditions, dict[object, int], list[PathRoute]]] = []
    for route in routes:
        wanted = _conditions(service, exposure, route)
        backend = tuple((each.service, each.port) for each in targets(service, exposure, route))
        length = len(route.path.rstrip("/")) if route.match == "Prefix" else 0
        for conditions, lengths, members in found:
            if conditions.key() == wanted.key() and lengths.setdefault(backend, length) == length:
                members.append(route)
                break
        else:
            found.append((wanted, {backend: length}, [route]))
    result: list[Group] = []
    for conditions, _, members in found:
        own = name if not result else _named(name, conditions, members[0], {each.name for each in result})
        result.append(Group(name=own, conditions=conditions, routes=tuple(members)))
    return result


def ingress_of(
    service: ServiceFacts, exposure: Exposure, group: Group, *, ingress_class: str, annotations: Mapping[str, str]
) -> k8s.Ingress:
    """Return the Ingress of a group."""
    routes = [
        replace(
            route,
            path=f"/~{each.value}" if each.kind == "Regex" else each.value,
            match={"Exact": "Exact", "Prefix": "Prefix"}.get(each.kind, "RegularExpression"),
            headers={},
            method=None,
            rewrite=None,
        )
        for route in group.routes
        for each in _paths(service, route, group.conditions)
    ]
    return ingress(
        service,
        replace(exposure, annotations={}),
        ingress_class=ingress_class,
        annotations={**annotations, **_conditional(service, group.conditions)},
        name=group.name,
        routes=routes,
        path_types={"RegularExpression": "ImplementationSpecific"},
    )


def http_route(
    service: ServiceFacts,
    exposure: Exposure,
    group: Group,
    *,
    entry: ExistingEntry,
    annotations: Mapping[str, str],
) -> gw.HTTPRoute:
    """Return the HTTPRoute of a group. Annotations set everything for which the Gateway API has no field."""
    parent: gw.GRPCRouteParentRef = {"name": entry.name}
    if entry.namespace is not None:
        parent["namespace"] = entry.namespace
    rules: list[gw.HTTPRouteRule] = [
        {
            "matches": [_match(service, each, group.conditions) for each in _paths(service, route, group.conditions)],
            "backendRefs": [
                {"name": target.service, "port": target.port, "weight": target.percent}
                for target in targets(service, exposure, route)
            ],
        }
        for route in group.routes
    ]
    spec: gw.HTTPRouteSpec = {"parentRefs": [parent]}
    if exposure.hosts:
        spec["hostnames"] = list(exposure.hosts)
    spec["rules"] = rules
    metadata: k8s.ObjectMeta = {"name": group.name, "labels": dict(service.labels)}
    every = {**annotations, **_shared(group.conditions)}
    if every:
        metadata["annotations"] = every
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": spec}


def protocols(exposure: Exposure, *, grpc: bool) -> Iterator[tuple[str, str]]:
    """Yield the annotations of a route with its protocols."""
    tls = exposure.tls
    plain, secure = ("grpc", "grpcs") if grpc else ("http", "https")
    if tls is not None and tls.redirects:
        yield "konghq.com/protocols", secure
        # With the default, 426, no browser would follow; 308 keeps the method.
        yield "konghq.com/https-redirect-status-code", "308"
    elif tls is not None or grpc:
        yield "konghq.com/protocols", f"{plain},{secure}"


def _named(name: str, conditions: Conditions, route: PathRoute, taken: set[str]) -> str:
    parts = [f"if-{slug(header)}" for header in sorted(conditions.headers)]
    parts += [conditions.method.lower()] if conditions.method else []
    own = wanted = "-".join([name, *parts, "path", slug(route.path)])
    number = 2
    while own in taken:
        own, number = f"{wanted}-{number}", number + 1
    return own


def _conditions(service: ServiceFacts, exposure: Exposure, route: PathRoute) -> Conditions:
    grpc = leads_to_grpc(service, route)
    for header, value in route.headers.items():
        if not value or value != value.strip() or value.startswith("~*"):
            why = f"a value must not be empty, begin or end with a blank, or begin with ~*, and that of {header!r} does"  # fmt: skip
            raise refused(service, "headers", why)
    if grpc and route.method is not None:
        raise refused(service, "method", "a gRPC route of Kong has no methods, and the path leads to a gRPC port")
    if grpc and route.rewrite is not None:
        raise refused(service, "rewrite", "the path of a gRPC request is the name of the called method")
    strip, replaced = _rewritten(service, route)
    return Conditions(
        headers=route.headers,
        method=route.method,
        priority=_PRIORITY[route.match],
        grpc=grpc,
        strip=strip,
        replaced=replaced,
        own_host=exposure.backend_tls is not None and route.service is None,
    )


def _rewritten(service: ServiceFacts, route: PathRoute) -> tuple[bool, str | None]:
    """Return whether the prefix is removed, or else the new path.

    The template is the one that the controller uses for the filter URLRewrite of an HTTPRoute.
    """
    to = route.rewrite
    if to is None:
        return False, None
    if "$" in to:
        raise refused(service, "rewrite", f"'$' begins an expression in a new path, and {to!r} contains it")
    if route.match == "Exact":
        return False, to
    to = to.rstrip("/")
    if route.path.rstrip("/"):
        return (True, None) if not to else (False, f"{to}$(uri_captures[1])")
    return (False, f'{to}$(uri_captures[1] == nil and "" or "/" .. uri_captures[1])') if to else (False, None)


def _paths(service: ServiceFacts, route: PathRoute, conditions: Conditions) -> list[_Path]:
    _admissible(service, route)
    if route.match == "RegularExpression":
        return [_Path("Regex", f"{_whole(service, route.path)}$")]
    text = _SPECIAL.sub(r"\\\g<0>", route.path)
    if route.match == "Exact":
        return [_Path("Exact", route.path) if text == route.path else _Path("Regex", f"{text}$")]
    stem, base = route.path.rstrip("/"), text.rstrip("/")
    # The expression captures the rest of the path first; the prefix follows for its length, which orders the routes.
    caught = [_Path("Regex", f"{base}(/.*)" if base else "/(.+)")] if conditions.replaced is not None else []
    if stem == base:
        return [*caught, _Path("Prefix", stem or "/")]
    return [*caught, _Path("Plain", f"{stem}/"), _Path("Regex", f"{base}$")]


def _admissible(service: ServiceFacts, route: PathRoute) -> None:
    if route.match == "RegularExpression":
        if "//" in route.path or re.search("%(?![0-9A-Fa-f]{2})", route.path):
            why = f"it supports neither '//' nor a single '%', and {route.path!r} has one of them"
            raise refused(service, "path_regex", why)
    elif not _PLAIN.fullmatch(route.path) or route.path.startswith("/~"):
        # The controller reads the text after /~ as a regular expression.
        name: FeatureName = "path_exact" if route.match == "Exact" else "path_prefix"
        why = f"it supports only paths of whole elements in plain characters that do not begin with /~, and not {route.path!r}"
        raise refused(service, name, why)


def _whole(service: ServiceFacts, expression: str) -> str:
    """Return a closed expression, so that its end is the end of the path."""
    depth = 0
    for token in re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|.", expression):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "|" and depth == 0:
            why = f"only the last alternative of {expression!r} would have to match to the end; put the alternatives in parentheses"  # fmt: skip
            raise refused(service, "path_regex", why)
    if expression[1:2] in ("*", "+", "?", "{"):
        raise refused(service, "path_regex", f"it reads the first slash of {expression!r} as plain text")
    return expression.removesuffix("$") if not expression.endswith(r"\$") else expression


def _shared(conditions: Conditions) -> dict[str, str]:
    """Return annotations for both APIs."""
    annotations = {"konghq.com/regex-priority": f"{conditions.priority}"} if conditions.priority else {}
    if conditions.strip:
        annotations["konghq.com/strip-path"] = "true"
    if conditions.own_host:
        annotations["konghq.com/preserve-host"] = "false"
    return annotations


def _conditional(service: ServiceFacts, conditions: Conditions) -> dict[str, str]:
    annotations = _shared(conditions)
    if conditions.method is not None:
        annotations["konghq.com/methods"] = conditions.method
    values = list(conditions.headers.values())
    if any("," in value for value in values):
        free = next((mark for mark in ("|", ";", "||", ";;") if not any(mark in value for value in values)), None)
        if free is None:
            raise refused(
                service, "headers", "it needs a separator between values, and the values contain every possible one"
            )
        annotations["konghq.com/headers-separator"] = free
    return annotations | {f"konghq.com/headers.{name}": value for name, value in conditions.headers.items()}


def _match(service: ServiceFacts, path: _Path, conditions: Conditions) -> gw.HTTPRouteRuleMatch:
    kinds: Mapping[Kind, Literal["Exact", "PathPrefix", "RegularExpression"]] = {
        "Exact": "Exact",
        "Prefix": "PathPrefix",
        "Plain": "PathPrefix",
        "Regex": "RegularExpression",
    }
    found: gw.HTTPRouteRuleMatch = {"path": {"type": kinds[path.kind], "value": path.value}}
    if conditions.headers:
        found["headers"] = [{"name": name, "value": value} for name, value in conditions.headers.items()]
    if conditions.method is not None:
        if conditions.method not in _HTTP_ROUTE_METHODS:
            raise refused(service, "method", f"an HTTPRoute does not support the method {conditions.method!r}")
        found["method"] = cast("Literal['GET']", conditions.method)
    return found
