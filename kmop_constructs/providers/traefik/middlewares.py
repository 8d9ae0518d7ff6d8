"""Traefik's middlewares for the features of an exposure.

https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/middlewares/overview/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Jwt
from kmop_constructs.components.api_gateway.traffic import PERIODS
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.auth import Auth
    from kmop_constructs.components.api_gateway.login import LoginProxy
    from kmop_constructs.components.api_gateway.route import PathRoute, Redirect
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import Hsts
    from kmop_constructs.components.api_gateway.traffic import Cors, RateLimit
    from kmop_constructs.providers.traefik.options import TraefikGatewayOptions
    from kmop_constructs.typings import traefik_io

__all__ = [
    "TO_HTTPS",
    "Named",
    "allow",
    "authentication",
    "before",
    "behind",
    "hsts",
    "login",
    "redirect",
    "retry",
    "rewrite",
    "unforged",
]

Named = tuple[str, "traefik_io.MiddlewareSpec"]
"""The suffix of a middleware's name, and its spec."""

API_KEY = "key"
"""The key of the Secret that holds the hash of an API key."""

LOGIN_PAGE = 1024 * 1024
"""Maximum size of the login's response in bytes; it is a redirect."""

TO_HTTPS: Named = ("https", {"redirectScheme": {"scheme": "https", "permanent": True}})
"""Redirects plain HTTP to HTTPS."""

_UNITS = {timedelta(seconds=1): "1s", timedelta(minutes=1): "1m", timedelta(hours=1): "1h", timedelta(days=1): "24h"}
assert set(_UNITS) == set(PERIODS)


def before(exposure: Exposure, options: TraefikGatewayOptions) -> list[Named]:
    """Return the first middlewares: headers, so that error responses have them too and a preflight request needs no login."""
    found: list[Named] = []
    hsts = exposure.tls.hsts if exposure.tls is not None else None
    if exposure.cors is not None or hsts is not None:
        found.append(("headers", {"headers": {**_hsts(hsts), **_cors(exposure.cors)}}))
    if not options.encoded_characters:
        found.append(("path", {"encodedCharacters": {}}))  # it refuses each of them by default
    if exposure.allow_from:
        found.append(("allow", allow(exposure.allow_from, options.forwarded_depth)))
    if exposure.rate_limit is not None:
        found.append(("rate-limit", {"rateLimit": _rate_limit(exposure.rate_limit, options)}))
    return found


def allow(addresses: Sequence[str], depth: int | None) -> traefik_io.MiddlewareSpec:
    """Return a middleware that allows only clients of these addresses."""
    drawn: traefik_io.MiddlewareIpAllowList = {"sourceRange": list(addresses)}
    if depth is not None:
        drawn["ipStrategy"] = {"depth": depth}
    return {"ipAllowList": drawn}


def unforged(headers: Iterable[str]) -> traefik_io.MiddlewareSpec:
    """Return a middleware that removes request headers: an empty value removes one.

    https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/headers/
    """
    return {"headers": {"customRequestHeaders": dict.fromkeys(headers, "")}}


def authentication(auth: Auth | None) -> list[Named]:
    """Return the middleware of an authentication, except for a login."""
    if isinstance(auth, BasicAuth):
        return [("auth", {"basicAuth": {"secret": auth.secret, "removeHeader": True}})]
    if isinstance(auth, Jwt):
        jwt: dict[str, object] = {
            "jwksUrl": auth.jwks_uri,
            "claims": f"Equals(`iss`, `{auth.issuer}`)",
            "forwardAuthorization": True,
        }
        if auth.claims_to_headers:
            jwt["forwardHeaders"] = {header: claim for claim, header in auth.claims_to_headers.items()}
        return [("auth", {"plugin": {"jwt": jwt}})]
    if isinstance(auth, ApiKey):
        key: dict[str, object] = {
            "keySource": {"header": auth.header},
            "secretNonBase64Encoded": True,
            "secretValues": [f"urn:k8s:secret:{auth.secret}:{API_KEY}"],
        }
        return [("auth", {"plugin": {"apiKey": key}})]
    return []


def login(proxy: LoginProxy) -> Named:
    """Return the middleware that calls oauth2-proxy, which redirects users without a session to the login.

    https://oauth2-proxy.github.io/oauth2-proxy/configuration/integrations/traefik
    """
    return (
        "login",
        {
            "forwardAuth": {
                "address": f"{proxy.url}/",
                "authResponseHeaders": list(proxy.headers),
                "maxResponseBodySize": LOGIN_PAGE,
            }
        },
    )


def behind(exposure: Exposure) -> list[Named]:
    """Return the middlewares after authentication."""
    found: list[Named] = []
    if exposure.compression:
        found.append(("compress", {"compress": {}}))
    if exposure.max_body_size is not None:
        found.append(("body", {"buffering": {"maxRequestBodyBytes": exposure.max_body_size.in_bytes}}))
    return found


def retry(exposure: Exposure) -> list[Named]:
    """Return the innermost middleware: Traefik also counts the first attempt."""
    if exposure.retries is None:
        return []
    drawn: traefik_io.MiddlewareRetry = {"attempts": exposure.retries.attempts + 1}
    if exposure.retries.gateway_errors:
        drawn["status"] = ["502-504"]
    if exposure.timeout is not None:
        drawn["timeout"] = f"{seconds('Exposure.timeout', exposure.timeout)}s"
    return [("retry", {"retry": drawn})]


def rewrite(route: PathRoute) -> traefik_io.MiddlewareSpec | None:
    """Return the middleware that rewrites a route's path; ``None`` without a rewrite."""
    if route.rewrite is None:
        return None
    if route.match == "Exact":
        return {"replacePath": {"path": route.rewrite}}
    prefix, new = route.path.rstrip("/"), route.rewrite.rstrip("/")
    if prefix == new:
        return None
    if not new:
        return {"stripPrefix": {"prefixes": [prefix]}}
    if not prefix:
        return {"addPrefix": {"prefix": new}}
    replacement = f"{new.replace('$', '$$')}${{1}}"
    return {"replacePathRegex": {"regex": f"^{_escaped(prefix)}(/.*)?$", "replacement": replacement}}


def redirect(moved: Redirect) -> traefik_io.MiddlewareSpec:
    """Return the middleware of a redirect. The query is kept, unless the new location has one."""
    scheme, host, path = moved.target
    place = f"{scheme}://{host}{path}" if host is not None else path
    query = "" if "?" in place or "#" in place else "${1}"
    # A path on the same host stays a path: Traefik does not know the scheme where a proxy before it terminates TLS.
    return {
        "redirectRegex": {"regex": r"^[^?]*(\?.*)?$", "replacement": f"{place}{query}", "permanent": moved.permanent}
    }


def hsts(value: Hsts) -> traefik_io.MiddlewareSpec:
    """Return the middleware that tells browsers to use only HTTPS."""
    return {"headers": _hsts(value)}


def _hsts(hsts: Hsts | None) -> traefik_io.MiddlewareHeaders:
    if hsts is None:
        return {}
    age = seconds("Hsts.max_age", hsts.max_age, lowest=0)
    if age == 0:  # Traefik sets no header for 0, which removes HSTS from browsers.
        return {"customResponseHeaders": {"Strict-Transport-Security": hsts.header}}
    drawn: traefik_io.MiddlewareHeaders = {"stsSeconds": age}
    if hsts.include_subdomains:
        drawn["stsIncludeSubdomains"] = True
    if hsts.preload:
        drawn["stsPreload"] = True
    return drawn


def _cors(cors: Cors | None) -> traefik_io.MiddlewareHeaders:
    if cors is None:
        return {}
    plain = [origin for origin in cors.origins if "*." not in origin]
    many = [f"^{_escaped(origin).replace(_escaped('*.'), '[^/]+' + _escaped('.'))}$" for origin in cors.origins if "*." in origin]  # fmt: skip
    drawn: traefik_io.MiddlewareHeaders = {}
    if plain:
        drawn["accessControlAllowOriginList"] = plain
    if many:
        drawn["accessControlAllowOriginListRegex"] = many
    drawn["accessControlAllowMethods"] = list(cors.methods)
    if cors.headers:
        drawn["accessControlAllowHeaders"] = list(cors.headers)
    if cors.expose_headers:
        drawn["accessControlExposeHeaders"] = list(cors.expose_headers)
    if cors.credentials:
        drawn["accessControlAllowCredentials"] = True
    if cors.max_age is not None:
        drawn["accessControlMaxAge"] = seconds("Cors.max_age", cors.max_age, lowest=0)
    drawn["addVaryHeader"] = True
    return drawn


def _rate_limit(limit: RateLimit, options: TraefikGatewayOptions) -> traefik_io.MiddlewareRateLimit:
    # Traefik's bucket holds one request by default, and refuses the second of two at once, even with none before.
    drawn: traefik_io.MiddlewareRateLimit = {
        "average": limit.requests,
        "period": _UNITS[limit.per],
        "burst": limit.requests if limit.burst is None else limit.burst,
    }
    if limit.of == "global":
        drawn["sourceCriterion"] = {"requestHost": True}
    elif options.forwarded_depth is not None:
        drawn["sourceCriterion"] = {"ipStrategy": {"depth": options.forwarded_depth}}
    if options.redis:
        redis: traefik_io.MiddlewareRateLimitRedis = {"endpoints": list(options.redis)}
        if options.redis_secret is not None:
            redis["secret"] = options.redis_secret
        drawn["redis"] = redis
    return drawn


def _escaped(text: str) -> str:
    """Escape a text for a Go expression."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)
