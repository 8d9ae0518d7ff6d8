"""Fixtures that every test may ask for."""

import gc
from pathlib import Path

from kmop_constructs import KmopChart

import pytest
from cdk8s import App
from hypothesis import settings

settings.register_profile("kmop", deadline=None, derandomize=True)
settings.load_profile("kmop")

# jsii keeps every construct of every app until the process ends, so that searches for garbage find little and cost much.
gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An app that writes below the test's own folder."""
    return App(outdir=str(tmp_path / "dist"))


@pytest.fixture
def chart(app: App) -> KmopChart:
    """A chart of the namespace ``shop``."""
    return KmopChart(app, "shop", namespace="shop")
