"""A real config server and real clients, with the variables that are rendered for them."""

from __future__ import annotations

import os
from pathlib import Path

from tools.spring.build import HOW, Programs, available, why_not

import pytest

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """These tests run only where this folder is an argument: they need Java and Maven."""
    given = (Path(config.invocation_params.dir, arg.partition("::")[0]).resolve() for arg in config.args)
    return None if any(path.is_relative_to(HERE) for path in given) else True


@pytest.fixture(scope="session")
def programs() -> Programs:
    """The programs. Where they are not built, tests are skipped with the reason; in CI they fail."""
    found = available() if why_not() is None else None
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no programs of Spring: {why_not() or HOW}")
    return found
