"""Kong's plug-ins for an exposure, and its settings for requests to a Service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.auth import ApiKey, BasicAuth, Jwt, Oidc
from kmop_constructs.components.api_gateway.capability import refusal
from kmop_constructs.components.api_gateway.slug import digest
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.quantity import seconds

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.features import FeatureName
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.components.api_gateway.traffic import Cors, RateLimit
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import configuration_konghq_com as kong
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.env import SecretKey

__all__ = [
    "DEFAULT_CALLBACK",
    "LOGIN",
    "SETTINGS",
    "Plugin",
    "group_of",
    "limits",
    "plugins",
    "refused",
    "times",
    "to_service",
]

_METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT")
"""Methods that the plug-in cors supports (kong/plugins/cors/schema.lua)."""

_LITERAL = re.compile(r"[A-Za-z0-9.:/-]+")
"""An origin that the plug-in cors does not read as a regular expression (kong/plugins/cors/handler.lua)."""

LOGIN = "login"
"""The name suffix of a login's plug-in, without sharing."""

DEFAULT_CALLBACK = "/oauth2/callback"
"""The callback path of the login that keeps the default cookie names of the plug-in."""

SETTINGS = (
    "konghq.com/protocol",
    "konghq.com/tls-verify",
    "konghq.com/host-header",
    "konghq.com/ca-certificates-secrets",
    "konghq.com/ca-certificates-configmaps",
    "konghq.com/connect-timeout",
    "konghq.com/retries",
    "konghq.com/plugins",
    "konghq.com/upstream-policy",
)
"""Settings of a Service in Kong, for every route to it; the other timeouts are set with the first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plugin:
    """A KongPlugin without a name."""

    suffix: str
    """The suffix of its name."""

    plugin: str
    """The name of the plug-in in Kong."""

    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Its configuration."""

    secrets: Mapping[str, SecretKey] = field(default_factory=dict[str, Any])
    """Parts of the configuration that are read from Secrets, by JSON pointer. Default: none."""

    before: tuple[str, ...] = ()
    """Plug-ins that must run later, although Kong's own order is another. Kong Enterprise. Default: none."""

    def literal(self, name: str, labels: Mapping[str, str]) -> kong.KongPlugin:
        """Return the object. It needs no class, because the objects that refer to it have one."""
        metadata: k8s.ObjectMeta = {"name": name}
        if labels:
            metadata["labels"] = dict(labels)
        drawn: kong.KongPlugin = {
            "apiVersion": "configuration.konghq.com/v1",
            "kind": "KongPlugin",
            "metadata": metadata,
            "plugin": self.plugin,
        }
        if self.config:
            drawn["config"] = self.config
        if self.secrets:
            drawn["configPatches"] = [
                {"path": path, "valueFrom": {"secretKeyRef": {"name": secret.name, "key": secret.key}}}
                for path, secret in self.secrets.items()
            ]
        if self.before:
            drawn["ordering"] = {"before": {"access": list(self.before)}}
        return drawn


def refused(service: ServiceFacts, name: FeatureName, why: str) -> UnsupportedError:
    """Return the error for a value that Kong does not support."""
    return refusal(service.path, "KongGateway", name, why)


def group_of(service: ServiceFacts, secret: str) -> str:
    """Return the name of the consumer of a credential Secret, and of the group that holds only this consumer.

    Kong sees both in all namespaces, so the name contains the namespace.
    """
    return secret if service.namespace is None else f"{service.namespace}.{secret}"


def plugins(service: ServiceFacts, exposure: Exposure) -> list[Plugin]:
    """Return the plug-ins of every request to a Service: access control first."""
    found = [*_access(service, exposure)]
    if exposure.cors is not None:
        found.append(Plugin(suffix="cors", plugin="cors", config=_cors(service, exposure.cors)))
    if exposure.max_body_size is not None:
        size = {"allowed_payload_size": exposure.max_body_size.in_bytes, "size_unit": "bytes"}
        found.append(Plugin(suffix="request-size", plugin="request-size-limiting", config=size))
    if exposure.tls is not None and exposure.tls.hsts is not None:
        header = [f"Strict-Transport-Security:{exposure.tls.hsts.header}"]
        # "replace" where the service sets the header too, "add" where it does not.
        config = {"replace": {"headers": header}, "add": {"headers": header}}
        found.append(Plugin(suffix="hsts", plugin="response-transformer", config=config))
    return found


def limits(limit: RateLimit) -> Mapping[str, object]:
    """Return the configuration of the plug-in rate-limiting."""
    by = "ip" if limit.of == "client" else "service"
    return {limit.unit: limit.requests, "limit_by": by, "policy": "local"}


def times(service: ServiceFacts, exposure: Exposure) -> dict[str, str]:
    """Return timeouts and retries, which apply to requests to any Service."""
    each, retries = exposure.timeout, exposure.retries
    if retries is not None and retries.per_try_timeout is not None:
        if each is not None and each != retries.per_try_timeout:
            why = "its timeouts apply to each attempt, and it has none for all attempts together; leave Exposure.timeout out"
            raise refused(service, "retry_timeout", why)
        each = retries.per_try_timeout
    annotations: dict[str, str] = {}
    if each is not None:
        milliseconds = f"{seconds('Exposure.timeout', each) * 1000}"
        annotations |= {f"konghq.com/{phase}-timeout": milliseconds for phase in ("connect", "write", "read")}
    if retries is not None:
        annotations["konghq.com/retries"] = f"{retries.attempts}"
    return annotations


def to_service(service: ServiceFacts, exposure: Exposure, *, grpc: bool) -> dict[str, str]:
    """Return the settings of the service's own Service: they apply to all of its ports, and to every route to it."""
    tls = exposure.backend_tls
    annotations: dict[str, str] = {}
    if tls is None:
        annotations |= {"konghq.com/protocol": "grpc"} if grpc else {}
    else:
        annotations |= {
            "konghq.com/protocol": "grpcs" if grpc else "https",
            "konghq.com/tls-verify": "true",
            # Kong uses the Host header as the server name, and checks the certificate against it.
            "konghq.com/host-header": tls.hostname,
        }
        if tls.ca_secret is not None:
            annotations["konghq.com/ca-certificates-secrets"] = tls.ca_secret
        if tls.ca_config_map is not None:
            annotations["konghq.com/ca-certificates-configmaps"] = tls.ca_config_map
    return annotations | times(service, exposure)


def _access(service: ServiceFacts, exposure: Exposure) -> Iterator[Plugin]:
    auth = exposure.auth
    if exposure.allow_from:
        yield Plugin(suffix="ip-restriction", plugin="ip-restriction", config={"allow": list(exposure.allow_from)})
    if isinstance(auth, BasicAuth):
        yield Plugin(suffix="basic-auth", plugin="basic-auth")
    if isinstance(auth, ApiKey):
        config = {"key_names": [auth.header], "key_in_header": True, "key_in_query": False, "key_in_body": False}
        yield Plugin(suffix="key-auth", plugin="key-auth", config=config)
    if isinstance(auth, BasicAuth | ApiKey):
        # Without it, every consumer of Kong would be allowed.
        yield Plugin(suffix="acl", plugin="acl", config={"allow": [group_of(service, auth.secret)]})
    if isinstance(auth, Oidc):
        yield _login(service, exposure, auth)
    if isinstance(auth, Jwt):
        yield _tokens(service, auth)


def _login(service: ServiceFacts, exposure: Exposure, auth: Oidc) -> Plugin:
    host, *others = exposure.hosts
    if others or host.startswith("*."):
        raise refused(
            service, "oidc", "its login has one callback host, and the session is valid only there; use one host"
        )
    if auth.cookie_secret is None:
        why = "Kong's pods must share the key that encrypts sessions; set Oidc(cookie_secret=…)"
        raise refused(service, "oidc", why)
    config: dict[str, object] = {
        "issuer": auth.issuer,
        "client_id": [auth.client_id],
        "client_secret": [],
        "auth_methods": ["authorization_code", "session"],
        "scopes": list(auth.scopes),
        "redirect_uri": [f"https://{host}{auth.callback_path}"],
        # Back to the original page, without a token in the address.
        "login_action": "redirect",
        "login_tokens": [],
        "preserve_query_args": True,
        "authorization_cookie_secure": True,
        "session_cookie_secure": True,
        "ssl_verify": True,
    }
    if auth.callback_path != DEFAULT_CALLBACK:
        # Two logins of a host must not read each other's cookies as broken ones of their own.
        mark = digest(auth.callback_path)
        config |= {"session_cookie_name": f"session-{mark}", "authorization_cookie_name": f"authorization-{mark}"}
    secrets = {"/client_secret/0": auth.client_secret, "/session_secret": auth.cookie_secret}
    return Plugin(suffix=LOGIN, plugin="openid-connect", config=config, secrets=secrets)


def _tokens(service: ServiceFacts, auth: Jwt) -> Plugin:
    if not re.fullmatch(r"https?://\S+", auth.issuer):
        raise refused(service, "jwt", f"it needs a URL as the issuer, and not {auth.issuer!r}")
    config: dict[str, object] = {
        "issuer": auth.issuer,
        # The keys are read only from the URI of the exposure.
        "using_pseudo_issuer": True,
        "extra_jwks_uris": [auth.jwks_uri],
        "issuers_allowed": [auth.issuer],
        "auth_methods": ["bearer"],
        "bearer_token_param_type": ["header"],
        "ssl_verify": True,
    }
    if auth.audiences:
        for audience in auth.audiences:
            if " " in audience:
                raise refused(
                    service, "jwt_audiences", f"it reads {audience!r} as several audiences that are all required"
                )
        config["audience_required"] = list(auth.audiences)
    if auth.claims_to_headers:
        config["upstream_headers_claims"] = list(auth.claims_to_headers)
        config["upstream_headers_names"] = list(auth.claims_to_headers.values())
    return Plugin(suffix="openid-connect", plugin="openid-connect", config=config)


def _cors(service: ServiceFacts, cors: Cors) -> Mapping[str, object]:
    for method in cors.methods:
        if method not in _METHODS:
            raise refused(service, "cors", f"it does not support the method {method!r}")
    config: dict[str, object] = {
        "origins": [_origin(origin) for origin in cors.origins],
        "methods": list(cors.methods),
        # An empty list means every requested header. CORS always allows Accept, so it adds none.
        "headers": list(cors.headers) or ["Accept"],
        "credentials": cors.credentials,
    }
    if cors.expose_headers:
        config["exposed_headers"] = list(cors.expose_headers)
    if cors.max_age is not None:
        config["max_age"] = seconds("Cors.max_age", cors.max_age, lowest=0)
    return config


def _origin(origin: str) -> str:
    """Return an origin for the plug-in: text with special characters becomes a regular expression, anchored at both ends."""
    if origin == "*" or _LITERAL.fullmatch(origin):
        return origin
    return re.sub(r"[.+?()\[\]{}|^$]", r"\\\g<0>", origin).replace("*", "[^/]+")
