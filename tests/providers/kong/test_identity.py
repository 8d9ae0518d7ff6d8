"""Kong: headers that identify a consumer or the claims of a token, which clients could send themselves."""

from __future__ import annotations

from dataclasses import replace

from kmop_constructs import PathRoute
from kmop_constructs.exposure import BasicAuth, Jwt
from kmop_constructs.providers.kong import KongGatewayOptions
from tests.providers.kong.test_gateway import HOST, said_by, shop

from cdk8s import App

CONSUMER = [
    "X-Consumer-ID",
    "X-Consumer-Custom-ID",
    "X-Consumer-Username",
    "X-Credential-Identifier",
    "X-Consumer-Groups",
]


def test_an_open_path_passes_no_consumer_of_clients(app: App) -> None:
    """With a rewrite the two are one plug-in, because a route has one request-transformer."""
    guard = replace(HOST, name="staff", paths=("/staff",), auth=BasicAuth("staff"))
    paths = ("/", PathRoute("/old", rewrite="/new"))
    result = shop(app, web=(guard, replace(HOST, paths=paths)))
    removed = {"headers": CONSUMER}
    assert result.one("KongPlugin", "web-identity")["config"] == {"remove": removed}
    rewrite = result.one("KongPlugin", "web-path-old-rewrite")["config"]
    assert rewrite == {"replace": {"uri": "/new$(uri_captures[1])"}, "remove": removed}
    assert {name: said_by(result, "Ingress", name)["plugins"] for name in ("web", "web-path-old", "staff")} == {
        "web": "web-identity",
        "web-path-old": "web-path-old-rewrite",
        "staff": "staff-basic-auth,staff-acl",
    }


def test_headers_of_a_token_are_removed_before_it_is_read(app: App) -> None:
    """And after it those of others: the plug-in runs once, before openid-connect."""
    token = Jwt(issuer="https://id.acme.io", jwks_uri="https://id.acme.io/k", claims_to_headers={"sub": "X-User"})
    staff = replace(HOST, name="staff", paths=("/staff",), auth=BasicAuth("staff"))
    result = shop(app, KongGatewayOptions(edition="enterprise"), web=(staff, replace(HOST, auth=token)))
    plugin = result.one("KongPlugin", "web-identity")
    assert plugin["ordering"] == {"before": {"access": ["openid-connect"]}}
    assert plugin["config"] == {"remove": {"headers": ["X-User", *CONSUMER]}}
    plugin = result.one("KongPlugin", "staff-identity")
    assert ("ordering" in plugin, plugin["config"]) == (False, {"remove": {"headers": ["X-User"]}})
