"""The public names: few, complete, typed as they run, and loaded no sooner than they are used."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import kmop_constructs
from kmop_constructs._public import NAMES, needs_engine
from tests.public_names import public_modules
from tools.public_api import main

import pytest

SOURCE = Path(kmop_constructs.__file__)


def order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, each by name: as ruff sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def loaded_by(program: str) -> set[str]:
    """The modules that a program loads."""
    program += "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(json.loads(ran.stdout.splitlines()[-1]))


def test_the_stubs_are_current(capfd: pytest.CaptureFixture[str]) -> None:
    code = main(["--check"])
    assert (code, capfd.readouterr().err) == (0, ""), "run: python -m tools.public_api"


def test_a_stub_that_is_not_current_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.public_api.NAMES", NAMES[1:])
    assert main(["--check"]) == 1
    assert capfd.readouterr().err == "kmop_constructs/__init__.pyi\n"


def test_an_ordinary_service_needs_few_names() -> None:
    assert len(kmop_constructs.__all__) <= 130
    assert len(SOURCE.read_text(encoding="utf-8").splitlines()) <= 150


def test_every_public_name_is_listed_once_and_in_order() -> None:
    for module in public_modules():
        names = importlib.import_module(module).__all__
        assert names == sorted(set(names), key=order), module


def test_a_public_name_is_in_one_module() -> None:
    names = [name for module in public_modules() for name in importlib.import_module(module).__all__]
    assert sorted(names) == sorted(set(names))


def test_every_public_class_has_a_docstring() -> None:
    for module in public_modules():
        loaded = importlib.import_module(module)
        for name in loaded.__all__:
            value: Any = getattr(loaded, name)
            if isinstance(value, type):
                assert (value.__doc__ or "").strip(), name


def test_types_of_edges_and_variables_are_public() -> None:
    """A helper of a team cannot have type annotations without them."""
    assert {"Call", "Edge"} <= set(importlib.import_module("kmop_constructs.authors").__all__)
    assert "EnvValue" in importlib.import_module("kmop_constructs.variables").__all__


def test_a_name_that_does_not_exist_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'kmop_constructs' has no attribute 'Nope'"):
        _ = cast(Any, kmop_constructs).Nope
    with pytest.raises(ImportError):
        exec("from kmop_constructs import Nope")


def test_every_public_name_is_offered_for_completion() -> None:
    for module in public_modules():
        loaded = importlib.import_module(module)
        assert set(loaded.__all__) <= set(dir(loaded)), module


def test_values_load_neither_the_engine_nor_cdk8s() -> None:
    values = [each.partition(":")[2] for each in NAMES if not needs_engine(each.partition(":")[0])]
    loaded = loaded_by(
        f"from kmop_constructs import {', '.join(values)}\n"
        "from kmop_constructs.authors import Contribution, ServiceFacts\n"
        "from kmop_constructs.exposure import Oidc\n"
        "from kmop_constructs.patch import Add\n"
        "from kmop_constructs.placement import Spread\n"
        "from kmop_constructs.variables import Prefix\n"
        "ServiceSpec(image=Image('acme/web:1'), port=80, health='/healthz')\n"
    )
    assert not {name.split(".")[0] for name in loaded} & {"cdk8s", "cdk8s_plus_27", "constructs", "jsii"}


def test_the_package_alone_loads_no_room() -> None:
    loaded = loaded_by("import kmop_constructs")
    assert len([name for name in loaded if name.startswith("kmop_constructs")]) <= 7


def test_a_plain_synth_loads_no_room_but_that_of_kubernetes(tmp_path: Path) -> None:
    loaded = loaded_by(
        "from kmop_constructs import Image, KmopChart, Microservice, ServiceSpec\n"
        "from cdk8s import App\n"
        f"app = App(outdir={str(tmp_path)!r})\n"
        "chart = KmopChart(app, 'shop', namespace='shop')\n"
        "Microservice(chart, 'web', ServiceSpec(image=Image('acme/web:1'), port=80))\n"
        "app.synth()\n"
    )
    rooms = {name.split(".")[2] for name in loaded if name.startswith("kmop_constructs.providers.")}
    assert rooms == {"native"}
    assert "kmop_constructs.providers.native.data" not in loaded


def test_a_room_is_loaded_with_the_first_object_of_its_kind(tmp_path: Path) -> None:
    loaded = loaded_by(
        "from kmop_constructs import KmopChart, Manifest\n"
        "from cdk8s import App\n"
        f"app = App(outdir={str(tmp_path)!r})\n"
        "chart = KmopChart(app, 'shop', namespace='shop')\n"
        "Manifest(chart, 'a', {'apiVersion': 'traefik.io/v1alpha1', 'kind': 'IngressRoute', 'metadata': {'name': 'a'}, 'spec': {'routes': []}})\n"
        "app.synth()\n"
    )
    assert "kmop_constructs.providers.traefik.reading" in loaded
    assert not {name for name in loaded if name.startswith("kmop_constructs.providers.") and name.endswith(".gateway")}
    assert "kmop_constructs.providers.istio.reading" not in loaded


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("ExistingPostgres", "kmop_constructs.providers.existing"),
        ("KongGateway", "kmop_constructs.providers.kong"),
        ("Oidc", "kmop_constructs.exposure"),
        ("Contribution", "kmop_constructs.authors"),
        ("synthesize", "kmop_constructs.testing"),
    ],
)
def test_a_name_of_another_module_is_an_import_error_that_names_it(name: str, module: str) -> None:
    with pytest.raises(ImportError, match=f"kmop_constructs has no '{name}'; import it from {module}$"):
        exec(f"from kmop_constructs import {name}")


def test_a_room_names_where_a_name_of_the_package_is() -> None:
    with pytest.raises(ImportError, match="providers.native has no 'NativeNamespace'; import it from kmop_constructs$"):
        exec("from kmop_constructs.providers.native import NativeNamespace")


@pytest.mark.parametrize(
    ("module", "name", "home"),
    [
        ("messaging", "NativeKafkaProvider", "kmop_constructs.providers.native"),
        ("stores", "Postgres", "kmop_constructs"),
    ],
)
def test_a_module_of_values_names_where_a_name_is(module: str, name: str, home: str) -> None:
    with pytest.raises(ImportError, match=f"kmop_constructs.{module} has no '{name}'; import it from {home}$"):
        exec(f"from kmop_constructs.{module} import {name}")
