"""Routes of the Gateway API as values, shared by all gateways that read them.

A rule of an HTTPRoute applies to requests that one of its matches accepts. Of several, the Gateway API defines the
order: an exact path, the longest prefix, a method, the most headers
(https://github.com/kubernetes-sigs/gateway-api/blob/v1.7.0/apis/v1/httproute_types.go, HTTPRouteRule.matches).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.annotations import route_annotations
from kmop_constructs.components.api_gateway.capability import refusal
from kmop_constructs.components.api_gateway.targets import Target, mirrors, targets
from kmop_constructs.providers.gateway_api.traffic import cors_filters, retry, timeouts

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.route import PathRoute, Redirect
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.errors import UnsupportedError
    from kmop_constructs.typings import gateway_networking_k8s_io as gw
    from kmop_constructs.typings import k8s

__all__ = ["RouteMode", "Wanted", "grpc_route", "http_route", "is_grpc", "redirect_route"]

RouteMode: TypeAlias = Literal["GRPCRoute", "HTTPRoute"]

_Method: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]
_METHODS = cast("tuple[str, ...]", get_args(_Method))
_TYPES: Mapping[str, Literal["PathPrefix", "Exact", "RegularExpression"]] = {
    "Prefix": "PathPrefix",
    "Exact": "Exact",
    "RegularExpression": "RegularExpression",
}
_PATH = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+")
_NOT_IN_PATH = re.compile(r"//|/\.\.?(/|$)|%2[fF]|#")

MAX_HOSTS = 16
"""Maximum length of ``spec.hostnames`` of a route."""

MAX_RULES = 16
"""Maximum length of ``spec.rules`` of a route."""

MAX_MATCHES = 64
"""Maximum length of ``matches`` of a rule."""

MAX_OF_ALL = 128
"""Maximum number of ``matches`` of all rules of a route together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """An exposure for a gateway to draw, with the values for error messages."""

    service: ServiceFacts
    """The service."""

    exposure: Exposure
    """The exposure."""

    path: str
    """The construct path, for messages."""

    provider: str
    """The provider, for messages."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the routes; those of the exposure override them. Default: none."""

    standard: bool = False
    """Whether CORS and retries are fields of the routes. Default: False, policies of the gateway have them."""

    forged: tuple[str, ...] = ()
    """Request headers that clients must not set, which the route removes. Default: none."""

    @property
    def name(self) -> str:
        """The name of the route."""
        return self.exposure.name or self.service.name

    def refuse(self, name: FeatureName, why: str) -> UnsupportedError:
        """Return the error for a value that the gateway does not support."""
        return refusal(self.path, self.provider, name, why)

    def metadata(self, name: str) -> k8s.ObjectMeta:
        """Return the metadata of a route."""
        drawn: k8s.ObjectMeta = {"name": name, "labels": dict(self.service.labels)}
        annotations = route_annotations(self.service, self.exposure, self.annotations)
        if annotations:
            drawn["annotations"] = annotations
        return drawn


def is_grpc(wanted: Wanted) -> bool:
    """Return whether a GRPCRoute can express the exposure: only the path ``/``, gRPC ports, and no feature of HTTP alone."""
    exposure, service = wanted.exposure, wanted.service
    if exposure.redirects or exposure.timeout is not None:
        return False
    if wanted.standard and (exposure.cors is not None or exposure.retries is not None):
        return False
    return all(
        (route.path, route.match, route.service, route.rewrite, route.method) == ("/", "Prefix", None, None, None)
        and service.port(route.port).spec.speaks == "grpc"
        for route in exposure.routes
    )


def http_route(
    wanted: Wanted, name: str, parents: Sequence[gw.GRPCRouteParentRef], *, headers: Mapping[str, str]
) -> gw.HTTPRoute:
    """Return an HTTPRoute with every path and redirect; `headers` are set on each response."""
    exposure = wanted.exposure
    plain: dict[str, gw.HTTPRouteRule] = {}
    rules: list[gw.HTTPRouteRule] = []
    for route in exposure.routes:
        ends = targets(wanted.service, exposure, route)
        same = repr(ends)
        if route.rewrite is None and same in plain:
            plain[same].get("matches", []).append(_match(wanted, route))
            continue
        rule: gw.HTTPRouteRule = {"matches": [_match(wanted, route)]}
        filters = [*cors_filters(wanted), *_rewritten(wanted, route), *_cleaned(wanted), *_headed(headers)]
        filters += [_mirror(end) for end in mirrors(wanted.service, exposure, route)]
        if filters:
            rule["filters"] = filters
        rule["backendRefs"] = [_backend(end, alone=len(ends) == 1) for end in ends]
        limits = timeouts(wanted)
        if limits:
            rule["timeouts"] = limits
        if wanted.standard and exposure.retries is not None:
            rule["retry"] = retry(exposure.retries)
        rules.append(rule)
        if route.rewrite is None:
            plain[same] = rule
    rules += [_redirected(wanted, redirect) for redirect in exposure.redirects]
    _check_sizes(wanted, [rule.get("matches", []) for rule in rules])
    spec: gw.HTTPRouteSpec = {"parentRefs": list(parents)}
    if exposure.hosts:
        spec["hostnames"] = list(exposure.hosts)
    spec["rules"] = rules
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": wanted.metadata(name),
        "spec": spec,
    }


def grpc_route(
    wanted: Wanted, name: str, parents: Sequence[gw.GRPCRouteParentRef], *, headers: Mapping[str, str]
) -> gw.GRPCRoute:
    """Return a GRPCRoute, for an exposure with `is_grpc`; `headers` are set on each response."""
    rules: list[gw.GRPCRouteRule] = []
    for route in wanted.exposure.routes:
        ends = targets(wanted.service, wanted.exposure, route)
        rule: gw.GRPCRouteRule = {}
        if route.headers:
            rule["matches"] = [{"headers": _headers(route)}]
        filters: list[gw.GRPCRouteRuleFilter] = []
        if wanted.forged:
            filters.append({"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": list(wanted.forged)}})
        if headers:
            filters.append({"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": _named(headers)}})
        copies = [_mirror(end) for end in mirrors(wanted.service, wanted.exposure, route)]
        filters += [cast("gw.GRPCRouteRuleFilter", each) for each in copies]
        if filters:
            rule["filters"] = filters
        rule["backendRefs"] = [cast("gw.GRPCRouteRuleBackendRef", _backend(end, alone=len(ends) == 1)) for end in ends]
        rules.append(rule)
    _check_sizes(wanted, [rule.get("matches", []) for rule in rules])
    spec: gw.GRPCRouteSpec = {"parentRefs": list(parents)}
    if wanted.exposure.hosts:
        spec["hostnames"] = list(wanted.exposure.hosts)
    spec["rules"] = rules
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GRPCRoute",
        "metadata": wanted.metadata(name),
        "spec": spec,
    }


def redirect_route(wanted: Wanted, name: str, parents: Sequence[gw.GRPCRouteParentRef]) -> gw.HTTPRoute:
    """Return an HTTPRoute that redirects each path of the exposure to HTTPS, for the plain HTTP listener."""
    matches: list[gw.HTTPRouteRuleMatch] = []
    for route in (*wanted.exposure.routes, *wanted.exposure.redirects):
        match: gw.HTTPRouteRuleMatch = {"path": {"type": _TYPES[route.match], "value": route.path}}
        if match not in matches:
            matches.append(match)
    _check_sizes(wanted, [matches])
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": wanted.metadata(name),
        "spec": {
            "parentRefs": list(parents),
            "hostnames": list(wanted.exposure.hosts),
            "rules": [{"matches": matches, "filters": [to_https()]}],
        },
    }


def to_https() -> gw.HTTPRouteRuleFilter:
    """Return the filter that redirects to HTTPS; without a port, it uses that of the scheme."""
    return {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}


def _match(wanted: Wanted, route: PathRoute) -> gw.HTTPRouteRuleMatch:
    value = route.path if route.match == "RegularExpression" else _path(wanted, route.match, route.path)
    match: gw.HTTPRouteRuleMatch = {"path": {"type": _TYPES[route.match], "value": value}}
    if route.headers:
        match["headers"] = _headers(route)
    if route.method is not None:
        if route.method not in _METHODS:
            raise wanted.refuse("method", f"it supports {', '.join(_METHODS)}, and not {route.method}")
        match["method"] = cast("_Method", route.method)
    return match


def _path(wanted: Wanted, match: str, path: str) -> str:
    """Check a path by the rules of the API server (HTTPPathMatch)."""
    if not _PATH.fullmatch(path) or _NOT_IN_PATH.search(path):
        feature: FeatureName = "path_exact" if match == "Exact" else "path_prefix"
        raise wanted.refuse(
            feature,
            f"an HTTPRoute accepts no path such as {path!r}, with '//', '.' or '..' as an element, or characters that are not encoded",
        )
    return path


def _headers(route: PathRoute) -> list[gw.GRPCRouteRuleMatchHeader]:
    return [{"name": name, "value": value} for name, value in route.headers.items()]


def _named(headers: Mapping[str, str]) -> list[gw.GRPCRouteRuleFilterRequestHeaderModifierAdd]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def _cleaned(wanted: Wanted) -> list[gw.HTTPRouteRuleFilter]:
    # Headers of the own token are not among them: Envoy removes those before it reads the token (sanitizeHeaders in
    # source/extensions/filters/http/jwt_authn/extractor.cc), and this filter would remove them after.
    if not wanted.forged:
        return []
    return [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": list(wanted.forged)}}]


def _headed(headers: Mapping[str, str]) -> list[gw.HTTPRouteRuleFilter]:
    if not headers:
        return []
    return [{"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": _named(headers)}}]


def _mirror(end: Target) -> gw.HTTPRouteRuleFilter:
    copied: gw.GRPCRouteRuleFilterRequestMirror = {"backendRef": {"name": end.service, "port": end.port}}
    if end.percent < 100:
        copied["percent"] = end.percent
    return {"type": "RequestMirror", "requestMirror": copied}


def _rewritten(wanted: Wanted, route: PathRoute) -> list[gw.HTTPRouteRuleFilter]:
    if route.rewrite is None:
        return []
    if "?" in route.rewrite or "#" in route.rewrite:
        raise wanted.refuse("rewrite", f"it rewrites only the path, and {route.rewrite!r} has more than a path")
    if route.match == "Exact":
        return [
            {
                "type": "URLRewrite",
                "urlRewrite": {"path": {"type": "ReplaceFullPath", "replaceFullPath": route.rewrite}},
            }
        ]
    return [
        {
            "type": "URLRewrite",
            "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": route.rewrite}},
        }
    ]


def _redirected(wanted: Wanted, redirect: Redirect) -> gw.HTTPRouteRule:
    scheme, host, path = redirect.target
    if "?" in path or "#" in path:
        raise wanted.refuse("redirects", f"it redirects only to a path, and {redirect.to!r} has more than a path")
    answer: gw.HTTPRouteRuleFilterRequestRedirect = {}
    if scheme is not None and host is not None:
        answer["scheme"] = cast('Literal["http", "https"]', scheme)
        answer["hostname"] = host
    answer["path"] = {"type": "ReplaceFullPath", "replaceFullPath": path}
    answer["statusCode"] = 301 if redirect.permanent else 302
    value = _path(wanted, redirect.match, redirect.path)
    return {
        "matches": [{"path": {"type": _TYPES[redirect.match], "value": value}}],
        "filters": [{"type": "RequestRedirect", "requestRedirect": answer}],
    }


def _backend(end: Target, *, alone: bool) -> gw.HTTPRouteRuleBackendRef:
    if alone:
        return {"name": end.service, "port": end.port}
    return {"name": end.service, "port": end.port, "weight": end.percent}


def _check_sizes(wanted: Wanted, rules: Sequence[Sequence[object]]) -> None:
    """Refuse routes that exceed the limits of the API server."""
    redirects = wanted.exposure.redirects
    feature: FeatureName = "redirects" if redirects else "path_prefix"
    if len(wanted.exposure.hosts) > MAX_HOSTS:
        raise wanted.refuse("aliases", f"a route has at most {MAX_HOSTS} hosts; split it into two exposures")
    every = sum(len(matches) for matches in rules)
    if len(rules) > MAX_RULES or every > MAX_OF_ALL or any(len(matches) > MAX_MATCHES for matches in rules):
        many = f"{MAX_RULES} rules of {MAX_MATCHES} matches, and {MAX_OF_ALL} matches in all"
        raise wanted.refuse(feature, f"a route has at most {many}; split it into two exposures")
