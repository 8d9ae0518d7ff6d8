"""Secrets of sealed files, sealed values in the program, and workloads that read them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from kmop_constructs import (
    Image,
    InlineSecret,
    KmopChart,
    Microservice,
    NativeSecret,
    Platform,
    RemoteKey,
    RemoteSecrets,
    ServiceSpec,
    StatefulService,
    StatefulSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.sealed_secrets import SealedSecret, SealedSecrets
from tests.providers.sealed_secrets.sealing import seal, sealed_object, write

from cdk8s import App

PLACE = "sealed"
FILES: Mapping[str, tuple[str, ...]] = {
    "stripe": ("STRIPE_KEY", "WEBHOOK_KEY"),
    "mail": ("password",),
    "shared": ("token",),
}
"""Secrets of files, each with its keys. The file of ``shared`` is for the whole namespace, and has another name in it."""
TYPES: Mapping[str, str] = {"mail": "acme.io/mail"}
SHARED_AS = "any-name"
VALUES: Mapping[str, str] = {"license": "strict", "everywhere": "cluster-wide"}
"""Secrets of values in the program, each with its scope. Each has the key ``key``."""

_IMAGE = Image("ghcr.io/acme/app:1.4.2")
_WEB = ServiceSpec(image=_IMAGE, port=8080)


def build(app: App, folder: Path, sealed: Mapping[str, str], *, login: str = "1") -> None:
    """Draw the Secrets of the files in a folder and those of `sealed`, by name. `login` is the revision of a plain Secret."""
    platform = Platform(environment="production", secrets=partial(SealedSecrets, folder=folder))
    chart = KmopChart(app, PLACE, namespace=PLACE, platform=platform)
    files = {name: _of_file(chart, name) for name in FILES}
    license_ = SealedSecret(chart, "license", encrypted={"key": sealed["license"]})
    everywhere = SealedSecret(chart, "everywhere", encrypted={"key": sealed["everywhere"]}, sealing="cluster-wide")
    other = KmopChart(app, "plain", namespace=PLACE, platform=Platform(environment="production"))
    plain = NativeSecret(other, "plain", values={"user": InlineSecret("stock")}, revision=login)

    Microservice(chart, "orders", _WEB, uses=[files["stripe"].as_env("STRIPE_KEY"), license_.as_env(LICENSE="key")])
    Microservice(chart, "catalog", _WEB, uses=[files["mail"].file("password", at="/run/mail/password")])
    Microservice(chart, "front", _WEB)
    hooks = [files["stripe"].as_env("WEBHOOK_KEY"), plain.as_env(USER="user")]
    Worker(chart, "hooks", WorkerSpec(image=_IMAGE), uses=hooks)
    stored = [files["shared"].directory("/run/shared"), everywhere.as_env(EVERYWHERE="key")]
    StatefulService(chart, "ledger", StatefulSpec(image=_IMAGE, port=9000), uses=stored)


def write_placeholders(folder: Path) -> dict[str, str]:
    """Write files in the form of kubeseal, which no controller can open, and return such values."""
    for name, keys in FILES.items():
        scope, inside = ("namespace-wide", SHARED_AS) if name == "shared" else ("strict", name)
        content = sealed_object(inside, PLACE, keys=keys, scope=scope, type=TYPES.get(name, "Opaque"))
        write(folder, content, file=f"production/{name}.yaml")
    return {name: seal(name) for name in VALUES}


def _of_file(chart: KmopChart, name: str) -> RemoteSecrets:
    keys = {key: RemoteKey(f"kv/{{environment}}/{name}", key) for key in FILES[name]}
    return RemoteSecrets(chart, name, keys=keys, type=TYPES.get(name, "Opaque"))
