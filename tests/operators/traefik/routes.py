"""What is drawn for Traefik, and what its installation has."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.api import Object
from tests.components.api_gateway.intents import BASE
from tests.operators.gateways import stage as stages
from tests.operators.gateways.stage import PLAIN, Stage, named
from tests.providers.traefik.expect import CASE


def stage(folder: Path) -> Stage:
    return stages.stage(CASE, folder, more={PLAIN: named(PLAIN, BASE)})


def objects(stage: Stage) -> list[Object]:
    """The exposures, and the Secrets that they name."""
    return [*stage.secrets(), *stages.users(stage.exposures, "users"), *stage.objects(CASE.plain)]
