"""The features that Envoy Gateway 1.9 supports: those of the Gateway API, and its own policies."""

from __future__ import annotations

from kmop_constructs.components.api_gateway.capability import Can, Cannot, Supports
from kmop_constructs.providers.gateway_api.supports import SUPPORTS as GATEWAY_API

__all__ = ["RATE_LIMIT_SERVICE", "SUPPORTS"]

RATE_LIMIT_SERVICE = "its rate limit service"
"""Counts for all proxies together; enabled in the configuration of Envoy Gateway, with a Redis."""

_TASKS = "https://gateway.envoyproxy.io/v1.9/tasks"
_API = "https://gateway.envoyproxy.io/v1.9/api/extension_types/"
_CODE = "https://github.com/envoyproxy/gateway/blob/v1.9.1/internal"
_MUTUAL = f"{_TASKS}/security/mutual-tls/"
_OIDC = f"{_TASKS}/security/oidc/"
_JWT = f"{_TASKS}/security/jwt-authentication/"
_BASIC = f"{_TASKS}/security/basic-auth/"
_ADDRESSES = f"{_TASKS}/security/restrict-ip-access/"
_CORS = f"{_TASKS}/security/cors/"
_GLOBAL = f"{_TASKS}/traffic/global-rate-limit/"
_LOCAL = f"{_TASKS}/traffic/local-rate-limit/"
_RETRY = f"{_TASKS}/traffic/retry/"
_BALANCING = f"{_TASKS}/traffic/load-balancing/"
_BACKEND_TLS = f"{_TASKS}/security/backend-tls/"
_KEYS = f"{_TASKS}/security/apikey-auth/"
_BUFFER = f"{_TASKS}/traffic/request-buffering/"
_BACKEND_TLS_SINCE = {"envoy-gateway": "1.6", "gateway-api": "1.4"}

SUPPORTS: Supports = {
    **GATEWAY_API,
    "path_regex": Can("rules[].matches[].path, type RegularExpression (RE2, must match the whole path)", f"{_CODE}/xds/translator/route.go"),
    "websocket": Can("no field: every route allows WebSocket upgrades", f"{_CODE}/xds/translator/route.go"),
    "tls_min_version": Can("ClientTrafficPolicy tls.minVersion, of the host's listener", _API),
    "mutual_tls": Can("ClientTrafficPolicy tls.clientValidation, of the host's listener; the Secret must have the key ca.crt", _MUTUAL),
    "mutual_tls_optional": Can("ClientTrafficPolicy tls.clientValidation, mode VerifyIfGiven", _API),
    "mutual_tls_config_map": Can("ClientTrafficPolicy tls.clientValidation, of the host's listener; the ConfigMap must have the key ca.crt", _MUTUAL),
    "oidc": Can("SecurityPolicy oidc; the Secret must have the key client-secret", _OIDC),
    "jwt": Can("SecurityPolicy jwt.providers[]", _JWT),
    "jwt_audiences": Can("SecurityPolicy jwt.providers[].audiences", _API),
    "jwt_claims": Can("SecurityPolicy jwt.providers[].claimToHeaders", _API),
    "basic_auth": Can("SecurityPolicy basicAuth; the Secret must have the key .htpasswd, with SHA hashes of the passwords (htpasswd -s)", _BASIC),
    "api_key": Can("SecurityPolicy apiKeyAuth; an Opaque Secret with one key for each client: its name is the client, its value the API key", _KEYS, since={"envoy-gateway": "1.3"}),
    "allow_from": Can("SecurityPolicy authorization: Deny by default, Allow for clientCIDRs", _ADDRESSES),
    "rate_limit_client": Can("BackendTrafficPolicy rateLimit.global, sourceCIDR of type Distinct; without the service, each proxy would remember only 20 clients", _GLOBAL, needs=RATE_LIMIT_SERVICE),
    "rate_limit_global": Can("BackendTrafficPolicy rateLimit.local, counted in each proxy; with the rate limit service rateLimit.global, counted together", _LOCAL),
    "rate_limit_burst": Cannot("its limits have a number and a unit, and no field for a burst: the number is also the burst of a local limit", _API),
    "cors": Can("SecurityPolicy cors", _CORS),
    "max_body_size": Can("BackendTrafficPolicy requestBuffer.limit: it reads a whole body before it forwards the request, and answers larger ones with 413", _BUFFER, since={"envoy-gateway": "1.4"}),
    "retries": Can("BackendTrafficPolicy retry.numRetries, retryOn.triggers connect-failure and refused-stream", _RETRY),
    "retry_gateway_errors": Can("BackendTrafficPolicy retry.retryOn.triggers gateway-error", _RETRY),
    "retry_timeout": Can("BackendTrafficPolicy retry.perRetry.timeout", _RETRY),
    "sticky": Can("BackendTrafficPolicy loadBalancer, ConsistentHash of a Cookie", _BALANCING),
    "sticky_max_age": Can("BackendTrafficPolicy loadBalancer, cookie.ttl", _BALANCING),
    "compression": Can("BackendTrafficPolicy compressor: Brotli, and Gzip for clients without it", _API),
    "backend_tls_secret": Can("BackendTLSPolicy with the Secret, of which it reads the key ca.crt", _BACKEND_TLS, since=_BACKEND_TLS_SINCE),
    "backend_tls_config_map": Can("BackendTLSPolicy", _BACKEND_TLS, since=_BACKEND_TLS_SINCE),
    "port_tls_secret": Can("BackendTLSPolicy with the Secret, of which it reads the key ca.crt", _BACKEND_TLS, since=_BACKEND_TLS_SINCE),
    "port_tls_config_map": Can("BackendTLSPolicy", _BACKEND_TLS, since=_BACKEND_TLS_SINCE),
}  # fmt: skip
