"""Fixtures that every test may ask for."""

from pathlib import Path

from kmop_constructs import KmopChart

import pytest
from cdk8s import App
from hypothesis import settings

settings.register_profile("kmop", deadline=None, derandomize=True)
settings.load_profile("kmop")


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An app that writes below the test's own folder."""
    return App(outdir=str(tmp_path / "dist"))


@pytest.fixture
def chart(app: App) -> KmopChart:
    """A chart of the namespace ``shop``."""
    return KmopChart(app, "shop", namespace="shop")
