"""ingress-nginx: paths of a host with regular expressions, of which the controller makes the longest text win."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from kmop_constructs import (
    Exposure,
    Image,
    KmopChart,
    Microservice,
    PathRoute,
    Platform,
    Port,
    ServiceSpec,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.exposure import Redirect
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from kmop_constructs.testing import Synthesized, synthesize
from tests.components.api_gateway.contract import drawn

import pytest
from cdk8s import App

P = "nginx.ingress.kubernetes.io/"
HOST = Exposure(host="web.acme.io")
SPEC = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80))


def shop(app: App, **exposures: Exposure) -> Synthesized:
    """Services of one namespace, each with its exposure."""
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=IngressNginxGateway))
    for name, exposure in exposures.items():
        Microservice(chart, name, replace(SPEC, exposure=exposure))
    return synthesize(chart)


def said_by(result: Synthesized, name: str) -> dict[str, str]:
    found = result.one("Ingress", name)["metadata"].get("annotations", {})
    return {key.removeprefix(P): value for key, value in found.items()}


def answered(result: Synthesized, host: str, path: str) -> tuple[str, str]:
    """The Service that gets a request, and the path that it sees, as ingress-nginx's own rules have it.

    https://kubernetes.github.io/ingress-nginx/user-guide/ingress-path-matching/: where one Ingress of the host has
    use-regex or rewrite-target, every path of it is a case insensitive regular expression, anchored at the start, and of
    these the longest is tried first.
    """
    places: list[tuple[dict[str, Any], str]] = []
    regex = False
    for ingress in result.pick("Ingress"):
        said = {key.removeprefix(P): value for key, value in ingress["metadata"].get("annotations", {}).items()}
        for rule in ingress["spec"]["rules"]:
            if rule.get("host") == host and "canary" not in said:
                regex = regex or "use-regex" in said or "rewrite-target" in said
                places += [(each, said.get("rewrite-target", "")) for each in rule["http"]["paths"]]
    assert regex, "the host has no regular expressions"
    for place, target in sorted(places, key=lambda each: len(each[0]["path"]), reverse=True):
        match = re.match(place["path"], path, re.IGNORECASE)
        if match:
            seen = target or path
            for number, group in enumerate(match.groups(), 1):
                seen = seen.replace(f"${number}", group or "") if target else path
            return place["backend"]["service"]["name"], seen
    raise AssertionError(f"nothing answers {path}")


REWRITES = replace(
    HOST,
    paths=(
        "/",
        PathRoute("/api", rewrite="/v1"),
        PathRoute("/api/raw"),
        PathRoute("/api", match="Exact", service="web-canary"),
        PathRoute("/files", rewrite="/"),
        PathRoute("/me.txt", match="Exact", rewrite="/whoami"),
        PathRoute("/v[0-9]+/(items|things)", match="RegularExpression", service="web-next"),
    ),
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ("web", "/")),
        ("/apis", ("web", "/apis")),
        ("/API/x", ("web", "/API/x")),
        ("/api", ("web-canary", "/api")),
        ("/api/", ("web", "/v1/")),
        ("/api/x/y", ("web", "/v1/x/y")),
        ("/api/raw", ("web", "/api/raw")),
        ("/api/raw/x", ("web", "/api/raw/x")),
        ("/api/rawer", ("web", "/v1/rawer")),
        ("/files", ("web", "/")),
        ("/files/a/b", ("web", "/a/b")),
        ("/me.txt", ("web", "/whoami")),
        ("/me-txt", ("web", "/me-txt")),
        ("/me.txt/x", ("web", "/me.txt/x")),
        ("/v2/items", ("web-next", "/v2/items")),
        ("/v2/items/3", ("web", "/v2/items/3")),
        ("/V2/items", ("web", "/V2/items")),
    ],
)
def test_paths_of_a_host_with_rewrites_mean_what_they_mean_without(
    path: str,
    expected: tuple[str, str],
) -> None:
    assert answered(drawn(REWRITES, IngressNginxGateway), "web.acme.io", path) == expected


def test_a_rewrite_of_another_service_does_not_change_paths(app: App) -> None:
    result = shop(
        app,
        web=replace(HOST, paths=("/web", PathRoute("/api/web", match="Exact"))),
        api=replace(HOST, paths=(PathRoute("/api", rewrite="/"),)),
    )
    assert answered(result, "web.acme.io", "/api/web") == ("web", "/api/web")
    assert answered(result, "web.acme.io", "/web/x") == ("web", "/web/x")
    assert answered(result, "web.acme.io", "/api/webs") == ("api", "/webs")
    assert said_by(result, "web") == {"use-regex": "true"}


def test_regular_expressions_spread_by_the_hosts_of_an_ingress(app: App) -> None:
    result = shop(
        app,
        api=Exposure(host="api.acme.io", paths=(PathRoute("/api", rewrite="/"),)),
        both=Exposure(host="api.acme.io", aliases=("web.acme.io",), paths=("/both",)),
        web=Exposure(host="web.acme.io", paths=("/web",)),
        far=Exposure(host="far.acme.io", paths=("/far",)),
    )
    for name, regex in (("both", True), ("web", True), ("far", False)):
        assert said_by(result, name) == ({"use-regex": "true"} if regex else {})
        (path,) = result.one("Ingress", name)["spec"]["rules"][0]["http"]["paths"]
        assert path["pathType"] == ("ImplementationSpecific" if regex else "Prefix")


@pytest.mark.parametrize("path", ["/a b", "/a~b", "/ä", "/a@b"])
def test_a_path_that_the_controller_does_not_take_is_refused(path: str, app: App) -> None:
    with pytest.raises(SpecError):
        shop(app, web=replace(HOST, paths=(path,)))


@pytest.mark.parametrize("path", ["/?a", "/a|/b", r"/a\)|/b", "/[|]a|b"])
def test_an_expression_with_alternatives_needs_parentheses(path: str, app: App) -> None:
    with pytest.raises(UnsupportedError, match="in parentheses"):
        shop(app, web=replace(HOST, paths=(PathRoute(path, match="RegularExpression"),)))


@pytest.mark.parametrize("path", ["/[|]a", r"/a\|b", "/(a|b)"])
def test_a_bar_within_parentheses_or_brackets_is_fine(path: str, app: App) -> None:
    route = PathRoute(path, match="RegularExpression")
    assert said_by(shop(app, web=replace(HOST, paths=(route,))), "web") == {"use-regex": "true"}


def test_a_redirect_of_such_a_host_is_no_wider_than_it_is_written(app: App) -> None:
    exposure = replace(HOST, paths=("/", PathRoute("/api", rewrite="/v1")), redirects=(Redirect("/old", "/new"),))
    result = shop(app, web=exposure)
    (path,) = result.one("Ingress", "web-redirect-old")["spec"]["rules"][0]["http"]["paths"]
    assert path["pathType"] == "ImplementationSpecific"
    assert re.match(path["path"], "/old")
    assert not re.match(path["path"], "/older")
    assert not re.match(path["path"], "/old/x")
