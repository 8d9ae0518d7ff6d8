"""What is drawn for Traefik: its own resources, Ingresses with its annotations, and plain Ingresses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from kmop_constructs.providers.traefik import TraefikGateway, TraefikGatewayOptions, TraefikIngressGateway
from tests.cluster.api import Object
from tests.operators.gateways import combined, hostile
from tests.operators.gateways import stage as stages
from tests.operators.gateways.login import signed_in
from tests.operators.gateways.scenes import Scene, Scenes
from tests.operators.gateways.stage import Stage
from tests.providers.native import expect as native
from tests.providers.traefik import expect, expect_ingress

CASES = (expect.CASE, expect_ingress.CASE, native.CASE)
LOGINS = (expect.CASE.name, expect_ingress.CASE.name)
"""The providers that draw a login."""

CLASS: Object = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": "traefik", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
    "spec": {"controller": "traefik.io/ingress-controller"},
}
"""What Traefik's Helm chart installs."""


def all_stages(folder: Path) -> list[Stage]:
    """One for each provider whose objects Traefik reads."""
    return [stages.stage(each, folder) for each in CASES]


STRICT = {f"strict-{name}": hostile.SCENES[name] for name in ("one-service", "rewritten")}
"""Scenes with `TraefikGatewayOptions.encoded_characters`."""

OF_ROUTES: Mapping[str, Scene] = {**hostile.SCENES, **STRICT, "login": signed_in, **combined.scenes(combined.BELOW)}
_BOTH = ("passwords", "addresses", "certificates", "one-service", "strict-one-service", "login")
OF_INGRESSES: Mapping[str, Scene] = {
    **{name: OF_ROUTES[name] for name in _BOTH},
    **combined.scenes(combined.EXACT),
}
"""The provider of Ingresses matches no regular expressions, and counts each path on its own."""

SCENES = {expect.CASE.name: OF_ROUTES, expect_ingress.CASE.name: OF_INGRESSES}


def with_scenes(*names: str) -> list[tuple[str, str]]:
    """Each provider with those of the scenes that it has."""
    return [(provider, name) for provider, scenes in SCENES.items() for name in names if name in scenes]


def all_scenes(folder: Path) -> list[Scenes]:
    """One for each of Traefik's own providers."""
    options = TraefikGatewayOptions(encoded_characters=False)
    chosen = ((expect.CASE, TraefikGateway), (expect_ingress.CASE, TraefikIngressGateway))
    return [
        Scenes(
            case=case,
            scenes=SCENES[case.name],
            gateways={name: partial(gateway, options=options) for name in STRICT},
            number=number,
            folder=folder,
        )
        for number, (case, gateway) in enumerate(chosen)
    ]


def objects(stage: Stage) -> list[Object]:
    """The exposures, and the Secrets that they name."""
    return [*stage.secrets(), *stages.users(stage.exposures, "users"), *stage.objects()]
