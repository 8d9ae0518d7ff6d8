"""Who may send requests: login, tokens, passwords, keys. Every secret is a reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import dns_subdomain, frozen, mapping, text, texts, url_path

__all__ = ["ApiKey", "Auth", "BasicAuth", "Jwt", "Oidc"]

_URL = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*)?(\?[^\s#]*)?")
_HEADER = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Oidc:
    """People log in at an OpenID Connect provider before they get in.

    ``Oidc(issuer="https://id.acme.io", client_id="shop", client_secret=SecretKey("shop-oidc", "client-secret"))``
    """

    issuer: str
    """The provider's issuer URL, ``https://…``: its ``/.well-known/openid-configuration`` says the rest."""

    client_id: str
    """Under which name the provider knows this application."""

    client_secret: SecretKey
    """The application's secret. Some gateways read one key only, and say which."""

    scopes: tuple[str, ...] = ("openid", "email", "profile")
    """What is asked for. Default: who somebody is, their address and name."""

    callback_path: str = "/oauth2/callback"
    """The path of the host to which the provider sends people back. Register it there. Default: /oauth2/callback."""

    cookie_secret: SecretKey | None = None
    """What sessions are encrypted with, where oauth2-proxy does the login: 16, 24 or 32 bytes. Default: the gateway
    has one of its own; those that use oauth2-proxy ask for it."""

    def __post_init__(self) -> None:
        _https("Oidc.issuer", self.issuer)
        text("Oidc.client_id", self.client_id)
        _reference("Oidc.client_secret", self.client_secret)
        if self.cookie_secret is not None:
            _reference("Oidc.cookie_secret", self.cookie_secret)
        object.__setattr__(self, "scopes", texts("Oidc.scopes", self.scopes))
        if "openid" not in self.scopes:
            raise bad("Oidc.scopes", "lacks 'openid', without which there is no login", list(self.scopes) or (),
                      "add it: scopes=('openid', …)")  # fmt: skip
        url_path("Oidc.callback_path", self.callback_path)


@dataclass(frozen=True, kw_only=True, slots=True)
class Jwt:
    """Requests carry a signed token in ``Authorization: Bearer …``."""

    issuer: str
    """The claim ``iss`` that a token must have, as its maker writes it."""

    jwks_uri: str
    """Where the keys are that tokens are signed with, ``https://…``."""

    audiences: tuple[str, ...] = ()
    """One of these must be in the claim ``aud``. Default: it is not looked at."""

    claims_to_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Claims that the service gets as request headers: claim to header. Default: none."""

    def __post_init__(self) -> None:
        if "@" in text("Jwt.issuer", self.issuer).partition("://")[2].partition("/")[0]:
            raise SpecError("Jwt.issuer: holds a user or password; leave it out, secrets are references")
        _https("Jwt.jwks_uri", self.jwks_uri)
        object.__setattr__(self, "audiences", texts("Jwt.audiences", self.audiences))
        for claim, header in mapping("Jwt.claims_to_headers", self.claims_to_headers).items():
            text("Jwt.claims_to_headers", claim)
            header_name("Jwt.claims_to_headers", header)
        object.__setattr__(self, "claims_to_headers", frozen(self.claims_to_headers))


@dataclass(frozen=True, kw_only=True, slots=True)
class BasicAuth:
    """Requests carry a user and a password of a Secret: ``BasicAuth("staff")``."""

    secret: str = field(kw_only=False)
    """The Secret with the users. Under which key, and of which type, is the gateway's own; its docs page says it."""

    def __post_init__(self) -> None:
        dns_subdomain("BasicAuth", self.secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """Requests carry a key of a Secret in a header: ``ApiKey("partners")``."""

    secret: str = field(kw_only=False)
    """The Secret with the keys. Under which keys, and of which type, is the gateway's own; its docs page says it."""

    header: str = "X-API-Key"
    """The header. Default: ``X-API-Key``."""

    def __post_init__(self) -> None:
        dns_subdomain("ApiKey", self.secret)
        header_name("ApiKey.header", self.header)


Auth: TypeAlias = Oidc | Jwt | BasicAuth | ApiKey


def header_name(where: str, value: str) -> str:
    """The name of an HTTP header."""
    if not isinstance(value, str) or not _HEADER.fullmatch(value):
        raise bad(where, "not the name of a header", value, "use letters, digits and '-'")
    return value


def _reference(where: str, value: object) -> None:
    """A reference to a Secret. What stands in its place may be the secret itself, and is not shown."""
    if not isinstance(value, SecretKey):
        raise bad(where, "not a reference to a Secret", type(value), "write SecretKey(name, key)")


def _https(where: str, value: str) -> None:
    if not isinstance(value, str):
        raise bad(where, "not text", value, "write a URL such as 'https://id.acme.io'")
    if "@" in value.partition("://")[2].partition("/")[0]:
        raise SpecError(f"{where}: holds a user or password; leave it out, secrets are references")
    if not _URL.fullmatch(value):
        raise bad(where, "not an https URL", value, "write it as https://id.acme.io")
