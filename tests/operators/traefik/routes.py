"""What is drawn for Traefik: its own resources, Ingresses with its annotations, and plain Ingresses."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.api import Object
from tests.operators.gateways import combined, hostile
from tests.operators.gateways import stage as stages
from tests.operators.gateways.login import signed_in
from tests.operators.gateways.scenes import Scenes
from tests.operators.gateways.stage import Stage
from tests.providers.native import expect as native
from tests.providers.traefik import expect, expect_ingress

CASES = (expect.CASE, expect_ingress.CASE, native.CASE)
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


def all_scenes(folder: Path) -> list[Scenes]:
    """One for each of Traefik's own providers. That of Ingresses matches no regular expressions, and counts each path on its own."""
    common = {**hostile.SCENES, "login": signed_in}
    expressions = {name for name in common if "expression" in name}
    ingresses = {name: scene for name, scene in common.items() if name not in expressions}
    return [
        Scenes(case=expect.CASE, scenes={**common, **combined.scenes(combined.BELOW)}, number=0, folder=folder),
        Scenes(
            case=expect_ingress.CASE,
            scenes={**ingresses, **combined.scenes(combined.EXACT)},
            number=1,
            folder=folder,
        ),
    ]


def objects(stage: Stage) -> list[Object]:
    """The exposures, and the Secrets that they name."""
    return [*stage.secrets(), *stages.users(stage.exposures, "users"), *stage.objects()]
