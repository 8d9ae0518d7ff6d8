"""One exposure for each feature, and the same with each of its values changed: what every gateway is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from kmop_constructs import Exposure, PathRoute, SecretKey, Size, Tls
from kmop_constructs.components.api_gateway.features import FeatureName
from kmop_constructs.components.api_gateway.streams import Stream
from kmop_constructs.components.api_gateway.tls import PortTls
from kmop_constructs.exposure import (
    ApiKey,
    BackendTls,
    BasicAuth,
    Cors,
    DnsRecord,
    Hsts,
    Jwt,
    Mirror,
    MutualTls,
    Oidc,
    RateLimit,
    Redirect,
    Retry,
    Share,
    StickyCookie,
    TcpExposure,
    TlsPassthrough,
    UdpExposure,
)

__all__ = ["BASE", "INTENTS", "Intent", "routed"]

BASE = Exposure(host="web.acme.io")
"""What every intent adds to."""

SECURE = replace(BASE, tls=Tls.secret("web-tls"))
"""The same over HTTPS."""

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A feature, asked."""

    exposure: Exposure | Stream
    """What is asked."""

    changed: tuple[Exposure | Stream, ...] = ()
    """The same with one value changed: each must show in the output, or be refused."""

    without: Exposure | Stream | None = BASE
    """The same without the feature: its output must not be what the feature's expectation says."""


def _route(route: PathRoute, *changed: PathRoute) -> Intent:
    return Intent(
        exposure=replace(BASE, paths=(route,)), changed=tuple(replace(BASE, paths=(each,)) for each in changed)
    )


def _tls(tls: Tls, *changed: Tls, without: Exposure = SECURE) -> Intent:
    return Intent(
        exposure=replace(BASE, tls=tls), changed=tuple(replace(BASE, tls=each) for each in changed), without=without
    )


OIDC = Oidc(
    issuer="https://id.acme.io",
    client_id="web",
    client_secret=SecretKey("web-oidc", "client-secret"),
    cookie_secret=SecretKey("web-oidc", "cookie-secret"),
)
JWT = Jwt(issuer="https://id.acme.io", jwks_uri="https://id.acme.io/keys")
CORS = Cors(
    ("https://shop.acme.io",),
    methods=("GET", "PUT"),
    headers=("X-Trace",),
    expose_headers=("X-Total",),
    credentials=True,
    max_age=MINUTE,
)
LIMIT = RateLimit(20, per=MINUTE)
TCP = TcpExposure("amqp", listener=5672)
TLS = TlsPassthrough("mq.acme.io", port="amqps")
UDP = UdpExposure("dns", listener=53)
CLIENTS = ("203.0.113.0/24",)

INTENTS: dict[FeatureName, Intent] = {
    "host": Intent(
        exposure=BASE, changed=(Exposure(host="other.acme.io"), replace(BASE, name="other")), without=Exposure()
    ),
    "wildcard_host": Intent(exposure=Exposure(host="*.acme.io"), changed=(Exposure(host="*.acme.com"),)),
    "any_host": Intent(exposure=Exposure(), changed=(BASE,)),
    "aliases": Intent(
        exposure=replace(BASE, aliases=("www.acme.io",)), changed=(replace(BASE, aliases=("old.acme.io",)),)
    ),
    "path_prefix": _route(
        PathRoute("/api"), PathRoute("/apis"), PathRoute("/api", match="Exact"), PathRoute("/api", port=9090)
    ),
    "path_exact": _route(PathRoute("/api", match="Exact"), PathRoute("/apis", match="Exact")),
    "path_regex": _route(
        PathRoute("/v[0-9]+/items", match="RegularExpression"), PathRoute("/v[0-9]/items", match="RegularExpression")
    ),
    "other_service": Intent(
        exposure=replace(BASE, paths=("/", PathRoute("/beta", service="web-canary"))),
        changed=(
            replace(BASE, paths=("/", PathRoute("/beta", service="web-next"))),
            replace(BASE, paths=("/", PathRoute("/beta", service="web-canary", port=9090))),
        ),
    ),
    "headers": Intent(
        exposure=replace(BASE, paths=("/", PathRoute("/", headers={"X-Beta": "yes"}, service="web-canary"))),
        changed=(
            replace(BASE, paths=("/", PathRoute("/", headers={"X-Beta": "no"}, service="web-canary"))),
            replace(BASE, paths=("/", PathRoute("/", headers={"X-Alpha": "yes"}, service="web-canary"))),
        ),
    ),
    "method": _route(PathRoute("/", method="POST"), PathRoute("/", method="PUT")),
    "websocket": _route(PathRoute("/live", websocket=True)),
    "grpc": Intent(exposure=replace(BASE, paths=(PathRoute("/", port="grpc"),))),
    "rewrite": _route(
        PathRoute("/api", rewrite="/v1"), PathRoute("/api", rewrite="/v2"), PathRoute("/api", rewrite="/")
    ),
    "redirects": Intent(
        exposure=replace(BASE, redirects=(Redirect("/old", "/new"),)),
        changed=(
            replace(BASE, redirects=(Redirect("/older", "/new"),)),
            replace(BASE, redirects=(Redirect("/old", "/newer"),)),
            replace(BASE, redirects=(Redirect("/old", "https://docs.acme.io/new"),)),
            replace(BASE, redirects=(Redirect("/old", "/new", match="Prefix"),)),
            replace(BASE, redirects=(Redirect("/old", "/new", permanent=False),)),
        ),
    ),
    "shares": Intent(
        exposure=replace(BASE, shares=(Share("web-canary", 10),)),
        changed=(
            replace(BASE, shares=(Share("web-canary", 20),)),
            replace(BASE, shares=(Share("web-next", 10),)),
            replace(BASE, shares=(Share("web-canary", 10, port=9090),)),
            replace(BASE, shares=(Share("web-canary", 10), Share("web-next", 5))),
        ),
    ),
    "mirrors": Intent(
        exposure=replace(BASE, mirrors=(Mirror("web-canary", 10),)),
        changed=(
            replace(BASE, mirrors=(Mirror("web-canary"),)),
            replace(BASE, mirrors=(Mirror("web-next", 10),)),
            replace(BASE, mirrors=(Mirror("web-canary", 10, port=9090),)),
            replace(BASE, mirrors=(Mirror("web-canary", 10), Mirror("web-next", 5))),
        ),
    ),
    "tls_secret": _tls(Tls.secret("web-tls"), Tls.secret("other-tls"), without=BASE),
    "tls_issuer": _tls(
        Tls.issued_by("letsencrypt"),
        Tls.issued_by("internal"),
        Tls.issued_by("letsencrypt", kind="Issuer"),
        Tls.issued_by("letsencrypt", secret_name="own-tls"),
    ),
    "https_redirect": _tls(Tls.secret("web-tls", redirect=True), Tls.secret("web-tls", redirect=False), without=BASE),
    "no_https_redirect": _tls(
        Tls.secret("web-tls", redirect=False), without=replace(BASE, tls=Tls.secret("web-tls", redirect=True))
    ),
    "hsts": _tls(
        Tls.secret("web-tls", hsts=Hsts(include_subdomains=True, preload=True)),
        Tls.secret("web-tls", hsts=Hsts(include_subdomains=True, preload=False)),
        Tls.secret("web-tls", hsts=Hsts(include_subdomains=False)),
        Tls.secret("web-tls", hsts=Hsts(max_age=timedelta(days=400), include_subdomains=True, preload=True)),
    ),
    "tls_min_version": _tls(Tls.secret("web-tls", min_version="1.3"), Tls.secret("web-tls", min_version="1.2")),
    "mutual_tls": _tls(
        Tls.secret("web-tls", mutual=MutualTls("partners-ca")), Tls.secret("web-tls", mutual=MutualTls("other-ca"))
    ),
    "mutual_tls_optional": _tls(
        Tls.secret("web-tls", mutual=MutualTls("partners-ca", optional=True)),
        Tls.secret("web-tls", mutual=MutualTls("partners-ca")),
    ),
    "mutual_tls_config_map": _tls(
        Tls.secret("web-tls", mutual=MutualTls(ca_config_map="partners-ca")),
        Tls.secret("web-tls", mutual=MutualTls(ca_config_map="other-ca")),
    ),
    "oidc": Intent(
        exposure=replace(SECURE, auth=OIDC),
        changed=(
            replace(SECURE, auth=replace(OIDC, issuer="https://login.acme.io")),
            replace(SECURE, auth=replace(OIDC, client_id="shop")),
            replace(SECURE, auth=replace(OIDC, client_secret=SecretKey("other-oidc", "client-secret"))),
            replace(SECURE, auth=replace(OIDC, scopes=("openid", "email"))),
            replace(SECURE, auth=replace(OIDC, callback_path="/back")),
        ),
        without=SECURE,
    ),
    "jwt": Intent(
        exposure=replace(BASE, auth=JWT),
        changed=(
            replace(BASE, auth=replace(JWT, issuer="https://login.acme.io")),
            replace(BASE, auth=replace(JWT, jwks_uri="https://id.acme.io/other")),
        ),
    ),
    "jwt_audiences": Intent(
        exposure=replace(BASE, auth=replace(JWT, audiences=("web",))),
        changed=(replace(BASE, auth=replace(JWT, audiences=("shop",))),),
        without=replace(BASE, auth=JWT),
    ),
    "jwt_claims": Intent(
        exposure=replace(BASE, auth=replace(JWT, claims_to_headers={"email": "X-Email"})),
        changed=(
            replace(BASE, auth=replace(JWT, claims_to_headers={"email": "X-Mail"})),
            replace(BASE, auth=replace(JWT, claims_to_headers={"mail": "X-Email"})),
        ),
        without=replace(BASE, auth=JWT),
    ),
    "basic_auth": Intent(
        exposure=replace(BASE, auth=BasicAuth("staff")), changed=(replace(BASE, auth=BasicAuth("partners")),)
    ),
    "api_key": Intent(
        exposure=replace(BASE, auth=ApiKey("partners")),
        changed=(replace(BASE, auth=ApiKey("others")), replace(BASE, auth=ApiKey("partners", header="X-Key"))),
    ),
    "allow_from": Intent(
        exposure=replace(BASE, allow_from=("203.0.113.0/24",)),
        changed=(replace(BASE, allow_from=("198.51.100.0/24",)),),
    ),
    "rate_limit_client": Intent(
        exposure=replace(BASE, rate_limit=LIMIT),
        changed=(
            replace(BASE, rate_limit=replace(LIMIT, requests=30)),
            replace(BASE, rate_limit=replace(LIMIT, per=timedelta(seconds=1))),
            replace(BASE, rate_limit=replace(LIMIT, of="global")),
        ),
    ),
    "rate_limit_global": Intent(
        exposure=replace(BASE, rate_limit=replace(LIMIT, of="global")),
        changed=(replace(BASE, rate_limit=replace(LIMIT, requests=30, of="global")),),
    ),
    "rate_limit_burst": Intent(
        exposure=replace(BASE, rate_limit=replace(LIMIT, burst=40)),
        changed=(replace(BASE, rate_limit=replace(LIMIT, burst=60)),),
        without=replace(BASE, rate_limit=LIMIT),
    ),
    "cors": Intent(
        exposure=replace(BASE, cors=CORS),
        changed=(
            replace(BASE, cors=replace(CORS, origins=("https://acme.io",))),
            replace(BASE, cors=replace(CORS, methods=("GET",))),
            replace(BASE, cors=replace(CORS, headers=("X-Span",))),
            replace(BASE, cors=replace(CORS, expose_headers=("X-Count",))),
            replace(BASE, cors=replace(CORS, credentials=False)),
            replace(BASE, cors=replace(CORS, max_age=2 * MINUTE)),
        ),
    ),
    "max_body_size": Intent(
        exposure=replace(BASE, max_body_size=Size("10Mi")), changed=(replace(BASE, max_body_size=Size("20Mi")),)
    ),
    "timeout": Intent(
        exposure=replace(BASE, timeout=timedelta(seconds=5)), changed=(replace(BASE, timeout=timedelta(seconds=6)),)
    ),
    "retries": Intent(exposure=replace(BASE, retries=Retry(2)), changed=(replace(BASE, retries=Retry(3)),)),
    "retry_gateway_errors": Intent(
        exposure=replace(BASE, retries=Retry(2, gateway_errors=True)),
        changed=(replace(BASE, retries=Retry(2)),),
        without=replace(BASE, retries=Retry(2)),
    ),
    "retry_timeout": Intent(
        exposure=replace(BASE, retries=Retry(2, per_try_timeout=timedelta(seconds=2))),
        changed=(replace(BASE, retries=Retry(2, per_try_timeout=timedelta(seconds=3))),),
        without=replace(BASE, retries=Retry(2)),
    ),
    "sticky": Intent(
        exposure=replace(BASE, sticky=StickyCookie("seat")),
        changed=(replace(BASE, sticky=StickyCookie("place")),),
    ),
    "sticky_max_age": Intent(
        exposure=replace(BASE, sticky=StickyCookie("seat", max_age=MINUTE)),
        changed=(replace(BASE, sticky=StickyCookie("seat", max_age=2 * MINUTE)),),
        without=replace(BASE, sticky=StickyCookie("seat")),
    ),
    "compression": Intent(exposure=replace(BASE, compression=True)),
    "backend_tls_secret": Intent(
        exposure=replace(BASE, backend_tls=BackendTls("web.shop.svc", ca_secret="web-ca")),
        changed=(
            replace(BASE, backend_tls=BackendTls("web.acme.io", ca_secret="web-ca")),
            replace(BASE, backend_tls=BackendTls("web.shop.svc", ca_secret="other-ca")),
        ),
    ),
    "backend_tls_config_map": Intent(
        exposure=replace(BASE, backend_tls=BackendTls("web.shop.svc", ca_config_map="web-ca")),
        changed=(replace(BASE, backend_tls=BackendTls("web.shop.svc", ca_config_map="other-ca")),),
    ),
    "port_tls_secret": Intent(
        exposure=replace(BASE, backend_tls=PortTls("web.shop.svc", ca_secret="web-tls")),
        changed=(
            replace(BASE, backend_tls=PortTls("web", ca_secret="web-tls")),
            replace(BASE, backend_tls=PortTls("web.shop.svc", ca_secret="other-tls")),
        ),
    ),
    "port_tls_config_map": Intent(
        exposure=replace(BASE, backend_tls=PortTls("web.shop.svc", ca_config_map="cluster-ca")),
        changed=(replace(BASE, backend_tls=PortTls("web.shop.svc", ca_config_map="other-ca")),),
    ),
    "dns": Intent(
        exposure=replace(BASE, dns=DnsRecord(target="lb.acme.io", ttl=MINUTE)),
        changed=(
            replace(BASE, dns=DnsRecord(target="edge.acme.io", ttl=MINUTE)),
            replace(BASE, dns=DnsRecord(target="lb.acme.io", ttl=2 * MINUTE)),
            replace(BASE, dns=DnsRecord(target="lb.acme.io", ttl=MINUTE, prefixes=("internal.acme.io",))),
        ),
    ),
    "annotations": Intent(
        exposure=replace(BASE, annotations={"acme.io/owner": "web"}),
        changed=(replace(BASE, annotations={"acme.io/owner": "shop"}),),
    ),
    "tcp": Intent(
        exposure=TCP,
        changed=(replace(TCP, port="amqps"), replace(TCP, listener=5673), replace(TCP, name="other")),
        without=None,
    ),
    "tcp_allow_from": Intent(
        exposure=replace(TCP, allow_from=CLIENTS),
        changed=(replace(TCP, allow_from=("198.51.100.0/24",)),),
        without=TCP,
    ),
    "tls_passthrough": Intent(
        exposure=TLS,
        changed=(
            replace(TLS, host="other.acme.io"),
            replace(TLS, aliases=("amqp.acme.io",)),
            replace(TLS, listener=5671),
            replace(TLS, name="other"),
        ),
        without=None,
    ),
    "tls_passthrough_allow_from": Intent(
        exposure=replace(TLS, allow_from=CLIENTS),
        changed=(replace(TLS, allow_from=("198.51.100.0/24",)),),
        without=TLS,
    ),
    "udp": Intent(exposure=UDP, changed=(replace(UDP, listener=54), replace(UDP, name="other")), without=None),
}


def routed(name: FeatureName) -> Exposure:
    """The exposure of a feature of HTTP."""
    found = INTENTS[name].exposure
    assert isinstance(found, Exposure)
    return found
