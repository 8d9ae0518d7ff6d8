"""The Policies of F5 NGINX Ingress Controller that an exposure becomes: what stands before its paths."""

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
"""The methods that its check of a cors Policy takes."""

_BROWSERS = frozenset(
    {
        "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method", "connection",
        "content-length", "cookie", "date", "dnt", "expect", "host", "keep-alive", "origin", "referer", "set-cookie", "te",
        "trailer", "transfer-encoding", "upgrade", "via",
    }
)  # fmt: skip
"""Request headers that its check does not take, because browsers alone set them."""

_ZONE = "10M"
"""Room for what is counted: some 160,000 client addresses (https://nginx.org/en/docs/http/ngx_http_limit_req_module.html)."""


def policies(exposure: Exposure, name: str, refuse: Refuse) -> Iterator[tuple[str, nginx.PolicySpec]]:
    """The specs of an exposure's Policies, each with what it is for. `name` is that of the exposure."""
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
            "protocols": "TLSv1.2 TLSv1.3",  # its own default has TLS 1.0 and not 1.3
        }
        yield "backend-tls", {"egressMTLS": egress}


def clients(mutual: MutualTls) -> nginx.PolicySpec:
    """The Policy of a host whose clients show certificates."""
    verify = "optional" if mutual.optional else "on"
    return {"ingressMTLS": {"clientCertSecret": mutual.ca_secret, "verifyClient": verify}}


def _rate_limit(limit: RateLimit, refuse: Refuse) -> nginx.PolicyRateLimit:
    units = {"second": "r/s", "minute": "r/m"}
    if limit.unit not in units:
        why = f"it counts by the second or minute, not by the {limit.unit}"
        raise refuse("rate_limit_client" if limit.of == "client" else "rate_limit_global", why)
    # Without a burst, the second of two requests that come at once is refused, however few there were before.
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
    """Refuse what its check of a cors Policy does not take."""
    unknown = sorted({*methods} - _METHODS)
    if unknown:
        raise refuse("cors", f"it takes {', '.join(sorted(_METHODS))} as methods, and not {unknown[0]!r}")
    for header in cors.headers:
        if header.lower() in _BROWSERS or header.lower().startswith(("proxy-", "sec-")):
            raise refuse("cors", f"it takes no header that browsers alone set, such as {header!r}")
    for header in cors.expose_headers:
        if header.lower() in ("set-cookie", "set-cookie2"):
            raise refuse("cors", f"browsers show no page the header {header!r}")
    if "*" in cors.origins and len(cors.origins) > 1:
        raise refuse("cors", "'*' beside other origins is compared as it is written; write it alone")
    if len({*cors.origins}) < len(cors.origins):
        raise refuse("cors", "it takes no origin twice")


def _cors(cors: Cors, refuse: Refuse) -> nginx.PolicyCors:
    # GET and HEAD together are an error there; HEAD needs no leave anyway.
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
