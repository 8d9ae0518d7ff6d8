"""The routes of a VirtualServer for the exposures of a host.

Each path is a ``location`` of nginx: an exact path, a text prefix, or a regular expression. Conditions on headers or
the method are matches within it. The rules are those of release 5.5 (internal/configs/virtualserver.go and
pkg/apis/configuration/validation).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.identity import merged
from kmop_constructs.components.api_gateway.targets import leads_to_grpc, targets
from kmop_constructs.errors import ConflictError

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.route import Match, PathRoute
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.errors import UnsupportedError
    from kmop_constructs.providers.nginx.upstreams import Upstreams
    from kmop_constructs.typings import k8s_nginx_org as nginx

__all__ = [
    "Guard",
    "Line",
    "Moved",
    "Part",
    "Proxied",
    "dotless_name",
    "drawn",
    "hsts_of",
    "lines",
    "locations",
    "plain",
]

_PLAIN = re.compile(r"/[A-Za-z0-9._~:@&=,/-]*")
"""Paths that nginx compares unchanged. It accepts more, but decodes requests and merges slashes before it compares."""

_VALUE = re.compile(r"[ !#-\[\]-~]+")
"""Header values that fit between its quotes: printable, without quotes and backslashes."""

_SPECIAL = re.compile(r"([.^$*+?()\[\]{}|])")

NOT_FOUND: nginx.VirtualServerRouteAction = {"return": {"code": 404, "type": "text/plain", "body": "Not Found"}}
"""The response where only some headers or methods have a target."""

Refuse = Callable[["FeatureName", str], "UnsupportedError"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard:
    """The access control of a path."""

    policies: tuple[str, ...] = ()
    sign_in: str | None = None
    """The path of the host that begins a login; users without a session are redirected there. Default: no login."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxied:
    """Requests go to Services: upstreams, each with its percentage."""

    splits: tuple[tuple[nginx.VirtualServerUpstream, int], ...]
    rewrite: str | None = None
    hsts: str | None = None
    forgets: tuple[str, ...] = ()
    """Request headers that clients must not set."""
    login: bool = False
    """Whether the Service is the login."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """Requests are redirected."""

    url: str
    status: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One target of a location: with conditions, or for all other requests."""

    location: str
    goal: Proxied | Moved
    conditions: tuple[tuple[str, str], ...] = ()
    """The conditions: ``$request_method`` or the name of a header, and the value."""
    guard: Guard = field(default_factory=Guard)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The part that one exposure adds to a host."""

    path: str
    labels: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    service: str
    """Construct path of the exposed service."""
    exposure: Exposure

    def without(self, forged: Sequence[str]) -> Part:
        """Return the part without these request headers on the way to the service."""
        return replace(self, lines=tuple(_without(line, forged) for line in self.lines)) if forged else self


def _without(line: Line, forged: Sequence[str]) -> Line:
    goal = line.goal
    if not isinstance(goal, Proxied) or goal.login:
        return line
    return replace(line, goal=replace(goal, forgets=tuple(merged(goal.forgets, forged))))


def dotless_name(text: str) -> str:
    """Return a text as part of an object name."""
    return re.sub("[^a-z0-9]+", "-", text.lower().replace("*", "wildcard")).strip("-") or "root"


def plain(path: str) -> bool:
    """Return whether nginx compares a path unchanged."""
    return bool(_PLAIN.fullmatch(path)) and "//" not in path and ".." not in path.split("/")


def locations(path: str, match: Match) -> tuple[str, ...]:
    """Return the locations of nginx for a path. A prefix of whole path elements is two, because nginx has text prefixes."""
    if match == "RegularExpression":
        inner = f"(?:{path})" if "|" in path else path
        return (f"~^{inner}\\z",)
    if match == "Exact":
        return (f"={path}",)
    stem = path.rstrip("/")
    return (f"={stem}", f"{stem}/") if stem else ("/",)


def hsts_of(exposure: Exposure) -> str | None:
    """Return the header that tells browsers to use only HTTPS, if the exposure sets it."""
    return exposure.tls.hsts.header if exposure.tls is not None and exposure.tls.hsts is not None else None


def lines(
    service: ServiceFacts, exposure: Exposure, *, upstreams: Upstreams, guard: Guard, forgets: tuple[str, ...], refuse: Refuse
) -> list[Line]:  # fmt: skip
    """Return the lines of an exposure, independent of other exposures of the host."""
    found: list[Line] = []
    hsts = hsts_of(exposure)
    for route in exposure.routes:
        _check(route.path, route.match, "path_regex" if route.match == "RegularExpression" else "path_prefix", refuse)
        grpc = leads_to_grpc(service, route)
        goal = Proxied(
            splits=tuple((upstreams(each, grpc=grpc), each.percent) for each in targets(service, exposure, route)),
            rewrite=_rewrite(service, route, refuse),
            hsts=hsts,
            forgets=forgets,
        )
        conditions = tuple((name, _exactly(name, value, refuse)) for name, value in sorted(route.headers.items()))
        if route.method is not None:
            conditions = (("$request_method", route.method), *conditions)
        found += [
            Line(location=location, goal=goal, conditions=conditions, guard=guard)
            for location in locations(route.path, route.match)
        ]
    scheme = "https" if exposure.tls is not None and exposure.tls.redirects else "${scheme}"
    for redirect in exposure.redirects:
        _check(redirect.path, redirect.match, "redirects", refuse)
        url = f"{scheme}://${{host}}{redirect.to}" if redirect.target[0] is None else redirect.to
        moved = Moved(url=url, status=redirect.status)
        found += [Line(location=location, goal=moved) for location in locations(redirect.path, redirect.match)]
    _check_expressions(found, refuse)
    return found


def drawn(
    host: str, parts: Iterable[Part]
) -> tuple[list[nginx.VirtualServerUpstream], list[nginx.VirtualServerSpecRoute]]:
    """Return the upstreams and routes of a host."""
    every = [(part.path, line) for part in parts for line in part.lines]
    names = _Names()
    routes = [
        _route(host, location, every, names) for location in sorted({line.location for _, line in every}, key=_rank)
    ]
    return names.upstreams, routes


def _check_expressions(found: Sequence[Line], refuse: Refuse) -> None:
    """Refuse features that a regular expression does not support."""
    otherwise = {line.location for line in found if not line.conditions}
    for line in found:
        if not line.location.startswith("~"):
            continue
        path, split = line.location[2:-2], isinstance(line.goal, Proxied) and len(line.goal.splits) > 1
        feature: FeatureName = "shares" if split else "headers"
        if line.conditions:
            feature = "method" if line.conditions[0][0] == "$request_method" else "headers"
        if line.conditions and line.location not in otherwise:
            why = f"a regular expression with a condition needs a target for requests without it; add {path!r} without the condition"
            raise refuse(feature, why)
        if (line.conditions or split) and re.search("[{};]", path):
            raise refuse(
                feature,
                f"it then writes {path!r} without quotes, where braces and ';' end the text; write the repetition without braces",
            )


def _rank(location: str) -> tuple[int, int, str]:
    """Return the order in which nginx compares locations, to make the file readable; for regular expressions it matters."""
    return ("=^~/".index(location[0]), -len(location), location)


def _check(path: str, match: Match, feature: FeatureName, refuse: Refuse) -> None:
    if match == "RegularExpression":
        if "\\\\" in path:
            raise refuse(
                feature, f"it reads the two backslashes in {path!r} as one; use a character class, such as [\\]"
            )
    elif not plain(path):
        name: FeatureName = "path_exact" if feature == "path_prefix" and match == "Exact" else feature
        raise refuse(name, f"it compares decoded paths and supports only letters, digits and '._~:@&=,-' between single slashes, and not {path!r}")  # fmt: skip


def _exactly(name: str, value: str, refuse: Refuse) -> str:
    """Return a value as a regular expression, because other values ignore case."""
    if not _VALUE.fullmatch(value):
        raise refuse(
            "headers",
            f"it supports only printable characters without quotes and backslashes in the value of the header {name!r}",
        )
    return "~^" + _SPECIAL.sub(r"\\\1", value) + "$"


def _rewrite(service: ServiceFacts, route: PathRoute, refuse: Refuse) -> str | None:
    if route.rewrite is not None:
        if not plain(route.rewrite):
            raise refuse(
                "rewrite",
                f"it supports only letters, digits and '._~:@&=,-' between single slashes, and not {route.rewrite!r}",
            )
        if leads_to_grpc(service, route):
            raise refuse(
                "rewrite", f"it cannot rewrite the path of a gRPC request, and {route.path!r} leads to a gRPC port"
            )
    return route.rewrite


class _Names:
    """The upstreams by name, without duplicates."""

    def __init__(self) -> None:
        self._known: dict[str, nginx.VirtualServerUpstream] = {}

    def of(self, upstream: nginx.VirtualServerUpstream) -> str:
        """Return the name of an upstream; two different ones get two names."""
        wanted = upstream.get("name", "")[:63].rstrip("-")
        name, number = wanted, 2
        while self._known.setdefault(name, {**upstream, "name": name}) != {**upstream, "name": name}:
            name, number = f"{wanted[:60]}-{number}", number + 1
        return name

    @property
    def upstreams(self) -> list[nginx.VirtualServerUpstream]:
        """Return all upstreams, by name."""
        return [self._known[name] for name in sorted(self._known)]


def _route(host: str, location: str, every: Sequence[tuple[str, Line]], names: _Names) -> nginx.VirtualServerSpecRoute:
    """Return one location with all its lines."""
    here = [(path, line) for path, line in every if line.location == location]
    ways: dict[tuple[tuple[str, str], ...], tuple[str, Line]] = {}
    for path, line in here:
        first, before = ways.setdefault(line.conditions, (path, line))
        if before != line:
            raise ConflictError(
                f"{path}: routes {_shown(location)} of {host} to another target, or with other settings, than {first}; use another path in "
                "one of them, or the same values"
            )
    conditional = [ways[each] for each in sorted(ways, key=lambda each: (-len(each), each)) if each]
    default = ways.get(()) or _covering(location, every)
    _agree(host, location, [*conditional, *([default] if default else [])])
    goals = [line.goal for _, line in (*conditional, *([default] if default else []))]
    inner = bool(conditional) or any(isinstance(goal, Proxied) and len(goal.splits) > 1 for goal in goals)
    rewritten = any(isinstance(goal, Proxied) and goal.rewrite is not None for goal in goals)
    path = location
    if inner and rewritten and location.startswith("="):
        # Within matches and splits an exact path is not rewritten, because its pattern would begin with the "=".
        path = "~^" + _SPECIAL.sub(r"[\1]", location[1:]) + "\\z"
    route: nginx.VirtualServerSpecRoute = {"path": path}
    guard = here[0][1].guard
    if guard.policies:
        route["policies"] = [{"name": name} for name in guard.policies]
    if conditional:
        route["matches"] = [_match(line, location, names) for _, line in conditional]
    splits = [] if default is None else _splits(default[1], location, names)
    if len(splits) > 1:
        route["splits"] = splits
    else:
        route["action"] = splits[0].get("action", NOT_FOUND) if splits else NOT_FOUND
    if guard.sign_in is not None:
        back = location.lstrip("=") if not location.startswith("~") else "/"
        url = f"https://{host}{guard.sign_in}?rd={back}"
        page: nginx.VirtualServerRouteErrorPage = {"codes": [401], "redirect": {"code": 302, "url": url}}
        route["errorPages"] = [page]
    return route


def _shown(location: str) -> str:
    return repr(location[2:-2] if location.startswith("~") else location.lstrip("="))


def _covering(location: str, every: Sequence[tuple[str, Line]]) -> tuple[str, Line] | None:
    """Return the longest prefix that covers a path without its own unconditional target."""
    under = [
        (path, line)
        for path, line in every
        if not line.conditions and line.location.startswith("/") and location.lstrip("=").startswith(line.location)
    ]
    return max(under, key=lambda each: len(each[1].location), default=None)


def _agree(host: str, location: str, found: Sequence[tuple[str, Line]]) -> None:
    """Check that all lines of a location have the same access control."""
    for path, line in found:
        first, before = found[0]
        if line.guard != before.guard:
            raise ConflictError(
                f"{path}: shares the path {_shown(location)} of {host} with {first}, and they differ in a setting that NGINX has once "
                "for each path (auth, allow_from, rate_limit, cors, backend_tls); use the same values"
            )


def _match(line: Line, location: str, names: _Names) -> nginx.VirtualServerRouteMatch:
    conditions: list[nginx.VirtualServerRouteMatchCondition] = [
        {"variable": name, "value": value} if name.startswith("$") else {"header": name, "value": value}
        for name, value in line.conditions
    ]
    splits = _splits(line, location, names)
    if len(splits) > 1:
        return {"conditions": conditions, "splits": splits}
    return {"conditions": conditions, "action": splits[0].get("action", NOT_FOUND)}


def _splits(line: Line, location: str, names: _Names) -> list[nginx.VirtualServerRouteSplit]:
    """Return the targets of the requests, by percentage."""
    goal = line.goal
    if isinstance(goal, Moved):
        return [{"weight": 100, "action": {"redirect": {"url": goal.url, "code": goal.status}}}]
    return [
        {"weight": share, "action": _action(names.of(upstream), line, goal, location)}
        for upstream, share in goal.splits
    ]


def _action(name: str, line: Line, goal: Proxied, location: str) -> nginx.VirtualServerRouteAction:
    proxy: nginx.VirtualServerRouteActionProxy = {"upstream": name}
    if goal.forgets:
        proxy["requestHeaders"] = {"set": [{"name": header, "value": ""} for header in goal.forgets]}
    if goal.hsts is not None:
        header: nginx.VirtualServerRouteActionProxyResponseHeadersAdd = {
            "name": "Strict-Transport-Security",
            "value": goal.hsts,
            "always": True,
        }
        proxy["responseHeaders"] = {"hide": ["Strict-Transport-Security"], "add": [header]}
    if goal.rewrite is not None:
        proxy["rewritePath"] = goal.rewrite
        if line.location.startswith("/"):
            rest = location.lstrip("=").removeprefix(line.location)
            proxy["rewritePath"] = f"{goal.rewrite.rstrip('/')}/{rest}"
    return {"pass": name} if len(proxy) == 1 else {"proxy": proxy}
