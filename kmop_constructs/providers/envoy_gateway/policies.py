"""The policies of Envoy Gateway, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Jwt, Oidc
from kmop_constructs.components.api_gateway.targets import leads_to_grpc
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.providers.gateway_api.traffic import check_preflights, duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.components.api_gateway.traffic import RateLimit, Retry, StickyCookie
    from kmop_constructs.providers.gateway_api.routes import RouteMode, Wanted
    from kmop_constructs.typings import gateway_envoyproxy_io as envoy
    from kmop_constructs.typings import k8s

__all__ = [
    "CLIENT_SECRET",
    "backend_policy",
    "check_policies",
    "client_policy",
    "client_tls",
    "logout_path",
    "security_policy",
]

CLIENT_SECRET = "client-secret"
"""The key of the Secret that Envoy Gateway reads (https://gateway.envoyproxy.io/v1.9/tasks/security/oidc/)."""

LARGEST_BODY = 2**32 - 1
"""The largest ``requestBuffer.limit``, in bytes
(https://github.com/envoyproxy/gateway/blob/v1.9.1/internal/xds/translator/request_buffer.go)."""

_UNITS: dict[str, Literal["Second", "Minute", "Hour", "Day"]] = {
    "second": "Second",
    "minute": "Minute",
    "hour": "Hour",
    "day": "Day",
}


def logout_path(oidc: Oidc) -> str:
    """Return the logout path: ``/oauth2/sign_out`` beside ``/oauth2/callback``, else a path below the callback path.

    The default of Envoy Gateway, ``/logout``, would hide a path of the service, and be the same for two logins of a
    host.
    """
    path = oidc.callback_path.rstrip("/")
    return f"{path.removesuffix('/callback') or path}/sign_out"


def check_policies(wanted: Wanted) -> None:
    """Refuse values that the policies do not support."""
    exposure = wanted.exposure
    auth, cors = exposure.auth, exposure.cors
    if isinstance(auth, Oidc) and auth.client_secret.key != CLIENT_SECRET:
        raise UnsupportedError(
            f"{wanted.path}: exposure.auth.client_secret: {wanted.provider} reads only the key {CLIENT_SECRET!r} of the Secret, "
            f"got {auth.client_secret.key!r}; name that key: SecretKey({auth.client_secret.name!r}, {CLIENT_SECRET!r})"
        )
    if exposure.rate_limit is not None and (len(exposure.routes) > 1 or len(exposure.hosts) > 1):
        why = "it counts each path and host on its own, and the exposure has several; give each its own exposure with a part of the rate"
        of_all = exposure.rate_limit.of == "global"
        raise wanted.refuse("rate_limit_global" if of_all else "rate_limit_client", why)
    _check_body(wanted)
    if cors is not None:
        check_preflights(wanted)


def _check_body(wanted: Wanted) -> None:
    """Refuse a limit for bodies where the gateway cannot hold a whole body before it forwards the request."""
    exposure = wanted.exposure
    if exposure.max_body_size is None:
        return
    for route in exposure.routes:
        if route.websocket or leads_to_grpc(wanted.service, route):
            why = (
                f"it reads a whole body before it forwards the request, so WebSockets and streams of gRPC on {route.path!r} would hang; "
                "give them an exposure of their own without the limit"
            )
            raise wanted.refuse("max_body_size", why)
    if exposure.max_body_size.in_bytes > LARGEST_BODY:
        raise wanted.refuse(
            "max_body_size", f"it counts up to {LARGEST_BODY} bytes, and {exposure.max_body_size} is more"
        )


def security_policy(
    wanted: Wanted, routes: Sequence[tuple[RouteMode, str]], *, shared: str | None = None
) -> envoy.SecurityPolicy | None:
    """Return the policy of authentication and CORS; ``None`` where the exposure sets neither.

    `shared` is the name of a policy for routes of several services; it then has no labels of one of them.
    """
    exposure = wanted.exposure
    spec: envoy.SecurityPolicySpec = {"targetRefs": _routes(routes)}
    match exposure.auth:
        case Oidc() as oidc:
            spec["oidc"] = _oidc(wanted, oidc)
        case Jwt() as jwt:
            spec["jwt"] = {"providers": [_jwt(wanted.name, jwt)]}
        case BasicAuth() as basic:
            spec["basicAuth"] = {"users": {"name": basic.secret}}
        case ApiKey() as keys:
            spec["apiKeyAuth"] = {
                "credentialRefs": [{"name": keys.secret}],
                "extractFrom": [{"headers": [keys.header]}],
            }
        case _:
            pass
    if exposure.allow_from:
        spec["authorization"] = {
            "defaultAction": "Deny",
            "rules": [
                {"name": "allow-from", "action": "Allow", "principal": {"clientCIDRs": list(exposure.allow_from)}}
            ],
        }
    if exposure.cors is not None:
        spec["cors"] = _cors(wanted)
    if len(spec) == 1:
        return None
    metadata: k8s.ObjectMeta = {"name": wanted.name, "labels": dict(wanted.service.labels)}
    if shared is not None:
        metadata = {"name": shared}
        if wanted.service.namespace is not None:
            metadata["namespace"] = wanted.service.namespace
    return {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "SecurityPolicy",
        "metadata": metadata,
        "spec": spec,
    }


def backend_policy(
    wanted: Wanted, routes: Sequence[tuple[RouteMode, str]], *, common: bool
) -> envoy.BackendTrafficPolicy | None:
    """Return the policy of traffic to the service; ``None`` where the exposure sets none. `common`: the rate limit service exists."""
    exposure = wanted.exposure
    spec: envoy.BackendTrafficPolicySpec = {"targetRefs": _routes(routes)}
    if exposure.rate_limit is not None:
        spec["rateLimit"] = _rate_limit(exposure.rate_limit, common=common)
    if exposure.retries is not None:
        spec["retry"] = _retry(exposure.retries)
    if exposure.sticky is not None:
        spec["loadBalancer"] = _sticky(exposure.sticky)
    if exposure.max_body_size is not None:
        spec["requestBuffer"] = {"limit": exposure.max_body_size.in_bytes}
    if exposure.compression:
        # A type without its own object is ignored: internal/gatewayapi/backendtrafficpolicy.go, buildCompression.
        spec["compressor"] = [{"type": "Brotli", "brotli": {}}, {"type": "Gzip", "gzip": {}}]
    if len(spec) == 1:
        return None
    return {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "BackendTrafficPolicy",
        "metadata": {"name": wanted.name, "labels": dict(wanted.service.labels)},
        "spec": spec,
    }


def client_tls(tls: Tls, *, namespace: str | None = None) -> envoy.ClientTrafficPolicyTls | None:
    """Return the TLS settings of a listener besides its certificate; ``None`` without settings.

    `namespace` is that of the CA, if it is not the policy's.
    """
    drawn: envoy.ClientTrafficPolicyTls = {}
    if tls.min_version is not None:
        drawn["minVersion"] = tls.min_version
    if tls.mutual is not None:
        authority: envoy.BackendTlsClientCertificateRef = {
            "group": "",
            "kind": "Secret" if tls.mutual.ca_secret is not None else "ConfigMap",
            "name": tls.mutual.ca_secret or tls.mutual.ca_config_map or "",
        }
        if namespace is not None:
            authority["namespace"] = namespace
        drawn["clientValidation"] = {"caCertificateRefs": [authority]}
        if tls.mutual.optional:
            drawn["clientValidation"]["mode"] = "VerifyIfGiven"
    return drawn or None


def client_policy(gateway: str, section: str, tls: envoy.ClientTrafficPolicyTls) -> envoy.ClientTrafficPolicy:
    """Return the policy of one listener."""
    return {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "ClientTrafficPolicy",
        "metadata": {"name": f"{gateway}-{section}"},
        "spec": {
            "targetRefs": [
                {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway, "sectionName": section}
            ],
            "tls": tls,
        },
    }


def _routes(routes: Sequence[tuple[RouteMode, str]]) -> list[envoy.BackendTrafficPolicyTargetRef]:
    return [{"group": "gateway.networking.k8s.io", "kind": kind, "name": name} for kind, name in routes]


def _oidc(wanted: Wanted, oidc: Oidc) -> envoy.SecurityPolicyOidc:
    hosts = wanted.exposure.hosts
    # With several hosts, the callback is at the host of the request.
    host = hosts[0] if len(hosts) == 1 and not hosts[0].startswith("*.") else "%REQ(:authority)%"
    return {
        "provider": {"issuer": oidc.issuer},
        "clientID": oidc.client_id,
        "clientSecret": {"name": oidc.client_secret.name},
        "scopes": list(oidc.scopes),
        "redirectURL": f"https://{host}{oidc.callback_path}",
        "logoutPath": logout_path(oidc),
    }


def _jwt(name: str, jwt: Jwt) -> envoy.SecurityPolicyJwtProvider:
    provider: envoy.SecurityPolicyJwtProvider = {
        "name": name,
        "issuer": jwt.issuer,
        "remoteJWKS": {"uri": jwt.jwks_uri},
        # Without it, tokens are also accepted from the query, which logs show.
        "extractFrom": {"headers": [{"name": "Authorization", "valuePrefix": "Bearer "}]},
    }
    if jwt.audiences:
        provider["audiences"] = list(jwt.audiences)
    if jwt.claims_to_headers:
        provider["claimToHeaders"] = [
            {"claim": claim, "header": header} for claim, header in jwt.claims_to_headers.items()
        ]
    return provider


def _cors(wanted: Wanted) -> envoy.SecurityPolicyCors:
    cors = wanted.exposure.cors
    assert cors is not None
    drawn: envoy.SecurityPolicyCors = {"allowOrigins": list(cors.origins)}
    if cors.methods:
        drawn["allowMethods"] = list(cors.methods)
    if cors.headers:
        drawn["allowHeaders"] = list(cors.headers)
    if cors.expose_headers:
        drawn["exposeHeaders"] = list(cors.expose_headers)
    if cors.max_age is not None:
        drawn["maxAge"] = duration(cors.max_age)
    if cors.credentials:
        drawn["allowCredentials"] = True
    return drawn


def _rate_limit(limit: RateLimit, *, common: bool) -> envoy.BackendTrafficPolicyRateLimit:
    rule: envoy.BackendTrafficPolicyRateLimitGlobalRule = {
        "limit": {"requests": limit.requests, "unit": _UNITS[limit.unit]}
    }
    if limit.of == "global":
        if common:
            return {"global": {"rules": [rule]}}
        return {"local": {"rules": [rule]}}
    # One rule for each IP family: a range holds only addresses of its own family.
    each = [
        cast(
            "envoy.BackendTrafficPolicyRateLimitGlobalRule",
            {"clientSelectors": [{"sourceCIDR": {"type": "Distinct", "value": every}}], **rule},
        )
        for every in ("0.0.0.0/0", "::/0")
    ]
    return {"global": {"rules": each}}


def _retry(retries: Retry) -> envoy.BackendTrafficPolicyRetry:
    # Neither of these requests has reached the service, so a retry is safe.
    triggers: list[Literal["connect-failure", "refused-stream", "gateway-error"]] = [
        "connect-failure",
        "refused-stream",
    ]
    if retries.gateway_errors:
        triggers.append("gateway-error")
    drawn = cast("envoy.BackendTrafficPolicyRetry", {"numRetries": retries.attempts, "retryOn": {"triggers": triggers}})
    if retries.per_try_timeout is not None:
        drawn["perRetry"] = {"timeout": duration(retries.per_try_timeout)}
    return drawn


def _sticky(sticky: StickyCookie) -> envoy.BackendTrafficPolicyLoadBalancer:
    # Without ttl Envoy sets no cookie; a ttl of zero makes a session cookie.
    ttl = "0s" if sticky.max_age is None else duration(sticky.max_age)
    return {
        "type": "ConsistentHash",
        "consistentHash": {"type": "Cookie", "cookie": {"name": sticky.name, "ttl": ttl}},
    }
