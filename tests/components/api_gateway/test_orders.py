"""Services with different features on one host: the order in which they are written does not change a byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, ServiceSpec, Tls
from kmop_constructs.authors import Can
from kmop_constructs.components.api_gateway.features import FeatureName
from kmop_constructs.exposure import BasicAuth, Cors, DnsRecord, Jwt, RateLimit, Retry, StickyCookie
from tests.components.api_gateway.contract import Case, cases
from tests.components.api_gateway.intents import OIDC

import pytest
from cdk8s import App

CASES = [case for case in cases() if isinstance(case.provider.SUPPORTS["host"], Can)]
TLS = Tls.issued_by("letsencrypt")
BASE = Exposure(host="web.acme.io", tls=TLS)
FEATURES: Mapping[str, tuple[tuple[FeatureName, ...], Exposure]] = {
    "login": (("oidc",), replace(BASE, auth=OIDC, paths=("/login",))),
    "staff": (("oidc",), replace(BASE, auth=OIDC, paths=("/staff",))),
    "limited": (
        ("rate_limit_global",),
        replace(BASE, rate_limit=RateLimit(9, per=timedelta(minutes=1), of="global"), paths=("/limited",)),
    ),
    "crossing": (("cors",), replace(BASE, cors=Cors(("https://acme.io",)), paths=("/crossing",))),
    "basic": (("basic_auth",), replace(BASE, auth=BasicAuth("staff"), paths=("/basic",))),
    "token": (
        ("jwt",),
        replace(BASE, auth=Jwt(issuer="https://id.acme.io", jwks_uri="https://id.acme.io/k"), paths=("/t",)),
    ),
    "retried": (("retries",), replace(BASE, retries=Retry(2), paths=("/retried",))),
    "sticky": (("sticky",), replace(BASE, sticky=StickyCookie("seat"), paths=("/sticky",))),
    "elsewhere": (("dns",), replace(BASE, host="docs.acme.io", dns=DnsRecord(target="lb.acme.io"))),
    "plain": (("host",), BASE),
}
"""Features that a service needs, and its exposure, by the name of the service."""


def written(case: Case, names: list[str], folder: Path) -> str:
    app = App(outdir=str(folder))
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=case.gateway))
    for name in names:
        spec = ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=FEATURES[name][1])
        Microservice(chart, name, spec)
    app.synth()
    return (folder / "shop.k8s.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_features_on_one_host_commute(case: Case, tmp_path: Path) -> None:
    """A login, limits and origins of several services share a Gateway, policies, certificates and middlewares."""
    able = [
        name
        for name, (needed, _) in FEATURES.items()
        if all(isinstance(case.provider.SUPPORTS[each], Can) for each in needed)
    ]
    orders = (able, able[::-1], sorted(able), [*able[3:], *able[:3]])
    files = [written(case, list(order), tmp_path / str(number)) for number, order in enumerate(orders)]
    assert files[1:] == files[:1] * (len(files) - 1)
