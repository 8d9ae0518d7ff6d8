"""Authentication of requests: OpenID Connect, tokens, passwords, API keys. Every secret is a reference to a Secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import frozen, mapping, secret_name, text, texts, url_path

__all__ = ["ApiKey", "Auth", "BasicAuth", "Jwt", "Oidc"]

_URL = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*)?(\?[^\s#]*)?")
_HEADER = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Oidc:
    """Users log in at an OpenID Connect provider before a request reaches the service.

    ``Oidc(issuer="https://id.acme.io", client_id="shop", client_secret=SecretKey("shop-oidc", "client-secret"))``
    """

    issuer: str
    """The issuer URL of the OpenID Connect provider, ``https://…``. The gateway reads the other endpoints from
    ``/.well-known/openid-configuration`` below it."""

    client_id: str
    """The client id under which the application is registered at the provider."""

    client_secret: SecretKey
    """The client secret of the application, as a key of a Secret. Some gateways read one fixed key only; their error
    names it."""

    scopes: tuple[str, ...] = ("openid", "email", "profile")
    """The scopes of the login request; ``openid`` is required. Default: ``openid``, ``email`` and ``profile``."""

    callback_path: str = "/oauth2/callback"
    """The path of the host to which the provider sends users back after a login. Register it at the provider. Default:
    ``/oauth2/callback``."""

    cookie_secret: SecretKey | None = None
    """The key that encrypts session cookies where oauth2-proxy does the login: 16, 24 or 32 bytes, as a key of a
    Secret. Default: none. Gateways with a login of their own do not need it; those that use oauth2-proxy raise an error
    without it."""

    def __post_init__(self) -> None:
        _https("Oidc.issuer", self.issuer)
        text("Oidc.client_id", self.client_id)
        _reference("Oidc.client_secret", self.client_secret)
        if self.cookie_secret is not None:
            _reference("Oidc.cookie_secret", self.cookie_secret)
        object.__setattr__(self, "scopes", texts("Oidc.scopes", self.scopes))
        if "openid" not in self.scopes:
            raise bad("Oidc.scopes", "'openid' is missing, which every login needs", list(self.scopes) or (),
                      "add it: scopes=('openid', …)")  # fmt: skip
        url_path("Oidc.callback_path", self.callback_path)


@dataclass(frozen=True, kw_only=True, slots=True)
class Jwt:
    """Requests must carry a signed token in ``Authorization: Bearer …``: ``Jwt(issuer="https://id.acme.io", jwks_uri=…)``."""

    issuer: str
    """The exact value of the claim ``iss`` that a token must have."""

    jwks_uri: str
    """The URL of the JSON Web Key Set that holds the signing keys, ``https://…``."""

    audiences: tuple[str, ...] = ()
    """Accepted values of the claim ``aud``; a token must have one of them. Default: the claim is not checked."""

    claims_to_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Claims that the gateway passes to the service as request headers: claim to header name. Default: none."""

    def __post_init__(self) -> None:
        if "@" in text("Jwt.issuer", self.issuer).partition("://")[2].partition("/")[0]:
            raise SpecError("Jwt.issuer: the URL holds a user or password; remove them, secrets are references")
        _https("Jwt.jwks_uri", self.jwks_uri)
        object.__setattr__(self, "audiences", texts("Jwt.audiences", self.audiences))
        for claim, header in mapping("Jwt.claims_to_headers", self.claims_to_headers).items():
            text("Jwt.claims_to_headers", claim)
            header_name("Jwt.claims_to_headers", header)
        object.__setattr__(self, "claims_to_headers", frozen(self.claims_to_headers))


@dataclass(frozen=True, kw_only=True, slots=True)
class BasicAuth:
    """Requests must carry a user name and a password that a Secret holds: ``BasicAuth("staff")``."""

    secret: str = field(kw_only=False)
    """Name of the Secret with the users. Its type and keys depend on the gateway; see the docs page of the gateway."""

    def __post_init__(self) -> None:
        secret_name("BasicAuth", self.secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """Requests must carry an API key that a Secret holds, in a header: ``ApiKey("partners")``."""

    secret: str = field(kw_only=False)
    """Name of the Secret with the keys. Its type and keys depend on the gateway; see the docs page of the gateway."""

    header: str = "X-API-Key"
    """Name of the request header. Default: ``X-API-Key``."""

    def __post_init__(self) -> None:
        secret_name("ApiKey", self.secret)
        header_name("ApiKey.header", self.header)


Auth: TypeAlias = Oidc | Jwt | BasicAuth | ApiKey


def header_name(where: str, value: str) -> str:
    """Check the name of an HTTP header, and return it."""
    if not isinstance(value, str) or not _HEADER.fullmatch(value):
        raise bad(where, "not the name of a header", value, "use letters, digits and '-'")
    return value


def _reference(where: str, value: object) -> None:
    """Check a reference to a Secret. A wrong value may be the secret itself, so the message shows only its type."""
    if not isinstance(value, SecretKey):
        raise bad(where, "not a reference to a Secret", type(value), "write SecretKey(name, key)")


def _https(where: str, value: str) -> None:
    if not isinstance(value, str):
        raise bad(where, "not text", value, "write a URL such as 'https://id.acme.io'")
    if "@" in value.partition("://")[2].partition("/")[0]:
        raise SpecError(f"{where}: the URL holds a user or password; remove them, secrets are references")
    if not _URL.fullmatch(value):
        raise bad(where, "not an https URL", value, "write a URL such as 'https://id.acme.io'")
