"""A run of the tests may have an end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import END_AT

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("seconds", "says"), [(-1, "1 skipped"), (600, "1 passed")])
def test_no_test_begins_after_the_end_of_the_run(seconds: int, says: str) -> None:
    one = "tests/ledger/test_ledger.py::test_names_of_tests_become_sentences"
    environment = {**os.environ, END_AT: str(time.time() + seconds)}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", one]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert says in done.stdout, done.stdout + done.stderr
