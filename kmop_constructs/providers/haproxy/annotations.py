"""An exposure as annotations and Backends of HAProxy Technologies' ingress controller."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.auth import BasicAuth
from kmop_constructs.components.api_gateway.capability import refusal
from kmop_constructs.components.api_gateway.traffic import PERIODS
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.route import PathRoute, Redirect
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.errors import UnsupportedError
    from kmop_constructs.typings import ingress_v3_haproxy_org as haproxy

__all__ = ["NAME", "PREFIX", "access", "backend", "checked", "redirecting", "refused", "rewrite", "transport"]

NAME = "HaproxyGateway"
PREFIX = "haproxy.org/"

_PATH = re.compile(r"/[A-Za-z0-9._~/:-]*")
"""Characters without a special meaning (except dots) in a regular expression, a log format and a configuration line."""

_URL = re.compile(r"[A-Za-z0-9._~/:,?&=-]*")
"""The same for the target of a redirect."""

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
"""Methods that cors-allow-methods supports (pkg/annotations/ingress/resSetCORS.go)."""

_CLIENTS = 102400
"""Maximum number of clients in a rate limit table: the controller's own number (pkg/haproxy/rules/reqTrack.go)."""

_COMPRESSED = [
    "text/html", "text/plain", "text/css", "text/xml", "application/javascript", "text/javascript", "application/json",
    "application/xml", "image/svg+xml",
]  # fmt: skip
"""Content types that benefit from compression."""


def refused(service: ServiceFacts, feature: FeatureName, why: str) -> UnsupportedError:
    """Return the error for a supported feature with an unsupported value."""
    return refusal(service.path, NAME, feature, why)


def transport(exposure: Exposure) -> dict[str, str]:
    """Return annotations for HTTP and HTTPS."""
    if exposure.tls is None:
        return {}
    # The port is the one that clients use; the controller's default is its own port.
    return {"ssl-redirect": "true", "ssl-redirect-port": "443"} if exposure.tls.redirects else {"ssl-redirect": "false"}


def access(service: ServiceFacts, exposure: Exposure) -> dict[str, str]:
    """Return annotations for access control and response headers."""
    annotations = dict(_cors(service, exposure))
    if isinstance(exposure.auth, BasicAuth):
        annotations |= {"auth-type": "basic-auth", "auth-secret": exposure.auth.secret}
    if exposure.allow_from:
        annotations["allow-list"] = ",".join(exposure.allow_from)
    headers: list[str] = []
    if exposure.tls is not None and exposure.tls.hsts is not None:
        headers.append(f'Strict-Transport-Security "{exposure.tls.hsts.header}"')
    if exposure.cors is not None and exposure.cors.expose_headers:
        headers.append(f'Access-Control-Expose-Headers "{", ".join(exposure.cors.expose_headers)}"')
    if headers:
        annotations["response-set-header"] = "\n".join(headers)
    return annotations


def checked(service: ServiceFacts, path: str, feature: FeatureName) -> str:
    """Check that no part of the controller gives a special meaning to a path."""
    if not _PATH.fullmatch(path):
        raise refused(service, feature, f"it supports only letters, digits and '._~/:-' in a path, and not {path!r}")
    return path


def rewrite(service: ServiceFacts, route: PathRoute) -> str:
    """Return the regular expression and its replacement for ``path-rewrite``. Only requests below the path are matched."""
    if route.rewrite is None:
        return ""
    to = checked(service, route.rewrite, "rewrite")
    if route.match == "Exact":
        return to
    stem = route.path.rstrip("/").replace(".", "[.]")
    return rf"^{stem}/?(.*)$ {to}\1" if to.endswith("/") else rf"^{stem}(.*)$ {to}\1"


def backend(exposure: Exposure, *, grpc: bool, forged: Sequence[str] = ()) -> haproxy.BackendSpec | None:
    """Return settings that only a Backend has. It then replaces annotations for the service, so it includes those too.

    `forged` are request headers that clients must not set, which the Backend removes.
    """
    spec: haproxy.BackendSpec = {}
    retries, sticky, limit = exposure.retries, exposure.sticky, exposure.rate_limit
    if retries is not None:
        spec["retries"] = retries.attempts
        spec["redispatch"] = {"enabled": "enabled", "interval": 1}
        if retries.gateway_errors:
            spec["retry_on"] = "conn-failure 502 503 504"
    if sticky is not None:
        spec["cookie"] = {
            "name": sticky.name, "type": "insert", "dynamic": True, "indirect": True, "nocache": True, "httponly": True,
        }  # fmt: skip
        if exposure.tls is not None and exposure.tls.redirects:
            spec["cookie"]["secure"] = True
        if sticky.max_age is not None:
            spec["cookie"]["attr"] = [{"value": f"Max-Age={seconds('StickyCookie.max_age', sticky.max_age)}"}]
    if exposure.compression:
        spec["compression"] = {"algorithms": ["gzip"], "types": list(_COMPRESSED)}
    if limit is not None:
        period = 1000 * next(seconds("RateLimit.per", per) for per, unit in PERIODS.items() if unit == limit.unit)
        client = limit.of == "client"
        spec["stick_table"] = {
            "type": "ipv6" if client else "integer", "size": _CLIENTS if client else 1, "expire": 2 * period,
            "store": f"http_req_rate({period})",
        }  # fmt: skip
        spec["http_request_rule_list"] = [
            {"type": "track-sc", "track_sc_stick_counter": 1, "track_sc_key": "src" if client else "int(1)"},
            {
                "type": "deny",
                "deny_status": 429,
                "cond": "if",
                "cond_test": f"{{ sc_http_req_rate(1) gt {limit.requests} }}",
            },
        ]
    if forged:
        removed: list[haproxy.BackendHttpRequestRuleList] = [
            {"type": "del-header", "hdr_name": name} for name in forged
        ]
        spec["http_request_rule_list"] = [*removed, *spec.get("http_request_rule_list", [])]
    if not spec:
        return None
    if exposure.timeout is not None:
        spec["server_timeout"] = 1000 * seconds("Exposure.timeout", exposure.timeout)
    return {**_usual(grpc=grpc), **spec}


def redirecting(service: ServiceFacts, redirect: Redirect) -> haproxy.BackendSpec:
    """Return a Backend that redirects every request to the new location."""
    if not _URL.fullmatch(redirect.to):
        raise refused(
            service, "redirects", f"it supports only letters, digits and '._~/:,?&=-' in a URL, and not {redirect.to!r}"
        )
    return {
        **_usual(grpc=False),
        "http_request_rule_list": [
            {
                "type": "redirect",
                "redir_type": "location",
                "redir_value": redirect.to,
                "redir_code": 301 if redirect.permanent else 302,
            }
        ],
    }


def _usual(*, grpc: bool) -> haproxy.BackendSpec:
    """Return the default annotations as Backend settings (pkg/annotations/common/main.go, DefaultValues)."""
    server: haproxy.BackendDefaultServer = {"check": "enabled"}
    if grpc:
        server["proto"] = "h2"
    return {"balance": {"algorithm": "roundrobin"}, "forwardfor": {"enabled": "enabled"}, "default_server": server}


def _cors(service: ServiceFacts, exposure: Exposure) -> Iterator[tuple[str, str]]:
    cors = exposure.cors
    if cors is None:
        return
    unknown = sorted({*cors.methods} - _METHODS)
    if unknown:
        raise refused(service, "cors", f"it does not support the method {unknown[0]!r}")
    yield "cors-enable", "true"
    yield "cors-allow-origin", "*" if "*" in cors.origins else f"^({'|'.join(map(_origin, cors.origins))})$"
    yield "cors-allow-methods", ", ".join(cors.methods)
    # An empty value means every header. CORS always allows Accept, so it adds none.
    yield "cors-allow-headers", ", ".join(cors.headers) or "Accept"
    if cors.credentials:
        yield "cors-allow-credentials", "true"
    if cors.max_age is not None:
        yield "cors-max-age", f"{seconds('Cors.max_age', cors.max_age, lowest=0)}s"
    yield "cors-respond-to-options", "true"


def _origin(origin: str) -> str:
    scheme, _, host = origin.partition("://")
    every = "([A-Za-z0-9-]+[.])+" if host.startswith("*.") else ""
    return f"{scheme}://{every}{host.removeprefix('*.').replace('.', '[.]')}"
