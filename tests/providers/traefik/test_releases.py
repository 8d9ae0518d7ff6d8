"""What an older line of Traefik is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, ServiceSpec, UnsupportedError
from kmop_constructs.exposure import BackendTls, RateLimit, Retry
from kmop_constructs.providers.traefik import TraefikGateway, TraefikGatewayOptions, TraefikIngressGateway
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

SHOP = Exposure(host="shop.acme.io")
LIMITED = replace(SHOP, rate_limit=RateLimit(10))
ONCE = replace(SHOP, retries=Retry(1), timeout=timedelta(seconds=5))
REDIS = TraefikGatewayOptions(redis=("redis:6379",))

REFUSED = [
    ("3.6", replace(SHOP, host="*.acme.io"), "3.7"),
    ("3.6", replace(SHOP, retries=Retry(1, gateway_errors=True)), "3.7"),
    ("3.6", ONCE, "3.7"),
    ("3.3", replace(SHOP, backend_tls=BackendTls("web.acme.io", ca_secret="ca")), "3.4"),
    ("3.3", LIMITED, "3.4"),
]


def draw(app: App, release: str, exposure: Exposure, gateway: Any = TraefikGateway) -> KmopChart:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=gateway, releases={"traefik": release}))
    Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=exposure))
    return chart


@pytest.mark.parametrize(("release", "exposure", "since"), REFUSED)
def test_what_an_older_line_lacks_is_refused(app: App, release: str, exposure: Exposure, since: str) -> None:
    with pytest.raises(
        UnsupportedError, match=f"because it needs Traefik {since} or newer, and the platform names {release}"
    ):
        draw(app, release, exposure, partial(TraefikGateway, options=REDIS))


@pytest.mark.parametrize(("release", "exposure", "since"), REFUSED)
def test_the_first_line_that_has_it_draws_it(app: App, release: str, exposure: Exposure, since: str) -> None:
    assert synthesize(draw(app, since, exposure, partial(TraefikGateway, options=REDIS))).objects


def test_a_class_of_a_route_needs_a_new_line(app: App) -> None:
    gateway = partial(TraefikGateway, options=TraefikGatewayOptions(ingress_class="edge"))
    with pytest.raises(
        UnsupportedError, match=r"ingress_class: an IngressRoute cannot name its class, because it needs Traefik 3.7"
    ):
        draw(app, "3.6", SHOP, gateway)


def test_an_ingress_has_wildcard_hosts_in_older_lines_too(app: App) -> None:
    assert synthesize(draw(app, "3.4", replace(SHOP, host="*.acme.io"), TraefikIngressGateway)).pick("Ingress")
