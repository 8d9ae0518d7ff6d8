"""Routes of an Istio ingress gateway: one VirtualService for each host, for all services of a namespace.

Istio uses the first route that matches, and orders the routes of several VirtualServices by their creation time, which
cannot be controlled. So the routes of a host are in one object, in the order of the Gateway API: Exact paths first,
then longer paths, then paths with more conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.capability import refusal
from kmop_constructs.components.api_gateway.identity import merged
from kmop_constructs.components.api_gateway.login import strictest
from kmop_constructs.components.api_gateway.route import PathRoute, Redirect
from kmop_constructs.components.api_gateway.targets import mirrors, targets
from kmop_constructs.errors import ConflictError, shown
from kmop_constructs.providers.istio.hosts import check_host, forged
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.targets import Target
    from kmop_constructs.components.api_gateway.tls import Hsts
    from kmop_constructs.components.api_gateway.traffic import Cors, Retry
    from kmop_constructs.core.subject import NamedPort, ServiceFacts
    from kmop_constructs.typings import networking_istio_io as istio

__all__ = ["Handed", "Ordered", "Part", "http_routes", "virtual_service"]

Order: TypeAlias = tuple[int, int, bool, int, str, str, tuple[tuple[str, str], ...]]
Ordered: TypeAlias = "tuple[Order, istio.VirtualServiceHttp]"

RANK = {"Exact": 0, "RegularExpression": 1, "Prefix": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class Handed:
    """A login that protects a service."""

    prefix: str
    """The path that leads to the login."""

    service: str
    """Name of its Service, in the same namespace."""

    port: int
    """Its Service port."""

    headers: tuple[str, ...]
    """Request headers that only the login may set."""

    removed: tuple[str, ...]
    """Those of the headers that the login does not pass on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The part that one exposure adds to the routes of its hosts."""

    path: str
    """Construct path of the gateway."""

    service: str
    """Construct path of the service."""

    exposure: Exposure
    """The exposure."""

    scope: str
    """Namespace of the service, or a replacement for it (see `scope_of`)."""

    gateway: str
    """Its Gateway, ``<namespace>/<name>``."""

    attached: bool
    """Whether another team owns the Gateway."""

    login: Handed | None
    """The login of the exposure; ``None`` without one."""

    http: tuple[Ordered, ...]
    """Its routes."""


def http_routes(where: str, provider: str, service: ServiceFacts, exposure: Exposure, login: Handed | None) -> tuple[Ordered, ...]:  # fmt: skip
    """Return the routes of an exposure, each with its place in the order."""
    name = exposure.name or service.name
    found: list[Ordered] = []
    if login is not None:
        to_login: istio.VirtualServiceHttp = {
            "name": login.service,
            "match": [{"uri": each} for each in _uris("Prefix", login.prefix)],
            "route": [{"destination": {"host": login.service, "port": {"number": login.port}}}],
        }
        found.append((_order(PathRoute(login.prefix)), _over_https(exposure, to_login)))
    for redirect in exposure.redirects:
        literal: istio.VirtualServiceHttp = {
            "name": name,
            "match": [{"uri": each} for each in _uris(redirect.match, redirect.path)],
            "redirect": _redirect(redirect),
        }
        found.append((_order(PathRoute(redirect.path, match=redirect.match)), _over_https(exposure, literal)))
    plain = {_element(each) for each in exposure.routes if not each.headers and each.method is None}
    for route in exposure.routes:
        for number, uri in enumerate(_parts(route)):
            match = [_match(route, each) for each in uri]
            if exposure.cors is not None and _element(route) not in plain:
                match += [_preflight(route, each) for each in uri]
            drawn: istio.VirtualServiceHttp = {"name": name, "match": match}
            if route.rewrite is not None:
                drawn["rewrite"] = {"uri": _rewritten(route, number)}
            drawn["route"] = _destinations(where, provider, service, exposure, route)
            if copied := [_mirror(each) for each in mirrors(service, exposure, route)]:
                drawn["mirrors"] = copied
            if exposure.timeout is not None:
                drawn["timeout"] = f"{seconds('Exposure.timeout', exposure.timeout)}s"
            if exposure.retries is not None:
                drawn["retries"] = _retries(exposure.retries)
            if exposure.cors is not None:
                drawn["corsPolicy"] = _cors(exposure.cors, forwarded=exposure.auth is None)
            if login is not None and login.removed:
                drawn["headers"] = {"request": {"remove": list(login.removed)}}
            found.append((_order(route), _over_https(exposure, drawn)))
    return tuple(found)


def virtual_service(
    name: str,
    namespace: str | None,
    host: str,
    gateway: str,
    parts: Iterable[Part],
    everywhere: Sequence[Part],
    removed: Mapping[str, Sequence[str]],
) -> istio.VirtualService:
    """Return the VirtualService of a host for the exposures of a namespace.

    `everywhere` holds those of other namespaces too,
    and `removed` the request headers that clients could forge, by the construct path of each part.

    Raises `ConflictError` where two exposures route one path to two targets, have different annotations, or interfere
    with each other.
    """
    known = list(parts)
    check_host(host, everywhere)
    routes: dict[Order, tuple[str, str | None]] = {}
    annotations: dict[str, str] = {}
    for part in known:
        for order, literal in part.http:
            login = part.login.service if part.login is not None and literal.get("name") == part.login.service else None
            before, said = routes.setdefault(order, (part.path, login))
            if before != part.path and (login is None or login != said):
                raise ConflictError(f"{part.service}: the path {order[4]!r} of {host!r} is also routed by {before}, with the "
                                    "same conditions; use another path in one of them")  # fmt: skip
        dns = part.exposure.dns.annotations() if part.exposure.dns is not None else {}
        for key, value in {**dns, **part.exposure.annotations}.items():
            if annotations.setdefault(key, value) != value:
                raise ConflictError(f"{part.service}: the VirtualService of {host!r} already has {key}={annotations[key]!r}, and the "
                                    f"exposure sets {shown(value)}; exposures of one host share it: use the same value")  # fmt: skip
    http: list[istio.VirtualServiceHttp] = []
    drawn: list[Ordered] = []
    for part in known:
        headers = merged(forged(part, everywhere), removed.get(part.path, ()))
        drawn += [
            (order, _cleaned(_hardened(each, part.login, known), headers, part.login)) for order, each in part.http
        ]
    for _, literal in sorted(drawn, key=lambda each: each[0]):
        if literal not in http:  # the login that two exposures share
            http.append(literal)
    metadata: dict[str, object] = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": metadata,  # pyright: ignore[reportReturnType] - built in steps
        "spec": {"hosts": [host], "gateways": [gateway], "http": http},
    }


def _hardened(
    literal: istio.VirtualServiceHttp, login: Handed | None, parts: Sequence[Part]
) -> istio.VirtualServiceHttp:
    """Return the route of a login with the HSTS header of all exposures that share it."""
    if login is None or literal.get("name") != login.service:
        return literal
    sharing = (part.exposure.tls for part in parts if part.login is not None and part.login.service == login.service)
    hsts = strictest(tls.hsts for tls in sharing if tls is not None)
    return literal if hsts is None else _with_hsts(literal, hsts)


def _cleaned(
    literal: istio.VirtualServiceHttp, removed: Sequence[str], login: Handed | None
) -> istio.VirtualServiceHttp:
    """Return the route to a service, without request headers that clients must not set.

    Headers of the own token are not among them: Envoy removes those before it reads the token (sanitizeHeaders in
    source/extensions/filters/http/jwt_authn/extractor.cc).
    """
    if not removed or "route" not in literal or (login is not None and literal.get("name") == login.service):
        return literal
    headers = literal.get("headers", {})
    every = merged(headers.get("request", {}).get("remove", []), removed)
    return {**literal, "headers": {**headers, "request": {"remove": every}}}


def _order(route: PathRoute) -> Order:
    path = _bare(route.path) if route.match == "Prefix" else route.path
    headers = tuple(sorted((name.lower(), value) for name, value in route.headers.items()))
    return RANK[route.match], -len(path), route.method is None, -len(headers), path or "/", route.method or "", headers


def _element(route: PathRoute) -> tuple[str, str]:
    return route.match, _bare(route.path) if route.match == "Prefix" else route.path


def _bare(path: str) -> str:
    """Return a prefix without its final slash: the same path elements."""
    return path.rstrip("/")


def _uris(match: str, path: str) -> list[istio.VirtualServiceHttpCorsPolicyAllowOrigin]:
    """Return the matches of a path. A prefix in Istio is any text, so a prefix of whole path elements needs two."""
    if match == "Exact":
        return [{"exact": path}]
    if match == "RegularExpression":
        return [{"regex": path}]
    bare = _bare(path)
    return [{"exact": bare}, {"prefix": f"{bare}/"}] if bare else [{"prefix": "/"}]


def _parts(route: PathRoute) -> list[list[istio.VirtualServiceHttpCorsPolicyAllowOrigin]]:
    """Return the matches of a route, separated where each needs its own rewrite."""
    uris = _uris(route.match, route.path)
    return [uris] if route.rewrite is None else [[each] for each in uris]


def _rewritten(route: PathRoute, number: int) -> str:
    """Return the replacement for the matched text: the path itself, or the prefix with its slash."""
    assert route.rewrite is not None
    if route.match == "Exact":
        return route.rewrite
    bare = _bare(route.rewrite)
    whole = number == 0 and _bare(route.path) != ""
    return (bare or "/") if whole else f"{bare}/"


def _match(route: PathRoute, uri: istio.VirtualServiceHttpCorsPolicyAllowOrigin) -> istio.VirtualServiceHttpMatch:
    match: istio.VirtualServiceHttpMatch = {"uri": uri}
    if route.method is not None:
        match["method"] = {"exact": route.method}
    if route.headers:
        # Names must be in lower case (VirtualService reference, HTTPMatchRequest).
        match["headers"] = {name.lower(): {"exact": value} for name, value in sorted(route.headers.items())}
    return match


def _preflight(route: PathRoute, uri: istio.VirtualServiceHttpCorsPolicyAllowOrigin) -> istio.VirtualServiceHttpMatch:
    """Return the match of a preflight request: OPTIONS, without the headers of the request itself."""
    wanted: istio.VirtualServiceHttpCorsPolicyAllowOrigin = {"regex": ".+"}
    if route.method is not None:
        wanted = {"exact": route.method}
    return {
        "uri": uri,
        "method": {"exact": "OPTIONS"},
        "headers": {"origin": {"regex": ".+"}, "access-control-request-method": wanted},
    }


def _redirect(redirect: Redirect) -> istio.VirtualServiceHttpRedirect:
    scheme, host, path = redirect.target
    drawn: istio.VirtualServiceHttpRedirect = {"uri": path, "redirectCode": redirect.status}
    if scheme is not None and host is not None:
        drawn["scheme"] = scheme
        drawn["authority"] = host
    return drawn


def _destinations(
    where: str, provider: str, service: ServiceFacts, exposure: Exposure, route: PathRoute
) -> list[istio.VirtualServiceHttpRoute]:
    found = targets(service, exposure, route)
    for target in found:
        if target.own is not None and target.own.spec.speaks == "grpc" and not _is_http2(target.own):
            why = (f"its port is named {target.own.name!r}, and Istio detects gRPC by a name such as 'grpc' or 'grpc-web', or by "
                   "appProtocol; use Port.grpc(…, app_protocol='kubernetes.io/h2c')")  # fmt: skip
            raise refusal(where, provider, "grpc", why)
    drawn: list[istio.VirtualServiceHttpRoute] = [
        {"destination": {"host": target.service, "port": {"number": target.port}}} for target in found
    ]
    if len(drawn) > 1:
        for each, target in zip(drawn, found, strict=True):
            each["weight"] = target.percent
    return drawn


def _mirror(target: Target) -> istio.VirtualServiceSpecHttpMirror:
    found: istio.VirtualServiceSpecHttpMirror = {
        "destination": {"host": target.service, "port": {"number": target.port}}
    }
    if target.percent < 100:
        found["percentage"] = {"value": target.percent}
    return found


def _is_http2(port: NamedPort) -> bool:
    """Return whether Istio uses HTTP/2 to a port (its ConvertProtocol in pkg/config/kube/conversion.go)."""
    protocol = (port.spec.app_protocol or port.service_name).lower()
    return protocol == "kubernetes.io/h2c" or protocol.partition("-")[0] in ("grpc", "http2")


def _retries(retry: Retry) -> istio.VirtualServiceHttpRetries:
    on = ["connect-failure", "refused-stream", *(["gateway-error"] if retry.gateway_errors else [])]
    drawn: istio.VirtualServiceHttpRetries = {"attempts": retry.attempts, "retryOn": ",".join(on)}
    if retry.per_try_timeout is not None:
        drawn["perTryTimeout"] = f"{seconds('Retry.per_try_timeout', retry.per_try_timeout)}s"
    return drawn


def _cors(cors: Cors, *, forwarded: bool) -> istio.VirtualServiceHttpCorsPolicy:
    drawn: istio.VirtualServiceHttpCorsPolicy = {
        "allowOrigins": [_origin(each) for each in cors.origins],
        "allowMethods": list(cors.methods),
        "allowCredentials": cors.credentials,
    }
    if cors.headers:
        drawn["allowHeaders"] = list(cors.headers)
    if cors.expose_headers:
        drawn["exposeHeaders"] = list(cors.expose_headers)
    if cors.max_age is not None:
        drawn["maxAge"] = f"{seconds('Cors.max_age', cors.max_age, lowest=0)}s"
    if not forwarded:  # a preflight is not authenticated, so it must not reach the service
        drawn["unmatchedPreflights"] = "IGNORE"
    return drawn


def _origin(origin: str) -> istio.VirtualServiceHttpCorsPolicyAllowOrigin:
    if origin == "*":
        return {"regex": ".*"}
    scheme, wildcard, rest = origin.partition("://*.")
    return {"regex": rf"{scheme}://[^/]+\.{re.escape(rest)}"} if wildcard else {"exact": origin}


def _over_https(exposure: Exposure, literal: istio.VirtualServiceHttp) -> istio.VirtualServiceHttp:
    """Return the route with the HSTS header."""
    if exposure.tls is None or exposure.tls.hsts is None:
        return literal
    return _with_hsts(literal, exposure.tls.hsts)


def _with_hsts(literal: istio.VirtualServiceHttp, hsts: Hsts) -> istio.VirtualServiceHttp:
    headers: Mapping[str, str] = {"Strict-Transport-Security": hsts.header}
    return {**literal, "headers": {**literal.get("headers", {}), "response": {"set": headers}}}
