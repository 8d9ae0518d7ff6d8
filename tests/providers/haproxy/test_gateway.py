"""HAProxy: backends of their own, Backends where no annotation says it, and rewrites that only meet what they are for."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial

from kmop_constructs import Exposure, PathRoute, Pods, SpecError, Tls, UnsupportedError
from kmop_constructs.exposure import Cors, Hsts, RateLimit, Redirect, Retry, StickyCookie
from kmop_constructs.providers.haproxy import HaproxyGateway, HaproxyGatewayOptions
from kmop_constructs.providers.haproxy.annotations import backend
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable
from tests.components.api_gateway.contract import drawn

import pytest

P = "haproxy.org/"
HOST = Exposure(host="web.acme.io")
CONTROLLER = Pods.of({"app.kubernetes.io/name": "kubernetes-ingress"}, namespace="haproxy-controller")


def said_by(result: Synthesized, name: str) -> dict[str, str]:
    found = result.one("Ingress", name)["metadata"].get("annotations", {})
    return {key.removeprefix(P): value for key, value in found.items()}


def test_only_the_pods_of_its_chart_are_admitted() -> None:
    result = drawn(HOST, HaproxyGateway)
    assert_reachable(CONTROLLER, "web", 8080, within=result)
    assert_blocked(CONTROLLER, "web", 9090, within=result)
    assert_blocked(replace(CONTROLLER, namespace="elsewhere"), "web", 8080, within=result)


def test_options_name_the_class_and_the_pods() -> None:
    options = HaproxyGatewayOptions(ingress_class="inside", controller=Pods.of(namespace="edge"))
    result = drawn(HOST, partial(HaproxyGateway, options=options))
    assert result.one("Ingress", "web")["spec"]["ingressClassName"] == "inside"
    assert_reachable(Pods.of({"a": "b"}, namespace="edge"), "web", 8080, within=result)
    assert_blocked(CONTROLLER, "web", 8080, within=result)


@pytest.mark.parametrize(
    ("route", "asked", "seen"),
    [
        (PathRoute("/api", rewrite="/v1"), "/api", "/v1"),
        (PathRoute("/api", rewrite="/v1"), "/api/x", "/v1/x"),
        (PathRoute("/api/", rewrite="/v1"), "/api/x", "/v1/x"),
        (PathRoute("/api", rewrite="/"), "/api", "/"),
        (PathRoute("/api", rewrite="/"), "/api/x/y", "/x/y"),
        (PathRoute("/api", rewrite="/v1/"), "/api/x", "/v1/x"),
        (PathRoute("/", rewrite="/v1"), "/x", "/v1/x"),
        (PathRoute("/a.b", rewrite="/c"), "/a.b/x", "/c/x"),
        (PathRoute("/a", match="Exact", rewrite="/b"), "/a", "/b"),
    ],
)
def test_a_rewrite_replaces_the_prefix_and_keeps_the_rest(
    route: PathRoute,
    asked: str,
    seen: str,
) -> None:
    rule = said_by(drawn(replace(HOST, paths=(route,)), HaproxyGateway), "web")["path-rewrite"]
    # "A single path … to turn any path into" it; "Two parameters. A regular expression to match and a path to replace it with."
    pattern, replacement = rule.split(" ") if " " in rule else ("(.*)", rule)
    assert re.sub(pattern, replacement, asked, count=1) == seen


def test_each_rewrite_has_its_own_ingress() -> None:
    """In one Ingress, one rewrite would follow the other."""
    paths = ("/", PathRoute("/api", rewrite="/v1"), PathRoute("/v1", rewrite="/v2"), PathRoute("/rpc", port="grpc"))
    result = drawn(replace(HOST, paths=paths), HaproxyGateway)
    assert said_by(result, "web-rewrite-api") == {"path-rewrite": r"^/api(.*)$ /v1\1"}
    assert said_by(result, "web-rewrite-v1") == {"path-rewrite": r"^/v1(.*)$ /v2\1"}
    assert said_by(result, "web-grpc") == {"standalone-backend": "true", "server-proto": "h2"}
    assert said_by(result, "web") == {}


def test_a_backend_repeats_the_ignored_annotations() -> None:
    exposure = replace(
        HOST, paths=(PathRoute("/", port="grpc"),), timeout=timedelta(seconds=7), retries=Retry(1), tls=Tls.secret("t")
    )
    result = drawn(exposure, HaproxyGateway)
    assert said_by(result, "web") == {
        "ssl-redirect": "true",
        "ssl-redirect-port": "443",
        "standalone-backend": "true",
        "cr-backend": "shop/web",
    }
    assert result.one("Backend", "web")["spec"] == {
        "balance": {"algorithm": "roundrobin"},
        "forwardfor": {"enabled": "enabled"},
        "default_server": {"check": "enabled", "proto": "h2"},
        "retries": 1,
        "redispatch": {"enabled": "enabled", "interval": 1},
        "server_timeout": 7000,
    }


def test_a_cookie_for_https_alone_is_never_sent_over_http() -> None:
    exposure = replace(HOST, sticky=StickyCookie(), tls=Tls.secret("t"))
    assert drawn(exposure, HaproxyGateway).one("Backend")["spec"]["cookie"]["secure"] is True
    both = replace(exposure, tls=Tls.secret("t", redirect=False))
    assert "secure" not in drawn(both, HaproxyGateway).one("Backend")["spec"]["cookie"]


def test_headers_of_the_answer_are_lines_of_one_annotation() -> None:
    exposure = replace(
        HOST, tls=Tls.secret("t", hsts=Hsts()), cors=Cors(("https://a.io",), expose_headers=("X-A", "X-B"))
    )
    assert said_by(drawn(exposure, HaproxyGateway), "web")["response-set-header"].split("\n") == [
        'Strict-Transport-Security "max-age=31536000"',
        'Access-Control-Expose-Headers "X-A, X-B"',
    ]


@pytest.mark.parametrize(
    ("origin", "others"),
    [
        ("https://shop.acme.io", ["https://shopxacme.io", "https://shop.acme.io.evil.io", "http://shop.acme.io"]),
        ("https://*.acme.io", ["https://acme.io", "https://evilacme.io", "https://x.acme.io.evil.io"]),
    ],
)
def test_only_the_origins_that_are_named_match(origin: str, others: list[str]) -> None:
    said = said_by(drawn(replace(HOST, cors=Cors((origin,))), HaproxyGateway), "web")
    assert re.search(said["cors-allow-origin"], origin.replace("*", "a.b"))
    assert [each for each in others if re.search(said["cors-allow-origin"], each)] == []
    assert said["cors-allow-headers"] == "Accept"


@pytest.mark.parametrize(
    ("exposure", "feature"),
    [
        (replace(HOST, paths=("/a%b",)), "paths"),
        (replace(HOST, paths=(PathRoute("/a", rewrite="/b%c"),)), "paths.rewrite"),
        (replace(HOST, redirects=(Redirect("/a", "/b%20c"),)), "redirects"),
        (replace(HOST, cors=Cors(("*",), methods=("QUERY",))), "cors"),
        (replace(HOST, rate_limit=RateLimit(5), paths=("/", PathRoute("/b", service="web-canary"))), "rate_limit"),
        (replace(HOST, rate_limit=RateLimit(5), paths=("/", PathRoute("/b", rewrite="/c"))), "rate_limit"),
        (
            replace(HOST, rate_limit=RateLimit(5, of="global"), paths=("/", PathRoute("/b", rewrite="/c"))),
            "rate_limit.of",
        ),
    ],
)
def test_a_value_that_it_would_read_otherwise_is_refused(exposure: Exposure, feature: str) -> None:
    with pytest.raises(UnsupportedError, match=rf"exposure\.{feature}: HaproxyGateway cannot"):
        drawn(exposure, HaproxyGateway)


def test_an_annotation_that_contradicts_a_field_is_refused() -> None:
    exposure = replace(HOST, timeout=timedelta(seconds=7), annotations={f"{P}timeout-server": "8s"})
    with pytest.raises(
        SpecError, match=r"exposure.annotations\['haproxy.org/timeout-server'\].*or set the field for it"
    ):
        drawn(exposure, HaproxyGateway)


def test_headers_are_removed_beside_the_rules_of_a_limit() -> None:
    spec = backend(replace(HOST, rate_limit=RateLimit(10)), grpc=False, forged=("X-User",))
    assert spec is not None
    assert [each["type"] for each in spec.get("http_request_rule_list", [])] == ["del-header", "track-sc", "deny"]
