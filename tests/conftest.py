"""Fixtures that every test may ask for."""

import gc
import os
import time
from pathlib import Path

from kmop_constructs import KmopChart

import pytest
from cdk8s import App
from hypothesis import settings

settings.register_profile("kmop", deadline=None, derandomize=True)
settings.load_profile("kmop")

# jsii keeps every construct of every app until the process ends, so that searches for garbage find little and cost much.
gc.set_threshold(50_000, 20, 20)


END_AT = "KMOP_TESTS_END_AT"
"""A variable: no test begins after this time, in seconds since 1970. For a run that somebody ends from outside."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Skip what would begin too late."""
    if time.time() > float(os.environ.get(END_AT, "inf")):
        pytest.skip("no time is left in this run")


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An app that writes below the test's own folder."""
    return App(outdir=str(tmp_path / "dist"))


@pytest.fixture
def chart(app: App) -> KmopChart:
    """A chart of the namespace ``shop``."""
    return KmopChart(app, "shop", namespace="shop")
