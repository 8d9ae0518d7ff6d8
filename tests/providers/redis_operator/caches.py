"""A platform with the Redis Operator of OpsTree, for the tests of the room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import (
    Image,
    KmopChart,
    Platform,
    Provision,
    RedisSpec,
    Resources,
    SecretKey,
    Size,
)
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.redis_operator import OpsTreeRedis
from kmop_constructs.testing import Synthesized, synthesize
from kmop_constructs.values.certificate import ServiceCertificate
from tests.apps.schemas import assert_valid

from cdk8s import App

IMAGE = Image("ghcr.io/acme/shop:1.4.2")
EXPORTER = Image("quay.io/opstree/redis-exporter:v1.44.0")
PROVISION = Provision(storage=Size.gib(5), resources=Resources.of("500m", "1Gi"))
PASSWORD = SecretKey("redis-login", "password", external=True)
SESSIONS = RedisSpec(version="7.0.15", password=PASSWORD, keeps_data=True)
SECURE: dict[str, Any] = {
    "certificate": ServiceCertificate(),
    "certificates": CertManager(issuer="internal-ca"),
}
FORMS = ("standalone", "sentinel", "cluster")


def spec(**more: Any) -> RedisSpec:
    return replace(SESSIONS, **more)


def provision(**more: Any) -> Provision:
    return PROVISION.overridden(Provision(**more))


def shop(app: App, form: Any = "sentinel", provided: Provision = PROVISION, **more: Any) -> KmopChart:
    """A chart on a platform with the operator. Arguments that the provider has are its own."""
    known = ("certificate", "exporter", "images", "leaves_out", "sentinel_images", "shards")
    own = {name: more.pop(name) for name in known if name in more}
    platform = Platform(redis=OpsTreeRedis(form=form, provision=provided, **own), **more)
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
