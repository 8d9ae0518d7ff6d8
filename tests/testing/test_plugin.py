"""The plug-in for pytest. That this module can be collected is a part of what it tests: pytest takes ``Testing`` for tests."""

from __future__ import annotations

from kmop_constructs.pytest_plugin import pytest_pycollect_makeitem

from cdk8s import Testing


def test_a_module_may_import_testing_of_cdk8s() -> None:
    assert pytest_pycollect_makeitem(Testing) == []


def test_other_classes_are_collected_as_always() -> None:
    assert pytest_pycollect_makeitem(dict) is None
