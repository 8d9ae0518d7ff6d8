"""CORS, retries and client certificates as fields of the Gateway API itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kmop_constructs import CheckError, Exposure, KmopChart, PathRoute, Tls, UnsupportedError
from kmop_constructs.exposure import Cors, MutualTls, Retry
from kmop_constructs.testing import synthesize
from tests.providers.gateway_api.services import behind, example, rules

import pytest
from cdk8s import App

HOST = "shop.acme.io"
SHOP = Exposure(host=HOST)
GRPC = Exposure(host=HOST, paths=(PathRoute("/", port="grpc"),))


def test_a_grpc_port_with_cors_or_retries_has_an_http_route(chart: KmopChart) -> None:
    """A GRPCRoute has no fields for them."""
    behind(example(), chart, "web", replace(GRPC, cors=Cors(("https://a.io",))))
    behind(example(), chart, "api", replace(GRPC, host="api.acme.io", retries=Retry(2)))
    result = synthesize(chart)
    assert len(result.pick("HTTPRoute")) == 2
    assert result.pick("GRPCRoute") == []


def test_retries_and_limits_of_time_are_of_each_rule(chart: KmopChart) -> None:
    retries = Retry(3, gateway_errors=True, per_try_timeout=timedelta(seconds=2))
    paths = (PathRoute("/", rewrite="/v1"), "/api")
    behind(example(), chart, "web", replace(SHOP, paths=paths, retries=retries, timeout=timedelta(seconds=9)))
    for rule in rules(synthesize(chart), "web"):
        assert rule["retry"] == {"attempts": 3, "codes": [502, 503, 504]}
        assert rule["timeouts"] == {"request": "9s", "backendRequest": "2s"}


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_client_certificates_are_of_the_whole_port(app: App, names: tuple[str, ...]) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    for name in names:
        tls = Tls.secret(name, mutual=MutualTls(ca_config_map="partners"))
        behind(example(), chart, name, Exposure(host=f"{name}.acme.io", tls=tls))
    validation = synthesize(chart).one("Gateway")["spec"]["tls"]["frontend"]["default"]["validation"]
    assert validation["caCertificateRefs"] == [{"group": "", "kind": "ConfigMap", "name": "partners"}]


def test_exposures_of_a_port_agree_on_client_certificates(chart: KmopChart) -> None:
    mutual = Tls.secret("a", mutual=MutualTls(ca_config_map="partners"))
    behind(example(), chart, "a", Exposure(host="a.acme.io", tls=mutual))
    behind(example(), chart, "b", Exposure(host="b.acme.io", tls=Tls.secret("b")))
    behind(example(), chart, "open", Exposure(host="open.acme.io"))
    message = (
        "1 finding; .*\n *shop/b/gateway: shares the HTTPS port '443' with shop/a/gateway, but the two differ in the "
        "certificates of clients; a Gateway checks client certificates for a whole port"
    )
    with pytest.raises(CheckError, match=message):
        synthesize(chart)


@pytest.mark.parametrize(
    ("exposure", "message"),
    [
        (
            replace(SHOP, cors=Cors(("https://a.io",)), paths=(PathRoute("/a", method="POST"),)),
            r"cannot allow requests from other origins \(CORS\), because browsers send a preflight",
        ),
        (replace(SHOP, cors=Cors(("https://a.io",), methods=("PURGE",))), "its methods are GET, .*, and not PURGE"),
        (replace(SHOP, cors=Cors(("*", "https://a.io"))), r"the origin '\*' stands alone"),
        (replace(SHOP, cors=Cors(tuple(f"https://{each}.io" for each in range(65)))), "at most 64 origins"),
        (replace(SHOP, cors=Cors(("https://a.io",), max_age=timedelta(0))), "for one second or longer"),
        (
            replace(SHOP, timeout=timedelta(seconds=2), retries=Retry(1, per_try_timeout=timedelta(seconds=3))),
            r"timeouts.backendRequest \(3s\) must not be above timeouts.request \(2s\)",
        ),
        (
            replace(SHOP, paths=tuple(PathRoute("/", headers={"X": str(each)}) for each in range(129))),
            "and 128 matches in all",
        ),
    ],
)
def test_a_value_that_a_route_does_not_accept_is_refused(chart: KmopChart, exposure: Exposure, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        behind(example(), chart, "web", exposure)
