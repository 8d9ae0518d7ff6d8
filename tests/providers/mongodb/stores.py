"""A platform with MongoDB Controllers for Kubernetes, for the tests of the room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import (
    Credentials,
    Image,
    KmopChart,
    MongoSpec,
    Platform,
    Provision,
    Resources,
    SecretKey,
    Size,
)
from kmop_constructs.providers.mongodb import MongoDbCommunity
from kmop_constructs.stores import MongoUser
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

from cdk8s import App

IMAGE = Image("ghcr.io/acme/carts:1.4.2")
PROVISION = Provision(storage=Size.gib(20), resources=Resources.of("1", "2Gi"))


def login(user: str, secret: str | None = None, key: str = "password") -> Credentials:
    return Credentials(user=user, password=SecretKey(secret or user, key, external=True))


LOGIN = login("carts", "carts-login")
REPORTS = MongoUser(credentials=login("reports"))
CARTS = MongoSpec(version="8.0.13", database="carts", credentials=LOGIN)


def spec(**more: Any) -> MongoSpec:
    return replace(CARTS, **more)


def provision(**more: Any) -> Provision:
    return PROVISION.overridden(Provision(**more))


def shop(app: App, provided: Provision = PROVISION, **more: Any) -> KmopChart:
    """A chart on a platform with the operator. Arguments that the provider has are its own."""
    own = {name: more.pop(name) for name in ("certificate", "images", "leaves_out") if name in more}
    platform = Platform(mongo=MongoDbCommunity(provision=provided, **own), **more)
    return KmopChart(app, "shop", namespace="shop", platform=platform)


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result


def env(result: Synthesized, name: str) -> dict[str, str]:
    """The variables of a Deployment; a reference as ``secret/key``."""
    variables = result.one("Deployment", name)["spec"]["template"]["spec"]["containers"][0]["env"]

    def shown(each: dict[str, Any]) -> str:
        key = each.get("valueFrom", {}).get("secretKeyRef")
        return f"{key['name']}/{key['key']}" if key else each["value"]

    return {each["name"]: shown(each) for each in variables}
