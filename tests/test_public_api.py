"""The public names: complete, typed as they run, and loaded no sooner than they are used."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import kmop_constructs

import pytest

SOURCE = Path(kmop_constructs.__file__)


def imported_for_types() -> dict[str, str]:
    """Name and home of everything that a type checker sees in the package."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    found: dict[str, str] = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            assert alias.asname == alias.name, (
                "a name is exported from a typed package only where it is imported as itself"
            )
            found[alias.name] = str(node.module)
    return found


def homes() -> dict[str, str]:
    known = cast("dict[str, str]", vars(kmop_constructs)["_HOME"])
    return {name: f"kmop_constructs.{home}" for name, home in known.items()}


def order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, each by name: as ruff sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def test_what_a_type_checker_sees_is_what_runs() -> None:
    assert imported_for_types() == homes()


def test_every_public_name_is_listed_once_and_in_order() -> None:
    assert kmop_constructs.__all__ == sorted(set(kmop_constructs.__all__), key=order)
    assert set(kmop_constructs.__all__) == set(homes())


def test_every_public_name_can_be_imported_from_the_package() -> None:
    for name in kmop_constructs.__all__:
        home = importlib.import_module(homes()[name])
        assert getattr(kmop_constructs, name) is getattr(home, name), name


def test_every_public_class_says_what_it_is() -> None:
    for name in kmop_constructs.__all__:
        value: Any = getattr(kmop_constructs, name)
        if isinstance(value, type):
            assert (value.__doc__ or "").strip(), name
            assert value.__module__ == homes()[name], name


def test_a_name_that_does_not_exist_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'kmop_constructs' has no attribute 'Nope'"):
        _ = cast(Any, kmop_constructs).Nope
    with pytest.raises(ImportError):
        exec("from kmop_constructs import Nope")


def test_every_public_name_is_offered_for_completion() -> None:
    assert set(kmop_constructs.__all__) <= set(dir(kmop_constructs))


def test_values_load_neither_the_engine_nor_cdk8s() -> None:
    values = sorted(name for name, home in homes().items() if ".values." in home or home.endswith(".errors"))
    program = """
import json, sys
import kmop_constructs
from kmop_constructs import *
""".replace("import *", f"import {', '.join(values)}")
    program += (
        "from kmop_constructs import Add, Contribution, ExternalHost, ServiceFacts, ServiceRef, ServiceSpec, Exposure\n"
    )
    program += "ServiceSpec(image=Image('acme/web:1'), port=80, health='/healthz')\n"
    program += "print(json.dumps(sorted(name.split('.')[0] for name in sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = set(json.loads(ran.stdout))
    assert not loaded & {"cdk8s", "cdk8s_plus_27", "constructs", "jsii"}
    assert "kmop_constructs" in loaded
