"""What is drawn for Traefik: its own resources, Ingresses with its annotations, and plain Ingresses."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.api import Object
from tests.operators.gateways import stage as stages
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


def objects(stage: Stage) -> list[Object]:
    """The exposures, and the Secrets that they name."""
    return [*stage.secrets(), *stages.users(stage.exposures, "users"), *stage.objects()]
