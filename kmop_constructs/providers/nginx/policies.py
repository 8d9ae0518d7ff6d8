"""The Policies of F5 NGINX Ingress Controller for an exposure: access, limits and CORS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.tls import MutualTls
    from kmop_constructs.components.api_gateway.traffic import Cors, RateLimit
    from kmop_constructs.providers.nginx.routes import Refuse
    from kmop_constructs.typings import k8s_nginx_org as nginx

__all__ = ["clients", "policies"]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
"""The methods that a cors Policy supports."""

_BROWSERS = frozenset(
    {
        "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method", "connection",
        "content-length", "cookie", "date", "dnt", "expect", "host", "keep-alive", "origin", "referer", "set-cookie", "te",
        "trailer", "transfer-encoding", "upgrade", "via",
    }
)  # fmt: skip
"""Request headers that a cors Policy refuses, because only browsers set them."""

_ZONE = "10M"
"""Size of the counter memory: about 160,000 client addresses
(https://nginx.org/en/docs/http/ngx_http_limit_req_module.html)."""


def policies(exposure: Exposure, name: str, refuse: Refuse) -> Iterator[tuple[str, nginx.PolicySpec]]:
    """Yield the specs of an exposure's Policies, each with its purpose. `name` is that of the exposure."""
    if exposure.allow_from:
        yield "allow-from", {"accessControl": {"allow": list(exposure.allow_from)}}
    if exposure.rate_limit is not None:
        yield "rate-limit", {"rateLimit": _rate_limit(exposure.rate_limit, refuse)}
    if isinstance(exposure.auth, BasicAuth):
        yield "basic-auth", {"basicAuth": {"secret": exposure.auth.secret, "realm": name}}
    if isinstance(exposure.auth, ApiKey):
        supplied: nginx.PolicyApiKeySuppliedIn = {"header": [exposure.auth.header]}
        yield "api-key", {"apiKey": {"suppliedIn": supplied, "clientSecret": exposure.auth.secret}}
    if exposure.cors is not None:
        yield "cors", {"cors": _cors(exposure.cors, refuse)}
    if exposure.backend_tls is not None and exposure.backend_tls.ca_secret is not None:
        egress: nginx.PolicyEgressMTLS = {
            "verifyServer": True,
            "trustedCertSecret": exposure.backend_tls.ca_secret,
            "serverName": True,
            "sslName": exposure.backend_tls.hostname,
            "protocols": "TLSv1.2 TLSv1.3",  # the default includes TLS 1.0 but not 1.3
        }
        yield "backend-tls", {"egressMTLS": egress}


def clients(mutual: MutualTls) -> nginx.PolicySpec:
    """Return the Policy of a host with client certificates."""
    verify = "optional" if mutual.optional else "on"
    return {"ingressMTLS": {"clientCertSecret": mutual.secret, "verifyClient": verify}}


def _rate_limit(limit: RateLimit, refuse: Refuse) -> nginx.PolicyRateLimit:
    units = {"second": "r/s", "minute": "r/m"}
    if limit.unit not in units:
        why = f"it counts per second or minute, not per {limit.unit}"
        raise refuse("rate_limit_client" if limit.of == "client" else "rate_limit_global", why)
    # Without a burst, the second of two simultaneous requests is refused, even with few requests before.
    burst = limit.requests - 1 if limit.burst is None else limit.burst
    policy: nginx.PolicyRateLimit = {
        "rate": f"{limit.requests}{units[limit.unit]}",
        "key": "${binary_remote_addr}" if limit.of == "client" else "all",
        "zoneSize": _ZONE,
    }
    if burst:
        policy["burst"] = burst
        policy["noDelay"] = True
    policy["rejectCode"] = 429
    return policy


def _check_cors(cors: Cors, methods: list[str], refuse: Refuse) -> None:
    """Refuse values that the validation of a cors Policy refuses."""
    unknown = sorted({*methods} - _METHODS)
    if unknown:
        raise refuse("cors", f"it supports the methods {', '.join(sorted(_METHODS))}, and not {unknown[0]!r}")
    for header in cors.headers:
        if header.lower() in _BROWSERS or header.lower().startswith(("proxy-", "sec-")):
            raise refuse("cors", f"it refuses headers that only browsers set, such as {header!r}")
    for header in cors.expose_headers:
        if header.lower() in ("set-cookie", "set-cookie2"):
            raise refuse("cors", f"browsers never give pages access to the header {header!r}")
    if "*" in cors.origins and len(cors.origins) > 1:
        raise refuse("cors", "'*' beside other origins is compared as plain text; use it alone")
    if len({*cors.origins}) < len(cors.origins):
        raise refuse("cors", "it refuses a duplicate origin")


def _cors(cors: Cors, refuse: Refuse) -> nginx.PolicyCors:
    # GET together with HEAD is an error there; CORS always allows HEAD.
    methods = [method for method in cors.methods if method != "HEAD" or "GET" not in cors.methods]
    _check_cors(cors, methods, refuse)
    policy: nginx.PolicyCors = {"allowOrigin": list(cors.origins)}
    if methods:
        policy["allowMethods"] = methods
    if cors.headers:
        policy["allowHeaders"] = list(cors.headers)
    if cors.expose_headers:
        policy["exposeHeaders"] = list(cors.expose_headers)
    if cors.credentials:
        policy["allowCredentials"] = True
    if cors.max_age is not None:
        policy["maxAge"] = seconds("Cors.max_age", cors.max_age, lowest=0)
    return policy
