"""The directives of nginx that stand for the annotations of ingress-nginx 1.15.

What an annotation means: docs/user-guide/nginx-configuration/annotations.md of github.com/kubernetes/ingress-nginx, at
controller-v1.15.1. The directives, and their order, are those of `define "SERVER"` and `define "CORS"` in
rootfs/etc/nginx/template/nginx.tmpl; defaults are those of `NewDefault` in internal/ingress/controller/config/config.go. Each
function names what else it follows. What the controller does in Lua is a directive here: redirects to HTTPS and HSTS
(rootfs/etc/nginx/lua/lua_ingress.lua), a Service without pods (lua/balancer.lua), cookies and canaries (`upstreams.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.operators.ingress_nginx.cluster_objects import Annotations, Ingresses, IngressPath

HSTS = "max-age=31536000; includeSubDomains"
"""`M.header` of lua_ingress.lua, with hsts, hsts-max-age and hsts-include-subdomains of the ConfigMap as they are by default."""

TO_SERVICE = {
    "Host": "$http_host",
    "Upgrade": "$http_upgrade",
    "Connection": "$connection_upgrade",
    "X-Request-ID": "$req_id",
    "X-Real-IP": "$remote_addr",
    "X-Forwarded-For": "$remote_addr",
    "X-Forwarded-Host": "$http_host",
    "X-Forwarded-Port": "$pass_port",
    "X-Forwarded-Proto": "$scheme",
    "X-Forwarded-Scheme": "$scheme",
    "X-Scheme": "$scheme",
    "X-Original-Forwarded-For": "$http_x_forwarded_for",
    "X-Original-Forwarded-Host": "$http_x_forwarded_host",
    "Proxy": '""',
}
"""Headers of a request to a Service: the lines with $proxySetHeader, from `Host` to `Proxy`."""


def cors(annotations: Annotations) -> Iterator[str]:
    """`define "CORS"`, with `buildCorsOriginRegex` of template.go and the defaults of annotations/cors/main.go."""
    if not annotations.is_true("enable-cors"):
        return
    origins = (annotations.get("cors-allow-origin") or "*").split(",")
    if origins == ["*"]:
        message = f"{annotations.ingress}: cors-allow-origin: every origin has no directive here"
        raise ValueError(message)
    allowed = "|".join(re.escape(each.strip()).replace(r"\*", r"[A-Za-z0-9\-]+", 1) for each in origins)
    headers = {
        "Access-Control-Allow-Origin": "$http_origin",
        "Access-Control-Allow-Credentials": "true"
        if annotations.is_true("cors-allow-credentials", default=True)
        else "",
        "Access-Control-Allow-Methods": annotations.get("cors-allow-methods")
        or "GET, PUT, POST, DELETE, PATCH, OPTIONS",
        "Access-Control-Allow-Headers": annotations.get("cors-allow-headers") or "Content-Type,Authorization",
        "Access-Control-Expose-Headers": annotations.get("cors-expose-headers") or "",
        "Access-Control-Max-Age": annotations.get("cors-max-age") or "1728000",
    }
    lines = [f"more_set_headers '{name}: {value}';" for name, value in headers.items() if value]
    yield 'set $cors "";'
    yield f'if ($http_origin ~* "({allowed})$") {{ set $cors "true"; }}'
    yield 'if ($request_method = OPTIONS) { set $cors "${cors}options"; }'
    yield f'if ($cors = "true") {{ {" ".join(lines)} }}'
    yield f'if ($cors = "trueoptions") {{ {" ".join(lines)} more_set_headers "Content-Type: text/plain charset=UTF-8"; return 204; }}'


def access(annotations: Annotations, ingresses: Ingresses) -> Iterator[str]:
    """Addresses and users: `Allowlist` and `BasicDigestAuth`. Without auth-realm the realm is empty (annotations/auth/main.go)."""
    if ranges := annotations.get("whitelist-source-range"):
        yield from (f"allow {each.strip()};" for each in ranges.split(","))
        yield "deny all;"
    kind = annotations.get("auth-type")
    if kind is None:
        return
    if kind != "basic":
        message = f"{annotations.ingress}: auth-type: {kind} has no directive here"
        raise ValueError(message)
    secret = f"{annotations.ingress.partition('/')[0]}/{annotations.get('auth-secret')}"
    yield f'auth_basic "{annotations.get("auth-realm") or ""}";'
    yield f"auth_basic_user_file {ingresses.write(secret, 'auth')};"
    yield 'proxy_set_header Authorization "";'


def redirect(annotations: Annotations) -> Iterator[str]:
    """`Redirect.URL`, with the codes of annotations/redirect/redirect.go."""
    if (to := annotations.get("temporal-redirect")) is not None:
        yield f"return 302 {to};"
    elif (to := annotations.get("permanent-redirect")) is not None:
        yield f"return 301 {to};"


def to_https(annotations: Annotations, *, certificate: bool) -> Iterator[str]:
    """`redirect_to_https` of lua_ingress.lua: by default where the host has a certificate, and without a slash at the end.

    It runs after the redirects and preflights above: `rewrite_by_lua_file` follows nginx's own directives of that phase.
    """
    wanted = annotations.is_true("ssl-redirect", default=True)
    if annotations.is_true("force-ssl-redirect") or (wanted and certificate):
        yield "if ($scheme = http) { return 308 https://$only_host$uri_without_slash; }"


def zone(annotations: Annotations) -> tuple[str, str] | None:
    """The zone of a rate limit and its use: `buildRateLimitZones` and `buildRateLimit` of template.go, annotations/ratelimit/main.go."""
    times = int(annotations.get("limit-burst-multiplier") or 5)
    for name, unit in (("limit-rps", "s"), ("limit-rpm", "m")):
        if (limit := annotations.get(name)) is not None:
            own = f"{annotations.ingress.replace('/', '_')}_{name}"
            return (
                f"limit_req_zone $binary_remote_addr zone={own}:5m rate={limit}r/{unit};",
                f"limit_req zone={own} burst={int(limit) * times} nodelay;",
            )
    return None


def times(annotations: Annotations) -> Iterator[str]:
    """Limits, timeouts and attempts: `Proxy`; without annotations the defaults of config.go, 1m, 5 s, 60 s and three attempts."""
    yield f"client_max_body_size {annotations.get('proxy-body-size') or '1m'};"
    for name, default in (("connect", "5"), ("send", "60"), ("read", "60")):
        yield f"proxy_{name}_timeout {annotations.get(f'proxy-{name}-timeout') or default}s;"
    yield f"proxy_buffering {annotations.get('proxy-buffering') or 'off'};"
    size = annotations.get("proxy-buffer-size") or "4k"
    yield f"proxy_buffer_size {size};"
    yield f"proxy_buffers 4 {size};"
    yield f"proxy_next_upstream {annotations.get('proxy-next-upstream') or 'error timeout'};"
    yield f"proxy_next_upstream_timeout {annotations.get('proxy-next-upstream-timeout') or '0'};"
    yield f"proxy_next_upstream_tries {annotations.get('proxy-next-upstream-tries') or '3'};"


def backend_tls(annotations: Annotations, ingresses: Ingresses) -> Iterator[str]:
    """`ProxySSL`, from the key ca.crt of a Secret; other keys would be a certificate of the controller, which nothing here has."""
    if (secret := annotations.get("proxy-ssl-secret")) is None:
        return
    yield f"proxy_ssl_trusted_certificate {ingresses.write(secret, 'ca.crt')};"
    yield f"proxy_ssl_verify {annotations.get('proxy-ssl-verify') or 'off'};"
    yield "proxy_ssl_verify_depth 1;"
    if name := annotations.get("proxy-ssl-name"):
        yield f"proxy_ssl_name {name};"
    yield f"proxy_ssl_server_name {annotations.get('proxy-ssl-server-name') or 'off'};"


def passing(path: IngressPath, target: str) -> Iterator[str]:
    """`buildProxyPass` of template.go: a rewrite of what the path has captured, and the protocol of the Service."""
    annotations = path.annotations
    protocol = annotations.get("backend-protocol") or "HTTP"
    if protocol not in ("HTTP", "HTTPS"):
        message = f"{annotations.ingress}: backend-protocol: {protocol} has no directive here"
        raise ValueError(message)
    to = annotations.get("rewrite-target")
    if to not in (None, path.path):
        yield f'rewrite "(?i){path.path}" {to} break;'
    yield f"proxy_pass {protocol.lower()}://{target};"
