"""Routes of the Gateway API: headers that identify a user, which clients could send themselves."""

from __future__ import annotations

from kmop_constructs import Exposure, KmopChart, PathRoute
from kmop_constructs.exposure import Jwt
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid
from tests.providers.gateway_api.services import behind, envoy, rules


def test_an_open_route_passes_no_identity_of_clients(chart: KmopChart) -> None:
    """HTTPRoutes and GRPCRoutes, of Envoy Gateway too. The route of the token keeps what the gateway sets there."""
    token = Jwt(issuer="https://id.acme.io", jwks_uri="https://id.acme.io/k", claims_to_headers={"sub": "X-User"})
    guard = Exposure(host="api.acme.io", name="api", auth=token)
    open_ = Exposure(host="open.acme.io", name="open", paths=("/", PathRoute("/old", rewrite="/new")))
    grpc = Exposure(host="grpc.acme.io", name="grpc", paths=(PathRoute("/", port="grpc"),))
    behind(envoy(), chart, "web", guard, open_, grpc)
    result = synthesize(chart)
    removal = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["X-User"]}}
    assert [removal in rule.get("filters", []) for rule in rules(result, "open")] == [True, True]
    assert result.one("GRPCRoute", "grpc")["spec"]["rules"][0]["filters"] == [removal]
    assert "filters" not in rules(result, "api")[0]
    assert_valid(result.objects, "1.30")
