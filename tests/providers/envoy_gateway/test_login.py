"""Logins of Envoy Gateway where several exposures of a host have one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import CheckError, Exposure, KmopChart, PathRoute, SecretKey, Tls
from kmop_constructs.exposure import Cors, ExistingEntry, Oidc
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid
from tests.providers.gateway_api.services import behind, envoy, rules, targets

import pytest
from cdk8s import App

OIDC = Oidc(issuer="https://id.acme.io", client_id="web", client_secret=SecretKey("oidc", "client-secret"))
LOGIN = Exposure(host="shop.acme.io", tls=Tls.secret("tls"), auth=OIDC)
OTHER = replace(OIDC, client_id="staff", callback_path="/staff/callback")
GROUP = "gateway.networking.k8s.io"
POLICY = "SecurityPolicy 'login-shop-acme-io'"


def drawn(chart: KmopChart, **exposures: Exposure) -> Synthesized:
    """Services with an exposure each."""
    for name, exposure in exposures.items():
        behind(envoy(), chart, name, exposure)
    return synthesize(chart)


def paths(result: Synthesized, *names: str) -> list[str]:
    """The paths of these HTTPRoutes."""
    return [match["path"]["value"] for name in names for rule in rules(result, name) for match in rule["matches"]]


@pytest.mark.parametrize("names", [("web", "api"), ("api", "web")])
def test_services_of_one_host_share_a_login_in_any_order(chart: KmopChart, names: tuple[str, ...]) -> None:
    given = {"web": LOGIN, "api": replace(LOGIN, paths=("/api",))}
    result = drawn(chart, **{name: given[name] for name in names})
    assert result.one("SecurityPolicy")["metadata"] == {"name": "login-shop-acme-io", "namespace": "shop"}
    assert targets(result, "SecurityPolicy") == [
        {"group": GROUP, "kind": "HTTPRoute", "name": each} for each in ("api", "web")
    ]
    assert_valid(result.objects, "1.30")


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_paths_of_a_shared_login_are_routed_once_in_any_order(chart: KmopChart, names: tuple[str, ...]) -> None:
    result = drawn(chart, **{name: replace(LOGIN, paths=(f"/{name}",)) for name in names})
    assert paths(result, "a", "b") == ["/a", "/oauth2/callback", "/oauth2/sign_out", "/b"]
    assert paths(result, "a-redirect", "b-redirect") == ["/a", "/oauth2/callback", "/oauth2/sign_out", "/b"]


def test_only_the_uncovered_login_path_is_added(chart: KmopChart) -> None:
    back = PathRoute("/oauth2/callback", match="Exact")
    result = drawn(chart, a=replace(LOGIN, paths=("/a",)), b=replace(LOGIN, paths=("/b", back)))
    assert paths(result, "a", "b") == ["/a", "/oauth2/sign_out", "/b", "/oauth2/callback"]


def test_a_grpc_service_with_a_login_has_an_http_route(chart: KmopChart) -> None:
    """It may have to route the paths of the login."""
    grpc = (PathRoute("/", port="grpc", headers={"X-Beta": "yes"}),)
    result = drawn(chart, a=replace(LOGIN, paths=("/a",)), b=replace(LOGIN, paths=grpc))
    assert paths(result, "a", "b") == ["/a", "/oauth2/callback", "/oauth2/sign_out", "/"]
    assert result.pick("GRPCRoute") == []


@pytest.mark.parametrize("names", [("web", "api"), ("api", "web")])
def test_a_service_below_another_takes_no_path_of_their_login(chart: KmopChart, names: tuple[str, ...]) -> None:
    given = {"web": LOGIN, "api": replace(LOGIN, paths=("/api",))}
    assert paths(drawn(chart, **{name: given[name] for name in names}), "web", "api") == ["/", "/api"]


def test_two_logins_of_a_host_have_two_sign_out_paths(chart: KmopChart) -> None:
    result = drawn(chart, web=LOGIN, staff=replace(LOGIN, auth=OTHER, paths=("/staff",)))
    ends = {each["spec"]["oidc"]["logoutPath"] for each in result.pick("SecurityPolicy")}
    assert ends == {"/oauth2/sign_out", "/staff/sign_out"}


@pytest.mark.parametrize(
    ("callback", "end"),
    [("/back", "/back/sign_out"), ("/callback", "/callback/sign_out"), ("/a/callback", "/a/sign_out")],
)
def test_a_session_ends_below_the_callback_or_beside_it(chart: KmopChart, callback: str, end: str) -> None:
    result = drawn(chart, web=replace(LOGIN, auth=replace(OIDC, callback_path=callback)))
    assert result.one("SecurityPolicy")["spec"]["oidc"]["logoutPath"] == end


@pytest.mark.parametrize(
    ("said", "what", "differing"),
    [
        ({"auth": replace(OIDC, client_id="api")}, POLICY, "auth"),
        ({"auth": replace(OIDC, client_secret=SecretKey("api", "client-secret"))}, POLICY, "auth"),
        ({"allow_from": ("10.0.0.0/8",)}, POLICY, "allow_from"),
        ({"cors": Cors(("https://acme.io",))}, POLICY, "cors"),
        ({"aliases": ("www.acme.io",)}, POLICY, "the hosts"),
        (
            {"auth": replace(OIDC, callback_path="/oauth2/sign_out")},
            "login path 'shop.acme.io/oauth2/sign_out'",
            "the callback path and what the path does",
        ),
    ],
)
def test_logins_with_one_callback_that_differ_conflict(
    chart: KmopChart, said: dict[str, Any], what: str, differing: str
) -> None:
    message = (
        f"1 finding; .*\n *shop/web/gateway: shares the {what} with shop/api/gateway, but the two differ in {differing}; a host has "
        "one session for each login: .* another callback_path"
    )
    with pytest.raises(CheckError, match=message):
        drawn(chart, web=LOGIN, api=replace(LOGIN, paths=("/api",), **said))


def test_logins_of_one_host_in_two_namespaces_conflict(app: App, chart: KmopChart) -> None:
    shared = envoy(gateway_class=None, entry=ExistingEntry("public", namespace="edge"), section="https")
    behind(shared, chart, "web", LOGIN)
    behind(shared, KmopChart(app, "staff", namespace="staff"), "api", replace(LOGIN, paths=("/api",)))
    for path in ("callback", "sign_out"):
        message = (
            f"staff/api/gateway: shares the login path 'shop.acme.io/oauth2/{path}' with shop/web/gateway, but the two differ "
            "in the namespace"
        )
        with pytest.raises(CheckError, match=message):
            synthesize(app)


def test_one_login_on_two_hosts_is_two_policies(chart: KmopChart) -> None:
    result = drawn(chart, web=LOGIN, api=replace(LOGIN, host="api.acme.io"))
    names = [each["metadata"]["name"] for each in result.pick("SecurityPolicy")]
    assert sorted(names) == ["login-api-acme-io", "login-shop-acme-io"]


def test_a_login_is_removed_with_its_last_exposure(chart: KmopChart) -> None:
    behind(envoy(), chart, "first", Exposure(host="acme.io"))
    behind(envoy(), chart, "web", LOGIN)
    behind(envoy(), chart, "api", replace(LOGIN, paths=(PathRoute("/api"),)))
    chart.node.try_remove_child("web")
    result = synthesize(chart)
    assert targets(result, "SecurityPolicy") == [{"group": GROUP, "kind": "HTTPRoute", "name": "api"}]
    assert paths(result, "api") == ["/api", "/oauth2/callback", "/oauth2/sign_out"]
    chart.node.try_remove_child("api")
    assert synthesize(chart).pick("SecurityPolicy") == []
