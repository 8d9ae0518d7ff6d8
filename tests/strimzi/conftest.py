"""What is drawn for Strimzi, read by its own classes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.strimzi.build import held, missing

import pytest

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """These tests run only where this folder is an argument: they need Maven, and a layer of the real nodes."""
    given = (Path(config.invocation_params.dir, arg.partition("::")[0]).resolve() for arg in config.args)
    return None if any(path.is_relative_to(HERE) for path in given) else True


@pytest.fixture
def read(tmp_path: Path) -> Callable[[list[Any]], list[list[str]]]:
    """What the classes find in objects. Where they are not built, tests are skipped with the reason; in CI they fail."""
    if (reason := missing()) is not None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return lambda objects: held(objects, tmp_path)
