"""Access policies of an Istio ingress gateway.

A policy on the gateway's pods applies to every request of every host, so each rule names its hosts and paths.
Hosts are also named with any port, because the gateway routes ``Host: web.acme.io:8080`` to ``web.acme.io`` too
(``IgnorePortInHostMatching`` in Istio's pilot/pkg/networking/core/gateway.go), while a rule compares the whole text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import Jwt, Oidc
from kmop_constructs.components.api_gateway.capability import refusal
from kmop_constructs.components.api_gateway.route import PathRoute
from kmop_constructs.errors import ConflictError

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.providers.istio.routes import Part
    from kmop_constructs.typings import security_istio_io as security

__all__ = [
    "address_rules",
    "check_guarded",
    "holds",
    "login_rules",
    "paths_of",
    "policy",
    "request_authentication",
    "token_rules",
]

ORIGINS = ("http://*", "https://*", "null")
"""Values of the header Origin in a preflight request (https://fetch.spec.whatwg.org/#origin-header). ``*`` would also
match an empty header, which Envoy's filter does not treat as a preflight, and passes to the service
(https://github.com/envoyproxy/envoy/blob/v1.31.0/source/extensions/filters/http/cors/cors_filter.cc)."""

SAFE = ("GET", "HEAD", "POST")
"""Methods that CORS always allows; a preflight for a request header names one of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """The requests that a rule applies to."""

    operation: security.AuthorizationPolicyRuleToOperation
    """Hosts, paths and methods."""

    when: tuple[security.AuthorizationPolicyRuleWhen, ...]
    """Request headers."""


def check_guarded(where: str, provider: str, exposure: Exposure) -> None:
    """Refuse exposures that no rule can be limited to."""
    used: list[FeatureName] = []
    if isinstance(exposure.auth, Oidc | Jwt):
        used.append("oidc" if isinstance(exposure.auth, Oidc) else "jwt")
    if exposure.allow_from:
        used.append("allow_from")
    for name in used:
        if exposure.host is None:
            raise refusal(where, provider, name, "without a host the rule would apply to every host of the gateway; set the host")  # fmt: skip
        if any(host.startswith("*.") for host in exposure.hosts):
            why = "a rule for a wildcard host does not match requests with a port in the Host header; list each host"
            raise refusal(where, provider, name, why)
        if any(route.match == "RegularExpression" for route in exposure.routes):
            raise refusal(where, provider, name, "a rule cannot match paths by regular expression; use prefixes")
        if any("*" in path for path in (*(each.path for each in exposure.routes), *(each.path for each in exposure.redirects))):  # fmt: skip
            raise refusal(where, provider, name, "a rule reads '*' in a path as any text; remove it from the paths")


def request_authentication(
    name: str, namespace: str, labels: Mapping[str, str], selector: Mapping[str, str], jwt: Jwt
) -> security.RequestAuthentication:
    """Return the check of a token. The token is passed on to the service unchanged."""
    rule: security.RequestAuthenticationJwtRule = {
        "issuer": jwt.issuer,
        "jwksUri": jwt.jwks_uri,
        # Without it, tokens are also accepted from the query, which logs show
        # (https://github.com/istio/istio/blob/master/pilot/pkg/security/authn/policy_applier.go, convertToEnvoyJwtConfig).
        "fromHeaders": [{"name": "Authorization", "prefix": "Bearer "}],
        "forwardOriginalToken": True,
    }
    if jwt.audiences:
        rule["audiences"] = list(jwt.audiences)
    if jwt.claims_to_headers:
        rule["outputClaimToHeaders"] = [
            {"header": header, "claim": claim} for claim, header in sorted(jwt.claims_to_headers.items())
        ]
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"selector": {"matchLabels": selector}, "jwtRules": [rule]},
    }


def token_rules(part: Part, others: Iterable[Part]) -> list[security.AuthorizationPolicyRule]:
    """Return the rules that deny a request without a token of the issuer, or with a token for another audience."""
    jwt = part.exposure.auth
    assert isinstance(jwt, Jwt)
    wrong = [("iss", (jwt.issuer,)), *([("aud", jwt.audiences)] if jwt.audiences else [])]
    return [
        _rule(reach, {"key": f"request.auth.claims[{claim}]", "notValues": list(values)})
        for claim, values in wrong
        for reach in _but_preflights(part.exposure, _reached(part, others))
    ]


def login_rules(part: Part, others: Iterable[Part]) -> list[security.AuthorizationPolicyRule]:
    """Return the rules of requests that need the login: all but those to its own paths."""
    assert part.login is not None
    own = _patterns(PathRoute(part.login.prefix))
    reached = [_without(reach, own) for reach in _reached(part, others)]
    return [_rule(reach) for reach in _but_preflights(part.exposure, reached)]


def address_rules(part: Part, others: Iterable[Part]) -> list[security.AuthorizationPolicyRule]:
    """Return the rules that deny a request from any other address."""
    source: security.AuthorizationPolicyRuleFromSource = {"notRemoteIpBlocks": list(part.exposure.allow_from)}
    return [{"from": [{"source": source}], **_rule(reach)} for reach in _reached(part, others)]


def _rule(reach: Reach, *when: security.AuthorizationPolicyRuleWhen) -> security.AuthorizationPolicyRule:
    rule: security.AuthorizationPolicyRule = {"to": [{"operation": reach.operation}]}
    if every := [*reach.when, *when]:
        rule["when"] = every
    return rule


def _reached(part: Part, others: Iterable[Part]) -> list[Reach]:
    """Return the requests that an exposure gets, without those that a longer path leads elsewhere."""
    exposure = part.exposure
    found: dict[tuple[str | None, tuple[tuple[str, str], ...]], list[PathRoute]] = {}
    for route in paths_of(exposure):
        found.setdefault((route.method, tuple(sorted(route.headers.items()))), []).append(route)
    if any(_is_all(route) for route in found.get((None, ()), ())):
        found = {(None, ()): found[None, ()]}
    reached: list[Reach] = []
    for (method, headers), routes in found.items():
        operation: security.AuthorizationPolicyRuleToOperation = {
            "hosts": [name for host in exposure.hosts for name in (host, f"{host}:*")]
        }
        if not any(_is_all(route) for route in routes):
            operation["paths"] = [pattern for route in routes for pattern in _patterns(route)]
        if method is not None:
            operation["methods"] = [method]
        when: list[security.AuthorizationPolicyRuleWhen] = [
            {"key": f"request.headers[{name.lower()}]", "values": [value]} for name, value in headers
        ]
        reach = Reach(operation=operation, when=tuple(when))
        reached.append(_without(reach, _elsewhere(part, method, routes, others)))
    return reached


def _elsewhere(part: Part, method: str | None, routes: Sequence[PathRoute], others: Iterable[Part]) -> list[str]:
    """Return paths below those of the exposure that lead to services with other rules, or with other preflights."""
    found: list[str] = []
    asks = isinstance(part.exposure.auth, Oidc | Jwt) and method in (None, "OPTIONS")
    for other in others:
        same = (other.exposure.auth, other.exposure.allow_from) == (part.exposure.auth, part.exposure.allow_from)
        if same and (not asks or other.exposure.cors == part.exposure.cors):
            continue
        theirs = list(paths_of(other.exposure))
        if other.login is not None:
            theirs.append(PathRoute(other.login.prefix))
        for route in theirs:
            if not any(holds(ours, route) for ours in routes):
                continue
            if route.match == "RegularExpression" or route.headers or route.method is not None or "*" in route.path:
                raise ConflictError(
                    f"{part.service}: has other access rules than {other.service} at {route.path!r} of the same host, and a rule "
                    "cannot tell the two apart; use the same auth, allow_from and cors, or another path without conditions"
                )
            found += [pattern for pattern in _patterns(route) if pattern not in found]
    return found


def paths_of(exposure: Exposure) -> tuple[PathRoute, ...]:
    """Return every path of the exposure, redirects included."""
    return (*exposure.routes, *(PathRoute(each.path, match=each.match) for each in exposure.redirects))


def holds(ours: PathRoute, theirs: PathRoute) -> bool:
    """Return whether a path of ours may contain one of theirs."""
    if theirs.match == "RegularExpression":
        return True
    if ours.match == "Exact":
        return theirs.match == "Exact" and ours.path == theirs.path
    bare, path = ours.path.rstrip("/"), theirs.path.rstrip("/")
    return path == bare or path.startswith(f"{bare}/")


def _is_all(route: PathRoute) -> bool:
    return route.match == "Prefix" and not route.path.strip("/")


def _patterns(route: PathRoute) -> list[str]:
    """Return a path in the format of rules: a prefix of whole path elements is two of them."""
    if route.match == "Exact":
        return [route.path]
    bare = route.path.rstrip("/")
    return [bare, f"{bare}/*"] if bare else ["/*"]


def _without(reach: Reach, paths: Sequence[str]) -> Reach:
    if not paths:
        return reach
    known = reach.operation.get("notPaths", [])
    operation: security.AuthorizationPolicyRuleToOperation = {**reach.operation, "notPaths": [*known, *paths]}
    return Reach(operation=operation, when=reach.when)


def _but_preflights(exposure: Exposure, reached: Iterable[Reach]) -> list[Reach]:
    """Return the requests without the preflight requests of browsers, which carry neither token nor cookie.

    Rules come before the filter that answers preflight requests, so they must allow them; the filter passes none to the
    service.
    """
    known = list(reached)
    if exposure.cors is None:
        return known
    found: list[Reach] = []
    for reach in known:
        methods = reach.operation.get("methods")
        if methods is not None and "OPTIONS" not in methods:
            found.append(reach)
            continue
        if methods is None:
            found.append(Reach(operation={**reach.operation, "notMethods": ["OPTIONS"]}, when=reach.when))
        asking: security.AuthorizationPolicyRuleToOperation = {**reach.operation, "methods": ["OPTIONS"]}
        wanted: dict[str, list[str]] = {
            "access-control-request-method": list(dict.fromkeys((*SAFE, *exposure.cors.methods))),
            "origin": list(ORIGINS),
        }
        for name, values in wanted.items():
            lacks: security.AuthorizationPolicyRuleWhen = {"key": f"request.headers[{name}]", "notValues": values}
            found.append(Reach(operation=asking, when=(*reach.when, lacks)))
    return found


def policy(
    name: str,
    namespace: str,
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    spec: security.AuthorizationPolicySpec,
) -> security.AuthorizationPolicy:
    """Return an AuthorizationPolicy on the gateway's pods."""
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"selector": {"matchLabels": selector}, **spec},
    }
