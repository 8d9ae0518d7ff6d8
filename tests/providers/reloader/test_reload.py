"""Reloader replaces exactly the pods that read what can change."""

from __future__ import annotations

from kmop_constructs import (
    ExistingConfig,
    ExistingSecret,
    Image,
    KmopChart,
    Microservice,
    NativeConfig,
    Platform,
    ServiceSpec,
)
from kmop_constructs.providers.reloader import Reloader
from kmop_constructs.testing import synthesize

from cdk8s import App

WEB = ServiceSpec(image=Image("acme/web:1"), port=8080)
ANNOTATION = "{kind}.reloader.stakater.com/reload"


def test_readers_alone_are_replaced(app: App) -> None:
    """Content of the app is not named: its checksum replaces the pods."""
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(reload=Reloader()))
    own = NativeConfig(chart, "own", data={"A": "1"})
    secrets = [ExistingSecret(name).as_env(**{name.upper(): "key"}) for name in ("stripe", "db")]
    Microservice(chart, "web", WEB, uses=[*secrets, ExistingConfig("tax").as_env(TAX="rate"), own.as_env("A")])
    Microservice(chart, "other", WEB, uses=[own.as_env("A")])
    found = {
        each["metadata"]["name"]: each["metadata"].get("annotations") for each in synthesize(chart).pick("Deployment")
    }
    assert found == {
        "web": {
            "configmap.reloader.stakater.com/reload": "tax",
            "secret.reloader.stakater.com/reload": "db,stripe",
        },
        "other": None,
    }


def test_a_dot_in_a_name_matches_only_a_dot() -> None:
    assert Reloader().annotations([], ["tls.acme"]) == {"secret.reloader.stakater.com/reload": r"tls\.acme"}


def test_a_workload_that_reads_nothing_has_no_annotation() -> None:
    assert Reloader().annotations([], []) == {}
